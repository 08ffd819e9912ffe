/* csv.h -- a text as one cell of RFC 4180 CSV that a spreadsheet neither runs nor breaks.
 *
 * Threads    Pure. Failure: -ENOMEM when memory is out; stream errors stay on the stream.
 */
#ifndef TELLTALE_REPORTS_CSV_H
#define TELLTALE_REPORTS_CSV_H

#include <stdio.h>

/* NULL: an empty cell. */
int csv_write_text(FILE *out, const char *text);

#endif
