/* change.h -- did a tracker begin to follow a site's visits, and did it stop? From counters of periods to weeks, and from weeks to a sentence.
 *
 * Purpose    A safeguarding lead who complained sees whether it worked, and is not told so by chance.
 * Shape      Periods (common/period.h) that are shorter than a week are put together to their ISO week; a term stays one point of several weeks.
 *            A point without visits is not there.
 * Statistics Of k followed visits among n, in random order, the last m are all not followed with the chance C(n - m, k) / C(n, k). It is taken over
 *            the visits after the first followed one (and the other way round for "new"), because where the tracker began says nothing about
 *            whether it stopped. The chance holds for one tracker that was chosen beforehand: of twenty that did not change, one looks so. Visits
 *            of one school class at one time are not independent either, so `sure` is a lower bar than it reads: the sentence gives the counts.
 * Units      Days since 1970-01-01, as period_day_number() has them.
 * Threads    Pure functions. Failure: none; what does not fit is left out from the front, and change_weeks() says how many points there are.
 */
#ifndef TELLTALE_REPORTS_CHANGE_H
#define TELLTALE_REPORTS_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change_period {
    int32_t first_day, last_day;
    uint64_t visits, followed; /* followed at most visits: more is taken as all */
};

struct change_week {
    int32_t monday;  /* its first */
    uint32_t weeks;  /* 1; more for a term */
    uint64_t visits, followed;
};

/* Puts the periods, in any order, into weeks, the earliest first. Returns how many; out has room for n. */
size_t change_weeks(const struct change_period *periods, size_t n, struct change_week *out);

/* One turn: from never to sometimes, or from sometimes to never. */
struct change_turn {
    bool there;                              /* some visits were on either side */
    bool sure;                               /* p <= 0.05 */
    double p;
    int32_t since;                           /* the Monday from which it is so */
    uint64_t before_visits, before_followed; /* the other side, up to the other turn */
    uint64_t after_visits, after_followed;
};

struct change {
    struct change_turn began, stopped;
};
struct change change_of(const struct change_week *weeks, size_t n);

/* "week 45 of 2026" */
#define CHANGE_WEEK_BYTES 32
const char *change_week_name(int32_t monday, char out[CHANGE_WEEK_BYTES]);

/* "Not seen in 9 visits since week 45 of 2026; before, in 8 of 10." One or two sentences, "" when nothing changed. */
#define CHANGE_SENTENCE_BYTES 400
const char *change_sentence(const struct change *c, char out[CHANGE_SENTENCE_BYTES]);

#endif
