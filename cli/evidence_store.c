/* evidence_store.c -- the model of an evidence pack from what the sensor stored: see evidence.h.
 *
 * The store has periods in which enough distinct devices visited a site, and no visit is in two of them, so figures add up. An export asks
 * for ten devices whatever the screen shows. All pairs of all sites are judged together, so that the correction for many tries is
 * that of everything that was tried. Nothing says whether a site was not visited or by too few: both are the same sentence.
 */
#include "cli/evidence.h"

#include "common/log.h"
#include "store/connection.h"
#include "store/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct kept_pair {
    struct store_pair pair; /* counts: of all periods */
    struct evidence_result result;
};

struct gathering {
    const struct evidence_request *q;
    struct site_evidence *e;
    struct period *periods;
    struct store_site *sites; /* of the period being read, those with enough devices */
    struct store_site *totals; /* of all periods: visits */
    struct kept_pair *pairs;
    size_t periods_len, sites_len, totals_len, pairs_len;
    bool no_memory;
};

/* Room for one more; arrays double when their length reaches a power of two. */
static void *grow(struct gathering *g, void *array, size_t len, size_t element)
{
    if (len & (len - 1))
        return array;
    void *larger = reallocarray(array, len ? 2 * len : 1, element);
    g->no_memory |= !larger;
    return larger;
}

static void on_period(void *context, const struct period *p)
{
    struct gathering *g = context;
    if (g->no_memory || (g->q->from[0] && strcmp(p->first, g->q->from) < 0) || (g->q->to[0] && strcmp(p->last, g->q->to) > 0))
        return;
    struct period *larger = grow(g, g->periods, g->periods_len, sizeof(*larger));
    if (!larger)
        return;
    g->periods = larger;
    g->periods[g->periods_len++] = *p;
}

static struct store_site *named(struct store_site *sites, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(sites[i].site, name) == 0)
            return &sites[i];
    return NULL;
}

static void add_to(struct gathering *g, struct store_site **sites, size_t *len, const struct store_site *s)
{
    struct store_site *have = named(*sites, *len, s->site);
    if (have) {
        have->visits += s->visits;
        return;
    }
    struct store_site *larger = grow(g, *sites, *len, sizeof(*larger));
    if (!larger)
        return;
    *sites = larger;
    (*sites)[(*len)++] = *s;
}

static void add_period(struct gathering *g, const struct store_site *s)
{
    struct period week = s->period;
    if (s->period.kind == PERIOD_DAY)
        period_of(s->period.first, PERIOD_WEEK, &week);
    struct site_evidence_period *p = NULL;
    for (size_t i = 0; i < g->e->periods_len && !p; i++)
        if (strcmp(g->e->periods[i].name, week.name) == 0)
            p = &g->e->periods[i];
    if (!p && (p = site_evidence_add_period(g->e)) != NULL) {
        p->name = evidence_copy(week.name);
        memcpy(p->first, week.first, sizeof(p->first));
        memcpy(p->last, week.last, sizeof(p->last));
    }
    if (!p || !p->name) {
        g->no_memory = true;
        return;
    }
    p->visits += s->visits;
    g->e->visits += s->visits;
}

static void on_site(void *context, const struct store_site *s)
{
    struct gathering *g = context;
    if (g->no_memory || (s->devices < COLLECT_SMALLEST_GROUP && !g->q->config->demo))
        return;
    add_to(g, &g->sites, &g->sites_len, s);
    add_to(g, &g->totals, &g->totals_len, s);
    if (!g->no_memory && strcmp(s->site, g->q->site->site) == 0)
        add_period(g, s);
}

static void on_pair(void *context, const struct store_pair *p)
{
    struct gathering *g = context;
    if (g->no_memory || !named(g->sites, g->sites_len, p->site))
        return;
    for (size_t i = 0; i < g->pairs_len; i++)
        if (strcmp(g->pairs[i].pair.site, p->site) == 0 && strcmp(g->pairs[i].pair.host, p->host) == 0) {
            moment_counts_add(&g->pairs[i].pair.counts, &p->counts);
            return;
        }
    struct kept_pair *larger = grow(g, g->pairs, g->pairs_len, sizeof(*larger));
    if (!larger)
        return;
    g->pairs = larger;
    g->pairs[g->pairs_len++] = (struct kept_pair){.pair = *p};
}

static int read_periods(struct gathering *g, struct store_reader *r)
{
    int rc = store_reader_site_periods(r, on_period, g);
    for (size_t i = 0; rc == 0 && !g->no_memory && i < g->periods_len; i++) {
        g->sites_len = 0;
        free(g->sites);
        g->sites = NULL;
        rc = store_reader_site_period(r, g->periods[i].name, on_site, on_pair, g);
        rc = rc == -ENOENT ? 0 : rc; /* it ended meanwhile */
    }
    return rc == -ENOENT ? 0 : rc;
}

static bool judge(struct gathering *g)
{
    struct evidence_pair *pairs = calloc(g->pairs_len + 1, sizeof(*pairs));
    struct evidence_result *results = calloc(g->pairs_len + 1, sizeof(*results));
    bool ok = pairs && results;
    for (size_t i = 0; ok && i < g->pairs_len; i++) {
        struct store_pair *p = &g->pairs[i].pair;
        moment_counts_fill(&p->counts, named(g->totals, g->totals_len, p->site)->visits);
        pairs[i] = (struct evidence_pair){.strata = p->counts.contexts, .strata_len = MOMENT_CONTEXTS};
        memcpy(pairs[i].delays, p->counts.delays, sizeof(pairs[i].delays));
    }
    ok = ok && evidence_judge(pairs, g->pairs_len, results) == 0;
    for (size_t i = 0; ok && i < g->pairs_len; i++)
        g->pairs[i].result = results[i];
    free(pairs);
    free(results);
    return ok;
}

static bool fill(struct gathering *g)
{
    for (size_t i = 0; i < g->pairs_len; i++) {
        const struct store_pair *p = &g->pairs[i].pair;
        if (strcmp(p->site, g->q->site->site) != 0)
            continue;
        struct site_evidence_tracker *t = site_evidence_add_tracker(g->e);
        if (!t || !(t->host = evidence_copy(p->host)))
            return false;
        t->tracker = evidence_copy(p->tracker);
        t->organisation = evidence_copy(p->organisation);
        t->country = evidence_copy(p->country);
        t->purpose = p->purpose;
        t->result = g->pairs[i].result;
        memcpy(t->delays, p->counts.delays, sizeof(t->delays));
    }
    return true;
}

/* The days that were asked for, or else those that there are. */
static void set_days(struct gathering *g)
{
    struct site_evidence *e = g->e;
    memcpy(e->from, g->q->from, sizeof(e->from));
    memcpy(e->to, g->q->to, sizeof(e->to));
    for (size_t i = 0; i < e->periods_len; i++) {
        const struct site_evidence_period *p = &e->periods[i];
        if (!g->q->from[0] && (!e->from[0] || strcmp(p->first, e->from) < 0))
            memcpy(e->from, p->first, sizeof(e->from));
        if (!g->q->to[0] && strcmp(p->last, e->to) > 0)
            memcpy(e->to, p->last, sizeof(e->to));
    }
}

static int conclude(struct gathering *g, int rc)
{
    if (rc == -EPERM)
        log_error("%s: this user may not read the figures of support sites; use the safeguarding lead's", g->q->config->redis_socket);
    if (rc < 0)
        return EXIT_SOME_FAILED;
    if (!g->no_memory && g->e->periods_len == 0) {
        log_error("%s: nothing can be shown: there is no period in which at least %d distinct devices visited it%s. A recording of one device of your own (--capture) can be",
                  g->q->site->site, COLLECT_SMALLEST_GROUP, g->q->from[0] || g->q->to[0] ? " and that lies within the days asked for" : "");
        return EXIT_SOME_FAILED;
    }
    if (g->no_memory || !judge(g) || !fill(g)) {
        log_error("out of memory");
        return EXIT_SOME_FAILED;
    }
    set_days(g);
    return EXIT_DONE;
}

int evidence_from_store(const struct evidence_request *q, struct site_evidence *e)
{
    struct gathering g = {.q = q, .e = e};
    struct store_reader *reader;
    if (store_login_set(q->config->redis_user, q->config->redis_password_file) < 0 || store_reader_open(q->config->redis_socket, q->config->installation, &reader) < 0)
        return EXIT_SOME_FAILED;
    e->source = SITE_EVIDENCE_STORE;
    e->k = q->config->demo ? 1 : COLLECT_SMALLEST_GROUP;
    int status = conclude(&g, read_periods(&g, reader));
    store_reader_close(reader);
    free(g.periods);
    free(g.sites);
    free(g.totals);
    free(g.pairs);
    return status;
}
