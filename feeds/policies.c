/* policies.c -- see policies.h. Some fifty rows, asked once a report: they are read into an array and walked over. */
#include "feeds/policies.h"

#include "feeds/builtin.h"
#include "feeds/own_table.h"

#include <string.h>

#define ROWS_MOST 256

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

static bool add_row(const char *const *cells)
{
    struct policy *p = &rows[rows_len];
    if (rows_len == ROWS_MOST || !forbidden_from_word(cells[2], &p->forbids))
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
    const struct own_table table = {.name = "feeds: policies.tsv",
                                    .expected = "organisation, tracker, forbids, rule, source and date, or there are more rows than expected",
                                    .bytes = builtin_policies,
                                    .length = builtin_policies_bytes,
                                    .columns = 6,
                                    .on_row = add_row};
    if (rows_len > 0)
        return 0;
    int rc = own_table_read(&table, &text);
    if (rc < 0)
        rows_len = 0;
    return rc;
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
