/* api_today.c -- a day's contacts and companies. What a company is for is not in the day's counters: it comes from the built-in list, by
 * the trackers that were seen. */
#include "common/log.h"
#include "common/period.h"
#include "dashboard/api.h"
#include "dashboard/api_health.h"
#include "dashboard/day_totals.h"
#include "dashboard/days.h"
#include "reports/companies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEK 7
#define TOP 10

static void count_device(void *context, const char *name, const char *value)
{
    (void)value;
    if (!strchr(name, ':'))
        ++*(int64_t *)context;
}

static struct json *purposes_of_day(const struct day_totals *t)
{
    struct json *rows = json_new_array();
    for (int p = 0; p < PURPOSE_COUNT; p++) {
        if (!t->purposes[p])
            continue;
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_text(row, "purpose", purpose_word((enum purpose)p));
        json_put_int(row, "contacts", (int64_t)t->purposes[p]);
    }
    return rows;
}

/* The purposes of a company's trackers that were contacted, each once, the most worrying first. */
static struct json *purposes_of_company(const struct day_totals *t, const char *organisation)
{
    bool has[PURPOSE_COUNT] = {false};
    struct json *out = json_new_array();
    for (size_t i = 0; i < t->trackers.count; i++) {
        size_t n;
        const struct company_tracker *rows = companies_of(t->trackers.rows[i].name, &n);
        for (size_t k = 0; k < n; k++)
            if (strcmp(rows[k].organisation, organisation) == 0)
                has[rows[k].purpose] = true;
    }
    for (int p = 0; p < PURPOSE_COUNT; p++)
        if (has[p])
            json_append_text(out, purpose_word((enum purpose)p));
    return out;
}

static struct json *top_companies(const struct day_totals *t)
{
    struct json *rows = json_new_array();
    for (size_t i = 0; i < t->organisations.count && i < TOP; i++) {
        struct json *row = json_new_object();
        json_append(rows, row);
        json_put_text(row, "company", t->organisations.rows[i].name);
        json_put_int(row, "contacts", (int64_t)t->organisations.rows[i].contacts);
        json_put(row, "purposes", purposes_of_company(t, t->organisations.rows[i].name));
    }
    return rows;
}

/* The seven days before this one: their sums, and which companies of today they did not have. */
static int put_week(struct json *root, struct store_reader *r, const char *day, const struct day_totals *t)
{
    struct json *week = json_new_array(), *fresh = json_new_array();
    bool *known = calloc(t->organisations.count + 1, sizeof(*known));
    int rc = known ? 0 : -ENOMEM, compared = 0;
    json_put(root, "week", week);
    json_put(root, "new_companies", fresh);
    for (int back = WEEK; back >= 1 && rc == 0; back--) {
        struct day_totals before;
        char then[FOREIGN_DAY_MAX];
        period_day_moved(day, -back, then);
        rc = day_totals_read(r, then, &before);
        struct json *row = json_new_object();
        json_append(week, row);
        json_put_text(row, "day", then);
        json_put_int(row, "contacts", rc == 0 ? (int64_t)before.contacts : 0);
        json_put_int(row, "companies", rc == 0 ? (int64_t)before.organisations.count : 0);
        if (rc == 0) {
            compared++;
            for (size_t i = 0; i < t->organisations.count; i++)
                known[i] |= named_counts_has(&before.organisations, t->organisations.rows[i].name);
            day_totals_fini(&before);
        } else if (rc == -ENOENT) {
            rc = 0;
        }
    }
    for (size_t i = 0; i < t->organisations.count && compared > 0 && rc == 0; i++)
        if (!known[i])
            json_append_text(fresh, t->organisations.rows[i].name);
    json_put_int(root, "days_compared", compared);
    free(known);
    return rc;
}

static void put_day(struct json *root, const struct shown_day *day, bool demo)
{
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", demo);
    json_put_text(root, "day", day->day);
    json_put_text(root, "today", day->today);
    json_put_bool(root, "is_today", day->is_today);
    json_put_bool(root, "lower_bounds", true);
}

/* A day's total gets the contacts that were withheld near visits once it is over, the hours do not (docs/STORE.md): exact ones would tell how
 * many those were. So hours of a day that is over are in tens, as in exports; today's total has none of them yet. */
static int64_t hour_shown(uint64_t contacts, bool exact)
{
    return exact ? (int64_t)contacts : (int64_t)((contacts + 5) / 10 * 10);
}

static int put_totals(struct json *root, struct store_reader *r, const char *day, struct day_totals *t, bool exact)
{
    int64_t devices = 0;
    int rc = store_reader_devices(r, day, count_device, &devices);
    if (rc < 0 && rc != -ENOENT)
        return rc;
    struct json *hours = json_new_array(), *evidence = json_new_object();
    json_put_int(root, "contacts", (int64_t)t->contacts);
    json_put_int(root, "devices", devices);
    json_put_int(root, "companies", (int64_t)t->organisations.count);
    json_put_int(root, "trackers", (int64_t)t->trackers.count);
    json_put_bool(root, "hours_exact", exact);
    json_put(root, "hours", hours);
    for (int h = 0; h < 24; h++) {
        struct json *row = json_new_object();
        json_append(hours, row);
        json_put_int(row, "hour", h);
        json_put_int(row, "contacts", hour_shown(t->hours[h], exact));
    }
    json_put(root, "evidence", evidence);
    for (int e = 0; e < EVIDENCE_COUNT; e++)
        json_put_int(evidence, evidence_word((enum evidence)e), (int64_t)t->evidence[e]);
    json_put(root, "purposes", purposes_of_day(t));
    json_put(root, "top", top_companies(t));
    return put_week(root, r, day, t);
}

/* Reads the day for a handler, after noting the look. False: the error is sent. */
static bool read_day(struct web_call *c, const char *page, struct shown_day *day, struct day_totals *t)
{
    char what[64];
    if (!days_shown(c, day))
        return false;
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return false;
    }
    snprintf(what, sizeof(what), "%s, %s", page, day->day);
    if (!web_note_look(c, what))
        return false;
    int rc = day_totals_read(c->web->reader, day->day, t);
    if (rc < 0 && rc != -ENOENT) {
        web_send_store_error(c, rc);
        return false;
    }
    return true;
}

void api_today(struct web_call *c)
{
    struct shown_day day;
    struct day_totals t;
    if (!read_day(c, "today", &day, &t))
        return;
    struct json *root = json_new_object();
    bool demo = t.demo || web_is_demo(c->web);
    put_day(root, &day, demo);
    int rc = put_totals(root, c->web->reader, day.day, &t, day.is_today || demo);
    if (rc == 0)
        rc = api_health_put_coverage(c->web, root);
    day_totals_fini(&t);
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}

/* --- companies -------------------------------------------------------------------------------------------------------------- */

static void put_rule(void *context, const struct company_rule *rule)
{
    struct json *row = json_new_object();
    json_append(context, row);
    json_put_text(row, "forbids", rule->forbids);
    json_put_text(row, "rule", rule->rule);
    json_put_text(row, "source", rule->source);
    json_put_text(row, "date", rule->date);
}

static void put_tracker(struct json *rows, struct json *rules, const struct named_count *seen, const struct company_tracker *known, size_t n)
{
    struct json *row = json_new_object(), *purposes = json_new_array();
    json_append(rows, row);
    json_put_text(row, "tracker", seen->name);
    json_put_int(row, "contacts", (int64_t)seen->contacts);
    json_put(row, "purposes", purposes);
    for (size_t k = 0; k < n; k++)
        json_append_text(purposes, purpose_word(known[k].purpose));
    if (rules)
        companies_rules(seen->name, put_rule, rules);
}

static struct json *company(const struct day_totals *t, const struct named_count *of)
{
    struct json *row = json_new_object(), *trackers = json_new_array(), *rules = json_new_array();
    const char *country = NULL;
    json_put_text(row, "company", of->name);
    json_put_int(row, "contacts", (int64_t)of->contacts);
    json_put(row, "purposes", purposes_of_company(t, of->name));
    json_put(row, "trackers", trackers);
    json_put(row, "rules", rules);
    for (size_t i = 0; i < t->trackers.count; i++) {
        size_t n;
        const struct company_tracker *known = companies_of(t->trackers.rows[i].name, &n);
        if (!n || strcmp(known[0].organisation, of->name) != 0)
            continue;
        put_tracker(trackers, rules, &t->trackers.rows[i], known, n);
        if (known[0].country[0])
            country = known[0].country;
    }
    json_put_text(row, "country", country);
    return row;
}

void api_companies(struct web_call *c)
{
    struct shown_day day;
    struct day_totals t;
    if (!read_day(c, "companies", &day, &t))
        return;
    struct json *root = json_new_object(), *rows = json_new_array(), *unlisted = json_new_array();
    put_day(root, &day, t.demo || web_is_demo(c->web));
    json_put(root, "companies", rows);
    for (size_t i = 0; i < t.organisations.count; i++)
        json_append(rows, company(&t, &t.organisations.rows[i]));
    json_put(root, "unlisted_trackers", unlisted);
    for (size_t i = 0; i < t.trackers.count; i++) {
        size_t n;
        if (!companies_of(t.trackers.rows[i].name, &n))
            put_tracker(unlisted, NULL, &t.trackers.rows[i], NULL, 0);
    }
    int rc = api_health_put_coverage(c->web, root);
    day_totals_fini(&t);
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}
