/* har_table.c -- a har_report for a person at a terminal.
 *
 * First the finding, then for each page who was told what and in which parameter, then how requests led on to others, then who was contacted
 * without being told, and last what a recording cannot show. A row too wide for the terminal is cut by reports/page.c; CSV and
 * JSON have all of it.
 */
#include "reports/har.h"

#include "reports/har_parts.h"
#include "reports/page.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>

enum { AFTER, COMPANY, PARAMETER, CARRIED, ROLE, CONSENT, WITH, HOST, COLUMNS };

static void set_columns(struct page_column columns[COLUMNS])
{
    static const char *const titles[COLUMNS] = {"After", "Company", "Parameter",  "Carried",
                                                "Role",  "Consent", "Went along", "Host"};
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = (struct page_column){.title = titles[i], .right = i == AFTER, .keep_end = i == HOST};
}

static void fill_cells(struct page_cell cells[COLUMNS], const struct har_request *q, const struct har_leak *l)
{
    char after[HAR_AFTER_BYTES];
    bool both = q->id_parameters[0] && q->cookies_sent[0];
    page_cell_set(&cells[AFTER], PAGE_PLAIN, "%s", har_after(q->after_ms, after));
    page_cell_set(&cells[COMPANY], l->tells_page ? PAGE_ALARM : PAGE_PLAIN, "%s", har_company(q));
    page_cell_set(&cells[HOST], PAGE_PLAIN, "%s", q->host);
    page_cell_set(&cells[PARAMETER], PAGE_PLAIN, "%s%s", l->parameter, l->base64 ? " (base64)" : "");
    page_cell_set(&cells[CARRIED], PAGE_PLAIN, "%s", l->carried);
    page_cell_set(&cells[ROLE], PAGE_PLAIN, "%s", q->role ? q->role : "");
    page_cell_set(&cells[CONSENT], PAGE_PLAIN, "%s", har_consent_word(q->consent));
    page_cell_set(&cells[WITH], PAGE_FAINT, "%s%s%s%s", q->id_parameters, both ? " " : "",
                  q->cookies_sent[0] ? "cookies: " : "", q->cookies_sent);
}

static void each_leak(const struct har_report *r, size_t page,
                      void (*each)(struct page *out, struct page_column *columns, const struct page_cell *cells),
                      struct page *out, struct page_column *columns)
{
    struct page_cell cells[COLUMNS];
    for (size_t i = 0; i < r->requests_len; i++)
        for (size_t k = 0; k < r->requests[i].leaks_len; k++)
            if (r->requests[i].leaks[k].of == page && har_is_listed(&r->requests[i], &r->requests[i].leaks[k])) {
                fill_cells(cells, &r->requests[i], &r->requests[i].leaks[k]);
                each(out, columns, cells);
            }
}

static void measure(struct page *out, struct page_column *columns, const struct page_cell *cells)
{
    (void)out;
    page_table_measure(columns, COLUMNS, cells);
}

static void print(struct page *out, struct page_column *columns, const struct page_cell *cells)
{
    page_table_row(out, columns, COLUMNS, cells);
}

static bool *pages_with_leaks(const struct har_report *r)
{
    bool *has = calloc(r->pages_len + 1, sizeof(*has));
    for (size_t i = 0; has && i < r->requests_len; i++)
        for (size_t k = 0; k < r->requests[i].leaks_len; k++)
            has[r->requests[i].leaks[k].of] = true;
    return has;
}

static void page_section(const struct har_report *r, size_t i, struct page *out)
{
    const struct har_page *p = &r->pages[i];
    struct page_column columns[COLUMNS];
    set_columns(columns);
    page_heading(out, p->title[0] ? "Page" : "Page (its title is not in the recording)");
    if (p->title[0])
        page_paragraph(out, 2, 4, "%s", p->title);
    page_paragraph(out, 2, 4, "%s", p->address[0] ? p->address : "(address not in the recording)");
    if (p->label)
        page_paragraph(out, 2, 4, "a page of %s (%s)", p->label, p->category);
    page_paragraph(out, 2, 4, "%s request%s, %s of them to others", PAGE_NUMBER(p->requests), page_plural(p->requests),
                   PAGE_NUMBER(p->third_party));
    each_leak(r, i, measure, out, columns);
    page_table_fit(out, columns, COLUMNS);
    each_leak(r, i, print, out, columns);
}

static void chains_section(const struct har_report *r, struct page *out)
{
    bool begun = false;
    for (size_t i = 0; i < r->requests_len; i++) {
        if (!har_begins_chain(&r->requests[i]))
            continue;
        if (!begun)
            page_heading(out, "Led on to others by redirects");
        begun = true;
        unsigned indent = 2;
        for (const struct har_request *q = &r->requests[i]; q && indent < 34; q = har_next_in_chain(r, q), indent += 2)
            page_paragraph(out, indent, indent + 4, "%s%s (%s%s%d)", indent > 2 ? "led to " : "", q->address,
                           har_company(q), q->status ? ", answered " : ", status ", q->status);
    }
}

static int others_section(const struct har_report *r, struct page *out)
{
    size_t n, shown = 0;
    struct har_party *parties = har_parties(r, &n);
    if (!parties)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct har_request *q = &r->requests[parties[i].first];
        if (parties[i].told > 0 || parties[i].told_site > 0)
            continue;
        if (shown++ == 0)
            page_heading(out, "Contacted, nothing of the page found in it");
        if (shown <= 40)
            page_paragraph(out, 2, 6, "%s: %s request%s, first to %s%s%s", parties[i].name,
                           PAGE_NUMBER(parties[i].requests), page_plural(parties[i].requests), q->host,
                           q->matched ? ", " : " (in no list)", q->matched ? purpose_phrase(q->purpose) : "");
    }
    if (shown > 40)
        page_paragraph(out, 2, 6, "and %s more", PAGE_NUMBER(shown - 40));
    free(parties);
    return 0;
}

static void recordings_section(const struct har_report *r, struct page *out)
{
    char sentence[HAR_SENTENCE_BYTES];
    page_heading(out, "What was read");
    for (size_t i = 0; i < r->recordings_len; i++) {
        const struct har_recording *rec = &r->recordings[i];
        page_paragraph(out, 2, 4, "%s: %s%s, %s entr%s, %d %% of them read%s", rec->file,
                       rec->browser[0] ? "recorded by " : "browser not named", rec->browser, PAGE_NUMBER(rec->entries),
                       rec->entries == 1 ? "y" : "ies", (int)(har_coverage(rec) * 100),
                       rec->failed ? "; THE FILE IS DAMAGED" : "");
        page_paragraph(out, 4, 4, "%s", har_consent_sentence(rec, sentence));
        if (har_cookies_sentence(rec)[0])
            page_paragraph(out, 4, 4, "%s", har_cookies_sentence(rec));
        if (rec->scan_cut)
            page_paragraph(out, 4, 4, "%s", "Some requests held more than was looked at.");
    }
    page_paragraph(out, 2, 4, "Looked for trackers of %s", r->feeds ? r->feeds : "no list");
    page_heading(out, "What a recording cannot show");
    for (size_t i = 0; i < HAR_LIMITS_LEN; i++)
        page_paragraph(out, 2, 2, "%s", har_limits[i]);
}

int har_write_table(const struct har_report *r, const struct report_style *style, FILE *out)
{
    struct page page = page_open(out, style->width, style->colour);
    struct har_totals totals;
    char sentence[HAR_SENTENCE_BYTES];
    bool *has = pages_with_leaks(r);
    int rc = has ? har_totals(r, &totals) : -ENOMEM;
    if (rc == 0) {
        har_headline(&totals, sentence);
        page_statement(&page, "%s", sentence);
        for (size_t i = 0; i < r->pages_len; i++)
            if (has[i])
                page_section(r, i, &page);
        chains_section(r, &page);
        rc = others_section(r, &page);
    }
    if (rc == 0)
        recordings_section(r, &page);
    free(has);
    int stream = report_finish(out);
    return rc < 0 ? rc : page.rc < 0 ? page.rc : stream;
}
