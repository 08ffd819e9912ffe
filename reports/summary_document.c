/* summary_document.c -- a summary as a page: what a lead needs first, then where it comes from, then what was not seen.
 *
 * A page of A4 holds the sentences, one to three charts and six short tables; so each table has at most `rows` rows and says how many it
 * leaves out, and the PDF writer looks for the most that is one page. What a table leaves out is in the CSV and the JSON. Of more than
 * a month the charts and the table of days have weeks, which are added up here; nothing else is.
 */
#include "reports/day_summary.h"

#include "common/period.h"
#include "reports/days.h"
#include "reports/document.h"
#include "reports/evidence_report.h"
#include "reports/html.h"
#include "reports/pdf.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_USUAL  10u
#define ROWS_LEAST  1u
#define ROWS_DELAYS 4u /* the chart of delays gives way before tables get shorter than this */
#define ROWS_PURPOSES 6u /* of a page that is compact, at least */
#define DAYS_EACH   31 /* of more, weeks are shown */

/* How much of it: rows of every table but that of companies, of that one; 0: all. */
struct measure {
    unsigned rows, companies;
    bool delays;  /* the chart of them */
    bool compact; /* for one page: narrower tables, two side by side, without what the CSV has anyway */
};

static size_t shown(size_t len, unsigned rows)
{
    return rows > 0 && len > rows ? rows : len;
}

/* The first stands out, the others follow it as one paragraph. */
static void add_opening(struct document *d, char **sentences)
{
    char *rest = NULL;
    size_t n = 0;
    FILE *out = sentences ? open_memstream(&rest, &n) : NULL;
    for (size_t i = 1; out && sentences[0] && sentences[i]; i++)
        fprintf(out, "%s%s", i > 1 ? " " : "", sentences[i]);
    if (out && fclose(out) == 0) {
        document_add(d, DOCUMENT_STATEMENT, "%s", sentences[0] ? sentences[0] : "");
        document_add(d, DOCUMENT_PARAGRAPH, "%s", rest);
    } else {
        d->rc = -ENOMEM;
    }
    free(rest);
    summary_sentences_free(sentences);
}

/* Of a page that is compact only the headline. */
static void add_items(struct document *d, bool compact, unsigned most, char **sentences)
{
    size_t n = 0;
    if (!sentences)
        d->rc = -ENOMEM;
    for (; sentences && sentences[n] && (most == 0 || n < most); n++)
        document_add(d, DOCUMENT_ITEM, "%s", sentences[n]);
    size_t more = 0;
    while (sentences && sentences[n + more])
        more++;
    if (more > 0 && !compact)
        document_add(d, DOCUMENT_ITEM, "and %s more finding%s about this site", PAGE_NUMBER(more), page_plural(more));
    summary_sentences_free(sentences);
}

static void add_hours(const struct day_summary *s, struct document *d)
{
    document_add_chart(d, s->exact ? "Contacts by hour" : "Contacts by hour, rounded to tens", day_summary_is_range(s), "Hour", "Contacts");
    for (unsigned hour = 0; hour < 24; hour++) {
        char label[8];
        snprintf(label, sizeof(label), "%02u", hour);
        document_add_bar(d, label, day_summary_hour(s, hour));
    }
}

/* A day, or a week's days together. */
struct stretch {
    char name[PERIOD_NAME_MAX], label[16];
    uint64_t recorded, contacts, flows, named;
    int64_t devices; /* of the day that had most; -1: not kept */
    bool covered;
};

static void label_of(const struct day_summary *s, const struct summary_day *day, struct stretch *out)
{
    static const char weekdays[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int32_t number = 0;
    days_number(day->day, &number);
    memcpy(out->name, day->day, sizeof(out->name));
    const char *of_month = day->day + 8, *weekday = weekdays[(number + 3) % 7]; /* day 0 was a Thursday */
    snprintf(out->label, sizeof(out->label), "%s%s%s", s->days_len <= 7 ? weekday : "", s->days_len <= 7 ? " " : "", of_month);
}

static bool same_week(const struct stretch *before, const struct period *week)
{
    return strcmp(before->name, week->name) == 0;
}

/* Of each day, or of each week; *n of them, to free(). NULL: memory is out. */
static struct stretch *stretches_of(const struct day_summary *s, size_t *n)
{
    struct stretch *all = calloc(s->days_len + 1, sizeof(*all));
    bool weeks = s->days_len > DAYS_EACH;
    *n = 0;
    for (size_t i = 0; all && i < s->days_len; i++) {
        const struct summary_day *day = &s->days[i];
        struct period week;
        if (!weeks || !period_of(day->day, PERIOD_WEEK, &week) || *n == 0 || !same_week(&all[*n - 1], &week)) {
            all[*n].devices = -1;
            if (weeks && period_of(day->day, PERIOD_WEEK, &week)) {
                memcpy(all[*n].name, week.name, sizeof(week.name));
                memcpy(all[*n].label, week.name + 5, sizeof(week.name) - 5);
            } else {
                label_of(s, day, &all[*n]);
            }
            ++*n;
        }
        struct stretch *to = &all[*n - 1];
        to->recorded += day->recorded;
        to->contacts += day->contacts;
        to->devices = day->recorded && day->devices > to->devices ? day->devices : to->devices;
        to->covered |= day->covered;
        to->flows += day->flows;
        to->named += day->named;
    }
    return all;
}

static void add_days_chart(const struct day_summary *s, struct document *d)
{
    size_t n;
    struct stretch *all = stretches_of(s, &n);
    bool weeks = s->days_len > DAYS_EACH;
    if (!all)
        d->rc = -ENOMEM;
    document_add_chart(d, weeks ? "Contacts from week to week" : "Contacts from day to day", true, weeks ? "Week" : "Day", "Contacts");
    for (size_t i = 0; all && i < n; i++)
        document_add_bar(d, all[i].label, all[i].contacts);
    free(all);
}

static void add_days(const struct day_summary *s, unsigned rows, struct document *d)
{
    bool weeks = s->days_len > DAYS_EACH;
    const struct document_column columns[] = {{weeks ? "Week" : "Day", false, 6}, {"Contacts", true, 6}, {"Devices", true, 6}, {"Names seen", true, 6}};
    char devices[PAGE_NUMBER_BYTES], share[24];
    size_t all_len, n;
    struct stretch *all = stretches_of(s, &all_len);
    if (!all)
        d->rc = -ENOMEM;
    n = all ? shown(all_len, rows > 0 && rows < 7 ? 7 : rows) : 0; /* never less than a week */
    document_add_table(d, weeks ? "Contacts by week; devices of its fullest day" : "Contacts by day", true, columns, 4);
    for (size_t i = 0; i < n; i++) {
        struct summary_day sum = {.covered = all[i].covered, .flows = all[i].flows, .named = all[i].named};
        const char *count = all[i].recorded == 0 ? "not recorded" : PAGE_NUMBER(all[i].contacts);
        snprintf(share, sizeof(share), "%u%%", (unsigned)(summary_day_share(&sum) * 100 + 1e-9));
        document_add_row(d, (const char *[]){all[i].name, count,
                                             all[i].devices < 0 ? (all[i].recorded ? "not kept" : "") : page_number((uint64_t)all[i].devices, devices),
                                             all[i].covered ? share : all[i].recorded ? "not counted" : ""});
    }
    document_more(d, all_len - n);
    free(all);
}

static void add_companies(const struct day_summary *s, unsigned rows, bool compact, struct document *d)
{
    static const struct document_column columns[] = {{"Company", false, 3}, {"What for", false, 10}, {"Contacts", true, 2}};
    static const struct document_column narrow[] = {{"Company", false, 3}, {"Contacts", true, 2}};
    char purposes[SUMMARY_PURPOSES_MAX];
    size_t n = shown(s->companies_len, rows);
    document_add_table(d, "Contacts by company", compact, compact ? narrow : columns, compact ? 2 : 3);
    for (size_t i = 0; i < n; i++) {
        const char *name = s->companies[i].name, *contacts = PAGE_NUMBER(s->companies[i].contacts);
        document_add_row(d, (const char *[]){name, compact ? contacts : summary_purposes(s->companies[i].purposes, purposes), contacts});
    }
    document_more(d, s->companies_len - n);
}

/* The most frequent first; as often: in the order of the words. */
static size_t purposes_in_order(const struct day_summary *s, enum purpose out[PURPOSE_COUNT])
{
    size_t n = 0;
    for (int p = 0; p < PURPOSE_COUNT; p++) {
        size_t at = n;
        if (s->by_purpose[p] == 0)
            continue;
        for (; at > 0 && s->by_purpose[out[at - 1]] < s->by_purpose[p]; at--)
            out[at] = out[at - 1];
        out[at] = (enum purpose)p;
        n++;
    }
    return n;
}

static void add_purposes(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Purpose", false, 3}, {"Contacts", true, 2}};
    enum purpose order[PURPOSE_COUNT];
    size_t len = purposes_in_order(s, order), n = shown(len, rows);
    document_add_table(d, "Contacts by purpose", true, columns, 2);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){purpose_word(order[i]), PAGE_NUMBER(s->by_purpose[order[i]])});
    document_more(d, len - n);
}

/* Rows of the tables that may stand beside another: up to there, a row of the other costs no room. */
static unsigned rows_of_purposes(const struct day_summary *s)
{
    enum purpose order[PURPOSE_COUNT];
    return (unsigned)purposes_in_order(s, order);
}

static unsigned rows_of_days(const struct day_summary *s)
{
    return s->days_len < 7 ? (unsigned)s->days_len : 7;
}

static unsigned rows_of_coverage(const struct day_summary *s)
{
    const struct summary_coverage *c = &s->coverage;
    unsigned n = 3 + (c->gaps > 0) + (c->unreadable > 0) + (c->sightings_lost > 0);
    for (int b = 0; b < BLIND_COUNT; b++)
        n += c->blind[b] > 0;
    return n;
}

static unsigned at_least(unsigned rows, unsigned beside)
{
    return rows > 0 && rows < beside ? beside : rows;
}

static void add_trackers(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Tracker", false, 7}, {"Company", false, 7}, {"Contacts", true, 5}};
    size_t n = shown(s->trackers_len, rows);
    document_add_table(d, "Contacts by tracker", true, columns, 3);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){s->trackers[i].name, s->trackers[i].company ? s->trackers[i].company : "not named by the list",
                                             PAGE_NUMBER(s->trackers[i].contacts)});
    document_more(d, s->trackers_len - n);
}

/* The same as a sentence. */
static void tell_countries(const struct day_summary *s, unsigned rows, struct document *d)
{
    char *text = NULL;
    size_t bytes = 0, n = shown(s->countries_len, rows);
    FILE *out = n > 0 ? open_memstream(&text, &bytes) : NULL;
    if (n == 0)
        return;
    for (size_t i = 0; out && i < n; i++)
        fprintf(out, "%s%s %s", i > 0 ? ", " : "", s->countries[i].code ? s->countries[i].code : "-", PAGE_NUMBER(s->countries[i].contacts));
    if (out && n < s->countries_len)
        fprintf(out, " and %s more", PAGE_NUMBER(s->countries_len - n));
    if (out && fclose(out) == 0)
        document_add(d, DOCUMENT_SMALL, "Where the servers are said to be, with contacts: %s.", text);
    else
        d->rc = -ENOMEM;
    free(text);
}

static void add_countries(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Country", false, 3}, {"Contacts", true, 1}};
    size_t n = shown(s->countries_len, rows);
    if (n == 0)
        return;
    document_add_table(d, "Where the servers are said to be", true, columns, 2);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){s->countries[i].code, PAGE_NUMBER(s->countries[i].contacts)});
    document_more(d, s->countries_len - n);
}

static void add_new(const struct day_summary *s, unsigned rows, bool compact, struct document *d)
{
    static const struct document_column columns[] = {{"Tracker", false, 4}, {"Company", false, 4}, {"What for", false, 4}, {"First seen", false, 3}};
    static const struct document_column narrow[] = {{"Tracker", false, 4}, {"Company", false, 4}, {"First seen", false, 3}};
    char purposes[SUMMARY_PURPOSES_MAX];
    uint64_t fresh = day_summary_fresh(s), written = 0;
    if (fresh == 0)
        return;
    document_add_table(d, "Trackers seen for the first time", compact, compact ? narrow : columns, compact ? 3 : 4);
    for (size_t i = 0; i < s->trackers_len && (rows == 0 || written < rows); i++) {
        const struct summary_tracker *t = &s->trackers[i];
        if (!t->fresh)
            continue;
        document_add_row(d, (const char *[]){t->name, t->company ? t->company : "not named by the list", compact ? t->first_day : summary_purposes(t->purposes, purposes),
                                             t->first_day});
        written++;
    }
    document_more(d, fresh - written);
}

/* "The Mix (themix.org.uk)". */
static void name_site(const struct summary_site *site, char *out, size_t size)
{
    if (site->label)
        snprintf(out, size, "%s (%s)", site->label, site->site);
    else
        snprintf(out, size, "%s", site->site);
}

static size_t findings_of(const struct summary_site *site)
{
    size_t n = 0;
    for (size_t i = 0; i < site->disclosures_len; i++)
        n += site->disclosures[i].result.verdict >= EVIDENCE_LIKELY;
    return n + (site->proof != NULL);
}

/* A row for each released period; sites with the most visits first. */
static void add_visits(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Site", false, 6}, {"What it is about", false, 3}, {"Period", false, 3}, {"Visits", true, 2},
                                                     {"Distinct devices", true, 3}};
    uint64_t more = 0, written = 0;
    document_add_table(d, "Visits", false, columns, 5);
    for (size_t i = 0; i < s->sites_len; i++)
        for (size_t k = 0; k < s->sites[i].periods_len; k++) {
            const struct summary_visits *v = &s->sites[i].periods[k];
            char name[400], devices[PAGE_NUMBER_BYTES];
            if (rows > 0 && written >= rows) {
                more++;
                continue;
            }
            name_site(&s->sites[i], name, sizeof(name));
            document_add_row(d, (const char *[]){name, s->sites[i].category, v->period, PAGE_NUMBER(v->visits),
                                                 v->devices > 0 ? page_number(v->devices, devices) : "withheld"});
            written++;
        }
    document_more(d, more);
}

/* How soon: nobody reads a banner and answers within two seconds. */
static void add_delays(const struct day_summary *s, struct document *d)
{
    uint64_t sums[MOMENT_DELAY_BINS] = {0}, all = 0;
    for (size_t i = 0; i < s->sites_len; i++)
        for (size_t k = 0; k < s->sites[i].disclosures_len; k++) {
            const struct report_disclosure *from = &s->sites[i].disclosures[k];
            for (int b = 0; b < MOMENT_DELAY_BINS && from->result.verdict >= EVIDENCE_LIKELY; b++) {
                sums[b] += from->delays[b];
                all += from->delays[b];
            }
        }
    if (all == 0)
        return;
    document_add_chart(d, "Seconds from a visit to the first contact, of the trackers named above", false, "Up to so many seconds", "First contacts");
    for (int b = 0; b < MOMENT_DELAY_BINS; b++) {
        char label[16] = "later";
        if (b < MOMENT_DELAY_BINS - 1)
            snprintf(label, sizeof(label), "%g", moment_delay_edge_ms[b] / 1000.0);
        document_add_bar(d, label, sums[b]);
    }
}

static void add_sites(const struct day_summary *s, struct measure m, struct document *d)
{
    unsigned rows = m.rows, most = m.compact ? (rows > 2 ? rows : 2) : (rows + 1) / 2; /* sites that are told of */
    size_t without = 0, told = 0;
    document_add(d, DOCUMENT_HEADING, "Support sites, and who was contacted after visits");
    if (s->sites_len == 0) {
        document_add(d, DOCUMENT_PARAGRAPH,
                     "No support site can be shown. A site appears only for a day, week or term in which at least %u distinct devices visited it; that none is "
                     "shown does not mean that none was visited. Figures of fewer devices wait for their week or term: export those.",
                     s->k);
        return;
    }
    add_visits(s, rows, d);
    for (size_t i = 0; i < s->sites_len; i++) {
        if (findings_of(&s->sites[i]) == 0) {
            without++;
            continue;
        }
        if (rows == 0 || told < most)
            add_items(d, m.compact, m.compact ? 1 : rows ? 1 + rows / 4 : 0, summary_site_sentences(&s->sites[i]));
        told++;
    }
    if (rows > 0 && told > most)
        document_add(d, DOCUMENT_ITEM, "and %s more site%s with findings", PAGE_NUMBER(told - most), page_plural(told - most));
    if (without > 0)
        document_add(d, DOCUMENT_ITEM, "%s site%s: no tracker followed visits more often than chance may explain, or too few visits to tell.",
                     PAGE_NUMBER(without), page_plural(without));
    if (m.delays)
        add_delays(s, d);
    if (!s->demo)
        document_add(d, DOCUMENT_SMALL, "Only periods in which at least %u distinct devices visited are shown; visits of other periods are in no figure here.",
                     s->k);
}

static void add_devices(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Day's pseudonym", false, 5}, {"Contacts", true, 3}};
    size_t n = shown(s->devices_len, rows);
    if (n == 0 || day_summary_is_range(s))
        return;
    document_add_table(d, s->of_capture ? "Devices of the capture" : "Devices, by pseudonym", true, columns, 2);
    for (size_t i = 0; i < n; i++) {
        char band[SUMMARY_BAND_MAX];
        document_add_row(d, (const char *[]){s->devices[i].pseudonym, day_summary_band(s, &s->devices[i], band)});
    }
    document_more(d, s->devices_len - n);
}

static const char *const blind_phrases[BLIND_COUNT] = {
    [BLIND_ECH] = "without: encrypted hello",       [BLIND_DOH] = "without: DNS over HTTPS", [BLIND_DOT] = "without: DNS over TLS",         [BLIND_DOQ] = "without: DNS over QUIC",
    [BLIND_RELAY] = "without: private relay",       [BLIND_VPN] = "without: VPN or Tor",     [BLIND_NO_NAME] = "without: carried none", [BLIND_INCOMPLETE] = "without: hello not complete",
};

static void add_funnel(const struct day_summary *s, struct document *d)
{
    const struct summary_coverage *c = &s->coverage;
    char names[128] = "names that devices said, not counted";
    if (c->names_seen > 0)
        snprintf(names, sizeof(names), "names that devices said, %s; of these along with others, %s", PAGE_NUMBER(c->names_seen), PAGE_NUMBER(c->names_along));
    document_add(d, DOCUMENT_SMALL, "From names to findings: %s; contacts with listed names, %s; reported as contacted, %s; looked up only, %s; blocked, %s.", names,
                 PAGE_NUMBER(s->contacts), PAGE_NUMBER(day_summary_reached(s)), PAGE_NUMBER(s->by_evidence[EVIDENCE_LOOKUP]),
                 PAGE_NUMBER(s->by_evidence[EVIDENCE_BLOCKED]));
}

static void add_blind(const struct day_summary *s, struct document *d)
{
    static const struct document_column columns[] = {{"What", false, 5}, {"Number", true, 3}};
    const struct summary_coverage *c = &s->coverage;
    document_add_table(d, "Coverage and blind spots", true, columns, 2);
    if (c->scope == SUMMARY_NOT_COUNTED) {
        document_add_row(d, (const char *[]){"Connections with a name", "not counted"});
        document_add_row(d, (const char *[]){"Packets lost", "not counted"});
        return;
    }
    document_add_row(d, (const char *[]){"Connections", PAGE_NUMBER(c->flows)});
    document_add_row(d, (const char *[]){"of these with a name", PAGE_NUMBER(c->named)});
    for (int b = 0; b < BLIND_COUNT; b++)
        if (c->blind[b] > 0)
            document_add_row(d, (const char *[]){blind_phrases[b], PAGE_NUMBER(c->blind[b])});
    if (c->gaps > 0) {
        char text[64];
        snprintf(text, sizeof(text), "%s, %s min", PAGE_NUMBER(c->gaps), PAGE_NUMBER((c->gap_seconds + 59) / 60));
        document_add_row(d, (const char *[]){"Gaps, in which nothing could be heard", text});
    }
    document_add_row(d, (const char *[]){"Packets lost", PAGE_NUMBER(c->lost)});
    if (c->unreadable > 0)
        document_add_row(d, (const char *[]){"Packets cut short or malformed", PAGE_NUMBER(c->unreadable)});
    if (c->sightings_lost > 0)
        document_add_row(d, (const char *[]){"Contacts lost on the way to the store", PAGE_NUMBER(c->sightings_lost)});
}

static void add_method(const struct day_summary *s, struct document *d)
{
    const struct summary_coverage *c = &s->coverage;
    document_add(d, DOCUMENT_SMALL,
                 "How to read this. Counts are lower bounds: a connection that stays open, a cache and a hidden name all hide contacts. \"Contacted\" means that a connection was "
                 "attempted or made; what was sent inside it is not known. Nothing here tells who used a device.");
    if (c->scope == SUMMARY_SINCE_START && !s->demo)
        document_add(d, DOCUMENT_SMALL, "Coverage and losses are counted since the sensor started: %s to %s, not for %s alone.", c->since, c->until,
                     day_summary_is_range(s) ? "these days" : "this day");
    if (c->scope == SUMMARY_OF_PERIOD && c->days < s->recorded)
        document_add(d, DOCUMENT_SMALL, "Coverage and losses were counted on %s of %s days.", PAGE_NUMBER(c->days), PAGE_NUMBER(s->recorded));
    add_funnel(s, d);
    if (s->recorded < s->days_len && !s->of_capture)
        document_add(d, DOCUMENT_SMALL, "%s of the %s days %s not in the store.", PAGE_NUMBER(s->days_len - s->recorded), PAGE_NUMBER(s->days_len),
                     s->days_len - s->recorded == 1 ? "is" : "are");
    document_add(d, DOCUMENT_SMALL, "Lists in force when this was made: %s.", s->feeds ? s->feeds : "not known");
}

/* "16 to 22 November 2026": month and year are said once where they are the same. */
static void range_words(const struct day_summary *s, char *out, size_t size)
{
    char first[EVIDENCE_DATE_BYTES], last[EVIDENCE_DATE_BYTES];
    const char *from = evidence_date(s->first_day, first), *to = evidence_date(s->last_day, last);
    size_t n = strlen(from);
    if (from == first && strncmp(s->first_day, s->last_day, 7) == 0)
        n = strcspn(from, " ");
    else if (from == first && strncmp(s->first_day, s->last_day, 4) == 0)
        n = (size_t)(strrchr(from, ' ') - from);
    snprintf(out, size, "%.*s to %s", (int)n, from, to);
}

static void title_of(const struct day_summary *s, char *title, size_t title_size, char *subtitle, size_t subtitle_size)
{
    char day[DAYS_WORDS_MAX], range[2 * EVIDENCE_DATE_BYTES + 8], made[EVIDENCE_DATE_BYTES];
    range_words(s, range, sizeof(range));
    const char *made_on = evidence_date(s->made_on, made), *days = day_summary_is_range(s) ? range : days_words(s->first_day, day);
    if (s->of_capture)
        snprintf(title, title_size, "Trackers contacted in %s", s->source);
    else
        snprintf(title, title_size, "Trackers contacted%s %s", day_summary_is_range(s) ? "," : " on", days);
    if (s->of_capture)
        snprintf(subtitle, subtitle_size, "%s. Made by telltale on %s.", days, made_on);
    else
        snprintf(subtitle, subtitle_size, "Installation %s. Made by telltale on %s.", s->source, made_on);
}

/* Who was contacted: first thing on a page that is compact, else with what they are for. */
static void add_who(const struct day_summary *s, struct measure m, struct document *d)
{
    bool range = day_summary_is_range(s);
    unsigned few = rows_of_purposes(s) < ROWS_PURPOSES ? rows_of_purposes(s) : ROWS_PURPOSES;
    if (s->contacts > 0)
        add_companies(s, m.compact ? at_least(m.companies, few) : m.companies, m.compact, d);
    if (s->contacts > 0 && m.compact)
        add_purposes(s, at_least(m.companies, few), d);
    if (m.compact)
        return;
    if (range)
        add_days(s, m.rows, d);
    if (s->contacts > 0)
        add_trackers(s, at_least(m.rows, range ? rows_of_days(s) : rows_of_purposes(s)), d);
    if (s->contacts > 0 && !range)
        add_purposes(s, 0, d);
}

/* What is left for below the support sites. */
static void add_rest(const struct day_summary *s, struct measure m, struct document *d)
{
    bool range = day_summary_is_range(s);
    if (m.compact) {
        if (range)
            add_days(s, m.rows, d);
        if (s->contacts > 0)
            add_trackers(s, range ? at_least(m.rows, rows_of_days(s)) : m.rows, d);
        add_devices(s, m.rows, d);
        if (day_summary_fresh(s) == 0 && !s->of_capture) /* and three narrow tables do not stand in a row */
            document_add(d, DOCUMENT_SMALL, s->earlier_days > 0 ? "No tracker is new." : "Which trackers are new cannot be told yet.");
        add_new(s, at_least(m.rows, rows_of_coverage(s)), true, d);
        add_blind(s, d);
        tell_countries(s, ROWS_USUAL, d);
        return;
    }
    add_new(s, m.rows, false, d);
    add_countries(s, m.rows, d);
    add_devices(s, at_least(m.rows, rows_of_coverage(s)), d);
    if (s->contacts > 0 && range)
        add_purposes(s, at_least(m.rows, rows_of_coverage(s)), d);
    add_blind(s, d);
}

static void fill(const struct day_summary *s, struct measure m, struct document *d)
{
    char title[400], subtitle[400], footer[200];
    title_of(s, title, sizeof(title), subtitle, sizeof(subtitle));
    snprintf(footer, sizeof(footer), "telltale: %s. May hold personal data: keep it as you keep safeguarding records.", day_summary_note(s));
    document_init(d, s->demo, title, subtitle, footer);
    if (s->rc < 0)
        d->rc = s->rc;
    add_opening(d, day_summary_sentences(s));
    if (s->contacts > 0 && day_summary_is_range(s))
        add_days_chart(s, d);
    if (s->contacts > 0)
        add_hours(s, d);
    add_who(s, m, d);
    add_sites(s, m, d);
    add_rest(s, m, d);
    add_method(s, d);
}

void summary_document(const struct day_summary *s, unsigned rows, struct document *d)
{
    fill(s, (struct measure){rows, rows, true, false}, d);
}

int summary_write_html(const struct day_summary *s, bool all, FILE *out)
{
    struct document d;
    summary_document(s, all ? 0 : ROWS_USUAL, &d);
    int rc = html_write(&d, out);
    document_fini(&d);
    return rc;
}

/* 1 when it is one page, 0 when it is more. */
static int is_a_page(const struct day_summary *s, struct measure m)
{
    struct document d;
    unsigned pages = 0;
    fill(s, m, &d);
    int rc = pdf_write(&d, NULL, &pages);
    document_fini(&d);
    return rc < 0 ? rc : pages == 1;
}

/* The most rows, of every table or of companies alone, with which it is one page still. With m it is one. */
static int grow(const struct day_summary *s, struct measure *m, bool companies_alone)
{
    unsigned least = m->rows, most = ROWS_USUAL;
    while (least < most) {
        unsigned tried = (least + most + 1) / 2;
        struct measure next = {companies_alone ? m->rows : tried, tried, m->delays, true};
        int one = is_a_page(s, next);
        if (one < 0)
            return one;
        least = one ? tried : least;
        most = one ? most : tried - 1;
    }
    *m = (struct measure){companies_alone ? m->rows : least, least, m->delays, true};
    return 0;
}

/* As much as one page holds: the chart of delays if that leaves room for short tables, then rows, then more companies. */
static int measure_page(const struct day_summary *s, struct measure *m)
{
    *m = (struct measure){ROWS_USUAL, ROWS_USUAL, true, false}; /* a quiet day needs no art */
    int one = is_a_page(s, *m);
    if (one != 0)
        return one < 0 ? one : 0;
    *m = (struct measure){ROWS_DELAYS, ROWS_DELAYS, true, true};
    one = is_a_page(s, *m);
    if (one == 0) {
        *m = (struct measure){ROWS_LEAST, ROWS_LEAST, false, true};
        one = is_a_page(s, *m);
    }
    if (one == 0) /* not even then: several good pages */
        *m = (struct measure){ROWS_USUAL, ROWS_USUAL, true, true};
    if (one <= 0)
        return one < 0 ? one : 0;
    int rc = grow(s, m, false);
    return rc < 0 ? rc : grow(s, m, true);
}

int summary_write_pdf(const struct day_summary *s, bool all, FILE *out)
{
    struct document d;
    struct measure m = {0, 0, true, false};
    int rc = all ? 0 : measure_page(s, &m);
    if (rc < 0)
        return rc;
    fill(s, m, &d);
    rc = pdf_write(&d, out, NULL);
    document_fini(&d);
    return rc;
}
