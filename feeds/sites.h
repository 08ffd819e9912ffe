/* sites.h -- the support sites: whose pages are sensitive, and how.
 *
 * Shape      Rows of site (a domain; it and everything below it is the site), label, category word. A longer domain
 *            wins over a shorter one. Rows added later replace earlier ones of the same domain.
 * Threads    Built by one thread, then read-only for all.
 * Failure    -errno after one log line that names file and line; a bad line is skipped and counted.
 */
#ifndef TELLTALE_FEEDS_SITES_H
#define TELLTALE_FEEDS_SITES_H

#include <stddef.h>
#include <stdint.h>

struct site {
    const char *site;     /* "themix.org.uk" */
    const char *label;    /* "The Mix" */
    const char *category; /* "suicide"; any word */
};

struct site_set;

struct site_set *site_set_new(void);
void site_set_free(struct site_set *set);
int site_set_add_builtin(struct site_set *set);
int site_set_add_file(struct site_set *set, const char *path, uint32_t *taken, uint32_t *skipped);
/* The file of the page Settings, whose last row somebody may have taken away: one without rows is no fault, nor is one that is not there. */
int site_set_add_own(struct site_set *set, const char *path, uint32_t *skipped);

#define SITE_NONE UINT32_MAX
/* Index of the site that host (normalised) belongs to, or SITE_NONE. */
uint32_t site_match(const struct site_set *set, const char *host, size_t len);
uint32_t site_set_count(const struct site_set *set);
const struct site *site_at(const struct site_set *set, uint32_t index);

#endif
