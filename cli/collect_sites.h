/* collect_sites.h -- what followed the visits to each support site, judged, for the report.
 *
 * Shape      The counters of all workers, added up by (site, tracker host); judged together, since the correction for many
 *            comparisons is over all pairs of a report.
 * Threads    One, after the workers ended.
 * Ownership  collect_sites_free() frees everything. Failure: NULL or false when memory is out.
 */
#ifndef TELLTALE_CLI_COLLECT_SITES_H
#define TELLTALE_CLI_COLLECT_SITES_H

#include "reports/capture_report.h"
#include "sensor/pipeline.h"

struct site_pairs;

/* Closes the attribution of every worker. */
struct site_pairs *collect_sites(const struct pipeline *p);
void collect_sites_free(struct site_pairs *pairs);

/* Gives a site of the report its disclosures. */
bool collect_disclosures(const struct site_pairs *pairs, uint32_t site, struct report_site *out);

#endif
