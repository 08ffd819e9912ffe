/* summary_document.c -- a summary as a page: what a lead needs first, then where it comes from, then what was not seen.
 *
 * A page of A4 holds the sentences, a chart and six short tables; so each table has at most `rows` rows and says how many it
 * leaves out, and the PDF writer asks again with fewer until it is one page. Nothing is summed here: what a table leaves out is
 * in the CSV and the JSON.
 */
#include "reports/day_summary.h"

#include "reports/days.h"
#include "reports/document.h"
#include "reports/html.h"
#include "reports/pdf.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_USUAL 10u
#define ROWS_LEAST 1u

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

/* At most so many, since the headline has said the most of it. */
static void add_items(struct document *d, unsigned most, char **sentences)
{
    size_t n = 0;
    if (!sentences)
        d->rc = -ENOMEM;
    for (; sentences && sentences[n] && (most == 0 || n < most); n++)
        document_add(d, DOCUMENT_ITEM, "%s", sentences[n]);
    size_t more = 0;
    while (sentences && sentences[n + more])
        more++;
    if (more > 0)
        document_add(d, DOCUMENT_ITEM, "and %s more finding%s about this site", PAGE_NUMBER(more), page_plural(more));
    summary_sentences_free(sentences);
}

static void add_hours(const struct day_summary *s, struct document *d)
{
    document_add_chart(d, s->exact ? "Contacts by hour of the day" : "Contacts by hour of the day, rounded to tens", "Hour", "Contacts");
    for (unsigned hour = 0; hour < 24; hour++) {
        char label[8];
        snprintf(label, sizeof(label), "%02u", hour);
        document_add_bar(d, label, day_summary_hour(s, hour));
    }
}

static void add_days(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Day", false, 6}, {"Contacts", true, 5}, {"Devices", true, 5}, {"Names seen", true, 6}};
    char devices[PAGE_NUMBER_BYTES], share[24];
    size_t n = shown(s->days_len, rows > 0 && rows < 7 ? 7 : rows); /* never less than a week */
    document_add_table(d, "Contacts by day", true, columns, 4);
    for (size_t i = 0; i < n; i++) {
        const struct summary_day *day = &s->days[i];
        const char *count = !day->recorded ? "not recorded" : PAGE_NUMBER(day->contacts);
        snprintf(share, sizeof(share), "%u%%", (unsigned)(summary_day_share(day) * 100 + 1e-9));
        document_add_row(d, (const char *[]){day->day, count,
                                             day->devices < 0 ? (day->recorded ? "no longer kept" : "") : page_number((uint64_t)day->devices, devices),
                                             day->covered ? share : day->recorded ? "not counted" : ""});
    }
    document_more(d, s->days_len - n);
}

static void add_companies(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Company", false, 3}, {"What for", false, 10}, {"Contacts", true, 2}};
    char purposes[SUMMARY_PURPOSES_MAX];
    size_t n = shown(s->companies_len, rows);
    document_add_table(d, "Contacts by company", false, columns, 3);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){s->companies[i].name, summary_purposes(s->companies[i].purposes, purposes), PAGE_NUMBER(s->companies[i].contacts)});
    document_more(d, s->companies_len - n);
}

static void add_purposes(const struct day_summary *s, struct document *d)
{
    static const struct document_column columns[] = {{"Purpose", false, 3}, {"Contacts", true, 2}};
    document_add_table(d, "Contacts by purpose", true, columns, 2);
    for (int p = 0; p < PURPOSE_COUNT; p++)
        if (s->by_purpose[p] > 0)
            document_add_row(d, (const char *[]){purpose_word((enum purpose)p), PAGE_NUMBER(s->by_purpose[p])});
}

static void add_trackers(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Tracker", false, 7}, {"Company", false, 7}, {"Contacts", true, 6}};
    unsigned beside = 0; /* rows of the table of purposes, which stands beside this one: up to there a row costs no room */
    for (int p = 0; p < PURPOSE_COUNT; p++)
        beside += s->by_purpose[p] > 0;
    size_t n = shown(s->trackers_len, rows > 0 && rows < beside ? beside : rows);
    document_add_table(d, "Contacts by tracker", true, columns, 3);
    for (size_t i = 0; i < n; i++)
        document_add_row(d, (const char *[]){s->trackers[i].name, s->trackers[i].company ? s->trackers[i].company : "not named by the list",
                                             PAGE_NUMBER(s->trackers[i].contacts)});
    document_more(d, s->trackers_len - n);
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

static void add_new(const struct day_summary *s, unsigned rows, struct document *d)
{
    static const struct document_column columns[] = {{"Tracker", false, 4}, {"Company", false, 4}, {"What for", false, 4}, {"First seen", false, 3}};
    char purposes[SUMMARY_PURPOSES_MAX];
    uint64_t fresh = day_summary_fresh(s), written = 0;
    if (fresh == 0)
        return;
    document_add_table(d, "Trackers seen for the first time", false, columns, 4);
    for (size_t i = 0; i < s->trackers_len && (rows == 0 || written < rows); i++) {
        const struct summary_tracker *t = &s->trackers[i];
        if (!t->fresh)
            continue;
        document_add_row(d, (const char *[]){t->name, t->company ? t->company : "not named by the list", summary_purposes(t->purposes, purposes), t->first_day});
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
    return n;
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

static void add_sites(const struct day_summary *s, unsigned rows, struct document *d)
{
    size_t without = 0, told = 0;
    document_add(d, DOCUMENT_HEADING, "Support sites, and who was contacted after visits");
    if (s->sites_len == 0) {
        document_add(d, DOCUMENT_PARAGRAPH,
                     "No support site can be shown. A site appears only for a day, week or term in which at least %d distinct devices visited it; that none is "
                     "shown does not mean that none was visited. Figures of fewer devices wait for their week or term: export those.",
                     SUMMARY_SMALLEST_GROUP);
        return;
    }
    add_visits(s, rows, d);
    for (size_t i = 0; i < s->sites_len; i++) {
        if (findings_of(&s->sites[i]) == 0) {
            without++;
            continue;
        }
        if (rows == 0 || told < (rows + 1) / 2)
            add_items(d, rows ? 1 + rows / 4 : 0, summary_site_sentences(&s->sites[i]));
        told++;
    }
    if (rows > 0 && told > (rows + 1) / 2)
        document_add(d, DOCUMENT_PARAGRAPH, "and %s more site%s with findings", PAGE_NUMBER(told - (rows + 1) / 2), page_plural(told - (rows + 1) / 2));
    if (without > 0)
        document_add(d, DOCUMENT_PARAGRAPH, "%s site%s: no tracker followed visits more often than chance may explain, or too few visits to tell.",
                     PAGE_NUMBER(without), page_plural(without));
    if (!s->demo)
        document_add(d, DOCUMENT_SMALL, "Only periods in which at least %d distinct devices visited are shown; visits of other periods are in no figure here.",
                     SUMMARY_SMALLEST_GROUP);
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
    document_add(d, DOCUMENT_SMALL,
                 "From names to findings: names seen, not counted; names of third parties, not counted; contacts with listed names, %s; reported as contacted, %s; "
                 "looked up only, %s; blocked, %s.",
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
        document_add(d, DOCUMENT_SMALL, "%s of the %s days are not in the store.", PAGE_NUMBER(s->days_len - s->recorded), PAGE_NUMBER(s->days_len));
    document_add(d, DOCUMENT_SMALL, "Lists in force when this was made: %s.", s->feeds ? s->feeds : "not known");
}

static void title_of(const struct day_summary *s, char *title, size_t title_size, char *subtitle, size_t subtitle_size)
{
    char first[DAYS_WORDS_MAX], last[DAYS_WORDS_MAX];
    if (s->of_capture)
        snprintf(title, title_size, "Trackers contacted in %s", s->source);
    else if (day_summary_is_range(s))
        snprintf(title, title_size, "Trackers contacted, %s to %s", s->first_day, s->last_day);
    else
        snprintf(title, title_size, "Trackers contacted on %s", days_words(s->first_day, first));
    days_words(s->first_day, first);
    days_words(s->last_day, last);
    if (s->of_capture)
        snprintf(subtitle, subtitle_size, "%s%s%s. Made by telltale on %s.", first, day_summary_is_range(s) ? " to " : "", day_summary_is_range(s) ? last : "",
                 s->made_on);
    else
        snprintf(subtitle, subtitle_size, "Installation %s. Made by telltale on %s.", s->source, s->made_on);
}

void summary_document(const struct day_summary *s, unsigned rows, struct document *d)
{
    char title[400], subtitle[400], footer[200];
    title_of(s, title, sizeof(title), subtitle, sizeof(subtitle));
    snprintf(footer, sizeof(footer), "telltale: %s. May hold personal data: keep it as you keep safeguarding records.", day_summary_note(s));
    document_init(d, s->demo, title, subtitle, footer);
    if (s->rc < 0)
        d->rc = s->rc;
    add_opening(d, day_summary_sentences(s));
    if (s->contacts > 0)
        add_hours(s, d);
    if (s->contacts > 0)
        add_companies(s, rows, d);
    if (day_summary_is_range(s))
        add_days(s, rows, d);
    if (s->contacts > 0) {
        add_trackers(s, rows, d);
        add_purposes(s, d);
    }
    add_sites(s, rows, d);
    add_new(s, rows, d);
    add_countries(s, rows, d);
    add_devices(s, rows, d);
    add_blind(s, d);
    add_method(s, d);
}

int summary_write_html(const struct day_summary *s, bool all, FILE *out)
{
    struct document d;
    summary_document(s, all ? 0 : ROWS_USUAL, &d);
    int rc = html_write(&d, out);
    document_fini(&d);
    return rc;
}

int summary_write_pdf(const struct day_summary *s, bool all, FILE *out)
{
    struct document d;
    unsigned rows = ROWS_USUAL, pages = 1;
    int rc = 0;
    summary_document(s, all ? 0 : rows, &d);
    while (!all && (rc = pdf_write(&d, NULL, &pages)) == 0 && pages > 1 && rows > ROWS_LEAST) {
        document_fini(&d);
        summary_document(s, --rows, &d);
    }
    if (rc == 0)
        rc = pdf_write(&d, out, NULL);
    document_fini(&d);
    return rc;
}
