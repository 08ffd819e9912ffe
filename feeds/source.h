/* source.h -- the syntaxes that lists of host names come in.
 *
 * Shape      Each syntax is one file, source_<name>.c, with one struct source_syntax: it recognises a line that can
 *            only be its own, and takes the rules out of such a line. source_parse() looks over the whole text,
 *            decides which syntax it is by the lines each recognises, and hands every rule to the sink. A list of
 *            blocking rules (||host^) is taken by its own syntax alone, since a bare name in it means something else;
 *            in all others a line is taken by whichever syntax recognises it.
 * Threads    Any; no state beyond the arguments.
 * Ownership  What the sink is given lives until it returns.
 * Failure    A line that nobody can use goes to sink->skip. A sink's negative return ends the parse.
 */
#ifndef TELLTALE_FEEDS_SOURCE_H
#define TELLTALE_FEEDS_SOURCE_H

#include "feeds/line_reader.h"

#include "common/words.h"

#include <stdbool.h>
#include <stdint.h>

/* One rule as its source wrote it: nothing checked yet but that the texts are clean. */
struct source_rule {
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
    void (*skip)(void *context);
};

struct source_syntax {
    const char *name;
    bool (*recognises)(struct line line);
    int (*take)(struct line line, const struct source_sink *sink); /* 0 or the sink's -errno */
};

extern const struct source_syntax source_table; /* our own: suffix tracker organisation country purpose ... */
extern const struct source_syntax source_hosts; /* 0.0.0.0 name name ... */
extern const struct source_syntax source_abp;   /* ||name^ */
extern const struct source_syntax source_plain; /* name */

/* *lines: how many lines the text has. */
int source_parse(const char *text, size_t n, const struct source_sink *sink, uint32_t *lines);

/* A line of a list in which '#' begins a comment: the line without it. */
struct line source_without_comment(struct line line);

/* Could these bytes be one host name with a dot in it? Quick; the sink decides. */
bool source_looks_like_host(struct line word);

#endif
