/* moments.h -- counters of visits to a support site and of the moments they are compared with, for one tracker host.
 *
 * Purpose    What the capture process counts, the store keeps and the reports judge: the only shape in which visits leave the
 *            capture process. Counters of days, contexts and workers add up.
 * Contexts   Moments are alike when the chance that something else (a page opened just before or in another tab, an app) brings
 *            the tracker is alike: docs/EVIDENCE.md, "Which moments are compared".
 * Units      Counts of moments. Delays: milliseconds from the visit to the first sign of the tracker.
 */
#ifndef TELLTALE_COMMON_MOMENTS_H
#define TELLTALE_COMMON_MOMENTS_H

#include <stdint.h>

#define MOMENT_CONTEXTS 5 /* chance below 2 %, 15 %, 50 %, 85 %, more */
#define MOMENT_DELAY_BINS 15

/* Upper edge of each bin but the last, which has the rest. A delay on an edge belongs below it. */
extern const uint32_t moment_delay_edge_ms[MOMENT_DELAY_BINS - 1];
unsigned moment_delay_bin(uint64_t delay_ms);

/* Moments that are alike. */
struct moment_stratum {
    uint32_t visits, visits_followed;     /* visits to the site; those after which the tracker host was contacted in the window */
    uint32_t controls, controls_followed; /* comparable moments of the same devices without the site */
};

struct moment_counts {
    struct moment_stratum contexts[MOMENT_CONTEXTS];
    uint32_t delays[MOMENT_DELAY_BINS]; /* of followed visits */
};

/* a += b, each counter held at its largest value rather than turning over. */
void moment_counts_add(struct moment_counts *a, const struct moment_counts *b);

/* A tracker host is told of only where it followed at least one visit: of a day (or a worker) on which it followed none there are no
 * counters. Those visits count against it all the same: what is missing to `visits` is added, as not followed, to the context that
 * has most of its followed visits, so that nothing looks more frequent than it was. */
void moment_counts_fill(struct moment_counts *c, uint64_t visits);

#endif
