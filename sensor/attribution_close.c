/* attribution_close.c -- see attribution.h. Evaluating: what would have followed each visit if the site caused nothing?
 *
 * For each visit and tracker host, the chance that something else brought the tracker within the window is put together from
 *   - the pages opened near the visit, each with what it brings along when it is opened without the site;
 *   - the device's own background: how often the tracker is contacted while no page is being opened;
 *   - trackers' hosts that are pages too (a video site), where it cannot be told whether the support page embeds them or somebody
 *     opened them: as likely as other pages are opened near visits to this site, times this one's share of all pages.
 * The chance decides which context the visit counts in. A context's controls are the openings and quiet moments that the chances rest
 * on, and they count as followed in the proportion of those chances, rounded up. So a visit beside a page that usually brings the
 * tracker along weighs nothing, and a visit that stands alone weighs fully.
 */
#include "sensor/attribution_state.h"

#include "feeds/sites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAN_MS 60000.0 /* how much quiet time the background of all devices is worth for one device */
#define DOMINANT_MOST 32
#define CUT_LEAST_MS 250 /* a page opened sooner after the visit than this leaves nothing to look at */
#define CUT_CHANCE 0.15
#define BUSY_MS 3000u /* the window for trackers that are contacted while no page is being opened */
#define TRACKER_PAGES_MOST 256
#define NEAR_STEP_MS 250u
#define NEAR_STEPS (PAGE_WATCH_MS / NEAR_STEP_MS)
#define PAGE_LIKE 0.5 /* of its openings a page begins at least so many bursts */
#define ANY_PAGE (PAGE_NONE - 1)

struct closing {
    struct attribution *a;
    uint32_t site;
    uint32_t visits, openings; /* to the site; of pages by anybody */
    uint32_t quiet;            /* windows' worth of quiet time on the devices that visited the site */
    uint32_t near[NEAR_STEPS]; /* pages opened near the visits, by the time after them */
    double quiet_all_ms;
    size_t tracker_pages_len;
    uint16_t tracker_pages[TRACKER_PAGES_MOST];
    double tracker_page_share[TRACKER_PAGES_MOST];
};

/* Pages that a context's visits were compared with: each counts once. */
struct dominant {
    uint16_t page;
    uint32_t seen;
};

struct context_sum {
    struct moment_stratum counts;
    double chances; /* of its visits, added up */
    struct dominant pages[DOMINANT_MOST];
    unsigned pages_len;
};

static const double context_edges[MOMENT_CONTEXTS - 1] = {0.02, 0.15, 0.5, 0.85};

static unsigned context_of(double chance)
{
    unsigned c = 0;
    while (c < MOMENT_CONTEXTS - 1 && chance >= context_edges[c])
        c++;
    return c;
}

static const struct load_event *event_of(const struct visit *v, uint16_t tracker)
{
    for (unsigned i = 0; i < v->events_len; i++)
        if (v->events[i].tracker == tracker)
            return &v->events[i];
    return NULL;
}

static uint32_t quiet_of(const struct device_moments *d, uint16_t tracker)
{
    for (unsigned i = 0; i < BACKGROUND_MOST; i++)
        if (d->background[i].taken && d->background[i].tracker == tracker)
            return d->background[i].quiet;
    return 0;
}

static double window_ms(const struct attribution *a)
{
    return (double)a->o.window_ns / NS_PER_MS;
}

/* The chance that a tracker is contacted within a window on this device while no page is being opened. */
static double background_chance(const struct closing *c, uint32_t device, uint16_t tracker, double everywhere, uint32_t within_ms)
{
    const struct device_moments *d = &c->a->devices[device];
    double rate = ((double)quiet_of(d, tracker) + everywhere * LEAN_MS) / ((double)d->quiet_ms + LEAN_MS);
    return fmin(1, rate * within_ms); /* not 1 - exp(-x): a beacon comes at even intervals, and what is sure must not be underrated */
}

static uint16_t page_of(const struct attribution *a, const struct neighbour *n)
{
    return n->site != SITE_NONE ? (uint16_t)n->site : page_table_find(a->pages, n->hash);
}

/* Is it a page that people open? */
static bool is_opened(const struct attribution *a, uint16_t page)
{
    return page != PAGE_NONE && page_table_at(a->pages, page)->firsts > 0;
}

/* The chance that a page opened near the visit brought the tracker along within so long after the visit. */
static struct page_chance neighbour_chance(const struct attribution *a, const struct neighbour *n, uint16_t page, uint16_t tracker, uint32_t within_ms)
{
    if (n->offset_ms >= (int32_t)within_ms)
        return (struct page_chance){0};
    uint32_t from = n->offset_ms < 0 ? (uint32_t)-n->offset_ms : 0;
    return page_table_chance(a->pages, page, tracker, from, (uint32_t)((int32_t)within_ms - n->offset_ms));
}

/* Until when after the visit a contact may count as following it: the window's end, or when a page is opened that often brings the
 * tracker along; what comes before that cannot be its doing. Of a tracker that apps speak to all day only the first seconds count: a page's
 * own contacts come early, a beacon's at any time. */
static uint32_t within(const struct attribution *a, const struct visit *v, uint16_t tracker, double everywhere)
{
    uint32_t window = (uint32_t)window_ms(a), end = window;
    if (everywhere * window >= context_edges[0] && end > BUSY_MS)
        end = BUSY_MS;
    for (unsigned i = 0; i < v->neighbours_len; i++) {
        const struct neighbour *n = &v->neighbours[i];
        uint16_t page = page_of(a, n);
        if (n->offset_ms >= CUT_LEAST_MS && n->offset_ms < (int32_t)end && is_opened(a, page) &&
            neighbour_chance(a, n, page, tracker, window).chance >= CUT_CHANCE)
            end = (uint32_t)n->offset_ms;
    }
    return end;
}

/* Does it usually begin bursts? */
static bool is_page_like(const struct attribution *a, uint16_t page)
{
    const struct page *p = page == PAGE_NONE ? NULL : page_table_at(a->pages, page);
    return p && p->firsts > 0 && p->firsts >= PAGE_LIKE * p->openings;
}

struct chance {
    double all, likeliest;
    uint16_t source; /* of the likeliest: a page, ANY_PAGE, or PAGE_NONE for quiet moments */
    uint32_t seen;   /* openings or moments that it rests on */
};

static void add_chance(struct chance *c, double chance, uint16_t source, uint32_t seen)
{
    c->all = 1 - (1 - c->all) * (1 - chance);
    if (chance <= c->likeliest)
        return;
    c->likeliest = chance;
    c->source = source;
    c->seen = seen;
}

static struct chance chance_of(const struct closing *c, const struct visit *v, uint16_t tracker, double everywhere, uint32_t within_ms)
{
    const struct attribution *a = c->a;
    struct chance out = {.source = PAGE_NONE, .seen = c->quiet};
    add_chance(&out, background_chance(c, v->device, tracker, everywhere, within_ms), PAGE_NONE, c->quiet);
    for (unsigned i = 0; i < v->neighbours_len; i++) {
        uint16_t page = page_of(a, &v->neighbours[i]);
        if (!is_opened(a, page) && !(v->neighbours[i].offset_ms < 0 && page != PAGE_NONE))
            continue;
        struct page_chance near = neighbour_chance(a, &v->neighbours[i], page, tracker, within_ms);
        add_chance(&out, near.chance, page, near.seen);
    }
    return out;
}

/* How many pages were opened within so long after a visit, on average: other tabs. */
static double near_within(const struct closing *c, uint32_t within_ms)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < NEAR_STEPS && i * NEAR_STEP_MS < within_ms; i++)
        n += c->near[i];
    return c->visits ? (double)n / c->visits : 0;
}

/* The chance that one page opened in another tab is a tracker's own (a video site), or one of these that brings it along. */
static double own_page_chance(const struct closing *c, uint16_t tracker)
{
    const char *host = c->a->trackers[tracker].host;
    uint16_t own = page_table_look(c->a->pages, host, strlen(host));
    double chance = 0;
    for (size_t i = 0; i < c->tracker_pages_len; i++) {
        uint16_t page = c->tracker_pages[i];
        double brings = page == own ? 1 : page_table_chance(c->a->pages, page, tracker, 0, (uint32_t)window_ms(c->a)).chance;
        chance += c->tracker_page_share[i] * brings;
    }
    return fmin(1, chance);
}

static void compare_with(struct context_sum *s, const struct chance *chance)
{
    for (unsigned i = 0; i < s->pages_len; i++)
        if (s->pages[i].page == chance->source) {
            if (chance->seen > s->pages[i].seen)
                s->pages[i].seen = chance->seen;
            return;
        }
    if (s->pages_len < DOMINANT_MOST)
        s->pages[s->pages_len++] = (struct dominant){chance->source, chance->seen};
}

/* Windows' worth of quiet time on the devices that visited the site. */
static uint32_t quiet_moments(const struct closing *c)
{
    const struct attribution *a = c->a;
    double ms = 0;
    for (uint32_t i = 0; i < a->visits_len; i++) {
        if (a->visits[i].site != c->site)
            continue;
        bool counted = false;
        for (uint32_t k = 0; k < i && !counted; k++)
            counted = a->visits[k].site == c->site && a->visits[k].device == a->visits[i].device;
        if (!counted)
            ms += (double)a->devices[a->visits[i].device].quiet_ms;
    }
    return (uint32_t)fmin(ms / window_ms(a), UINT32_MAX);
}

static void sum_controls(struct context_sum *s)
{
    uint64_t controls = 0;
    for (unsigned i = 0; i < s->pages_len; i++)
        controls += s->pages[i].seen;
    if (s->counts.visits == 0)
        return;
    s->counts.controls = controls < UINT32_MAX ? (uint32_t)controls : UINT32_MAX;
    double followed = ceil(s->counts.controls * (s->chances / s->counts.visits) - 1e-9);
    s->counts.controls_followed = (uint32_t)fmin(followed, s->counts.controls);
}

static double rate_everywhere(const struct closing *c, uint16_t tracker)
{
    double n = 0;
    for (uint32_t i = 0; i < c->a->o.max_devices; i++)
        n += quiet_of(&c->a->devices[i], tracker);
    return c->quiet_all_ms > 0 ? n / c->quiet_all_ms : 0;
}

static void count_pair(const struct closing *c, uint16_t tracker, struct moment_counts *out)
{
    const struct attribution *a = c->a;
    struct context_sum sums[MOMENT_CONTEXTS] = {0};
    double everywhere = rate_everywhere(c, tracker), own = own_page_chance(c, tracker);
    memset(out, 0, sizeof(*out));
    for (uint32_t i = 0; i < a->visits_len; i++) {
        const struct visit *v = &a->visits[i];
        if (v->site != c->site)
            continue;
        uint32_t end = within(a, v, tracker, everywhere);
        struct chance chance = chance_of(c, v, tracker, everywhere, end);
        add_chance(&chance, fmin(1, own * near_within(c, end)), ANY_PAGE, c->openings);
        struct context_sum *s = &sums[context_of(chance.all)];
        const struct load_event *e = event_of(v, tracker);
        s->counts.visits++;
        s->chances += chance.all;
        compare_with(s, &chance);
        if (e && e->first_ms < end) {
            s->counts.visits_followed++;
            out->delays[moment_delay_bin(e->first_ms)]++;
        }
    }
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        sum_controls(&sums[i]);
        out->contexts[i] = sums[i].counts;
    }
}

/* Counts the visits, and the pages that were opened near them. */
static void look_around(struct closing *c)
{
    const struct attribution *a = c->a;
    c->visits = 0;
    memset(c->near, 0, sizeof(c->near));
    for (uint32_t i = 0; i < a->visits_len; i++) {
        const struct visit *v = &a->visits[i];
        if (v->site != c->site)
            continue;
        c->visits++;
        for (unsigned k = 0; k < v->neighbours_len; k++)
            if (v->neighbours[k].offset_ms >= 0 && is_page_like(a, page_of(a, &v->neighbours[k])))
                c->near[(uint32_t)v->neighbours[k].offset_ms / NEAR_STEP_MS]++;
    }
}

static void close_site(struct closing *c,
                       void (*tell)(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts),
                       void *context)
{
    const struct attribution *a = c->a;
    uint8_t *followed = calloc(a->trackers_len + 1u, 1);
    struct moment_counts counts;
    if (!followed)
        return;
    look_around(c);
    c->quiet = quiet_moments(c);
    for (uint32_t i = 0; i < a->visits_len; i++)
        for (unsigned k = 0; a->visits[i].site == c->site && k < a->visits[i].events_len; k++)
            followed[a->visits[i].events[k].tracker] = 1;
    for (uint32_t t = 0; t < a->trackers_len; t++) {
        if (!followed[t])
            continue;
        count_pair(c, (uint16_t)t, &counts);
        tell(context, c->site, &a->trackers[t], &counts);
    }
    free(followed);
}

static void forget(struct attribution *a)
{
    memset(a->visits, 0, a->visits_len * sizeof(*a->visits));
    memset(a->trackers, 0, a->trackers_len * sizeof(*a->trackers));
    memset(a->tracker_slots, 0, 2 * TRACKERS_MOST * sizeof(*a->tracker_slots));
    for (uint32_t i = 0; i < a->o.max_devices; i++) {
        memset(&a->devices[i], 0, sizeof(a->devices[i]));
        a->devices[i].loads = LOAD_NONE;
    }
    a->trackers_len = a->visits_len = a->visits_open = 0;
    page_table_forget(a->pages);
}

void attribution_close(struct attribution *a,
                       void (*tell)(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts),
                       void *context)
{
    struct closing c = {.a = a};
    attribution_settle(a);
    for (uint32_t i = 0; i < a->o.max_devices; i++)
        c.quiet_all_ms += (double)a->devices[i].quiet_ms;
    c.tracker_pages_len = page_table_tracker_pages(a->pages, c.tracker_pages, TRACKER_PAGES_MOST);
    for (size_t i = 0; i < c.tracker_pages_len; i++)
        c.tracker_page_share[i] = page_table_share(a->pages, c.tracker_pages[i]);
    c.openings = page_table_openings(a->pages);
    for (c.site = 0; c.site < a->o.sites; c.site++) {
        bool visited = false;
        for (uint32_t i = 0; i < a->visits_len && !visited; i++)
            visited = a->visits[i].site == c.site;
        if (visited)
            close_site(&c, tell, context);
    }
    forget(a);
}
