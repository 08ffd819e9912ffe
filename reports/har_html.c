/* har_html.c -- a har_report as one HTML file that stands alone: no script, no picture, nothing fetched, and a policy that forbids both to
 * whatever might slip in. Tables have captions and header cells with a scope, so that a screen reader can say where it is; colour says
 * nothing that words do not. WCAG 2.2 AA; HTML 5 13.1.2.4 for the escapes. */
#include "reports/har.h"

#include "common/text.h"
#include "reports/har_parts.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" "
    "content=\"no-referrer\">\n"
    "<title>Who was told which page: telltale</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0 "
    "auto;max-width:75rem;padding:1rem;color:#1a1a1a;background:#fff}\n"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;font-"
    "weight:600;padding:.5rem 0}\n"
    "th,td{border:1px solid #767676;padding:.3rem "
    ".5rem;text-align:left;vertical-align:top}td.a{overflow-wrap:anywhere;min-width:10rem}\n"
    "td.n{text-align:right;white-space:nowrap}code{font-family:ui-monospace,monospace}\n"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}}\n"
    "@media print{.scroll{overflow:visible}}\n"
    "</style>\n</head>\n<body>\n<main>\n<h1>Who was told which page</h1>\n";

static void put(FILE *out, const char *text, int *rc)
{
    char *clean = text_clean_copy(text, strlen(text));
    if (!clean)
        *rc = -ENOMEM;
    for (const char *at = clean; at && *at; at++) {
        switch (*at) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(*at, out);
        }
    }
    free(clean);
}

static void element(FILE *out, const char *open, const char *text, const char *close, int *rc)
{
    fputs(open, out);
    put(out, text, rc);
    fputs(close, out);
}

static void cell(FILE *out, const char *text, int *rc)
{
    element(out, "<td>", text, "</td>", rc);
}

static void leak_row(const struct har_request *q, const struct har_leak *l, const char *title, FILE *out, int *rc)
{
    char after[HAR_AFTER_BYTES], with[sizeof("cookies: ") + 4096];
    snprintf(with, sizeof(with), "%s%s%s%s", q->id_parameters, q->id_parameters[0] && q->cookies_sent[0] ? "; " : "",
             q->cookies_sent[0] ? "cookies: " : "", q->cookies_sent);
    element(out, "<tr><td class=\"n\">", har_after(q->after_ms, after), "</td>", rc);
    element(out, "<th scope=\"row\">", har_company(q), "</th>", rc);
    cell(out, q->host, rc);
    element(out, "<td><code>", l->parameter, l->base64 ? "</code> (base64)</td>" : "</code></td>", rc);
    cell(out, l->carried, rc);
    element(out, "<td class=\"a\">", strcmp(l->carried, "title") == 0 ? title : l->page, "", rc);
    if (l->carrier)
        element(out, "<br>inside ", l->carrier, "", rc);
    fputs("</td>", out);
    cell(out, q->role ? q->role : "", rc);
    cell(out, har_consent_word(q->consent), rc);
    cell(out, with, rc);
    fputs("</tr>\n", out);
}

static void page_section(const struct har_report *r, size_t page, FILE *out, int *rc)
{
    static const char *const titles[] = {"After",      "Company", "Host",    "Parameter", "Carried",
                                         "As carried", "Role",    "Consent", "Went along"};
    const struct har_page *p = &r->pages[page];
    element(out, "<h2>Page: ", p->title[0] ? p->title : p->address, "</h2>\n", rc);
    element(out, "<p>", p->address, "", rc);
    if (p->label) {
        element(out, "<br>A page of ", p->label, " (", rc);
        put(out, p->category, rc);
        fputs(")", out);
    }
    fputs("</p>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Requests that told of this "
          "page\">\n<table>\n<caption>Requests that told of this page</caption>\n<thead><tr>",
          out);
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        fprintf(out, "<th scope=\"col\">%s</th>", titles[i]);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < r->requests_len; i++)
        for (size_t k = 0; k < r->requests[i].leaks_len; k++)
            if (r->requests[i].leaks[k].of == page && har_is_listed(&r->requests[i], &r->requests[i].leaks[k]))
                leak_row(&r->requests[i], &r->requests[i].leaks[k], p->title, out, rc);
    fputs("</tbody>\n</table>\n</div>\n", out);
}

static void chains_section(const struct har_report *r, FILE *out, int *rc)
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
            element(out, hops ? "<br>led to " : "", q->address, " (", rc);
            put(out, har_company(q), rc);
            fputs(")", out);
        }
        fputs("</li>\n", out);
    }
    fputs(begun ? "</ul>\n" : "", out);
}

static int others_section(const struct har_report *r, FILE *out, int *rc)
{
    size_t n;
    bool begun = false;
    struct har_party *parties = har_parties(r, &n);
    if (!parties)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct har_request *q = &r->requests[parties[i].first];
        if (parties[i].told > 0 || parties[i].told_site > 0)
            continue;
        if (!begun)
            fputs("<h2>Contacted, nothing of the page found in it</h2>\n<div class=\"scroll\" role=\"region\" "
                  "tabindex=\"0\" aria-label=\"Contacted\">\n<table>\n"
                  "<caption>Others that were contacted</caption>\n<thead><tr><th scope=\"col\">Company</th><th "
                  "scope=\"col\">Requests</th><th scope=\"col\">First host</th>"
                  "<th scope=\"col\">Purpose</th></tr></thead>\n<tbody>\n",
                  out);
        begun = true;
        element(out, "<tr><th scope=\"row\">", parties[i].name, "</th>", rc);
        fprintf(out, "<td class=\"n\">%zu</td>", parties[i].requests);
        cell(out, q->host, rc);
        cell(out, q->matched ? purpose_phrase(q->purpose) : "in no list", rc);
        fputs("</tr>\n", out);
    }
    fputs(begun ? "</tbody>\n</table>\n</div>\n" : "", out);
    free(parties);
    return 0;
}

static void recordings_section(const struct har_report *r, FILE *out, int *rc)
{
    char sentence[HAR_SENTENCE_BYTES];
    fputs("<h2>What was read</h2>\n<ul>\n", out);
    for (size_t i = 0; i < r->recordings_len; i++) {
        const struct har_recording *rec = &r->recordings[i];
        element(out, "<li>", rec->file, ": ", rc);
        put(out, rec->browser[0] ? rec->browser : "browser not named", rc);
        fprintf(out, ", %llu entries, %d&nbsp;%% of them read. ", (unsigned long long)rec->entries,
                (int)(har_coverage(rec) * 100));
        put(out, rec->failed ? "The file is damaged: what came before the damage is here. " : "", rc);
        put(out, har_consent_sentence(rec, sentence), rc);
        fputs(" ", out);
        element(out, "", har_cookies_sentence(rec), "</li>\n", rc);
    }
    element(out, "</ul>\n<p>Looked for trackers of ", r->feeds ? r->feeds : "no list",
            ".</p>\n<h2>What a recording cannot show</h2>\n<ul>\n", rc);
    for (size_t i = 0; i < HAR_LIMITS_LEN; i++)
        element(out, "<li>", har_limits[i], "</li>\n", rc);
    fputs("</ul>\n", out);
}

int har_write_html(const struct har_report *r, FILE *out)
{
    struct har_totals totals;
    char sentence[HAR_SENTENCE_BYTES];
    bool *has = calloc(r->pages_len + 1, sizeof(*has));
    int rc = has ? har_totals(r, &totals) : -ENOMEM;
    fputs(head, out);
    if (rc == 0) {
        for (size_t i = 0; i < r->requests_len; i++)
            for (size_t k = 0; k < r->requests[i].leaks_len; k++)
                has[r->requests[i].leaks[k].of] = true;
        har_headline(&totals, sentence);
        element(out, "<p><strong>", sentence, "</strong></p>\n", &rc);
        for (size_t i = 0; i < r->pages_len; i++)
            if (has[i])
                page_section(r, i, out, &rc);
        chains_section(r, out, &rc);
        int others = others_section(r, out, &rc);
        rc = rc < 0 ? rc : others;
        recordings_section(r, out, &rc);
    }
    fprintf(out, "</main>\n<footer><p>%s.</p></footer>\n</body>\n</html>\n", har_note);
    free(has);
    int stream = report_finish(out);
    return rc < 0 ? rc : stream;
}
