/* site_json.c -- see site_json.h. */
#include "dashboard/site_json.h"

#include "common/period.h"
#include "dashboard/web.h"
#include "reports/evidence_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The strongest finding first. */
static int compare_pairs(const void *a, const void *b)
{
    const struct released_pair *x = a, *y = b;
    if (x->result.verdict != y->result.verdict)
        return x->result.verdict < y->result.verdict ? 1 : -1;
    double more = (y->result.rate - y->result.control_rate) - (x->result.rate - x->result.control_rate);
    if (more != 0)
        return more > 0 ? 1 : -1;
    return strcmp(x->texts->host, y->texts->host);
}

/* The sensor asked for k devices as the settings were then; what is shown asks for as many as they say now.
 * Which periods there are is asked by walking over the names of keys, a thousand an answer: a store of a year has about as many. To try every
 * name that there could be takes five hundred questions. */
int site_released_read(struct web *w, struct released *r)
{
    const struct released_filter shown = {.least_devices = web_is_demo(w) ? 0 : (uint32_t)web_least_devices(w)};
    memset(r, 0, sizeof(*r));
    int rc = released_read(r, w->reader);
    return rc == 0 ? released_cut(r, &shown) : rc;
}

/* Pairs of other sites are judged with those of one: the correction for many tries is that of all that was tried. */
int site_findings_read(struct web *w, const char *site, struct site_findings *f)
{
    memset(f, 0, sizeof(*f));
    int rc = site_released_read(w, &f->released);
    if (rc == 0)
        rc = released_judge(&f->released, &(struct released_filter){0}, &f->pairs, &f->pairs_len);
    if (rc == 0)
        rc = proofs_read(&f->proofs, w->config->redis_socket, w->config->installation, site);
    if (rc == 0 && f->pairs_len > 1)
        qsort(f->pairs, f->pairs_len, sizeof(f->pairs[0]), compare_pairs);
    return rc;
}

void site_findings_fini(struct site_findings *f)
{
    free(f->pairs);
    released_fini(&f->released);
    proofs_fini(&f->proofs);
    memset(f, 0, sizeof(*f));
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static struct json *join_json(const struct proof_join *j, const char *who)
{
    static const char *const grades[] = {"none", "contacted", "told site", "told page"};
    struct json *row = json_new_object();
    char *sentence = proof_sentence(j, who);
    json_put_text(row, "grade", grades[j->grade]);
    json_put_int(row, "recordings", j->recordings);
    json_put_int(row, "contacted", j->contacted);
    json_put_int(row, "told", j->told);
    json_put_int(row, "tests", j->tests);
    json_put_int(row, "tests_seen", j->tests_seen);
    json_put_bool(row, "other_host", j->other_host);
    json_put_text(row, "sentence", or_null(sentence));
    free(sentence);
    return row;
}

struct json *site_json_told(const struct released_pair *p, const struct proofs *proofs)
{
    struct json *row = json_new_object();
    const struct store_pair *t = p->texts;
    const char *company = proof_company(t->organisation, t->tracker, "");
    struct proof_join j;
    proofs_join(proofs, t->site, t->host, company, &j);
    json_put_text(row, "host", t->host);
    json_put_text(row, "tracker", or_null(t->tracker));
    json_put_text(row, "organisation", or_null(t->organisation));
    json_put_text(row, "country", or_null(t->country));
    json_put_text(row, "purpose", purpose_word(t->purpose));
    json_put_text(row, "verdict", proof_verdict_word(p->result.verdict, &j));
    json_put_text(row, "network_verdict", evidence_verdict_word(p->result.verdict));
    json_put_int(row, "visits", p->result.visits);
    json_put_int(row, "visits_with", p->result.visits_with);
    json_put_real(row, "rate", p->result.rate);
    json_put_real(row, "control_rate", p->result.control_rate);
    json_put_real(row, "median_delay_s", p->result.median_delay_s);
    json_put_real(row, "share_within_2s", p->result.share_within_2s);
    json_put_text(row, "since", p->since->first);
    json_put(row, "proof", join_json(&j, t->host));
    return row;
}

struct json *site_json_period(const struct store_site *s)
{
    struct json *period = json_new_object();
    json_put_text(period, "period", s->period.name);
    json_put_text(period, "kind", period_word(s->period.kind));
    json_put_text(period, "first", s->period.first);
    json_put_text(period, "last", s->period.last);
    json_put_int(period, "visits", (int64_t)s->visits);
    json_put_int(period, "devices", s->devices);
    return period;
}

/* Recordings ------------------------------------------------------------------------------------------------------- */

static void put_ms(struct json *row, const char *key, int32_t ms)
{
    if (ms == STORE_PROOF_UNKNOWN_MS)
        json_put_null(row, key);
    else
        json_put_int(row, key, ms);
}

static struct json *hosts_json(const struct store_proof *p)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < p->hosts_len; i++) {
        const struct store_proof_host *h = &p->hosts[i];
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_text(row, "host", h->host);
        json_put_text(row, "tracker", or_null(h->tracker));
        json_put_text(row, "organisation", or_null(h->organisation));
        json_put_text(row, "purpose", *h->tracker || *h->organisation ? purpose_word(h->purpose) : NULL);
        json_put_text(row, "role", or_null(h->role));
        json_put_text(row, "told", store_told_word(h->told));
        json_put_int(row, "requests", h->requests);
        put_ms(row, "after_ms", h->after_ms);
        json_put_text(row, "consent", or_null(h->consent));
    }
    return rows;
}

static struct json *requests_json(const struct store_proof *p)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < p->told_len; i++) {
        const struct store_proof_request *q = &p->told[i];
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_text(row, "host", q->host);
        json_put_text(row, "parameter", q->parameter);
        json_put_text(row, "place", q->place);
        json_put_text(row, "carried", q->carried);
        json_put_bool(row, "tells_page", q->tells_page);
        json_put_text(row, "page", or_null(q->page));
        json_put_text(row, "inside", or_null(q->inside));
        put_ms(row, "after_ms", q->after_ms);
        json_put_text(row, "consent", or_null(q->consent));
        json_put_text(row, "with", or_null(q->with));
    }
    return rows;
}

static struct json *chains_json(const struct store_proof *p)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < p->chains_len; i++) {
        struct json *hosts = json_new_array();
        json_append(rows, hosts);
        for (size_t k = 0; k < p->chains[i].len; k++)
            json_append_text(hosts, p->chains[i].hosts[k]);
    }
    return rows;
}

struct json *site_json_proof(const struct store_proof *p)
{
    struct json *row = json_new_object();
    json_put_text(row, "id", p->id);
    json_put_text(row, "site", p->site);
    json_put_int(row, "kept", (int64_t)p->kept_hour_s);
    json_put_text(row, "recorded", or_null(p->recorded));
    json_put_text(row, "browser", or_null(p->browser));
    json_put_text(row, "page", or_null(p->page));
    json_put_text(row, "title", or_null(p->title));
    json_put_int(row, "pages", p->pages);
    json_put_int(row, "requests", p->requests);
    json_put_int(row, "others", p->third_party);
    json_put_int(row, "beyond", p->beyond);
    json_put_bool(row, "complete", p->complete);
    json_put_bool(row, "answered", p->answered);
    json_put(row, "hosts", hosts_json(p));
    json_put(row, "told", requests_json(p));
    json_put(row, "chains", chains_json(p));
    return row;
}

/* Staff tests ------------------------------------------------------------------------------------------------------ */

struct json *site_json_test(const struct staff_report *t)
{
    struct json *row = json_new_object(), *hosts = json_new_array();
    json_put_text(row, "id", t->id);
    json_put_int(row, "started", (int64_t)t->hour_s);
    json_put_int(row, "minutes", t->minutes);
    json_put_int(row, "visits", t->visits);
    json_put_text(row, "state", store_test_state_word(t->state));
    json_put(row, "hosts", hosts);
    for (size_t i = 0; i < t->hosts_len; i++) {
        const struct staff_host *h = &t->hosts[i];
        struct json *host = json_new_object(), *chain = json_new_array();
        json_append(hosts, host);
        json_put_text(host, "host", h->host);
        json_put_text(host, "company", staff_company(h));
        json_put_text(host, "purpose", purpose_word(h->purpose));
        json_put_text(host, "evidence", evidence_word(h->evidence));
        json_put_int(host, "after_ms", h->after_ms);
        json_put(host, "chain", chain);
        for (size_t k = 0; k < h->chain_len; k++)
            json_append_text(chain, h->chain[k]);
    }
    return row;
}

static bool is_told_earlier(const struct proofs *p, const char *site, size_t at, size_t host, const char *company)
{
    for (size_t i = 0; i <= at; i++)
        for (size_t k = 0; strcmp(p->kept[i].site, site) == 0 && k < (i == at ? host : p->kept[i].hosts_len); k++) {
            const struct store_proof_host *h = &p->kept[i].hosts[k];
            const char *name = proof_company(h->organisation, h->tracker, h->host);
            if (h->told == STORE_TOLD_PAGE && strcmp(name, company) == 0)
                return true;
        }
    return false;
}

void site_json_put_proofs(struct json *row, const struct proofs *p, const char *site)
{
    struct json *told = json_new_array();
    unsigned recordings = 0, tests = 0;
    for (size_t i = 0; i < p->kept_len; i++) {
        if (strcmp(p->kept[i].site, site) != 0)
            continue;
        recordings++;
        for (size_t k = 0; k < p->kept[i].hosts_len; k++) {
            const struct store_proof_host *h = &p->kept[i].hosts[k];
            const char *name = proof_company(h->organisation, h->tracker, h->host);
            if (h->told == STORE_TOLD_PAGE && !is_told_earlier(p, site, i, k, name))
                json_append_text(told, name);
        }
    }
    for (size_t i = 0; i < p->tests_len; i++)
        tests += strcmp(p->tests[i].site, site) == 0;
    json_put_int(row, "recordings", recordings);
    json_put_int(row, "tests", tests);
    json_put(row, "told_page", told);
}
