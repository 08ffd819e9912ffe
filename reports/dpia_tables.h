/* dpia_tables.h -- the tables of the assessment that are the same everywhere: flows, what is stored, risks, decisions.
 *
 * Threads    One. Ownership and failure: reports/document.h.
 */
#ifndef TELLTALE_REPORTS_DPIA_TABLES_H
#define TELLTALE_REPORTS_DPIA_TABLES_H

#include "reports/dpia.h"

void dpia_flows(struct document *d, const struct notice_facts *f);
void dpia_stored(struct document *d); /* every key and field of store/schema.h */
void dpia_roles(struct document *d, enum dpia_place place);
void dpia_risks(struct document *d, const struct notice_facts *f);
/* Lines to fill in for three years. */
void dpia_yearly(struct document *d, enum dpia_place place);
void dpia_decisions(struct document *d, enum dpia_place place);

#endif
