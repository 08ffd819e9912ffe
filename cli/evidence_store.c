/* evidence_store.c -- the model of an evidence pack from what the sensor stored: see evidence.h.
 *
 * The store has periods in which enough distinct devices visited a site, and no visit is in two of them, so figures add up. An export asks
 * for ten devices whatever the screen shows. All pairs of all sites are judged together (reports/released.h), so that the correction for
 * many tries is that of everything that was tried. Nothing says whether a site was not visited or by too few: both are the same sentence.
 */
#include "cli/evidence.h"

#include "common/log.h"
#include "reports/released.h"
#include "store/connection.h"
#include "store/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    const struct evidence_request *q;
    struct site_evidence *e;
    struct released released;
    struct released_filter filter;
};

/* Days go into their week, a week and a term are their own. */
static bool add_period(struct site_evidence *e, const struct store_site *s)
{
    struct period week = s->period;
    if (s->period.kind == PERIOD_DAY)
        period_of(s->period.first, PERIOD_WEEK, &week);
    struct site_evidence_period *p = NULL;
    for (size_t i = 0; i < e->periods_len && !p; i++)
        if (strcmp(e->periods[i].name, week.name) == 0)
            p = &e->periods[i];
    if (!p && (p = site_evidence_add_period(e)) != NULL) {
        p->name = evidence_copy(week.name);
        memcpy(p->first, week.first, sizeof(p->first));
        memcpy(p->last, week.last, sizeof(p->last));
    }
    if (!p || !p->name)
        return false;
    p->visits += s->visits;
    e->visits += s->visits;
    return true;
}

static bool add_tracker(struct site_evidence *e, const struct released_pair *pair)
{
    const struct store_pair *p = pair->texts;
    struct site_evidence_tracker *t = site_evidence_add_tracker(e);
    if (!t || !(t->host = evidence_copy(p->host)))
        return false;
    t->tracker = evidence_copy(p->tracker);
    t->organisation = evidence_copy(p->organisation);
    t->country = evidence_copy(p->country);
    t->purpose = p->purpose;
    t->days = pair->days;
    t->days_with = pair->days_with;
    t->result = pair->result;
    memcpy(t->delays, pair->counts.delays, sizeof(t->delays));
    return true;
}

static bool fill(struct gathering *g)
{
    const char *site = g->q->site->site;
    struct released_pair *pairs;
    size_t n;
    bool ok = released_judge(&g->released, &g->filter, &pairs, &n) == 0;
    for (size_t i = 0; ok && i < g->released.sites_len; i++)
        if (strcmp(g->released.sites[i].site, site) == 0 && released_shows(&g->filter, &g->released.sites[i]))
            ok = add_period(g->e, &g->released.sites[i]);
    for (size_t i = 0; ok && i < n; i++)
        if (strcmp(pairs[i].texts->site, site) == 0)
            ok = add_tracker(g->e, &pairs[i]);
    free(pairs);
    return ok;
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
    if (released_visits(&g->released, &g->filter, g->q->site->site) == 0) {
        log_error("%s: nothing can be shown: there is no period in which at least %d distinct devices visited it%s. A recording of one device of your own (--capture) can be",
                  g->q->site->site, COLLECT_SMALLEST_GROUP, g->q->from[0] || g->q->to[0] ? " and that lies within the days asked for" : "");
        return EXIT_SOME_FAILED;
    }
    if (!fill(g)) {
        log_error("out of memory");
        return EXIT_SOME_FAILED;
    }
    set_days(g);
    return EXIT_DONE;
}

int evidence_from_store(const struct evidence_request *q, struct site_evidence *e)
{
    struct gathering g = {.q = q, .e = e, .filter = {q->from, q->to, q->config->demo ? 0 : COLLECT_SMALLEST_GROUP}};
    struct store_reader *reader;
    if (store_login_set(q->config->redis_user, q->config->redis_password_file) < 0 || store_reader_open(q->config->redis_socket, q->config->installation, &reader) < 0)
        return EXIT_SOME_FAILED;
    e->source = SITE_EVIDENCE_STORE;
    e->k = q->config->demo ? 1 : COLLECT_SMALLEST_GROUP;
    int status = conclude(&g, released_read(&g.released, reader));
    store_reader_close(reader);
    released_fini(&g.released);
    return status;
}
