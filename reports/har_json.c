/* har_json.c -- a har_report as JSON: docs/HAR.md says what each field means. Arrays are written an element a line, so that a
 * large report is never built whole. */
#include "reports/har.h"

#include "reports/har_parts.h"
#include "reports/json_rows.h"
#include "reports/report_parts.h"

#include <string.h>

static void put_ms(struct json *object, const char *key, int64_t ms)
{
    if (ms == HAR_UNKNOWN_MS)
        json_put_null(object, key);
    else
        json_put_int(object, key, ms);
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

/* Names with a blank between two. */
static struct json *names_json(const char *names)
{
    struct json *list = json_new_array();
    for (const char *at = names; *at;) {
        char name[128];
        size_t n = strcspn(at, " ");
        snprintf(name, sizeof(name), "%.*s", (int)n, at);
        json_append_text(list, name);
        at += n;
        at += strspn(at, " ");
    }
    return list;
}

static struct json *recording_json(const struct har_report *r, size_t i)
{
    const struct har_recording *rec = &r->recordings[i];
    struct json *row = json_new_object();
    json_put_text(row, "file", rec->file);
    json_put_text(row, "browser", or_null(rec->browser));
    json_put_count(row, "entries", rec->entries);
    json_put_count(row, "unreadable", rec->unreadable);
    json_put_count(row, "beyond", rec->beyond);
    json_put_real(row, "coverage", har_coverage(rec));
    json_put_bool(row, "complete", !rec->failed && !rec->scan_cut && rec->beyond == 0);
    if (rec->consent_order)
        json_put_count(row, "consent_action", rec->consent_order);
    else
        json_put_null(row, "consent_action");
    json_put_bool(row, "has_cookies", rec->has_cookies);
    return row;
}

static struct json *page_json(const struct har_report *r, size_t i)
{
    const struct har_page *p = &r->pages[i];
    struct json *row = json_new_object();
    json_put_count(row, "recording", p->recording);
    json_put_text(row, "address", or_null(p->address));
    json_put_text(row, "title", or_null(p->title));
    json_put_text(row, "site", p->site);
    json_put_text(row, "label", p->label);
    json_put_text(row, "category", p->category);
    json_put_count(row, "requests", p->requests);
    json_put_count(row, "third_party", p->third_party);
    return row;
}

static void put_owner(struct json *row, const struct har_request *q)
{
    json_put_text(row, "matched", q->matched);
    json_put_text(row, "tracker", q->tracker);
    json_put_text(row, "organisation", q->organisation);
    json_put_text(row, "home_country", q->country);
    json_put_text(row, "purpose", q->matched ? purpose_word(q->purpose) : NULL);
    json_put_text(row, "role", q->role);
    json_put_text(row, "feed", q->feed);
}

static struct json *request_json(const struct har_report *r, size_t i)
{
    const struct har_request *q = &r->requests[i];
    struct json *row = json_new_object();
    json_put_count(row, "recording", q->recording);
    json_put_count(row, "order", q->order);
    if (q->page != SIZE_MAX)
        json_put_count(row, "page", q->page);
    else
        json_put_null(row, "page");
    put_ms(row, "after_ms", q->after_ms);
    json_put_text(row, "method", q->method);
    json_put_text(row, "host", q->host);
    json_put_text(row, "address", q->address);
    json_put_count(row, "status", (uint64_t)q->status);
    json_put_bool(row, "third_party", q->third_party);
    json_put_text(row, "consent", har_consent_word(q->consent));
    put_owner(row, q);
    json_put(row, "cookies_sent", names_json(q->cookies_sent));
    json_put(row, "cookies_set", names_json(q->cookies_set));
    json_put(row, "identifiers", names_json(q->id_parameters));
    json_put_text(row, "redirects_to", q->redirects_to);
    if (q->redirected_from)
        json_put_count(row, "redirected_from", q->redirected_from);
    else
        json_put_null(row, "redirected_from");
    json_put_count(row, "leaks", q->leaks_len);
    return row;
}

static struct json *leak_json(const struct har_report *r, const struct har_request *q, const struct har_leak *l)
{
    const struct har_page *p = &r->pages[l->of];
    struct json *row = json_new_object();
    json_put_text(row, "site", p->site);
    json_put_text(row, "host", q->host);
    json_put_text(row, "parameter", l->parameter);
    json_put_text(row, "page", l->page);
    json_put_text(row, "via", "har");
    json_put_text(row, "carried", l->carried);
    json_put_bool(row, "tells_page", l->tells_page);
    json_put_text(row, "place", l->place);
    json_put_text(row, "title", strcmp(l->carried, "title") == 0 ? p->title : NULL);
    json_put_text(row, "inside", l->carrier);
    json_put_bool(row, "base64", l->base64);
    json_put_count(row, "recording", q->recording);
    json_put_count(row, "request", q->order);
    put_ms(row, "after_ms", q->after_ms);
    json_put_text(row, "consent", har_consent_word(q->consent));
    put_owner(row, q);
    json_put(row, "cookies_sent", names_json(q->cookies_sent));
    json_put(row, "identifiers", names_json(q->id_parameters));
    return row;
}

static void write_rows(struct json_rows *w, const char *key, const struct har_report *r, size_t n, struct json *(*row)(const struct har_report *r, size_t i))
{
    json_rows_begin(w, key);
    for (size_t i = 0; i < n && w->rc == 0; i++)
        json_rows_add(w, row(r, i));
    json_rows_end(w, false);
}

static void write_leaks(struct json_rows *w, const struct har_report *r)
{
    json_rows_begin(w, "leaks");
    for (size_t i = 0; i < r->requests_len; i++)
        for (size_t k = 0; k < r->requests[i].leaks_len && w->rc == 0; k++)
            json_rows_add(w, leak_json(r, &r->requests[i], &r->requests[i].leaks[k]));
    json_rows_end(w, true);
}

static struct json *totals_json(const struct har_totals *t)
{
    struct json *row = json_new_object();
    json_put_count(row, "requests", t->requests);
    json_put_count(row, "third_party", t->third_party);
    json_put_count(row, "leaking", t->leaking);
    json_put_count(row, "companies", t->companies);
    json_put_count(row, "told", t->told);
    json_put_count(row, "told_site", t->told_site);
    return row;
}

static struct json *rules_json(const struct har_report *r)
{
    struct json *row = json_new_object();
    json_put_text(row, "feeds", r->feeds);
    return row;
}

static int write_members(const struct har_report *r, const struct har_totals *t, FILE *out)
{
    struct json_rows w = {.out = out};
    fprintf(out, "  \"schema\": 1,\n  \"note\": \"%s\",\n", har_note);
    json_rows_member(&w, "rules", rules_json(r));
    json_rows_member(&w, "totals", totals_json(t));
    write_rows(&w, "recordings", r, r->recordings_len, recording_json);
    write_rows(&w, "pages", r, r->pages_len, page_json);
    write_rows(&w, "requests", r, r->requests_len, request_json);
    write_leaks(&w, r);
    return w.rc;
}

int har_write_json(const struct har_report *r, FILE *out)
{
    struct har_totals totals;
    int rc = har_totals(r, &totals);
    if (rc < 0)
        return rc;
    fputs("{\n", out);
    rc = write_members(r, &totals, out);
    fputs("}\n", out);
    int stream = report_finish(out);
    return rc < 0 ? rc : stream;
}
