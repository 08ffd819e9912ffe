/* site_evidence_store.h -- the model of an evidence pack from what the sensor stored, and from recordings that were kept.
 *
 * Ownership  Everything is borrowed. The model was begun (site_evidence_begin): it has its site, demo and k.
 * Threads    One. Failure: -errno after one log line of the store's; -EPERM and -ENODATA without one, because the caller knows what they mean.
 */
#ifndef TELLTALE_REPORTS_SITE_EVIDENCE_STORE_H
#define TELLTALE_REPORTS_SITE_EVIDENCE_STORE_H

#include "reports/site_evidence.h"

struct store_reader;

/* from, to: days, or "" for as much as there is. e->kept, when set, are the site's recordings and staff tests. -ENODATA: there is neither a period
 * that may be shown nor a recording. */
int site_evidence_from_store(struct site_evidence *e, struct store_reader *reader, const char *from, const char *to);

#endif
