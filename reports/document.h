/* document.h -- something to print: headings, sentences, tables and charts, before anyone decides how they look.
 *
 * Purpose    A daily summary, an evidence pack and a notice say the same whether they become HTML or PDF, because both writers
 *            (html.h, pdf.h) read only this. Whatever is put in comes out clean (common/text.h): the writers need not ask again.
 * Shape      Blocks in the order of reading. Rows belong to the table or chart that was added last.
 * Ownership  The document owns copies of all its texts; document_fini() frees them.
 * Threads    One.
 * Failure    document.rc turns -ENOMEM and stays so; adders then do nothing, and the writers return it.
 */
#ifndef TELLTALE_REPORTS_DOCUMENT_H
#define TELLTALE_REPORTS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum document_kind {
    DOCUMENT_HEADING,   /* of a section */
    DOCUMENT_STATEMENT, /* a sentence to read first */
    DOCUMENT_PARAGRAPH,
    DOCUMENT_ITEM,  /* of a list; neighbours are one list */
    DOCUMENT_SMALL, /* a paragraph in small print */
    DOCUMENT_TABLE,
    DOCUMENT_CHART, /* upright bars, one for each row: a label and a number */
};

#define DOCUMENT_COLUMNS_MOST 8

struct document_column {
    const char *title;
    bool right;      /* numbers */
    unsigned weight; /* share of the width, beside those of the others; 0 is taken as 1 */
};

struct document_row {
    char *cells[DOCUMENT_COLUMNS_MOST]; /* never NULL up to the table's columns */
    uint64_t value;                     /* of a chart's bar; its label is cells[0] */
};

struct document_block {
    enum document_kind kind;
    char *text; /* of a table or chart: its caption */
    bool half;  /* a table or chart that may stand beside others that are half too */
    struct {
        char *title;
        bool right;
        unsigned weight;
    } columns[DOCUMENT_COLUMNS_MOST];
    unsigned columns_len;
    struct document_row *rows;
    size_t rows_len;
    uint64_t more; /* rows that were left out: "and N more" */
    char *label_title, *value_title; /* of a chart: what its two columns are called in the table twin */
};

struct document {
    char *title, *subtitle, *footer; /* the footer stands on every page */
    bool demo;                       /* DEMO stands on every page */
    struct document_block *blocks;
    size_t blocks_len;
    int rc;
};

void document_init(struct document *d, bool demo, const char *title, const char *subtitle, const char *footer);
void document_fini(struct document *d);

/* One block of text, printf-like. */
void document_add(struct document *d, enum document_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A table (n columns, at most DOCUMENT_COLUMNS_MOST), then each of its rows: as many cells as it has columns; NULL is an empty one. */
void document_add_table(struct document *d, const char *caption, bool half, const struct document_column *columns, unsigned n);
void document_add_row(struct document *d, const char *const *cells);
/* Rows of the last table that are not shown. */
void document_more(struct document *d, uint64_t more);

/* How many blocks from this one on stand side by side: 1, or 2 or 3 that are half, as they follow each other. */
size_t document_beside(const struct document *d, size_t block);

void document_add_chart(struct document *d, const char *caption, bool half, const char *label_title, const char *value_title);
void document_add_bar(struct document *d, const char *label, uint64_t value);

#endif
