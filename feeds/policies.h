/* policies.h -- what the companies' own rules forbid to whoever installs their trackers.
 *
 * Purpose    A page about suicide that tells an advertising company breaks, more often than not, that company's own terms.
 *            Each row says what one rule forbids, in our words, and where the rule stands.
 * Shape      The rows of feeds/data/policies.tsv, in its order: by organisation, tracker and what is forbidden, each combination
 *            once. Organisation and tracker are spelt as in trackers.tsv.
 * Threads    policies_load() by one thread, before the others; then read-only for all.
 * Ownership  The rows and their texts live as long as the program.
 * Failure    policies_load(): -EINVAL after naming a row that is wrong, -ENOMEM. Look-ups cannot fail.
 */
#ifndef TELLTALE_FEEDS_POLICIES_H
#define TELLTALE_FEEDS_POLICIES_H

#include <stdbool.h>
#include <stddef.h>

enum forbidden {
    FORBIDDEN_CHILD_SITES,
    FORBIDDEN_CHILDREN, /* the rule names no age */
    FORBIDDEN_CRIME,
    FORBIDDEN_FINANCE,
    FORBIDDEN_HEALTH,
    FORBIDDEN_IDENTITY,
    FORBIDDEN_SENSITIVE, /* whatever the rule, or the law, calls so */
    FORBIDDEN_SEXUALITY,
    FORBIDDEN_UNDER_13,
    FORBIDDEN_UNDER_16,
    FORBIDDEN_UNDER_18,
    FORBIDDEN_COUNT
};
const char *forbidden_word(enum forbidden f);   /* "under-16" */
const char *forbidden_phrase(enum forbidden f); /* "data of people under 16" */

struct policy {
    const char *organisation, *tracker;
    enum forbidden forbids;
    const char *rule;   /* a sentence without its full stop */
    const char *source; /* the page that has the rule */
    const char *date;   /* when it was looked up: YYYY-MM-DD */
};

/* Loads the built-in table; a second call does nothing. */
int policies_load(void);

/* The rows of this tracker, which lie side by side; NULL and *n = 0 when it has none. Only after policies_load(). */
const struct policy *policies_of(const char *tracker, size_t *n);

size_t policies_count(void);
const struct policy *policy_at(size_t i);

#endif
