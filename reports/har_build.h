/* har_build.h -- putting a har_report together: for the reader of recordings only.
 *
 * Threads    One. Failure: adders give NULL when memory is out, and the keepers set *oom.
 */
#ifndef TELLTALE_REPORTS_HAR_BUILD_H
#define TELLTALE_REPORTS_HAR_BUILD_H

#include "common/url.h"
#include "reports/har.h"

struct har_recording *har_add_recording(struct har_report *r);
struct har_page *har_add_page(struct har_report *r);
struct har_request *har_add_request(struct har_report *r);
struct har_leak *har_add_leak(struct har_request *q);

/* Clean copies that count towards HAR_REPORT_BYTES. */
char *har_keep(struct har_report *r, const char *text, size_t n, bool *oom);
char *har_keep_address(struct har_report *r, struct url_text address, enum url_shown how,
                       bool *oom);                                         /* "" for what is no address */
char *har_keep_or_null(struct har_report *r, const char *text, bool *oom); /* NULL for NULL */

#endif
