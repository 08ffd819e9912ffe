/* api_company.c -- one company: what its trackers are for, where it is at home, what its own rules forbid, how often it was contacted day by day, and
 * after visits to which support sites.
 *
 * The name is one that the store has (or an alert, or a finding); it is compared, never looked for in a key. Days that cannot be read are missing from
 * the row of days, which is not the same as none. No device is here: not even how many.
 */
#include "common/period.h"
#include "common/text.h"
#include "dashboard/api.h"
#include "dashboard/api_health.h"
#include "dashboard/days.h"
#include "dashboard/site_json.h"
#include "reports/companies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_SHOWN    14
#define TRACKERS_MOST 64

struct tracker_count {
    char name[STORE_WORD_MAX];
    uint64_t contacts;
};

struct company_days {
    const char *name;
    uint64_t today; /* of the day being read */
    struct tracker_count trackers[TRACKERS_MOST];
    size_t trackers_len;
};

static bool is_of(const char *tracker, const char *company)
{
    size_t n;
    const struct company_tracker *known = companies_of(tracker, &n);
    return n > 0 && strcmp(known[0].organisation, company) == 0;
}

static void add_tracker(struct company_days *d, const char *tracker, uint64_t contacts)
{
    size_t i = 0;
    while (i < d->trackers_len && strcmp(d->trackers[i].name, tracker) != 0)
        i++;
    if (i == TRACKERS_MOST || strlen(tracker) >= STORE_WORD_MAX)
        return;
    if (i == d->trackers_len) {
        d->trackers[d->trackers_len++].contacts = 0;
        strcpy(d->trackers[i].name, tracker);
    }
    d->trackers[i].contacts += contacts;
}

static void on_field(void *context, const char *field, const char *value)
{
    static const char organisation[] = "contacts:organisation:", tracker[] = "contacts:tracker:";
    struct company_days *d = context;
    if (strncmp(field, organisation, sizeof(organisation) - 1) == 0 && strcmp(field + sizeof(organisation) - 1, d->name) == 0)
        d->today = strtoull(value, NULL, 10);
    else if (strncmp(field, tracker, sizeof(tracker) - 1) == 0 && is_of(field + sizeof(tracker) - 1, d->name))
        add_tracker(d, field + sizeof(tracker) - 1, strtoull(value, NULL, 10));
}

/* The earliest first. */
static int put_days(struct web *w, struct company_days *d, struct json *root)
{
    struct json *rows = json_new_array();
    char last[FOREIGN_DAY_MAX], day[FOREIGN_DAY_MAX];
    json_put(root, "days", rows);
    days_current(w, last);
    for (int back = DAYS_SHOWN - 1; back >= 0; back--) {
        period_day_moved(last, -back, day);
        d->today = 0;
        int rc = store_reader_day(w->reader, day, on_field, d);
        if (rc == -ENOENT)
            continue;
        if (rc < 0)
            return rc;
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_text(row, "day", day);
        json_put_int(row, "contacts", (int64_t)d->today);
    }
    return 0;
}

static int most_first(const void *a, const void *b)
{
    const struct tracker_count *x = a, *y = b;
    if (x->contacts != y->contacts)
        return x->contacts < y->contacts ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void put_rule(void *context, const struct company_rule *rule)
{
    struct json *row = json_new_object();
    json_append(context, row);
    json_put_text(row, "forbids", rule->forbids);
    json_put_text(row, "rule", rule->rule);
    json_put_text(row, "source", rule->source);
    json_put_text(row, "date", rule->date);
}

static void put_trackers(struct company_days *d, struct json *root)
{
    struct json *rows = json_new_array();
    const char *country = NULL;
    json_put(root, "trackers", rows);
    if (d->trackers_len > 1)
        qsort(d->trackers, d->trackers_len, sizeof(d->trackers[0]), most_first);
    for (size_t i = 0; i < d->trackers_len; i++) {
        size_t n;
        const struct company_tracker *known = companies_of(d->trackers[i].name, &n);
        struct json *row = json_new_object(), *purposes = json_new_array(), *rules = json_new_array();
        json_append(rows, row);
        json_put_text(row, "tracker", d->trackers[i].name);
        json_put_int(row, "contacts", (int64_t)d->trackers[i].contacts);
        json_put(row, "purposes", purposes);
        json_put(row, "rules", rules);
        for (size_t k = 0; k < n; k++)
            json_append_text(purposes, purpose_word(known[k].purpose));
        companies_rules(d->trackers[i].name, put_rule, rules);
        if (n && known[0].country[0])
            country = known[0].country;
    }
    json_put_text(root, "country", country);
}

/* Findings of this company at support sites, as they stand on the sites' own pages. */
static int put_sites(struct web *w, const char *company, struct json *root)
{
    struct site_findings f;
    struct json *rows = json_new_array();
    json_put(root, "sites", rows);
    int rc = site_findings_read(w, NULL, &f);
    for (size_t i = 0; rc == 0 && i < f.pairs_len; i++) {
        const struct released_pair *p = &f.pairs[i];
        struct listed_site known = {0};
        if (strcmp(p->texts->organisation, company) != 0 || p->result.visits_with == 0)
            continue;
        struct json *row = site_json_told(p, &f.proofs);
        json_append(rows, row);
        lists_site(&w->names, p->texts->site, &known);
        json_put_text(row, "site", p->texts->site);
        json_put_text(row, "label", known.label);
    }
    site_findings_fini(&f);
    return rc;
}

void api_company(struct web_call *c)
{
    const char *name = c->request->argument(c->request, "name");
    struct company_days d = {.name = name};
    if (!name || !*name || strlen(name) >= STORE_WORD_MAX) {
        web_send_error(c, 404, "company", "there is no such company here");
        return;
    }
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return;
    }
    char clean[STORE_WORD_MAX], what[STORE_WORD_MAX + 16]; /* the name is a browser's word */
    text_clean(name, strlen(name), clean, sizeof(clean));
    snprintf(what, sizeof(what), "company %s", clean);
    if (!web_note_look(c, what))
        return;
    struct json *root = json_new_object();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", web_is_demo(c->web));
    json_put_bool(root, "lower_bounds", true);
    json_put_text(root, "company", name);
    int rc = put_days(c->web, &d, root);
    if (rc == 0)
        rc = put_sites(c->web, name, root);
    put_trackers(&d, root);
    if (rc == 0)
        rc = api_health_put_coverage(c->web, root);
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}
