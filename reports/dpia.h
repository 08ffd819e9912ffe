/* dpia.h -- the draft of a data protection impact assessment for an installation of telltale.
 *
 * Purpose    Saves whoever must assess the sensor the writing down of what the program knows better than anybody: what flows where, every
 *            key and field that is stored (from the store's own table, so that none can be forgotten), how long, who sees it, which
 *            risks were thought of and what is done about them. It says what must be decided and by whom, and decides nothing:
 *            that the sensor may run is never said.
 * Threads    One. Ownership: the facts are borrowed; document_fini() frees the document.
 * Failure    document.rc: -ENOMEM. Only after legal_load().
 */
#ifndef TELLTALE_REPORTS_DPIA_H
#define TELLTALE_REPORTS_DPIA_H

#include "reports/notice.h"

enum dpia_place { DPIA_SCHOOL, DPIA_YOUTH_CENTRE };
/* "school", "youth-centre"; false for anything else. */
bool dpia_place_from_word(const char *word, enum dpia_place *out);

void dpia_fill(struct document *d, enum dpia_place place, const struct notice_facts *f);

#endif
