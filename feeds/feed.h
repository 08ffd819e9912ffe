/* feed.h -- the rules: which host suffix belongs to which tracker, and which domains are support sites.
 *
 * Purpose    A feed_builder collects rules from sources (the built-in data, files of the operator); compiling it
 *            gives one read-only image, struct feed_set, that every worker shares. The matcher reads only the image.
 * Matching   Label-aligned longest suffix: the rule `adnxs.com` matches `adnxs.com` and `secure.adnxs.com`, never
 *            `notadnxs.com`. Of two rules for the same suffix the one with an owner wins, then the one added first.
 *            A rule without an owner that lies below one with an owner takes it over (its `feed` stays its own source):
 *            a plain list that adds `secure.adnxs.com` must not hide that all of `adnxs.com` is Xandr's.
 *            An exception takes its host and everything below it out of the rules that do not say whose they are,
 *            whichever list they are in. Rules that do, such as all built-in ones, stand.
 * Threads    Builder: one thread. A compiled set is immutable; any thread may match in it, hold and free it.
 * Ownership  Sets are counted: each feed_set_hold() takes a feed_set_free(), the last of which frees the set. Pointers in
 *            a match point into the set and live as long as it does.
 * Failure    Sources: -errno, after one log line that names file and line; what a source could not use is counted
 *            in feed_source. Matching cannot fail.
 */
#ifndef TELLTALE_FEEDS_FEED_H
#define TELLTALE_FEEDS_FEED_H

#include "common/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed_set;
struct feed_builder;

/* Who is behind a rule. tracker, organisation and country are NULL where the source did not say. */
struct feed_owner {
    const char *tracker;      /* "Xandr" */
    const char *organisation; /* "Microsoft" */
    const char *country;      /* home country of the organisation, ISO 3166-1 alpha-2 */
    enum purpose purpose;     /* PURPOSE_OTHER where unknown */
};

struct feed_match {
    const char *matched; /* the rule's suffix */
    struct feed_owner owner;
    const char *feed; /* "telltale@2026-11-22", "easyprivacy.txt@1a2b3c4d": name@version of the source */
    const struct feed_set *set; /* whose texts these are: whoever keeps the match holds the set */
    uint32_t rule;    /* number of the rule within this set: below feed_set_rules(), no two alike */
    bool registrable; /* the rule is a registrable domain (one label below a public suffix) */
};

/* Why a line, or a name on it, gave no rule. The first are passed over: they mean something else than a whole host. The
 * others should have been hosts, and are shown to whoever imports the list. Words are for JSON, phrases for people. */
#define FEED_SKIPS(X)                                                                                                  \
    X(PATH, "path", "for a part of a site")                                                                            \
    X(CONDITION, "condition", "for some pages or kinds of request only")                                               \
    X(EXCEPTION, "exception", "exceptions for less than a whole host")                                                 \
    X(COSMETIC, "cosmetic", "hiding parts of a page")                                                                  \
    X(REDIRECT, "redirect", "leading to a real address or another name")                                               \
    X(TRIGGER, "trigger", "about addresses or servers")                                                                \
    X(OWN_NAME, "own-name", "the machine's own names")                                                                 \
    X(NO_TRACKER, "no-tracker", "named, but not as a tracker's")                                                       \
    X(NOT_A_HOST, "not-a-host", "not a host name")                                                                     \
    X(ADDRESS, "address", "addresses")                                                                                 \
    X(SINGLE_LABEL, "single-label", "single labels")                                                                   \
    X(PUBLIC_SUFFIX, "public-suffix", "public suffixes")                                                               \
    X(TOO_DEEP, "too-deep", "of more than 16 labels")                                                                  \
    X(TOO_LONG, "too-long", "lines over 4096 bytes")                                                                   \
    X(BAD_ROW, "bad-row", "rows with a mistake")

enum feed_skip {
#define X(name, word, phrase) FEED_SKIP_##name,
    FEED_SKIPS(X)
#undef X
    FEED_SKIP_COUNT
};
#define FEED_SKIP_FIRST_REFUSED FEED_SKIP_NOT_A_HOST

#define FEED_REFUSALS_KEPT 10

struct feed_refusal {
    uint32_t line; /* 0: the syntax has no lines (JSON) */
    enum feed_skip why;
    char text[96]; /* clean, cut; "" when the line was too long to read */
};

/* What became of one source. */
struct feed_source {
    char name[64];
    char version[32];    /* a date, or the first 8 hex digits of the content's hash */
    char syntax[32];     /* "blocking rules"; of most of its lines */
    char licence[128];   /* as the list's own header says; "" when it says nothing */
    char dated[48];      /* likewise, as written there */
    uint8_t hash[32];    /* of its content (BLAKE2b) */
    bool builtin;
    uint32_t taken;      /* rules nobody had before */
    uint32_t duplicate;  /* rules that were there already */
    uint32_t exceptions; /* exceptions taken */
    uint32_t skipped;    /* the sum of skips */
    uint32_t skips[FEED_SKIP_COUNT];
    uint32_t refused;    /* of skips, those that should have been hosts */
    struct feed_refusal refusals[FEED_REFUSALS_KEPT]; /* the first of them; unknown of a source in a compiled file */
};

const char *feed_skip_word(enum feed_skip why);
const char *feed_skip_phrase(enum feed_skip why);
/* Logs what an import took, skipped and refused: one line, and one for each refusal kept. */
void feed_source_log(const struct feed_source *source, const char *path);

struct feed_builder *feed_builder_new(void); /* NULL: out of memory */
void feed_builder_free(struct feed_builder *b);
int feed_builder_add_builtin(struct feed_builder *b, struct feed_source *out);
/* Any text syntax of docs/FEEDS.md, recognised by content, or a compiled file; of one that was compiled from several, out
 * is the sum. A file that gives no rule is an error. */
int feed_builder_add_file(struct feed_builder *b, const char *path, struct feed_source *out);
/* The sources added so far, in order. */
uint32_t feed_builder_sources(const struct feed_builder *b);
const struct feed_source *feed_builder_source(const struct feed_builder *b, uint32_t index);
struct feed_set *feed_builder_compile(struct feed_builder *b); /* NULL: out of memory. The builder stays usable. */

/* A set is born with one holder. */
struct feed_set *feed_set_hold(const struct feed_set *set); /* NULL holds nothing */
void feed_set_free(const struct feed_set *set);

/* host is normalised (common/hostname.h), len its length. */
bool feed_match(const struct feed_set *set, const char *host, size_t len, struct feed_match *out);
/* The rule for this very name, if there is one; *exception when it is one that takes names out. */
bool feed_match_exact(const struct feed_set *set, const char *host, size_t len, struct feed_match *out, bool *exception);
/* Whose a tracker of this name is (NULL: not known), and what its rules are for: 1u << enum purpose, or-ed. False: no rule has it. */
bool feed_set_tracker(const struct feed_set *set, const char *tracker, const char **organisation, unsigned *purposes);
uint32_t feed_set_rules(const struct feed_set *set); /* exceptions included */
size_t feed_set_bytes(const struct feed_set *set); /* of memory, names included */
/* "telltale@2026-11-22 + mylist.txt@1a2b3c4d" */
const char *feed_set_provenance(const struct feed_set *set);
uint32_t feed_set_sources(const struct feed_set *set);
void feed_set_source(const struct feed_set *set, uint32_t index, struct feed_source *out);

#endif
