/* evidence.h -- from counters to a finding: was this tracker contacted after visits to this site more often than chance explains?
 *
 * Purpose    Pure statistics. Visits to a site are compared with moments of the same devices without it, stratum by
 *            stratum, and every pair of site and tracker host gets its figures and its verdict. docs/EVIDENCE.md says
 *            the method in words, with references.
 * Shape      One evidence_pair in, one evidence_result out. The test is exact and conditional on the margins of each
 *            stratum; p is one-sided (more often), without mid-p; q is Benjamini and Hochberg's over all pairs of the
 *            call that could be tested; the interval is two-sided, 98 %, so that ci_low > 1 exactly when p < EVIDENCE_TAIL.
 * Units      Rates and shares 0..1, delays in seconds. Every figure is finite; what stands for "cannot be said" is
 *            written at its field.
 * Ownership  The caller owns everything; nothing is kept.
 * Threads    Pure functions.
 * Failure    -ENOMEM, and `out` then means nothing. Counters that contradict themselves never fail a call: a stratum
 *            with more followed than there were is left out whole, so that broken counters accuse nobody.
 */
#ifndef TELLTALE_COMMON_EVIDENCE_H
#define TELLTALE_COMMON_EVIDENCE_H

#include "common/moments.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVIDENCE_TAIL            0.01   /* of each side of the 98 % interval */
#define EVIDENCE_Q_SHOWN         0.05
#define EVIDENCE_FOLLOWED_SHOWN  4
#define EVIDENCE_FOLLOWED_LIKELY 2
#define EVIDENCE_LIFT_MAX        1e6    /* stands for "no upper limit" in ci_high; no lift is larger */

/* One (site, tracker host). */
struct evidence_pair {
    const struct moment_stratum *strata; /* in any order */
    size_t strata_len;
    uint32_t delays[MOMENT_DELAY_BINS];  /* first contact after the visit began, one count a followed visit */
    uint32_t days, days_with;              /* days the site was visited; days on which the tracker followed */
    char first_day[11], last_day[11];      /* "2026-11-22"; days and texts are for words, not for the test */
};

enum evidence_verdict { EVIDENCE_NO, EVIDENCE_TOO_FEW, EVIDENCE_LIKELY, EVIDENCE_SHOWN };

struct evidence_result {
    uint32_t visits, visits_with;      /* of every stratum, also of those without controls */
    uint32_t controls, controls_with;  /* of the strata that have visits: those that were compared */
    double rate;                       /* visits_with by visits; 0 without visits */
    double control_rate;               /* what the visits would show if the site caused nothing: each stratum's share of controls
                                          followed, weighted by its visits; 0 without controls */
    double lift;                       /* Mantel and Haenszel's ratio of rates over the strata. No control followed: as if half a
                                          control had been. No control at all: 1. Always within ci_low..ci_high */
    double ci_low, ci_high;            /* 0 and EVIDENCE_LIFT_MAX where there is no limit */
    double p_value, q_value;           /* 1 where nothing can be compared */
    double median_delay_s;             /* 0 without a delay; 10 where it lies beyond the last edge */
    double share_within_2s;            /* of visits_with; a followed visit without a delay counts as later */
    enum evidence_verdict verdict;
};

/* Judges n pairs together: q is corrected over all of them, those without any information aside, so that pairs that were
 * never followed may be handed in or not. 0 or -ENOMEM. */
int evidence_judge(const struct evidence_pair *pairs, size_t n, struct evidence_result *out);

/* "shown" "likely" "too few" "no": the words of every output. */
const char *evidence_verdict_word(enum evidence_verdict v);

#endif
