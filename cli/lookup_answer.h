/* lookup_answer.h -- what the rules say about a name that somebody typed or pasted, and why.
 *
 * Shape      A host name in any spelling: capitals, a final dot, outside ASCII, or a page's whole address, whose host is
 *            taken. The answer names the rule and says in words why it counts, or why none does.
 * Ownership  Texts of the match belong to the set. `asked` is the caller's.
 * Threads    Pure functions.
 */
#ifndef TELLTALE_CLI_LOOKUP_ANSWER_H
#define TELLTALE_CLI_LOOKUP_ANSWER_H

#include "common/hostname.h"
#include "feeds/feed.h"

struct lookup_answer {
    const char *asked;
    char host[HOSTNAME_MAX + 1]; /* "" when the text has no host name */
    bool found;
    struct feed_match match;
    char why[HOSTNAME_MAX * 2 + 320];
};

void lookup_answer(struct lookup_answer *a, const struct feed_set *set, const char *asked);

/* One step of the way: a name that was asked for, from the whole host to its last label. */
enum lookup_verdict {
    LOOKUP_NO_RULE,
    LOOKUP_RULE,
    LOOKUP_EXCEPTION,
    LOOKUP_PUBLIC_SUFFIX, /* not asked: everyone's */
    LOOKUP_TOO_DEEP       /* not asked: no rule has so many labels */
};
struct lookup_step {
    const char *name; /* within answer->host */
    enum lookup_verdict verdict;
    struct feed_match match; /* of a rule or an exception */
    bool counts;             /* this is the rule that the answer goes by */
};

/* Fills steps, longest name first; returns how many (at most `room`). */
size_t lookup_steps(const struct lookup_answer *a, const struct feed_set *set, struct lookup_step *steps, size_t room);
#define LOOKUP_STEPS_MOST 127 /* labels of a name of 253 bytes */

const char *lookup_verdict_word(enum lookup_verdict v);

#endif
