/* legal.c -- see legal.h. The rows' texts are views into one copy of the table in which every tab and line end has become a NUL. */
#include "reports/legal.h"

#include "common/log.h"
#include "feeds/line_reader.h"
#include "reports/legal_data.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 64
#define COLUMNS   6

static struct legal rows[ROWS_MOST];
static size_t rows_len;
static char *text; /* what the rows point into */

static const char *const words[LEGAL_APPLIES_COUNT] = {"site", "police", "counselling", "letter", "sensor", "school", "youth-centre"};

/* Makes the line's cells texts of their own. The byte behind the line is its end, so there is room for the last NUL. */
static bool cut_cells(struct line line, const char *cells[COLUMNS])
{
    char *at = text + (line.at - text), *end = at + line.n;
    for (int i = 0; i < COLUMNS; i++) {
        size_t n = strcspn(at, "\t\n");
        if (n == 0 || (at + n == end) != (i == COLUMNS - 1))
            return false;
        cells[i] = at;
        at[n] = '\0';
        at += n + 1;
    }
    return true;
}

static bool add_row(struct line line)
{
    const char *cells[COLUMNS];
    if (rows_len == ROWS_MOST || !cut_cells(line, cells))
        return false;
    for (int a = 0; a < LEGAL_APPLIES_COUNT; a++)
        if (strcmp(words[a], cells[1]) == 0) {
            rows[rows_len++] = (struct legal){cells[0], (enum legal_applies)a, cells[2], cells[3], cells[4], cells[5]};
            return true;
        }
    return false;
}

int legal_load(void)
{
    if (rows_len > 0)
        return 0;
    if (!(text = malloc(builtin_legal_bytes + 1)))
        return -ENOMEM;
    memcpy(text, builtin_legal, builtin_legal_bytes + 1);
    struct line_reader r = line_reader_over(text, builtin_legal_bytes);
    struct line line;
    while (line_reader_next(&r, &line)) {
        if (line.n == 0 || line.at[0] == '#' || add_row(line))
            continue;
        log_error("reports: legal.tsv:%u: expected id, applies, title, text, source and date, or there are more than %d rows", r.line, ROWS_MOST);
        rows_len = 0;
        free(text);
        return -EINVAL;
    }
    return 0;
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
