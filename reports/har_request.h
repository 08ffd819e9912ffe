/* har_request.h -- from an entry of a recording to what is shown of it.
 *
 * Threads    One. Failure: NULL when memory is out.
 */
#ifndef TELLTALE_REPORTS_HAR_REQUEST_H
#define TELLTALE_REPORTS_HAR_REQUEST_H

#include "common/leak.h"
#include "reports/har.h"
#include "reports/har_entry.h"

/* A page as the recording has it, before anything is redacted; lives while the file is read. */
struct har_raw_page {
    char *id, *address, *title; /* any may be "" */
    char *site;                 /* registrable domain of its host, or "" */
};

struct har_sources {
    const struct har_rules *rules;
    const struct har_raw_page *pages; /* of this recording */
    size_t pages_len, first;          /* where its pages begin in the report */
    struct leak_scanner *scanner;
};

/* Adds the request. page: index into sources->pages, or SIZE_MAX. *whole: false when not all of it was looked at. */
struct har_request *har_request_add(struct har_report *r, const struct har_sources *sources, const struct har_entry *e,
                                    size_t page, bool *whole);

/* The host of an address as it is matched: normalised; an IP address as it was written. 0 for what is neither. */
size_t har_host(struct url_text address, char out[], size_t out_bytes);

/* Is this the request that takes down an answer to the consent banner? */
bool har_is_consent(const struct har_rules *rules, const struct har_entry *e);

/* The registrable domain of a host; the host itself where it has none (an IP address, a single label). */
const char *har_site_of(const char *host);

#endif
