/* document_text.h -- a document as plain text, for a terminal, an e-mail or a text editor.
 *
 * Shape      What html.h shows, in the same order; a table's rows become "title: cell" lines where they are too wide for columns.
 * Threads    One a stream. Ownership: nothing is kept.
 * Failure    -errno of the stream; a document that ran out of memory is refused with its -ENOMEM.
 */
#ifndef TELLTALE_REPORTS_DOCUMENT_TEXT_H
#define TELLTALE_REPORTS_DOCUMENT_TEXT_H

#include "reports/capture_report.h"
#include "reports/document.h"

int document_write_text(const struct document *d, const struct report_style *style, FILE *out);

#endif
