/* attribution.c -- see attribution.h. Gathering; attribution_close.c evaluates.
 *
 * A page load is a host that a device has not reached for the visit gap. It *begins a burst* when the device was silent before;
 * only such loads are watched to learn what a page brings along, and only hosts that ever began a burst are taken
 * for pages that somebody opens: fonts and scripts come in the middle of bursts. A watched load ends when the next burst
 * of a page begins, or after 20 s.
 *
 * Left out: which tab a request came from, since nothing on the wire says so.
 */
#include "sensor/attribution_state.h"

#include "feeds/sites.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * TRACKERS_MOST)

struct attribution *attribution_new(const struct attribution_options *options)
{
    struct attribution *a = calloc(1, sizeof(*a));
    if (!a)
        return NULL;
    a->o = *options;
    a->pages = page_table_new(options->sites);
    a->devices = calloc(options->max_devices, sizeof(*a->devices));
    a->trackers = calloc(TRACKERS_MOST, sizeof(*a->trackers));
    a->tracker_slots = calloc(SLOTS, sizeof(*a->tracker_slots));
    a->loads = calloc(LOADS_MOST, sizeof(*a->loads));
    a->visits = calloc(VISITS_MOST, sizeof(*a->visits));
    if (!a->pages || !a->devices || !a->trackers || !a->tracker_slots || !a->loads || !a->visits) {
        attribution_free(a);
        return NULL;
    }
    for (uint32_t i = 0; i < options->max_devices; i++)
        a->devices[i].loads = LOAD_NONE;
    for (uint32_t i = 0; i < LOADS_MOST; i++)
        a->loads[i].next = (uint16_t)(i + 1 < LOADS_MOST ? i + 1 : LOAD_NONE);
    return a;
}

void attribution_free(struct attribution *a)
{
    if (!a)
        return;
    page_table_free(a->pages);
    free(a->devices);
    free(a->trackers);
    free(a->tracker_slots);
    free(a->loads);
    free(a->visits);
    free(a);
}

void attribution_names(const struct attribution *a, uint64_t *seen, uint64_t *along)
{
    *seen = a->appearances;
    *along = a->along;
}

uint64_t attribution_lost(const struct attribution *a)
{
    return a->lost;
}

/* Loads ----------------------------------------------------------------------------------------------------------- */

/* What a watched load was followed by becomes knowledge about its page. */
static void learn(struct attribution *a, const struct load *l, uint64_t end_ms)
{
    uint32_t elapsed = end_ms - l->start_ms < PAGE_WATCH_MS ? (uint32_t)(end_ms - l->start_ms) : PAGE_WATCH_MS;
    page_table_watched(a->pages, l->page, elapsed);
    for (unsigned i = 0; i < l->events_len; i++)
        page_table_followed(a->pages, l->page, l->events[i].tracker, l->events[i].bins, elapsed);
}

/* Ends the device's watched loads: all of them, or those whose time is over. */
static void end_loads(struct attribution *a, struct device_moments *d, uint64_t now_ms, bool all)
{
    for (uint16_t *link = &d->loads; *link != LOAD_NONE;) {
        uint16_t index = *link;
        struct load *l = &a->loads[index];
        if (!all && now_ms < l->start_ms + PAGE_WATCH_MS) {
            link = &l->next;
            continue;
        }
        learn(a, l, now_ms);
        *link = l->next;
        l->next = a->free_load;
        a->free_load = index;
    }
}

static void watch(struct attribution *a, uint32_t device, uint16_t page, uint64_t now_ms)
{
    struct device_moments *d = &a->devices[device];
    uint16_t index = a->free_load;
    if (index == LOAD_NONE)
        return; /* one opening less to learn from */
    struct load *l = &a->loads[index];
    a->free_load = l->next;
    l->start_ms = now_ms;
    l->device = device;
    l->page = page;
    l->events_len = 0;
    l->next = d->loads;
    d->loads = index;
}

static void note_event(struct load_event *events, uint8_t *len, uint16_t tracker, uint64_t after_ms)
{
    unsigned bin = page_bin((uint32_t)after_ms);
    uint32_t mask = bin < PAGE_BINS ? 1u << bin : 0;
    for (unsigned i = 0; i < *len; i++)
        if (events[i].tracker == tracker) {
            events[i].bins |= mask;
            return;
        }
    if (*len < EVENTS_MOST)
        events[(*len)++] = (struct load_event){.tracker = tracker, .first_ms = (uint16_t)after_ms, .bins = mask};
}

/* Visits ---------------------------------------------------------------------------------------------------------- */

static uint64_t window_ms(const struct attribution *a)
{
    return a->o.window_ns / NS_PER_MS;
}

/* Calls f for each visit of the device whose window is open. Visits begin in the order of time, so those whose window has
 * passed are at the front. */
static void each_open_visit(struct attribution *a, uint32_t device, uint64_t now_ms, void (*f)(struct visit *v, const void *what, uint64_t now_ms),
                            const void *what)
{
    while (a->visits_open < a->visits_len && now_ms >= a->visits[a->visits_open].start_ms + window_ms(a))
        a->visits_open++;
    for (uint32_t i = a->visits_open; i < a->visits_len; i++)
        if (a->visits[i].device == device && now_ms >= a->visits[i].start_ms && now_ms < a->visits[i].start_ms + window_ms(a))
            f(&a->visits[i], what, now_ms);
}

struct opening {
    const struct attribution *a;
    uint16_t page;
};

static void add_neighbour(const struct attribution *a, struct visit *v, uint16_t page, int64_t offset_ms)
{
    struct page *p = page_table_at(a->pages, page);
    if (page == v->page || v->neighbours_len == NEIGHBOURS_MOST)
        return;
    if (p->firsts == 0 && p->openings >= 4)
        return; /* a part of pages */
    v->neighbours[v->neighbours_len++] =
        (struct neighbour){.hash = p->hash, .site = page < a->o.sites ? page : SITE_NONE, .offset_ms = (int32_t)offset_ms};
}

static void note_opening(struct visit *v, const void *what, uint64_t now_ms)
{
    const struct opening *o = what;
    /* What a tracker's host begins within the window may be the visited page's doing. */
    if (!page_table_at(o->a->pages, o->page)->is_tracker)
        add_neighbour(o->a, v, o->page, (int64_t)(now_ms - v->start_ms));
}

static void note_contact(struct visit *v, const void *what, uint64_t now_ms)
{
    note_event(v->events, &v->events_len, *(const uint16_t *)what, now_ms - v->start_ms);
}

void attribution_visit(struct attribution *a, uint32_t device, uint32_t site, uint64_t now_ns)
{
    uint64_t now_ms = now_ns / NS_PER_MS;
    if (a->visits_len == VISITS_MOST) {
        a->lost++;
        return;
    }
    struct visit *v = &a->visits[a->visits_len++];
    *v = (struct visit){.start_ms = now_ms, .site = site, .device = device, .page = (uint16_t)site};
    const struct device_moments *d = &a->devices[device];
    for (unsigned i = 0; i < RECENT_MOST; i++) {
        const struct recent_page *r = &d->recent[i];
        bool page_like = r->taken && (r->first || !page_table_at(a->pages, r->page)->is_tracker);
        if (page_like && r->start_ms <= now_ms && now_ms - r->start_ms < window_ms(a))
            add_neighbour(a, v, r->page, (int64_t)r->start_ms - (int64_t)now_ms);
    }
}

/* Signs ----------------------------------------------------------------------------------------------------------- */

/* Time since the device's last sign in which it was there and no page was being opened. */
static void count_quiet(struct device_moments *d, uint64_t now_ms)
{
    if (d->last_ms == 0 || now_ms <= d->last_ms || now_ms - d->last_ms >= ACTIVE_MS)
        return;
    uint64_t from = d->opened_ms + SETTLED_MS > d->last_ms ? d->opened_ms + SETTLED_MS : d->last_ms;
    if (now_ms > from)
        d->quiet_ms += now_ms - from;
}

static struct recent_page *recent_of(struct device_moments *d, uint16_t page)
{
    struct recent_page *oldest = &d->recent[0];
    for (unsigned i = 0; i < RECENT_MOST; i++) {
        if (d->recent[i].taken && d->recent[i].page == page)
            return &d->recent[i];
        if (!d->recent[i].taken || (oldest->taken && d->recent[i].last_ms < oldest->last_ms))
            oldest = &d->recent[i];
    }
    *oldest = (struct recent_page){.page = page};
    return oldest;
}

static void open_page(struct attribution *a, uint32_t device, struct recent_page *r, uint64_t now_ms, bool first)
{
    struct device_moments *d = &a->devices[device];
    struct page *p = page_table_at(a->pages, r->page);
    const struct opening o = {a, r->page};
    r->taken = true;
    r->first = first;
    r->start_ms = now_ms;
    p->openings++;
    a->appearances++;
    a->along += !first;
    if (first) {
        p->firsts++;
        end_loads(a, d, now_ms, true);
        watch(a, device, r->page, now_ms);
    }
    if (r->page < a->o.sites) /* what comes within a visit's window is no background */
        d->opened_ms = now_ms + window_ms(a) - SETTLED_MS;
    else if (!p->is_tracker && first && d->opened_ms < now_ms)
        d->opened_ms = now_ms;
    each_open_visit(a, device, now_ms, note_opening, &o);
}

static void sign(struct attribution *a, uint32_t device, uint16_t page, uint64_t now_ms)
{
    struct device_moments *d = &a->devices[device];
    count_quiet(d, now_ms);
    end_loads(a, d, now_ms, false);
    bool first = now_ms >= d->last_ms + BURST_MS;
    struct recent_page *r = recent_of(d, page);
    if (!r->taken || now_ms >= r->last_ms + a->o.visit_gap_ns / NS_PER_MS)
        open_page(a, device, r, now_ms, first);
    if (now_ms > r->last_ms)
        r->last_ms = now_ms;
    if (now_ms > d->last_ms)
        d->last_ms = now_ms;
    if (now_ms > a->now_ms)
        a->now_ms = now_ms;
}

uint16_t attribution_host(struct attribution *a, uint32_t device, const char *host, size_t len, uint32_t site, bool is_tracker, uint64_t now_ns)
{
    uint16_t page = site < a->o.sites ? (uint16_t)site : page_table_put(a->pages, host, len, is_tracker);
    if (page != PAGE_NONE)
        sign(a, device, page, now_ns / NS_PER_MS);
    return page;
}

void attribution_renewed(struct attribution *a, uint32_t device, uint16_t page, uint64_t now_ns)
{
    if (page == PAGE_NONE || (page >= a->o.sites && page_table_at(a->pages, page)->hash == 0))
        return; /* remembered from before midnight, when everything was forgotten */
    sign(a, device, page, now_ns / NS_PER_MS);
}

static uint32_t slot_of(const struct attribution *a, const char *host, size_t len)
{
    uint32_t hash = 2166136261u; /* as in host_table.c: the names are the feed's */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)host[i]) * 16777619u;
    uint32_t slot = (hash ^ hash >> 15) % SLOTS;
    while (a->tracker_slots[slot] && strcmp(a->trackers[a->tracker_slots[slot] - 1].host, host) != 0)
        slot = (slot + 1) % SLOTS;
    return slot;
}

static void copy(char *out, size_t size, const char *text)
{
    size_t n = text ? strnlen(text, size - 1) : 0;
    memcpy(out, text ? text : "", n);
    out[n] = '\0';
}

/* The number of a tracker host, UINT16_MAX when there are too many. */
static uint16_t tracker_of(struct attribution *a, const struct host_entry *host)
{
    uint32_t slot = slot_of(a, host->name, host->name_len);
    if (!a->tracker_slots[slot]) {
        if (a->trackers_len == TRACKERS_MOST) {
            a->lost++;
            return UINT16_MAX;
        }
        copy(a->trackers[a->trackers_len].host, sizeof(a->trackers[0].host), host->name);
        a->tracker_slots[slot] = (uint16_t)++a->trackers_len;
    }
    struct attribution_tracker *t = &a->trackers[a->tracker_slots[slot] - 1];
    if (t->matched[0] == '\0' || (t->tracker[0] == '\0' && host->match.owner.tracker)) {
        copy(t->matched, sizeof(t->matched), host->match.matched);
        copy(t->tracker, sizeof(t->tracker), host->match.owner.tracker);
        copy(t->organisation, sizeof(t->organisation), host->match.owner.organisation);
        copy(t->country, sizeof(t->country), host->match.owner.country);
        t->purpose = host->match.owner.purpose;
    }
    return (uint16_t)(a->tracker_slots[slot] - 1);
}

/* Counts a contact that comes while no page is being opened: apps, beacons, timers. */
static void note_background(struct device_moments *d, uint16_t tracker, uint64_t now_ms)
{
    struct background *b = NULL, *oldest = &d->background[0];
    for (unsigned i = 0; i < BACKGROUND_MOST && !b; i++) {
        if (d->background[i].taken && d->background[i].tracker == tracker)
            b = &d->background[i];
        if (!d->background[i].taken || (oldest->taken && d->background[i].last_ms < oldest->last_ms))
            oldest = &d->background[i];
    }
    if (!b) {
        b = oldest;
        *b = (struct background){.taken = true, .tracker = tracker};
    }
    bool quiet = now_ms >= d->opened_ms + SETTLED_MS;
    if (quiet && now_ms >= b->last_ms + BURST_MS && b->quiet < UINT16_MAX)
        b->quiet++;
    b->last_ms = now_ms;
}

void attribution_contact(struct attribution *a, uint32_t device, const struct host_entry *host, uint64_t now_ns)
{
    uint64_t now_ms = now_ns / NS_PER_MS;
    struct device_moments *d = &a->devices[device];
    uint16_t tracker = tracker_of(a, host);
    if (tracker == UINT16_MAX)
        return;
    for (uint16_t i = d->loads; i != LOAD_NONE; i = a->loads[i].next)
        if (now_ms >= a->loads[i].start_ms)
            note_event(a->loads[i].events, &a->loads[i].events_len, tracker, now_ms - a->loads[i].start_ms);
    each_open_visit(a, device, now_ms, note_contact, &tracker);
    note_background(d, tracker, now_ms);
}

/* Ends ------------------------------------------------------------------------------------------------------------ */

void attribution_forget_device(struct attribution *a, uint32_t device)
{
    struct device_moments *d = &a->devices[device];
    end_loads(a, d, d->last_ms, true);
    memset(d, 0, sizeof(*d));
    d->loads = LOAD_NONE;
}

void attribution_settle(struct attribution *a)
{
    for (uint32_t i = 0; i < a->o.max_devices; i++) {
        struct device_moments *d = &a->devices[i];
        end_loads(a, d, a->now_ms, true);
        memset(d->recent, 0, sizeof(d->recent));
        d->last_ms = d->opened_ms = 0;
    }
    a->visits_open = a->visits_len;
}
