/* evidence_report.h -- the pages of an evidence pack: the report, its two charts, the letters, the log of steps, the tables.
 *
 * Purpose    Every sentence claims what was seen and no more: "contacted after", "at least", "may engage". Nobody is accused; what is a
 *            draft says so and leaves the blanks that only its sender can fill in.
 * Threads    One. Ownership: the model is borrowed; documents are the caller's to document_fini().
 * Failure    document.rc, or -errno of the stream. Only after legal_load() and policies_load().
 */
#ifndef TELLTALE_REPORTS_EVIDENCE_REPORT_H
#define TELLTALE_REPORTS_EVIDENCE_REPORT_H

#include "reports/document.h"
#include "reports/site_evidence.h"

#include <stdio.h>

/* The report itself; charts are blocks of it. */
void evidence_report_fill(struct document *d, const struct site_evidence *e);
/* Visits by week, and how soon the trackers were contacted: each one chart block of a document of its own. */
void evidence_chart_weeks(struct document *d, const struct site_evidence *e);
void evidence_chart_delays(struct document *d, const struct site_evidence *e);

/* Drafts, as plain text to paste into an e-mail or form. */
int evidence_write_letter(const struct site_evidence *e, FILE *out);
int evidence_write_concern(const struct site_evidence *e, FILE *out);

/* CSV (RFC 4180): the trackers with every figure; the periods; an empty log of steps. */
int evidence_write_trackers(const struct site_evidence *e, FILE *out);
int evidence_write_periods(const struct site_evidence *e, FILE *out);
int evidence_write_steps(const struct site_evidence *e, FILE *out);

/* What several of them say: the finding in a sentence or two, on the heap; NULL when memory is out. */
char *evidence_summary(const struct site_evidence *e);
/* "22 November 2026"; what is no day stays as it is. */
#define EVIDENCE_DATE_BYTES 64
const char *evidence_date(const char *day, char out[EVIDENCE_DATE_BYTES]);
#define EVIDENCE_DATE(day) evidence_date((day), (char[EVIDENCE_DATE_BYTES]){0})

#endif
