/* pdf.h -- a document as PDF on A4: text that can be selected and searched, charts as drawings (the only file that meets cairo and
 * pango).
 *
 * Shape      Portrait A4, the title on the first page; on every page a footer with the page's number, and DEMO where the document is one.
 *            Nothing is cut: a text that is too long for its cell wraps, a table goes on over the page with its titles repeated.
 * Units      Points (1/72 inch).
 * Threads    One at a time: pango keeps its fonts for the process.
 * Failure    -errno of the stream; -ENOMEM; -EIO when cairo fails, after one log line with its reason.
 */
#ifndef TELLTALE_REPORTS_PDF_H
#define TELLTALE_REPORTS_PDF_H

#include "reports/document.h"

#include <stdio.h>

/* *pages (may be NULL): how many there are. out NULL: only count them. */
int pdf_write(const struct document *d, FILE *out, unsigned *pages);

#endif
