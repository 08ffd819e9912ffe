/* driven_worker.h -- a worker that is given frames through its ring, as the capture thread would, and what it counted.
 *
 * Purpose    Flows are played packet by packet; run() ends the capture, lets the worker read all of it on this thread, and
 *            then its counters may be looked at. A millisecond goes by with each packet.
 * Ownership  load(), unload() are for the group of tests; begin(), end() for each. Include after <cmocka.h>.
 */
#ifndef TELLTALE_TESTS_SENSOR_DRIVEN_WORKER_H
#define TELLTALE_TESTS_SENSOR_DRIVEN_WORKER_H

#include "common/clock.h"
#include "common/words.h"
#include "feeds/services.h"
#include "sensor/frame.h"
#include "sensor/worker.h"
#include "tests/sensor/made_packet.h"
#include "tests/sensor/made_records.h"
#include "tests/sensor/made_rules.h"
#include "tests/support/hello_maker.h"

#include <stdio.h>
#include <stdlib.h>

#define BEGIN  (1790000000 * NS_PER_S)
#define SERVER "203.0.113.7"

static struct feed_set *trackers;
static struct site_set *sites;
static struct spsc_ring *ring;
static struct worker *worker;
static uint64_t now_ns;
static uint16_t next_port;

/* One flow between a device and a server; what each end has said so far. */
struct talk {
    struct packet up; /* without payload */
    unsigned device;
    bool beyond;
    uint32_t seq[2]; /* [from_device] */
};

static inline int load(void **state)
{
    (void)state;
    trackers = make_trackers();
    sites = make_sites();
    return services_load();
}

static inline int unload(void **state)
{
    (void)state;
    feed_set_free(trackers);
    site_set_free(sites);
    return 0;
}

static inline int begin(void **state)
{
    (void)state;
    struct worker_options o = {.max_flows = 4096};
    o.findings = (struct findings_options){
        .trackers = trackers, .sites = sites, .max_devices = 32, .max_contacts = 64, .visit_gap_ns = 60 * NS_PER_S};
    ring = spsc_ring_new(4 << 20, 0);
    assert_non_null(ring);
    worker = worker_new(&o, ring);
    assert_non_null(worker);
    now_ns = BEGIN;
    next_port = 50000;
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    worker_free(worker);
    spsc_ring_free(ring);
    return 0;
}

/* -- frames -- */

static inline struct frame *reserve(size_t n)
{
    struct frame *room = spsc_ring_reserve(ring, sizeof(*room) + n);
    assert_non_null(room);
    memset(room, 0, sizeof(*room));
    room->time_ns = now_ns;
    return room;
}

static inline void commit(size_t n)
{
    spsc_ring_commit(ring, sizeof(struct frame) + n);
    now_ns += NS_PER_MS;
}

static inline void give(struct talk *t, bool from_device, uint8_t flags, const void *bytes, size_t n)
{
    struct frame *f = reserve(n);
    uint8_t *copy = (uint8_t *)(f + 1);
    struct packet p = from_device ? t->up : made_answer(&t->up);
    memcpy(copy, n ? bytes : "", n);
    made_payload(&p, copy, n);
    p.ip = (struct bytes_view){.at = copy, .len = n};
    p.tcp_flags = flags;
    p.tcp_seq = t->seq[from_device];
    p.tcp_ack = flags & TCP_ACK ? t->seq[!from_device] : 0;
    t->seq[from_device] += (uint32_t)n + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
    f->packet = p;
    f->wire_len = (uint32_t)n + 54;
    f->copied = (uint32_t)n;
    f->outcome = DISSECT_OK;
    f->lan = from_device ? LAN_SRC : LAN_DST;
    f->beyond = t->beyond;
    f->device.is_mac = 1;
    memcpy(f->device.bytes, made_mac(t->device).bytes, 6);
    commit(n);
}

static inline struct talk new_talk(unsigned device, uint8_t proto, const char *server, uint16_t port)
{
    char address[32];
    snprintf(address, sizeof(address), strchr(server, ':') ? "fd00::%u" : "192.168.1.%u", device);
    struct talk t = {.device = device, .beyond = true, .seq = {7000, 1000}};
    t.up = made_packet(proto, address, next_port++, server, port);
    return t;
}

static inline void shake_hands(struct talk *t)
{
    give(t, true, TCP_SYN, NULL, 0);
    give(t, false, TCP_SYN | TCP_ACK, NULL, 0);
    give(t, true, TCP_ACK, NULL, 0);
}

static inline void say(struct talk *t, const void *bytes, size_t n)
{
    give(t, true, TCP_ACK | TCP_PSH, bytes, n);
}

static inline void answer(struct talk *t, const void *bytes, size_t n)
{
    give(t, false, TCP_ACK | TCP_PSH, bytes, n);
}

static inline struct talk connect_to(unsigned device, const char *server, uint16_t port)
{
    struct talk t = new_talk(device, IP_PROTO_TCP, server, port);
    shake_hands(&t);
    return t;
}

/* A hello with this name (NULL: none), and with or without an encrypted one in it. */
static inline struct made_hello *hello_for(const char *name, bool ech)
{
    static struct made_hello record, message, extensions;
    extensions.n = record.n = 0;
    hello_extension(&extensions, 0x0017, "", 0);
    if (name)
        hello_server_name(&extensions, name);
    if (ech)
        hello_extension(&extensions, 0xfe0d, "\0\0\1\0\1\x2a", 6);
    hello_with(&message, &extensions);
    hello_record(&record, message.bytes, message.n);
    return &record;
}

/* A connection whose hello names this host, answered. */
static inline void visit(unsigned device, const char *server, const char *name, bool ech)
{
    struct talk t = connect_to(device, server, 443);
    struct made_hello *h = hello_for(name, ech);
    say(&t, h->bytes, h->n);
    answer(&t, "\x16\x03\x03\0\x04\x02\0\0\0", 9);
}

static inline void exchange(unsigned device, uint8_t proto, const char *server, uint16_t port)
{
    struct talk t = new_talk(device, proto, server, port);
    if (proto == IP_PROTO_TCP)
        shake_hands(&t);
    say(&t, "some words of no protocol", 25);
    answer(&t, "and an answer to them", 21);
}

static inline void ask(unsigned device, const char *name, enum dns_type type)
{
    struct made_dns m;
    struct talk t = new_talk(device, IP_PROTO_UDP, "203.0.113.53", 53);
    dns_begin(&m, false, 0, name, type);
    say(&t, m.bytes, m.n);
    dns_begin(&m, true, 0, name, type);
    answer(&t, m.bytes, m.n);
}

/* The device asks for an HTTPS record, and is told that hellos for the name show `front`. */
static inline void learn_front(unsigned device, const char *name, const char *front)
{
    struct made_dns m;
    struct made_params p = {.n = 0};
    struct talk t = new_talk(device, IP_PROTO_UDP, "203.0.113.53", 53);
    params_ech(&p, front);
    dns_begin(&m, false, 0, name, DNS_HTTPS);
    say(&t, m.bytes, m.n);
    dns_begin(&m, true, 0, name, DNS_HTTPS);
    dns_service(&m, name, DNS_HTTPS, 1, "", &p);
    answer(&t, m.bytes, m.n);
}

/* -- what the worker counted -- */

static inline void run(void)
{
    struct frame *f = reserve(0);
    f->kind = FRAME_END;
    commit(0);
    spsc_ring_publish(ring);
    worker_run(worker);
}

struct figures {
    uint64_t flows, named, blind[BLIND_COUNT];
};

static inline struct figures figures(void)
{
    const struct worker_counts *c = worker_counts(worker);
    struct figures f = {.flows = c->flows, .named = c->named};
    f.blind[BLIND_ECH] = c->blind_ech;
    f.blind[BLIND_DOH] = c->blind_doh;
    f.blind[BLIND_DOT] = c->blind_dot;
    f.blind[BLIND_DOQ] = c->blind_doq;
    f.blind[BLIND_RELAY] = c->blind_relay;
    f.blind[BLIND_VPN] = c->blind_vpn;
    f.blind[BLIND_NO_NAME] = c->blind_no_name;
    f.blind[BLIND_INCOMPLETE] = c->blind_incomplete;
    return f;
}

/* All that was counted: so many flows, so many with a name, and so many blind by one cause. */
static inline void assert_counted(unsigned flows, unsigned named, enum blind_spot cause, unsigned blind)
{
    run();
    struct figures f = figures();
    assert_int_equal(f.flows, flows);
    assert_int_equal(f.named, named);
    for (int i = 0; i < BLIND_COUNT; i++) {
        if (f.blind[i] != (i == (int)cause ? blind : 0))
            fail_msg("%s: %u flows", blind_spot_word((enum blind_spot)i), (unsigned)f.blind[i]);
    }
}

static inline void assert_nothing_counted(void)
{
    assert_counted(0, 0, BLIND_ECH, 0);
}

struct hidden_of {
    unsigned device;
    bool found, hidden;
};

static inline void look_at(void *context, const struct device *d)
{
    struct hidden_of *h = context;
    if (memcmp(d->key.bytes, made_mac(h->device).bytes, 6) == 0) {
        h->found = true;
        h->hidden = d->hidden_dns;
    }
}

static inline bool has_hidden_dns(unsigned device)
{
    struct hidden_of h = {.device = device};
    findings_each_device(worker_findings(worker), look_at, &h);
    assert_true(h.found);
    return h.hidden;
}

#endif
