/* worker.c -- see worker.h.
 *
 * A frame's way: the flow it belongs to (flow_table), the names on it (flow_names, findings_dns), what the names mean
 * (findings), which application it is (ndpi_adapter). When names and application are both decided the flow is done:
 * from then on a packet costs a table hit and two additions.
 */
#include "sensor/worker_state.h"

#include "sensor/last_words.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HELLO_SLOTS 256
#define DNS_CONVERSATIONS 32
#define INSPECTIONS 4096
#define TICK_NS NS_PER_S
#define LEAP_NS (3600 * NS_PER_S)
#define BATCH 16 /* frames whose flows are asked of the memory before the first of them is looked at */
#define SHED_FORGET_NS (300 * NS_PER_S) /* sooner than any flow that was answered is forgotten */

static void read_requests_if_wanted(struct worker *w);

struct worker *worker_new(const struct worker_options *options, struct spsc_ring *ring)
{
    struct worker *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->o = *options;
    w->rings[w->rings_len++] = ring;
    randombytes_buf(&w->shed.seed, sizeof(w->shed.seed));
    w->flows = flow_table_new(options->max_flows, worker_on_flow_end, w);
    w->names = flow_names_new(HELLO_SLOTS, worker_on_name, w);
    w->dns_streams = dns_streams_new(DNS_CONVERSATIONS);
    w->answers_due = answers_due_new();
    w->fragments = calloc(1, sizeof(*w->fragments));
    w->findings = findings_new(&options->findings);
    w->ndpi = ndpi_adapter_new(INSPECTIONS);
    if (!w->flows || !w->names || !w->dns_streams || !w->answers_due || !w->fragments || !w->findings || !w->ndpi) {
        worker_free(w);
        return NULL;
    }
    read_requests_if_wanted(w);
    return w;
}

void worker_add_ring(struct worker *w, struct spsc_ring *ring)
{
    assert(w->rings_len < WORKER_RINGS_MOST);
    spsc_ring_join(w->rings[0], ring);
    w->rings[w->rings_len++] = ring;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    flow_table_free(w->flows);
    flow_names_free(w->names);
    dns_streams_free(w->dns_streams);
    answers_due_free(w->answers_due);
    free(w->fragments);
    findings_free(w->findings);
    feed_set_free(atomic_load(&w->offered));
    free(atomic_load(&w->staff));
    ndpi_adapter_free(w->ndpi);
    free(w);
}

void worker_offer_rules(struct worker *w, struct feed_set *set)
{
    /* acq_rel: the set was made before the worker sees it; and one it never saw is ours to give up. */
    feed_set_free(atomic_exchange_explicit(&w->offered, set, memory_order_acq_rel));
}

/* Between two frames: what is kept of the old rules is looked up again or held on to (findings_take_rules()). */
static void take_rules(struct worker *w)
{
    /* relaxed: this line of memory is ours until somebody offers; looking costs nothing. */
    if (!atomic_load_explicit(&w->offered, memory_order_relaxed))
        return;
    struct feed_set *set = atomic_exchange_explicit(&w->offered, NULL, memory_order_acquire);
    findings_take_rules(w->findings, set);
    COUNT(w, rules_taken, 1);
}

void worker_ask_staff(struct worker *w, const struct staff_request *r)
{
    struct staff_request *copy = malloc(sizeof(*copy));
    if (!copy)
        return; /* whoever asked is told that there was no answer */
    *copy = *r;
    /* acq_rel: as with the rules. */
    free(atomic_exchange_explicit(&w->staff, copy, memory_order_acq_rel));
}

/* Requests in clear text are read for those who have a use for them. */
static void read_requests_if_wanted(struct worker *w)
{
    flow_names_on_request(w->names, w->o.findings.leaks || findings_is_testing(w->findings) ? worker_on_request : NULL);
}

/* A replay has no time before its first frame. */
static void take_staff_request(struct worker *w)
{
    if (!atomic_load_explicit(&w->staff, memory_order_relaxed) || (!w->o.live && !w->began)) /* relaxed: as with the rules */
        return;
    struct staff_request *r = atomic_exchange_explicit(&w->staff, NULL, memory_order_acquire);
    findings_staff_request(w->findings, r, w->o.live ? clock_steady_ns() : w->now_ns);
    read_requests_if_wanted(w);
    explicit_bzero(r, sizeof(*r));
    free(r);
}

const struct shed *worker_shed(const struct worker *w)
{
    return &w->shed;
}

const struct worker_counts *worker_counts(const struct worker *w)
{
    return &w->counts;
}

struct findings *worker_findings(const struct worker *w)
{
    return w->findings;
}

const struct application_count *worker_applications(const struct worker *w, size_t *n)
{
    *n = w->applications_len;
    return w->applications;
}

void worker_application_name(struct worker *w, struct application app, char name[APPLICATION_NAME_MAX], char category[APPLICATION_NAME_MAX])
{
    ndpi_adapter_name(w->ndpi, app, name, category);
}

/* The loop -------------------------------------------------------------------------------------------------------- */

static void expire_fragments(struct worker *w, uint64_t now_ns)
{
    fragments_expire(w->fragments, now_ns);
    uint64_t dropped = fragments_dropped(w->fragments) + w->unread_wholes;
    atomic_store_explicit(&w->counts.fragments_dropped, dropped, memory_order_relaxed); /* as COUNT */
}

/* The clock leapt: the next capture file, a machine that slept, or one that has learned what day it is. Whatever was open is
 * over, and flow times, which are 32 bits of milliseconds, begin anew. */
static void leap(struct worker *w, uint64_t now_ns)
{
    uint64_t gap = now_ns > w->now_ns ? now_ns - w->now_ns : w->now_ns - now_ns;
    if (w->now_ns == 0 || gap <= LEAP_NS)
        return;
    flow_table_finish(w->flows);
    answers_due_clear(w->answers_due);
    findings_finish(w->findings, w->now_ns);
    w->epoch_ns = now_ns;
}

/* What others count: taken over now and then, and at the end. */
static void take_counts(struct worker *w)
{
    uint64_t pushed_out, refused, seen, along;
    findings_table_losses(w->findings, &pushed_out, &refused);
    attribution_names(findings_attribution(w->findings), &seen, &along);
    atomic_store_explicit(&w->counts.contacts_pushed_out, pushed_out, memory_order_relaxed);
    atomic_store_explicit(&w->counts.contacts_refused, refused, memory_order_relaxed);
    atomic_store_explicit(&w->counts.hellos_evicted, flow_names_counts(w->names).hellos_evicted, memory_order_relaxed);
    atomic_store_explicit(&w->counts.devices, findings_devices(w->findings), memory_order_relaxed);
    atomic_store_explicit(&w->counts.names_seen, seen, memory_order_relaxed);
    atomic_store_explicit(&w->counts.names_along, along, memory_order_relaxed);
}

static void tick(struct worker *w, uint64_t now_ns)
{
    leap(w, now_ns);
    w->now_ns = w->name_ns = now_ns;
    if (now_ns < w->ticked_ns + TICK_NS && now_ns >= w->ticked_ns)
        return;
    w->ticked_ns = now_ns;
    flow_table_sweep(w->flows, worker_ms_of(w, now_ns), flow_table_sets(w->flows) / 16);
    worker_count_unanswered(w);
    findings_tick(w->findings, now_ns);
    read_requests_if_wanted(w);
    expire_fragments(w, now_ns);
    if (now_ns - w->forgot_ns >= SHED_FORGET_NS) { /* or the clock went back */
        shed_forget(&w->shed);
        w->forgot_ns = now_ns;
    }
    take_counts(w);
}

static void count_undecodable(struct worker *w, enum dissect_outcome outcome)
{
    if (outcome == DISSECT_TRUNCATED)
        COUNT(w, undecodable_truncated, 1);
    else if (outcome == DISSECT_MALFORMED)
        COUNT(w, undecodable_malformed, 1);
    else
        COUNT(w, undecodable_foreign, 1);
}

static bool has_flow(const struct packet *p)
{
    return p->ip_proto == IP_PROTO_TCP || p->ip_proto == IP_PROTO_UDP;
}

static void take_packet(struct worker *w, const struct frame *frame, uint64_t id)
{
    if (has_flow(&frame->packet))
        worker_flow_packet(w, frame, id);
    else
        COUNT(w, other_protocols, 1);
}

/* wire_len is what its flow has not been given yet. Device and direction are those of the piece that came last; the
 * capture thread decides them by addresses, which are the same in all. */
static void take_whole(struct worker *w, const struct frame *last, const struct whole_datagram *found)
{
    struct frame whole = *last;
    whole.wire_len = found->wire_len < UINT32_MAX ? (uint32_t)found->wire_len : UINT32_MAX;
    enum dissect_outcome rc = packet_decode_ip(found->ip.at, found->ip.len, found->ip.len, &whole.packet);
    if (rc == DISSECT_OK && !whole.packet.fragment) /* in a tunnel it may be: pieces of pieces are left alone */
        take_packet(w, &whole, flow_table_id(w->flows, &whole.packet));
    else
        w->unread_wholes++;
}

/* Does a piece hold the fixed part of its transport header? */
static bool begins_flow(const struct packet *p)
{
    size_t header = p->ip_proto == IP_PROTO_TCP ? 20 : 8;
    return p->fragment_offset == 0 && (p->ip_proto == IP_PROTO_TCP || p->ip_proto == IP_PROTO_UDP) && p->payload.len >= header;
}

/* A first piece counts for its flow at once, whatever becomes of the others, but without a payload: that waits for the
 * whole datagram, with which the flow is given the other pieces' bytes. */
static void take_fragment(struct worker *w, const struct frame *frame)
{
    bool begins = begins_flow(&frame->packet);
    struct whole_datagram found;
    COUNT(w, fragments, 1);
    if (begins) {
        struct frame head = *frame;
        head.packet.payload = (struct bytes_view){0};
        head.packet.payload_wire_len = 0;
        worker_flow_packet(w, &head, flow_table_id(w->flows, &head.packet));
    }
    last_words(DISSECTOR_FRAGMENTS, frame->packet.payload.len);
    if (!last_words_is_off(DISSECTOR_FRAGMENTS) && fragments_put(w->fragments, &frame->packet, begins ? 0 : frame->wire_len, frame->time_ns, &found) == FRAGMENT_WHOLE)
        take_whole(w, frame, &found);
}

/* In which order flows end, and which one must make room, depends on the flow table's key. The report of a saved capture
 * shall be the same every time, so the key is made from its first packet: not to be foreseen by those who were recorded. */
static void begin(struct worker *w, const struct frame *first)
{
    enum { SEED_PAYLOAD = 64 };
    struct {
        uint64_t time_ns;
        struct ip_addr src, dst;
        uint32_t seq, ack, ports;
        uint8_t payload[SEED_PAYLOAD];
    } seed = {.time_ns = first->time_ns};
    const struct packet *p = &first->packet;
    if (first->outcome == DISSECT_OK) {
        seed.src = p->src;
        seed.dst = p->dst;
        seed.seq = p->tcp_seq;
        seed.ack = p->tcp_ack;
        seed.ports = (uint32_t)p->src_port << 16 | p->dst_port;
        if (p->payload.len > 0)
            memcpy(seed.payload, p->payload.at, p->payload.len < SEED_PAYLOAD ? p->payload.len : SEED_PAYLOAD);
    }
    if (!w->o.live)
        flow_table_seed(w->flows, &seed, sizeof(seed));
    w->epoch_ns = first->time_ns;
    w->began = true;
}

/* id: of its flow, when it is whole and has one. */
static void take_frame(struct worker *w, const struct frame *frame, uint64_t id)
{
    tick(w, frame->time_ns);
    if (frame->outcome != DISSECT_OK) {
        count_undecodable(w, frame->outcome);
        return;
    }
    COUNT(w, decoded, 1);
    COUNT(w, bytes, frame->wire_len);
    if (frame->nobody)
        return; /* neither end is in the LAN that was configured: nobody of ours */
    if (frame->packet.fragment)
        take_fragment(w, frame);
    else
        take_packet(w, frame, id);
}

static bool is_same_way(const struct packet *a, const struct packet *b)
{
    return a->src_port == b->src_port && a->dst_port == b->dst_port && a->ip_proto == b->ip_proto && ip_equal(&a->src, &b->src) &&
           ip_equal(&a->dst, &b->dst);
}

/* Takes what lies in the ring, up to a batch. The memory is asked for all sets of flows first, then for the flows: it answers
 * many questions in the time of one. FRAME_END, if it came, is the last frame there is. */
static bool take_batch(struct worker *w, void *const *records, size_t n)
{
    uint64_t ids[BATCH] = {0};
    const struct frame *last = records[n - 1];
    bool end = last->kind == FRAME_END;
    if (end)
        n--;
    if (!w->began && n > 0)
        begin(w, records[0]);
    for (size_t i = 0; i < n; i++) {
        const struct frame *frame = records[i];
        if (frame->outcome != DISSECT_OK || frame->packet.fragment || !has_flow(&frame->packet))
            continue;
        if (i > 0 && ids[i - 1] && is_same_way(&frame->packet, &((const struct frame *)records[i - 1])->packet)) {
            ids[i] = ids[i - 1]; /* packets come in trains */
            continue;
        }
        ids[i] = flow_table_id(w->flows, &frame->packet);
        flow_table_prefetch(w->flows, ids[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (ids[i] && (i == 0 || ids[i] != ids[i - 1]))
            flow_table_prefetch_flow(w->flows, ids[i], worker_ms_of(w, ((const struct frame *)records[i])->time_ns));
    for (size_t i = 0; i < n; i++) {
        take_rules(w);
        take_staff_request(w);
        take_frame(w, records[i], ids[i]);
    }
    return end;
}

static void finish(struct worker *w)
{
    expire_fragments(w, UINT64_MAX);
    flow_table_finish(w->flows);
    findings_finish(w->findings, w->now_ns);
    take_counts(w);
    findings_end_day(w->findings);
}

/* Those that have not ended. */
struct open_rings {
    struct spsc_ring *ring[WORKER_RINGS_MOST];
    unsigned n;
};

/* Of the rings that have something, the one whose next frame is the oldest; and until when it is: the next of another. */
static struct spsc_ring *oldest_ring(const struct open_rings *o, uint64_t *until_ns)
{
    struct spsc_ring *found = NULL;
    uint64_t first_ns = UINT64_MAX;
    size_t bytes;
    *until_ns = UINT64_MAX;
    for (unsigned i = 0; i < o->n; i++) {
        const struct frame *next = spsc_ring_peek(o->ring[i], &bytes);
        uint64_t time_ns = !next ? UINT64_MAX : next->kind == FRAME_END ? UINT64_MAX - 1 : next->time_ns;
        if (time_ns < first_ns) {
            *until_ns = first_ns;
            first_ns = time_ns;
            found = o->ring[i];
        } else if (time_ns < *until_ns) {
            *until_ns = time_ns;
        }
    }
    return found;
}

/* Capture threads are up to a block of the kernel's apart. A flow's frames come in order, since they come by one thread, but the worker's time must not
 * go back between two flows: ages are differences without a sign. */
static void keep_time(struct worker *w, void *const *records, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct frame *f = records[i];
        if (f->time_ns < w->latest_ns)
            f->time_ns = w->latest_ns;
        w->latest_ns = f->time_ns;
    }
}

/* What lies in one ring, up to a batch, and of several rings up to the time at which another has the next. */
static struct spsc_ring *lend_batch(const struct open_rings *o, void **records, size_t *n)
{
    uint64_t until_ns;
    if (o->n == 1) {
        *n = spsc_ring_peek_many(o->ring[0], records, BATCH);
        return o->ring[0];
    }
    struct spsc_ring *ring = oldest_ring(o, &until_ns);
    if (!ring) {
        *n = 0;
        return NULL;
    }
    size_t there = spsc_ring_peek_many(ring, records, BATCH), wanted = 1;
    while (wanted < there && ((const struct frame *)records[wanted])->time_ns <= until_ns)
        wanted++;
    *n = wanted < there ? spsc_ring_peek_many(ring, records, wanted) : there;
    return ring;
}

static void forget_ring(struct open_rings *o, const struct spsc_ring *ring)
{
    unsigned i = 0;
    while (o->ring[i] != ring)
        i++;
    o->ring[i] = o->ring[--o->n];
}

void worker_run(struct worker *w)
{
    struct open_rings open = {.n = w->rings_len}, *o = &open;
    memcpy(open.ring, w->rings, sizeof(open.ring));
    last_words_thread(1 + w->o.number);
    while (o->n > 0) {
        void *records[BATCH];
        size_t n;
        take_rules(w);
        take_staff_request(w);
        struct spsc_ring *ring = lend_batch(o, records, &n);
        if (n == 0) {
            if (w->o.live && w->began)
                tick(w, clock_steady_ns());
            spsc_ring_wait_any(o->ring, o->n, 100);
            continue;
        }
        if (w->rings_len > 1)
            keep_time(w, records, n);
        bool end = take_batch(w, records, n);
        spsc_ring_release_many(ring);
        if (end) {
            spsc_ring_wait(ring, 0); /* hands back the last of it: nothing is left to do */
            forget_ring(o, ring);
        }
    }
    finish(w);
}
