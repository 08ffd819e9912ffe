/* attribution.h -- which page load explains a tracker contact best: from moments to counters of (support site, tracker host).
 *
 * Purpose    A contact that follows a visit to a support site may be the site's doing, or that of a page that was opened a second before in
 *            another tab, or of an app that speaks to the same company all day. Every visit is therefore compared with moments
 *            that are like it but for the site, and only counters of visits and such moments leave. docs/EVIDENCE.md, "Which moments
 *            are compared", says how.
 * Shape      The worker tells every sign of a host (a DNS question, a name on a connection, new requests on an old one) and of
 *            a tracker host. For each device the page loads of the last 20 s are held; from them page_table learns what each
 *            page brings along. A visit to a support site keeps the trackers contacted in its window and the pages opened
 *            near it until attribution_close(), when all of the day is known. What is kept of a visit has the device's number in
 *            this worker's tables, to find its own control moments, and is forgotten then.
 * Privacy    Nothing here leaves the capture process but what attribution_close() tells, which has no device. Pages that are no
 *            support sites are keyed hashes, the key is fresh each day.
 * Units      Nanoseconds of the capture's clock.
 * Threads    One worker.
 * Failure    What does not fit (visits over 4096 a day, trackers over 4096) is counted as lost and makes figures smaller.
 */
#ifndef TELLTALE_SENSOR_ATTRIBUTION_H
#define TELLTALE_SENSOR_ATTRIBUTION_H

#include "common/clock.h"
#include "common/moments.h"
#include "sensor/host_table.h"
#include "sensor/page_table.h"

struct attribution_options {
    uint32_t sites;       /* in the site set */
    uint32_t max_devices; /* in the device table */
    uint64_t visit_gap_ns;
    uint64_t window_ns;   /* after a visit, in which a contact counts as following it */
};

/* A tracker host that followed a visit. The texts are copies. */
struct attribution_tracker {
    char host[HOSTNAME_MAX + 1], matched[HOSTNAME_MAX + 1];
    char tracker[64], organisation[64], country[3];
    enum purpose purpose;
};

struct attribution;

struct attribution *attribution_new(const struct attribution_options *options);
void attribution_free(struct attribution *a);

/* A sign of a host, tracker or not. Returns its page, for attribution_renewed(). site: the support site it belongs to, or SITE_NONE. */
uint16_t attribution_host(struct attribution *a, uint32_t device, const char *host, size_t len, uint32_t site, bool is_tracker, uint64_t now_ns);
/* New requests on a connection that had been silent. */
void attribution_renewed(struct attribution *a, uint32_t device, uint16_t page, uint64_t now_ns);
/* A sign of a tracker host: after attribution_host() for the same name. */
void attribution_contact(struct attribution *a, uint32_t device, const struct host_entry *host, uint64_t now_ns);
/* A visit to a support site begins: after attribution_host() for the name that shows it. */
void attribution_visit(struct attribution *a, uint32_t device, uint32_t site, uint64_t now_ns);
/* The device's place in the table is given to another one. */
void attribution_forget_device(struct attribution *a, uint32_t device);

/* Every page load is over: the end of a capture, a leap of the clock. */
void attribution_settle(struct attribution *a);

/* Settles, tells the counters of every (site, tracker host) that followed at least one visit, and forgets everything. */
void attribution_close(struct attribution *a,
                       void (*tell)(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts),
                       void *context);

/* Before the close: the tracker host that came before this one after visits to the site, within half a second and in nearly every visit
 * in which either came; NULL when there is none. *visits: in how many. */
const struct attribution_tracker *attribution_before(const struct attribution *a, uint32_t site, const char *host, uint32_t *visits);

/* Names that devices said, one a device, name and visit gap, and how many of them came along with others rather than after a silence: of a
 * page's own further hosts and of other companies. A full page table makes both smaller. */
void attribution_names(const struct attribution *a, uint64_t *seen, uint64_t *along);

uint64_t attribution_lost(const struct attribution *a);

#endif
