/* released.c -- see released.h.
 *
 * A year of twenty sites with ten tracker hosts each, by day, is 7,300 rows of sites and 73,000 of pairs. So nothing is looked for by walking from inside a
 * walk: rows are put into an order once, as pointers (callers keep theirs), and found there.
 */
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

static int compare_sites(const void *a, const void *b)
{
    const struct store_site *x = *(const struct store_site *const *)a, *y = *(const struct store_site *const *)b;
    int order = strcmp(x->site, y->site);
    return order ? order : strcmp(x->period.name, y->period.name);
}

/* The rows of sites by site and period, to free(). NULL: memory is out. */
static const struct store_site **sorted_sites(const struct released *r)
{
    const struct store_site **rows = calloc(r->sites_len + 1, sizeof(*rows));
    for (size_t i = 0; rows && i < r->sites_len; i++)
        rows[i] = &r->sites[i];
    if (rows && r->sites_len > 1)
        qsort(rows, r->sites_len, sizeof(*rows), compare_sites);
    return rows;
}

/* A pair against the row of its site and period. */
static int compare_with_site(const void *a, const void *b)
{
    const struct store_pair *pair = a;
    const struct store_site *s = *(const struct store_site *const *)b;
    int order = strcmp(pair->site, s->site);
    return order ? order : strcmp(pair->period.name, s->period.name);
}

/* Is this the pair of a site and period that is shown? */
static bool shows_pair(const struct store_site **sites, size_t n, const struct released_filter *f, const struct store_pair *pair)
{
    const struct store_site **row = bsearch(pair, sites, n, sizeof(*sites), compare_with_site);
    return row && released_shows(f, *row);
}

int released_cut(struct released *r, const struct released_filter *f)
{
    size_t n = 0;
    const struct store_site **sites = sorted_sites(r);
    if (!sites)
        return -ENOMEM;
    for (size_t i = 0; i < r->pairs_len; i++)
        if (shows_pair(sites, r->sites_len, f, &r->pairs[i]))
            r->pairs[n++] = r->pairs[i];
    r->pairs_len = n;
    free(sites);
    n = 0;
    for (size_t i = 0; i < r->sites_len; i++)
        if (released_shows(f, &r->sites[i]))
            r->sites[n++] = r->sites[i];
    r->sites_len = n;
    return 0;
}

/* Adding up and judging ------------------------------------------------------------------------------------------- */

static uint64_t followed(const struct moment_counts *c)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++)
        n += c->contexts[i].visits_followed;
    return n;
}

/* By site and host; of one, as they stand in the array. */
static int compare_pairs(const void *a, const void *b)
{
    const struct store_pair *x = *(const struct store_pair *const *)a, *y = *(const struct store_pair *const *)b;
    int order = strcmp(x->site, y->site);
    if (order == 0)
        order = strcmp(x->host, y->host);
    return order ? order : x < y ? -1 : x > y;
}

/* As the first of each stands in the array, which is how they were read. */
static int compare_pooled(const void *a, const void *b)
{
    const struct released_pair *x = a, *y = b;
    return x->texts < y->texts ? -1 : x->texts > y->texts;
}

static void pool(struct released_pair *p, const struct store_pair *pair)
{
    p->days_with += followed(&pair->counts) > 0;
    if (followed(&pair->counts) > 0 && (followed(&p->counts) == 0 || strcmp(pair->period.first, p->since->first) < 0))
        p->since = &pair->period;
    moment_counts_add(&p->counts, &pair->counts);
}

/* Those that are shown, each site and host once, into out[]; returns how many. rows[] has room for as many as there are pairs. */
static size_t pool_all(const struct released *r, const struct store_site **sites, const struct released_filter *f, const struct store_pair **rows,
                       struct released_pair *out)
{
    size_t shown = 0, n = 0;
    for (size_t i = 0; i < r->pairs_len; i++)
        if (shows_pair(sites, r->sites_len, f, &r->pairs[i]))
            rows[shown++] = &r->pairs[i];
    if (shown > 1)
        qsort(rows, shown, sizeof(*rows), compare_pairs);
    for (size_t i = 0; i < shown; i++) {
        if (i == 0 || strcmp(rows[i]->site, rows[i - 1]->site) != 0 || strcmp(rows[i]->host, rows[i - 1]->host) != 0)
            out[n++] = (struct released_pair){.texts = rows[i], .since = &rows[i]->period};
        pool(&out[n - 1], rows[i]);
    }
    if (n > 1)
        qsort(out, n, sizeof(*out), compare_pooled);
    return n;
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
    const struct store_pair **rows = calloc(r->pairs_len + 1, sizeof(*rows));
    const struct store_site **sites = sorted_sites(r);
    int rc = pairs && rows && sites ? 0 : -ENOMEM;
    *out = NULL;
    *n = rc == 0 ? pool_all(r, sites, f, rows, pairs) : 0;
    free(rows);
    free(sites);
    for (size_t i = 0; i < *n; i++) {
        moment_counts_fill(&pairs[i].counts, released_visits(r, f, pairs[i].texts->site));
        pairs[i].days = days_of(r, f, pairs[i].texts->site);
        pairs[i].days_with = pairs[i].days > 0 ? pairs[i].days_with : 0;
    }
    if (rc == 0)
        rc = judge(pairs, *n);
    if (rc < 0) {
        free(pairs);
        *n = 0;
        return rc;
    }
    *out = pairs;
    return 0;
}

/* From week to week ----------------------------------------------------------------------------------------------- */

static int compare_periods(const void *a, const void *b)
{
    const struct store_pair *x = *(const struct store_pair *const *)a, *y = *(const struct store_pair *const *)b;
    return strcmp(x->period.name, y->period.name);
}

/* The rows of one site and host by period, *n of them, to free(). NULL: memory is out. */
static const struct store_pair **periods_of(const struct released *r, const struct store_pair *of, size_t *n)
{
    const struct store_pair **rows = calloc(r->sites_len + 1, sizeof(*rows)); /* a site is in a period once, and so is a host of it */
    *n = 0;
    for (size_t i = 0; rows && i < r->pairs_len && *n < r->sites_len; i++)
        if (strcmp(r->pairs[i].site, of->site) == 0 && strcmp(r->pairs[i].host, of->host) == 0)
            rows[(*n)++] = &r->pairs[i];
    if (*n > 1)
        qsort(rows, *n, sizeof(*rows), compare_periods);
    return rows;
}

static int compare_with_period(const void *a, const void *b)
{
    return strcmp(a, (*(const struct store_pair *const *)b)->period.name);
}

static uint64_t followed_in(const struct store_pair **rows, size_t n, const char *period)
{
    const struct store_pair **row = bsearch(period, rows, n, sizeof(*rows), compare_with_period);
    return row ? followed(&(*row)->counts) : 0;
}

int released_weeks(const struct released *r, const struct released_filter *f, const struct store_pair *pair, struct change_week **out, size_t *n)
{
    struct change_period *points = calloc(r->sites_len + 1, sizeof(*points));
    size_t points_len = 0, rows_len;
    const struct store_pair **rows = periods_of(r, pair, &rows_len);
    *n = 0;
    *out = calloc(r->sites_len + 1, sizeof(**out));
    if (!points || !rows || !*out) {
        free(points);
        free(rows);
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
                                                          .followed = followed_in(rows, rows_len, s->period.name)};
    }
    *n = change_weeks(points, points_len, *out);
    free(points);
    free(rows);
    return 0;
}
