/* har_html.c -- a har_report as one HTML file that stands alone (reports/html.h gives its head, its looks and its escapes).
 *
 * What belongs together stands in one cell: whose host it is and its name, how much was carried and what. Nothing is a link: a click on a
 * tracker's address would be a visit to it.
 */
#include "reports/har.h"

#include "reports/har_parts.h"
#include "reports/html.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void element(FILE *out, const char *open, const char *text, const char *close)
{
    fputs(open, out);
    html_text(out, text);
    fputs(close, out);
}

static void begin_table(FILE *out, const char *caption, const char *const *titles, size_t n)
{
    element(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"", caption, "\">\n<table>\n");
    element(out, "<caption>", caption, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < n; i++)
        element(out, "<th scope=\"col\">", titles[i], "</th>");
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void end_table(FILE *out)
{
    fputs("</tbody>\n</table>\n</div>\n", out);
}

static void leak_row(const struct har_request *q, const struct har_leak *l, const char *title, FILE *out)
{
    char after[HAR_AFTER_BYTES];
    bool by_host = strcmp(har_company(q), q->host) == 0;
    element(out, "<tr><td class=\"n\">", har_after(q->after_ms, after), "</td>");
    element(out, "<th scope=\"row\"><strong>", har_company(q), "</strong>");
    element(out, by_host ? "" : "<br>", by_host ? "" : q->host, "</th>");
    element(out, "<td><code>", l->parameter, l->base64 ? "</code> (base64)</td>" : "</code></td>");
    element(out, "<td>", l->carried, "<br>");
    element(out, "", strcmp(l->carried, "title") == 0 ? title : l->page, "");
    if (l->carrier)
        element(out, "<br>inside ", l->carrier, "");
    element(out, "</td><td style=\"overflow-wrap:normal\">", q->role ? q->role : "", "</td>");
    element(out, "<td>", har_consent_word(q->consent), "</td>");
    element(out, "<td>", q->id_parameters, q->id_parameters[0] && q->cookies_sent[0] ? "; " : "");
    element(out, q->cookies_sent[0] ? "cookies: " : "", q->cookies_sent, "</td></tr>\n");
}

static void page_section(const struct har_report *r, size_t page, FILE *out)
{
    static const char *const titles[] = {"After", "Company", "Parameter", "Carried", "Role", "Consent", "Went along"};
    const struct har_page *p = &r->pages[page];
    element(out, "<h2>Page: ", p->title[0] ? p->title : p->address, "</h2>\n");
    element(out, "<p>", p->address, "");
    if (p->label) {
        element(out, "<br>A page of ", p->label, "");
        element(out, " (", p->category, ")");
    }
    fputs("</p>\n", out);
    begin_table(out, "Requests that told of this page", titles, sizeof(titles) / sizeof(titles[0]));
    for (size_t i = 0; i < r->requests_len; i++)
        for (size_t k = 0; k < r->requests[i].leaks_len; k++)
            if (r->requests[i].leaks[k].of == page && har_is_listed(&r->requests[i], &r->requests[i].leaks[k]))
                leak_row(&r->requests[i], &r->requests[i].leaks[k], p->title, out);
    end_table(out);
}

static void chains_section(const struct har_report *r, FILE *out)
{
    bool begun = false;
    for (size_t i = 0; i < r->requests_len; i++) {
        unsigned hops = 0;
        if (!har_begins_chain(&r->requests[i]))
            continue;
        fputs(begun ? "" : "<h2>Led on to others by redirects</h2>\n<ul>\n", out);
        begun = true;
        fputs("<li>", out);
        for (const struct har_request *q = &r->requests[i]; q && hops < 16; q = har_next_in_chain(r, q), hops++) {
            element(out, hops ? "<br>led to " : "", q->address, "");
            element(out, " (", har_company(q), ")");
        }
        fputs("</li>\n", out);
    }
    fputs(begun ? "</ul>\n" : "", out);
}

static int others_section(const struct har_report *r, FILE *out)
{
    static const char *const titles[] = {"Company", "Requests", "First host", "Purpose"};
    size_t n;
    bool begun = false;
    struct har_party *parties = har_parties(r, &n);
    if (!parties)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct har_request *q = &r->requests[parties[i].first];
        if (parties[i].told > 0 || parties[i].told_site > 0)
            continue;
        if (!begun) {
            fputs("<h2>Contacted, nothing of the page found in it</h2>\n", out);
            begin_table(out, "Others that were contacted", titles, sizeof(titles) / sizeof(titles[0]));
        }
        begun = true;
        element(out, "<tr><th scope=\"row\">", parties[i].name, "</th>");
        fprintf(out, "<td class=\"n\">%zu</td>", parties[i].requests);
        element(out, "<td>", q->host, "</td>");
        element(out, "<td>", q->matched ? purpose_phrase(q->purpose) : "in no list", "</td></tr>\n");
    }
    if (begun)
        end_table(out);
    free(parties);
    return 0;
}

static void recordings_section(const struct har_report *r, FILE *out)
{
    char sentence[HAR_SENTENCE_BYTES];
    fputs("<h2>What was read</h2>\n<ul>\n", out);
    for (size_t i = 0; i < r->recordings_len; i++) {
        const struct har_recording *rec = &r->recordings[i];
        element(out, "<li>", rec->file, ": ");
        element(out, "", rec->browser[0] ? rec->browser : "browser not named", "");
        fprintf(out, ", %llu entries, %d&nbsp;%% of them read. ", (unsigned long long)rec->entries,
                (int)(har_coverage(rec) * 100));
        fputs(rec->failed ? "The file is damaged: what came before the damage is here. " : "", out);
        fputs(rec->scan_cut ? "Some requests held more than was looked at. " : "", out);
        element(out, "", har_consent_sentence(rec, sentence), " ");
        element(out, "", har_cookies_sentence(rec), "</li>\n");
    }
    element(out, "</ul>\n<p>Looked for trackers of ", r->feeds ? r->feeds : "no list",
            ".</p>\n<h2>What a recording cannot show</h2>\n<ul>\n");
    for (size_t i = 0; i < HAR_LIMITS_LEN; i++)
        element(out, "<li>", har_limits[i], "</li>\n");
    fputs("</ul>\n", out);
}

int har_write_html(const struct har_report *r, FILE *out)
{
    struct har_totals totals;
    char sentence[HAR_SENTENCE_BYTES];
    bool *has = calloc(r->pages_len + 1, sizeof(*has));
    int rc = has ? har_totals(r, &totals) : -ENOMEM;
    html_begin(out, "Who was told which page", "From a browser's own recording", false);
    if (rc == 0) {
        for (size_t i = 0; i < r->requests_len; i++)
            for (size_t k = 0; k < r->requests[i].leaks_len; k++)
                has[r->requests[i].leaks[k].of] = true;
        har_headline(&totals, sentence);
        element(out, "<p class=\"lead\">", sentence, "</p>\n");
        for (size_t i = 0; i < r->pages_len; i++)
            if (has[i])
                page_section(r, i, out);
        chains_section(r, out);
        rc = others_section(r, out);
        recordings_section(r, out);
    }
    html_end(out, har_note);
    free(has);
    int stream = report_finish(out);
    return rc < 0 ? rc : stream;
}
