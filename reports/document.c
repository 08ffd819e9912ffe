/* document.c -- see document.h. Arrays double when their length reaches a power of two, so no capacity is kept. */
#include "reports/document.h"

#include "common/text.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *keep(struct document *d, const char *text)
{
    char *clean = text_clean_copy(text ? text : "", text ? strlen(text) : 0);
    if (!clean)
        d->rc = -ENOMEM;
    return clean;
}

void document_init(struct document *d, bool demo, const char *title, const char *subtitle, const char *footer)
{
    memset(d, 0, sizeof(*d));
    d->demo = demo;
    d->title = keep(d, title);
    d->subtitle = keep(d, subtitle);
    d->footer = keep(d, footer);
}

static void free_block(struct document_block *b)
{
    for (size_t r = 0; r < b->rows_len; r++)
        for (unsigned c = 0; c < DOCUMENT_COLUMNS_MOST; c++)
            free(b->rows[r].cells[c]);
    for (unsigned c = 0; c < b->columns_len; c++)
        free(b->columns[c].title);
    free(b->rows);
    free(b->text);
    free(b->label_title);
    free(b->value_title);
}

void document_fini(struct document *d)
{
    for (size_t i = 0; i < d->blocks_len; i++)
        free_block(&d->blocks[i]);
    free(d->blocks);
    free(d->title);
    free(d->subtitle);
    free(d->footer);
    memset(d, 0, sizeof(*d));
}

/* Room for one more, cleared. NULL when memory is out. */
static void *grow(struct document *d, void **array, size_t *len, size_t element)
{
    if (d->rc < 0)
        return NULL;
    if ((*len & (*len - 1)) == 0) {
        void *larger = reallocarray(*array, *len ? 2 * *len : 1, element);
        if (!larger) {
            d->rc = -ENOMEM;
            return NULL;
        }
        *array = larger;
    }
    void *fresh = (char *)*array + *len * element;
    memset(fresh, 0, element);
    ++*len;
    return fresh;
}

static struct document_block *new_block(struct document *d, enum document_kind kind, const char *text)
{
    void *blocks = d->blocks;
    struct document_block *b = grow(d, &blocks, &d->blocks_len, sizeof(*b));
    d->blocks = blocks;
    if (!b)
        return NULL;
    b->kind = kind;
    b->text = keep(d, text);
    return b;
}

void document_add(struct document *d, enum document_kind kind, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int n = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (n < 0) {
        d->rc = -ENOMEM;
        return;
    }
    new_block(d, kind, text);
    free(text);
}

void document_add_table(struct document *d, const char *caption, bool half, const struct document_column *columns, unsigned n)
{
    assert(n > 0 && n <= DOCUMENT_COLUMNS_MOST);
    struct document_block *b = new_block(d, DOCUMENT_TABLE, caption);
    if (!b)
        return;
    b->half = half;
    for (unsigned c = 0; c < n; c++) {
        b->columns[c].title = keep(d, columns[c].title);
        b->columns[c].right = columns[c].right;
        b->columns[c].weight = columns[c].weight ? columns[c].weight : 1;
    }
    b->columns_len = n;
}

static struct document_row *new_row(struct document *d)
{
    if (d->rc < 0)
        return NULL;
    struct document_block *b = &d->blocks[d->blocks_len - 1];
    void *rows = b->rows;
    struct document_row *row = grow(d, &rows, &b->rows_len, sizeof(*row));
    b->rows = rows;
    return row;
}

void document_add_row(struct document *d, const char *const *cells)
{
    struct document_row *row = new_row(d);
    for (unsigned c = 0; row && c < d->blocks[d->blocks_len - 1].columns_len; c++)
        row->cells[c] = keep(d, cells[c]);
}

void document_more(struct document *d, uint64_t more)
{
    if (d->rc == 0)
        d->blocks[d->blocks_len - 1].more = more;
}

size_t document_beside(const struct document *d, size_t block)
{
    size_t run = 0;
    while (block + run < d->blocks_len && d->blocks[block + run].half)
        run++;
    return run < 2 ? 1 : run == 3 ? 3 : 2;
}

void document_add_chart(struct document *d, const char *caption, bool half, const char *label_title, const char *value_title)
{
    struct document_block *b = new_block(d, DOCUMENT_CHART, caption);
    if (!b)
        return;
    b->half = half;
    b->label_title = keep(d, label_title);
    b->value_title = keep(d, value_title);
}

void document_add_bar(struct document *d, const char *label, uint64_t value)
{
    struct document_row *row = new_row(d);
    if (!row)
        return;
    row->cells[0] = keep(d, label);
    row->value = value;
}
