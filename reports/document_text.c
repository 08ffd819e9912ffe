/* document_text.c -- see document_text.h.
 *
 * Tables of sentences do not fit into columns of a terminal, and cutting them would lose what they say. So each row becomes a short
 * paragraph: its first cell, then what stands in the others, with the titles of their columns.
 */
#include "reports/document_text.h"

#include "reports/page.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "contacts (count): all contacts of the day"; the titles say which cell is which where there are more than two. */
static char *row_text(const struct document_block *b, const struct document_row *row)
{
    char *text = NULL;
    size_t n = 0, said = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return NULL;
    for (unsigned c = 1; c < b->columns_len; c++) {
        if (!row->cells[c][0])
            continue;
        fputs(said++ ? "; " : "", out);
        if (b->columns_len > 2)
            fprintf(out, "%s: ", b->columns[c].title);
        fputs(row->cells[c], out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void write_table(const struct document_block *b, struct page *page)
{
    if (b->text[0])
        page_paragraph(page, 0, 0, "%s", b->text);
    for (size_t r = 0; r < b->rows_len; r++) {
        char *text = row_text(b, &b->rows[r]);
        if (!text)
            page->rc = -ENOMEM;
        else if (text[0])
            page_paragraph(page, 2, 4, "%s: %s", b->rows[r].cells[0], text);
        else
            page_paragraph(page, 2, 4, "%s", b->rows[r].cells[0]);
        free(text);
    }
    if (b->more)
        page_paragraph(page, 2, 4, "and %s more", PAGE_NUMBER(b->more));
}

static void write_chart(const struct document_block *b, struct page *page)
{
    page_paragraph(page, 0, 0, "%s (%s: %s)", b->text, b->label_title, b->value_title);
    for (size_t r = 0; r < b->rows_len; r++)
        page_paragraph(page, 2, 4, "%s: %s", b->rows[r].cells[0], PAGE_NUMBER(b->rows[r].value));
}

static void write_block(const struct document_block *b, struct page *page)
{
    switch (b->kind) {
    case DOCUMENT_HEADING: page_heading(page, b->text); break;
    case DOCUMENT_STATEMENT: page_statement(page, "%s", b->text); break;
    case DOCUMENT_SMALL:
        fputc('\n', page->out);
        page_paragraph(page, 0, 0, "%s", b->text);
        break;
    case DOCUMENT_PARAGRAPH: page_paragraph(page, 0, 0, "%s", b->text); break;
    case DOCUMENT_ITEM: page_paragraph(page, 2, 4, "- %s", b->text); break;
    case DOCUMENT_TABLE: write_table(b, page); break;
    case DOCUMENT_CHART: write_chart(b, page); break;
    }
}

int document_write_text(const struct document *d, const struct report_style *style, FILE *out)
{
    if (d->rc < 0)
        return d->rc;
    struct page page = page_open(out, style->width, style->colour);
    page_statement(&page, "%s%s", d->demo ? "DEMO: " : "", d->title);
    if (d->subtitle[0])
        page_paragraph(&page, 0, 0, "%s", d->subtitle);
    for (size_t i = 0; i < d->blocks_len; i++)
        write_block(&d->blocks[i], &page);
    if (d->footer[0]) {
        fputc('\n', out);
        page_paragraph(&page, 0, 0, "%s", d->footer);
    }
    int rc = report_finish(out);
    return page.rc < 0 ? page.rc : rc;
}
