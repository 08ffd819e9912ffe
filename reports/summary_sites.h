/* summary_sites.h -- released periods of support sites into a summary (internal to the filling of summaries, and its tests).
 *
 * Ownership  Everything is borrowed for the call. Threads: one. Failure: -ENOMEM in s->rc.
 */
#ifndef TELLTALE_REPORTS_SUMMARY_SITES_H
#define TELLTALE_REPORTS_SUMMARY_SITES_H

#include "reports/day_summary.h"
#include "store/writer.h"

struct site_set;

/* What the store has, of any days and any number of devices. */
struct summary_released {
    const struct store_site *sites;
    size_t sites_len;
    const struct store_pair *pairs;
    size_t pairs_len;
    const struct site_set *names; /* labels and categories; may be NULL */
};

/* Takes what lies in the summary's days and enough devices stand behind. Its days and `exact` are set. */
void day_summary_sites(struct day_summary *s, const struct summary_released *released);

#endif
