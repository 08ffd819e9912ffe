/* leaks.h -- which tracker was told which page's address by requests in clear text.
 *
 * Purpose    The proof behind a finding, for `telltale read` only: the live sensor keeps none. A row says who was told which page in which
 *            parameter, and how many devices said so. It has no device and no time.
 * What counts The request goes to a host of the tracker feed. The address told is of another site, which no tracker owns, and it stands in the
 *            Referer, is of the Referer's own site, is a support site's, or has a name under which pages are handed on: an address in any other
 *            parameter may be that of a picture.
 * Shape      LEAKS_MOST rows; what comes beyond is counted (`refused`). Texts are redacted and clean (common/url.h).
 * Threads    One worker. Ownership: rows live as long as the table.
 */
#ifndef TELLTALE_SENSOR_LEAKS_H
#define TELLTALE_SENSOR_LEAKS_H

#include "dissectors/http.h"
#include "feeds/feed.h"
#include "feeds/sites.h"

#include <stdint.h>

#define LEAKS_MOST 1024

struct leak_row {
    uint32_t site; /* whose page, or SITE_NONE */
    const char *host, *parameter, *page;
    const char *origin; /* of the page: "https://www.themix.org.uk/" */
    uint32_t devices;   /* distinct */
};

struct leaks;

/* NULL: out of memory. */
struct leaks *leaks_new(const struct site_set *sites, uint32_t max_devices);
void leaks_free(struct leaks *l);

/* A device's request to a tracker's host (normalised), by the lists in force. cloaked: the host is a tracker only by where DNS leads, so it may well be under
 * the page's own domain. */
void leaks_request(struct leaks *l, const struct feed_set *trackers, uint32_t device, const char *host, bool cloaked,
                   const struct http_request *r, struct bytes_view body);

uint32_t leaks_count(const struct leaks *l);
struct leak_row leaks_row(const struct leaks *l, uint32_t index);
uint64_t leaks_refused(const struct leaks *l);

#endif
