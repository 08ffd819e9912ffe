/* legal.c -- see legal.h. Some thirty rows, read into an array and walked over. */
#include "reports/legal.h"

#include "feeds/own_table.h"
#include "reports/legal_data.h"

#include <stdbool.h>
#include <string.h>

#define ROWS_MOST 64

static struct legal rows[ROWS_MOST];
static size_t rows_len;
static char *text; /* what the rows point into */

static const char *const words[LEGAL_APPLIES_COUNT] = {"site", "police", "counselling", "letter", "sensor", "school", "youth-centre"};

static bool add_row(const char *const *cells)
{
    for (int a = 0; a < LEGAL_APPLIES_COUNT && rows_len < ROWS_MOST; a++)
        if (strcmp(words[a], cells[1]) == 0) {
            rows[rows_len++] = (struct legal){cells[0], (enum legal_applies)a, cells[2], cells[3], cells[4], cells[5]};
            return true;
        }
    return false;
}

int legal_load(void)
{
    const struct own_table table = {.name = "reports: legal.tsv",
                                    .expected = "id, applies, title, text, source and date, or there are more rows than expected",
                                    .bytes = builtin_legal,
                                    .length = builtin_legal_bytes,
                                    .columns = 6,
                                    .on_row = add_row};
    if (rows_len > 0)
        return 0;
    int rc = own_table_read(&table, &text);
    if (rc < 0)
        rows_len = 0;
    return rc;
}

size_t legal_count(void)
{
    return rows_len;
}

const struct legal *legal_at(size_t i)
{
    return &rows[i];
}

const struct legal *legal_named(const char *id)
{
    for (size_t i = 0; i < rows_len; i++)
        if (strcmp(rows[i].id, id) == 0)
            return &rows[i];
    return NULL;
}

const char *legal_latest(void)
{
    const char *latest = "";
    for (size_t i = 0; i < rows_len; i++)
        latest = strcmp(rows[i].date, latest) > 0 ? rows[i].date : latest;
    return latest;
}
