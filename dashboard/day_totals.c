/* day_totals.c -- see day_totals.h. */
#include "dashboard/day_totals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add(struct day_totals *t, struct named_counts *to, const char *name, uint64_t contacts)
{
    if (to->count == to->room) {
        size_t room = to->room ? to->room * 2 : 32;
        struct named_count *rows = reallocarray(to->rows, room, sizeof(*rows));
        if (!rows) {
            t->out_of_memory = true;
            return;
        }
        to->rows = rows;
        to->room = room;
    }
    char *copy = strdup(name);
    if (!copy)
        t->out_of_memory = true;
    else
        to->rows[to->count++] = (struct named_count){copy, contacts};
}

static const char *after(const char *name, const char *beginning)
{
    size_t n = strlen(beginning);
    return strncmp(name, beginning, n) == 0 ? name + n : NULL;
}

static void on_field(void *context, const char *name, const char *value)
{
    struct day_totals *t = context;
    uint64_t n = strtoull(value, NULL, 10);
    enum purpose purpose;
    enum evidence evidence;
    const char *rest;
    if (strcmp(name, "contacts") == 0)
        t->contacts = n;
    else if (strcmp(name, "demo") == 0)
        t->demo = true;
    else if ((rest = after(name, "contacts:organisation:")))
        add(t, &t->organisations, rest, n);
    else if ((rest = after(name, "contacts:tracker:")))
        add(t, &t->trackers, rest, n);
    else if ((rest = after(name, "contacts:country:")))
        add(t, &t->countries, rest, n);
    else if ((rest = after(name, "contacts:purpose:")) && purpose_from_word(rest, &purpose))
        t->purposes[purpose] = n;
    else if ((rest = after(name, "contacts:evidence:")) && evidence_from_word(rest, &evidence))
        t->evidence[evidence] = n;
    else if ((rest = after(name, "contacts:hour:")) && strlen(rest) == 2 && strtoul(rest, NULL, 10) < 24)
        t->hours[strtoul(rest, NULL, 10)] = n;
}

static int by_contacts(const void *a, const void *b)
{
    const struct named_count *x = a, *y = b;
    if (x->contacts != y->contacts)
        return x->contacts < y->contacts ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void sort(struct named_counts *n)
{
    if (n->count > 1)
        qsort(n->rows, n->count, sizeof(n->rows[0]), by_contacts);
}

int day_totals_read(struct store_reader *r, const char *day, struct day_totals *out)
{
    memset(out, 0, sizeof(*out));
    int rc = store_reader_day(r, day, on_field, out);
    if (rc == 0 && out->out_of_memory)
        rc = -ENOMEM;
    if (rc < 0) {
        day_totals_fini(out);
        return rc;
    }
    sort(&out->organisations);
    sort(&out->trackers);
    sort(&out->countries);
    return 0;
}

static void free_counts(struct named_counts *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->rows[i].name);
    free(n->rows);
}

void day_totals_fini(struct day_totals *t)
{
    free_counts(&t->organisations);
    free_counts(&t->trackers);
    free_counts(&t->countries);
    memset(t, 0, sizeof(*t));
}

bool named_counts_has(const struct named_counts *n, const char *name)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->rows[i].name, name) == 0)
            return true;
    return false;
}
