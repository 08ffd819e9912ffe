/* made_world.c -- see made_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "feeds/sites.h"
#include "sensor/attribution.h"
#include "tests/sensor/made_world.h"

#define OTHER_PAGES 12
#define POPULAR 6 /* the first of the trackers */
#define BEACONS 2 /* the last of them: apps only */
#define SIGNS_MOST 200000
#define PAIRS_MOST (WORLD_SITES * WORLD_TRACKERS)
#define GAP_NS (5 * NS_PER_S)
#define BEGIN_S 1700000000.0

struct sign {
    double at_s;
    unsigned device;
    int page;    /* of its host: a site, WORLD_SITES and more another page, -1: a tracker */
    int tracker;
};

struct world {
    const struct world_settings *o;
    uint64_t random;
    struct sign *signs;
    size_t signs_len;
    bool other_loads[OTHER_PAGES][WORLD_TRACKERS];
    unsigned caused[WORLD_SITES][WORLD_TRACKERS];
};

static double draw(struct world *w)
{
    w->random ^= w->random << 13; /* xorshift64 */
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (double)(w->random >> 11) / 9007199254740992.0;
}

static unsigned pick(struct world *w, unsigned n)
{
    return (unsigned)(draw(w) * n);
}

static void say(struct world *w, double at_s, unsigned device, int page, int tracker)
{
    if (draw(w) < w->o->lost)
        return;
    assert_true(w->signs_len < SIGNS_MOST);
    w->signs[w->signs_len++] = (struct sign){at_s, device, page, tracker};
}

/* Site s loads some of the popular trackers and some of its own kind; the last sites load none. */
static bool site_loads(unsigned site, unsigned tracker)
{
    if (site >= WORLD_SITES - WORLD_CLEAN || tracker >= WORLD_TRACKERS - BEACONS)
        return false;
    return tracker < POPULAR ? (site + tracker) % 2 == 0 : tracker % (WORLD_SITES - WORLD_CLEAN) == site || tracker % 7 == site;
}

static void load_tracker(struct world *w, double at_s, unsigned device, unsigned tracker)
{
    double delay = 0.05 + 0.5 * draw(w) + (tracker % 9 == 8 ? 1.0 : 0); /* some come late, after a script */
    say(w, at_s + delay, device, -1, (int)tracker);
    if (draw(w) < 0.2)
        say(w, at_s + delay + 0.3 * draw(w), device, -1, (int)tracker);
}

static void open_other(struct world *w, double at_s, unsigned device)
{
    unsigned page = pick(w, OTHER_PAGES);
    say(w, at_s, device, (int)(WORLD_SITES + page), -1);
    for (unsigned t = 0; t < WORLD_TRACKERS; t++)
        if (w->other_loads[page][t] && draw(w) > 0.08) /* some come out of the cache */
            load_tracker(w, at_s, device, t);
}

static void visit(struct world *w, double at_s, unsigned device)
{
    unsigned site = pick(w, WORLD_SITES);
    say(w, w->o->shuffled ? draw(w) * w->o->seconds : at_s, device, (int)site, -1);
    for (unsigned t = 0; t < WORLD_TRACKERS; t++) {
        if (w->o->all_clean || !site_loads(site, t) || draw(w) < 0.08)
            continue;
        w->caused[site][t]++;
        load_tracker(w, at_s, device, t);
    }
    if (draw(w) < w->o->tabs)
        open_other(w, at_s - 0.5 + 2.5 * draw(w), device);
}

static void live(struct world *w, unsigned device)
{
    for (double t = 10 * draw(w); t < w->o->seconds; t += 6 + 16 * draw(w)) {
        if (draw(w) < 0.5)
            visit(w, t, device);
        else
            open_other(w, t, device);
    }
    for (unsigned b = 0; b < BEACONS; b++)
        for (double t = 60 * draw(w); t < w->o->seconds; t += 20 + 60 * draw(w))
            say(w, t, device, -1, (int)(WORLD_TRACKERS - 1 - b));
}

static int by_time(const void *a, const void *b)
{
    const struct sign *x = a, *y = b;
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

static void play(struct world *w, struct attribution *a)
{
    uint64_t visited[64][WORLD_SITES] = {0};
    qsort(w->signs, w->signs_len, sizeof(*w->signs), by_time);
    for (size_t i = 0; i < w->signs_len; i++) {
        const struct sign *s = &w->signs[i];
        uint64_t now = (uint64_t)((BEGIN_S + s->at_s) * NS_PER_S);
        bool is_site = s->page >= 0 && s->page < WORLD_SITES;
        struct host_entry host = {.match = {.matched = "a rule"}};
        snprintf(host.name, sizeof(host.name), s->page >= 0 ? "www.page%d.example" : "t%d.tracker.example", s->page >= 0 ? s->page : s->tracker);
        host.name_len = (uint16_t)strlen(host.name);
        attribution_host(a, s->device, host.name, host.name_len, is_site ? (uint32_t)s->page : SITE_NONE, s->page < 0, now);
        if (s->page < 0)
            attribution_contact(a, s->device, &host, now);
        if (!is_site)
            continue;
        uint64_t *last = &visited[s->device][s->page];
        if (*last == 0 || now >= *last + GAP_NS)
            attribution_visit(a, s->device, (uint32_t)s->page, now);
        *last = now;
    }
}

struct outcome {
    size_t len;
    unsigned site[PAIRS_MOST], tracker[PAIRS_MOST];
    struct moment_counts counts[PAIRS_MOST];
};

static void keep(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts)
{
    struct outcome *o = context;
    assert_true(o->len < PAIRS_MOST);
    o->site[o->len] = site;
    assert_int_equal(sscanf(tracker->host, "t%u.", &o->tracker[o->len]), 1);
    o->counts[o->len++] = *counts;
}

static void score_pairs(const struct world *w, const struct outcome *o, struct world_score *score)
{
    struct evidence_pair pairs[PAIRS_MOST] = {0};
    struct evidence_result results[PAIRS_MOST];
    bool accused[WORLD_SITES] = {false};
    for (size_t i = 0; i < o->len; i++) {
        pairs[i].strata = o->counts[i].contexts;
        pairs[i].strata_len = MOMENT_CONTEXTS;
        memcpy(pairs[i].delays, o->counts[i].delays, sizeof(pairs[i].delays));
    }
    assert_int_equal(evidence_judge(pairs, o->len, results), 0);
    for (unsigned s = 0; s < WORLD_SITES; s++)
        for (unsigned t = 0; t < WORLD_TRACKERS; t++)
            score->due += w->caused[s][t] >= 8;
    for (size_t i = 0; i < o->len; i++) {
        bool shown = results[i].verdict == EVIDENCE_SHOWN, claimed = shown || results[i].verdict == EVIDENCE_LIKELY;
        unsigned caused = w->o->shuffled ? 0 : w->caused[o->site[i]][o->tracker[i]];
        score->found += claimed && caused >= 8;
        score->due_shown += shown && caused >= 8;
        score->claimed += claimed;
        score->shown += shown;
        score->wrong += claimed && caused == 0;
        score->wrong_shown += shown && caused == 0;
        if (claimed && o->site[i] >= WORLD_SITES - WORLD_CLEAN)
            accused[o->site[i]] = true;
    }
    for (unsigned s = 0; s < WORLD_SITES; s++)
        score->accused_clean += accused[s];
}

/* Was this tracker contacted within ten seconds of this sign? */
static bool is_followed(const struct world *w, size_t from, int tracker)
{
    for (size_t i = from; i < w->signs_len && w->signs[i].at_s < w->signs[from].at_s + 10; i++)
        if (w->signs[i].device == w->signs[from].device && w->signs[i].tracker == tracker)
            return true;
    return false;
}

/* Would a rule accuse the site that knows no controls? */
static bool accused_naively(const struct world *w, int site)
{
    for (int t = 0; t < WORLD_TRACKERS; t++) {
        unsigned visits = 0, followed = 0;
        for (size_t i = 0; i < w->signs_len; i++) {
            if (w->signs[i].page != site)
                continue;
            visits++;
            followed += is_followed(w, i, t);
        }
        if (followed >= 4 && 2 * followed >= visits)
            return true;
    }
    return false;
}

void world_play(const struct world_settings *settings, struct world_score *score)
{
    struct world w = {.o = settings, .random = settings->seed * 0x9e3779b97f4a7c15u + 1};
    struct outcome *outcome = calloc(1, sizeof(*outcome));
    w.signs = calloc(SIGNS_MOST, sizeof(*w.signs));
    struct attribution *a = attribution_new(
        &(struct attribution_options){.sites = WORLD_SITES, .max_devices = 64, .visit_gap_ns = GAP_NS, .window_ns = 10 * NS_PER_S});
    assert_true(outcome && w.signs && a && settings->devices <= 64);
    for (unsigned p = 0; p < OTHER_PAGES; p++)
        for (unsigned t = 0; t < WORLD_TRACKERS - BEACONS; t++)
            w.other_loads[p][t] = draw(&w) < (t < POPULAR ? settings->popular : 0.1);
    for (unsigned d = 0; d < settings->devices; d++)
        live(&w, d);
    play(&w, a);
    attribution_close(a, keep, outcome);
    score_pairs(&w, outcome, score);
    for (int s = WORLD_SITES - WORLD_CLEAN; s < WORLD_SITES; s++)
        score->naively_accused += accused_naively(&w, s);
    attribution_free(a);
    free(w.signs);
    free(outcome);
}
