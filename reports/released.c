/* released.c -- see released.h. A school has some dozens of sites and periods and some hundreds of pairs: they are found by walking. */
#include "reports/released.h"

#include "reports/change.h"
#include "reports/days.h"
#include "store/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reading --------------------------------------------------------------------------------------------------------- */

struct reading {
    struct released *into;
    struct store_reader *reader;
    int rc;
};

/* The array, with room for one more: it doubles when its length is a power of two. NULL: none. */
static void *room_for(struct reading *g, void *array, size_t len, size_t element)
{
    void *larger = len & (len - 1) ? array : reallocarray(array, len ? 2 * len : 1, element);
    if (!larger)
        g->rc = -ENOMEM;
    return larger;
}

static void on_site(void *context, const struct store_site *site)
{
    struct reading *g = context;
    struct released *r = g->into;
    void *sites = g->rc == 0 ? room_for(g, r->sites, r->sites_len, sizeof(*site)) : NULL;
    if (!sites)
        return;
    r->sites = sites;
    r->sites[r->sites_len++] = *site;
}

static void on_pair(void *context, const struct store_pair *pair)
{
    struct reading *g = context;
    struct released *r = g->into;
    void *pairs = g->rc == 0 ? room_for(g, r->pairs, r->pairs_len, sizeof(*pair)) : NULL;
    if (!pairs)
        return;
    r->pairs = pairs;
    r->pairs[r->pairs_len++] = *pair;
}

static void read_period(void *context, const struct period *p)
{
    struct reading *g = context;
    int rc = g->rc == 0 ? store_reader_site_period(g->reader, p->name, on_site, on_pair, g) : 0;
    if (rc < 0 && rc != -ENOENT) /* none there, or it ended meanwhile */
        g->rc = rc;
}

struct names {
    struct reading *reading;
    struct period *periods;
    size_t len;
};

static void note_name(void *context, const struct period *p)
{
    struct names *n = context;
    void *periods = n->reading->rc == 0 ? room_for(n->reading, n->periods, n->len, sizeof(*p)) : NULL;
    if (!periods)
        return;
    n->periods = periods;
    n->periods[n->len++] = *p;
}

int released_read(struct released *r, struct store_reader *reader)
{
    struct reading g = {.into = r, .reader = reader};
    struct names names = {.reading = &g};
    int rc = store_reader_site_periods(reader, note_name, &names);
    for (size_t i = 0; rc == 0 && i < names.len; i++)
        read_period(&g, &names.periods[i]);
    free(names.periods);
    return rc < 0 && rc != -ENOENT ? rc : g.rc;
}

int released_read_days(struct released *r, struct store_reader *reader, int32_t first, int32_t last)
{
    struct reading g = {.into = r, .reader = reader};
    for (int32_t n = first; n <= last && g.rc == 0; n++) {
        char day[DAYS_TEXT];
        struct period p;
        days_text(n, day);
        for (int kind = PERIOD_DAY; kind < PERIOD_KINDS; kind++) /* the day, and the week and the term that end with it, or are open on the last */
            if (period_of(day, (enum period_kind)kind, &p) && (strcmp(p.last, day) == 0 || n == last) && period_day_number(p.first) >= first)
                read_period(&g, &p);
    }
    return g.rc;
}

void released_fini(struct released *r)
{
    free(r->sites);
    free(r->pairs);
    *r = (struct released){0};
}

/* What is shown --------------------------------------------------------------------------------------------------- */

static bool lies_within(const struct released_filter *f, const struct period *p)
{
    return (!f->first_day || !f->first_day[0] || strcmp(p->first, f->first_day) >= 0) &&
           (!f->last_day || !f->last_day[0] || strcmp(p->last, f->last_day) <= 0);
}

bool released_shows(const struct released_filter *f, const struct store_site *s)
{
    return s->devices >= f->least_devices && lies_within(f, &s->period);
}

uint64_t released_visits(const struct released *r, const struct released_filter *f, const char *site)
{
    uint64_t visits = 0;
    for (size_t i = 0; i < r->sites_len; i++)
        if (strcmp(r->sites[i].site, site) == 0 && released_shows(f, &r->sites[i]))
            visits += r->sites[i].visits;
    return visits;
}

/* Is this the pair of a site and period that is shown? */
static bool shows_pair(const struct released *r, const struct released_filter *f, const struct store_pair *pair)
{
    for (size_t i = 0; i < r->sites_len; i++)
        if (strcmp(r->sites[i].site, pair->site) == 0 && strcmp(r->sites[i].period.name, pair->period.name) == 0)
            return released_shows(f, &r->sites[i]);
    return false;
}

/* Adding up and judging ------------------------------------------------------------------------------------------- */

static uint64_t followed(const struct moment_counts *c)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++)
        n += c->contexts[i].visits_followed;
    return n;
}

static struct released_pair *pooled(struct released_pair *pairs, size_t *n, const struct store_pair *pair)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(pairs[i].texts->site, pair->site) == 0 && strcmp(pairs[i].texts->host, pair->host) == 0)
            return &pairs[i];
    pairs[*n] = (struct released_pair){.texts = pair, .since = &pair->period};
    return &pairs[(*n)++];
}

static void pool(struct released_pair *pairs, size_t *n, const struct store_pair *pair)
{
    struct released_pair *p = pooled(pairs, n, pair);
    p->days_with += followed(&pair->counts) > 0;
    if (followed(&pair->counts) > 0 && (followed(&p->counts) == 0 || strcmp(pair->period.first, p->since->first) < 0))
        p->since = &pair->period;
    moment_counts_add(&p->counts, &pair->counts);
}

/* How many days the site was visited, where every period that is shown is a day; else 0. */
static uint32_t days_of(const struct released *r, const struct released_filter *f, const char *site)
{
    uint32_t days = 0;
    for (size_t i = 0; i < r->sites_len; i++) {
        if (strcmp(r->sites[i].site, site) != 0 || !released_shows(f, &r->sites[i]))
            continue;
        if (r->sites[i].period.kind != PERIOD_DAY)
            return 0;
        days++;
    }
    return days > 1 ? days : 0;
}

static int judge(struct released_pair *pairs, size_t n)
{
    struct evidence_pair *in = calloc(n + 1, sizeof(*in));
    struct evidence_result *results = calloc(n + 1, sizeof(*results));
    int rc = in && results ? 0 : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        in[i] = (struct evidence_pair){.strata = pairs[i].counts.contexts, .strata_len = MOMENT_CONTEXTS};
        memcpy(in[i].delays, pairs[i].counts.delays, sizeof(in[i].delays));
    }
    if (rc == 0)
        rc = evidence_judge(in, n, results);
    for (size_t i = 0; rc == 0 && i < n; i++)
        pairs[i].result = results[i];
    free(in);
    free(results);
    return rc;
}

int released_judge(const struct released *r, const struct released_filter *f, struct released_pair **out, size_t *n)
{
    struct released_pair *pairs = calloc(r->pairs_len + 1, sizeof(*pairs));
    *out = NULL;
    *n = 0;
    if (!pairs)
        return -ENOMEM;
    for (size_t i = 0; i < r->pairs_len; i++)
        if (shows_pair(r, f, &r->pairs[i]))
            pool(pairs, n, &r->pairs[i]);
    for (size_t i = 0; i < *n; i++) {
        moment_counts_fill(&pairs[i].counts, released_visits(r, f, pairs[i].texts->site));
        pairs[i].days = days_of(r, f, pairs[i].texts->site);
        pairs[i].days_with = pairs[i].days > 0 ? pairs[i].days_with : 0;
    }
    int rc = judge(pairs, *n);
    if (rc < 0) {
        free(pairs);
        *n = 0;
        return rc;
    }
    *out = pairs;
    return 0;
}

/* From week to week ----------------------------------------------------------------------------------------------- */

static uint64_t followed_in(const struct released *r, const char *period, const char *site, const char *host)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->pairs_len; i++)
        if (strcmp(r->pairs[i].period.name, period) == 0 && strcmp(r->pairs[i].site, site) == 0 && strcmp(r->pairs[i].host, host) == 0)
            n += followed(&r->pairs[i].counts);
    return n;
}

int released_weeks(const struct released *r, const struct released_filter *f, const struct store_pair *pair, struct change_week **out, size_t *n)
{
    struct change_period *points = calloc(r->sites_len + 1, sizeof(*points));
    size_t points_len = 0;
    *n = 0;
    *out = calloc(r->sites_len + 1, sizeof(**out));
    if (!points || !*out) {
        free(points);
        free(*out);
        *out = NULL;
        return -ENOMEM;
    }
    for (size_t i = 0; i < r->sites_len; i++) {
        const struct store_site *s = &r->sites[i];
        if (strcmp(s->site, pair->site) == 0 && released_shows(f, s))
            points[points_len++] = (struct change_period){.first_day = period_day_number(s->period.first),
                                                          .last_day = period_day_number(s->period.last),
                                                          .visits = s->visits,
                                                          .followed = followed_in(r, s->period.name, pair->site, pair->host)};
    }
    *n = change_weeks(points, points_len, *out);
    free(points);
    return 0;
}
