/* html.h -- a document as one HTML file that needs nothing beside it.
 *
 * Purpose    Whoever opens it needs no network and no permission: styles and charts are inside, there is no script, and it
 *            says so to the browser (a Content-Security-Policy that allows styles alone). It prints on A4, reads dark on light
 *            with a contrast of at least 4.5:1, and by ear: language, headings in order, captions and scopes of tables; each
 *            chart is followed by its figures as a table.
 * Shape      UTF-8. Every text is escaped and clean (common/text.h), in the document or not.
 * Threads    One a stream. Ownership: nothing is kept.
 * Failure    -errno of the stream; a document that ran out of memory is refused with its -ENOMEM.
 */
#ifndef TELLTALE_REPORTS_HTML_H
#define TELLTALE_REPORTS_HTML_H

#include "reports/document.h"

#include <stdio.h>

/* The whole file. */
int html_write(const struct document *d, FILE *out);

/* For pages with parts of their own: the file up to the first block, blocks, the end. Errors stay on the stream. */
void html_begin(FILE *out, const char *title, const char *subtitle, bool demo);
void html_blocks(const struct document *d, FILE *out);
void html_end(FILE *out, const char *footer);

/* A foreign text inside an element or a quoted attribute: clean, with & < > " ' escaped. NULL: nothing. */
void html_text(FILE *out, const char *text);

#endif
