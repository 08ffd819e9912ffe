/* ledger_model.h -- a ledger that remembers everything: what the real one must do, written the plainest way, to be compared
 * after any sequence of operations. Used by the unit test and the fuzz target.
 *
 * It keeps each visit as (day, site, device) and, when days close, walks over days, weeks and terms with sets of devices' numbers. */
#ifndef TELLTALE_TESTS_SENSOR_LEDGER_MODEL_H
#define TELLTALE_TESTS_SENSOR_LEDGER_MODEL_H

#include "sensor/site_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MODEL_VISITS 4096
#define MODEL_RELEASES 4096
#define MODEL_SITES 4
#define MODEL_DEVICES 12

struct model_visit {
    int day, site, device;
    enum { MODEL_OPEN, MODEL_IN_WEEK, MODEL_IN_TERM, MODEL_GONE } where;
};

struct model_release {
    char period[PERIOD_NAME_MAX], site[32];
    unsigned visits, devices;
};

struct ledger_model {
    unsigned k;
    int first_day; /* number of day 0 */
    int closed;    /* the last closed day */
    struct model_visit visits[MODEL_VISITS];
    unsigned visits_len;
    struct model_release released[MODEL_RELEASES], expected[MODEL_RELEASES]; /* what the ledger gave, and what it should have */
    unsigned released_len, expected_len;
};

static inline void model_day(const struct ledger_model *m, int day, char out[11])
{
    time_t seconds = (time_t)(m->first_day + day) * 86400;
    struct tm t;
    gmtime_r(&seconds, &t);
    strftime(out, 11, "%Y-%m-%d", &t);
}

static inline void model_site(int site, char out[32])
{
    snprintf(out, 32, "site-%d.org.uk", site);
}

static inline void model_on_site(void *context, const struct period *p, const struct ledger_site *s)
{
    struct ledger_model *m = context;
    struct model_release *r = &m->released[m->released_len++];
    if (m->released_len > MODEL_RELEASES - 1)
        abort();
    snprintf(r->period, sizeof(r->period), "%s", p->name);
    snprintf(r->site, sizeof(r->site), "%.31s", s->site);
    r->visits = (unsigned)s->visits;
    r->devices = s->devices.len;
}

/* Gives away, or moves on, the visits of one site that wait in a place and fall into a period. */
static inline void model_settle(struct ledger_model *m, int where, const struct period *p, int next)
{
    for (int site = 0; site < MODEL_SITES; site++) {
        bool seen[MODEL_DEVICES] = {false};
        unsigned visits = 0, devices = 0;
        char day[11];
        for (int pass = 0; pass < 2; pass++)
            for (unsigned i = 0; i < m->visits_len; i++) {
                struct model_visit *v = &m->visits[i];
                model_day(m, v->day, day);
                if (v->site != site || (int)v->where != where || strcmp(day, p->first) < 0 || strcmp(day, p->last) > 0)
                    continue;
                if (pass == 0) {
                    visits++;
                    devices += !seen[v->device];
                    seen[v->device] = true;
                } else {
                    v->where = devices >= m->k ? MODEL_GONE : next;
                }
            }
        if (visits > 0 && devices >= m->k) {
            struct model_release *r = &m->expected[m->expected_len++];
            snprintf(r->period, sizeof(r->period), "%s", p->name);
            model_site(site, r->site);
            r->visits = visits;
            r->devices = devices;
        }
    }
}

/* Everything before this day is over. all: the week and the term that it lies in, too. */
static inline void model_close_before(struct ledger_model *m, int day, bool all)
{
    static const int place[] = {MODEL_OPEN, MODEL_IN_WEEK, MODEL_IN_TERM}, next[] = {MODEL_IN_WEEK, MODEL_IN_TERM, MODEL_GONE};
    char name[11], today[11];
    struct period p;
    model_day(m, day, today);
    for (int kind = PERIOD_DAY; kind <= PERIOD_TERM; kind++)
        for (int d = 0; d < day; d++) {
            model_day(m, d, name);
            period_of(name, (enum period_kind)kind, &p);
            if (all || strcmp(p.last, today) < 0)
                model_settle(m, place[kind], &p, next[kind]);
        }
    if (day - 1 > m->closed)
        m->closed = day - 1;
}

static inline int model_order(const void *a, const void *b)
{
    const struct model_release *p = a, *q = b;
    int order = strcmp(p->period, q->period);
    return order ? order : strcmp(p->site, q->site);
}

static inline bool model_agrees(struct ledger_model *m)
{
    qsort(m->released, m->released_len, sizeof(m->released[0]), model_order);
    qsort(m->expected, m->expected_len, sizeof(m->expected[0]), model_order);
    bool same = m->released_len == m->expected_len;
    for (unsigned i = 0; same && i < m->released_len; i++)
        same = model_order(&m->released[i], &m->expected[i]) == 0 && m->released[i].visits == m->expected[i].visits &&
               m->released[i].devices == m->expected[i].devices;
    return same;
}

#endif
