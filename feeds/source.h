/* source.h -- the syntaxes that lists of host names come in.
 *
 * Shape      Each syntax is one file, source_<name>.c, with one struct source_syntax: it recognises a line that can
 *            only be its own, and takes the rules out of such a line. source_parse() looks over the whole text,
 *            decides which syntax it is by the lines each recognises, and hands every rule to the sink. A list of
 *            blocking rules (||host^) and a zone (RPZ) are taken by their own syntax alone, since a bare name in them
 *            means something else; in all others a line is taken by whichever syntax recognises it.
 * Threads    Any; no state beyond the arguments.
 * Ownership  What the sink is given lives until it returns.
 * Failure    A line that nobody can use goes to sink->skip, with the reason. A sink's negative return ends the parse.
 */
#ifndef TELLTALE_FEEDS_SOURCE_H
#define TELLTALE_FEEDS_SOURCE_H

#include "feeds/feed.h"
#include "feeds/line_reader.h"

#include "common/hostname.h"
#include "common/words.h"

#include <stdbool.h>
#include <stdint.h>

enum source_kind {
    SOURCE_RULE,             /* the host and everything below it */
    SOURCE_EXCEPTION,        /* not the host, nor anything below it, whatever other rules say (docs/FEEDS.md) */
    SOURCE_EXCEPTION_NEAREST /* the same, but a rule for a name below it stands */
};

/* One rule as its source wrote it: nothing checked yet but that the texts are clean. */
struct source_rule {
    enum source_kind kind;
    struct line host;
    struct line tracker; /* n = 0: the source does not say whose it is, nor the rest */
    struct line organisation;
    struct line country;
    enum purpose purpose;
    struct line date; /* n = 0 where the syntax has none */
};

struct source_sink {
    void *context;
    int (*rule)(void *context, const struct source_rule *rule); /* 0 or -errno */
    void (*skip)(void *context, enum feed_skip why);
    uint32_t line;    /* what is being told stands on this one; source_parse() keeps it */
    struct line text; /* of that line; n = 0 when it was too long to read */
};

/* What a zone's lines depend on beyond themselves. Texts are as written but for a final dot. */
struct source_zone {
    char apex[HOSTNAME_MAX + 1];   /* whose zone it is; "" until something said so */
    char origin[HOSTNAME_MAX + 1]; /* what relative names are below */
    char owner[HOSTNAME_MAX + 1];  /* of the line before, for lines that name none */
    bool in_parentheses;
};

struct source_walk {
    struct source_sink *sink;
    struct source_zone zone;
};

struct source_syntax {
    const char *name;
    bool alone; /* a list in this syntax holds nothing else */
    bool (*recognises)(struct line line);
    int (*take)(struct line line, struct source_walk *walk); /* 0 or the sink's -errno */
};

extern const struct source_syntax source_table;   /* our own: suffix tracker organisation country purpose ... */
extern const struct source_syntax source_hosts;   /* 0.0.0.0 name name ... */
extern const struct source_syntax source_abp;     /* ||name^ */
extern const struct source_syntax source_dnsmasq; /* address=/name/0.0.0.0 */
extern const struct source_syntax source_rpz;     /* name CNAME . */
extern const struct source_syntax source_plain;   /* name */

/* *lines: how many lines the text has. *syntax: what most of its lines are in; NULL when none was recognised. Either may
 * be NULL. */
int source_parse(const char *text, size_t n, struct source_sink *sink, uint32_t *lines, const char **syntax);

/* A line of a list in which '#' begins a comment: the line without it. */
struct line source_without_comment(struct line line);

/* Could these bytes be one host name with a dot in it? Quick; the sink decides. */
bool source_looks_like_host(struct line word);

/* The host without a mark that says "everything below": `*.host`, `.host`. */
struct line source_without_wildcard(struct line word);

/* Is the word an address, "fe80::1%lo0" included? *nowhere: one that a list would use for blocking (0.0.0.0, ::, this
 * machine itself). */
bool source_is_address(struct line word, bool *nowhere);

/* Tells the sink one rule without an owner. */
int source_tell(const struct source_walk *walk, enum source_kind kind, struct line host);
int source_skip(const struct source_walk *walk, enum feed_skip why); /* 0 */

#endif
