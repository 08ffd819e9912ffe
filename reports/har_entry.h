/* har_entry.h -- one entry of a HAR recording, as the parts that matter here.
 *
 * Purpose    Browsers differ: Safari leaves members out, Firefox writes -1 for sizes, Chromium adds members of its own, any of them may be of the
 *            wrong type in a hostile file. What is missing or of another type than it should be is empty here, never an error.
 * Ownership  Texts point into the entry's JSON and live as long as it does. Failure: false where an entry has no request with an address.
 */
#ifndef TELLTALE_REPORTS_HAR_ENTRY_H
#define TELLTALE_REPORTS_HAR_ENTRY_H

#include "common/json.h"
#include "common/url.h"

#include <stdint.h>

struct har_entry {
    const char *pageref, *method, *type; /* "" when missing; type: Chromium's _resourceType */
    struct url_text address;
    struct url_text referer, body, body_type;
    struct url_text location; /* where a redirect leads, as written; empty for none */
    int status;               /* 0: no answer */
    bool html;                /* the answer is a page */
    struct url_text content;  /* of a page, cut; as text or base64 */
    bool content_base64;
    int64_t started_ms;                                                /* since the epoch; INT64_MIN when missing */
    const struct json_node *cookies_sent, *cookies_set;                /* arrays of objects with a name */
    const struct json_node *request_headers, *answer_headers, *params; /* likewise; params: of a form in the body */
};

bool har_entry_read(const struct json_node *entry, struct har_entry *out);

/* The value of a header, whatever the case of its name; empty when there is none. */
struct url_text har_header(const struct json_node *headers, const char *name);

/* "2023-10-05T09:30:12.345+01:00" (ISO 8601 as HAR has it) as milliseconds since the epoch; INT64_MIN for anything else. */
int64_t har_time_ms(const char *text);

#endif
