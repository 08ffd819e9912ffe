/* lists.h -- the lists that papers about sites are made with: trackers, support sites, companies' own rules, the law.
 *
 * Purpose    The dashboard and the command line load their lists here, so that both know the same sites: the operator's own too.
 * Ownership  lists_load() gives what lists_free() ends; look-ups are borrowed from it.
 * Threads    One at a time for each struct; companies' rules and the law are loaded once, before there are threads (lists_prepare).
 * Failure    -errno after one log line that names the file.
 */
#ifndef TELLTALE_REPORTS_LISTS_H
#define TELLTALE_REPORTS_LISTS_H

#include "common/config.h"

#include <stdbool.h>

struct feed_set;
struct site_set;

struct lists {
    struct feed_set *trackers;
    struct site_set *sites;
};

int lists_prepare(void);
/* As the settings say: the built-in lists, the operator's own, those that were fetched. */
int lists_load(const struct config *c, struct lists *out);
/* The sites alone. */
int lists_load_sites(const struct config *c, struct lists *out);
/* Files of lists on top, for one run. */
struct lists_more {
    const char *const *feeds, *const *sites;
    size_t feeds_len, sites_len;
};
int lists_load_more(const struct config *c, const struct lists_more *more, struct lists *out);
void lists_free(struct lists *l);

/* "name@version + ...", borrowed. */
const char *lists_provenance(const struct lists *l);

/* A support site by a name that somebody typed or that stands in the store. */
struct listed_site {
    const char *site, *label, *category;
};
bool lists_site(const struct lists *l, const char *name, struct listed_site *out);

#endif
