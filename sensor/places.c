/* places.c -- see places.h.
 *
 * A look-up holds a read lock for about a microsecond, once for each connection to a tracker; the new database is
 * put in place under the write lock, so when that is released nobody can hold the old one any more and it is freed. No epochs
 * and no reference counts are needed for something so rare.
 *
 * Left out: anything about the device's own address.
 */
#include "sensor/places.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/opener.h"
#include "sensor/places_database.h"
#include "sensor/pulse.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    char path[PATH_MAX];
    unsigned wanted;                            /* as places_add() was told */
    struct file_identity loaded, seen, refused; /* in use; at the last look; known to be of no use */
    bool gone;                                  /* said so already */
    struct places_database *database;           /* under the lock */
};

struct places {
    struct entry files[PLACES_FILES_MOST];
    size_t files_len;
    pthread_rwlock_t lock;
    struct pulse pulse;
};

/* The set ------------------------------------------------------------------------------------------------------------- */

struct places *places_new(void)
{
    struct places *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    pthread_rwlock_init(&p->lock, NULL);
    return p;
}

void places_free(struct places *p)
{
    if (!p)
        return;
    pulse_end(&p->pulse);
    for (size_t i = 0; i < p->files_len; i++)
        places_database_free(p->files[i].database);
    pthread_rwlock_destroy(&p->lock);
    free(p);
}

int places_add(struct places *p, const char *path, unsigned parts)
{
    char why[SEALED_FILE_WHY_MAX] = "";
    int rc;
    if (p->files_len == PLACES_FILES_MOST || strlen(path) >= PATH_MAX) {
        log_error("places: %.200s: more than %d files, or too long a path", path, PLACES_FILES_MOST);
        return -E2BIG;
    }
    struct entry *e = &p->files[p->files_len];
    memset(e, 0, sizeof(*e));
    e->database = places_database_load(path, parts, &e->loaded, &rc, why);
    if (!e->database) {
        log_error("places: %s: %s", path, why);
        return rc;
    }
    memcpy(e->path, path, strlen(path) + 1);
    e->wanted = parts;
    e->seen = e->loaded;
    p->files_len++;
    return 0;
}

struct place places_of(struct places *p, const struct ip_addr *a)
{
    struct place place = {.asn = 0};
    if (!p || p->files_len == 0 || ip_is_private(a) || ip_is_group(a))
        return place;
    pthread_rwlock_rdlock(&p->lock);
    for (size_t i = 0; i < p->files_len; i++) {
        struct place one = places_database_look_up(p->files[i].database, a);
        if (!place.country[0])
            memcpy(place.country, one.country, sizeof(place.country));
        if (!place.asn)
            place.asn = one.asn;
    }
    pthread_rwlock_unlock(&p->lock);
    return place;
}

uint64_t places_built(struct places *p, enum places_part part)
{
    uint64_t built_s = 0;
    if (!p)
        return 0;
    pthread_rwlock_rdlock(&p->lock);
    for (size_t i = 0; i < p->files_len && built_s == 0; i++)
        built_s = places_database_built(p->files[i].database, part);
    pthread_rwlock_unlock(&p->lock);
    return built_s;
}

/* Watching ------------------------------------------------------------------------------------------------------------ */

static void note_gone(struct entry *e, int error)
{
    if (!e->gone)
        log_warning("places: %s: %s; the database that was loaded stays in use", e->path, strerror(error));
    e->gone = true;
}

static void load_again(struct places *p, struct entry *e)
{
    char why[SEALED_FILE_WHY_MAX] = "";
    struct file_identity identity = e->seen;
    int rc;
    struct places_database *fresh = places_database_load(e->path, e->wanted, &identity, &rc, why), *old;
    if (!fresh) {
        log_warning("places: %s: %s; the database that was loaded before stays in use", e->path, why);
        e->refused = e->seen;
        return;
    }
    pthread_rwlock_wrlock(&p->lock);
    old = e->database;
    e->database = fresh;
    pthread_rwlock_unlock(&p->lock);
    places_database_free(old);
    e->loaded = identity;
    places_database_say(e->path, fresh);
}

static void look_at(struct places *p, struct entry *e)
{
    struct stat s;
    int rc = opener_look(e->path, &s);
    if (rc < 0) {
        note_gone(e, -rc);
        return;
    }
    e->gone = false;
    struct file_identity now = sealed_file_identity_of(&s);
    bool settled = sealed_file_is_same(&now, &e->seen);
    e->seen = now;
    if (settled && !sealed_file_is_same(&now, &e->loaded) && !sealed_file_is_same(&now, &e->refused))
        load_again(p, e);
}

static void look_at_all(void *context, bool asked)
{
    struct places *p = context;
    (void)asked;
    for (size_t i = 0; i < p->files_len; i++)
        look_at(p, &p->files[i]);
}

int places_watch(struct places *p, unsigned every_ms)
{
    for (size_t i = 0; i < p->files_len; i++)
        places_database_say(p->files[i].path, p->files[i].database);
    if (p->files_len == 0 || p->pulse.started)
        return 0;
    int rc = pulse_start(&p->pulse, "places", every_ms, look_at_all, p);
    if (rc < 0)
        log_error("places: cannot start the thread that watches the files: %s", strerror(-rc));
    return rc;
}
