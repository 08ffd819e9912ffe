/* rules.c -- see rules.h. */
#include "sensor/rules.h"

#include "common/log.h"
#include "feeds/services.h"

#include <errno.h>

int rules_load_trackers(const char *const *paths, size_t n, struct feed_set **out)
{
    struct feed_source source;
    struct feed_builder *b = feed_builder_new();
    *out = NULL;
    int rc = b ? services_load() : -ENOMEM;
    if (rc >= 0)
        rc = feed_builder_add_builtin(b, &source);
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = feed_builder_add_file(b, paths[i], &source);
        if (rc >= 0 && source.skipped > 0)
            log_warning("feeds: %s: %u lines taken, %u skipped: not the name of a host below a public suffix", paths[i], source.taken,
                        source.skipped);
    }
    if (rc >= 0 && !(*out = feed_builder_compile(b))) {
        log_error("feeds: the tracker rules do not fit into memory");
        rc = -ENOMEM;
    }
    feed_builder_free(b);
    return rc < 0 ? rc : 0;
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
