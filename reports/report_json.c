/* report_json.c -- a report as one JSON object: the contract of `telltale read -o json` (docs/REPORT.md).
 *
 * A capture of a school's day can hold a hundred thousand contacts, so no tree of the whole report is built. The frame
 * of the object is written by hand; each row is built, written on a line of its own and freed. That keeps memory flat,
 * and the output easy to read with line tools (json_rows.h).
 */
#include "reports/capture_report.h"

#include "reports/json_rows.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <math.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Seconds since the epoch, to the microsecond; never: null. */
static void put_time(struct json *object, const char *key, uint64_t ns)
{
    json_put_real(object, key, ns ? (double)(ns / 1000) / 1e6 : (double)NAN);
}

static struct json *text_list(char *const *texts, size_t n)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < n; i++)
        json_append_text(list, texts[i]);
    return list;
}

static struct json *capture_json(const struct capture_report *r)
{
    struct json *capture = json_new_object();
    json_put(capture, "files", text_list(r->files, r->files_len));
    json_put_count(capture, "packets", r->packets);
    json_put_count(capture, "bytes", r->bytes);
    put_time(capture, "first", r->first_ns);
    put_time(capture, "last", r->last_ns);
    json_put_count(capture, "truncated", r->truncated);
    json_put_count(capture, "malformed", r->malformed);
    json_put_count(capture, "dropped", r->dropped);
    return capture;
}

static struct json *coverage_json(const struct capture_report *r)
{
    struct json *coverage = json_new_object();
    json_put_count(coverage, "flows", r->flows);
    json_put_count(coverage, "named", r->named);
    json_put_real(coverage, "share", report_coverage(r));
    struct json *blind = json_new_object();
    for (int b = 0; b < BLIND_COUNT; b++)
        json_put_count(blind, blind_spot_word((enum blind_spot)b), r->blind[b]);
    json_put(coverage, "blind", blind);
    return coverage;
}

/* Where the findings come from: which lists were looked for. */
static struct json *rules_json(const struct capture_report *r)
{
    struct json *rules = json_new_object();
    json_put_text(rules, "feeds", r->feeds);
    json_put_count(rules, "trackers", r->tracker_rules);
    json_put_count(rules, "sites", r->site_rules);
    return rules;
}

static struct json *application_json(const void *row)
{
    const struct report_application *a = row;
    struct json *application = json_new_object();
    json_put_text(application, "name", a->name);
    json_put_text(application, "category", a->category);
    json_put_count(application, "flows", a->flows);
    json_put_count(application, "bytes", a->bytes);
    return application;
}

static struct json *device_json(const void *row)
{
    const struct report_device *d = row;
    struct json *device = json_new_object();
    json_put_text(device, "device", d->device);
    json_put_text(device, "label", d->label);
    put_time(device, "first", d->first_ns);
    put_time(device, "last", d->last_ns);
    json_put_count(device, "flows", d->flows);
    json_put_count(device, "contacts", d->contacts);
    json_put_bool(device, "randomised_mac", d->randomised_mac);
    json_put_bool(device, "hidden_dns", d->hidden_dns);
    json_put_bool(device, "doubtful", d->doubtful);
    return device;
}

static struct json *seen_by_json(unsigned seen_by)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < REPORT_SEEN_BY_WORDS; i++)
        if (seen_by & report_seen_by[i].bit)
            json_append_text(list, report_seen_by[i].word);
    return list;
}

static struct json *contact_json(const void *row)
{
    const struct report_contact *c = row;
    struct json *contact = json_new_object();
    json_put_text(contact, "device", c->device);
    json_put_text(contact, "host", c->host);
    json_put_text(contact, "matched", c->matched);
    json_put_text(contact, "tracker", c->tracker);
    json_put_text(contact, "organisation", c->organisation);
    json_put_text(contact, "home_country", c->home_country);
    json_put_text(contact, "purpose", purpose_word(c->purpose));
    json_put_text(contact, "evidence", evidence_word(c->evidence));
    json_put(contact, "seen_by", seen_by_json(c->seen_by));
    json_put_text(contact, "role", c->role);
    if (c->chain)
        json_put(contact, "chain", text_list(c->chain, c->chain_len));
    else
        json_put_null(contact, "chain");
    json_put_count(contact, "connections", c->connections);
    json_put_count(contact, "bytes_up", c->bytes_up);
    json_put_count(contact, "bytes_down", c->bytes_down);
    put_time(contact, "first", c->first_ns);
    put_time(contact, "last", c->last_ns);
    json_put_text(contact, "country", c->country);
    if (c->asn >= 0)
        json_put_int(contact, "asn", c->asn);
    else
        json_put_null(contact, "asn");
    json_put_text(contact, "feed", c->feed);
    return contact;
}

static struct json *disclosure_json(const struct report_disclosure *d)
{
    const struct evidence_result *e = &d->result;
    struct json *disclosure = json_new_object();
    json_put_text(disclosure, "host", d->host);
    json_put_text(disclosure, "tracker", d->tracker);
    json_put_text(disclosure, "organisation", d->organisation);
    json_put_text(disclosure, "purpose", purpose_word(d->purpose));
    json_put_count(disclosure, "visits_with", e->visits_with);
    json_put_real(disclosure, "rate", e->rate);
    json_put_real(disclosure, "control_rate", e->control_rate);
    json_put_real(disclosure, "lift", e->lift);
    json_put_real(disclosure, "ci_low", e->ci_low);
    json_put_real(disclosure, "q_value", e->q_value);
    json_put_real(disclosure, "median_delay_s", e->visits_with > 0 ? e->median_delay_s : (double)NAN);
    json_put_real(disclosure, "share_within_2s", e->share_within_2s);
    json_put_text(disclosure, "verdict", evidence_verdict_word(e->verdict));
    json_put_text(disclosure, "role", d->role);
    if (d->before) {
        struct json *before = json_new_object();
        json_put_text(before, "host", d->before);
        json_put_count(before, "visits", d->before_visits);
        json_put(disclosure, "before", before);
    } else {
        json_put_null(disclosure, "before");
    }
    return disclosure;
}

static struct json *site_json(const void *row)
{
    const struct report_site *s = row;
    struct json *site = json_new_object();
    json_put_text(site, "site", s->site);
    json_put_text(site, "label", s->label);
    json_put_text(site, "category", s->category);
    json_put_count(site, "visits", s->visits);
    if (s->devices >= 0)
        json_put_int(site, "devices", s->devices);
    else
        json_put_null(site, "devices");
    struct json *disclosures = json_new_array();
    for (size_t i = 0; i < s->disclosures_len; i++)
        json_append(disclosures, disclosure_json(&s->disclosures[i]));
    json_put(site, "disclosures", disclosures);
    return site;
}

static struct json *leak_json(const void *row)
{
    const struct report_leak *l = row;
    struct json *leak = json_new_object();
    json_put_text(leak, "site", l->site);
    json_put_text(leak, "host", l->host);
    json_put_text(leak, "parameter", l->parameter);
    json_put_text(leak, "page", l->page);
    json_put_text(leak, "via", l->via);
    return leak;
}

struct section {
    const char *key;
    const void *rows;
    size_t len, row_bytes;
    struct json *(*row_json)(const void *row);
};

static void write_section(struct json_rows *w, const struct section *s, bool last)
{
    json_rows_begin(w, s->key);
    for (size_t i = 0; i < s->len && w->rc == 0; i++)
        json_rows_add(w, s->row_json((const char *)s->rows + i * s->row_bytes));
    json_rows_end(w, last);
}

static int write_members(const struct capture_report *r, FILE *out)
{
    struct json_rows w = {.out = out};
    fprintf(out, "  \"schema\": 1,\n  \"demo\": %s,\n  \"note\": \"%s\",\n", r->demo ? "true" : "false",
            report_note(r));
    fprintf(out, "  \"withheld\": %llu,\n", (unsigned long long)r->withheld);
    json_rows_member(&w, "rules", rules_json(r));
    json_rows_member(&w, "capture", capture_json(r));
    json_rows_member(&w, "coverage", coverage_json(r));
    const struct section sections[] = {
        {"applications", r->applications, r->applications_len, sizeof(*r->applications), application_json},
        {"devices", r->devices, r->devices_len, sizeof(*r->devices), device_json},
        {"contacts", r->contacts, r->contacts_len, sizeof(*r->contacts), contact_json},
        {"sites", r->sites, r->sites_len, sizeof(*r->sites), site_json},
        {"leaks", r->leaks, r->leaks_len, sizeof(*r->leaks), leak_json},
    };
    for (size_t i = 0; i < LENGTH_OF(sections) && w.rc == 0; i++)
        write_section(&w, &sections[i], i + 1 == LENGTH_OF(sections));
    return w.rc;
}

int report_write_json(const struct capture_report *r, FILE *out)
{
    fputs("{\n", out);
    int rc = write_members(r, out);
    fputs("}\n", out);
    int stream = report_finish(out);
    return rc < 0 ? rc : stream;
}
