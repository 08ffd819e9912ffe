/* http.c -- reads the head of one HTTP/1 request.
 *
 * Problem    Clear-text HTTP is the one place where a sensor sees whole addresses: what a pixel was told. It is also
 *            text with three places for a host name (target, Host header, CONNECT), each with its own decorations.
 * Approach   Line by line, and only whole lines: half a line holds half a host name, which is another host's name.
 *            The first line must be `METHOD SP target SP HTTP/1.x` with a method of the list below, and says as soon
 *            as its bytes contradict that, so that RTSP, SIP and ICAP, which share methods with HTTP, are told apart.
 * Doubtful   Servers refuse what follows; a sensor must not be fooled by it. The first Host, Referer and
 *            Content-Length count. A Host continued on a second line (obs-fold) is not believed. A line that is no
 *            header is passed over.
 * Left out   Responses, bodies (and so chunked ones), HTTP/2 (h2c begins with a method of its own), and empty lines
 *            before the request line, which no client in use sends.
 * RFCs       9110, 9112, 3986 3.2 (authority), 4918 and 3253 and others (WebDAV methods), UPnP (M-SEARCH and its
 *            like).
 */
#include "dissectors/http.h"

#include "common/byte_reader.h"

#include <string.h>
#include <strings.h>

/* The commonest first. clang-format would give each its own line. */
/* clang-format off */
static const char *const methods[] = {
    "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "CONNECT", "PATCH", "TRACE", "QUERY",
    "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "ACL", "MKCALENDAR",
    "BIND", "REBIND", "UNBIND", "LINK", "UNLINK", "MERGE", "MKACTIVITY", "MKWORKSPACE", "CHECKOUT", "CHECKIN",
    "UNCHECKOUT", "LABEL", "UPDATE", "BASELINE-CONTROL", "VERSION-CONTROL", "ORDERPATCH", "PURGE",
    "NOTIFY", "M-SEARCH", "SUBSCRIBE", "UNSUBSCRIBE",
};
/* clang-format on */

/* What a version must begin with, and how long it is ("HTTP/1.1"). */
static const char version_1[] = "HTTP/1.";
#define VERSION_BYTES sizeof(version_1)

static struct bytes_view view_of(const uint8_t *from, const uint8_t *to)
{
    return (struct bytes_view){.at = from, .len = (size_t)(to - from)};
}

static bool is_blank(uint8_t b)
{
    return b == ' ' || b == '\t';
}

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool is_letter(uint8_t b)
{
    return (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
}

/* A byte of a target. Raw UTF-8 is against the grammar and common. */
static bool is_target_byte(uint8_t b)
{
    return b > ' ' && b != 0x7f;
}

/* Finds the method and the space behind it. DISSECT_TRUNCATED: so far it could be one. */
static enum dissect_outcome match_method(const uint8_t *bytes, size_t n, size_t *len)
{
    enum dissect_outcome rc = n == 0 ? DISSECT_TRUNCATED : DISSECT_NOT_MINE;
    for (size_t i = 0; n > 0 && i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (bytes[0] != methods[i][0])
            continue;
        *len = strlen(methods[i]);
        if (n > *len && bytes[*len] == ' ' && memcmp(bytes, methods[i], *len) == 0)
            return DISSECT_OK;
        if (n <= *len && memcmp(bytes, methods[i], n) == 0)
            rc = DISSECT_TRUNCATED;
    }
    return rc;
}

bool http_looks_like_request(const uint8_t *bytes, size_t n)
{
    size_t len = 0;
    switch (match_method(bytes, n, &len)) {
    case DISSECT_OK:
        return n == len + 1 || is_target_byte(bytes[len + 1]);
    case DISSECT_TRUNCATED:
        return true;
    default:
        return false;
    }
}

/* RFC 9112 3: target, space, version, end of line. Only a target with its space behind it is known to be whole. */
static enum dissect_outcome read_target_and_version(struct byte_reader *r, struct http_request *out)
{
    const uint8_t *at = r->at, *end = r->end;
    while (at < end && is_target_byte(*at))
        at++;
    if (at == end)
        return DISSECT_TRUNCATED;
    if (at == r->at || *at != ' ')
        return DISSECT_NOT_MINE;
    struct bytes_view target = view_of(r->at, at);

    const uint8_t *version = at + 1;
    size_t left = (size_t)(end - version);
    size_t compare = left < VERSION_BYTES - 1 ? left : VERSION_BYTES - 1;
    if (compare > 0 && memcmp(version, version_1, compare) != 0)
        return DISSECT_NOT_MINE;
    out->target = target;
    struct byte_reader rest = reader_over(version, left);
    reader_skip(&rest, VERSION_BYTES - 1);
    uint8_t minor = reader_u8(&rest);
    uint8_t eol = reader_u8(&rest);
    if (eol == '\r')
        eol = reader_u8(&rest);
    if (rest.short_read)
        return left >= VERSION_BYTES && !is_digit(version[VERSION_BYTES - 1]) ? DISSECT_NOT_MINE : DISSECT_TRUNCATED;
    if (!is_digit(minor) || eol != '\n')
        return DISSECT_NOT_MINE;
    r->at = rest.at;
    return DISSECT_OK;
}

/* Takes one line, its end not included. False when the end is not here. */
static bool take_line(struct byte_reader *r, struct bytes_view *line)
{
    size_t left = reader_left(r);
    const uint8_t *eol = left ? memchr(r->at, '\n', left) : NULL;
    if (!eol)
        return false;
    *line = view_of(r->at, eol);
    if (line->len > 0 && line->at[line->len - 1] == '\r')
        line->len--;
    r->at = eol + 1;
    return true;
}

static struct bytes_view trim(struct bytes_view v)
{
    while (v.len > 0 && is_blank(v.at[0])) {
        v.at++;
        v.len--;
    }
    while (v.len > 0 && is_blank(v.at[v.len - 1]))
        v.len--;
    return v;
}

/* Is it ":" and digits, or nothing? */
static bool is_port(struct bytes_view v)
{
    if (v.len > 0 && v.at[0] != ':')
        return false;
    for (size_t i = 1; i < v.len; i++) {
        if (!is_digit(v.at[i]))
            return false;
    }
    return true;
}

/* Cuts the port and an IPv6 literal's brackets off "host:port" (RFC 3986 3.2). What is neither stays whole: nobody
 * takes it for a host name then, as they might the first piece of a bare "2001:db8::1". */
static struct bytes_view host_of(struct bytes_view v)
{
    const uint8_t *end = v.at + v.len;
    if (v.len > 0 && v.at[0] == '[') {
        const uint8_t *close = memchr(v.at, ']', v.len);
        return close && is_port(view_of(close + 1, end)) ? view_of(v.at + 1, close) : v;
    }
    const uint8_t *colon = v.len > 0 ? memchr(v.at, ':', v.len) : NULL;
    return colon && is_port(view_of(colon, end)) ? view_of(v.at, colon) : v;
}

/* An authority ends where a path, query or fragment begins; "user:password@" is cut off before anyone sees it. */
static struct bytes_view host_of_authority(struct bytes_view v)
{
    size_t len = 0;
    size_t host = 0;
    for (; len < v.len && v.at[len] != '/' && v.at[len] != '?' && v.at[len] != '#'; len++) {
        if (v.at[len] == '@')
            host = len + 1;
    }
    return host_of(view_of(v.at + host, v.at + len));
}

/* RFC 9112 3.2: origin-form "/path", absolute-form "http://authority/path" (a proxy sees ftp: too; all its schemes are
 * of letters), authority-form "host:port", asterisk-form. */
static void read_target_form(struct http_request *out)
{
    struct bytes_view t = out->target;
    if (t.len == 0)
        return;
    if (out->connect) {
        out->host = host_of_authority(t);
        return;
    }
    size_t scheme = 0;
    while (scheme < t.len && is_letter(t.at[scheme]))
        scheme++;
    if (scheme == 0 || t.len - scheme < 3 || memcmp(t.at + scheme, "://", 3) != 0)
        return;
    out->tls_scheme = scheme == 5 && strncasecmp((const char *)t.at, "https", 5) == 0;
    out->host = host_of_authority(view_of(t.at + scheme + 3, t.at + t.len));
}

/* Digits and nothing else; 0 for what is not a length or is above 2^64. */
static uint64_t read_length(struct bytes_view v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        unsigned digit = (unsigned)v.at[i] - '0';
        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return 0;
        n = n * 10 + digit;
    }
    return n;
}

static bool name_is(struct bytes_view name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp((const char *)name.at, wanted, name.len) == 0;
}

/* The headers of RFC 9112 5, up to the empty line. */
static enum dissect_outcome read_headers(struct byte_reader *r, struct http_request *out)
{
    bool in_host = false;
    bool have_length = false;
    struct bytes_view line;
    while (take_line(r, &line)) {
        if (line.len == 0)
            return DISSECT_OK;
        if (is_blank(line.at[0])) {
            if (in_host)
                out->host_header = (struct bytes_view){0};
            continue;
        }
        const uint8_t *colon = memchr(line.at, ':', line.len);
        in_host = false;
        if (!colon)
            continue;
        struct bytes_view name = view_of(line.at, colon);
        struct bytes_view value = trim(view_of(colon + 1, line.at + line.len));
        if (name_is(name, "host") && out->host_header.len == 0) {
            out->host_header = host_of(value);
            in_host = true;
        } else if (name_is(name, "referer") && out->referer.len == 0) {
            out->referer = value;
        } else if (name_is(name, "content-length") && !have_length) {
            out->content_length = read_length(value);
            have_length = true;
        }
    }
    return DISSECT_TRUNCATED;
}

enum dissect_outcome http_request_parse(const uint8_t *bytes, size_t n, struct http_request *out)
{
    *out = (struct http_request){0};
    if (n > HTTP_HEAD_MAX)
        n = HTTP_HEAD_MAX;
    size_t method_len = 0;
    enum dissect_outcome rc = match_method(bytes, n, &method_len);
    if (rc != DISSECT_OK)
        return rc;

    struct byte_reader r = reader_over(bytes, n);
    out->method = (struct bytes_view){.at = reader_take(&r, method_len), .len = method_len};
    out->connect = name_is(out->method, "CONNECT");
    reader_skip(&r, 1);
    rc = read_target_and_version(&r, out);
    if (rc == DISSECT_NOT_MINE) {
        *out = (struct http_request){0};
        return rc;
    }
    read_target_form(out);
    if (rc == DISSECT_OK)
        rc = read_headers(&r, out);
    if (out->host.len == 0)
        out->host = out->host_header;
    if (rc == DISSECT_OK)
        out->head_len = (size_t)(r.at - bytes);
    return rc;
}
