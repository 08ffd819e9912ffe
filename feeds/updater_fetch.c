/* updater_fetch.c -- see updater_fetch.h.
 *
 * libcurl would follow redirects by itself; here each is a request of its own, so that every address is judged by one rule
 * of ours (https_url_fault) and the whole stays within one deadline. Where a connection goes is checked on the socket's address,
 * after the name was resolved: a check of the name alone would be passed by a name that resolves otherwise the second time.
 *
 * Compression is asked for as gzip and undone here, when all has come (updater_gunzip.h says why); the cap holds before and after.
 * HTTP/1.1 is enough for a file a day, and keeps the code that a server can reach small; cookies, passwords, netrc and
 * proxies are off.
 */
#include "feeds/updater_fetch.h"

#include "common/address.h"
#include "common/clock.h"
#include "common/text.h"
#include "feeds/updater_gunzip.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOPS_MAX          6 /* the subscribed address and five redirects */
#define HEADER_BYTES_MAX  (256u << 10)
#define SLOW_BYTES        1000L /* less than so many a second */
#define SLOW_SHARE        4     /* for a quarter of the time allowed */
#define CONNECT_MS        15000

/* Why a callback ended the transfer. */
enum stop { STOP_NONE, STOP_ADDRESS, STOP_TOO_LARGE, STOP_HEADERS, STOP_NO_BODY_WANTED, STOP_MEMORY };

struct fetch {
    const struct updater_request *request;
    struct updater_reply *reply;
    CURL *curl;
    char curl_says[CURL_ERROR_SIZE];
    size_t room, header_bytes;
    enum stop stop;
    bool inside_allowed;            /* may this hop lead to an address that is not public? */
    bool inside;                    /* did it? */
    char address[ADDRESS_TEXT_MAX]; /* that was refused */
    char encoding[16];                /* of the answer's text; "" for none, "?" for one that is none we know */
    char location[HTTPS_URL_MAX + 1]; /* where the answer sends us, as written; "" for nowhere */
    uint64_t began_ns;
};

static bool address_of(const struct curl_sockaddr *a, struct ip_addr *out)
{
    if (a->family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &a->addr, sizeof(in));
        *out = ip_from_v4((const uint8_t *)&in.sin_addr);
        return true;
    }
    if (a->family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, &a->addr, sizeof(in));
        *out = ip_from_v6(in.sin6_addr.s6_addr);
        return true;
    }
    return false;
}

/* IPv4 in IPv6 clothes: a translator (RFC 6052), a 6to4 or a compatible address leads to the IPv4 address inside. */
static struct ip_addr unwrapped(struct ip_addr a)
{
    static const uint8_t translator[12] = {0x00, 0x64, 0xff, 0x9b}, none[12];
    if (memcmp(a.bytes, translator, 12) == 0 || (memcmp(a.bytes, none, 12) == 0 && a.bytes[12] != 0))
        return ip_from_v4(a.bytes + 12);
    if (a.bytes[0] == 0x20 && a.bytes[1] == 0x02)
        return ip_from_v4(a.bytes + 2);
    return a;
}

/* RFC 6890 and IANA's registries: private, loopback, link-local, multicast, benchmarks, reserved. */
static bool is_public(struct ip_addr a)
{
    static const struct ip_addr loopback6 = {{[15] = 1}};
    a = unwrapped(a);
    if (ip_is_private(&a) || ip_is_group(&a) || ip_equal(&a, &loopback6))
        return false;
    const uint8_t *v4 = a.bytes + 12;
    if (!ip_is_v4(&a))
        return (a.bytes[0] & 0xe0) == 0x20 || (a.bytes[0] == 0x00 && a.bytes[1] == 0x64);
    return v4[0] != 127 && !(v4[0] == 198 && (v4[1] & 0xfe) == 18) && !(v4[0] == 192 && v4[1] == 0 && v4[2] == 0);
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct fetch *f = context;
    struct ip_addr address;
    (void)purpose;
    bool known = address_of(a, &address), public = known && is_public(address);
    if (!known || (!public && !f->inside_allowed)) {
        if (known)
            ip_format(&address, f->address);
        f->stop = STOP_ADDRESS;
        return CURL_SOCKET_BAD;
    }
    f->inside |= !public;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static bool header_is(const char *line, size_t n, const char *name, const char **value, size_t *value_n)
{
    size_t name_n = strlen(name);
    if (n <= name_n || strncasecmp(line, name, name_n) != 0 || line[name_n] != ':')
        return false;
    const char *at = line + name_n + 1, *end = line + n;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *value = at;
    *value_n = (size_t)(end - at);
    return true;
}

static void keep(char *out, size_t room, const char *value, size_t n)
{
    bool kept = updater_state_keeps(value, n, room);
    memcpy(out, value, kept ? n : 0);
    out[kept ? n : 0] = '\0';
}

/* "gzip, gzip" is none we know. */
static void note_encoding(struct fetch *f, const char *value, size_t n)
{
    bool gzip = (n == 4 && strncasecmp(value, "gzip", 4) == 0) || (n == 6 && strncasecmp(value, "x-gzip", 6) == 0);
    bool none = n == 0 || (n == 8 && strncasecmp(value, "identity", 8) == 0);
    if (!none)
        strcpy(f->encoding, gzip && !f->encoding[0] ? "gzip" : "?");
}

static size_t on_header(char *line, size_t size, size_t n, void *context)
{
    struct fetch *f = context;
    const char *value;
    size_t value_n;
    n *= size;
    f->header_bytes += n;
    if (f->header_bytes > HEADER_BYTES_MAX) {
        f->stop = STOP_HEADERS;
        return 0;
    }
    /* Another answer begins: after "100 Continue", for one. */
    if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
        f->reply->etag[0] = f->reply->last_modified[0] = f->location[0] = f->encoding[0] = '\0';
    else if (header_is(line, n, "ETag", &value, &value_n))
        keep(f->reply->etag, sizeof(f->reply->etag), value, value_n);
    else if (header_is(line, n, "Last-Modified", &value, &value_n))
        keep(f->reply->last_modified, sizeof(f->reply->last_modified), value, value_n);
    else if (header_is(line, n, "Location", &value, &value_n))
        keep(f->location, sizeof(f->location), value, value_n);
    else if (header_is(line, n, "Content-Encoding", &value, &value_n))
        note_encoding(f, value, value_n);
    return n;
}

static bool reserve(struct fetch *f, size_t more)
{
    struct updater_reply *r = f->reply;
    if (f->room - r->n > more)
        return true;
    size_t room = r->n + more + 1 > 2 * f->room ? r->n + more + 1 : 2 * f->room;
    if (room > f->request->most_bytes + 1)
        room = f->request->most_bytes + 1;
    char *bytes = realloc(r->bytes, room);
    if (!bytes)
        return false;
    r->bytes = bytes;
    f->room = room;
    return true;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
    struct fetch *f = context;
    long status = 0;
    n *= size;
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        f->stop = STOP_NO_BODY_WANTED;
    else if (n > f->request->most_bytes - f->reply->n)
        f->stop = STOP_TOO_LARGE;
    else if (!reserve(f, n))
        f->stop = STOP_MEMORY;
    if (f->stop != STOP_NONE)
        return n ? 0 : 1;
    memcpy(f->reply->bytes + f->reply->n, bytes, n);
    f->reply->n += n;
    return n;
}

/* Also where bytes that are sent, not those they become, are held to the cap. */
static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    struct fetch *f = context;
    (void)up_total;
    (void)up;
    if (f->request->progress && f->stop == STOP_NONE)
        f->request->progress(f->request->context, (uint64_t)now, (uint64_t)total);
    if ((uint64_t)now <= f->request->most_bytes)
        return 0;
    f->stop = STOP_TOO_LARGE;
    return 1;
}

/* Milliseconds until the deadline; at least one, since 0 would mean none. */
static long left_ms(const struct fetch *f)
{
    int64_t gone_ms = (int64_t)((clock_monotonic_ns() - f->began_ns) / NS_PER_MS);
    int64_t left = f->request->within_s * 1000 - gone_ms;
    return (long)(left > 1 ? left : 1);
}

static bool set_limits(struct fetch *f)
{
    long left = left_ms(f), slow_s = (long)(f->request->within_s / SLOW_SHARE);
    CURL *c = f->curl;
    return curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, left) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, left < CONNECT_MS ? left : (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, slow_s > 0 ? slow_s : 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)f->request->most_bytes) == CURLE_OK;
}

static bool set_trust(struct fetch *f)
{
    CURL *c = f->curl;
    bool ok = curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    if (ok && f->request->ca_file[0])
        ok = curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK && curl_easy_setopt(c, CURLOPT_CAINFO, f->request->ca_file) == CURLE_OK;
    return ok;
}

/* Walls of libcurl's own, behind ours. */
static bool set_walls(CURL *c)
{
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTP_CONTENT_DECODING, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, "telltale") == CURLE_OK;
}

static bool set_callbacks(struct fetch *f)
{
    CURL *c = f->curl;
    return curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->curl_says) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open_socket) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f) == CURLE_OK && curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERDATA, f) == CURLE_OK && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK && curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFODATA, f) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    char line[UPDATER_ETAG_MAX + 32];
    if (!value[0])
        return true;
    snprintf(line, sizeof(line), "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static int fail(char reason[UPDATER_REASON_MAX], int rc, const char *why)
{
    snprintf(reason, UPDATER_REASON_MAX, "%s", why);
    return rc;
}

static int too_large(const struct fetch *f, char reason[UPDATER_REASON_MAX])
{
    snprintf(reason, UPDATER_REASON_MAX, "it is larger than %zu MB, which no list is", f->request->most_bytes >> 20);
    return -EFBIG;
}

static int explain_stop(const struct fetch *f, char reason[UPDATER_REASON_MAX])
{
    switch (f->stop) {
    case STOP_ADDRESS:
        snprintf(reason, UPDATER_REASON_MAX, "it leads to %s, which is no public address: only the server of the subscription itself may have one",
                 f->address[0] ? f->address : "something that is no IP address");
        return -EACCES;
    case STOP_TOO_LARGE:
        return too_large(f, reason);
    case STOP_HEADERS:
        return fail(reason, -EPROTO, "the server sends headers without end");
    default:
        return fail(reason, -ENOMEM, "memory is out");
    }
}

static int explain_timeout(const struct fetch *f, char reason[UPDATER_REASON_MAX])
{
    if (left_ms(f) > 50)
        snprintf(reason, UPDATER_REASON_MAX, "%s", strstr(f->curl_says, "too slow") ? "the server is too slow: less than 1000 bytes a second came" : "the server does not answer");
    else
        snprintf(reason, UPDATER_REASON_MAX, "it was not here after %lld seconds", (long long)f->request->within_s);
    return -ETIMEDOUT;
}

/* What libcurl calls an error, in our words where they can be plainer. */
static int explain(const struct fetch *f, CURLcode code, char reason[UPDATER_REASON_MAX])
{
    char says[TEXT_CLEAN_MAX(CURL_ERROR_SIZE)];
    const char *raw = f->curl_says[0] ? f->curl_says : curl_easy_strerror(code);
    text_clean(raw, strlen(raw), says, sizeof(says));
    const char *what = code == CURLE_PARTIAL_FILE             ? "it was cut in the middle"
                       : code == CURLE_PEER_FAILED_VERIFICATION ? "the server's certificate cannot be trusted"
                       : code == CURLE_SSL_CACERT_BADFILE     ? "the certificates to trust cannot be read"
                       : code == CURLE_COULDNT_RESOLVE_HOST   ? "the server's name is not known"
                                                              : "it cannot be fetched";
    if (f->stop != STOP_NONE && f->stop != STOP_NO_BODY_WANTED)
        return explain_stop(f, reason);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return explain_timeout(f, reason);
    if (code == CURLE_FILESIZE_EXCEEDED)
        return too_large(f, reason);
    snprintf(reason, UPDATER_REASON_MAX, "%s: %.300s", what, says);
    return -EIO;
}

/* One request and its answer; *status is HTTP's. */
static int ask(struct fetch *f, const char *url, long *status, char reason[UPDATER_REASON_MAX])
{
    struct curl_slist *headers = NULL;
    const struct updater_request *r = f->request;
    f->stop = STOP_NONE;
    f->curl_says[0] = f->location[0] = f->encoding[0] = '\0';
    f->address[0] = '\0';
    f->reply->n = 0;
    int rc = 0;
    if (!add_header(&headers, "Accept-Encoding", "gzip") || !add_header(&headers, "If-None-Match", r->etag) || !add_header(&headers, "If-Modified-Since", r->last_modified) || !set_limits(f) ||
        curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK || curl_easy_setopt(f->curl, CURLOPT_URL, url) != CURLE_OK) {
        rc = fail(reason, -ENOMEM, "memory is out");
    } else {
        CURLcode code = curl_easy_perform(f->curl);
        curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, status);
        if (code != CURLE_OK && f->stop != STOP_NO_BODY_WANTED)
            rc = explain(f, code, reason);
    }
    curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return rc;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where the answer sends us, into url: as written, or relative to where it came from (RFC 3986 5.2). */
static int follow(const struct fetch *f, char url[HTTPS_URL_MAX + 1], char reason[UPDATER_REASON_MAX])
{
    char *to = NULL, clean[TEXT_CLEAN_MAX(80)];
    int rc = 0;
    if (!f->location[0])
        return fail(reason, -EPROTO, "the server sends us on but does not say where to");
    CURLU *u = curl_url();
    bool whole = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
                 curl_url_set(u, CURLUPART_URL, f->location, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                 curl_url_get(u, CURLUPART_URL, &to, 0) == CURLUE_OK;
    const char *shown = whole ? to : f->location, *fault = whole ? https_url_fault(to) : "it is no address";
    if (fault) {
        text_clean(shown, strnlen(shown, 80), clean, sizeof(clean));
        snprintf(reason, UPDATER_REASON_MAX, "the server sends us on to %s, and %s", clean, fault);
        rc = -EACCES;
    } else {
        strcpy(url, to);
    }
    curl_free(to);
    curl_url_cleanup(u);
    return rc;
}

/* The text as it was before the server packed it. */
static int unpack(struct fetch *f, char reason[UPDATER_REASON_MAX])
{
    struct updater_reply *r = f->reply;
    char *bytes;
    if (!f->encoding[0])
        return 0;
    if (strcmp(f->encoding, "gzip") != 0)
        return fail(reason, -EPROTO, "its compression is none that was asked for");
    int rc = updater_gunzip(r->bytes, r->n, f->request->most_bytes, &bytes, &r->n);
    if (rc == -EFBIG)
        return too_large(f, reason);
    if (rc < 0)
        return fail(reason, rc, rc == -ENOMEM ? "memory is out" : "its compression is damaged, or it was cut in the middle");
    free(r->bytes);
    r->bytes = bytes;
    return 0;
}

static int judge(struct fetch *f, long status, char reason[UPDATER_REASON_MAX])
{
    if (status == 200)
        return unpack(f, reason);
    if (status == 304 && (f->request->etag[0] || f->request->last_modified[0])) {
        f->reply->not_modified = true;
        return 0;
    }
    snprintf(reason, UPDATER_REASON_MAX, "the server answers with status %ld%s", status,
             status == 404 || status == 410 ? ": the list is not there (any more)" : "");
    return -EPROTO;
}

static int fetch(struct fetch *f, char reason[UPDATER_REASON_MAX])
{
    char url[HTTPS_URL_MAX + 1], first[HTTPS_URL_HOST_MAX], host[HTTPS_URL_HOST_MAX];
    snprintf(url, sizeof(url), "%s", f->request->url);
    https_url_host(url, first);
    bool first_inside = false;
    for (int hop = 0; hop < HOPS_MAX; hop++) {
        long status = 0;
        https_url_host(url, host);
        f->inside_allowed = first_inside || strcmp(host, first) == 0;
        f->inside = false;
        int rc = ask(f, url, &status, reason);
        if (rc < 0)
            return rc;
        if (!is_redirect(status))
            return judge(f, status, reason);
        first_inside |= hop == 0 && f->inside;
        if ((rc = follow(f, url, reason)) < 0)
            return rc;
    }
    return fail(reason, -ELOOP, "the server sends us on more than five times");
}

int updater_fetch(const struct updater_request *request, struct updater_reply *reply, char reason[UPDATER_REASON_MAX])
{
    struct fetch f = {.request = request, .reply = reply, .began_ns = clock_monotonic_ns()};
    memset(reply, 0, sizeof(*reply));
    const char *fault = https_url_fault(request->url);
    if (fault)
        return fail(reason, -EINVAL, fault);
    f.curl = curl_easy_init();
    bool ready = f.curl && set_walls(f.curl) && set_trust(&f) && set_callbacks(&f) && reserve(&f, 1 << 16);
    int rc = ready ? fetch(&f, reason) : fail(reason, -ENOMEM, "libcurl cannot be used: memory is out, or it was built without https");
    curl_easy_cleanup(f.curl);
    if (rc == 0 && !reply->not_modified) {
        reply->bytes[reply->n] = '\0';
        return 0;
    }
    free(reply->bytes);
    reply->bytes = NULL;
    reply->n = 0;
    return rc;
}

int updater_fetch_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

void updater_fetch_fini(void)
{
    curl_global_cleanup();
}
