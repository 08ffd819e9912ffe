/* har_request.c -- see har_request.h.
 *
 * Whose the request is comes from the tracker list, what it is for from its path (feeds/url_role.h), what it carried from the
 * scanner (common/leak.h), which is given the request's own page first and then the other pages of the recording: a second page
 * may report where its visitor came from. A request to the page's own site carries nothing away and is not scanned.
 *
 * Identifiers are named only. A parameter counts as one when its name is known for it or its value looks like one.
 */
#include "reports/har_request.h"

#include "common/hostname.h"
#include "feeds/public_suffix.h"
#include "feeds/url_role.h"
#include "reports/har_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGES_SCANNED 8
#define NAMES_MOST    24
#define NAME_SHOWN    48
#define BODY_MOST     (64u << 10)

/* Names -------------------------------------------------------------------------------------------------------------- */

/* A list of names, each once. */
struct names {
    char each[NAMES_MOST][NAME_SHOWN];
    size_t len;
};

static void add_name(struct names *names, struct url_text name)
{
    char shown[NAME_SHOWN];
    size_t n = url_decode(name.at, name.len < NAME_SHOWN - 1 ? name.len : NAME_SHOWN - 1, true, shown);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)shown[i] <= ' ')
            shown[i] = '_';
    shown[n] = '\0';
    if (n == 0 || names->len == NAMES_MOST || url_looks_like_id(shown, n))
        return; /* what looks like a value is not shown as a name */
    for (size_t i = 0; i < names->len; i++)
        if (strcmp(names->each[i], shown) == 0)
            return;
    memcpy(names->each[names->len++], shown, n + 1);
}

/* Kept with a blank between two. */
static char *keep_names(struct har_report *r, const struct names *names, bool *oom)
{
    char text[NAMES_MOST * (NAME_SHOWN + 1)];
    size_t used = 0;
    for (size_t i = 0; i < names->len; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? " " : "", names->each[i]);
    return har_keep(r, text, used, oom);
}

static bool is_id_name(struct url_text name)
{
    static const char *const known[] = {
        "cid",      "uid",         "uuid",        "guid",         "_ga",         "fbp",       "fbc",
        "gclid",    "fbclid",      "msclkid",     "ttclid",       "twclid",      "dclid",     "wbraid",
        "gbraid",   "sid",         "user_id",     "userid",       "visitor_id",  "visitorid", "client_id",
        "clientid", "device_id",   "deviceid",    "session_id",   "sessionid",   "did",       "vid",
        "tuid",     "tuuid",       "external_id", "em",           "ph",          "idfa",      "gaid",
        "aaid",     "partner_uid", "google_gid",  "anonymous_id", "anonymousid", "auid",      "puid",
        "buid",     "_fbp",        "_fbc"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (name.len == strlen(known[i]) && strncasecmp(name.at, known[i], name.len) == 0)
            return true;
    return false;
}

/* An address, a path or JSON is nobody's number, packed in base64 or not. */
static bool is_readable(const char *value, size_t n)
{
    char plain[256];
    size_t unpacked = n >= 12 && n <= sizeof(plain) ? base64_decode(value, n, plain) : 0;
    if (n > 7 && (strncasecmp(value, "http", 4) == 0 || value[0] == '/' || value[0] == '{'))
        return true;
    return unpacked > 7 && (plain[0] == '{' || strncasecmp(plain, "http", 4) == 0);
}

static void add_id_parameters(struct names *names, struct url_text pairs)
{
    const char *end = pairs.at + pairs.len;
    for (const char *at = pairs.at; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (equals && equals + 1 < stop) {
            struct url_text name = {at, (size_t)(equals - at)};
            char value[256];
            size_t n = (size_t)(stop - equals - 1);
            n = url_decode(equals + 1, n < sizeof(value) ? n : sizeof(value), true, value);
            if (is_id_name(name) || (!is_readable(value, n) && url_looks_like_id(value, n)))
                add_name(names, name);
        }
        at = stop + 1;
    }
}

/* "a=1; b=2" */
static void add_cookie_header(struct names *names, struct url_text header, bool only_first)
{
    const char *end = header.at + header.len;
    for (const char *at = header.at; at < end;) {
        const char *stop = memchr(at, ';', (size_t)(end - at));
        stop = stop ? stop : end;
        while (at < stop && *at == ' ')
            at++;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (equals)
            add_name(names, (struct url_text){at, (size_t)(equals - at)});
        if (only_first)
            return;
        at = stop + 1;
    }
}

static void add_cookies(struct names *names, const struct json_node *cookies, const struct json_node *headers,
                        const char *header)
{
    for (size_t i = 0; i < json_node_count(cookies); i++) {
        const char *name = json_node_text(json_node_member(json_node_item(cookies, i), "name"));
        if (name)
            add_name(names, (struct url_text){name, strlen(name)});
    }
    for (size_t i = 0; names->len == 0 && i < json_node_count(headers); i++) {
        const struct json_node *h = json_node_item(headers, i);
        const char *name = json_node_text(json_node_member(h, "name")),
                   *value = json_node_text(json_node_member(h, "value"));
        if (name && value && strcasecmp(name, header) == 0)
            add_cookie_header(names, (struct url_text){value, strlen(value)}, strcasecmp(header, "set-cookie") == 0);
    }
}

/* Hosts ------------------------------------------------------------------------------------------------------------- */

size_t har_host(struct url_text address, char out[], size_t out_bytes)
{
    struct url_parts u;
    char name[HOSTNAME_MAX + 1];
    if (!url_split(address.at, address.len, &u))
        return 0;
    size_t len = hostname_normalise((const uint8_t *)u.host.at, u.host.len, name);
    if (len == 0 && hostname_is_address(u.host.at, u.host.len) && u.host.len <= HOSTNAME_MAX) {
        memcpy(name, u.host.at, u.host.len);
        len = u.host.len;
        name[len] = '\0';
    }
    if (len == 0 || len >= out_bytes)
        return 0;
    memcpy(out, name, len + 1);
    return len;
}

const char *har_site_of(const char *host)
{
    const char *site =
        hostname_is_address(host, strlen(host)) || !strchr(host, '.') ? NULL : public_suffix_registrable(host);
    return site ? site : host;
}

bool har_is_consent(const struct har_rules *rules, const struct har_entry *e)
{
    struct feed_match match;
    struct url_parts u;
    char host[HOSTNAME_MAX + 1];
    size_t len = har_host(e->address, host, sizeof(host));
    return len > 0 && url_split(e->address.at, e->address.len, &u) && feed_match(rules->trackers, host, len, &match) &&
           url_saves_consent(e->method, u.path.at, u.path.len, &match);
}

/* What was carried -------------------------------------------------------------------------------------------------- */

struct scan {
    struct har_report *report;
    const struct har_sources *sources;
    size_t request; /* index in the report */
    size_t of[PAGES_SCANNED];
    bool oom, more;
};

static bool is_known(const struct har_request *q, const struct har_leak *l)
{
    for (size_t i = 0; i + 1 < q->leaks_len; i++) {
        const struct har_leak *k = &q->leaks[i];
        if (k->place == l->place && k->carried == l->carried && strcmp(k->parameter, l->parameter) == 0 &&
            strcmp(k->page, l->page) == 0)
            return true;
    }
    return false;
}

static void drop_last(struct har_request *q)
{
    struct har_leak *l = &q->leaks[--q->leaks_len];
    free(l->parameter);
    free(l->page);
    free(l->carrier);
}

static void on_leak(void *context, const struct leak *found)
{
    struct scan *s = context;
    struct har_request *q = &s->report->requests[s->request];
    const struct har_raw_page *page = &s->sources->pages[s->of[found->page]];
    if (q->leaks_len == HAR_LEAKS_MOST) {
        s->more = true;
        return;
    }
    struct har_leak *l = har_add_leak(q);
    if (!l) {
        s->oom = true;
        return;
    }
    struct url_text address =
        found->address.len ? found->address : (struct url_text){page->address, strlen(page->address)};
    l->of = s->sources->first + s->of[found->page];
    l->place = leak_place_word(found->place);
    l->carried = leak_carried_word(found->carried);
    l->base64 = found->base64;
    l->tells_page = found->carried >= LEAK_PAGE_PATH;
    l->parameter = har_keep(s->report, found->parameter, strlen(found->parameter), &s->oom);
    l->page = har_keep_address(s->report, address, URL_PAGE, &s->oom);
    if (found->carrier.len)
        l->carrier = har_keep_address(s->report, found->carrier, URL_REQUEST, &s->oom);
    if (!s->oom && is_known(q, l))
        drop_last(q);
}

/* A form that the recording has only as a list of names and values becomes a body again. */
static size_t body_of_params(const struct json_node *params, char *out, size_t most)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t len = 0;
    for (size_t i = 0; i < json_node_count(params); i++) {
        const struct json_node *p = json_node_item(params, i);
        const char *name = json_node_text(json_node_member(p, "name")),
                   *value = json_node_text(json_node_member(p, "value"));
        const char *const halves[] = {name ? name : "", value ? value : ""};
        for (int half = 0; half < 2; half++) {
            for (const char *c = halves[half]; *c && len + 5 < most; c++) {
                if (strchr("&%+=", *c)) {
                    out[len++] = '%';
                    out[len++] = hex[(unsigned char)*c >> 4];
                    out[len++] = hex[*c & 15];
                } else {
                    out[len++] = *c;
                }
            }
            if (len < most)
                out[len++] = half ? '&' : '=';
        }
    }
    return len;
}

/* The pages it may tell of: its own first, then others of the recording; none of the request's own site. */
static size_t choose_pages(struct scan *s, const char *own_site, size_t page, struct leak_page out[PAGES_SCANNED])
{
    size_t n = 0, all = s->sources->pages_len;
    for (size_t i = 0; i <= all && n < PAGES_SCANNED; i++) {
        size_t at = i == 0 ? page : i - 1;
        if (at >= all || (i > 0 && at == page))
            continue;
        const struct har_raw_page *p = &s->sources->pages[at];
        if (p->address[0] == '\0' || strcmp(p->site, own_site) == 0)
            continue;
        s->of[n] = at;
        out[n++] = (struct leak_page){{p->address, strlen(p->address)}, {p->title, strlen(p->title)}};
    }
    return n;
}

static bool scan_request(struct scan *s, const struct har_entry *e, const char *own_site, size_t page)
{
    struct leak_page pages[PAGES_SCANNED];
    struct leak_request r = {
        .address = e->address, .referer = e->referer, .body = e->body, .content_type = e->body_type, .pages = pages};
    char *made = NULL;
    bool whole = true;
    r.pages_len = choose_pages(s, own_site, page, pages);
    if (r.body.len == 0 && json_node_count(e->params) > 0 && (made = malloc(BODY_MOST))) {
        r.body = (struct url_text){made, body_of_params(e->params, made, BODY_MOST)};
        r.content_type = (struct url_text){"application/x-www-form-urlencoded", 33};
    }
    if (r.pages_len > 0)
        whole = leak_scan(s->sources->scanner, &r, on_leak, s);
    free(made);
    return whole && !s->more;
}

/* The request ------------------------------------------------------------------------------------------------------- */

static void fill_owner(struct har_report *r, struct har_request *q, const struct feed_match *match, bool *oom)
{
    q->matched = har_keep_or_null(r, match->matched, oom);
    q->tracker = har_keep_or_null(r, match->owner.tracker, oom);
    q->organisation = har_keep_or_null(r, match->owner.organisation, oom);
    q->country = har_keep_or_null(r, match->owner.country, oom);
    q->feed = har_keep_or_null(r, match->feed, oom);
    q->purpose = match->owner.purpose;
}

static void fill_names(struct har_report *r, struct har_request *q, const struct har_entry *e,
                       const struct url_parts *u, bool *oom)
{
    struct names sent = {.len = 0}, set = {.len = 0}, ids = {.len = 0};
    add_cookies(&sent, e->cookies_sent, e->request_headers, "cookie");
    add_cookies(&set, e->cookies_set, e->answer_headers, "set-cookie");
    add_id_parameters(&ids, u->query);
    if (e->body.len > 0 && e->body.at[0] != '{' && e->body.at[0] != '[')
        add_id_parameters(&ids, e->body);
    q->cookies_sent = keep_names(r, &sent, oom);
    q->cookies_set = keep_names(r, &set, oom);
    q->id_parameters = keep_names(r, &ids, oom);
}

struct har_request *har_request_add(struct har_report *r, const struct har_sources *sources, const struct har_entry *e,
                                    size_t page, bool *whole)
{
    struct scan s = {.report = r, .sources = sources, .request = r->requests_len};
    struct har_request *q = har_add_request(r);
    struct feed_match match;
    struct url_parts u;
    char host[HOSTNAME_MAX + 1] = "";
    if (!q || !url_split(e->address.at, e->address.len, &u))
        return NULL;
    size_t len = har_host(e->address, host, sizeof(host));
    bool listed = len > 0 && feed_match(sources->rules->trackers, host, len, &match);
    const char *own_site = har_site_of(host);
    q->page = page == SIZE_MAX ? SIZE_MAX : sources->first + page;
    q->third_party = page == SIZE_MAX || strcmp(sources->pages[page].site, own_site) != 0;
    q->after_ms = HAR_UNKNOWN_MS;
    q->purpose = PURPOSE_OTHER;
    q->status = e->status;
    q->role = url_role(host, u.path.len ? u.path.at : "/", u.path.len ? u.path.len : 1, listed ? &match : NULL);
    q->method = har_keep(r, e->method, strnlen(e->method, 16), &s.oom);
    q->host = len ? har_keep(r, host, len, &s.oom) : har_keep(r, u.host.at, u.host.len < 64 ? u.host.len : 64, &s.oom);
    q->address = har_keep_address(r, e->address, URL_REQUEST, &s.oom);
    if (listed)
        fill_owner(r, q, &match, &s.oom);
    fill_names(r, q, e, &u, &s.oom);
    *whole = !q->third_party || scan_request(&s, e, own_site, page);
    return s.oom ? NULL : &r->requests[s.request];
}
