/* capture_report.c -- see capture_report.h: the arrays of a report, and the order in which they are shown.
 *
 * Each array doubles when it is full. Its capacity is not stored: it is always the least power of two that holds its
 * length (and at least FIRST_CAPACITY), so "full" can be read from the length alone. That holds because every element
 * comes through an adder here. Sorting breaks every tie by content, so that equal captures give equal bytes.
 */
#include "reports/capture_report.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 8

/* Makes room for one more element and clears it. NULL, and nothing changed, when memory is out. */
static void *append(void **elements, size_t *len, size_t element_bytes)
{
    bool full = *len == 0 || (*len >= FIRST_CAPACITY && (*len & (*len - 1)) == 0);
    if (full) {
        size_t capacity = *len ? *len * 2 : FIRST_CAPACITY;
        if (capacity < *len)
            return NULL;
        void *grown = reallocarray(*elements, capacity, element_bytes);
        if (!grown)
            return NULL;
        *elements = grown;
    }
    char *element = (char *)*elements + *len * element_bytes;
    memset(element, 0, element_bytes);
    (*len)++;
    return element;
}

/* One adder: the array's pointer passes through a void * of its own, since a T ** is no void **. */
#define DEFINE_ADDER(name, owner, type, array)                                                                         \
    struct type *name(struct owner *o)                                                                                 \
    {                                                                                                                  \
        void *elements = o->array;                                                                                     \
        struct type *element = append(&elements, &o->array##_len, sizeof(*element));                                   \
        o->array = elements;                                                                                           \
        return element;                                                                                                \
    }

DEFINE_ADDER(capture_report_add_application, capture_report, report_application, applications)
DEFINE_ADDER(capture_report_add_device, capture_report, report_device, devices)
DEFINE_ADDER(capture_report_add_site, capture_report, report_site, sites)
DEFINE_ADDER(capture_report_add_leak, capture_report, report_leak, leaks)
DEFINE_ADDER(capture_report_add_disclosure, report_site, report_disclosure, disclosures)

struct report_contact *capture_report_add_contact(struct capture_report *r)
{
    void *elements = r->contacts;
    struct report_contact *contact = append(&elements, &r->contacts_len, sizeof(*contact));
    r->contacts = elements;
    if (contact)
        contact->asn = -1;
    return contact;
}

bool capture_report_add_file(struct capture_report *r, const char *path)
{
    char *copy = strdup(path);
    void *elements = r->files;
    char **file = copy ? append(&elements, &r->files_len, sizeof(*file)) : NULL;
    if (!file) {
        free(copy);
        return false;
    }
    r->files = elements;
    *file = copy;
    return true;
}

void capture_report_init(struct capture_report *r)
{
    memset(r, 0, sizeof(*r));
}

static void free_contact(struct report_contact *c)
{
    free(c->device);
    free(c->host);
    free(c->matched);
    free(c->tracker);
    free(c->organisation);
    free(c->feed);
    free(c->country);
    free(c->home_country);
    for (size_t i = 0; i < c->chain_len; i++)
        free(c->chain[i]);
    free(c->chain);
}

static void free_site(struct report_site *s)
{
    free(s->site);
    free(s->label);
    free(s->category);
    for (size_t i = 0; i < s->disclosures_len; i++) {
        free(s->disclosures[i].host);
        free(s->disclosures[i].tracker);
        free(s->disclosures[i].organisation);
        free(s->disclosures[i].before);
    }
    free(s->disclosures);
}

void capture_report_fini(struct capture_report *r)
{
    for (size_t i = 0; i < r->files_len; i++)
        free(r->files[i]);
    for (size_t i = 0; i < r->applications_len; i++) {
        free(r->applications[i].name);
        free(r->applications[i].category);
    }
    for (size_t i = 0; i < r->devices_len; i++) {
        free(r->devices[i].device);
        free(r->devices[i].label);
    }
    for (size_t i = 0; i < r->contacts_len; i++)
        free_contact(&r->contacts[i]);
    for (size_t i = 0; i < r->sites_len; i++)
        free_site(&r->sites[i]);
    for (size_t i = 0; i < r->leaks_len; i++) {
        free(r->leaks[i].site);
        free(r->leaks[i].host);
        free(r->leaks[i].parameter);
        free(r->leaks[i].page);
    }
    free(r->files);
    free(r->applications);
    free(r->devices);
    free(r->contacts);
    free(r->sites);
    free(r->leaks);
    free(r->feeds);
    capture_report_init(r);
}

static int by_number(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* NULL before any text. */
static int by_text(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

/* The first comparison that decides. */
#define FIRST_OF(a, ...)                                                                                               \
    first_of((const int[]){(a), __VA_ARGS__}, sizeof((const int[]){(a), __VA_ARGS__}) / sizeof(int))
static int first_of(const int *orders, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (orders[i] != 0)
            return orders[i];
    return 0;
}

static const char *shown_name(const struct report_contact *c)
{
    return c->host ? c->host : c->matched;
}

static int contact_order(const void *left, const void *right)
{
    const struct report_contact *a = left, *b = right;
    return FIRST_OF(by_number(a->first_ns, b->first_ns), by_text(shown_name(a), shown_name(b)),
                    by_text(a->device, b->device), by_text(a->matched, b->matched), by_number(a->last_ns, b->last_ns),
                    by_number(a->connections, b->connections), by_number(a->bytes_up, b->bytes_up),
                    by_number(a->bytes_down, b->bytes_down));
}

static int application_order(const void *left, const void *right)
{
    const struct report_application *a = left, *b = right;
    return FIRST_OF(by_number(b->bytes, a->bytes), by_number(b->flows, a->flows), by_text(a->name, b->name),
                    by_text(a->category, b->category));
}

static int device_order(const void *left, const void *right)
{
    const struct report_device *a = left, *b = right;
    return FIRST_OF(by_number(a->first_ns, b->first_ns), by_text(a->device, b->device));
}

static int site_order(const void *left, const void *right)
{
    const struct report_site *a = left, *b = right;
    return FIRST_OF(by_number(b->visits, a->visits), by_text(a->site, b->site));
}

/* Shown, likely, too few, no. */
static int verdict_rank(enum evidence_verdict v)
{
    return (int)EVIDENCE_SHOWN - (int)v;
}

static int disclosure_order(const void *left, const void *right)
{
    const struct report_disclosure *a = left, *b = right;
    return FIRST_OF(verdict_rank(a->result.verdict) - verdict_rank(b->result.verdict),
                    by_number(b->result.visits_with, a->result.visits_with),
                    by_text(a->host, b->host), by_text(a->tracker, b->tracker));
}

static int leak_order(const void *left, const void *right)
{
    const struct report_leak *a = left, *b = right;
    return FIRST_OF(by_text(a->site, b->site), by_text(a->host, b->host), by_text(a->page, b->page),
                    by_text(a->parameter, b->parameter));
}

/* qsort() must not be given a NULL array, not even an empty one. */
static void sort(void *elements, size_t len, size_t element_bytes, int (*order)(const void *, const void *))
{
    if (len > 1)
        qsort(elements, len, element_bytes, order);
}

void capture_report_sort(struct capture_report *r)
{
    sort(r->applications, r->applications_len, sizeof(*r->applications), application_order);
    sort(r->devices, r->devices_len, sizeof(*r->devices), device_order);
    sort(r->contacts, r->contacts_len, sizeof(*r->contacts), contact_order);
    sort(r->sites, r->sites_len, sizeof(*r->sites), site_order);
    sort(r->leaks, r->leaks_len, sizeof(*r->leaks), leak_order);
    for (size_t i = 0; i < r->sites_len; i++)
        sort(r->sites[i].disclosures, r->sites[i].disclosures_len, sizeof(*r->sites[i].disclosures), disclosure_order);
}
