/* collect_leaks.h -- gathers what requests in clear text told trackers about pages (sensor/leaks.h).
 *
 * Guarded    smallest_group > 0: only pages of support sites that are in the report already, and which page of the site only where so many
 *            devices read it; else the site's address alone. 0: everything.
 * Threads    One, after the workers ended and the sites are in the report. Failure: false when memory is out.
 */
#ifndef TELLTALE_CLI_COLLECT_LEAKS_H
#define TELLTALE_CLI_COLLECT_LEAKS_H

#include "reports/capture_report.h"
#include "sensor/pipeline.h"

bool collect_leaks(struct capture_report *report, unsigned smallest_group, const struct pipeline *p,
                   const struct site_set *sites);

#endif
