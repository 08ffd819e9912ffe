/* ledger_ops.h -- bytes as operations on a ledger and its model: visits, passing days, restarts from the checkpoint's bytes. */
#ifndef TELLTALE_TESTS_SENSOR_LEDGER_OPS_H
#define TELLTALE_TESTS_SENSOR_LEDGER_OPS_H

#include "common/byte_reader.h"
#include "tests/sensor/ledger_model.h"

static inline void ops_on_pair(void *context, const struct period *p, const struct ledger_pair *pair, enum evidence_verdict verdict)
{
    struct ledger_model *m = context;
    (void)verdict;
    for (unsigned i = 0; i < m->released_len; i++)
        if (strcmp(m->released[i].period, p->name) == 0 && strcmp(m->released[i].site, pair->site) == 0)
            return;
    abort(); /* a pair left without its site */
}

static inline void ops_visit(struct site_ledger *l, struct ledger_model *m, int day, int site, int number)
{
    char name[11], text[32];
    struct device_key device = {.is_mac = 1};
    struct attribution_tracker t = {.host = "t.example.net"};
    struct moment_counts c = {.contexts = {{1, 1, 2, 0}}};
    device.bytes[5] = (uint8_t)number;
    model_day(m, day, name);
    model_site(site, text);
    site_ledger_visit(l, name, text, &device);
    site_ledger_pair(l, name, text, &t, &c);
    if (m->visits_len < MODEL_VISITS)
        m->visits[m->visits_len++] = (struct model_visit){.day = day, .site = site, .device = number};
}

static inline struct site_ledger *ops_restart(struct site_ledger *l, struct ledger_model *m, const struct ledger_outlet *outlet)
{
    size_t n;
    uint8_t *state = site_ledger_save(l, &n);
    struct byte_reader r = reader_over(state, n);
    site_ledger_free(l);
    l = site_ledger_new(m->k, outlet);
    if (!state || !l || !site_ledger_load(l, &r) || reader_left(&r) != 0)
        abort();
    free(state);
    return l;
}

/* True when ledger and model gave away the same. */
static inline bool ops_agree(struct ledger_model *m, unsigned k, int first_day, const uint8_t *ops, size_t n)
{
    const struct ledger_outlet outlet = {.on_site = model_on_site, .on_pair = ops_on_pair, .context = m};
    memset(m, 0, sizeof(*m));
    m->k = k;
    m->first_day = first_day;
    m->closed = -1;
    struct site_ledger *l = site_ledger_new(k, &outlet);
    char name[11];
    int day = 0;
    for (size_t i = 0; i + 1 < n && m->visits_len < MODEL_VISITS && day < 400; i += 2) {
        if (ops[i] >= 250) {
            l = ops_restart(l, m, &outlet);
        } else if (ops[i] >= 200) {
            day += 1 + ops[i + 1] % 9 * (ops[i] >= 240);
            model_day(m, day, name);
            site_ledger_close_before(l, name);
            model_close_before(m, day, false);
        } else {
            ops_visit(l, m, day, ops[i] % MODEL_SITES, ops[i + 1] % MODEL_DEVICES);
        }
    }
    site_ledger_close_all(l);
    model_close_before(m, day + 1, true);
    bool same = model_agrees(m) && site_ledger_lost(l) == 0;
    site_ledger_free(l);
    return same;
}

#endif
