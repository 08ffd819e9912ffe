/* day_summary.c -- see day_summary.h: the rows, how they are found again while they are filled, and their order.
 *
 * A day has a few hundred names at most, so a row is looked for from the first to the last: for a week that is a few million
 * comparisons, far below what reading the store takes.
 */
#include "reports/day_summary.h"

#include "reports/report_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void day_summary_init(struct day_summary *s)
{
    memset(s, 0, sizeof(*s));
    s->k = SUMMARY_SMALLEST_GROUP;
}

void day_summary_least(struct day_summary *s, unsigned k)
{
    s->k = k > s->k ? k : s->k;
}

static void free_disclosure(struct report_disclosure *d)
{
    free(d->host);
    free(d->tracker);
    free(d->organisation);
    free(d->before);
}

static void free_site(struct summary_site *site)
{
    for (size_t i = 0; i < site->disclosures_len; i++)
        free_disclosure(&site->disclosures[i]);
    free(site->disclosures);
    free(site->periods);
    free(site->site);
    free(site->label);
    free(site->category);
    free(site->proof);
}

void day_summary_fini(struct day_summary *s)
{
    for (size_t i = 0; i < s->companies_len; i++)
        free(s->companies[i].name);
    for (size_t i = 0; i < s->trackers_len; i++) {
        free(s->trackers[i].name);
        free(s->trackers[i].company);
    }
    for (size_t i = 0; i < s->countries_len; i++)
        free(s->countries[i].code);
    for (size_t i = 0; i < s->devices_len; i++) {
        free(s->devices[i].pseudonym);
        free(s->devices[i].label);
    }
    for (size_t i = 0; i < s->sites_len; i++)
        free_site(&s->sites[i]);
    free(s->companies);
    free(s->trackers);
    free(s->countries);
    free(s->devices);
    free(s->days);
    free(s->sites);
    free(s->source);
    free(s->feeds);
    day_summary_init(s);
}

/* Room for one more element, cleared; arrays double when their length reaches a power of two. */
static void *append(struct day_summary *s, void **array, size_t *len, size_t element)
{
    if ((*len & (*len - 1)) == 0) {
        void *larger = reallocarray(*array, *len ? 2 * *len : 1, element);
        if (!larger) {
            s->rc = -ENOMEM;
            return NULL;
        }
        *array = larger;
    }
    void *fresh = (char *)*array + *len * element;
    memset(fresh, 0, element);
    ++*len;
    return fresh;
}

#define APPEND(s, owner, array)                                                                                        \
    ({                                                                                                                 \
        void *all_ = (owner)->array;                                                                                   \
        void *fresh_ = append((s), &all_, &(owner)->array##_len, sizeof(*(owner)->array));                             \
        (owner)->array = all_;                                                                                         \
        fresh_;                                                                                                        \
    })

static char *copy(struct day_summary *s, const char *text)
{
    char *c = text ? strdup(text) : NULL;
    if (text && !c)
        s->rc = -ENOMEM;
    return c;
}

/* Rows begin with their name: the row of this one, or NULL. */
static void *find(void *array, size_t len, size_t element, const char *name)
{
    for (size_t i = 0; i < len; i++) {
        char **row = (void *)((char *)array + i * element);
        if (*row && strcmp(*row, name) == 0)
            return row;
    }
    return NULL;
}

void day_summary_company(struct day_summary *s, const char *name, unsigned purposes, uint64_t contacts)
{
    struct summary_company *c = find(s->companies, s->companies_len, sizeof(*c), name);
    if (!c && (c = APPEND(s, s, companies)))
        c->name = copy(s, name);
    if (!c)
        return;
    c->purposes |= purposes;
    c->contacts += contacts;
}

void day_summary_country(struct day_summary *s, const char *code, uint64_t contacts)
{
    struct summary_country *c = find(s->countries, s->countries_len, sizeof(*c), code);
    if (!c && (c = APPEND(s, s, countries)))
        c->code = copy(s, code);
    if (c)
        c->contacts += contacts;
}

struct summary_tracker *day_summary_tracker(struct day_summary *s, const char *name, const char *company, unsigned purposes, uint64_t contacts)
{
    struct summary_tracker *t = find(s->trackers, s->trackers_len, sizeof(*t), name);
    if (!t && (t = APPEND(s, s, trackers))) {
        t->name = copy(s, name);
        t->company = copy(s, company);
    }
    if (!t)
        return NULL;
    t->purposes |= purposes;
    t->contacts += contacts;
    return t;
}

void day_summary_device(struct day_summary *s, const char *pseudonym, uint64_t contacts)
{
    struct summary_device *d = find(s->devices, s->devices_len, sizeof(*d), pseudonym);
    if (!d && (d = APPEND(s, s, devices)))
        d->pseudonym = copy(s, pseudonym);
    if (d)
        d->contacts += contacts;
}

void day_summary_label(struct day_summary *s, const char *pseudonym, const char *label)
{
    struct summary_device *d = find(s->devices, s->devices_len, sizeof(*d), pseudonym);
    if (d && !d->label)
        d->label = copy(s, label);
}

bool day_summary_has_labels(const struct day_summary *s)
{
    for (size_t i = 0; i < s->devices_len; i++)
        if (s->devices[i].label)
            return true;
    return false;
}

struct summary_day *day_summary_day(struct day_summary *s, const char *day)
{
    for (size_t i = 0; i < s->days_len; i++)
        if (strcmp(s->days[i].day, day) == 0)
            return &s->days[i];
    struct summary_day *d = APPEND(s, s, days);
    if (d) {
        snprintf(d->day, sizeof(d->day), "%s", day);
        d->devices = -1;
    }
    return d;
}

struct summary_site *day_summary_site(struct day_summary *s, const char *site, const char *label, const char *category)
{
    struct summary_site *row = find(s->sites, s->sites_len, sizeof(*row), site);
    if (!row && (row = APPEND(s, s, sites))) {
        row->site = copy(s, site);
        row->label = copy(s, label);
        row->category = copy(s, category);
    }
    return row;
}

bool day_summary_visits(struct day_summary *s, struct summary_site *site, const char *period, uint64_t visits, uint64_t devices)
{
    if (!s->exact && devices < s->k)
        return false;
    struct summary_visits *v = APPEND(s, site, periods);
    if (!v)
        return false;
    snprintf(v->period, sizeof(v->period), "%s", period);
    v->visits = visits;
    v->devices = devices;
    return true;
}

void day_summary_disclosure(struct day_summary *s, struct summary_site *site, const struct report_disclosure *d)
{
    struct report_disclosure *own = APPEND(s, site, disclosures);
    if (!own)
        return;
    *own = *d;
    own->host = copy(s, d->host);
    own->tracker = copy(s, d->tracker);
    own->organisation = copy(s, d->organisation);
    own->before = copy(s, d->before);
}

/* Order ------------------------------------------------------------------------------------------------------------ */

static int most_first(uint64_t a, uint64_t b, const char *left, const char *right)
{
    return a != b ? (a < b ? 1 : -1) : strcmp(left ? left : "", right ? right : "");
}

static int company_order(const void *left, const void *right)
{
    const struct summary_company *a = left, *b = right;
    return most_first(a->contacts, b->contacts, a->name, b->name);
}

static int tracker_order(const void *left, const void *right)
{
    const struct summary_tracker *a = left, *b = right;
    return most_first(a->contacts, b->contacts, a->name, b->name);
}

static int country_order(const void *left, const void *right)
{
    const struct summary_country *a = left, *b = right;
    return most_first(a->contacts, b->contacts, a->code, b->code);
}

static int device_order(const void *left, const void *right)
{
    const struct summary_device *a = left, *b = right;
    return strcmp(a->pseudonym ? a->pseudonym : "", b->pseudonym ? b->pseudonym : "");
}

static int day_order(const void *left, const void *right)
{
    const struct summary_day *a = left, *b = right;
    return strcmp(a->day, b->day);
}

static uint64_t visits_of(const struct summary_site *site)
{
    uint64_t n = 0;
    for (size_t i = 0; i < site->periods_len; i++)
        n += site->periods[i].visits;
    return n;
}

static int site_order(const void *left, const void *right)
{
    const struct summary_site *a = left, *b = right;
    return most_first(visits_of(a), visits_of(b), a->site, b->site);
}

static int disclosure_order(const void *left, const void *right)
{
    const struct report_disclosure *a = left, *b = right;
    if (a->result.verdict != b->result.verdict)
        return (int)b->result.verdict - (int)a->result.verdict;
    return most_first(a->result.visits_with, b->result.visits_with, a->host, b->host);
}

static void sort(void *rows, size_t len, size_t element, int (*order)(const void *, const void *))
{
    if (len > 1)
        qsort(rows, len, element, order);
}

void day_summary_finish(struct day_summary *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->sites_len; i++) {
        if (s->sites[i].periods_len > 0)
            s->sites[kept++] = s->sites[i];
        else
            free_site(&s->sites[i]);
    }
    s->sites_len = kept;
    sort(s->companies, s->companies_len, sizeof(*s->companies), company_order);
    sort(s->trackers, s->trackers_len, sizeof(*s->trackers), tracker_order);
    sort(s->countries, s->countries_len, sizeof(*s->countries), country_order);
    sort(s->devices, s->devices_len, sizeof(*s->devices), device_order);
    sort(s->days, s->days_len, sizeof(*s->days), day_order);
    sort(s->sites, s->sites_len, sizeof(*s->sites), site_order);
    for (size_t i = 0; i < s->sites_len; i++)
        sort(s->sites[i].disclosures, s->sites[i].disclosures_len, sizeof(*s->sites[i].disclosures), disclosure_order);
}
