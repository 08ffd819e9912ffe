/* leak.c -- see leak.h.
 *
 * A request is a set of values in places. Each value is looked at the same way (scan_value): is it an address, does it hold
 * one, or is it something packed that holds values itself: percent-encoding again, JSON, name=value pairs, base64? Packed
 * things are unpacked into an arena that is used like a stack, one level deeper, until LEAK_DEPTH_MAX. Each level can only
 * shrink its text, each byte looked at is paid for from one budget, and there is no other recursion: JSON is read as a flat
 * row of strings, a name being whatever stands before a colon, so that its nesting costs nothing.
 *
 * Left out: cookies and headers other than Referer, compressed and encrypted bodies, protobuf, addresses without a scheme
 * other than the page's own host name and path.
 */
#include "common/leak.h"

#include "common/leak_page.h"
#include "common/leak_text.h"
#include "common/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES  (256u * 1024)
#define BASE64_LEAST 12

struct leak_scanner {
    const struct leak_request *r;
    void (*found)(void *context, const struct leak *l);
    void *context;
    enum leak_place place;
    bool base64, cut;
    bool over; /* the budget is spent: nothing more is looked at */
    unsigned depth, told;
    size_t work;
    struct url_text carrier;
    char name[LEAK_PARAMETER_MAX]; /* the way to the value, clean */
    size_t name_len;
    size_t used;
    char arena[ARENA_BYTES];
};

struct leak_scanner *leak_scanner_new(void)
{
    return calloc(1, sizeof(struct leak_scanner));
}

void leak_scanner_free(struct leak_scanner *s)
{
    free(s);
}

/* Bounds ---------------------------------------------------------------------------------------------------------- */

static bool pay(struct leak_scanner *s, size_t bytes)
{
    if (s->told >= LEAK_FOUND_MAX || bytes > s->work) {
        s->cut = s->over = true;
        return false;
    }
    s->work -= bytes;
    return true;
}

static char *reserve(struct leak_scanner *s, size_t bytes)
{
    if (bytes > ARENA_BYTES - s->used) {
        s->cut = true;
        return NULL;
    }
    return s->arena + s->used;
}

/* What scan_value() must put back when it goes a level deeper and returns. */
struct level {
    size_t name_len, used;
    bool base64;
    struct url_text carrier;
};

static bool go_deeper(struct leak_scanner *s, struct level *was)
{
    if (s->depth == LEAK_DEPTH_MAX) {
        s->cut = true;
        return false;
    }
    *was = (struct level){.name_len = s->name_len, .used = s->used, .base64 = s->base64, .carrier = s->carrier};
    s->depth++;
    return true;
}

static void come_back(struct leak_scanner *s, const struct level *was)
{
    s->depth--;
    s->name_len = was->name_len;
    s->name[s->name_len] = '\0';
    s->used = was->used;
    s->base64 = was->base64;
    s->carrier = was->carrier;
}

/* Appends " > name". What does not fit is left out: the innermost name says most, but the outer one is what can be searched for. */
static void push_name(struct leak_scanner *s, struct url_text name)
{
    char decoded[LEAK_NAME_MAX];
    size_t n = url_decode(name.at, name.len < sizeof(decoded) ? name.len : sizeof(decoded), true, decoded);
    if (s->name_len > 0 && s->name_len + 4 < sizeof(s->name)) {
        memcpy(s->name + s->name_len, " > ", 4);
        s->name_len += 3;
    }
    s->name_len += text_clean(decoded, n, s->name + s->name_len, sizeof(s->name) - s->name_len);
}

static void pop_name(struct leak_scanner *s, size_t len)
{
    s->name_len = len;
    s->name[len] = '\0';
}

/* Findings -------------------------------------------------------------------------------------------------------- */

static bool ends_with_usual_name(const struct leak_scanner *s)
{
    const char *last = s->name;
    for (const char *sign; (sign = strstr(last, " > "));)
        last = sign + 3;
    return leak_is_usual_name(last, strlen(last));
}

static void tell(struct leak_scanner *s, enum leak_carried carried, size_t page, struct url_text address)
{
    struct leak l = {.place = s->place,
                     .carried = carried,
                     .parameter = s->name,
                     .base64 = s->base64,
                     .usual_name = s->place == LEAK_IN_REFERER || ends_with_usual_name(s),
                     .address = address,
                     .carrier = s->carrier,
                     .page = page};
    if (s->told++ < LEAK_FOUND_MAX)
        s->found(s->context, &l);
    else
        s->cut = true;
}

/* Values ---------------------------------------------------------------------------------------------------------- */

static void scan_value(struct leak_scanner *s, struct url_text v);

static struct url_text part(const char *from, const char *to)
{
    return (struct url_text){.at = from, .len = (size_t)(to - from)};
}

static const char *until(const char *at, const char *end, const char *stops)
{
    while (at < end && (*at == '\0' || !strchr(stops, *at)))
        at++;
    return at;
}

static struct url_text trim(struct url_text v)
{
    while (v.len > 0 && (unsigned char)v.at[0] <= ' ') {
        v.at++;
        v.len--;
    }
    while (v.len > 0 && (unsigned char)v.at[v.len - 1] <= ' ')
        v.len--;
    return v;
}

static void scan_decoded(struct leak_scanner *s, struct url_text raw)
{
    size_t used = s->used;
    char *out = pay(s, raw.len) ? reserve(s, raw.len) : NULL;
    if (!out)
        return;
    size_t n = url_decode(raw.at, raw.len, true, out);
    s->used += n;
    scan_value(s, (struct url_text){.at = out, .len = n});
    s->used = used;
}

/* name=value, separated by one of `separators`. */
static void scan_pairs(struct leak_scanner *s, struct url_text text, const char *separators)
{
    const char *end = text.at + text.len;
    size_t name_len = s->name_len;
    for (const char *at = text.at; at < end && !s->over;) {
        const char *stop = until(at, end, separators), *equals = until(at, stop, "=");
        if (equals < stop) {
            push_name(s, part(at, equals));
            scan_decoded(s, part(equals + 1, stop));
            pop_name(s, name_len);
        } else if (s->name_len > 0 || stop - at > 8) {
            scan_decoded(s, part(at, stop)); /* a whole query that is one value */
        }
        at = stop < end ? stop + 1 : end;
    }
}

/* Every string of a JSON text; the last one before a colon names the ones that follow. */
static void scan_json(struct leak_scanner *s, struct url_text text)
{
    const char *end = text.at + text.len;
    size_t name_len = s->name_len, used = s->used;
    for (const char *at = until(text.at, end, "\""); at < end && !s->over; at = until(at, end, "\"")) {
        size_t n;
        char *out = reserve(s, (size_t)(end - at));
        if (!out)
            break;
        const char *behind = leak_text_json_string(at + 1, end, out, &n);
        if (!pay(s, (size_t)(behind - at)))
            break;
        at = behind;
        while (behind < end && (unsigned char)*behind <= ' ')
            behind++;
        if (behind < end && *behind == ':') {
            pop_name(s, name_len);
            push_name(s, (struct url_text){.at = out, .len = n});
            continue;
        }
        s->used += n;
        scan_value(s, (struct url_text){.at = out, .len = n});
        s->used = used;
    }
    pop_name(s, name_len);
}

/* An address: what it tells itself, and what its own parameters carry on. */
static void scan_address(struct leak_scanner *s, struct url_text v)
{
    enum leak_carried carried;
    struct url_parts u;
    struct level was;
    size_t page;
    if (!url_split(v.at, v.len, &u))
        return;
    bool told = leak_page_address(s->r, v, &carried, &page);
    if (told)
        tell(s, carried, page, v);
    /* The page's own parameters are the page's own business. */
    if ((told && s->r->pages_len > 0) ||
        (u.query.len == 0 && u.fragment.len == 0 && !memchr(u.path.at, ';', u.path.len)) || !go_deeper(s, &was))
        return;
    s->carrier = v;
    const char *matrix = u.path.len ? memchr(u.path.at, ';', u.path.len) : NULL;
    if (matrix)
        scan_pairs(s, part(matrix + 1, u.path.at + u.path.len), ";");
    scan_pairs(s, u.query, "&");
    if (memchr(u.fragment.at, '=', u.fragment.len))
        scan_pairs(s, u.fragment, "&");
    come_back(s, &was);
}

/* "see https://example.org/page, and ..." */
static void scan_addresses_inside(struct leak_scanner *s, struct url_text v)
{
    const char *end = v.at + v.len;
    for (const char *at = leak_text_find_address(v.at, end); at && !s->over; at = leak_text_find_address(at, end)) {
        const char *stop = at;
        while (stop < end && (unsigned char)*stop > ' ' && !strchr("\"'<>|,\\^`{}", *stop))
            stop++;
        scan_address(s, part(at, stop));
        at = stop > at ? stop : at + 1;
    }
}

static void scan_base64(struct leak_scanner *s, struct url_text v)
{
    struct level was;
    char *out = v.len >= BASE64_LEAST ? reserve(s, v.len) : NULL;
    size_t n = out ? base64_decode(v.at, v.len, out) : 0;
    if (n == 0 || !leak_text_is_plain(out, n) || !go_deeper(s, &was))
        return;
    s->base64 = true;
    s->used += n;
    scan_value(s, (struct url_text){.at = out, .len = n});
    come_back(s, &was);
}

static void scan_packed(struct leak_scanner *s, struct url_text v)
{
    struct level was;
    if (!go_deeper(s, &was))
        return;
    if (v.at[0] == '{' || v.at[0] == '[' || v.at[0] == '"')
        scan_json(s, v);
    else if (leak_text_has_escape(v))
        scan_decoded(s, v);
    else
        scan_pairs(s, v, "&;|\n");
    come_back(s, &was);
}

static void scan_value(struct leak_scanner *s, struct url_text v)
{
    enum leak_carried carried;
    struct url_parts u;
    size_t page;
    v = trim(v);
    if (v.len < LEAK_VALUE_LEAST || !pay(s, v.len))
        return;
    if (leak_page_text(s->r, v, false, &carried, &page))
        tell(s, carried, page, (struct url_text){0});
    else if (url_split(v.at, v.len, &u))
        scan_address(s, v);
    else if (strchr("{[\"", v.at[0]) || leak_text_has_escape(v) || leak_text_is_pairs(v))
        scan_packed(s, v);
    else if (leak_text_find_address(v.at, v.at + v.len))
        scan_addresses_inside(s, v);
    else if (leak_page_text(s->r, v, true, &carried, &page))
        tell(s, carried, page, (struct url_text){0});
    else
        scan_base64(s, v);
}

/* Places ---------------------------------------------------------------------------------------------------------- */

static void scan_path(struct leak_scanner *s, struct url_text path)
{
    const char *end = path.at + path.len;
    s->place = LEAK_IN_PATH;
    for (const char *at = path.at; at < end && !s->over;) {
        const char *matrix = until(at, end, ";"), *next = until(at < end ? at + 1 : end, matrix, "/");
        if (matrix < end && next == matrix) { /* parameters to the end: they may hold slashes */
            scan_pairs(s, part(matrix + 1, end), ";");
            return;
        }
        if (next - at > 9) { /* "/http%3A%2F..." or a segment of base64 */
            push_name(s, (struct url_text){.at = "path", .len = 4});
            scan_decoded(s, part(at + 1, next));
            pop_name(s, 0);
        }
        at = next;
    }
}

/* An absolute address, or what a request line has: a path with its query. */
static void scan_target(struct leak_scanner *s, struct url_text address)
{
    struct url_parts u;
    if (!url_split(address.at, address.len, &u)) {
        const char *end = address.at + address.len;
        const char *query = until(address.at, end, "?#"), *fragment = until(query, end, "#");
        u = (struct url_parts){.path = part(address.at, query)};
        u.query = query < fragment ? part(query + 1, fragment) : part(end, end);
        u.fragment = fragment < end ? part(fragment + 1, end) : part(end, end);
    }
    if (u.path.len > 0)
        scan_path(s, u.path);
    s->place = LEAK_IN_QUERY;
    scan_pairs(s, u.query, "&");
    s->place = LEAK_IN_FRAGMENT;
    if (u.fragment.len > 0 && memchr(u.fragment.at, '=', u.fragment.len))
        scan_pairs(s, u.fragment, "&");
}

static void scan_referer(struct leak_scanner *s, struct url_text referer)
{
    enum leak_carried carried;
    size_t page;
    referer = trim(referer);
    if (!pay(s, referer.len) || !leak_page_address(s->r, referer, &carried, &page))
        return;
    s->place = LEAK_IN_REFERER;
    push_name(s, (struct url_text){.at = "Referer", .len = 7});
    tell(s, carried, page, referer);
    pop_name(s, 0);
}

/* RFC 7578: each part has a header line with name="...", an empty line, its value, and the next boundary line. */
static void scan_multipart(struct leak_scanner *s, struct url_text body)
{
    const char *end = body.at + body.len;
    for (const char *at = body.at; at < end && !s->over;) {
        const char *name = memmem(at, (size_t)(end - at), "name=\"", 6);
        const char *blank = name ? memmem(name, (size_t)(end - name), "\r\n\r\n", 4) : NULL;
        if (!blank)
            return;
        const char *value = blank + 4, *stop = memmem(value, (size_t)(end - value), "\r\n--", 4);
        stop = stop ? stop : end;
        push_name(s, part(name + 6, until(name + 6, blank, "\"")));
        scan_value(s, part(value, stop));
        pop_name(s, 0);
        at = stop;
    }
}

/* Beacons say text/plain whatever they send, so the first byte counts for more than the content type. */
static void scan_body(struct leak_scanner *s, struct url_text body, struct url_text type)
{
    body = trim(body);
    if (body.len == 0)
        return;
    if (leak_text_type_has(type, "multipart/")) {
        s->place = LEAK_IN_FORM;
        scan_multipart(s, body);
    } else if (body.at[0] == '{' || body.at[0] == '[') {
        s->place = LEAK_IN_JSON;
        scan_json(s, body);
    } else if (leak_text_type_has(type, "x-www-form-urlencoded") || leak_text_is_pairs(body)) {
        s->place = LEAK_IN_FORM;
        scan_pairs(s, body, "&\n");
    } else {
        s->place = LEAK_IN_BODY;
        push_name(s, (struct url_text){.at = "body", .len = 4});
        scan_value(s, body);
        pop_name(s, 0);
    }
}

bool leak_scan(struct leak_scanner *s, const struct leak_request *r, void (*found)(void *context, const struct leak *l),
               void *context)
{
    s->r = r;
    s->found = found;
    s->context = context;
    s->base64 = s->cut = s->over = false;
    s->depth = s->told = 0;
    s->work = LEAK_WORK_MAX;
    s->carrier = (struct url_text){0};
    s->used = 0;
    pop_name(s, 0);
    if (r->address.len > 0)
        scan_target(s, r->address);
    if (r->referer.len > 0)
        scan_referer(s, r->referer);
    if (r->body.len > 0)
        scan_body(s, r->body, r->content_type);
    s->r = NULL;
    return !s->cut;
}
