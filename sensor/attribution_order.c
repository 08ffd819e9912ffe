/* attribution_order.c -- see attribution.h. In which order trackers come: an exchange that hands the visit on to the next company.
 *
 * Many trackers of a page come in the same half second, so that one being first says little. Two belong together when each comes in
 * nearly every visit in which the other does, and always in the same order. Of several that would do, one of the same company is told, else the
 * one that is closest in time. It is an order that was seen, no proof that the one caused the other.
 */
#include "sensor/attribution_state.h"

#include <string.h>

#define HANDED_ON_MS 500 /* a redirect takes a handshake or two */
#define TOGETHER 0.75     /* visits with both, of visits with either */
#define LEAST_VISITS 2

struct order {
    uint32_t with_first, with_second, in_order;
    uint32_t gaps_ms; /* added up */
};

static const struct load_event *event_of(const struct visit *v, uint16_t tracker)
{
    for (unsigned i = 0; i < v->events_len; i++)
        if (v->events[i].tracker == tracker)
            return &v->events[i];
    return NULL;
}

static struct order order_of(const struct attribution *a, uint32_t site, uint16_t first, uint16_t second)
{
    struct order o = {0};
    for (uint32_t i = 0; i < a->visits_len; i++) {
        const struct visit *v = &a->visits[i];
        if (v->site != site)
            continue;
        const struct load_event *x = event_of(v, first), *y = event_of(v, second);
        o.with_first += x != NULL;
        o.with_second += y != NULL;
        if (x && y && x->first_ms < y->first_ms && y->first_ms - x->first_ms <= HANDED_ON_MS) {
            o.in_order++;
            o.gaps_ms += y->first_ms - x->first_ms;
        }
    }
    return o;
}

static bool belong_together(const struct order *o)
{
    uint32_t either = o->with_first + o->with_second - o->in_order;
    return o->in_order >= LEAST_VISITS && o->in_order >= TOGETHER * either;
}

/* The number of a tracker host that was met, UINT16_MAX for others. */
static uint16_t number_of(const struct attribution *a, const char *host)
{
    for (uint32_t i = 0; i < a->trackers_len; i++)
        if (strcmp(a->trackers[i].host, host) == 0)
            return (uint16_t)i;
    return UINT16_MAX;
}

static bool same_company(const struct attribution_tracker *a, const struct attribution_tracker *b)
{
    return a->organisation[0] && strcmp(a->organisation, b->organisation) == 0;
}

const struct attribution_tracker *attribution_before(const struct attribution *a, uint32_t site, const char *host, uint32_t *visits)
{
    uint16_t second = number_of(a, host), best = UINT16_MAX;
    uint32_t best_gap = UINT32_MAX;
    for (uint32_t t = 0; second != UINT16_MAX && t < a->trackers_len; t++) {
        if (t == second)
            continue;
        struct order o = order_of(a, site, (uint16_t)t, second);
        if (!belong_together(&o))
            continue;
        uint32_t gap = o.gaps_ms / o.in_order + (same_company(&a->trackers[t], &a->trackers[second]) ? 0 : HANDED_ON_MS);
        if (gap >= best_gap)
            continue;
        best = (uint16_t)t;
        best_gap = gap;
        *visits = o.in_order;
    }
    return best == UINT16_MAX ? NULL : &a->trackers[best];
}
