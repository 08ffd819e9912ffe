/* rules.c -- see rules.h. */
#include "sensor/rules.h"

#include "common/log.h"
#include "feeds/feed_file.h"
#include "feeds/services.h"

#include <errno.h>

int rules_load_trackers(const char *const *paths, size_t n, struct feed_set **out)
{
    *out = NULL;
    int rc = services_load();
    return rc < 0 ? rc : feed_load(paths, n, out);
}

int rules_load_sites(const char *const *paths, size_t n, struct site_set **out)
{
    uint32_t taken, skipped;
    struct site_set *s = site_set_new();
    int rc = s ? site_set_add_builtin(s) : -ENOMEM;
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = site_set_add_file(s, paths[i], &taken, &skipped);
        if (rc >= 0 && skipped > 0)
            log_warning("feeds: %s: %u lines skipped: expected site, label and category with tabs between", paths[i], skipped);
    }
    if (rc < 0) {
        site_set_free(s);
        s = NULL;
    }
    *out = s;
    return rc < 0 ? rc : 0;
}
