/* live.c -- see live.h.
 *
 * The lock is held while a connection is put to sleep or woken: a viewer that finds nothing and one that is about to be woken would
 * otherwise pass each other, and an alert would wait for the next one. The server takes its own locks inside ours, never the other way
 * round. The store is asked outside the lock.
 */
#include "dashboard/live.h"

#include "common/clock.h"
#include "common/log.h"
#include "dashboard/alert_json.h"
#include "store/stream_reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURN_MS 250
#define BEAT_NS (10 * NS_PER_S)
#define MOST_A_TURN 200

struct live_viewer {
    struct live *live;
    void *connection;
    uint64_t session, next; /* the number of the event that comes next for it */
    uint64_t beat_ns;       /* when it last got anything */
    bool asleep, greeted;
    size_t sent;            /* of the event `next`, so much is out already */
    struct live_viewer *before, *after;
};

struct live {
    struct live_hooks hooks;
    pthread_t thread;
    pthread_mutex_t lock;
    bool ended;
    char *events[LIVE_KEPT];
    uint64_t made; /* events ever; event n is at n % LIVE_KEPT */
    struct live_viewer *viewers;
    unsigned viewer_count;
    /* The thread's own. */
    char socket[108], installation[STORE_INSTALLATION_MAX + 1], last_id[STORE_ENTRY_ID_MAX];
    struct store_stream_reader *reader;
    bool is_placed, was_away;
};

/* --- the thread ------------------------------------------------------------------------------------------------------------- */

static void add_event(void *context, const struct store_entry *entry)
{
    struct live *l = context;
    char *json = NULL, *event = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&json, &size);
    if (!out)
        return;
    int rc = alert_write_line(entry, out);
    if (fclose(out) != 0 || rc < 0 || asprintf(&event, "id: %s\nevent: alert\ndata: %s\n\n", store_entry_id(entry), json) < 0)
        event = NULL;
    free(json);
    snprintf(l->last_id, sizeof(l->last_id), "%s", store_entry_id(entry));
    if (!event)
        return;
    pthread_mutex_lock(&l->lock);
    char **place = &l->events[l->made % LIVE_KEPT];
    free(*place);
    *place = event;
    l->made++;
    pthread_mutex_unlock(&l->lock);
}

static void remember_id(void *context, const struct store_entry *entry)
{
    struct live *l = context;
    snprintf(l->last_id, sizeof(l->last_id), "%s", store_entry_id(entry));
}

/* Nobody watched for a while: what came meanwhile is not news. */
static int find_place(struct live *l)
{
    l->last_id[0] = '\0';
    int rc = store_stream_newest(l->reader, 1, remember_id, l);
    l->is_placed = rc == 0;
    return rc;
}

static void ask_store(struct live *l)
{
    int rc = l->reader ? 0 : store_stream_open(l->socket, l->installation, STORE_KEY_ALERTS, &l->reader);
    if (rc == 0 && !l->is_placed)
        rc = find_place(l);
    else if (rc == 0)
        rc = store_stream_after(l->reader, l->last_id, MOST_A_TURN, add_event, l);
    if (rc < 0) { /* logged by the store; a slower turn keeps the log short */
        store_stream_close(l->reader);
        l->reader = NULL;
        l->was_away = true;
    }
}

static void wake_those_with_news(struct live *l, uint64_t now_ns)
{
    pthread_mutex_lock(&l->lock);
    for (struct live_viewer *v = l->viewers; v; v = v->after) {
        if (v->asleep && (l->ended || v->next < l->made || now_ns - v->beat_ns >= BEAT_NS)) {
            v->asleep = false;
            l->hooks.wake(v->connection);
        }
    }
    pthread_mutex_unlock(&l->lock);
}

static void *run(void *argument)
{
    struct live *l = argument;
    unsigned patience = 0; /* turns until a store that was away is asked again */
    for (bool ended = false; !ended;) {
        nanosleep(&(struct timespec){.tv_nsec = TURN_MS * (long)NS_PER_MS}, NULL);
        pthread_mutex_lock(&l->lock);
        bool watched = l->viewers != NULL;
        ended = l->ended;
        pthread_mutex_unlock(&l->lock);
        if (!watched) {
            l->is_placed = false;
        } else if (patience > 0) {
            patience--;
        } else {
            l->was_away = false;
            ask_store(l);
            patience = l->was_away ? 5000 / TURN_MS : 0;
        }
        wake_those_with_news(l, clock_monotonic_ns());
        l->hooks.tick(l->hooks.context);
    }
    return NULL;
}

/* --- the server's side ------------------------------------------------------------------------------------------------------ */

int live_start(const char *socket, const char *installation, const struct live_hooks *hooks, struct live **out)
{
    *out = NULL;
    struct live *l = calloc(1, sizeof(*l));
    if (!l)
        return -ENOMEM;
    l->hooks = *hooks;
    snprintf(l->socket, sizeof(l->socket), "%s", socket);
    snprintf(l->installation, sizeof(l->installation), "%s", installation);
    pthread_mutex_init(&l->lock, NULL);
    int rc = -pthread_create(&l->thread, NULL, run, l);
    if (rc < 0) {
        log_error("live: no thread: %s", strerror(-rc));
        pthread_mutex_destroy(&l->lock);
        free(l);
        return rc;
    }
    *out = l;
    return 0;
}

void live_end(struct live *l)
{
    pthread_mutex_lock(&l->lock);
    l->ended = true;
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL); /* its last turn wakes everybody */
}

void live_free(struct live *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < LIVE_KEPT; i++)
        free(l->events[i]);
    store_stream_close(l->reader);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

struct live_viewer *live_join(struct live *l, void *connection, uint64_t session)
{
    struct live_viewer *v = calloc(1, sizeof(*v));
    if (!v)
        return NULL;
    v->live = l;
    v->connection = connection;
    v->session = session;
    pthread_mutex_lock(&l->lock);
    bool full = l->viewer_count == LIVE_VIEWERS_MAX || l->ended;
    if (!full) {
        v->next = l->made;
        v->after = l->viewers;
        if (l->viewers)
            l->viewers->before = v;
        l->viewers = v;
        l->viewer_count++;
    }
    pthread_mutex_unlock(&l->lock);
    if (full) {
        free(v);
        return NULL;
    }
    return v;
}

void live_leave(struct live_viewer *v)
{
    struct live *l = v->live;
    pthread_mutex_lock(&l->lock);
    if (v->before)
        v->before->after = v->after;
    else
        l->viewers = v->after;
    if (v->after)
        v->after->before = v->before;
    l->viewer_count--;
    pthread_mutex_unlock(&l->lock);
    free(v);
}

uint64_t live_session(const struct live_viewer *v)
{
    return v->session;
}

static ssize_t give(struct live_viewer *v, const char *text, char *out, size_t size)
{
    size_t n = strlen(text) - v->sent;
    if (n > size)
        n = size;
    memcpy(out, text + v->sent, n);
    v->sent += n;
    v->beat_ns = clock_monotonic_ns();
    return (ssize_t)n;
}

/* Under the lock. An event that is larger than `size` goes out in parts. */
static ssize_t next_bytes(struct live_viewer *v, char *out, size_t size)
{
    static const char greeting[] = "retry: 3000\nevent: ready\ndata: {}\n\n", beat[] = ": still here\n\n";
    struct live *l = v->live;
    ssize_t n;
    if (!v->greeted) {
        n = give(v, greeting, out, size);
        if (greeting[v->sent] == '\0') {
            v->greeted = true;
            v->sent = 0;
        }
        return n;
    }
    if (v->next + LIVE_KEPT <= l->made) { /* it slept through a whole ring: end it, it comes back and reads the list anew */
        return -1;
    }
    if (v->next < l->made) {
        const char *event = l->events[v->next % LIVE_KEPT];
        n = give(v, event, out, size);
        if (event[v->sent] == '\0') {
            v->next++;
            v->sent = 0;
        }
        return n;
    }
    if (clock_monotonic_ns() - v->beat_ns >= BEAT_NS && size >= sizeof(beat)) {
        n = give(v, beat, out, size);
        v->sent = 0;
        return n;
    }
    return 0;
}

ssize_t live_read(struct live_viewer *v, char *out, size_t size)
{
    struct live *l = v->live;
    pthread_mutex_lock(&l->lock);
    ssize_t n = l->ended ? -1 : next_bytes(v, out, size);
    if (n == 0) {
        v->asleep = true;
        l->hooks.sleep(v->connection);
    }
    pthread_mutex_unlock(&l->lock);
    return n;
}
