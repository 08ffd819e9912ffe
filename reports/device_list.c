/* device_list.c -- see device_list.h.
 *
 * Hours come from the stream of alerts, which has no index by device: it is read once, in parts, from its beginning. What is older than two days has no
 * device there any more.
 */
#include "reports/device_list.h"

#include "common/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_AT_ONCE 1000

static struct listed_device *find(struct device_list *l, const char *name, size_t n)
{
    for (size_t i = 0; i < l->len; i++)
        if (strlen(l->rows[i].pseudonym) == n && memcmp(l->rows[i].pseudonym, name, n) == 0)
            return &l->rows[i];
    return NULL;
}

static struct listed_device *find_or_add(struct device_list *l, const char *name, size_t n)
{
    struct listed_device *d = find(l, name, n);
    if (d)
        return d;
    if (l->len == DEVICE_LIST_MOST) {
        l->cut = true;
        return NULL;
    }
    d = &l->rows[l->len++];
    memcpy(d->pseudonym, name, n);
    return d;
}

/* "<pseudonym>" or "<pseudonym>:<purpose>". */
static void on_device(void *context, const char *name, const char *value)
{
    size_t n = strcspn(name, ":");
    enum purpose purpose;
    if (n == 0 || n > STORE_DEVICE_MAX || (name[n] && !purpose_from_word(name + n + 1, &purpose)))
        return;
    struct listed_device *d = find_or_add(context, name, n);
    if (d && name[n])
        d->purposes[purpose] = strtoull(value, NULL, 10);
    else if (d)
        d->contacts = strtoull(value, NULL, 10);
}

static void on_label(void *context, const char *device, const char *label)
{
    struct listed_device *d = find(context, device, strlen(device));
    if (d)
        snprintf(d->label, sizeof(d->label), "%s", label);
}

static int by_pseudonym(const void *a, const void *b)
{
    return strcmp(((const struct listed_device *)a)->pseudonym, ((const struct listed_device *)b)->pseudonym);
}

int device_list_read(struct device_list *l, struct store_reader *r, const char *day)
{
    *l = (struct device_list){.rows = calloc(DEVICE_LIST_MOST, sizeof(*l->rows))};
    int rc = l->rows ? store_reader_devices(r, day, on_device, l) : -ENOMEM;
    if (rc == 0)
        rc = store_reader_labels(r, day, on_label, l);
    if (rc < 0 && rc != -ENOENT)
        return rc;
    qsort(l->rows, l->len, sizeof(l->rows[0]), by_pseudonym);
    return 0;
}

void device_list_fini(struct device_list *l)
{
    free(l->rows);
    *l = (struct device_list){.rows = NULL};
}

/* Hours ------------------------------------------------------------------------------------------------------------------------ */

struct walk {
    struct device_list *list;
    const char *day;
    char last[STORE_ENTRY_ID_MAX];
    unsigned n;
};

static void on_alert(void *context, const struct store_entry *e)
{
    struct walk *w = context;
    struct local_time when;
    uint64_t hour_s = store_entry_hour_s(e);
    const char *device = store_entry_field(e, "device");
    w->n++;
    snprintf(w->last, sizeof(w->last), "%s", store_entry_id(e));
    struct listed_device *d = device[0] ? find(w->list, device, strlen(device)) : NULL;
    if (!d)
        return;
    clock_local(hour_s * NS_PER_S, &when);
    if (strcmp(when.day, w->day) != 0)
        return;
    if (d->first_s == 0 || hour_s < d->first_s)
        d->first_s = hour_s;
    if (hour_s > d->last_s)
        d->last_s = hour_s;
}

int device_list_hours(struct device_list *l, struct store_stream_reader *alerts, const char *day)
{
    struct walk w = {.list = l, .day = day};
    int rc = 0;
    do {
        w.n = 0;
        rc = store_stream_after(alerts, w.last, ENTRIES_AT_ONCE, on_alert, &w);
    } while (rc == 0 && w.n == ENTRIES_AT_ONCE);
    return rc;
}
