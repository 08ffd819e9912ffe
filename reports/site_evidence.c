/* site_evidence.c -- see site_evidence.h. Arrays double when their length reaches a power of two, so no capacity is kept. */
#include "reports/site_evidence.h"

#include "common/clock.h"
#include "common/config.h"
#include "reports/lists.h"

#include <stdlib.h>
#include <string.h>

void site_evidence_init(struct site_evidence *e)
{
    memset(e, 0, sizeof(*e));
}

static char *copy(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

bool site_evidence_begin(struct site_evidence *e, const struct config *c, bool demo, const struct listed_site *site, const char *provenance)
{
    struct local_time today;
    site_evidence_init(e);
    clock_local(clock_wall_ns(), &today);
    memcpy(e->made, today.day, sizeof(e->made));
    e->demo = demo;
    e->k = demo ? 1 : c->k > SITE_EVIDENCE_SMALLEST_GROUP ? (unsigned)c->k : SITE_EVIDENCE_SMALLEST_GROUP;
    e->site = copy(site->site);
    e->label = copy(site->label);
    e->category = copy(site->category);
    e->feeds = copy(provenance);
    e->controller = copy(c->controller);
    return e->site != NULL;
}

void site_evidence_fini(struct site_evidence *e)
{
    for (size_t i = 0; i < e->periods_len; i++)
        free(e->periods[i].name);
    for (size_t i = 0; i < e->trackers_len; i++) {
        free(e->trackers[i].host);
        free(e->trackers[i].tracker);
        free(e->trackers[i].organisation);
        free(e->trackers[i].country);
    }
    free(e->periods);
    free(e->trackers);
    free(e->site);
    free(e->label);
    free(e->category);
    free(e->feeds);
    free(e->controller);
    free(e->contact);
    memset(e, 0, sizeof(*e));
}

/* Room for one more, cleared. NULL when memory is out. */
static void *grow(void **array, size_t *len, size_t element)
{
    if ((*len & (*len - 1)) == 0) {
        void *larger = reallocarray(*array, *len ? 2 * *len : 1, element);
        if (!larger)
            return NULL;
        *array = larger;
    }
    void *fresh = (char *)*array + *len * element;
    memset(fresh, 0, element);
    ++*len;
    return fresh;
}

struct site_evidence_period *site_evidence_add_period(struct site_evidence *e)
{
    void *array = e->periods, *fresh = grow(&array, &e->periods_len, sizeof(*e->periods));
    e->periods = array;
    return fresh;
}

struct site_evidence_tracker *site_evidence_add_tracker(struct site_evidence *e)
{
    void *array = e->trackers, *fresh = grow(&array, &e->trackers_len, sizeof(*e->trackers));
    e->trackers = array;
    return fresh;
}

static int by_strength(const void *left, const void *right)
{
    const struct site_evidence_tracker *a = left, *b = right;
    if (a->result.verdict != b->result.verdict)
        return a->result.verdict > b->result.verdict ? -1 : 1;
    if (a->result.visits_with != b->result.visits_with)
        return a->result.visits_with > b->result.visits_with ? -1 : 1;
    return strcmp(a->host, b->host);
}

static int by_day(const void *left, const void *right)
{
    const struct site_evidence_period *a = left, *b = right;
    int order = strcmp(a->first, b->first);
    return order ? order : strcmp(a->name, b->name);
}

void site_evidence_sort(struct site_evidence *e)
{
    if (e->trackers_len > 1)
        qsort(e->trackers, e->trackers_len, sizeof(*e->trackers), by_strength);
    if (e->periods_len > 1)
        qsort(e->periods, e->periods_len, sizeof(*e->periods), by_day);
}

size_t site_evidence_count(const struct site_evidence *e, enum evidence_verdict v)
{
    size_t n = 0;
    for (size_t i = 0; i < e->trackers_len; i++)
        n += e->trackers[i].result.verdict == v;
    return n;
}

const char *site_evidence_name(const struct site_evidence *e)
{
    return e->label && *e->label ? e->label : e->site;
}

const char *site_evidence_who(const struct site_evidence_tracker *t)
{
    return t->tracker && *t->tracker ? t->tracker : t->host;
}

bool site_evidence_is_police(const struct site_evidence *e)
{
    return e->category && strcmp(e->category, "police-report") == 0;
}

bool site_evidence_may_counsel(const struct site_evidence *e)
{
    static const char *const not_counselling[] = {"police-report", "crime", "money", "homelessness", "asylum", "health"};
    for (size_t i = 0; e->category && i < sizeof(not_counselling) / sizeof(not_counselling[0]); i++)
        if (strcmp(e->category, not_counselling[i]) == 0)
            return false;
    return true;
}
