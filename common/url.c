/* url.c -- see url.h.
 *
 * Addresses come from requests and from what requests carry: nobody promises that they are well formed. Taking one apart
 * only ever cuts at delimiters, so that any bytes give pieces of themselves. An identifier is recognised by its looks:
 * 16 characters or more without a blank that mix letters and digits, or 12 hexadecimal or decimal digits. That takes some
 * harmless file names for identifiers, which costs a reader little; the other mistake would show a person's number.
 * Left out: schemes other than http and https, IDNA (hosts are compared as they were written), dot segments.
 */
#include "common/url.h"

#include "common/text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define ELLIPSIS       "\xe2\x80\xa6"
#define ELLIPSIS_BYTES 3

static struct url_text piece(const char *from, const char *to)
{
    return (struct url_text){.at = from, .len = (size_t)(to - from)};
}

/* Where one of the bytes is, or the end. */
static const char *until(const char *at, const char *end, const char *stops)
{
    while (at < end && (*at == '\0' || !strchr(stops, *at)))
        at++;
    return at;
}

static bool is_plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
            return false;
    return true;
}

/* "host:443", "[::1]:8080" (RFC 3986 3.2.2, 3.2.3). */
static bool split_authority(const char *at, const char *end, struct url_parts *out)
{
    for (const char *user = at; user < end; user++)
        if (*user == '@')
            at = user + 1;
    const char *host_end = at;
    if (at < end && *at == '[') {
        host_end = until(at, end, "]");
        if (host_end == end)
            return false;
        out->host = piece(at + 1, host_end++);
    } else {
        host_end = until(at, end, ":");
        out->host = piece(at, host_end);
    }
    if (out->host.len == 0 || (host_end < end && *host_end != ':'))
        return false;
    out->port = host_end < end ? piece(host_end + 1, end) : piece(end, end);
    for (size_t i = 0; i < out->port.len; i++)
        if (out->port.at[i] < '0' || out->port.at[i] > '9')
            return false;
    const char *own = out->https ? "443" : "80";
    if (out->port.len == strlen(own) && memcmp(out->port.at, own, out->port.len) == 0)
        out->port.len = 0;
    return true;
}

bool url_split(const char *text, size_t n, struct url_parts *out)
{
    *out = (struct url_parts){0};
    size_t scheme = n > 8 && strncasecmp(text, "https://", 8) == 0  ? 8
                    : n > 7 && strncasecmp(text, "http://", 7) == 0 ? 7
                                                                    : 0;
    if (scheme == 0 || !is_plain(text, n))
        return false;
    const char *end = text + n, *authority = text + scheme;
    const char *path = until(authority, end, "/?#");
    out->https = scheme == 8;
    if (!split_authority(authority, path, out))
        return false;
    const char *query = until(path, end, "?#"), *fragment = until(query, end, "#");
    out->path = piece(path, query);
    out->has_query = query < fragment;
    out->query = out->has_query ? piece(query + 1, fragment) : piece(query, query);
    out->fragment = fragment < end ? piece(fragment + 1, end) : piece(end, end);
    return true;
}

static struct url_text without_www(struct url_text host)
{
    if (host.len > 4 && strncasecmp(host.at, "www.", 4) == 0)
        return (struct url_text){.at = host.at + 4, .len = host.len - 4};
    return host;
}

bool url_same_host(const struct url_parts *a, const struct url_parts *b)
{
    struct url_text left = without_www(a->host), right = without_www(b->host);
    return left.len == right.len && strncasecmp(left.at, right.at, left.len) == 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t url_decode(const char *text, size_t n, bool plus, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        int high = text[i] == '%' && n - i > 2 ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            out[len++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[len++] = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    return len;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' || c == ' ' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

size_t base64_decode(const char *text, size_t n, char *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t len = 0;
    for (unsigned padding = 0; n > 0 && text[n - 1] == '=' && padding < 2; padding++)
        n--;
    if (n < 2 || n % 4 == 1)
        return 0;
    for (size_t i = 0; i < n; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[len++] = (char)(bits >> have & 0xff);
        }
    }
    return len;
}

bool url_looks_like_id(const char *text, size_t n)
{
    size_t letters = 0, digits = 0, hex = 0, others = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        digits += c < 0x80 && isdigit(c) != 0;
        letters += c < 0x80 && isalpha(c) != 0;
        hex += hex_value((char)c) >= 0;
        others += !(c < 0x80 && (isalnum(c) || strchr("-_.=+/%:|~", c)));
    }
    if (others > 0 || digits == 0)
        return false;
    return (n >= 16 && letters > 0) || (n >= 12 && hex + 4 >= n);
}

/* Text under construction that remembers when it is full. */
struct shown {
    char *out;
    size_t len, most; /* room for a final ellipsis and NUL is kept aside */
    bool cut;
};

static void put(struct shown *s, const char *text, size_t n)
{
    if (s->cut)
        return;
    if (n > s->most - s->len) {
        n = s->most - s->len;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80) /* never half a character */
            n--;
        s->cut = true;
    }
    memcpy(s->out + s->len, text, n);
    s->len += n;
}

static void put_ellipsis(struct shown *s)
{
    put(s, ELLIPSIS, ELLIPSIS_BYTES);
}

/* The matrix form of RFC 3986 3.3: /activity;src=1;u1=... */
static void put_segment(struct shown *s, struct url_text segment, enum url_shown how)
{
    const char *at = segment.at, *end = segment.at + segment.len;
    for (bool first = true; first || at < end; first = false) {
        const char *stop = until(at, end, ";"), *equals = until(at, stop, "=");
        if (equals < stop) {
            put(s, at, (size_t)(equals + 1 - at));
            put_ellipsis(s);
        } else if (how == URL_REQUEST && (url_looks_like_id(at, (size_t)(stop - at)) ||
                                          memchr(at, '@', (size_t)(stop - at)) || stop - at > 64)) {
            put_ellipsis(s);
        } else {
            put(s, at, (size_t)(stop - at));
        }
        if (stop < end)
            put(s, ";", 1);
        at = stop < end ? stop + 1 : end;
    }
}

static void put_path(struct shown *s, struct url_text path, enum url_shown how)
{
    const char *at = path.at, *end = path.at + path.len;
    while (at < end) {
        const char *stop = until(at + 1, end, "/");
        put(s, "/", 1);
        put_segment(s, piece(at + 1, stop), how);
        at = stop;
    }
}

/* A parameter without a value may itself be one: shown only when it looks like a name. */
static void put_query(struct shown *s, struct url_text query)
{
    const char *at = query.at, *end = query.at + query.len;
    put(s, "?", 1);
    while (at < end) {
        const char *stop = until(at, end, "&;"), *equals = until(at, stop, "=");
        if ((size_t)(equals - at) <= 64 && !url_looks_like_id(at, (size_t)(equals - at)) &&
            !memchr(at, '%', (size_t)(equals - at)))
            put(s, at, (size_t)(equals - at));
        else
            put_ellipsis(s);
        if (equals < stop) {
            put(s, "=", 1);
            if (equals + 1 < stop)
                put_ellipsis(s);
        }
        if (stop < end)
            put(s, stop, 1);
        at = stop < end ? stop + 1 : end;
    }
}

size_t url_redact(const char *text, size_t n, enum url_shown how, char *out, size_t out_bytes)
{
    struct url_parts u;
    char raw[2048];
    struct shown s = {.out = raw, .most = sizeof(raw) - ELLIPSIS_BYTES};
    if (out_bytes == 0)
        return 0;
    out[0] = '\0';
    if (!url_split(text, n, &u))
        return 0;
    put(&s, u.https ? "https://" : "http://", u.https ? 8 : 7);
    bool v6 = memchr(u.host.at, ':', u.host.len);
    put(&s, "[", v6);
    put(&s, u.host.at, u.host.len);
    put(&s, "]", v6);
    put(&s, ":", u.port.len > 0);
    put(&s, u.port.at, u.port.len);
    put_path(&s, u.path, how);
    if (u.has_query)
        put_query(&s, u.query);
    if (s.cut) {
        memcpy(raw + s.len, ELLIPSIS, ELLIPSIS_BYTES);
        s.len += ELLIPSIS_BYTES;
    }
    return text_clean(raw, s.len, out, out_bytes);
}
