/* companies.c -- see companies.h. The table is read once into an array of rows and sorted; equal rows (the domains of one tracker)
 * become one that counts them. The text is ours, but a row that is wrong is named all the same: it would vanish silently. */
#include "reports/companies.h"

#include "common/log.h"
#include "feeds/builtin.h"
#include "feeds/policies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *texts; /* the table, cut into its fields */
static struct company_tracker *rows;
static size_t row_count;

static int compare(const void *a, const void *b)
{
    const struct company_tracker *x = a, *y = b;
    int order = strcmp(x->tracker, y->tracker);
    return order ? order : (int)x->purpose - (int)y->purpose;
}

/* suffix, tracker, organisation, country, purpose, ... */
static int read_row(char *line, struct company_tracker *row)
{
    char *field[5];
    for (int i = 0; i < 5; i++)
        if (!(field[i] = strsep(&line, "\t")))
            return -EINVAL;
    row->tracker = field[1];
    row->organisation = field[2];
    row->hosts = 1;
    if (strlen(field[3]) >= sizeof(row->country) || !purpose_from_word(field[4], &row->purpose))
        return -EINVAL;
    strcpy(row->country, field[3]);
    return 0;
}

static void fold_equal(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < row_count; i++) {
        if (kept > 0 && compare(&rows[kept - 1], &rows[i]) == 0)
            rows[kept - 1].hosts++;
        else
            rows[kept++] = rows[i];
    }
    row_count = kept;
}

static int read_table(void)
{
    size_t lines = 1;
    for (size_t i = 0; i < builtin_trackers_bytes; i++)
        lines += builtin_trackers[i] == '\n';
    texts = strndup(builtin_trackers, builtin_trackers_bytes);
    rows = calloc(lines, sizeof(*rows));
    if (!texts || !rows)
        return -ENOMEM;
    char *rest = texts;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!line[0] || line[0] == '#')
            continue;
        if (read_row(line, &rows[row_count]) < 0) {
            log_error("companies: the built-in list has a wrong row: %s", line);
            return -EINVAL;
        }
        row_count++;
    }
    qsort(rows, row_count, sizeof(*rows), compare);
    fold_equal();
    return 0;
}

int companies_load(void)
{
    if (rows)
        return 0;
    int rc = read_table();
    if (rc == 0)
        rc = policies_load();
    if (rc < 0) {
        free(texts);
        free(rows);
        texts = NULL;
        rows = NULL;
        row_count = 0;
    }
    return rc;
}

const struct company_tracker *companies_of(const char *tracker, size_t *n)
{
    size_t low = 0, high = row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(rows[middle].tracker, tracker) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *n = 0;
    while (low + *n < row_count && strcmp(rows[low + *n].tracker, tracker) == 0)
        ++*n;
    return *n ? &rows[low] : NULL;
}

void companies_rules(const char *tracker, void (*each)(void *context, const struct company_rule *rule), void *context)
{
    size_t n;
    const struct policy *p = policies_of(tracker, &n);
    for (size_t i = 0; i < n; i++)
        each(context, &(struct company_rule){forbidden_phrase(p[i].forbids), p[i].rule, p[i].source, p[i].date});
}
