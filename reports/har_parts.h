/* har_parts.h -- what the writers of a har_report share, so that the four outputs agree.
 *
 * Threads    One. The texts of har_after() and har_share() live in the caller's buffer.
 */
#ifndef TELLTALE_REPORTS_HAR_PARTS_H
#define TELLTALE_REPORTS_HAR_PARTS_H

#include "reports/har.h"

/* What belongs beside every figure. */
extern const char har_note[];

/* Share of a recording's entries that were read and kept, 0..1. */
double har_coverage(const struct har_recording *rec);

#define HAR_AFTER_BYTES 32
/* "0.41 s", "-0.20 s", "" when not known. */
const char *har_after(int64_t after_ms, char out[HAR_AFTER_BYTES]);

/* The headline, a sentence. */
#define HAR_SENTENCE_BYTES 400
void har_headline(const struct har_totals *t, char out[HAR_SENTENCE_BYTES]);
/* What a recording says of consent, and of cookies that are not in it; sentences, or "". */
const char *har_consent_sentence(const struct har_recording *rec, char out[HAR_SENTENCE_BYTES]);
const char *har_cookies_sentence(const struct har_recording *rec);

/* Does a chain of redirects begin here? */
bool har_begins_chain(const struct har_request *q);
/* The request that followed this redirect, or NULL. */
const struct har_request *har_next_in_chain(const struct har_report *r, const struct har_request *q);

/* Does this row say something? That a request told the site too is noise beside its having told the page. */
bool har_is_listed(const struct har_request *q, const struct har_leak *l);

/* What else belongs under a report: what a recording cannot show. har_limits[HAR_LIMITS_LEN]. */
#define HAR_LIMITS_LEN 3
extern const char *const har_limits[HAR_LIMITS_LEN];

#endif
