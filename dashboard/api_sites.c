/* api_sites.c -- what was released about support sites, site by site.
 *
 * The store has a site for days, weeks and terms in which enough distinct devices visited it, each visit in one of them; nothing else of
 * support sites is anywhere (docs/ARCHITECTURE.md, rule 3). All that is there may be shown, so a site's periods are added up and its
 * trackers judged over them, together with all other pairs, as an export does.
 * Which periods there are is not asked: that would walk over every key of the store each time. The names that there can be are tried,
 * about a hundred of them: days of five weeks, weeks and terms of a year.
 */
#include "common/clock.h"
#include "common/evidence.h"
#include "common/period.h"
#include "dashboard/api.h"
#include "dashboard/api_health.h"
#include "dashboard/days.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_SHOWN  35
#define DAYS_TRIED  400

struct pooled {
    struct store_pair pair; /* of the earliest period in which it followed */
    struct evidence_result result;
};

struct released {
    struct store_site *sites;
    struct pooled *pairs;
    size_t sites_len, sites_room, pairs_len, pairs_room;
    int rc;
};

static void *room_for_one(struct released *r, void *array, size_t len, size_t *room, size_t element)
{
    if (len < *room)
        return array;
    size_t wanted = *room ? 2 * *room : 32;
    void *larger = reallocarray(array, wanted, element);
    if (!larger) {
        r->rc = -ENOMEM;
        return array;
    }
    *room = wanted;
    return larger;
}

static void on_site(void *context, const struct store_site *s)
{
    struct released *r = context;
    r->sites = room_for_one(r, r->sites, r->sites_len, &r->sites_room, sizeof(*r->sites));
    if (r->sites_len < r->sites_room)
        r->sites[r->sites_len++] = *s;
}

static bool ever_followed(const struct moment_counts *c)
{
    for (int i = 0; i < MOMENT_CONTEXTS; i++)
        if (c->contexts[i].visits_followed)
            return true;
    return false;
}

static void on_pair(void *context, const struct store_pair *p)
{
    struct released *r = context;
    for (size_t i = 0; i < r->pairs_len; i++) {
        struct store_pair *known = &r->pairs[i].pair;
        if (strcmp(known->site, p->site) != 0 || strcmp(known->host, p->host) != 0)
            continue;
        if (ever_followed(&p->counts) && (!ever_followed(&known->counts) || strcmp(p->period.first, known->period.first) < 0))
            known->period = p->period;
        moment_counts_add(&known->counts, &p->counts);
        return;
    }
    r->pairs = room_for_one(r, r->pairs, r->pairs_len, &r->pairs_room, sizeof(*r->pairs));
    if (r->pairs_len < r->pairs_room)
        r->pairs[r->pairs_len++].pair = *p;
}

/* Each period once: it is tried on its last day, or on today. */
static void read_periods(struct store_reader *reader, const char *today, struct released *r)
{
    char day[FOREIGN_DAY_MAX];
    for (int back = 0; back < DAYS_TRIED && r->rc == 0; back++) {
        days_before(today, back, day);
        for (int kind = PERIOD_DAY; kind < PERIOD_KINDS && r->rc == 0; kind++) {
            struct period p;
            if ((kind == PERIOD_DAY && back >= DAYS_SHOWN) || !period_of(day, (enum period_kind)kind, &p) || (back > 0 && strcmp(p.last, day) != 0))
                continue;
            int rc = store_reader_site_period(reader, p.name, on_site, on_pair, r);
            if (rc < 0 && rc != -ENOENT)
                r->rc = rc;
        }
    }
}

static int judge(struct released *r)
{
    struct evidence_pair *in = calloc(r->pairs_len + 1, sizeof(*in));
    struct evidence_result *out = calloc(r->pairs_len + 1, sizeof(*out));
    int rc = in && out ? 0 : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < r->pairs_len; i++) {
        in[i].strata = r->pairs[i].pair.counts.contexts;
        in[i].strata_len = MOMENT_CONTEXTS;
        memcpy(in[i].delays, r->pairs[i].pair.counts.delays, sizeof(in[i].delays));
    }
    if (rc == 0)
        rc = evidence_judge(in, r->pairs_len, out);
    for (size_t i = 0; rc == 0 && i < r->pairs_len; i++)
        r->pairs[i].result = out[i];
    free(in);
    free(out);
    return rc;
}

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
    const struct pooled *x = a, *y = b;
    if (x->result.verdict != y->result.verdict)
        return x->result.verdict < y->result.verdict ? 1 : -1;
    double more = (y->result.rate - y->result.control_rate) - (x->result.rate - x->result.control_rate);
    if (more != 0)
        return more > 0 ? 1 : -1;
    return strcmp(x->pair.host, y->pair.host);
}

static void put_told(struct json *rows, const struct pooled *p)
{
    struct json *row = json_new_object();
    json_append(rows, row);
    json_put_text(row, "host", p->pair.host);
    json_put_text(row, "tracker", p->pair.tracker[0] ? p->pair.tracker : NULL);
    json_put_text(row, "organisation", p->pair.organisation[0] ? p->pair.organisation : NULL);
    json_put_text(row, "country", p->pair.country[0] ? p->pair.country : NULL);
    json_put_text(row, "purpose", purpose_word(p->pair.purpose));
    json_put_text(row, "verdict", evidence_verdict_word(p->result.verdict));
    json_put_int(row, "visits", p->result.visits);
    json_put_int(row, "visits_with", p->result.visits_with);
    json_put_real(row, "rate", p->result.rate);
    json_put_real(row, "control_rate", p->result.control_rate);
    json_put_real(row, "median_delay_s", p->result.median_delay_s);
    json_put_real(row, "share_within_2s", p->result.share_within_2s);
    json_put_text(row, "since", p->pair.period.first);
}

/* Takes the rows of one site from the sorted array; returns how many. */
static size_t put_site(struct json *rows, const struct released *r, size_t at)
{
    struct json *row = json_new_object(), *periods = json_new_array(), *told = json_new_array();
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
    for (size_t i = 0; i < r->pairs_len; i++)
        if (strcmp(r->pairs[i].pair.site, site) == 0 && r->pairs[i].result.visits_with > 0)
            put_told(told, &r->pairs[i]);
    json_put(row, "told", told);
    json_put(row, "periods", periods);
    return n;
}

static struct json *document(struct web *w, struct released *r)
{
    struct json *root = json_new_object(), *rows = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", web_is_demo(w));
    json_put_bool(root, "lower_bounds", true);
    json_put_int(root, "least_devices", w->config->k);
    json_put(root, "sites", rows);
    if (r->sites_len > 1)
        qsort(r->sites, r->sites_len, sizeof(r->sites[0]), compare_sites);
    if (r->pairs_len > 1)
        qsort(r->pairs, r->pairs_len, sizeof(r->pairs[0]), compare_pairs);
    for (size_t i = 0; i < r->sites_len;)
        i += put_site(rows, r, i);
    return root;
}

void api_sites(struct web_call *c)
{
    struct released r = {0};
    char today[FOREIGN_DAY_MAX];
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return;
    }
    if (!web_note_look(c, "support sites"))
        return;
    days_current(c->web, today);
    read_periods(c->web->reader, today, &r);
    int rc = r.rc == 0 ? judge(&r) : r.rc;
    struct json *root = rc == 0 ? document(c->web, &r) : NULL;
    if (rc == 0)
        rc = api_health_put_coverage(c->web, root);
    free(r.sites);
    free(r.pairs);
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}
