/* gaps.c -- see gaps.h. */
#include "store/gaps.h"

#include "store/records.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING 256

struct store_gaps {
    char installation[STORE_INSTALLATION_MAX + 1];
    struct store_records *records;
};

struct store_gaps *store_gaps_new(const char *socket, const char *installation)
{
    assert(store_installation_is_valid(installation));
    struct store_gaps *g = calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    snprintf(g->installation, sizeof(g->installation), "%s", installation);
    g->records = store_records_new(socket, "gaps", WAITING);
    if (g->records)
        return g;
    free(g);
    return NULL;
}

void store_gaps_free(struct store_gaps *g)
{
    if (!g)
        return;
    store_records_free(g->records);
    free(g);
}

void store_gaps_put(struct store_gaps *g, const struct store_gap *gap)
{
    char key[STORE_KEY_MAX];
    store_key_write(key, g->installation, STORE_KEY_COVERAGE, gap->day);
    struct store_record *r = store_records_begin(g->records, STORE_FUNCTION_GAP, key);
    if (!r)
        return;
    store_record_put_number(r, gap->from_s);
    store_record_put_number(r, gap->until_s);
    store_record_put(r, gap_why_word(gap->why));
    store_records_commit(g->records, r);
}

size_t store_gaps_run(struct store_gaps *g)
{
    return store_records_run(g->records);
}

/* Reading ----------------------------------------------------------------------------------------------------------- */

struct reading {
    const char *day;
    struct store_gap *out;
    size_t n;
    uint64_t all;
};

static void on_field(void *context, const char *name, const char *value)
{
    struct reading *r = context;
    struct store_gap gap = {.from_s = 0};
    char why[17], end;
    if (strcmp(name, "gaps") == 0)
        r->all = strtoull(value, NULL, 10);
    if (r->n == STORE_GAPS_MOST || sscanf(name, "gap:%15" SCNu64 "%c", &gap.from_s, &end) != 1 ||
        sscanf(value, "%15" SCNu64 "\t%16[a-z]%c", &gap.until_s, why, &end) != 2 || !gap_why_from_word(why, &gap.why))
        return; /* a counter of the day, or a field of a foreign hand */
    snprintf(gap.day, sizeof(gap.day), "%s", r->day);
    r->out[r->n++] = gap;
}

static int by_beginning(const void *a, const void *b)
{
    const struct store_gap *x = a, *y = b;
    return (x->from_s > y->from_s) - (x->from_s < y->from_s);
}

int store_gaps_read(struct store_reader *reader, const char *day, struct store_gap out[STORE_GAPS_MOST], size_t *n, uint64_t *all)
{
    struct reading r = {.day = day, .out = out};
    int rc = store_reader_coverage(reader, day, on_field, &r);
    qsort(out, r.n, sizeof(*out), by_beginning);
    *n = r.n;
    *all = r.all;
    return rc;
}
