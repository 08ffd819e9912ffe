/* staff_report_table.c -- a staff test for a person at a terminal: the finding, the hosts in their order, pages told, and the comparison with a
 * browser's recording, misses first in words.
 */
#include "reports/staff_report.h"

#include "reports/page.h"
#include "reports/report_parts.h"

#include <time.h>

enum { AFTER, COMPANY, SEEN, CONNECTIONS, PURPOSE, HOST, COLUMNS };

static void set_columns(struct page_column columns[COLUMNS])
{
    static const char *const titles[COLUMNS] = {"After", "Company", "Seen", "Connections", "Purpose", "Name"};
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = (struct page_column){.title = titles[i], .right = i == AFTER || i == CONNECTIONS, .keep_end = i == HOST};
}

static void fill_cells(struct page_cell cells[COLUMNS], const struct staff_host *h)
{
    bool both = h->tracker && h->organisation;
    page_cell_set(&cells[AFTER], PAGE_PLAIN, "%.1f s", h->after_ms / 1000.0);
    page_cell_set(&cells[COMPANY], PAGE_PLAIN, both ? "%s (%s)" : "%s", h->tracker ? h->tracker : staff_company(h), h->organisation);
    page_cell_set(&cells[SEEN], PAGE_PLAIN, "%s", evidence_word(h->evidence));
    page_cell_set(&cells[CONNECTIONS], PAGE_PLAIN, "%s", PAGE_NUMBER(h->connections));
    page_cell_set(&cells[PURPOSE], PAGE_PLAIN, "%s", purpose_word(h->purpose));
    page_cell_set(&cells[HOST], PAGE_PLAIN, "%s", h->host);
}

static void headline(const struct staff_report *r, struct page *out)
{
    size_t companies = staff_companies(r);
    const char *name = r->label ? r->label : r->site;
    if (r->demo)
        page_statement(out, "DEMO: a capture was replayed.");
    if (r->visits == 0)
        page_statement(out, "Staff test: %s was not opened on the device%s.", name, r->state == STORE_TEST_RUNNING ? " yet" : " while the test went on");
    else if (r->hosts_len == 0)
        page_statement(out, "Staff test: after %s was opened, no tracker that the lists have was contacted.", name);
    else
        page_statement(out, "Staff test: after %s was opened, the device contacted %s compan%s (%s tracker host%s).", name, PAGE_NUMBER(companies),
                       companies == 1 ? "y" : "ies", PAGE_NUMBER(r->hosts_len), page_plural(r->hosts_len));
}

static void hosts_section(const struct staff_report *r, struct page *out)
{
    struct page_column columns[COLUMNS];
    struct page_cell cells[COLUMNS];
    set_columns(columns);
    if (r->hosts_len == 0)
        return;
    page_heading(out, "Contacted after");
    for (size_t i = 0; i < r->hosts_len; i++) {
        fill_cells(cells, &r->hosts[i]);
        page_table_measure(columns, COLUMNS, cells);
    }
    page_table_fit(out, columns, COLUMNS);
    for (size_t i = 0; i < r->hosts_len; i++) {
        fill_cells(cells, &r->hosts[i]);
        page_table_row(out, columns, COLUMNS, cells);
        for (size_t k = 1; k < r->hosts[i].chain_len; k++)
            page_paragraph(out, 12, 14, "alias of %s", r->hosts[i].chain[k]);
    }
}

static void leaks_section(const struct staff_report *r, struct page *out)
{
    if (r->leaks_len > 0)
        page_heading(out, "Pages told in clear text");
    for (size_t i = 0; i < r->leaks_len; i++)
        page_paragraph(out, 2, 6, "%s was told %s in %s", r->leaks[i].host, r->leaks[i].page, r->leaks[i].parameter);
}

static void missed_section(const struct staff_recall *recall, struct page *out)
{
    for (size_t i = 0; i < recall->hosts_len; i++) {
        const struct staff_recall_host *h = &recall->hosts[i];
        bool company_seen;
        staff_recall_leads(recall, i, &company_seen);
        if (!h->seen)
            page_paragraph(out, 2, 6, "not seen: %s%s (%s): %s", h->host, company_seen ? "" : ", and nothing else of its company", h->company,
                           staff_miss_sentence(h->why));
    }
    for (size_t i = 0; i < recall->hosts_len; i++)
        if (recall->hosts[i].requests == 0)
            page_paragraph(out, 2, 6, "on the network only: %s (%s): an alias that a browser does not show, another tab or app, or another visit", recall->hosts[i].host,
                           recall->hosts[i].company);
}

static void recall_section(const struct staff_report *r, const struct staff_recall *recall, struct page *out)
{
    page_heading(out, "Beside the browser's recording");
    if (recall->pages == 0) {
        page_paragraph(out, 2, 2, "The recording has no page of %s: it is not of this visit.", r->site);
        return;
    }
    page_paragraph(out, 2, 2, "The network showed %s of the %s companies that the browser spoke to (in %s requests to hosts that the lists have).",
                   PAGE_NUMBER(recall->companies_seen), PAGE_NUMBER(recall->companies), PAGE_NUMBER(recall->requests));
    for (size_t i = 0; i < recall->hosts_len; i++)
        if (recall->hosts[i].told_page)
            page_paragraph(out, 2, 6, "proved by the recording: %s (%s) was told which page was read%s", recall->hosts[i].host, recall->hosts[i].company,
                           recall->hosts[i].seen ? "" : ", which the network did not show");
    missed_section(recall, out);
    if (recall->unlisted > 0)
        page_paragraph(out, 2, 2, "%s more host%s that no list has: the sensor keeps no such name, so there is nothing to compare.", PAGE_NUMBER(recall->unlisted),
                       page_plural(recall->unlisted));
}

static void session_section(const struct staff_report *r, struct page *out)
{
    char hour[32] = "";
    struct tm tm;
    time_t began = (time_t)r->hour_s;
    if (localtime_r(&began, &tm))
        strftime(hour, sizeof(hour), "%Y-%m-%d %H:00", &tm);
    page_heading(out, "The test");
    page_paragraph(out, 2, 4, "%s of %s%s%s%s, begun in the hour of %s (local time), for %s minutes; %s", r->id, r->site, r->category ? " (" : "", r->category ? r->category : "",
                   r->category ? ")" : "", hour, PAGE_NUMBER(r->minutes), store_test_state_word(r->state));
    page_paragraph(out, 2, 4, "%s visit%s; reason: %s", PAGE_NUMBER(r->visits), page_plural(r->visits), r->reason);
    if (r->beyond > 0)
        page_paragraph(out, 2, 4, "%s times there was no room for a host or a leak", PAGE_NUMBER(r->beyond));
    page_paragraph(out, 2, 4, "A member of staff's own device; it is in no other figure.");
}

int staff_write_table(const struct staff_report *r, const struct staff_recall *recall, const struct report_style *style, FILE *out)
{
    struct page page = page_open(out, style->width, style->colour);
    headline(r, &page);
    hosts_section(r, &page);
    leaks_section(r, &page);
    if (recall)
        recall_section(r, recall, &page);
    session_section(r, &page);
    page_paragraph(&page, 0, 0, "%s", "");
    page_paragraph(&page, 0, 0, "\"Contacted after\" says that a connection was seen, not what was sent in it. %s", staff_note);
    int stream = report_finish(out);
    return page.rc < 0 ? page.rc : stream;
}
