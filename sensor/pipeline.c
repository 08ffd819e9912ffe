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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEEP_FROM_DEVICE 16384
#define KEEP_DATAGRAM 4096
#define KEEP_TO_DEVICE 512
#define KEEP_QUIC_DATA 64

struct pipeline {
    struct pipeline_options o;
    struct lan_side lan;
    struct worker_share share;
    struct pipeline_totals totals;
    struct capture *capture;
    const volatile int *stop;
    void (*idle)(void *context); /* the caller's, while a batch waits for its time */
    void *idle_context;
    uint64_t kernel_before; /* drops of captures that are closed */
    uint64_t pace_wall_ns, pace_capture_ns;
    int started;
    struct {
        uint64_t place, since_ns;
    } seen[PIPELINE_WORKERS_MOST]; /* by pipeline_stalled_ns() */
    struct spsc_ring *rings[PIPELINE_WORKERS_MOST];
    struct worker *workers[PIPELINE_WORKERS_MOST];
    pthread_t threads[PIPELINE_WORKERS_MOST];
};

struct pipeline *pipeline_new(const struct pipeline_options *options)
{
    struct pipeline *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->o = *options;
    p->o.worker.live = options->live;
    lan_side_init(&p->lan, options->lan, options->lan_count);
    worker_share_init(&p->share, (unsigned)options->workers);
    /* One after the other: libndpi's initialisation is not thread-safe. */
    for (int i = 0; i < p->o.workers; i++) {
        p->rings[i] = spsc_ring_new(p->o.ring_bytes, 0);
        p->o.worker.number = (unsigned)i;
        p->workers[i] = p->rings[i] ? worker_new(&p->o.worker, p->rings[i]) : NULL;
        if (!p->workers[i]) {
            pipeline_free(p);
            return NULL;
        }
    }
    return p;
}

void pipeline_free(struct pipeline *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->o.workers; i++) {
        worker_free(p->workers[i]);
        spsc_ring_free(p->rings[i]);
    }
    free(p);
}

uint64_t pipeline_stalled_ns(struct pipeline *p, uint64_t now_ns)
{
    uint64_t longest = 0;
    for (int i = 0; i < p->o.workers; i++) {
        bool has_work;
        uint64_t place = spsc_ring_place(p->rings[i], &has_work);
        if (!has_work || place != p->seen[i].place || p->seen[i].since_ns == 0) {
            p->seen[i].place = place;
            p->seen[i].since_ns = now_ns;
        }
        if (now_ns - p->seen[i].since_ns > longest)
            longest = now_ns - p->seen[i].since_ns;
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
static struct frame *reserve(struct pipeline *p, unsigned worker, size_t n)
{
    struct frame *room = spsc_ring_reserve(p->rings[worker], n);
    while (!room && !p->o.live && !*p->stop) {
        spsc_ring_wait_space(p->rings[worker]);
        room = spsc_ring_reserve(p->rings[worker], n);
    }
    return room;
}

static void hold_pace(struct pipeline *p, uint64_t time_ns)
{
    uint64_t now = clock_monotonic_ns();
    if (p->pace_capture_ns == 0) {
        p->pace_capture_ns = time_ns;
        p->pace_wall_ns = now;
    }
    uint64_t due = p->pace_wall_ns + (time_ns > p->pace_capture_ns ? time_ns - p->pace_capture_ns : 0);
    while (now < due && !*p->stop) {
        uint64_t left = due - now < 50 * NS_PER_MS ? due - now : 50 * NS_PER_MS;
        struct timespec t = {.tv_sec = 0, .tv_nsec = (long)left};
        for (int i = 0; i < p->o.workers; i++)
            spsc_ring_publish(p->rings[i]);
        if (p->idle)
            p->idle(p->idle_context);
        nanosleep(&t, NULL);
        now = clock_monotonic_ns();
    }
}

static void on_frame(void *context, const struct captured_frame *c)
{
    struct pipeline *p = context;
    struct frame f = {.time_ns = c->time_ns, .wire_len = c->wire_len, .kind = FRAME_PACKET};
    if (p->o.pace)
        hold_pace(p, c->time_ns);
    if (*p->stop)
        return; /* the rest of a batch that nobody waits for any more */
    if (p->totals.captured++ == 0 || c->time_ns < p->totals.first_ns)
        p->totals.first_ns = c->time_ns;
    if (c->time_ns > p->totals.last_ns)
        p->totals.last_ns = c->time_ns;
    p->totals.captured_bytes += c->wire_len;

    last_words(DISSECTOR_PACKET, c->captured);
    f.outcome = (uint8_t)packet_decode(c->link_type, c->bytes, c->captured, c->wire_len, &f.packet);
    unsigned worker = 0;
    if (f.outcome == DISSECT_OK) {
        lan_side_decide(&p->lan, &f);
        worker = worker_share_of(&p->share, &f.device);
        f.copied = (uint32_t)useful_bytes(&f, worker_shed(p->workers[worker]));
    }
    struct frame *room = reserve(p, worker, sizeof(f) + f.copied);
    if (!room) {
        p->totals.ring_full++;
        return;
    }
    *room = f;
    if (f.outcome == DISSECT_OK) {
        if (f.copied > 0)
            memcpy(room + 1, f.packet.payload.at, f.copied);
        room->packet.payload = (struct bytes_view){.at = (const uint8_t *)(room + 1), .len = f.copied};
        room->packet.ip = (struct bytes_view){0};
    }
    spsc_ring_commit(p->rings[worker], sizeof(f) + f.copied);
    p->totals.ring_in++;
}

int pipeline_pump(struct pipeline *p, struct capture *c, const volatile int *stop, void (*idle)(void *context), void *context)
{
    int rc = 0;
    p->capture = c;
    p->stop = stop;
    p->idle = idle;
    p->idle_context = context;
    while (!*stop && (rc = capture_batch(c, on_frame, p)) >= 0) {
        for (int i = 0; i < p->o.workers; i++)
            spsc_ring_publish(p->rings[i]);
        last_words(DISSECTOR_NONE, 0);
        p->totals.kernel_dropped = p->kernel_before + (p->o.live ? capture_kernel_drops(c) : 0);
        if (idle)
            idle(context);
    }
    p->kernel_before = p->totals.kernel_dropped;
    p->capture = NULL;
    return rc == -ENODATA || rc > 0 ? 0 : rc;
}

void pipeline_finish(struct pipeline *p)
{
    for (int i = 0; i < p->started; i++) {
        struct frame *end;
        while (!(end = spsc_ring_reserve(p->rings[i], sizeof(*end))))
            spsc_ring_wait_space(p->rings[i]);
        memset(end, 0, sizeof(*end));
        end->kind = FRAME_END;
        end->time_ns = p->totals.last_ns;
        spsc_ring_commit(p->rings[i], sizeof(*end));
        spsc_ring_publish(p->rings[i]);
    }
    for (int i = 0; i < p->started; i++)
        pthread_join(p->threads[i], NULL);
    p->started = 0;
}

struct pipeline_totals pipeline_totals(const struct pipeline *p)
{
    return p->totals;
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
