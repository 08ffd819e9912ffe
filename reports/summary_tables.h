/* summary_tables.h -- the charts and tables of a summary but those of support sites: hours, days, companies, purposes, trackers, countries, devices, coverage.
 *
 * Purpose    summary_document.c decides what stands on a page, in which order and how long; these say what is in each. Every figure is the
 *            summary's own: what may not be handed out is not in that.
 * Shape      Each adds one block to the document. rows: at most so many, 0: all; the document says how many were left out. compact: with fewer columns,
 *            for a table that stands beside another. One that has nothing to say adds nothing.
 * Threads    One. Failure: document.rc.
 */
#ifndef TELLTALE_REPORTS_SUMMARY_TABLES_H
#define TELLTALE_REPORTS_SUMMARY_TABLES_H

#include "reports/day_summary.h"
#include "reports/document.h"

/* Charts. */
void summary_tables_hours(const struct day_summary *s, struct document *d);
void summary_tables_days_chart(const struct day_summary *s, struct document *d);

/* Tables. */
void summary_tables_days(const struct day_summary *s, unsigned rows, struct document *d); /* never less than a week */
void summary_tables_companies(const struct day_summary *s, unsigned rows, bool compact, struct document *d);
void summary_tables_purposes(const struct day_summary *s, unsigned rows, struct document *d);
void summary_tables_trackers(const struct day_summary *s, unsigned rows, struct document *d);
void summary_tables_countries(const struct day_summary *s, unsigned rows, struct document *d);
void summary_tables_new(const struct day_summary *s, unsigned rows, bool compact, struct document *d);
void summary_tables_devices(const struct day_summary *s, unsigned rows, struct document *d); /* of a single day */
void summary_tables_coverage(const struct day_summary *s, struct document *d);

/* What the table of countries says, as a sentence in small print. */
void summary_tables_countries_sentence(const struct day_summary *s, unsigned rows, struct document *d);

/* Rows of the tables that may stand beside another: up to there, a row of the other costs no room. */
unsigned summary_tables_rows_of_purposes(const struct day_summary *s);
unsigned summary_tables_rows_of_days(const struct day_summary *s);
unsigned summary_tables_rows_of_coverage(const struct day_summary *s);

#endif
