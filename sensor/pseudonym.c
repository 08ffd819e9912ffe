/* pseudonym.c -- see pseudonym.h. BLAKE2b with a 256-bit key (libsodium's generichash). */
#include "sensor/pseudonym.h"

#include "common/clock.h"
#include "common/log.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_BYTES 32
#define DAYS_KEPT 4 /* today, yesterday until the grace ends, and what a capture's clock skips between */

struct day_key {
    char day[11]; /* "": free */
    uint64_t ends_ns;
    unsigned char key[KEY_BYTES];
};

struct pseudonyms {
    pthread_mutex_t lock;
    int dir;                /* of the key files; -1: memory only */
    struct key_files files; /* no functions: memory only */
    struct day_key days[DAYS_KEPT];
    struct day_key stable; /* its day: the last one that it serves; "": none. Its file is that day's */
};

/* The files of this process' own folder. */
static int own_open(void *context, const char *day)
{
    return key_files_open(((struct pseudonyms *)context)->dir, day);
}

static int own_make(void *context, const char *day)
{
    return key_files_make(((struct pseudonyms *)context)->dir, day);
}

static int own_remove(void *context, const char *day)
{
    return key_files_remove(((struct pseudonyms *)context)->dir, day);
}

static int own_expire(void *context, const char *today, const char *grace_day)
{
    return key_files_expire(((struct pseudonyms *)context)->dir, today, grace_day);
}

int pseudonyms_open(const char *run_dir, struct pseudonyms **out)
{
    struct pseudonyms *p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    pthread_mutex_init(&p->lock, NULL);
    p->dir = -1;
    if (run_dir && (p->dir = key_files_folder(run_dir)) < -1) {
        int rc = p->dir;
        pthread_mutex_destroy(&p->lock);
        free(p);
        return rc;
    }
    if (p->dir >= 0)
        p->files = (struct key_files){.open = own_open, .make = own_make, .remove = own_remove, .expire = own_expire, .context = p};
    sodium_mlock(p->days, sizeof(p->days) + sizeof(p->stable)); /* never into swap; where the limit forbids it we go on */
    *out = p;
    return 0;
}

void pseudonyms_close(struct pseudonyms *p)
{
    if (!p)
        return;
    sodium_munlock(p->days, sizeof(p->days) + sizeof(p->stable)); /* wipes too */
    if (p->dir >= 0)
        close(p->dir);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void pseudonyms_keep_with(struct pseudonyms *p, const struct key_files *files)
{
    if (p->files.open)
        p->files = *files;
}

/* Reads the key a former capture process left for this day. */
static bool read_key_file(const struct pseudonyms *p, struct day_key *k)
{
    int fd = p->files.open ? p->files.open(p->files.context, k->day) : -ENOENT;
    if (fd < 0)
        return false;
    bool whole = read(fd, k->key, KEY_BYTES) == KEY_BYTES;
    close(fd);
    return whole;
}

static void write_key_file(const struct pseudonyms *p, const struct day_key *k)
{
    if (!p->files.open)
        return;
    int fd = p->files.make(p->files.context, k->day);
    bool whole = fd >= 0 && write(fd, k->key, KEY_BYTES) == KEY_BYTES;
    if (!whole)
        log_warning("pseudonyms: the key of %s cannot be kept: %s; a restart of capture today will start new pseudonyms", k->day,
                    strerror(fd < 0 ? -fd : errno));
    if (fd >= 0)
        close(fd);
    if (!whole)
        p->files.remove(p->files.context, k->day);
}

static void destroy(struct pseudonyms *p, struct day_key *k)
{
    if (p->files.open)
        p->files.remove(p->files.context, k->day);
    sodium_memzero(k, sizeof(*k));
}

static void read_or_make_key(const struct pseudonyms *p, struct day_key *k)
{
    if (read_key_file(p, k))
        return;
    randombytes_buf(k->key, KEY_BYTES);
    write_key_file(p, k);
}

void pseudonyms_keep_until(struct pseudonyms *p, const char *day)
{
    pthread_mutex_lock(&p->lock);
    snprintf(p->stable.day, sizeof(p->stable.day), "%s", day);
    read_or_make_key(p, &p->stable);
    pthread_mutex_unlock(&p->lock);
}

/* The key of a day, made if this is its first use. The place that ends soonest makes room. */
static const struct day_key *key_of(struct pseudonyms *p, const struct local_time *t)
{
    if (p->stable.day[0] && strcmp(t->day, p->stable.day) <= 0)
        return &p->stable;
    struct day_key *k = &p->days[0];
    for (int i = 0; i < DAYS_KEPT; i++) {
        if (strcmp(p->days[i].day, t->day) == 0)
            return &p->days[i];
        if (p->days[i].ends_ns < k->ends_ns)
            k = &p->days[i];
    }
    if (k->day[0])
        destroy(p, k);
    memcpy(k->day, t->day, sizeof(k->day));
    k->ends_ns = t->next_day_ns;
    read_or_make_key(p, k);
    return k;
}

void pseudonym_of(struct pseudonyms *p, const struct device_key *device, uint64_t time_ns, char out[PSEUDONYM_LEN + 1])
{
    unsigned char message[17], hash[crypto_generichash_BYTES_MIN];
    struct local_time t;
    clock_local(time_ns, &t);
    memcpy(message, device->bytes, 16);
    message[16] = device->is_mac;
    pthread_mutex_lock(&p->lock);
    crypto_generichash(hash, sizeof(hash), message, sizeof(message), key_of(p, &t)->key, KEY_BYTES);
    pthread_mutex_unlock(&p->lock);
    sodium_bin2hex(out, PSEUDONYM_LEN + 1, hash, PSEUDONYM_LEN / 2);
    sodium_memzero(message, sizeof(message));
}

/* A day that is to come goes too: a clock that was ahead for a while made its key, and it would no longer be fresh. */
void pseudonyms_expire(struct pseudonyms *p, uint64_t now_ns)
{
    struct local_time now, grace;
    clock_local(now_ns, &now);
    clock_local(now_ns > PSEUDONYM_GRACE_NS ? now_ns - PSEUDONYM_GRACE_NS : 0, &grace);
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < DAYS_KEPT; i++)
        if (p->days[i].day[0] && strcmp(p->days[i].day, now.day) != 0 && strcmp(p->days[i].day, grace.day) != 0)
            destroy(p, &p->days[i]);
    if (p->stable.day[0] && strcmp(p->stable.day, grace.day) < 0)
        destroy(p, &p->stable);
    const char *in_use = p->stable.day[0] ? p->stable.day : now.day; /* while that one serves, today has none of its own */
    if (p->files.open) /* those that no process of ours has in memory too: left by a crash before midnight */
        p->files.expire(p->files.context, in_use, grace.day);
    pthread_mutex_unlock(&p->lock);
}

void pseudonyms_forget(struct pseudonyms *p)
{
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < DAYS_KEPT; i++)
        if (p->days[i].day[0])
            destroy(p, &p->days[i]);
    if (p->stable.day[0])
        destroy(p, &p->stable);
    pthread_mutex_unlock(&p->lock);
}
