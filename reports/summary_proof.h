/* summary_proof.h -- what recordings and staff tests that were kept prove, into a summary (internal to the filling of summaries, and its tests).
 *
 * Shape      Only sites that the summary shows anyway get a proof: which sites are shown depends on released periods alone. A recording is an adult's
 *            own visit, so that nothing in it depends on anybody else's.
 * Ownership  Everything is borrowed for the call. Threads: one. Failure: -ENOMEM in s->rc.
 */
#ifndef TELLTALE_REPORTS_SUMMARY_PROOF_H
#define TELLTALE_REPORTS_SUMMARY_PROOF_H

#include "reports/day_summary.h"
#include "reports/proof.h"

/* After day_summary_sites(). */
void day_summary_proofs(struct day_summary *s, const struct proofs *p);

#endif
