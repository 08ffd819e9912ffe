/* feed.h -- the rules: which host suffix belongs to which tracker, and which domains are support sites.
 *
 * Purpose    A feed_builder collects rules from sources (the built-in data, files of the operator); compiling it
 *            gives one read-only image, struct feed_set, that every worker shares. The matcher reads only the image.
 * Matching   Label-aligned longest suffix: the rule `adnxs.com` matches `adnxs.com` and `secure.adnxs.com`, never
 *            `notadnxs.com`. Of two rules for the same suffix the one with an owner wins, then the one added first.
 *            A rule without an owner that lies below one with an owner takes it over (its `feed` stays its own source):
 *            a plain list that adds `secure.adnxs.com` must not hide that all of `adnxs.com` is Xandr's.
 * Threads    Builder: one thread. A compiled set is immutable; any thread may match in it.
 * Ownership  feed_set_free() frees a set; pointers in a match point into the set and live as long as it does.
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
    uint32_t rule;    /* number of the rule within this set: below feed_set_rules(), no two alike */
    bool registrable; /* the rule is a registrable domain (one label below a public suffix) */
};

/* What became of one source. */
struct feed_source {
    char name[64];
    char version[32]; /* a date, or the first 8 hex digits of the content's hash */
    uint32_t taken;
    uint32_t skipped; /* not a usable host suffix: an address, a single label, a public suffix, a bad line */
    uint32_t duplicate;
};

struct feed_builder *feed_builder_new(void); /* NULL: out of memory */
void feed_builder_free(struct feed_builder *b);
int feed_builder_add_builtin(struct feed_builder *b, struct feed_source *out);
/* Any text syntax of docs/FEEDS.md, recognised by content. A file that gives no rule is an error. */
int feed_builder_add_file(struct feed_builder *b, const char *path, struct feed_source *out);
struct feed_set *feed_builder_compile(struct feed_builder *b); /* NULL: out of memory. The builder stays usable. */
void feed_set_free(struct feed_set *set);

/* host is normalised (common/hostname.h), len its length. */
bool feed_match(const struct feed_set *set, const char *host, size_t len, struct feed_match *out);
uint32_t feed_set_rules(const struct feed_set *set);
size_t feed_set_bytes(const struct feed_set *set); /* of memory, names included */
/* "telltale@2026-11-22 + mylist.txt@1a2b3c4d" */
const char *feed_set_provenance(const struct feed_set *set);

#endif
