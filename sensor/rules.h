/* rules.h -- the rule sets a sensor runs with: the built-in trackers and support sites, and the operator's files on top.
 *
 *            Loads the table of services (feeds/services.h) too.
 * Threads    One, before the workers start. Ownership: the caller frees both sets.
 * Failure    -errno after one log line that names the file; both pointers are then NULL.
 */
#ifndef TELLTALE_SENSOR_RULES_H
#define TELLTALE_SENSOR_RULES_H

#include "feeds/feed.h"
#include "feeds/sites.h"

/* Each list is `n` paths; n may be 0. */
int rules_load_trackers(const char *const *paths, size_t n, struct feed_set **out);
int rules_load_sites(const char *const *paths, size_t n, struct site_set **out);

#endif
