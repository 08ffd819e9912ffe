/* evidence_exact.h -- one odds ratio common to many 2x2 tables: exact test and exact interval, given each table's margins.
 *
 * Purpose    The engine under evidence.h. Given how many were followed in a stratum altogether, the number of followed
 *            visits is a noncentral hypergeometric variable; their sum over the strata is what is tested.
 * Shape      Strata whose margins leave one outcome only (no controls, nobody or everybody followed) say nothing and are
 *            passed over. Strata must not contradict themselves (followed <= there were).
 * Units      Probabilities and odds ratios. high is INFINITY where there is no limit, low 0.
 * Failure    evidence_exact_new() returns NULL when memory is out; the rest cannot fail.
 * Threads    One thread for each workspace.
 */
#ifndef TELLTALE_COMMON_EVIDENCE_EXACT_H
#define TELLTALE_COMMON_EVIDENCE_EXACT_H

#include "common/evidence.h"

/* A distribution that needs more points, or more multiplications to add up, is taken as normal: no sum so wide has a
 * standard deviation below some hundreds. */
#define EVIDENCE_EXACT_POINTS 65536u
#define EVIDENCE_EXACT_STEPS  (1u << 24)

struct evidence_odds {
    double p;         /* P(at least so many visits followed) if the site changed nothing; above 0 */
    double low, high; /* each side misses the true odds ratio with probability `tail` at most */
    bool informative; /* false: no stratum could say anything, p is 1, low 0, high INFINITY */
    bool approximate; /* by the normal distribution, for size */
};

struct evidence_exact;
struct evidence_exact *evidence_exact_new(void); /* about 1.5 MB */
void evidence_exact_free(struct evidence_exact *e);

struct evidence_odds evidence_exact_odds(struct evidence_exact *e, const struct moment_stratum *strata, size_t n, double tail);

/* The normal approximation by itself, which the tests hold against the exact figures. */
struct evidence_odds evidence_normal_odds(const struct moment_stratum *strata, size_t n, double tail);

#endif
