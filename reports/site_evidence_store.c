/* site_evidence_store.c -- see site_evidence_store.h.
 *
 * The store has periods in which enough distinct devices visited a site, and no visit is in two of them, so figures add up. An export asks
 * for ten devices (or k, if that is more) whatever the screen shows. All pairs of all sites are judged together (reports/released.h), so that the correction for
 * many tries is that of everything that was tried. Nothing says whether a site was not visited or by too few: both are the same sentence.
 */
#include "reports/site_evidence_store.h"

#include "reports/proof.h"
#include "reports/released.h"
#include "reports/summary_store.h"
#include "store/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    struct site_evidence *e;
    struct released released;
    struct released_filter filter;
};

static char *copy(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

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
        p->name = copy(week.name);
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
    if (!t || !(t->host = copy(p->host)))
        return false;
    t->tracker = copy(p->tracker);
    t->organisation = copy(p->organisation);
    t->country = copy(p->country);
    t->purpose = p->purpose;
    t->days = pair->days;
    t->days_with = pair->days_with;
    t->result = pair->result;
    memcpy(t->delays, pair->counts.delays, sizeof(t->delays));
    return true;
}

static bool fill(struct gathering *g)
{
    const char *site = g->e->site;
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
    snprintf(e->from, sizeof(e->from), "%s", g->filter.first_day);
    snprintf(e->to, sizeof(e->to), "%s", g->filter.last_day);
    for (size_t i = 0; i < e->periods_len; i++) {
        const struct site_evidence_period *p = &e->periods[i];
        if (!*g->filter.first_day && (!e->from[0] || strcmp(p->first, e->from) < 0))
            memcpy(e->from, p->first, sizeof(e->from));
        if (!*g->filter.last_day && strcmp(p->last, e->to) > 0)
            memcpy(e->to, p->last, sizeof(e->to));
    }
}

/* Coverage is of the whole network, and no figure of a site. */
static int add_coverage(struct site_evidence *e, struct store_reader *reader)
{
    struct day_summary s;
    day_summary_init(&s);
    int rc = day_summary_coverage(&s, reader, e->from, e->to);
    if (rc == 0 && s.coverage.scope == SUMMARY_OF_PERIOD) {
        e->flows = s.coverage.flows;
        e->named = s.coverage.named;
        e->lost = s.coverage.lost;
        e->covered_days = s.coverage.days;
        e->recorded_days = s.recorded;
    }
    day_summary_fini(&s);
    return rc;
}

/* A pack of recordings alone: its days are those of the visits. */
static void set_days_of_recordings(struct site_evidence *e)
{
    for (size_t i = 0; i < e->kept->kept_len; i++) {
        const char *day = e->kept->kept[i].recorded;
        if (*day && (!e->from[0] || strcmp(day, e->from) < 0))
            memcpy(e->from, day, sizeof(e->from));
        if (strcmp(day, e->to) > 0)
            memcpy(e->to, day, sizeof(e->to));
    }
    if (!e->from[0]) {
        memcpy(e->from, e->made, sizeof(e->from));
        memcpy(e->to, e->made, sizeof(e->to));
    }
}

static struct site_evidence_tracker *tracker_of(struct site_evidence *e, const struct store_proof_host *h)
{
    for (size_t i = 0; i < e->trackers_len; i++)
        if (strcmp(e->trackers[i].host, h->host) == 0)
            return &e->trackers[i];
    struct site_evidence_tracker *t = site_evidence_add_tracker(e);
    if (!t || !(t->host = strdup(h->host)))
        return NULL;
    t->tracker = copy(h->tracker);
    t->organisation = copy(h->organisation);
    t->purpose = h->purpose;
    t->result = (struct evidence_result){.visits = (uint32_t)e->kept->kept_len, .verdict = EVIDENCE_TOO_FEW, .p_value = 1, .q_value = 1};
    return t;
}

/* Each recording is a visit, and there is nothing to compare it with: whoever was contacted is "too few". Hosts that no list has are nobody's tracker. */
static int fill_from_recordings(struct site_evidence *e)
{
    struct site_evidence_period *p = site_evidence_add_period(e);
    if (!p || !(p->name = strdup("recordings")))
        return -ENOMEM;
    set_days_of_recordings(e);
    memcpy(p->first, e->from, sizeof(p->first));
    memcpy(p->last, e->to, sizeof(p->last));
    p->visits = e->visits = e->kept->kept_len;
    for (size_t i = 0; i < e->kept->kept_len; i++)
        for (size_t k = 0; k < e->kept->kept[i].hosts_len; k++) {
            const struct store_proof_host *h = &e->kept->kept[i].hosts[k];
            if (!*h->tracker && !*h->organisation)
                continue;
            struct site_evidence_tracker *t = tracker_of(e, h);
            if (!t)
                return -ENOMEM;
            t->result.visits_with++;
            t->result.rate = (double)t->result.visits_with / (double)t->result.visits;
            if (h->after_ms >= 0)
                t->delays[moment_delay_bin((uint64_t)h->after_ms)]++;
        }
    return 0;
}

int site_evidence_from_store(struct site_evidence *e, struct store_reader *reader, const char *from, const char *to)
{
    struct gathering g = {.e = e, .filter = {from, to, e->demo ? 0 : e->k}};
    int rc = released_read(&g.released, reader);
    e->source = SITE_EVIDENCE_STORE;
    if (rc == 0 && released_visits(&g.released, &g.filter, e->site) > 0) {
        rc = fill(&g) ? 0 : -ENOMEM;
        set_days(&g);
        if (rc == 0)
            rc = add_coverage(e, reader);
    } else if (rc == 0 && e->kept && e->kept->kept_len > 0) {
        e->source = SITE_EVIDENCE_RECORDINGS;
        e->k = 0;
        rc = fill_from_recordings(e);
    } else if (rc == 0) {
        rc = -ENODATA;
    }
    released_fini(&g.released);
    return rc;
}
