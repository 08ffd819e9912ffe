/* page.h -- a report as plain text on a terminal: headings, wrapped paragraphs and tables that fit.
 *
 * Purpose    Whatever is printed here is clean (common/text.h) and, where the page has a width, no wider than it.
 * Units      Columns of the terminal. Width 0: nothing is wrapped or cut.
 * Threads    One. Ownership: the page borrows its stream.
 * Failure    Stream errors stay on the stream; when memory is out, page.rc turns -ENOMEM and stays so.
 */
#ifndef TELLTALE_REPORTS_PAGE_H
#define TELLTALE_REPORTS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PAGE_WIDTH_MIN 60

/* Colour repeats what the words say; it never says anything alone. */
enum page_tint { PAGE_PLAIN, PAGE_ALARM, PAGE_FAINT };

struct page {
    FILE *out;
    unsigned width;
    bool colour;
    int rc;
};

struct page page_open(FILE *out, unsigned width, bool colour);

/* A blank line, then the title on its own line, bold where there is colour. */
void page_heading(struct page *page, const char *title);

/* One paragraph, broken at blanks; its first line is indented by `first` columns, the others by `rest`. */
void page_paragraph(struct page *page, unsigned first, unsigned rest, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same in bold. */
void page_statement(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "lead: text", wrapped and indented as a paragraph; the lead takes the tint. */
void page_item(struct page *page, unsigned indent, enum page_tint tint, const char *lead, const char *text);

#define PAGE_CELL_BYTES 400

struct page_cell {
    char text[PAGE_CELL_BYTES];
    enum page_tint tint;
};

struct page_column {
    const char *title;
    bool right;       /* align right, and never cut: numbers */
    bool keep_end;    /* when cut, lose the beginning: the end of a host name says whose it is */
    unsigned content; /* the widest cell, kept by page_table_measure() */
    unsigned width;   /* set by page_table_fit() */
};

void page_cell_set(struct page_cell *cell, enum page_tint tint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A table takes two passes over its rows, so that nothing is stored: measure every row, fit once, print every row. */
void page_table_measure(struct page_column *columns, size_t n, const struct page_cell *cells);
/* How wide the table would be if nothing had to give way. */
unsigned page_table_wanted(const struct page_column *columns, size_t n);
/* Settles the widths (the widest column gives way first) and prints the titles. */
void page_table_fit(struct page *page, struct page_column *columns, size_t n);
void page_table_row(struct page *page, const struct page_column *columns, size_t n, const struct page_cell *cells);

/* "1,234" and "1.2 MB"; the buffers live as long as the caller's compound literal. */
#define PAGE_NUMBER_BYTES 32
const char *page_number(unsigned long long n, char out[PAGE_NUMBER_BYTES]);
/* "54k": thousands or millions, rounded down, for where there is no room; below 10,000 as above. */
const char *page_short_number(unsigned long long n, char out[PAGE_NUMBER_BYTES]);
const char *page_bytes(unsigned long long n, char out[PAGE_NUMBER_BYTES]);
#define PAGE_NUMBER(n) page_number((n), (char[PAGE_NUMBER_BYTES]){0})
#define PAGE_BYTES(n)  page_bytes((n), (char[PAGE_NUMBER_BYTES]){0})
/* "" for 1, "s" for anything else. */
const char *page_plural(unsigned long long n);

#endif
