/* lists.c -- see lists.h. */
#include "reports/lists.h"

#include "common/hostname.h"
#include "feeds/policies.h"
#include "feeds/rules.h"
#include "feeds/services.h"
#include "reports/companies.h"
#include "reports/legal.h"

#include <string.h>

int lists_prepare(void)
{
    int rc = services_load();
    if (rc == 0)
        rc = companies_load();
    if (rc == 0)
        rc = policies_load();
    return rc == 0 ? legal_load() : rc;
}

int lists_load_sites(const struct config *c, struct lists *out)
{
    memset(out, 0, sizeof(*out));
    return rules_load_sites_of(c, RULES_OWN_MAY, &out->sites);
}

int lists_load(const struct config *c, struct lists *out)
{
    return lists_load_more(c, &(struct lists_more){0}, out);
}

int lists_load_more(const struct config *c, const struct lists_more *more, struct lists *out)
{
    struct rules_files files;
    int rc = lists_load_sites(c, out);
    if (rc == 0)
        rc = rules_add_sites(out->sites, more->sites, more->sites_len);
    rules_files_of(c, &files);
    if (rc == 0)
        rc = rules_load_more(&files, more->feeds, more->feeds_len, &out->trackers);
    if (rc < 0)
        lists_free(out);
    return rc;
}

void lists_free(struct lists *l)
{
    feed_set_free(l->trackers);
    site_set_free(l->sites);
    memset(l, 0, sizeof(*l));
}

const char *lists_provenance(const struct lists *l)
{
    return feed_set_provenance(l->trackers);
}

bool lists_site(const struct lists *l, const char *name, struct listed_site *out)
{
    char host[HOSTNAME_MAX + 1];
    size_t n = hostname_normalise((const uint8_t *)name, strlen(name), host);
    uint32_t at = n ? site_match(l->sites, host, n) : SITE_NONE;
    if (at == SITE_NONE)
        return false;
    const struct site *s = site_at(l->sites, at);
    *out = (struct listed_site){s->site, s->label, s->category};
    return true;
}
