/* report_sections.c -- the parts of the terminal report after its contacts: support sites and who was contacted after a
 * visit, page addresses that a tracker was given, applications, and what could not be seen.
 *
 * The wording is the point. A disclosure says "contacted after", since a name in a handshake does not show what was
 * sent (its sentences are evidence_words.c's); only a URL that was read says "carried". A number that the report withholds
 * is called withheld, never left blank.
 */
#include "reports/evidence_words.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATIONS_SHOWN 10

/* "Xandr (Microsoft), an ad exchange, at secure.adnxs.com". */
static void who(const struct report_disclosure *d, FILE *out)
{
    const char *tracker = d->tracker ? d->tracker : d->organisation;
    bool owner = tracker && d->organisation && strcmp(tracker, d->organisation) != 0;
    fputs(tracker ? tracker : "a company that the list does not name", out);
    if (owner)
        fprintf(out, " (%s)", d->organisation);
    fprintf(out, ", %s", purpose_phrase(d->purpose));
    if (d->host)
        fprintf(out, ", at %s", d->host);
}

static struct evidence_story story_of(const struct report_site *s, const struct report_disclosure *d)
{
    const char *tracker = d->tracker ? d->tracker : d->organisation;
    return (struct evidence_story){.site = s->label ? s->label : s->site,
                                   .tracker = tracker ? tracker : d->host,
                                   .days = d->days,
                                   .days_with = d->days_with,
                                   .result = &d->result};
}

/* Who it is, then what was seen: the sentence of the verdict, and how soon. */
static void print_disclosure(const struct report_site *s, const struct report_disclosure *d, struct page *page)
{
    struct evidence_story story = story_of(s, d);
    char *text = NULL, *sentence = evidence_sentence(&story);
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (out) {
        who(d, out);
        fprintf(out, ". %s Half of these contacts came within %.1f s of the visit.", sentence ? sentence : "",
                fmax(ceil(d->result.median_delay_s * 10 - 1e-9) / 10, 0.1));
        if (d->before)
            fprintf(out, " In %s visit%s it came right after %s: one may have handed the visit on to the other.", PAGE_NUMBER(d->before_visits),
                    page_plural(d->before_visits), d->before);
        if (d->role)
            fprintf(out, " Pixel, plug-in or log-in: %s.", d->role);
        fclose(out);
    }
    if (text && sentence)
        page_item(page, 4, d->result.verdict == EVIDENCE_SHOWN ? PAGE_ALARM : PAGE_PLAIN,
                  d->result.verdict == EVIDENCE_SHOWN ? "Shown" : "Likely", text);
    else
        page->rc = -ENOMEM;
    free(text);
    free(sentence);
}

/* All shown trackers of the site in one sentence: what a lead will quote. */
static void print_headline(const struct report_site *s, struct page *page)
{
    struct evidence_story *stories = calloc(s->disclosures_len, sizeof(*stories));
    char *headline = NULL;
    if (stories) {
        for (size_t i = 0; i < s->disclosures_len; i++)
            stories[i] = story_of(s, &s->disclosures[i]);
        headline = evidence_headline(stories, s->disclosures_len);
    }
    if (!headline)
        page->rc = -ENOMEM;
    else if (*headline)
        page_paragraph(page, 4, 4, "%s", headline);
    free(headline);
    free(stories);
}

/* What is no finding is counted, so that nobody takes silence for an acquittal. */
static void print_rest(size_t no, size_t too_few, struct page *page)
{
    if (no > 0)
        page_paragraph(page, 4, 6, "%s more tracker host%s followed visits no more often than chance may explain.",
                       PAGE_NUMBER(no), page_plural(no));
    if (too_few > 0)
        page_paragraph(page, 4, 6, "%s more tracker host%s followed fewer than two visits: too few to tell.",
                       PAGE_NUMBER(too_few), page_plural(too_few));
}

static void print_disclosures(const struct report_site *s, struct page *page)
{
    size_t by_verdict[EVIDENCE_SHOWN + 1] = {0};
    if (s->disclosures_len == 0)
        return;
    print_headline(s, page);
    for (size_t i = 0; i < s->disclosures_len; i++) {
        const struct report_disclosure *d = &s->disclosures[i];
        by_verdict[d->result.verdict]++;
        if (d->result.verdict == EVIDENCE_SHOWN || d->result.verdict == EVIDENCE_LIKELY)
            print_disclosure(s, d, page);
    }
    print_rest(by_verdict[EVIDENCE_NO], by_verdict[EVIDENCE_TOO_FEW], page);
}

static void print_site(const struct report_site *s, struct page *page)
{
    bool labelled = s->label && s->site && strcmp(s->label, s->site) != 0;
    char devices[80];
    if (s->devices < 0)
        snprintf(devices, sizeof(devices), "by a number of devices that is withheld");
    else
        snprintf(devices, sizeof(devices), "by %s device%s", PAGE_NUMBER((unsigned long long)s->devices),
                 page_plural((unsigned long long)s->devices));
    page_paragraph(page, 2, 4, "%s%s%s%s, %s: %s visit%s %s",
                   labelled  ? s->label
                   : s->site ? s->site
                             : "-",
                   labelled ? " (" : "", labelled ? s->site : "", labelled ? ")" : "",
                   s->category ? s->category : "no category", PAGE_NUMBER(s->visits), page_plural(s->visits), devices);
    print_disclosures(s, page);
}

void report_sites_section(const struct capture_report *r, struct page *page)
{
    bool disclosures = false;
    for (size_t i = 0; i < r->sites_len; i++)
        disclosures = disclosures || r->sites[i].disclosures_len > 0;
    page_heading(page, disclosures ? "Support sites visited, and who was contacted after" : "Support sites visited");
    for (size_t i = 0; i < r->sites_len; i++)
        print_site(&r->sites[i], page);
    if (disclosures)
        page_paragraph(page, 2, 2,
                       "\"Contacted after\" says that a connection was seen, not what was sent in it. Connections kept open or "
                       "shared between names, and cached pages, hide contacts that took place.");
    if (!r->shows_everything && !r->demo) /* said always: whether a site was hidden is itself withheld */
        page_paragraph(page, 2, 2, "%s appear here only when so many devices visited that no figure can point to one person.",
                       r->sites_len == 0 ? "Support sites" : "Other support sites");
    else if (r->sites_len == 0)
        page_paragraph(page, 2, 2, "None of the %s support site%s on the list was seen.", PAGE_NUMBER(r->site_rules),
                       page_plural(r->site_rules));
}

void report_leaks_section(const struct capture_report *r, struct page *page)
{
    if (r->leaks_len == 0)
        return;
    page_heading(page, "Page addresses that a request to a tracker carried");
    for (size_t i = 0; i < r->leaks_len; i++) {
        const struct report_leak *l = &r->leaks[i];
        page_paragraph(page, 2, 4, "%s: a request to %s carried %s in its parameter \"%s\" (seen in %s)",
                       l->site ? l->site : "-", l->host ? l->host : "-", l->page ? l->page : "-",
                       l->parameter ? l->parameter : "-", l->via ? l->via : "-");
    }
}

static void application_cells(const struct report_application *a, struct page_cell cells[4])
{
    page_cell_set(&cells[0], PAGE_PLAIN, "%s", a->name ? a->name : "-");
    page_cell_set(&cells[1], PAGE_PLAIN, "%s", a->category ? a->category : "-");
    page_cell_set(&cells[2], PAGE_PLAIN, "%s", PAGE_NUMBER(a->flows));
    page_cell_set(&cells[3], PAGE_PLAIN, "%s", PAGE_BYTES(a->bytes));
}

void report_applications_section(const struct capture_report *r, struct page *page)
{
    if (r->applications_len == 0)
        return;
    struct page_column columns[4] = {
        {.title = "Application"},
        {.title = "Category"},
        {.title = "Flows", .right = true},
        {.title = "Volume", .right = true},
    };
    struct page_cell cells[4];
    size_t shown = r->applications_len < APPLICATIONS_SHOWN ? r->applications_len : APPLICATIONS_SHOWN;
    page_heading(page, "Applications");
    for (size_t i = 0; i < shown; i++) {
        application_cells(&r->applications[i], cells);
        page_table_measure(columns, 4, cells);
    }
    page_table_fit(page, columns, 4);
    for (size_t i = 0; i < shown; i++) {
        application_cells(&r->applications[i], cells);
        page_table_row(page, columns, 4, cells);
    }
    if (shown < r->applications_len)
        page_paragraph(page, 2, 2, "and %s more", PAGE_NUMBER(r->applications_len - shown));
}

#define DOUBTFUL_NAMED 8 /* more are only counted */

/* One hardware address at two addresses at once. Returns whether there is any. */
static bool say_doubtful(const struct capture_report *r, struct page *page)
{
    uint64_t doubtful = 0;
    for (size_t i = 0; i < r->devices_len; i++) {
        const struct report_device *d = &r->devices[i];
        if (!d->doubtful || ++doubtful > DOUBTFUL_NAMED)
            continue;
        page_paragraph(page, 2, 4, "%s: two machines may be using this hardware address, for it was at two network addresses at once; they count as one device", d->label ? d->label : d->device);
    }
    if (doubtful > DOUBTFUL_NAMED)
        page_paragraph(page, 2, 4, "the same of %s more device%s", PAGE_NUMBER(doubtful - DOUBTFUL_NAMED), page_plural(doubtful - DOUBTFUL_NAMED));
    return doubtful > 0;
}

void report_blind_section(const struct capture_report *r, struct page *page)
{
    static const char *const reasons[BLIND_COUNT] = {
        [BLIND_ECH] = "the name was encrypted in the handshake (ECH)",
        [BLIND_DOH] = "lookups inside HTTPS (DoH), whose questions cannot be seen",
        [BLIND_DOT] = "lookups inside TLS (DoT), whose questions cannot be seen",
        [BLIND_DOQ] = "lookups inside QUIC (DoQ), whose questions cannot be seen",
        [BLIND_RELAY] = "a private relay stood in for the real destination",
        [BLIND_VPN] = "a VPN or Tor carried them, and whatever is inside",
        [BLIND_NO_NAME] = "no name in the flow, and no lookup that explains its address",
        [BLIND_INCOMPLETE] = "the first packets, where the name is, were missing or cut",
    };
    uint64_t hidden_dns = 0;
    for (size_t i = 0; i < r->devices_len; i++)
        hidden_dns += r->devices[i].hidden_dns;

    page_heading(page, "What could not be seen");
    bool any = hidden_dns > 0 || r->dropped > 0 || r->truncated > 0 || r->malformed > 0;
    for (int b = 0; b < BLIND_COUNT; b++) {
        if (r->blind[b] > 0)
            page_paragraph(page, 2, 4, "%s flow%s: %s", PAGE_NUMBER(r->blind[b]), page_plural(r->blind[b]), reasons[b]);
        any = any || r->blind[b] > 0;
    }
    if (hidden_dns > 0)
        page_paragraph(page, 2, 4, "%s device%s: lookups are hidden from this network, so only connections were seen",
                       PAGE_NUMBER(hidden_dns), page_plural(hidden_dns));
    any = say_doubtful(r, page) || any;
    if (r->dropped > 0)
        page_paragraph(page, 2, 4, "%s packet%s: arrived faster than they could be read, and were lost",
                       PAGE_NUMBER(r->dropped), page_plural(r->dropped));
    if (r->truncated > 0)
        page_paragraph(page, 2, 4, "%s packet%s: cut short in the capture", PAGE_NUMBER(r->truncated),
                       page_plural(r->truncated));
    if (r->malformed > 0)
        page_paragraph(page, 2, 4, "%s packet%s: not well formed", PAGE_NUMBER(r->malformed),
                       page_plural(r->malformed));
    if (r->files_failed > 0)
        page_paragraph(page, 2, 4, "%s of %s capture%s: could not be read, or not to the end", PAGE_NUMBER(r->files_failed),
                       PAGE_NUMBER(r->files_len), page_plural(r->files_len));
    if (!any && r->files_failed == 0)
        page_paragraph(page, 2, 2, "Nothing that the sensor knows of: no hidden name, no lost packet.");
}
