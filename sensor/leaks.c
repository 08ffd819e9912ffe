/* leaks.c -- see leaks.h.
 *
 * The scanner (common/leak.h) does not know the page, so it tells every address inside a request; what is told here is what
 * can be vouched for. A page's address is redacted before it is compared with the rows there are: two visits that differ
 * in a session's number are one row. Rows are few and requests in clear text are rare, so they are searched in a row.
 * Left out: titles, which nobody can tell from other texts without having seen the page.
 */
#include "sensor/leaks.h"

#include "common/hostname.h"
#include "common/leak.h"
#include "feeds/public_suffix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 512

struct row {
    uint32_t site;
    uint32_t devices;
    char host[HOSTNAME_MAX + 1];
    char parameter[LEAK_PARAMETER_MAX];
    char page[PAGE_BYTES], origin[HOSTNAME_MAX + 16];
    uint8_t *seen; /* a bit for each device */
};

struct leaks {
    const struct site_set *sites;
    uint32_t max_devices, rows_len;
    uint64_t refused;
    struct leak_scanner *scanner;
    struct row *rows[LEAKS_MOST];
};

/* The request that is being scanned. */
struct scan {
    struct leaks *leaks;
    const struct feed_set *trackers;
    uint32_t device;
    const char *host;
    bool cloaked;
    struct url_text referer;
};

struct leaks *leaks_new(const struct site_set *sites, uint32_t max_devices)
{
    struct leaks *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->sites = sites;
    l->max_devices = max_devices;
    l->scanner = leak_scanner_new();
    if (l->scanner)
        return l;
    free(l);
    return NULL;
}

void leaks_free(struct leaks *l)
{
    if (!l)
        return;
    for (uint32_t i = 0; i < l->rows_len; i++) {
        free(l->rows[i]->seen);
        free(l->rows[i]);
    }
    leak_scanner_free(l->scanner);
    free(l);
}

/* The row for this finding, new or known; NULL when there is no room. */
static struct row *row_for(struct leaks *l, const char *host, const char *parameter, const char *page)
{
    for (uint32_t i = 0; i < l->rows_len; i++)
        if (strcmp(l->rows[i]->page, page) == 0 && strcmp(l->rows[i]->host, host) == 0 &&
            strcmp(l->rows[i]->parameter, parameter) == 0)
            return l->rows[i];
    struct row *row = l->rows_len < LEAKS_MOST ? calloc(1, sizeof(*row)) : NULL;
    if (!row || !(row->seen = calloc(l->max_devices / 8u + 1u, 1))) {
        free(row);
        l->refused++;
        return NULL;
    }
    memccpy(row->host, host, '\0', sizeof(row->host) - 1);
    memccpy(row->parameter, parameter, '\0', sizeof(row->parameter) - 1);
    memccpy(row->page, page, '\0', sizeof(row->page) - 1);
    l->rows[l->rows_len++] = row;
    return row;
}

static void note_device(struct row *row, uint32_t device)
{
    if (row->seen[device / 8] & 1u << device % 8)
        return;
    row->seen[device / 8] |= (uint8_t)(1u << device % 8);
    row->devices++;
}

static bool same_owner(const char *a, const char *b)
{
    const char *left = public_suffix_registrable(a), *right = public_suffix_registrable(b);
    return left && right && strcmp(left, right) == 0;
}

static bool is_of_referer(const struct scan *s, const struct url_parts *page)
{
    struct url_parts referer;
    return url_split(s->referer.at, s->referer.len, &referer) && url_same_host(page, &referer);
}

static void on_found(void *context, const struct leak *found)
{
    struct scan *s = context;
    struct leaks *l = s->leaks;
    struct url_parts page;
    struct feed_match match;
    char host[HOSTNAME_MAX + 1], shown[PAGE_BYTES];
    if (!url_split(found->address.at, found->address.len, &page))
        return;
    size_t len = hostname_normalise((const uint8_t *)page.host.at, page.host.len, host);
    if (len == 0 || (!s->cloaked && same_owner(host, s->host)) || strcmp(host, s->host) == 0)
        return;
    uint32_t site = site_match(l->sites, host, len);
    if (site == SITE_NONE && feed_match(s->trackers, host, len, &match))
        return; /* one tracker sends on to another: what it says there is told by itself */
    if (site == SITE_NONE && !found->usual_name && !is_of_referer(s, &page))
        return;
    if (url_redact(found->address.at, found->address.len, URL_PAGE, shown, sizeof(shown)) == 0)
        return;
    struct row *row = row_for(l, s->host, found->parameter, shown);
    if (!row)
        return;
    row->site = site;
    snprintf(row->origin, sizeof(row->origin), "http%s://%s/", page.https ? "s" : "", host);
    note_device(row, s->device);
}

static struct url_text text_of(struct bytes_view v)
{
    return (struct url_text){.at = (const char *)v.at, .len = v.len};
}

void leaks_request(struct leaks *l, const struct feed_set *trackers, uint32_t device, const char *host, bool cloaked,
                   const struct http_request *r, struct bytes_view body)
{
    struct scan s = {.leaks = l,
                     .trackers = trackers,
                     .device = device,
                     .host = host,
                     .cloaked = cloaked,
                     .referer = text_of(r->referer)};
    struct leak_request request = {
        .address = text_of(r->target), .referer = text_of(r->referer), .body = text_of(body)};
    if (device < l->max_devices)
        leak_scan(l->scanner, &request, on_found, &s);
}

uint32_t leaks_count(const struct leaks *l)
{
    return l->rows_len;
}

struct leak_row leaks_row(const struct leaks *l, uint32_t index)
{
    const struct row *row = l->rows[index];
    return (struct leak_row){.site = row->site,
                             .host = row->host,
                             .parameter = row->parameter,
                             .page = row->page,
                             .origin = row->origin,
                             .devices = row->devices};
}

uint64_t leaks_refused(const struct leaks *l)
{
    return l->refused;
}
