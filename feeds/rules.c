/* rules.c -- see rules.h. */
#include "feeds/rules.h"

#include "common/log.h"
#include "common/opener.h"
#include "feeds/feed_file.h"
#include "feeds/services.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* The paths of what is there, those that must be usable first; returns how many these are. */
static size_t present(const struct rules_files *files, const char *const *more, size_t more_len, const char **paths, size_t *n)
{
    struct stat st;
    *n = 0;
    for (size_t i = 0; i < files->configured; i++)
        paths[(*n)++] = files->path[i];
    for (size_t i = 0; i < more_len; i++)
        paths[(*n)++] = more[i];
    for (size_t i = files->configured; i < files->n; i++)
        if (opener_look(files->path[i], &st) == 0) /* not fetched yet: no fault */
            paths[(*n)++] = files->path[i];
    return files->configured + more_len;
}

int rules_load_files(const struct rules_files *files, bool starting, struct feed_set **out)
{
    const char *paths[sizeof(files->path) / sizeof(files->path[0])];
    size_t n, required = present(files, NULL, 0, paths, &n);
    *out = NULL;
    int rc = services_load();
    return rc < 0 ? rc : feed_load_most(paths, n, starting ? required : n, out);
}

int rules_load_more(const struct rules_files *files, const char *const *more, size_t more_len, struct feed_set **out)
{
    const char **paths = calloc(files->n + more_len + 1, sizeof(*paths));
    size_t n, required = paths ? present(files, more, more_len, paths, &n) : 0;
    *out = NULL;
    int rc = paths ? services_load() : -ENOMEM;
    if (rc == 0)
        rc = feed_load_most(paths, n, required, out);
    free(paths);
    return rc;
}

int rules_add_sites(struct site_set *s, const char *const *paths, size_t n)
{
    uint32_t taken, skipped;
    int rc = 0;
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = site_set_add_file(s, paths[i], &taken, &skipped);
        if (rc >= 0 && skipped > 0)
            log_warning("feeds: %s: %u lines skipped: expected site, label and category with tabs between", paths[i], skipped);
    }
    return rc < 0 ? rc : 0;
}

int rules_load_sites(const char *const *paths, size_t n, struct site_set **out)
{
    struct site_set *s = site_set_new();
    int rc = s ? site_set_add_builtin(s) : -ENOMEM;
    if (rc >= 0)
        rc = rules_add_sites(s, paths, n);
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
    if (own == RULES_OWN_MAY && access(path, R_OK) < 0 && errno == EACCES)
        return 0; /* none of the sensor's processes: it goes by telltale.conf alone, as for settings (common/config.c) */
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
