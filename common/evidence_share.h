/* evidence_share.h -- the exact (Clopper and Pearson) limits of a share.
 *
 * Units      `followed` of `n`; both may be fractions: the effective size of a weighted sample (Korn and Graubard 1998).
 *            Shares 0..1; each side misses the true share with probability `tail` at most.
 * Failure    None. n of 0 or less: 0 and 1. Threads: pure functions.
 */
#ifndef TELLTALE_COMMON_EVIDENCE_SHARE_H
#define TELLTALE_COMMON_EVIDENCE_SHARE_H

double evidence_share_low(double followed, double n, double tail);
double evidence_share_high(double followed, double n, double tail);

#endif
