/* api_site.c -- one support site: who is told, how soon, since when, week by week, and what recordings and staff tests prove.
 *
 * All figures are those of the list (api_sites.c), with the counters behind them. Everything here is of visits together; nothing is of one, but
 * where an adult made it and chose to keep it.
 */
#include "common/clock.h"
#include "common/period.h"
#include "dashboard/api.h"
#include "dashboard/api_health.h"
#include "dashboard/site_json.h"
#include "reports/change.h"
#include "reports/days.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct site_page {
    struct web *web;
    struct listed_site site;
    struct site_findings f;
    uint64_t visits;
    int rc;
};

static bool is_of(const struct site_page *p, const char *site)
{
    return strcmp(site, p->site.site) == 0;
}

static struct json *week_json(const struct change_week *w)
{
    char monday[DAYS_TEXT], name[CHANGE_WEEK_BYTES];
    struct json *row = json_new_object();
    days_text(w->monday, monday);
    json_put_text(row, "monday", monday);
    json_put_text(row, "week", change_week_name(w->monday, name));
    json_put_int(row, "weeks", w->weeks);
    json_put_int(row, "visits", (int64_t)w->visits);
    json_put_int(row, "followed", (int64_t)w->followed);
    return row;
}

/* Visits by week; `followed` is 0 and means nothing. */
static struct json *weeks(struct site_page *p)
{
    const struct released *r = &p->f.released;
    struct json *rows = json_new_array();
    struct change_period *points = calloc(r->sites_len + 1, sizeof(*points));
    struct change_week *out = calloc(r->sites_len + 1, sizeof(*out));
    size_t n = 0;
    if (!points || !out)
        p->rc = -ENOMEM;
    for (size_t i = 0; p->rc == 0 && i < r->sites_len; i++)
        if (is_of(p, r->sites[i].site))
            points[n++] = (struct change_period){.first_day = period_day_number(r->sites[i].period.first), .last_day = period_day_number(r->sites[i].period.last), .visits = r->sites[i].visits};
    n = p->rc == 0 ? change_weeks(points, n, out) : 0;
    for (size_t i = 0; i < n; i++)
        json_append(rows, week_json(&out[i]));
    free(points);
    free(out);
    return rows;
}

static void put_trend(struct site_page *p, struct json *row, const struct released_pair *pair)
{
    struct json *rows = json_new_array(), *delays = json_new_array();
    struct change_week *out;
    char sentence[CHANGE_SENTENCE_BYTES] = "";
    size_t n;
    json_put(row, "weeks", rows);
    json_put(row, "delays", delays);
    int rc = released_weeks(&p->f.released, &(struct released_filter){0}, pair->texts, &out, &n);
    if (rc < 0) {
        p->rc = rc;
        return;
    }
    for (size_t i = 0; i < n; i++)
        json_append(rows, week_json(&out[i]));
    struct change change = change_of(out, n);
    change_sentence(&change, sentence);
    free(out);
    json_put_text(row, "change", sentence[0] ? sentence : NULL);
    for (int b = 0; b < MOMENT_DELAY_BINS; b++) {
        struct json *bin = json_new_object();
        json_append(delays, bin);
        if (b < MOMENT_DELAY_BINS - 1)
            json_put_real(bin, "up_to_s", moment_delay_edge_ms[b] / 1000.0);
        else
            json_put_null(bin, "up_to_s");
        json_put_int(bin, "contacts", pair->counts.delays[b]);
    }
}

static struct json *told(struct site_page *p)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < p->f.pairs_len; i++) {
        const struct released_pair *pair = &p->f.pairs[i];
        if (!is_of(p, pair->texts->site) || pair->result.visits_with == 0)
            continue;
        struct json *row = site_json_told(pair, &p->f.proofs);
        json_append(rows, row);
        json_put_real(row, "lift", pair->result.lift);
        json_put_real(row, "ci_low", pair->result.ci_low);
        put_trend(p, row, pair);
    }
    return rows;
}

static struct json *periods(struct site_page *p)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < p->f.released.sites_len; i++)
        if (is_of(p, p->f.released.sites[i].site)) {
            json_append(rows, site_json_period(&p->f.released.sites[i]));
            p->visits += p->f.released.sites[i].visits;
        }
    return rows;
}

/* Redirect chains --------------------------------------------------------------------------------------------------- */

static bool same_chain(const struct store_proof_chain *a, const struct store_proof_chain *b)
{
    bool same = a->len == b->len;
    for (size_t i = 0; same && i < a->len; i++)
        same = strcmp(a->hosts[i], b->hosts[i]) == 0;
    return same;
}

static const struct released_pair *network_of(const struct site_page *p, const char *host)
{
    for (size_t i = 0; i < p->f.pairs_len; i++)
        if (is_of(p, p->f.pairs[i].texts->site) && strcmp(p->f.pairs[i].texts->host, host) == 0 && p->f.pairs[i].result.visits_with > 0)
            return &p->f.pairs[i];
    return NULL;
}

static const char *company_in(const struct store_proof *proof, const char *host)
{
    for (size_t i = 0; i < proof->hosts_len; i++)
        if (strcmp(proof->hosts[i].host, host) == 0)
            return *proof->hosts[i].organisation ? proof->hosts[i].organisation : *proof->hosts[i].tracker ? proof->hosts[i].tracker : NULL;
    return NULL;
}

static struct json *step_json(const struct site_page *p, const struct store_proof *proof, const char *host)
{
    struct json *row = json_new_object();
    const struct released_pair *network = network_of(p, host);
    json_put_text(row, "host", host);
    json_put_text(row, "company", company_in(proof, host));
    if (network)
        json_put_int(row, "visits_with", network->result.visits_with);
    else
        json_put_null(row, "visits_with");
    return row;
}

/* How many recordings have the chain; 0: an earlier one in the list has it too, and it was told there. */
static unsigned frequency(const struct site_page *p, size_t at, const struct store_proof_chain *chain)
{
    unsigned n = 0;
    for (size_t i = 0; i < p->f.proofs.kept_len; i++)
        for (size_t k = 0; k < p->f.proofs.kept[i].chains_len; k++)
            if (same_chain(&p->f.proofs.kept[i].chains[k], chain)) {
                if (i < at)
                    return 0;
                n++;
                break;
            }
    return n;
}

static struct json *chains(const struct site_page *p)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < p->f.proofs.kept_len; i++)
        for (size_t k = 0; k < p->f.proofs.kept[i].chains_len; k++) {
            const struct store_proof *proof = &p->f.proofs.kept[i];
            unsigned n = frequency(p, i, &proof->chains[k]);
            if (n == 0)
                continue;
            struct json *row = json_new_object(), *steps = json_new_array();
            json_append(rows, row);
            json_put_int(row, "recordings", n);
            json_put_int(row, "of", (int64_t)p->f.proofs.kept_len);
            json_put(row, "steps", steps);
            for (size_t s = 0; s < proof->chains[k].len; s++)
                json_append(steps, step_json(p, proof, proof->chains[k].hosts[s]));
        }
    return rows;
}

/* The whole -------------------------------------------------------------------------------------------------------- */

static void put_differences(struct site_page *p, struct json *root)
{
    struct proof_host_of *network = calloc(p->f.pairs_len + 1, sizeof(*network));
    size_t n = 0;
    for (size_t i = 0; network && i < p->f.pairs_len; i++) {
        const struct store_pair *t = p->f.pairs[i].texts;
        if (is_of(p, t->site) && p->f.pairs[i].result.verdict >= EVIDENCE_LIKELY)
            network[n++] = (struct proof_host_of){t->host, proof_company(t->organisation, t->tracker, "")};
    }
    char *recorded = network ? proof_only_recorded(&p->f.proofs, p->site.site, network, n) : NULL;
    char *only = network ? proof_only_network(&p->f.proofs, p->site.site, network, n) : NULL;
    if (!recorded || !only)
        p->rc = -ENOMEM;
    json_put_text(root, "only_recorded", recorded && *recorded ? recorded : NULL);
    json_put_text(root, "only_network", only && *only ? only : NULL);
    free(recorded);
    free(only);
    free(network);
}

static struct json *document(struct site_page *p)
{
    struct json *root = json_new_object(), *recordings = json_new_array(), *tests = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", web_is_demo(p->web));
    json_put_bool(root, "lower_bounds", true);
    json_put_int(root, "least_devices", web_least_devices(p->web));
    json_put_text(root, "site", p->site.site);
    json_put_text(root, "label", p->site.label);
    json_put_text(root, "category", p->site.category);
    json_put(root, "periods", periods(p));
    json_put_int(root, "visits", (int64_t)p->visits);
    json_put(root, "weeks", weeks(p));
    json_put(root, "told", told(p));
    json_put(root, "chains", chains(p));
    put_differences(p, root);
    json_put(root, "recordings", recordings);
    for (size_t i = 0; i < p->f.proofs.kept_len; i++)
        json_append(recordings, site_json_proof(&p->f.proofs.kept[i]));
    json_put(root, "tests", tests);
    for (size_t i = 0; i < p->f.proofs.tests_len; i++)
        json_append(tests, site_json_test(&p->f.proofs.tests[i]));
    if (p->rc == 0)
        p->rc = api_health_put_coverage(p->web, root);
    return root;
}

bool site_asked(struct web_call *c, struct listed_site *out)
{
    const char *name = c->request->argument(c->request, "site");
    bool fits = name && strlen(name) < 254;
    if (fits && lists_site(&c->web->names, name, out))
        return true;
    /* It may have been added since. */
    struct lists fresh;
    if (fits && lists_load_sites(c->web->config, &fresh) == 0) {
        lists_free(&c->web->names);
        c->web->names = fresh;
        if (lists_site(&c->web->names, name, out))
            return true;
    }
    web_send_error(c, 404, "site", "this is none of the listed support sites; `[feeds] sites` adds a table of your own");
    return false;
}

void api_site(struct web_call *c)
{
    struct site_page p = {.web = c->web};
    char what[128];
    if (!site_asked(c, &p.site))
        return;
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return;
    }
    snprintf(what, sizeof(what), "support site %.100s", p.site.site);
    if (!web_note_look(c, what))
        return;
    p.rc = site_findings_read(c->web, p.site.site, &p.f);
    struct json *root = p.rc == 0 ? document(&p) : NULL;
    site_findings_fini(&p.f);
    if (p.rc < 0) {
        json_free(root);
        web_send_store_error(c, p.rc);
    } else {
        web_send_json(c, 200, root);
    }
}
