/* evidence_proof.h -- what recordings and staff tests that were kept add to an evidence pack: sentences, a table, and a file of requests.
 *
 * Threads    One. Ownership: the model is borrowed. Failure: document.rc, page.rc, or -errno of the stream.
 */
#ifndef TELLTALE_REPORTS_EVIDENCE_PROOF_H
#define TELLTALE_REPORTS_EVIDENCE_PROOF_H

#include "reports/document.h"
#include "reports/page.h"
#include "reports/site_evidence.h"

#include <stdio.h>

/* Is there any? */
bool evidence_has_kept(const struct site_evidence *e);
/* What it adds to the finding, its table, and where it differs from the network. */
void evidence_report_kept(struct document *d, const struct site_evidence *e);
/* A paragraph of a letter. */
void evidence_letter_kept(struct page *page, const struct site_evidence *e);
/* The first sentence of a pack that is made of recordings alone, on the heap; NULL when memory is out. */
char *evidence_kept_summary(const struct site_evidence *e);
/* The word of trackers.csv: "told page", "told site", "contacted", "not in a recording", "" when there is none. */
const char *evidence_kept_word(const struct site_evidence *e, const struct site_evidence_tracker *t);
/* CSV: every request in the kept recordings that told somebody something. */
int evidence_write_requests(const struct site_evidence *e, FILE *out);

#endif
