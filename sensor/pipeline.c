/* pipeline.c -- see pipeline.h.
 *
 * What a worker can still use of a frame: all that a client says (hellos and requests may be 64 KiB with offloading, and
 * a name lies in the first 16), the first bytes of what a server answers (for nDPI), whole DNS answers. The bulk of a
 * download is never copied: once a flow is decided (sensor/shed.h) only the headers are, unless a segment begins like a
 * hello or a request; of a QUIC packet that is not part of a handshake nobody can read more than that it is one.
 */
#include "sensor/pipeline.h"

#include "common/log.h"
#include "sensor/frame.h"
#include "sensor/lan_side.h"
#include "sensor/last_words.h"
#include "sensor/shed.h"
#include "sensor/threads.h"
#include "sensor/worker_share.h"

#include "dissectors/http.h"
#include "dissectors/tls.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEEP_FROM_DEVICE 16384
#define KEEP_DATAGRAM 4096
#define KEEP_TO_DEVICE 512
#define KEEP_QUIC_DATA 64

/* A capture thread. What it counts it writes alone; the first one reads all of it, for the figures. */
struct reader {
    alignas(64) struct pipeline *p;
    struct capture *capture;
    const volatile int *stop; /* the first one's: of the caller */
    struct lan_side lan;
    struct spsc_ring *rings[PIPELINE_WORKERS_MOST];
    _Atomic uint64_t bytes, ring_in, ring_full, kernel_dropped, first_ns, last_ns;
    _Atomic uint64_t beat_ns; /* of the others: when it last took a batch */
    _Atomic int rc;
    pthread_t thread;
};

struct pipeline {
    struct pipeline_options o;
    struct worker_share share;
    struct reader readers[CAPTURE_THREADS_MOST];
    void (*idle)(void *context); /* the caller's, while a batch waits for its time */
    void *idle_context;
    uint64_t kernel_before; /* drops of captures that are closed */
    uint64_t pace_wall_ns, pace_capture_ns;
    int started, readers_started;
    sem_t gate; /* holds the other readers back until the first one pumps */
    _Atomic bool ending;
    struct {
        uint64_t place, since_ns;
    } seen[PIPELINE_WORKERS_MOST][CAPTURE_THREADS_MOST]; /* by pipeline_stalled_ns() */
    struct worker *workers[PIPELINE_WORKERS_MOST];
    pthread_t threads[PIPELINE_WORKERS_MOST];
};

/* relaxed, both: one writer; a reader wants a recent value only */
static uint64_t value_of(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void set_value(_Atomic uint64_t *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

static bool open_worker(struct pipeline *p, int number)
{
    p->o.worker.number = (unsigned)number;
    for (int i = 0; i < p->o.readers; i++) {
        if (!(p->readers[i].rings[number] = spsc_ring_new(p->o.ring_bytes / (size_t)p->o.readers, 0)))
            return false;
        if (i > 0)
            worker_add_ring(p->workers[number], p->readers[i].rings[number]);
        else if (!(p->workers[number] = worker_new(&p->o.worker, p->readers[0].rings[number])))
            return false;
    }
    return true;
}

struct pipeline *pipeline_new(const struct pipeline_options *options)
{
    struct pipeline *p = aligned_alloc(alignof(struct pipeline), sizeof(*p));
    if (!p)
        return NULL;
    memset(p, 0, sizeof(*p));
    sem_init(&p->gate, 0, 0);
    p->o = *options;
    p->o.readers = options->readers > 1 ? options->readers : 1;
    p->o.worker.live = options->live;
    worker_share_init(&p->share, (unsigned)options->workers);
    for (int i = 0; i < p->o.readers; i++) {
        p->readers[i].p = p;
        lan_side_init(&p->readers[i].lan, options->lan, options->lan_count);
    }
    /* One after the other: libndpi's initialisation is not thread-safe. */
    for (int i = 0; i < p->o.workers; i++)
        if (!open_worker(p, i)) {
            pipeline_free(p);
            return NULL;
        }
    return p;
}

void pipeline_free(struct pipeline *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->o.workers; i++) {
        worker_free(p->workers[i]);
        for (int k = 0; k < p->o.readers; k++)
            spsc_ring_free(p->readers[k].rings[i]);
    }
    sem_destroy(&p->gate);
    free(p);
}

/* A place that stays where it is while there is work. */
static uint64_t ring_stalled_ns(struct pipeline *p, int worker, int reader, uint64_t now_ns)
{
    bool has_work;
    uint64_t place = spsc_ring_place(p->readers[reader].rings[worker], &has_work);
    if (!has_work || place != p->seen[worker][reader].place || p->seen[worker][reader].since_ns == 0) {
        p->seen[worker][reader].place = place;
        p->seen[worker][reader].since_ns = now_ns;
    }
    return now_ns - p->seen[worker][reader].since_ns;
}

uint64_t pipeline_stalled_ns(struct pipeline *p, uint64_t now_ns)
{
    uint64_t longest = 0;
    for (int k = 0; k < p->o.readers; k++) {
        for (int i = 0; i < p->o.workers; i++) {
            uint64_t stalled = ring_stalled_ns(p, i, k, now_ns);
            longest = stalled > longest ? stalled : longest;
        }
        uint64_t beat_ns = value_of(&p->readers[k].beat_ns);
        if (beat_ns != 0 && now_ns > beat_ns && now_ns - beat_ns > longest)
            longest = now_ns - beat_ns;
    }
    return longest;
}

void pipeline_offer_rules(struct pipeline *p, const struct feed_set *set)
{
    for (int i = 0; i < p->o.workers; i++)
        worker_offer_rules(p->workers[i], feed_set_hold(set));
}

static void *worker_thread(void *worker)
{
    worker_run(worker);
    return NULL;
}

int pipeline_start(struct pipeline *p)
{
    int rc = 0;
    for (; p->started < p->o.workers && rc == 0; p->started += rc == 0) {
        char name[THREAD_NAME_MAX];
        snprintf(name, sizeof(name), "worker-%u", (unsigned)p->started % PIPELINE_WORKERS_MOST);
        rc = thread_start(&p->threads[p->started], name, worker_thread, p->workers[p->started]);
    }
    if (rc != 0) {
        log_error("sensor: cannot start a worker thread: %s", strerror(-rc));
        pipeline_finish(p);
    }
    return rc;
}

static bool begins_hello_or_request(struct bytes_view payload)
{
    return tls_looks_like_hello(payload.at, payload.len) || http_looks_like_request(payload.at, payload.len);
}

/* RFC 9000 17.3: a short header has the fixed bit and not the one of long headers. */
static bool is_quic_data(const struct packet *p)
{
    return (p->src_port == 443 || p->dst_port == 443) && p->payload.len > 0 && (p->payload.at[0] & 0xc0) == 0x40;
}

static size_t useful_of_segment(const struct frame *f, const struct shed *shed)
{
    const struct packet *p = &f->packet;
    if (p->payload.len > SHED_KEEP && !(p->tcp_flags & TCP_SYN) && shed_has(shed, shed_hash(shed, p)) && !begins_hello_or_request(p->payload))
        return SHED_KEEP;
    return f->lan == LAN_SRC || !f->beyond || p->src_port == 53 ? KEEP_FROM_DEVICE : KEEP_TO_DEVICE; /* 53: DNS over TCP */
}

/* How much of the payload goes into the ring. */
static size_t useful_bytes(const struct frame *f, const struct shed *shed)
{
    const struct packet *p = &f->packet;
    size_t keep = 0;
    if (p->fragment) /* all of it or nothing: a datagram that is not whole is of no use */
        keep = KEEP_DATAGRAM;
    else if (p->ip_proto == IP_PROTO_TCP)
        keep = useful_of_segment(f, shed);
    else if (p->ip_proto == IP_PROTO_UDP)
        keep = is_quic_data(p) ? KEEP_QUIC_DATA : KEEP_DATAGRAM;
    return p->payload.len < keep ? p->payload.len : keep;
}

void pipeline_ask_staff(struct pipeline *p, const struct staff_request *r)
{
    for (int i = 0; i < p->o.workers; i++)
        if (r->stop || (unsigned)i == worker_share_of(&p->share, &r->device))
            worker_ask_staff(p->workers[i], r);
}

/* Room in the ring: live, at once or not at all. */
static struct frame *reserve(struct reader *r, unsigned worker, size_t n)
{
    struct frame *room = spsc_ring_reserve(r->rings[worker], n);
    while (!room && !r->p->o.live && !*r->stop) {
        spsc_ring_wait_space(r->rings[worker]);
        room = spsc_ring_reserve(r->rings[worker], n);
    }
    return room;
}

static void publish(struct reader *r)
{
    for (int i = 0; i < r->p->o.workers; i++)
        spsc_ring_publish(r->rings[i]);
}

/* Of a replay, which has one reader. */
static void hold_pace(struct reader *r, uint64_t time_ns)
{
    struct pipeline *p = r->p;
    uint64_t now = clock_monotonic_ns();
    if (p->pace_capture_ns == 0) {
        p->pace_capture_ns = time_ns;
        p->pace_wall_ns = now;
    }
    uint64_t due = p->pace_wall_ns + (time_ns > p->pace_capture_ns ? time_ns - p->pace_capture_ns : 0);
    while (now < due && !*r->stop) {
        uint64_t left = due - now < 50 * NS_PER_MS ? due - now : 50 * NS_PER_MS;
        struct timespec t = {.tv_sec = 0, .tv_nsec = (long)left};
        publish(r);
        if (p->idle)
            p->idle(p->idle_context);
        nanosleep(&t, NULL);
        now = clock_monotonic_ns();
    }
}

static void count_frame(struct reader *r, const struct captured_frame *c)
{
    uint64_t first_ns = value_of(&r->first_ns);
    if (first_ns == 0 || c->time_ns < first_ns)
        set_value(&r->first_ns, c->time_ns);
    if (c->time_ns > value_of(&r->last_ns))
        set_value(&r->last_ns, c->time_ns);
    set_value(&r->bytes, value_of(&r->bytes) + c->wire_len);
}

static void on_frame(void *context, const struct captured_frame *c)
{
    struct reader *r = context;
    struct pipeline *p = r->p;
    struct frame f = {.time_ns = c->time_ns, .wire_len = c->wire_len, .kind = FRAME_PACKET};
    if (p->o.pace)
        hold_pace(r, c->time_ns);
    if (r->stop && *r->stop)
        return; /* the rest of a batch that nobody waits for any more */
    count_frame(r, c);

    last_words(DISSECTOR_PACKET, c->captured);
    f.outcome = (uint8_t)packet_decode(c->link_type, c->bytes, c->captured, c->wire_len, &f.packet);
    unsigned worker = 0;
    if (f.outcome == DISSECT_OK) {
        lan_side_decide(&r->lan, &f);
        worker = worker_share_of(&p->share, &f.device);
        f.copied = (uint32_t)useful_bytes(&f, worker_shed(p->workers[worker]));
    }
    struct frame *room = reserve(r, worker, sizeof(f) + f.copied);
    if (!room) {
        set_value(&r->ring_full, value_of(&r->ring_full) + 1);
        return;
    }
    *room = f;
    if (f.outcome == DISSECT_OK) {
        if (f.copied > 0)
            memcpy(room + 1, f.packet.payload.at, f.copied);
        room->packet.payload = (struct bytes_view){.at = (const uint8_t *)(room + 1), .len = f.copied};
        room->packet.ip = (struct bytes_view){0};
    }
    spsc_ring_commit(r->rings[worker], sizeof(f) + f.copied);
    set_value(&r->ring_in, value_of(&r->ring_in) + 1);
}

static int read_batch(struct reader *r)
{
    int rc = capture_batch(r->capture, on_frame, r);
    if (rc < 0)
        return rc;
    publish(r);
    last_words(DISSECTOR_NONE, 0);
    if (r->p->o.live)
        set_value(&r->kernel_dropped, capture_kernel_drops(r->capture));
    return rc;
}

/* Readers but the first ---------------------------------------------------------------------------------------------- */

static void *reader_thread(void *context)
{
    struct reader *r = context;
    int rc = 0;
    last_words_thread(PIPELINE_WORKERS_MOST + (unsigned)(r - r->p->readers));
    while (sem_wait(&r->p->gate) < 0)
        ;
    /* acquire: pairs with end_readers(). */
    while (rc >= 0 && !atomic_load_explicit(&r->p->ending, memory_order_acquire)) {
        set_value(&r->beat_ns, clock_monotonic_ns());
        rc = read_batch(r);
    }
    set_value(&r->beat_ns, 0);
    publish(r);
    atomic_store_explicit(&r->rc, rc < 0 ? rc : 0, memory_order_relaxed); /* relaxed: a number, nothing hangs on it */
    return NULL;
}

int pipeline_start_readers(struct pipeline *p, struct capture *const captures[])
{
    int rc = 0;
    for (int i = 1; i < p->o.readers && rc == 0; i++) {
        char name[THREAD_NAME_MAX];
        p->readers[i].capture = captures[i];
        snprintf(name, sizeof(name), "capture-%u", (unsigned)i % CAPTURE_THREADS_MOST);
        rc = thread_start(&p->readers[i].thread, name, reader_thread, &p->readers[i]);
        p->readers_started += rc == 0;
    }
    if (rc != 0)
        log_error("sensor: cannot start a capture thread: %s", strerror(-rc));
    if (rc != 0)
        pipeline_finish(p);
    return rc;
}

static void open_gate(struct pipeline *p)
{
    for (int i = 0; i < p->readers_started; i++)
        sem_post(&p->gate);
}

static void end_readers(struct pipeline *p)
{
    /* release: pairs with reader_thread(). */
    atomic_store_explicit(&p->ending, true, memory_order_release);
    open_gate(p); /* for one that never read anything */
    for (int i = 1; i <= p->readers_started; i++)
        pthread_join(p->readers[i].thread, NULL);
    p->readers_started = 0;
}

/* One that failed has lost its interface, and so have the others. */
static int reader_failure(const struct pipeline *p)
{
    for (int i = 1; i <= p->readers_started; i++) {
        int rc = atomic_load_explicit(&p->readers[i].rc, memory_order_relaxed);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int pipeline_pump(struct pipeline *p, struct capture *c, const volatile int *stop, void (*idle)(void *context), void *context)
{
    struct reader *first = &p->readers[0];
    int rc = 0;
    first->capture = c;
    first->stop = stop;
    p->idle = idle;
    p->idle_context = context;
    p->kernel_before += value_of(&first->kernel_dropped);
    set_value(&first->kernel_dropped, 0);
    open_gate(p);
    while (!*stop && (rc = read_batch(first)) >= 0 && (rc = reader_failure(p)) >= 0)
        if (idle)
            idle(context);
    end_readers(p);
    first->capture = NULL;
    return rc == -ENODATA || rc > 0 ? 0 : rc;
}

void pipeline_finish(struct pipeline *p)
{
    uint64_t last_ns = pipeline_totals(p).last_ns;
    end_readers(p);
    for (int i = 0; i < p->started; i++)
        for (int k = 0; k < p->o.readers; k++) {
            struct spsc_ring *ring = p->readers[k].rings[i];
            struct frame *end;
            while (!(end = spsc_ring_reserve(ring, sizeof(*end))))
                spsc_ring_wait_space(ring);
            memset(end, 0, sizeof(*end));
            end->kind = FRAME_END;
            end->time_ns = last_ns;
            spsc_ring_commit(ring, sizeof(*end));
            spsc_ring_publish(ring);
        }
    for (int i = 0; i < p->started; i++)
        pthread_join(p->threads[i], NULL);
    p->started = 0;
}

struct pipeline_totals pipeline_totals(const struct pipeline *p)
{
    struct pipeline_totals t = {.kernel_dropped = p->kernel_before};
    for (int i = 0; i < p->o.readers; i++) {
        const struct reader *r = &p->readers[i];
        uint64_t first_ns = value_of(&r->first_ns), last_ns = value_of(&r->last_ns);
        t.ring_in += value_of(&r->ring_in);
        t.ring_full += value_of(&r->ring_full);
        t.captured_bytes += value_of(&r->bytes);
        t.kernel_dropped += value_of(&r->kernel_dropped);
        if (first_ns != 0 && (t.first_ns == 0 || first_ns < t.first_ns))
            t.first_ns = first_ns;
        if (last_ns > t.last_ns)
            t.last_ns = last_ns;
    }
    t.captured = t.ring_in + t.ring_full;
    return t;
}

int pipeline_readers(const struct pipeline *p)
{
    return p->o.readers;
}

uint64_t pipeline_reader_frames(const struct pipeline *p, int i)
{
    return value_of(&p->readers[i].ring_in) + value_of(&p->readers[i].ring_full);
}

int pipeline_workers(const struct pipeline *p)
{
    return p->o.workers;
}

struct worker *pipeline_worker(const struct pipeline *p, int i)
{
    return p->workers[i];
}

uint64_t pipeline_count(const struct pipeline *p, size_t at)
{
    uint64_t sum = 0;
    for (int i = 0; i < p->o.workers; i++) {
        const _Atomic uint64_t *counter = (const void *)((const char *)worker_counts(p->workers[i]) + at);
        sum += atomic_load_explicit(counter, memory_order_relaxed); /* relaxed: a recent value is enough */
    }
    return sum;
}
