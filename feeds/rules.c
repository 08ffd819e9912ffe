/* rules.c -- see rules.h. */
#include "feeds/rules.h"

#include "common/log.h"
#include "common/opener.h"
#include "feeds/feed_file.h"
#include "feeds/services.h"

#include <errno.h>
#include <stdio.h>

int rules_load_trackers(const char *const *paths, size_t n, struct feed_set **out)
{
    *out = NULL;
    int rc = services_load();
    return rc < 0 ? rc : feed_load(paths, n, out);
}

void rules_files_of(const struct config *c, struct rules_files *out)
{
    out->n = 0;
    if (c->trackers[0])
        snprintf(out->path[out->n++], RULES_PATH_MAX, "%s", c->trackers);
    out->configured = out->n;
    for (size_t i = 0; i < c->subscription_count; i++)
        snprintf(out->path[out->n++], RULES_PATH_MAX, "%s/%s.txt", c->feeds_dir, c->subscriptions[i].name);
}

int rules_load_files(const struct rules_files *files, bool starting, struct feed_set **out)
{
    const char *paths[sizeof(files->path) / sizeof(files->path[0])];
    struct stat st;
    size_t n = 0;
    for (size_t i = 0; i < files->n; i++)
        if (i < files->configured || opener_look(files->path[i], &st) == 0) /* not fetched yet: no fault */
            paths[n++] = files->path[i];
    *out = NULL;
    int rc = services_load();
    return rc < 0 ? rc : feed_load_most(paths, n, starting ? files->configured : n, out);
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

static int add_own(struct site_set *s, const char *path, enum rules_own own)
{
    uint32_t skipped;
    int rc = site_set_add_own(s, path, &skipped);
    if (rc == 0 && skipped > 0)
        log_warning("feeds: %s: %u lines skipped: expected site, label and category with tabs between", path, skipped);
    if (rc == 0 || rc == -ENOMEM)
        return rc;
    if (own == RULES_OWN_MAY)
        log_warning("feeds: %s: left out; add the sites again on the page Settings", path);
    else
        log_error("feeds: %s: remove this file, and add the sites again on the page Settings", path);
    return own == RULES_OWN_MAY ? 0 : rc;
}

int rules_load_sites_of(const struct config *c, enum rules_own own, struct site_set **out)
{
    const char *paths[] = {c->sites};
    char path[CONFIG_PATH_MAX];
    int rc = rules_load_sites(paths, c->sites[0] != '\0', out);
    if (rc == 0 && own != RULES_OWN_NONE && config_changed_path(c, CONFIG_SITES_NAME, path))
        rc = add_own(*out, path, own);
    if (rc < 0) {
        site_set_free(*out);
        *out = NULL;
    }
    return rc;
}
