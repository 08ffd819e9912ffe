/* summary_sites.h -- released periods of support sites into a summary (internal to the filling of summaries, and its tests).
 *
 * Ownership  Everything is borrowed for the call. Threads: one. Failure: -ENOMEM in s->rc.
 */
#ifndef TELLTALE_REPORTS_SUMMARY_SITES_H
#define TELLTALE_REPORTS_SUMMARY_SITES_H

#include "reports/day_summary.h"
#include "reports/released.h"

struct site_set;

/* Takes what lies in the summary's days and enough devices stand behind. Its days and `exact` are set. names: labels and categories;
 * may be NULL. */
void day_summary_sites(struct day_summary *s, const struct released *released, const struct site_set *names);

#endif
