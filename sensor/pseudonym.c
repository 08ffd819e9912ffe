/* pseudonym.c -- see pseudonym.h. BLAKE2b with a 256-bit key (libsodium's generichash). */
#include "sensor/pseudonym.h"

#include "common/clock.h"
#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#define KEY_BYTES 32
#define DAYS_KEPT 4 /* today, yesterday until the grace ends, and what a capture's clock skips between */
#define FILE_PREFIX "day-key-"

struct day_key {
    char day[11]; /* "": free */
    uint64_t ends_ns;
    unsigned char key[KEY_BYTES];
};

struct pseudonyms {
    pthread_mutex_t lock;
    int dir; /* of the key files; -1: memory only */
    struct day_key days[DAYS_KEPT];
};

static int open_memory_dir(const char *path)
{
    struct statfs fs;
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        int rc = -errno;
        log_error("pseudonyms: %s: %s", path, strerror(errno));
        return rc;
    }
    if (fstatfs(dir, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC))
        return dir;
    close(dir);
    log_warning("pseudonyms: %s is not in memory (tmpfs): the day's key stays inside the capture process, and a restart of it "
                "starts new pseudonyms",
                path);
    return -1;
}

int pseudonyms_open(const char *run_dir, struct pseudonyms **out)
{
    struct pseudonyms *p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    pthread_mutex_init(&p->lock, NULL);
    p->dir = -1;
    if (run_dir && (p->dir = open_memory_dir(run_dir)) < -1) {
        int rc = p->dir;
        pthread_mutex_destroy(&p->lock);
        free(p);
        return rc;
    }
    sodium_mlock(p->days, sizeof(p->days)); /* never into swap; where the limit forbids it we go on */
    *out = p;
    return 0;
}

void pseudonyms_close(struct pseudonyms *p)
{
    if (!p)
        return;
    sodium_munlock(p->days, sizeof(p->days)); /* wipes too */
    if (p->dir >= 0)
        close(p->dir);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static void file_name(const char *day, char out[32])
{
    snprintf(out, 32, FILE_PREFIX "%s", day);
}

/* Reads the key a former capture process left for this day. */
static bool read_key_file(const struct pseudonyms *p, struct day_key *k)
{
    char name[32];
    file_name(k->day, name);
    int fd = openat(p->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool whole = read(fd, k->key, KEY_BYTES) == KEY_BYTES;
    close(fd);
    return whole;
}

static void write_key_file(const struct pseudonyms *p, const struct day_key *k)
{
    char name[32];
    file_name(k->day, name);
    unlinkat(p->dir, name, 0);
    int fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    bool whole = fd >= 0 && write(fd, k->key, KEY_BYTES) == KEY_BYTES;
    if (!whole)
        log_warning("pseudonyms: %s: %s; a restart of capture today will start new pseudonyms", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!whole)
        unlinkat(p->dir, name, 0);
}

static void destroy(struct pseudonyms *p, struct day_key *k)
{
    char name[32];
    file_name(k->day, name);
    if (p->dir >= 0)
        unlinkat(p->dir, name, 0);
    sodium_memzero(k, sizeof(*k));
}

/* The key of a day, made if this is its first use. The place that ends soonest makes room. */
static const struct day_key *key_of(struct pseudonyms *p, const struct local_time *t)
{
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
    if (p->dir < 0 || !read_key_file(p, k)) {
        randombytes_buf(k->key, KEY_BYTES);
        if (p->dir >= 0)
            write_key_file(p, k);
    }
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

/* Key files of days that no process of ours has in memory: left by a crash before midnight. */
static void expire_files(struct pseudonyms *p, const char *today, const char *grace_day)
{
    int fd = openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        const char *day = e->d_name + strlen(FILE_PREFIX);
        if (strncmp(e->d_name, FILE_PREFIX, strlen(FILE_PREFIX)) == 0 && strcmp(day, today) != 0 && strcmp(day, grace_day) != 0)
            unlinkat(p->dir, e->d_name, 0);
    }
    closedir(dir);
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
    if (p->dir >= 0)
        expire_files(p, now.day, grace.day);
    pthread_mutex_unlock(&p->lock);
}

void pseudonyms_forget(struct pseudonyms *p)
{
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < DAYS_KEPT; i++)
        if (p->days[i].day[0])
            destroy(p, &p->days[i]);
    pthread_mutex_unlock(&p->lock);
}
