/* summary_json.c -- a summary as one JSON object: the contract of docs/export.schema.json. */
#include "reports/day_summary.h"

#include "common/json.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static struct json *add(struct json *array)
{
    struct json *o = json_new_object();
    json_append(array, o);
    return o;
}

static struct json *put_array(struct json *o, const char *key)
{
    struct json *array = json_new_array();
    json_put(o, key, array);
    return array;
}

static void put_sentences(struct json *o, const char *key, char **sentences)
{
    struct json *list = sentences ? json_new_array() : NULL;
    for (size_t i = 0; sentences && sentences[i]; i++)
        json_append_text(list, sentences[i]);
    json_put(o, key, list); /* NULL: a failed adder */
    summary_sentences_free(sentences);
}

static void put_purposes(struct json *o, unsigned purposes)
{
    struct json *list = put_array(o, "purposes");
    for (int p = 0; p < PURPOSE_COUNT; p++)
        if (purposes & 1u << p)
            json_append_text(list, purpose_word((enum purpose)p));
}

static void put_counts(struct json *root, const struct day_summary *s)
{
    struct json *evidence = json_new_object(), *purposes = json_new_object();
    json_put_count(root, "contacts", s->contacts);
    json_put_count(root, "reached", day_summary_reached(s));
    json_put(root, "by_evidence", evidence);
    for (int e = 0; e < EVIDENCE_COUNT; e++)
        json_put_count(evidence, evidence_word((enum evidence)e), s->by_evidence[e]);
    json_put(root, "by_purpose", purposes);
    for (int p = 0; p < PURPOSE_COUNT; p++)
        json_put_count(purposes, purpose_word((enum purpose)p), s->by_purpose[p]);
    json_put_int(root, "hours_rounded_to", s->exact ? 1 : SUMMARY_HOUR_STEP);
    struct json *hours = put_array(root, "by_hour");
    for (unsigned hour = 0; hour < 24; hour++) {
        struct json *row = add(hours);
        json_put_int(row, "hour", hour);
        json_put_count(row, "contacts", day_summary_hour(s, hour));
    }
}

static void put_who(struct json *root, const struct day_summary *s)
{
    struct json *rows = put_array(root, "companies");
    for (size_t i = 0; i < s->companies_len; i++) {
        struct json *row = add(rows);
        json_put_text(row, "company", s->companies[i].name);
        put_purposes(row, s->companies[i].purposes);
        json_put_count(row, "contacts", s->companies[i].contacts);
    }
    rows = put_array(root, "trackers");
    for (size_t i = 0; i < s->trackers_len; i++) {
        const struct summary_tracker *t = &s->trackers[i];
        struct json *row = add(rows);
        json_put_text(row, "tracker", t->name);
        json_put_text(row, "company", t->company);
        put_purposes(row, t->purposes);
        json_put_count(row, "contacts", t->contacts);
        json_put_bool(row, "new", t->fresh);
        json_put_text(row, "first_day", t->first_day[0] ? t->first_day : NULL);
    }
    rows = put_array(root, "countries");
    for (size_t i = 0; i < s->countries_len; i++) {
        struct json *row = add(rows);
        json_put_text(row, "country", s->countries[i].code);
        json_put_count(row, "contacts", s->countries[i].contacts);
    }
}

static void put_days(struct json *root, const struct day_summary *s)
{
    struct json *rows = put_array(root, "days");
    for (size_t i = 0; i < s->days_len; i++) {
        const struct summary_day *d = &s->days[i];
        struct json *row = add(rows);
        json_put_text(row, "day", d->day);
        json_put_bool(row, "recorded", d->recorded);
        json_put_count(row, "contacts", d->contacts);
        if (d->devices >= 0)
            json_put_int(row, "devices", d->devices);
        else
            json_put_null(row, "devices");
        if (d->covered) {
            json_put_count(row, "flows", d->flows);
            json_put_count(row, "named", d->named);
            json_put_real(row, "share", summary_day_share(d));
        } else {
            json_put_null(row, "flows");
            json_put_null(row, "named");
            json_put_null(row, "share");
        }
    }
    rows = put_array(root, "devices");
    for (size_t i = 0; i < s->devices_len && !day_summary_is_range(s); i++) {
        char band[SUMMARY_BAND_MAX];
        struct json *row = add(rows);
        json_put_text(row, "device", s->devices[i].pseudonym);
        json_put_text(row, "label", s->devices[i].label);
        if (s->exact)
            json_put_count(row, "contacts", s->devices[i].contacts);
        else
            json_put_text(row, "contacts", day_summary_band(s, &s->devices[i], band));
    }
}

static void put_disclosure(struct json *rows, const struct report_disclosure *d)
{
    const struct evidence_result *e = &d->result;
    struct json *row = add(rows);
    json_put_text(row, "host", d->host);
    json_put_text(row, "tracker", d->tracker);
    json_put_text(row, "company", d->organisation);
    json_put_text(row, "purpose", purpose_word(d->purpose));
    json_put_count(row, "visits", e->visits);
    json_put_count(row, "visits_with", e->visits_with);
    if (d->days > 0) {
        json_put_count(row, "days", d->days);
        json_put_count(row, "days_with", d->days_with);
    } else {
        json_put_null(row, "days");
        json_put_null(row, "days_with");
    }
    json_put_real(row, "rate", e->rate);
    json_put_real(row, "control_rate", e->control_rate);
    json_put_real(row, "lift", e->lift);
    json_put_real(row, "ci_low", e->ci_low);
    json_put_real(row, "q_value", e->q_value);
    json_put_real(row, "median_delay_s", e->visits_with > 0 ? e->median_delay_s : (double)NAN);
    json_put_real(row, "share_within_2s", e->share_within_2s);
    json_put_text(row, "verdict", evidence_verdict_word(e->verdict));
    json_put_text(row, "proof", d->proof);
}

static void put_site(struct json *rows, const struct summary_site *site)
{
    struct json *row = add(rows);
    json_put_text(row, "site", site->site);
    json_put_text(row, "label", site->label);
    json_put_text(row, "category", site->category);
    struct json *periods = put_array(row, "periods");
    for (size_t i = 0; i < site->periods_len; i++) {
        struct json *period = add(periods);
        json_put_text(period, "period", site->periods[i].period);
        json_put_count(period, "visits", site->periods[i].visits);
        if (site->periods[i].devices > 0)
            json_put_count(period, "devices", site->periods[i].devices);
        else
            json_put_null(period, "devices");
    }
    put_sentences(row, "sentences", summary_site_sentences(site));
    json_put_text(row, "proof", site->proof);
    struct json *disclosures = put_array(row, "disclosures");
    for (size_t i = 0; i < site->disclosures_len; i++)
        put_disclosure(disclosures, &site->disclosures[i]);
}

static void put_machinery(struct json *root, const struct day_summary *s)
{
    const struct summary_coverage *c = &s->coverage;
    struct json *coverage = NULL, *blind, *funnel = json_new_object();
    if (c->scope == SUMMARY_NOT_COUNTED) {
        json_put_null(root, "coverage");
    } else {
        coverage = json_new_object();
        blind = json_new_object();
        json_put(root, "coverage", coverage);
        json_put_text(coverage, "counted_for", c->scope == SUMMARY_OF_PERIOD ? "period" : s->demo ? "replay" : "since start");
        json_put_text(coverage, "since", c->since[0] ? c->since : NULL);
        json_put_text(coverage, "until", c->until[0] ? c->until : NULL);
        if (c->days > 0)
            json_put_count(coverage, "days", c->days);
        else
            json_put_null(coverage, "days");
        json_put_count(coverage, "flows", c->flows);
        json_put_count(coverage, "named", c->named);
        json_put_real(coverage, "share", day_summary_share(s));
        json_put(coverage, "blind", blind);
        for (int b = 0; b < BLIND_COUNT; b++)
            json_put_count(blind, blind_spot_word((enum blind_spot)b), c->blind[b]);
        json_put_count(coverage, "gaps", c->gaps);
        json_put_count(coverage, "gap_seconds", c->gap_seconds);
        json_put_count(coverage, "packets_lost", c->lost);
        json_put_count(coverage, "packets_unreadable", c->unreadable);
        json_put_count(coverage, "contacts_lost", c->sightings_lost);
    }
    json_put(root, "funnel", funnel);
    if (c->names_seen > 0) {
        json_put_count(funnel, "names", c->names_seen);
        json_put_count(funnel, "third_party", c->names_along);
    } else {
        json_put_null(funnel, "names");
        json_put_null(funnel, "third_party");
    }
    json_put_count(funnel, "listed", s->contacts);
    json_put_count(funnel, "reported", day_summary_reached(s));
}

int summary_write_json(const struct day_summary *s, FILE *out)
{
    struct json *root = json_new_object();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", s->demo);
    json_put_text(root, "note", day_summary_note(s));
    json_put_text(root, "source", s->source);
    json_put_text(root, "from", s->first_day);
    json_put_text(root, "to", s->last_day);
    struct period term;
    json_put_text(root, "term", day_summary_term(s, &term) ? term.name : NULL);
    json_put_text(root, "made_on", s->made_on);
    json_put_text(root, "lists", s->feeds);
    json_put_count(root, "earlier_days", s->earlier_days);
    put_sentences(root, "sentences", day_summary_sentences(s));
    put_counts(root, s);
    put_who(root, s);
    put_days(root, s);
    struct json *sites = put_array(root, "sites");
    for (size_t i = 0; i < s->sites_len; i++)
        put_site(sites, &s->sites[i]);
    put_machinery(root, s);
    int rc = s->rc < 0 ? s->rc : json_write(root, out);
    json_free(root);
    return rc < 0 ? rc : report_finish(out);
}
