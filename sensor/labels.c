/* labels.c -- see labels.h.
 *
 * What was told stands beside each row of the file, so that a change of the file can be told too. That is a pseudonym beside a hardware address: it is kept no
 * longer than the day's key, which knows the same.
 */
#include "sensor/labels.h"

#include "common/clock.h"
#include "common/device_label.h"
#include "common/log.h"
#include "common/opener.h"
#include "sensor/pseudonym.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct told {
    uint64_t hour_s;
    char day[11]; /* "": nothing was told */
    char device[STORE_DEVICE_MAX + 1];
};

struct state {
    struct device_labels file;
    struct told told[DEVICE_LABELS_MOST]; /* of each row of the file */
};

struct stamp {
    uint64_t inode, bytes, changed_ns; /* all 0: not there */
};

struct labels {
    pthread_mutex_t lock;
    char path[512];
    struct outbox *outbox;
    struct stamp stamp;
    struct state *now, *next; /* next: room for the reading of a new file */
};

/* False: it cannot be told. */
static bool look_at(const char *path, struct stamp *out)
{
    struct stat st;
    memset(out, 0, sizeof(*out));
    int rc = opener_look(path, &st);
    if (rc == 0)
        *out = (struct stamp){(uint64_t)st.st_ino, (uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec};
    return rc == 0 || rc == -ENOENT;
}

struct labels *labels_new(const char *path, struct outbox *outbox)
{
    struct labels *l = calloc(1, sizeof(*l));
    if (!l || !(l->now = calloc(1, sizeof(*l->now))) || !(l->next = calloc(1, sizeof(*l->next)))) {
        labels_free(l);
        return NULL;
    }
    pthread_mutex_init(&l->lock, NULL);
    snprintf(l->path, sizeof(l->path), "%s", path);
    l->outbox = outbox;
    look_at(path, &l->stamp); /* before it is read: what changes meanwhile is seen later */
    int rc = device_labels_load(&l->now->file, path);
    if (rc == 0)
        log_info("labels: %s: %zu devices have one", path, l->now->file.len);
    else if (rc != -ENOENT)
        log_warning("labels: %s: no device has a label until the file is right", path);
    return l;
}

void labels_free(struct labels *l)
{
    if (!l)
        return;
    if (l->now)
        explicit_bzero(l->now, sizeof(*l->now));
    if (l->next)
        explicit_bzero(l->next, sizeof(*l->next));
    free(l->now);
    free(l->next);
    free(l);
}

static void tell(struct labels *l, const struct told *told, const char *text)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_LABEL);
    memcpy(s.label.day, told->day, sizeof(s.label.day));
    memcpy(s.label.device, told->device, sizeof(s.label.device));
    memcpy(s.label.label, text, strlen(text) + 1);
    outbox_put(l->outbox, &s);
}

/* Carries over what was told, and tells what is another now. */
static void take_over(struct labels *l, const struct state *old, struct state *now)
{
    memset(now->told, 0, sizeof(now->told));
    for (size_t i = 0; i < old->file.len; i++) {
        const struct device_label *row = device_labels_find(&now->file, &old->file.rows[i].mac);
        const char *text = row ? row->text : "";
        if (old->told[i].day[0] && strcmp(text, old->file.rows[i].text) != 0)
            tell(l, &old->told[i], text);
        if (row)
            now->told[row - now->file.rows] = old->told[i];
    }
}

void labels_look(struct labels *l)
{
    struct stamp stamp;
    if (!l)
        return;
    if (!look_at(l->path, &stamp) || memcmp(&stamp, &l->stamp, sizeof(stamp)) == 0)
        return;
    l->stamp = stamp;
    int rc = device_labels_load(&l->next->file, l->path); /* without the lock: a disk may be slow */
    if (rc < 0 && rc != -ENOENT) {
        log_warning("labels: %s: the labels of before stay in force", l->path);
        return;
    }
    pthread_mutex_lock(&l->lock);
    struct state *old = l->now;
    take_over(l, old, l->next);
    l->now = l->next;
    l->next = old;
    explicit_bzero(old, sizeof(*old));
    pthread_mutex_unlock(&l->lock);
    log_info("labels: %s: %zu devices have one now", l->path, l->now->file.len);
}

void labels_told(struct labels *l, const struct device_key *device, const char day[11], uint64_t hour_s, const char *pseudonym)
{
    struct mac_addr mac;
    if (!l || !device->is_mac)
        return;
    memcpy(mac.bytes, device->bytes, sizeof(mac.bytes));
    pthread_mutex_lock(&l->lock);
    const struct device_label *row = device_labels_find(&l->now->file, &mac);
    struct told *told = row ? &l->now->told[row - l->now->file.rows] : NULL;
    if (told && (told->hour_s != hour_s || strcmp(told->day, day) != 0)) {
        told->hour_s = hour_s;
        memcpy(told->day, day, sizeof(told->day));
        snprintf(told->device, sizeof(told->device), "%s", pseudonym);
        tell(l, told, row->text);
    }
    pthread_mutex_unlock(&l->lock);
}

void labels_expire(struct labels *l, uint64_t now_ns)
{
    struct local_time now, grace;
    if (!l)
        return;
    clock_local(now_ns, &now);
    clock_local(now_ns > PSEUDONYM_GRACE_NS ? now_ns - PSEUDONYM_GRACE_NS : 0, &grace);
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->now->file.len; i++)
        if (strcmp(l->now->told[i].day, now.day) != 0 && strcmp(l->now->told[i].day, grace.day) != 0)
            explicit_bzero(&l->now->told[i], sizeof(l->now->told[i]));
    pthread_mutex_unlock(&l->lock);
}
