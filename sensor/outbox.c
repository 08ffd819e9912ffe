/* outbox.c -- see outbox.h.
 *
 * One ring, in the order of the records' numbers:
 *
 *     first ......... unsent ......... first + len
 *        sent, not acknowledged   not sent
 *
 * A connection that breaks moves `unsent` back to `first`, after what the publisher still managed to acknowledge was read.
 */
#include "sensor/outbox.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/opener.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define OUTBOX_RECORDS 8192 /* four seconds of the heaviest load that is tested */
#define RETRY_NS (200 * NS_PER_MS)
#define PATIENCE_NS (10 * NS_PER_S) /* a full queue from which nothing leaves for so long has nobody at its other end */

struct outbox {
    pthread_mutex_t lock;
    struct sockaddr_un address;
    bool wait_when_full, complained;
    int fd; /* -1: not connected */
    uint64_t retry_ns, stuck_ns; /* stuck_ns: since when the queue is full and nothing leaves it; 0: it is not */
    struct outbox_counts counts;
    uint64_t source, first_sequence, told; /* told: the highest number that was ever sent */
    uint32_t first, len, unsent;           /* unsent: how many of the first are sent */
    union sighting records[OUTBOX_RECORDS];
};

struct outbox *outbox_new(const char *socket_path, bool wait_when_full)
{
    struct outbox *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    if (strlen(socket_path) >= sizeof(o->address.sun_path)) {
        log_error("sightings: %s: the path is too long for a socket (at most %zu bytes)", socket_path, sizeof(o->address.sun_path) - 1);
        free(o);
        return NULL;
    }
    pthread_mutex_init(&o->lock, NULL);
    o->address.sun_family = AF_UNIX;
    strcpy(o->address.sun_path, socket_path);
    o->first_sequence = 1;
    while (getrandom(&o->source, sizeof(o->source), 0) != (ssize_t)sizeof(o->source) || o->source == 0)
        ;
    o->wait_when_full = wait_when_full;
    o->fd = -1;
    return o;
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    if (o->fd >= 0)
        close(o->fd);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

static bool try_connect(struct outbox *o)
{
    uint64_t now = clock_monotonic_ns();
    if (o->fd >= 0)
        return true;
    if (now < o->retry_ns)
        return false;
    int fd = opener_connect(o->address.sun_path);
    if (fd != -EAGAIN) /* else it is on its way: the next flush takes it */
        o->retry_ns = now + RETRY_NS;
    if (fd < 0)
        return false;
    if (o->complained)
        log_info("sightings: %s: the publisher is back", o->address.sun_path);
    o->complained = false;
    o->fd = fd;
    return true;
}

static void forget_up_to(struct outbox *o, uint64_t sequence)
{
    while (o->unsent > 0 && o->first_sequence <= sequence) {
        o->first = (o->first + 1) % OUTBOX_RECORDS;
        o->first_sequence++;
        o->len--;
        o->unsent--;
        o->stuck_ns = 0;
    }
    if (o->len == 0)
        o->first = 0; /* the same few places again, instead of going through all of the memory in the course of a day */
}

/* Reads what the publisher acknowledges. False when it hung up. */
static bool read_receipts(struct outbox *o)
{
    for (;;) {
        struct sighting_receipt r;
        ssize_t n = recv(o->fd, &r, sizeof(r), MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (n == (ssize_t)sizeof(r) && r.magic == SIGHTING_MAGIC && r.source == o->source)
            forget_up_to(o, r.sequence);
    }
}

static void disconnect(struct outbox *o)
{
    read_receipts(o); /* its last words: each one spares a record from being told again */
    log_warning("sightings: %s: the publisher went away; sightings wait", o->address.sun_path);
    o->complained = true;
    close(o->fd);
    o->fd = -1;
    o->unsent = 0;
}

static void flush_locked(struct outbox *o)
{
    if (o->fd >= 0 && !read_receipts(o))
        disconnect(o);
    while (o->unsent < o->len && try_connect(o)) {
        const union sighting *s = &o->records[(o->first + o->unsent) % OUTBOX_RECORDS];
        if (send(o->fd, s, s->head.bytes, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                disconnect(o);
            return;
        }
        o->unsent++;
        if (s->head.sequence > o->told) {
            o->told = s->head.sequence;
            o->counts.sent++;
        }
    }
}

static void sleep_ms(int ms)
{
    struct timespec t = {.tv_sec = 0, .tv_nsec = ms * 1000000L};
    nanosleep(&t, NULL);
}

/* May a replay wait for room? Not for a publisher that does not come: the capture process would hear no signal. */
static bool may_wait(struct outbox *o)
{
    uint64_t now = clock_monotonic_ns();
    if (o->stuck_ns == 0)
        o->stuck_ns = now;
    return o->wait_when_full && now < o->stuck_ns + PATIENCE_NS;
}

void outbox_put(struct outbox *o, const union sighting *s)
{
    pthread_mutex_lock(&o->lock);
    while (o->len == OUTBOX_RECORDS && may_wait(o)) {
        flush_locked(o);
        pthread_mutex_unlock(&o->lock);
        sleep_ms(1);
        pthread_mutex_lock(&o->lock);
    }
    if (o->len == OUTBOX_RECORDS)
        o->counts.dropped++;
    else {
        union sighting *slot = &o->records[(o->first + o->len) % OUTBOX_RECORDS];
        *slot = *s;
        slot->head.source = o->source;
        slot->head.sequence = o->first_sequence + o->len++;
    }
    pthread_mutex_unlock(&o->lock);
}

void outbox_flush(struct outbox *o)
{
    pthread_mutex_lock(&o->lock);
    flush_locked(o);
    pthread_mutex_unlock(&o->lock);
}

bool outbox_drain(struct outbox *o, int timeout_ms)
{
    uint64_t deadline = clock_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    for (;;) {
        pthread_mutex_lock(&o->lock);
        flush_locked(o);
        bool empty = o->len == 0;
        pthread_mutex_unlock(&o->lock);
        if (empty || clock_monotonic_ns() >= deadline)
            return empty;
        sleep_ms(2);
    }
}

struct outbox_counts outbox_counts(struct outbox *o)
{
    pthread_mutex_lock(&o->lock);
    struct outbox_counts c = o->counts;
    c.waiting = o->len;
    pthread_mutex_unlock(&o->lock);
    return c;
}
