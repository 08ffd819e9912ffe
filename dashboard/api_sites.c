/* api_sites.c -- what was released about support sites, site by site.
 *
 * The store has a site for days, weeks and terms in which enough distinct devices visited it, each visit in one of them; nothing else of
 * support sites is anywhere (docs/ARCHITECTURE.md, rule 3). All that is there may be shown: reports/released.h adds a site's periods up and
 * judges its trackers over them, together with all other pairs, as an export does.
 * Which periods there are is not asked: that would walk over every key of the store each time. The names that there can be are tried.
 */
#include "common/evidence.h"
#include "common/period.h"
#include "dashboard/api.h"
#include "dashboard/api_health.h"
#include "dashboard/days.h"
#include "reports/released.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_TRIED 400 /* day counters live as long: docs/STORE.md */

/* Of the answer: released->sites sorted, and the pairs judged and sorted. */
struct answer {
    struct released released;
    struct released_pair *pairs;
    size_t pairs_len;
};

/* Sites by name, a site's latest period first. */
static int compare_sites(const void *a, const void *b)
{
    const struct store_site *x = a, *y = b;
    int order = strcmp(x->site, y->site);
    return order ? order : strcmp(y->period.first, x->period.first);
}

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

static void put_told(struct json *rows, const struct released_pair *p)
{
    struct json *row = json_new_object();
    json_append(rows, row);
    json_put_text(row, "host", p->texts->host);
    json_put_text(row, "tracker", p->texts->tracker[0] ? p->texts->tracker : NULL);
    json_put_text(row, "organisation", p->texts->organisation[0] ? p->texts->organisation : NULL);
    json_put_text(row, "country", p->texts->country[0] ? p->texts->country : NULL);
    json_put_text(row, "purpose", purpose_word(p->texts->purpose));
    json_put_text(row, "verdict", evidence_verdict_word(p->result.verdict));
    json_put_int(row, "visits", p->result.visits);
    json_put_int(row, "visits_with", p->result.visits_with);
    json_put_real(row, "rate", p->result.rate);
    json_put_real(row, "control_rate", p->result.control_rate);
    json_put_real(row, "median_delay_s", p->result.median_delay_s);
    json_put_real(row, "share_within_2s", p->result.share_within_2s);
    json_put_text(row, "since", p->since->first);
}

/* Takes the rows of one site from the sorted array; returns how many. */
static size_t put_site(struct json *rows, const struct answer *a, size_t at)
{
    struct json *row = json_new_object(), *periods = json_new_array(), *told = json_new_array();
    const struct released *r = &a->released;
    const char *site = r->sites[at].site;
    uint64_t visits = 0;
    size_t n = 0;
    json_append(rows, row);
    json_put_text(row, "site", site);
    for (; at + n < r->sites_len && strcmp(r->sites[at + n].site, site) == 0; n++) {
        const struct store_site *s = &r->sites[at + n];
        struct json *period = json_new_object();
        json_append(periods, period);
        json_put_text(period, "period", s->period.name);
        json_put_text(period, "kind", period_word(s->period.kind));
        json_put_text(period, "first", s->period.first);
        json_put_text(period, "last", s->period.last);
        json_put_int(period, "visits", (int64_t)s->visits);
        json_put_int(period, "devices", s->devices);
        visits += s->visits;
    }
    json_put_int(row, "visits", (int64_t)visits);
    for (size_t i = 0; i < a->pairs_len; i++)
        if (strcmp(a->pairs[i].texts->site, site) == 0 && a->pairs[i].result.visits_with > 0)
            put_told(told, &a->pairs[i]);
    json_put(row, "told", told);
    json_put(row, "periods", periods);
    return n;
}

static struct json *document(struct web *w, struct answer *a)
{
    struct released *r = &a->released;
    struct json *root = json_new_object(), *rows = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", web_is_demo(w));
    json_put_bool(root, "lower_bounds", true);
    json_put_int(root, "least_devices", w->config->k);
    json_put(root, "sites", rows);
    if (r->sites_len > 1)
        qsort(r->sites, r->sites_len, sizeof(r->sites[0]), compare_sites);
    if (a->pairs_len > 1)
        qsort(a->pairs, a->pairs_len, sizeof(a->pairs[0]), compare_pairs);
    for (size_t i = 0; i < r->sites_len;)
        i += put_site(rows, a, i);
    return root;
}

static int fill(struct web *w, struct answer *a)
{
    char today[FOREIGN_DAY_MAX];
    days_current(w, today);
    int32_t last = period_day_number(today);
    int rc = released_read_days(&a->released, w->reader, last - DAYS_TRIED, last);
    return rc < 0 ? rc : released_judge(&a->released, &(struct released_filter){0}, &a->pairs, &a->pairs_len);
}

void api_sites(struct web_call *c)
{
    struct answer a = {0};
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return;
    }
    if (!web_note_look(c, "support sites"))
        return;
    int rc = fill(c->web, &a);
    struct json *root = rc == 0 ? document(c->web, &a) : NULL;
    if (rc == 0)
        rc = api_health_put_coverage(c->web, root);
    free(a.pairs);
    released_fini(&a.released);
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}
