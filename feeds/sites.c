/* sites.c -- which pages are sensitive.
 *
 * A few hundred domains, asked for every new name a device reaches: the suffixes of the name are looked up from the
 * longest to the shortest in one hash table. A public suffix is refused as for trackers: a row `org.uk` would make
 * every charity a helpline, and a report that says so would be wrong about most of them.
 */
#include "feeds/sites.h"

#include "common/hostname.h"
#include "common/log.h"
#include "feeds/builtin.h"
#include "feeds/intern.h"
#include "feeds/line_reader.h"
#include "feeds/public_suffix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES_MAX 100

struct site_set {
    struct intern domains; /* number of the domain = index of the site */
    struct site *sites;
    uint32_t room;
};

struct site_set *site_set_new(void)
{
    struct site_set *set = calloc(1, sizeof(*set));
    if (set && intern_init(&set->domains) == 0)
        return set;
    free(set);
    return NULL;
}

/* label and category are the site's own copies; the domain is too, since interned text may move while rows are added.
 */
static void forget(struct site *site)
{
    free((void *)(uintptr_t)site->site);
    free((void *)(uintptr_t)site->label);
    free((void *)(uintptr_t)site->category);
}

void site_set_free(struct site_set *set)
{
    if (!set)
        return;
    for (uint32_t i = 0; i < set->domains.count; i++)
        forget(&set->sites[i]);
    intern_fini(&set->domains);
    free(set->sites);
    free(set);
}

static bool reserve(struct site_set *set)
{
    if (set->domains.count < set->room)
        return true;
    uint32_t room = set->room * 2 + 64;
    struct site *sites = realloc(set->sites, room * sizeof(*sites));
    if (!sites)
        return false;
    set->sites = sites;
    set->room = room;
    return true;
}

static int put(struct site_set *set, const char *domain, size_t n, struct line label, struct line category)
{
    struct site site = {
        .site = strndup(domain, n), .label = strndup(label.at, label.n), .category = strndup(category.at, category.n)};
    bool fresh;
    uint32_t index = INTERN_NONE;
    if (site.site && site.label && site.category && reserve(set))
        index = intern_add(&set->domains, domain, n, &fresh);
    if (index == INTERN_NONE) {
        forget(&site);
        return -ENOMEM;
    }
    if (!fresh)
        forget(&set->sites[index]);
    set->sites[index] = site;
    return 0;
}

static bool is_text(struct line text)
{
    return text.n > 0 && text.n <= TEXT_BYTES_MAX && line_is_clean(text);
}

/* 1: taken, 0: not usable, -errno. */
static int add_row(struct site_set *set, struct line row)
{
    char domain[HOSTNAME_MAX + 1];
    struct line site = line_trim(line_cut(&row, '\t'));
    struct line label = line_trim(line_cut(&row, '\t'));
    struct line category = line_trim(line_cut(&row, '\t'));
    size_t n = hostname_normalise((const uint8_t *)site.at, site.n, domain);
    if (label.n == 0)
        label = site;
    if (n == 0 || !strchr(domain, '.') || public_suffix_is(domain) || !is_text(label) || !is_text(category))
        return 0;
    int rc = put(set, domain, n, label, category);
    return rc < 0 ? rc : 1;
}

static int add_text(struct site_set *set, const char *text, size_t n, uint32_t *lines, uint32_t *taken,
                    uint32_t *skipped)
{
    struct line_reader reader = line_reader_over(text, n);
    int rc = 0;
    *taken = *skipped = 0;
    for (struct line row; rc >= 0 && line_reader_next(&reader, &row);) {
        if (row.n == 0 || row.at[0] == '#')
            continue;
        rc = add_row(set, row);
        *taken += rc > 0;
        *skipped += rc == 0;
    }
    *skipped += reader.too_long;
    *lines = reader.line;
    return rc < 0 ? rc : 0;
}

int site_set_add_builtin(struct site_set *set)
{
    uint32_t lines, taken, skipped;
    int rc = add_text(set, builtin_sites, builtin_sites_bytes, &lines, &taken, &skipped);
    if (rc < 0)
        log_error("feeds: the built-in sites: %s", strerror(-rc));
    return rc;
}

/* *text is the file's, to be freed, also after a failure. */
static int add_file(struct site_set *set, const char *path, bool may_be_empty, char **text, uint32_t *taken, uint32_t *skipped)
{
    static const char expected[] = "expected rows of site, label and category with tabs between them";
    uint32_t lines;
    size_t n = 0;
    int rc = line_reader_load(path, text, &n);
    if (rc < 0)
        return rc;
    if (line_reader_is_binary(*text, n)) {
        log_error("%s: not a text file (it has a NUL byte): %s, in UTF-8", path, expected);
        return -EINVAL;
    }
    rc = add_text(set, *text, n, &lines, taken, skipped);
    if (rc < 0) {
        log_error("%s: %s", path, strerror(-rc));
    } else if (*taken == 0 && !(may_be_empty && *skipped == 0)) {
        log_error("%s: no sites in it (%u line%s read): %s", path, lines, lines == 1 ? "" : "s", expected);
        rc = -EINVAL;
    }
    return rc;
}

int site_set_add_file(struct site_set *set, const char *path, uint32_t *taken, uint32_t *skipped)
{
    uint32_t taken_here = 0, skipped_here = 0;
    char *text = NULL;
    int rc = add_file(set, path, false, &text, &taken_here, &skipped_here);
    free(text);
    if (taken)
        *taken = taken_here;
    if (skipped)
        *skipped = skipped_here;
    return rc;
}

int site_set_add_own(struct site_set *set, const char *path, uint32_t *skipped)
{
    uint32_t taken;
    char *text = NULL;
    *skipped = 0;
    if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    int rc = add_file(set, path, true, &text, &taken, skipped);
    free(text);
    return rc;
}

uint32_t site_match(const struct site_set *set, const char *host, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        uint32_t index = intern_find(&set->domains, host + at, len - at);
        if (index != INTERN_NONE)
            return index;
        const char *dot = memchr(host + at, '.', len - at);
        if (!dot)
            break;
        at = (size_t)(dot - host);
    }
    return SITE_NONE;
}

uint32_t site_set_count(const struct site_set *set)
{
    return set->domains.count;
}

const struct site *site_at(const struct site_set *set, uint32_t index)
{
    return &set->sites[index];
}
