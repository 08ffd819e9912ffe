/* purge.c -- see purge.h.
 *
 * Redis is asked for names with SCAN, which may repeat some and forgets none that was there all the time, and removes them with
 * UNLINK. Because nobody else may write meanwhile (the caller sees to that), one more walk that finds nothing is a proof.
 *
 * The files: only BGREWRITEAOF makes the append-only file forget, and only BGSAVE the dump. Where they lie is in Redis' settings,
 * which our users may not read; but Redis works in that folder, and the kernel says who is at the other end of a unix socket and
 * what folder that process is in. Only files with the names that Redis gives are read: in a container the folder may be /.
 */
#include "store/purge.h"

#include "common/clock.h"
#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MOST 500 /* keys or entries in one command */

typedef int take_names(void *context, struct store_asker *a, size_t n, const char **names);

/* Walks over all keys of the installation, some at a time. */
static int walk(struct store_asker *a, const char *installation, take_names *take, void *context)
{
    char pattern[STORE_KEY_MAX], cursor[24] = "0";
    snprintf(pattern, sizeof(pattern), "telltale:{%s}:*", installation);
    do {
        struct store_reply *reply;
        const char *scan[] = {"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"}, *names[NAMES_MOST];
        int rc = store_asker_ask(a, 6, scan, &reply);
        if (rc < 0)
            return rc;
        const struct store_reply *list = store_reply_item(reply, 1);
        size_t n = store_reply_count(list);
        for (size_t from = 0; from < n && rc == 0; from += NAMES_MOST) {
            size_t some = n - from < NAMES_MOST ? n - from : NAMES_MOST;
            for (size_t i = 0; i < some; i++)
                names[i] = store_reply_text(store_reply_item(list, from + i), NULL);
            rc = take(context, a, some, names);
        }
        snprintf(cursor, sizeof(cursor), "%s", store_reply_text(store_reply_item(reply, 0), NULL));
        store_reply_free(reply);
        if (rc < 0)
            return rc;
    } while (strcmp(cursor, "0") != 0);
    return 0;
}

/* Does a name fit a pattern of the schema, `<word>` standing for anything without a colon? */
static bool fits(const char *pattern, const char *name)
{
    for (; *pattern; pattern++) {
        if (*pattern == '<') {
            pattern = strchr(pattern, '>');
            size_t n = strcspn(name, ":");
            if (n == 0)
                return false;
            name += n;
        } else if (*pattern != *name++) {
            return false;
        }
    }
    return *name == '\0';
}

static int count_names(void *context, struct store_asker *a, size_t n, const char **names)
{
    struct store_holdings *h = context;
    (void)a;
    for (size_t i = 0; i < n; i++) {
        const char *end_of_root = strstr(names[i], "}:");
        int kind = 0;
        while (kind < STORE_KEY_COUNT && !(end_of_root && fits(store_keys[kind].pattern, end_of_root + 2)))
            kind++;
        if (kind < STORE_KEY_COUNT)
            h->keys[kind]++;
        else
            h->other++;
        h->total++;
    }
    return 0;
}

int store_purge_count(struct store_asker *a, const char *installation, struct store_holdings *out)
{
    *out = (struct store_holdings){.total = 0};
    return walk(a, installation, count_names, out);
}

/* One command with a list of names behind it; its answer is of no interest. */
static int command(struct store_asker *a, const char *verb, const char *key, size_t n, const char **names)
{
    const char *argv[NAMES_MOST + 2];
    int argc = 0;
    argv[argc++] = verb;
    if (key)
        argv[argc++] = key;
    for (size_t i = 0; i < n; i++)
        argv[argc++] = names[i];
    struct store_reply *reply;
    int rc = store_asker_ask(a, argc, argv, &reply);
    if (rc == 0)
        store_reply_free(reply);
    return rc;
}

static int unlink_names(void *context, struct store_asker *a, size_t n, const char **names)
{
    (void)context;
    return command(a, "UNLINK", NULL, n, names);
}

int store_purge_all(struct store_asker *a, const char *installation)
{
    return walk(a, installation, unlink_names, NULL);
}

static int purge_alerts(struct store_asker *a, const char *key, uint64_t begin_ms, uint64_t end_ms, uint64_t *alerts)
{
    char first[24], last[24];
    size_t n;
    snprintf(first, sizeof(first), "%" PRIu64, begin_ms);
    snprintf(last, sizeof(last), "%" PRIu64, end_ms - 1);
    do {
        struct store_reply *reply;
        const char *range[] = {"XRANGE", key, first, last, "COUNT", "500"}, *ids[NAMES_MOST];
        int rc = store_asker_ask(a, 6, range, &reply);
        if (rc < 0)
            return rc;
        n = store_reply_count(reply);
        for (size_t i = 0; i < n; i++)
            ids[i] = store_reply_text(store_reply_item(store_reply_item(reply, i), 0), NULL);
        rc = n > 0 ? command(a, "XDEL", key, n, ids) : 0;
        store_reply_free(reply);
        if (rc < 0)
            return rc;
        *alerts += n;
    } while (n > 0);
    return 0;
}

int store_purge_day(struct store_asker *a, const char *installation, const char *day, uint64_t begin_ns, uint64_t end_ns,
                    uint64_t *alerts)
{
    char counters[STORE_KEY_MAX], devices[STORE_KEY_MAX], labels[STORE_KEY_MAX], coverage[STORE_KEY_MAX], stream[STORE_KEY_MAX];
    const uint64_t hour_ns = STORE_HOUR_S * NS_PER_S; /* an id is an hour of UTC, of which a part may be the day's */
    store_key_write(counters, installation, STORE_KEY_DAY, day);
    store_key_write(devices, installation, STORE_KEY_DEVICES, day);
    store_key_write(labels, installation, STORE_KEY_LABELS, day);
    store_key_write(coverage, installation, STORE_KEY_COVERAGE, day);
    store_key_write(stream, installation, STORE_KEY_ALERTS, NULL);
    *alerts = 0;
    int rc = command(a, "UNLINK", NULL, 4, (const char *[]){counters, devices, labels, coverage});
    return rc < 0 ? rc : purge_alerts(a, stream, begin_ns / hour_ns * hour_ns / NS_PER_MS, end_ns / NS_PER_MS, alerts);
}

/* --- the files ------------------------------------------------------------------------------------------------ */

static int folder_of(const struct store_asker *a, char out[4096])
{
    char link[64];
    int pid = store_asker_server_pid(a);
    if (pid <= 0)
        return -EACCES;
    snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
    ssize_t n = readlink(link, out, 4095);
    if (n <= 0)
        return -EACCES;
    out[n] = '\0';
    return 0;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

typedef int take_file(void *context, int fd);

/* Opens each file of Redis' in a folder: *.rdb, *.aof. -EACCES when one of them, or the folder, is closed to us. */
static int each_file(const char *folder, take_file *take, void *context)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ? 0 : -EACCES;
    int rc = 0;
    for (struct dirent *e; rc == 0 && (e = readdir(dir)) != NULL;) {
        if (!ends_with(e->d_name, ".rdb") && !ends_with(e->d_name, ".aof"))
            continue;
        int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0) {
            rc = take(context, fd);
            close(fd);
        } else if (errno != ENOENT) { /* ENOENT: an old one that Redis has just removed */
            rc = -EACCES;
        }
    }
    closedir(dir);
    return rc;
}

struct searching {
    struct store_search *result;
    const char *text;
};

static int search_file(void *context, int fd)
{
    struct searching *s = context;
    enum { STEP = 1 << 16 };
    char bytes[STEP + 256];
    size_t keep = strlen(s->text) - 1, have = 0;
    bool found = false;
    ssize_t n;
    while ((n = read(fd, bytes + have, STEP)) > 0) {
        have += (size_t)n;
        s->result->bytes += (uint64_t)n;
        found |= memmem(bytes, have, s->text, keep + 1) != NULL;
        if (have > keep) {
            memmove(bytes, bytes + have - keep, keep); /* the text may lie across two steps */
            have = keep;
        }
    }
    s->result->files++;
    s->result->found += found;
    return n < 0 ? -EACCES : 0;
}

int store_purge_search(const struct store_asker *a, const char *text, struct store_search *out)
{
    struct searching s = {out, text};
    char appended[4096 + 32];
    *out = (struct store_search){.files = 0};
    int rc = folder_of(a, out->folder);
    if (rc < 0 || strlen(text) == 0 || strlen(text) > 255)
        return rc < 0 ? rc : -EINVAL;
    snprintf(appended, sizeof(appended), "%s/appendonlydir", out->folder);
    if ((rc = each_file(out->folder, search_file, &s)) == 0)
        rc = each_file(appended, search_file, &s);
    return rc;
}

static int is_a_dump(void *context, int fd)
{
    (void)fd;
    *(bool *)context = true;
    return 0;
}

/* Is there a dump that would go on remembering? Where we cannot look, there may be. */
static bool may_have_dump(const struct store_asker *a)
{
    char folder[4096];
    bool there = false;
    return folder_of(a, folder) < 0 || each_file(folder, is_a_dump, &there) < 0 || there;
}

/* Asks for a rewrite and waits for its end: until neither `running` is in INFO, and `good` is. */
static int rewrite(struct store_asker *a, const char *verb, const char *const running[2], const char *good)
{
    uint64_t deadline = clock_monotonic_ns() + PURGE_PATIENCE_S * NS_PER_S;
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = 100000000L};
    struct store_reply *reply;
    int rc = store_asker_ask(a, 1, &verb, &reply);
    if (rc < 0)
        return rc;
    store_reply_free(reply);
    for (;;) {
        if ((rc = store_asker_ask(a, 2, (const char *[]){"INFO", "persistence"}, &reply)) < 0)
            return rc;
        const char *info = store_reply_text(reply, NULL);
        bool ended = !strstr(info, running[0]) && !strstr(info, running[1]), well = strstr(info, good) != NULL;
        store_reply_free(reply);
        if (ended && !well)
            log_error("store: %s failed in Redis; its log says why. What was removed is still in its file", verb);
        if (ended)
            return well ? 0 : -EIO;
        if (clock_monotonic_ns() >= deadline)
            return -ETIMEDOUT;
        nanosleep(&pause, NULL);
    }
}

int store_purge_files(struct store_asker *a)
{
    static const char *const appending[] = {"aof_rewrite_in_progress:1", "aof_rewrite_scheduled:1"};
    static const char *const saving[] = {"rdb_bgsave_in_progress:1", "rdb_bgsave_in_progress:1"};
    struct store_reply *reply;
    int rc = store_asker_ask(a, 2, (const char *[]){"INFO", "persistence"}, &reply);
    if (rc < 0)
        return rc;
    bool appends = strstr(store_reply_text(reply, NULL), "aof_enabled:1") != NULL;
    store_reply_free(reply);
    if (appends)
        rc = rewrite(a, "BGREWRITEAOF", appending, "aof_last_bgrewrite_status:ok");
    if (rc == 0 && may_have_dump(a))
        rc = rewrite(a, "BGSAVE", saving, "rdb_last_bgsave_status:ok");
    return rc;
}
