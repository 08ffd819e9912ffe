/* rules_watch.c -- see rules_watch.h. Looking costs a stat() a file; inotify would want a watch on every folder, and miss
 * what happens on a network's file system. */
#include "sensor/rules_watch.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/opener.h"
#include "sensor/threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct rules_watch {
    struct rules_files files;
    struct rules_seen loaded, last; /* the thread's own */
    unsigned every_ms;
    _Atomic(struct feed_set *) fresh; /* release by the thread, acquire by whoever takes it */
    bool at_once;    /* the thread's own */
    bool now, stop;  /* under the lock, which nobody holds but for a moment */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
};

void rules_watch_look(const struct rules_files *files, struct rules_seen *seen)
{
    struct stat st;
    memset(seen, 0, sizeof(*seen));
    for (size_t i = 0; i < files->n; i++)
        if (opener_look(files->path[i], &st) == 0)
            seen->file[i] = (struct rules_identity){.device = (uint64_t)st.st_dev,
                                                    .inode = (uint64_t)st.st_ino,
                                                    .bytes = (uint64_t)st.st_size,
                                                    .changed_ns = (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec};
}

static bool same(const struct rules_seen *a, const struct rules_seen *b)
{
    return memcmp(a, b, sizeof(*a)) == 0; /* 64-bit fields only: no padding */
}

static void load(struct rules_watch *w, const struct rules_seen *seen)
{
    struct feed_set *set;
    w->loaded = *seen;
    if (rules_load_files(&w->files, false, &set) < 0) {
        log_warning("feeds: the new lists were not taken over; the rules of before stay in force");
        return;
    }
    feed_set_free(atomic_exchange_explicit(&w->fresh, set, memory_order_acq_rel));
}

static void look(struct rules_watch *w)
{
    struct rules_seen seen;
    rules_watch_look(&w->files, &seen);
    bool settled = same(&seen, &w->last);
    w->last = seen;
    if (w->at_once || (settled && !same(&seen, &w->loaded)))
        load(w, &seen);
}

/* Sleeps until it is time to look, or asked; false at the end. */
static bool sleep_until_due(struct rules_watch *w)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t ns = (uint64_t)until.tv_nsec + w->every_ms * NS_PER_MS;
    until.tv_sec += (time_t)(ns / NS_PER_S);
    until.tv_nsec = (long)(ns % NS_PER_S);
    int rc = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->stop && !w->now && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&w->wake, &w->lock, &until);
    bool go_on = !w->stop;
    w->at_once = w->now;
    w->now = false;
    pthread_mutex_unlock(&w->lock);
    return go_on;
}

static void *run(void *context)
{
    struct rules_watch *w = context;
    while (sleep_until_due(w))
        look(w);
    return NULL;
}

static int start(struct rules_watch *w)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return -thread_start(&w->thread, "lists", run, w);
}

struct rules_watch *rules_watch_new(const struct rules_files *files, const struct rules_seen *loaded, unsigned every_ms)
{
    struct rules_watch *w = calloc(1, sizeof(*w));
    int rc = w ? 0 : ENOMEM;
    if (w) {
        w->files = *files;
        w->loaded = w->last = *loaded;
        w->every_ms = every_ms;
        rc = start(w);
    }
    if (rc == 0)
        return w;
    log_error("feeds: new lists cannot be watched for: %s", strerror(rc));
    free(w);
    return NULL;
}

void rules_watch_free(struct rules_watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    feed_set_free(atomic_load(&w->fresh));
    free(w);
}

void rules_watch_now(struct rules_watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->now = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

struct feed_set *rules_watch_take(struct rules_watch *w)
{
    /* relaxed: mostly nothing is there, and then nothing follows from it. */
    if (!w || !atomic_load_explicit(&w->fresh, memory_order_relaxed))
        return NULL;
    return atomic_exchange_explicit(&w->fresh, NULL, memory_order_acquire);
}
