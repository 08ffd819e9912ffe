/* summary_csv.c -- a summary as CSV: one figure a line, so that a sheet can filter, sort and pivot it (docs/EXPORT.md).
 *
 * Every line carries coverage and the note that belongs beside each count: lines get copied out of their sheet. Sentences and
 * figures that are words ("not counted", "10 to 49") stand in the same column as numbers. Hours and pseudonyms have a word before them:
 * a spreadsheet makes 8 of 08, and one pseudonym of 150 is a number to it (704010599771, 12e3456789).
 */
#include "reports/day_summary.h"

#include "reports/csv.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "section,from,to,name,company,purpose,figure,value,coverage,note\r\n";

/* What a line is about. */
struct subject {
    const char *section, *from, *to, *name, *company, *purpose;
};

struct sheet {
    const struct day_summary *summary;
    struct csv_row row;
    double share; /* beside each line; negative: not counted */
};

static void begin_line(struct sheet *sheet, const struct subject *about, const char *figure)
{
    struct csv_row *row = &sheet->row;
    csv_text(row, about->section);
    csv_text(row, about->from ? about->from : sheet->summary->first_day);
    csv_text(row, about->to ? about->to : sheet->summary->last_day);
    csv_text(row, about->name);
    csv_text(row, about->company);
    csv_text(row, about->purpose);
    csv_text(row, figure);
}

static void end_line(struct sheet *sheet)
{
    if (sheet->share < 0)
        csv_text(&sheet->row, "not counted");
    else
        csv_share(&sheet->row, sheet->share);
    csv_text(&sheet->row, day_summary_note(sheet->summary));
    csv_end(&sheet->row);
}

static void put_count(struct sheet *sheet, struct subject about, const char *figure, uint64_t n)
{
    begin_line(sheet, &about, figure);
    csv_count(&sheet->row, n);
    end_line(sheet);
}

static void put_real(struct sheet *sheet, struct subject about, const char *figure, double x)
{
    begin_line(sheet, &about, figure);
    csv_real(&sheet->row, x);
    end_line(sheet);
}

static void put_words(struct sheet *sheet, struct subject about, const char *figure, const char *words)
{
    begin_line(sheet, &about, figure);
    csv_text(&sheet->row, words);
    end_line(sheet);
}

#define ABOUT(...) ((struct subject){__VA_ARGS__})

static void write_sentences(struct sheet *sheet)
{
    char **sentences = day_summary_sentences(sheet->summary);
    for (size_t i = 0; sentences && sentences[i]; i++)
        put_words(sheet, ABOUT(.section = "summary"), "sentence", sentences[i]);
    if (!sentences)
        sheet->row.rc = -ENOMEM;
    summary_sentences_free(sentences);
}

static void write_totals(struct sheet *sheet)
{
    const struct day_summary *s = sheet->summary;
    struct period term;
    if (day_summary_term(s, &term))
        put_words(sheet, ABOUT(.section = "summary"), "term", term.name);
    put_count(sheet, ABOUT(.section = "summary"), "contacts", s->contacts);
    put_count(sheet, ABOUT(.section = "summary"), "reached", day_summary_reached(s));
    for (int e = 0; e < EVIDENCE_COUNT; e++)
        put_count(sheet, ABOUT(.section = "evidence", .name = evidence_word((enum evidence)e)), "contacts", s->by_evidence[e]);
    for (int p = 0; p < PURPOSE_COUNT; p++)
        put_count(sheet, ABOUT(.section = "purpose", .purpose = purpose_word((enum purpose)p)), "contacts", s->by_purpose[p]);
    for (unsigned hour = 0; hour < 24; hour++) {
        char name[16];
        snprintf(name, sizeof(name), "hour %02u", hour);
        put_count(sheet, ABOUT(.section = "hour", .name = name), s->exact ? "contacts" : "contacts rounded to tens", day_summary_hour(s, hour));
    }
}

static void write_who(struct sheet *sheet)
{
    const struct day_summary *s = sheet->summary;
    char purposes[SUMMARY_PURPOSES_MAX];
    for (size_t i = 0; i < s->companies_len; i++)
        put_count(sheet, ABOUT(.section = "company", .company = s->companies[i].name, .purpose = summary_purposes(s->companies[i].purposes, purposes)), "contacts",
                  s->companies[i].contacts);
    for (size_t i = 0; i < s->trackers_len; i++) {
        const struct summary_tracker *t = &s->trackers[i];
        struct subject about = ABOUT(.section = "tracker", .name = t->name, .company = t->company, .purpose = summary_purposes(t->purposes, purposes));
        put_count(sheet, about, "contacts", t->contacts);
        if (t->fresh)
            put_words(sheet, about, "first seen", t->first_day);
    }
    for (size_t i = 0; i < s->countries_len; i++)
        put_count(sheet, ABOUT(.section = "country", .name = s->countries[i].code), "contacts", s->countries[i].contacts);
}

static void write_days(struct sheet *sheet)
{
    const struct day_summary *s = sheet->summary;
    for (size_t i = 0; i < s->days_len; i++) {
        const struct summary_day *d = &s->days[i];
        struct subject about = ABOUT(.section = "day", .from = d->day, .to = d->day);
        if (!d->recorded) {
            put_words(sheet, about, "contacts", "not recorded");
            continue;
        }
        if (d->covered)
            sheet->share = summary_day_share(d);
        put_count(sheet, about, "contacts", d->contacts);
        if (d->devices >= 0)
            put_count(sheet, about, "devices", (uint64_t)d->devices);
        if (d->covered) {
            put_count(sheet, about, "flows", d->flows);
            put_count(sheet, about, "named", d->named);
        }
        sheet->share = day_summary_share(s);
    }
    for (size_t i = 0; i < s->devices_len && !day_summary_is_range(s); i++) {
        char band[SUMMARY_BAND_MAX], name[80];
        snprintf(name, sizeof(name), "device %.60s", s->devices[i].pseudonym ? s->devices[i].pseudonym : "");
        struct subject about = ABOUT(.section = "device", .name = name);
        if (s->exact)
            put_count(sheet, about, "contacts", s->devices[i].contacts);
        else
            put_words(sheet, about, "contacts", day_summary_band(s, &s->devices[i], band));
        if (s->devices[i].label)
            put_words(sheet, about, "label", s->devices[i].label);
    }
}

static void write_disclosure(struct sheet *sheet, const struct summary_site *site, const struct report_disclosure *d)
{
    char name[600];
    const struct evidence_result *e = &d->result;
    snprintf(name, sizeof(name), "%s > %s", site->site ? site->site : "", d->host ? d->host : "");
    struct subject about = ABOUT(.section = "disclosure", .name = name, .company = d->organisation, .purpose = purpose_word(d->purpose));
    put_words(sheet, about, "verdict", evidence_verdict_word(e->verdict));
    if (d->proof)
        put_words(sheet, about, "proof", d->proof);
    put_words(sheet, about, "tracker", d->tracker);
    put_count(sheet, about, "visits", e->visits);
    put_count(sheet, about, "visits with", e->visits_with);
    if (d->days > 0) {
        put_count(sheet, about, "days", d->days);
        put_count(sheet, about, "days with", d->days_with);
    }
    put_real(sheet, about, "rate", e->rate);
    put_real(sheet, about, "control rate", e->control_rate);
    put_real(sheet, about, "lift", e->lift);
    put_real(sheet, about, "lift at least", e->ci_low);
    put_real(sheet, about, "q value", e->q_value);
    if (e->visits_with > 0)
        put_real(sheet, about, "median delay in seconds", e->median_delay_s);
    put_real(sheet, about, "share within 2 seconds", e->share_within_2s);
}

static void write_site(struct sheet *sheet, const struct summary_site *site)
{
    for (size_t i = 0; i < site->periods_len; i++) {
        const struct summary_visits *v = &site->periods[i];
        struct subject about = ABOUT(.section = "site", .from = v->period, .to = v->period, .name = site->site, .purpose = site->category);
        put_count(sheet, about, "visits", v->visits);
        if (v->devices > 0)
            put_count(sheet, about, "distinct devices", v->devices);
    }
    for (size_t i = 0; i < site->disclosures_len; i++)
        write_disclosure(sheet, site, &site->disclosures[i]);
    char **sentences = summary_site_sentences(site);
    for (size_t i = 0; sentences && sentences[i]; i++)
        put_words(sheet, ABOUT(.section = "site", .name = site->site), "sentence", sentences[i]);
    if (!sentences)
        sheet->row.rc = -ENOMEM;
    summary_sentences_free(sentences);
}

static void write_machinery(struct sheet *sheet)
{
    const struct day_summary *s = sheet->summary;
    const struct summary_coverage *c = &s->coverage;
    struct subject about = ABOUT(.section = "coverage");
    static const char *const scopes[] = {"not counted", "these days", "since the sensor started"};
    put_words(sheet, about, "counted for", s->demo && c->scope == SUMMARY_SINCE_START ? "the replay" : scopes[c->scope]);
    if (c->scope == SUMMARY_SINCE_START && c->since[0])
        about.from = c->since, about.to = c->until;
    if (c->days > 0)
        put_count(sheet, about, "days counted", c->days);
    if (c->scope != SUMMARY_NOT_COUNTED) {
        put_count(sheet, about, "flows", c->flows);
        put_count(sheet, about, "named", c->named);
        for (int b = 0; b < BLIND_COUNT; b++)
            put_count(sheet, ABOUT(.section = "blind", .from = about.from, .to = about.to, .name = blind_spot_word((enum blind_spot)b)), "flows", c->blind[b]);
        put_count(sheet, about, "gaps", c->gaps);
        put_count(sheet, about, "gap seconds", c->gap_seconds);
        put_count(sheet, about, "packets lost", c->lost);
        put_count(sheet, about, "packets unreadable", c->unreadable);
        put_count(sheet, about, "contacts lost on the way", c->sightings_lost);
    }
    if (c->names_seen > 0) {
        put_count(sheet, ABOUT(.section = "funnel"), "names seen", c->names_seen);
        put_count(sheet, ABOUT(.section = "funnel"), "names along with others", c->names_along);
    } else {
        put_words(sheet, ABOUT(.section = "funnel"), "names seen", "not counted");
        put_words(sheet, ABOUT(.section = "funnel"), "names along with others", "not counted");
    }
    put_count(sheet, ABOUT(.section = "funnel"), "contacts with listed names", s->contacts);
    put_count(sheet, ABOUT(.section = "funnel"), "reported as contacted", day_summary_reached(s));
    put_words(sheet, ABOUT(.section = "lists"), "in force", s->feeds ? s->feeds : "not known");
}

int summary_write_csv(const struct day_summary *s, FILE *out)
{
    struct sheet sheet = {.summary = s, .row = {.out = out, .rc = s->rc}, .share = day_summary_share(s)};
    fputs(header, out);
    write_sentences(&sheet);
    write_totals(&sheet);
    write_days(&sheet);
    write_who(&sheet);
    for (size_t i = 0; i < s->sites_len; i++)
        write_site(&sheet, &s->sites[i]);
    write_machinery(&sheet);
    int rc = report_finish(out);
    return sheet.row.rc < 0 ? sheet.row.rc : rc;
}
