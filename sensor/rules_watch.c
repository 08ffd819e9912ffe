/* rules_watch.c -- see rules_watch.h. Looking costs a stat() a file; inotify would want a watch on every folder, and miss
 * what happens on a network's file system. */
#include "sensor/rules_watch.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/opener.h"
#include "sensor/pulse.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct rules_watch {
    struct rules_files files;
    struct rules_seen loaded, last; /* the thread's own */
    struct pulse pulse;
    _Atomic(struct feed_set *) fresh; /* release by the thread, acquire by whoever takes it */
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

static void look(void *context, bool at_once)
{
    struct rules_watch *w = context;
    struct rules_seen seen;
    rules_watch_look(&w->files, &seen);
    bool settled = same(&seen, &w->last);
    w->last = seen;
    if (at_once || (settled && !same(&seen, &w->loaded)))
        load(w, &seen);
}

struct rules_watch *rules_watch_new(const struct rules_files *files, const struct rules_seen *loaded, unsigned every_ms)
{
    struct rules_watch *w = calloc(1, sizeof(*w));
    int rc = w ? 0 : -ENOMEM;
    if (w) {
        w->files = *files;
        w->loaded = w->last = *loaded;
        rc = pulse_start(&w->pulse, "lists", every_ms, look, w);
    }
    if (rc == 0)
        return w;
    log_error("feeds: new lists cannot be watched for: %s", strerror(-rc));
    free(w);
    return NULL;
}

void rules_watch_free(struct rules_watch *w)
{
    if (!w)
        return;
    pulse_end(&w->pulse);
    feed_set_free(atomic_load(&w->fresh));
    free(w);
}

void rules_watch_now(struct rules_watch *w)
{
    if (w)
        pulse_now(&w->pulse);
}

struct feed_set *rules_watch_take(struct rules_watch *w)
{
    /* relaxed: mostly nothing is there, and then nothing follows from it. */
    if (!w || !atomic_load_explicit(&w->fresh, memory_order_relaxed))
        return NULL;
    return atomic_exchange_explicit(&w->fresh, NULL, memory_order_acquire);
}
