/* policies.c -- see policies.h. Some fifty rows, asked once a report: they are read into an array and walked over.
 *
 * The rows' texts are views into one copy of the table in which every tab and line end has become a NUL.
 */
#include "feeds/policies.h"

#include "common/log.h"
#include "feeds/builtin.h"
#include "feeds/line_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 256
#define COLUMNS 6

static struct policy rows[ROWS_MOST];
static size_t rows_len;
static char *text; /* what the rows point into */

static const struct {
    const char *word, *phrase;
} words[FORBIDDEN_COUNT] = {
    [FORBIDDEN_CHILD_SITES] = {"child-sites", "use on sites for children"},
    [FORBIDDEN_CHILDREN] = {"children", "data of children"},
    [FORBIDDEN_CRIME] = {"crime", "data about crimes"},
    [FORBIDDEN_FINANCE] = {"finance", "financial data"},
    [FORBIDDEN_HEALTH] = {"health", "health data"},
    [FORBIDDEN_IDENTITY] = {"identity", "data that names a person"},
    [FORBIDDEN_SENSITIVE] = {"sensitive", "sensitive data"},
    [FORBIDDEN_SEXUALITY] = {"sexuality", "data about sexuality"},
    [FORBIDDEN_UNDER_13] = {"under-13", "data of people under 13"},
    [FORBIDDEN_UNDER_16] = {"under-16", "data of people under 16"},
    [FORBIDDEN_UNDER_18] = {"under-18", "data of people under 18"},
};

const char *forbidden_word(enum forbidden f)
{
    return words[f].word;
}

const char *forbidden_phrase(enum forbidden f)
{
    return words[f].phrase;
}

static bool forbidden_from_word(const char *word, enum forbidden *out)
{
    for (int f = 0; f < FORBIDDEN_COUNT; f++)
        if (strcmp(words[f].word, word) == 0) {
            *out = (enum forbidden)f;
            return true;
        }
    return false;
}

/* Makes the line's cells texts of their own. The byte behind the line is its end, so there is room for the last NUL. */
static bool cut_cells(struct line line, const char *cells[COLUMNS])
{
    char *at = text + (line.at - text), *end = at + line.n;
    for (int i = 0; i < COLUMNS; i++) {
        size_t n = strcspn(at, "\t\n");
        bool last = i == COLUMNS - 1;
        if (n == 0 || (at + n == end) != last)
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
    struct policy *p = &rows[rows_len];
    if (rows_len == ROWS_MOST || !cut_cells(line, cells) || !forbidden_from_word(cells[2], &p->forbids))
        return false;
    p->organisation = cells[0];
    p->tracker = cells[1];
    p->rule = cells[3];
    p->source = cells[4];
    p->date = cells[5];
    rows_len++;
    return true;
}

int policies_load(void)
{
    if (rows_len > 0)
        return 0;
    if (!(text = malloc(builtin_policies_bytes + 1)))
        return -ENOMEM;
    memcpy(text, builtin_policies, builtin_policies_bytes + 1);
    struct line_reader r = line_reader_over(text, builtin_policies_bytes);
    struct line line;
    while (line_reader_next(&r, &line)) {
        if (line.n == 0 || line.at[0] == '#' || add_row(line))
            continue;
        log_error("feeds: policies.tsv:%u: expected organisation, tracker, forbids, rule, source and date, or there are more than %d rows", r.line,
                  ROWS_MOST);
        rows_len = 0;
        free(text);
        return -EINVAL;
    }
    return 0;
}

const struct policy *policies_of(const char *tracker, size_t *n)
{
    const struct policy *first = NULL;
    *n = 0;
    for (size_t i = 0; i < rows_len; i++) {
        if (strcmp(rows[i].tracker, tracker) != 0)
            continue;
        if (!first)
            first = &rows[i];
        ++*n;
    }
    return first;
}

size_t policies_count(void)
{
    return rows_len;
}

const struct policy *policy_at(size_t i)
{
    return &rows[i];
}
