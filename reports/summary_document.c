/* summary_document.c -- a summary as a page: what a lead needs first, then where it comes from, then what was not seen.
 *
 * A page of A4 holds the sentences, one to three charts and six short tables; so each table has at most `rows` rows and says how many it
 * leaves out, and the PDF writer looks for the most that is one page. What a table leaves out is in the CSV and the JSON. The tables themselves
 * are in summary_tables.c.
 */
#include "reports/day_summary.h"

#include "reports/days.h"
#include "reports/document.h"
#include "reports/evidence_report.h"
#include "reports/html.h"
#include "reports/page.h"
#include "reports/pdf.h"
#include "reports/summary_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_USUAL  10u
#define ROWS_LEAST  1u
#define ROWS_DELAYS 4u /* the chart of delays gives way before tables get shorter than this */
#define ROWS_PURPOSES 6u /* of a page that is compact, at least */

/* How much of it: rows of every table but that of companies, of that one; 0: all. */
struct measure {
    unsigned rows, companies;
    bool delays;  /* the chart of them */
    bool compact; /* for one page: narrower tables, two side by side, without what the CSV has anyway */
};

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

static unsigned at_least(unsigned rows, unsigned beside)
{
    return rows > 0 && rows < beside ? beside : rows;
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
    struct period term;
    if (s->of_capture)
        snprintf(title, title_size, "Trackers contacted in %s", s->source);
    else if (day_summary_term(s, &term))
        snprintf(title, title_size, "Trackers contacted in term %c of %.4s, %s", term.name[6], term.name, days);
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
    unsigned few = summary_tables_rows_of_purposes(s) < ROWS_PURPOSES ? summary_tables_rows_of_purposes(s) : ROWS_PURPOSES;
    if (s->contacts > 0)
        summary_tables_companies(s, m.compact ? at_least(m.companies, few) : m.companies, m.compact, d);
    if (s->contacts > 0 && m.compact)
        summary_tables_purposes(s, at_least(m.companies, few), d);
    if (m.compact)
        return;
    if (range)
        summary_tables_days(s, m.rows, d);
    if (s->contacts > 0)
        summary_tables_trackers(s, at_least(m.rows, range ? summary_tables_rows_of_days(s) : summary_tables_rows_of_purposes(s)), d);
    if (s->contacts > 0 && !range)
        summary_tables_purposes(s, 0, d);
}

/* What is left for below the support sites. */
static void add_rest(const struct day_summary *s, struct measure m, struct document *d)
{
    bool range = day_summary_is_range(s);
    if (m.compact) {
        if (range)
            summary_tables_days(s, m.rows, d);
        if (s->contacts > 0)
            summary_tables_trackers(s, range ? at_least(m.rows, summary_tables_rows_of_days(s)) : m.rows, d);
        summary_tables_devices(s, m.rows, d);
        if (day_summary_fresh(s) == 0 && !s->of_capture) /* and three narrow tables do not stand in a row */
            document_add(d, DOCUMENT_SMALL, s->earlier_days > 0 ? "No tracker is new." : "Which trackers are new cannot be told yet.");
        summary_tables_new(s, at_least(m.rows, summary_tables_rows_of_coverage(s)), true, d);
        summary_tables_coverage(s, d);
        summary_tables_countries_sentence(s, ROWS_USUAL, d);
        return;
    }
    summary_tables_new(s, m.rows, false, d);
    summary_tables_countries(s, m.rows, d);
    summary_tables_devices(s, at_least(m.rows, summary_tables_rows_of_coverage(s)), d);
    if (s->contacts > 0 && range)
        summary_tables_purposes(s, at_least(m.rows, summary_tables_rows_of_coverage(s)), d);
    summary_tables_coverage(s, d);
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
        summary_tables_days_chart(s, d);
    if (s->contacts > 0)
        summary_tables_hours(s, d);
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
