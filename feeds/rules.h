/* rules.h -- the rule sets telltale works with: the built-in trackers and support sites, and the operator's files on top.
 *
 *            Loads the table of services (feeds/services.h) too.
 * Threads    One, before the workers start. Ownership: the caller frees both sets.
 * Failure    -errno after one log line that names the file; both pointers are then NULL.
 */
#ifndef TELLTALE_FEEDS_RULES_H
#define TELLTALE_FEEDS_RULES_H

#include "common/config.h"
#include "feeds/feed.h"
#include "feeds/sites.h"

/* Each list is `n` paths; n may be 0. */
int rules_load_trackers(const char *const *paths, size_t n, struct feed_set **out);
/* The trackers of a configuration: [feeds] trackers, and each list of [subscriptions] that has been fetched. At the start
 * a fetched list that cannot be used is left out after a log line, so that it never blinds the sensor. Later, with rules in
 * force that are better than none, any list that cannot be used is a failure. */
enum { RULES_FILES_MOST = 1 + CONFIG_SUBSCRIPTIONS_MAX, RULES_PATH_MAX = CONFIG_TEXT_MAX + CONFIG_SUBSCRIPTION_NAME_MAX + 8 };
struct rules_files {
    char path[RULES_FILES_MOST][RULES_PATH_MAX];
    size_t n, configured; /* the first so many are from [feeds] trackers */
};
void rules_files_of(const struct config *c, struct rules_files *out); /* whether they are there or not */
int rules_load_files(const struct rules_files *files, bool starting, struct feed_set **out);
/* At the start, with n files on top, each of which must be usable. */
int rules_load_more(const struct rules_files *files, const char *const *more, size_t n, struct feed_set **out);

int rules_load_sites(const char *const *paths, size_t n, struct site_set **out);
/* Those of a configuration: the built-in ones, [feeds] sites, and, unless they are left out, those of the page Settings. Where their file
 * cannot be used, RULES_OWN_MUST is a failure: a support site that the sensor does not know would be nobody's secret. RULES_OWN_MAY goes on
 * without it after a line in the log: who only shows what is stored does no harm, and is needed. */
enum rules_own { RULES_OWN_NONE, RULES_OWN_MAY, RULES_OWN_MUST };
int rules_load_sites_of(const struct config *c, enum rules_own own, struct site_set **out);
/* More files on top of a set; when one cannot be used, what came before it stays. */
int rules_add_sites(struct site_set *s, const char *const *paths, size_t n);

#endif
