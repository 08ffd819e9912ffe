/* csv.h -- one line of RFC 4180 that a spreadsheet can open without running anything.
 *
 * Purpose    A spreadsheet runs a cell that begins with = + - or @ (some also behind blanks, or in full width); such a text gets a
 *            leading apostrophe, which spreadsheets take as "this is text". Cells are clean (common/text.h) and on one line.
 * Shape      UTF-8, lines end in CR LF. A row is begun by an initialiser, filled cell by cell, and ended by csv_end().
 * Threads    One. Ownership: the stream is borrowed.
 * Failure    row.rc turns -ENOMEM and stays so; errors of the stream stay on the stream.
 */
#ifndef TELLTALE_REPORTS_CSV_H
#define TELLTALE_REPORTS_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct csv_row {
    FILE *out;
    bool begun;
    int rc;
};

/* A text alone, as one cell: 0, or -ENOMEM. NULL: an empty cell. */
int csv_write_text(FILE *out, const char *text);

void csv_text(struct csv_row *row, const char *text); /* NULL: an empty cell */
void csv_empty(struct csv_row *row, unsigned cells);
void csv_count(struct csv_row *row, uint64_t n);
void csv_share(struct csv_row *row, double share); /* 0..1: three digits, rounded down; never a decimal comma */
void csv_real(struct csv_row *row, double value);  /* six significant digits; never a decimal comma */
void csv_end(struct csv_row *row);                 /* the next cell begins a new line */

#endif
