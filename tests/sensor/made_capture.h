/* made_capture.h -- datagrams made by hand, whole or in pieces, played through the whole pipeline; and what it found.
 *
 * Purpose    send_*() adds frames to a capture; play() has a pipeline read it: capture, ring, worker, findings.
 * Shape      Ethernet, IPv4 or IPv6 by the addresses. One capture, one list of names, one of contacts: begin_capture()
 *            begins them anew.
 * Ownership  Everything is static. Include after <cmocka.h>: what does not fit is a failed assertion.
 */
#ifndef TELLTALE_TESTS_SENSOR_MADE_CAPTURE_H
#define TELLTALE_TESTS_SENSOR_MADE_CAPTURE_H

#include "sensor/pipeline.h"
#include "tests/sensor/made_packet.h"
#include "tests/sensor/made_rules.h"

#include <pthread.h>

/* One end of a conversation. */
struct station {
    unsigned mac; /* as made_mac() has it */
    const char *address;
    uint16_t port;
};

/* What is behind the IP header, and between whom. */
struct datagram {
    struct station from, to;
    uint8_t proto;
    uint32_t id;
    uint8_t body[20000];
    size_t n;
};

struct found_contact {
    char host[HOSTNAME_MAX + 1];
    struct device_key device;
    uint64_t bytes_up, bytes_down;
    enum evidence evidence;
};

static uint8_t capture_bytes[400000];
static size_t capture_len;
static uint64_t capture_ms; /* of the next frame */
static size_t wire_bytes;   /* of all frames so far */

static pthread_mutex_t found_lock = PTHREAD_MUTEX_INITIALIZER; /* workers tell at the same time */
static char found_names[64][HOSTNAME_MAX + 1];
static enum name_protocol found_protocols[64];
static unsigned found_names_count, found_contacts_count;
static struct found_contact found_contacts[64];
static uint64_t fragments_seen, datagrams_dropped, frames_decoded, flows_covered;

static inline void put_capture(const void *bytes, size_t n)
{
    assert_true(n <= sizeof(capture_bytes) - capture_len);
    memcpy(capture_bytes + capture_len, bytes, n);
    capture_len += n;
}

static inline void put_capture_u32(uint32_t v)
{
    put_capture(&v, 4); /* this machine's byte order: the magic number says which */
}

static inline void begin_capture(void)
{
    capture_len = wire_bytes = 0;
    capture_ms = 1790000000ull * 1000;
    found_names_count = found_contacts_count = 0;
    put_capture_u32(0xa1b2c3d4);
    put_capture("\2\0\4\0", 4);
    put_capture("\0\0\0\0\0\0\0\0", 8);
    put_capture_u32(262144);
    put_capture_u32(LINK_ETHERNET);
}

static inline void wait_ms(uint64_t ms)
{
    capture_ms += ms;
}

/* captured: how much of it the capture has. A millisecond goes by. */
static inline void send_frame(const uint8_t *frame, size_t n, size_t captured)
{
    put_capture_u32((uint32_t)(capture_ms / 1000));
    put_capture_u32((uint32_t)(capture_ms % 1000 * 1000));
    put_capture_u32((uint32_t)captured);
    put_capture_u32((uint32_t)n);
    put_capture(frame, captured);
    wire_bytes += n;
    capture_ms++;
}

static inline void put_be(uint8_t *at, uint32_t v, unsigned bytes)
{
    while (bytes-- > 0) {
        at[bytes] = (uint8_t)v;
        v >>= 8;
    }
}

/* The IP header of a piece, a fragment header of IPv6 included where it is one. Returns its length. */
static inline size_t put_ip_header(uint8_t *at, const struct datagram *d, size_t offset, size_t n)
{
    struct ip_addr src = made_address(d->from.address), dst = made_address(d->to.address);
    bool more = offset + n < d->n, piece = more || offset > 0;
    memset(at, 0, 48);
    if (ip_is_v4(&src)) {
        at[0] = 0x45;
        put_be(at + 2, (uint32_t)(20 + n), 2);
        put_be(at + 4, d->id, 2);
        put_be(at + 6, (uint32_t)(more ? 0x2000u : 0u) | (uint32_t)(offset / 8), 2);
        at[8] = 60;
        at[9] = d->proto;
        memcpy(at + 12, src.bytes + 12, 4);
        memcpy(at + 16, dst.bytes + 12, 4);
        return 20;
    }
    at[0] = 0x60;
    put_be(at + 4, (uint32_t)(n + (piece ? 8 : 0)), 2);
    at[6] = piece ? 44 : d->proto;
    at[7] = 60;
    memcpy(at + 8, src.bytes, 16);
    memcpy(at + 24, dst.bytes, 16);
    if (!piece)
        return 40;
    at[40] = d->proto;
    put_be(at + 42, (uint32_t)offset | more, 2);
    put_be(at + 44, d->id, 4);
    return 48;
}

/* The part of d's body that begins at offset, of which the capture lacks the last `cut` bytes. */
static inline void send_cut_piece(const struct datagram *d, size_t offset, size_t n, size_t cut)
{
    static uint8_t frame[20100];
    struct mac_addr to = made_mac(d->to.mac), from = made_mac(d->from.mac);
    struct ip_addr address = made_address(d->to.address);
    assert_true(offset + n <= d->n);
    memcpy(frame, to.bytes, 6);
    memcpy(frame + 6, from.bytes, 6);
    put_be(frame + 12, ip_is_v4(&address) ? 0x0800 : 0x86dd, 2);
    size_t head = 14 + put_ip_header(frame + 14, d, offset, n);
    memcpy(frame + head, d->body + offset, n);
    send_frame(frame, head + n, head + n - cut);
}

static inline void send_piece(const struct datagram *d, size_t offset, size_t n)
{
    send_cut_piece(d, offset, n, 0);
}

static inline void send_whole(const struct datagram *d)
{
    send_piece(d, 0, d->n);
}

static inline void make_udp(struct datagram *d, struct station from, struct station to, const void *payload, size_t n)
{
    static uint32_t next_id = 1000;
    *d = (struct datagram){.from = from, .to = to, .proto = IP_PROTO_UDP, .id = next_id++, .n = 8 + n};
    assert_true(d->n <= sizeof(d->body));
    put_be(d->body, from.port, 2);
    put_be(d->body + 2, to.port, 2);
    put_be(d->body + 4, (uint32_t)d->n, 2);
    memcpy(d->body + 8, payload, n);
}

static inline void make_tcp(struct datagram *d, struct station from, struct station to, uint8_t flags, uint32_t seq, const void *payload, size_t n)
{
    make_udp(d, from, to, "", 0);
    d->proto = IP_PROTO_TCP;
    d->n = 20 + n;
    assert_true(d->n <= sizeof(d->body));
    put_be(d->body + 4, seq, 4);
    put_be(d->body + 8, flags & TCP_ACK ? 5000 : 0, 4);
    d->body[12] = 5 << 4;
    d->body[13] = flags;
    if (n > 0)
        memcpy(d->body + 20, payload, n);
}

/* ---- what the pipeline found ---- */

static inline void keep_name(void *context, enum name_protocol protocol, const char *name)
{
    (void)context;
    pthread_mutex_lock(&found_lock);
    if (found_names_count < 64) {
        found_protocols[found_names_count] = protocol;
        snprintf(found_names[found_names_count++], HOSTNAME_MAX + 1, "%s", name);
    }
    pthread_mutex_unlock(&found_lock);
}

static inline void keep_contact(void *context, const struct contact *c, const struct device *d)
{
    (void)context;
    pthread_mutex_lock(&found_lock);
    if (found_contacts_count < 64) {
        struct found_contact *f = &found_contacts[found_contacts_count++];
        *f = (struct found_contact){.device = d->key, .bytes_up = c->bytes_up, .bytes_down = c->bytes_down, .evidence = c->evidence};
        snprintf(f->host, sizeof(f->host), "%s", c->host);
    }
    pthread_mutex_unlock(&found_lock);
}

static inline unsigned times_named(enum name_protocol protocol, const char *name)
{
    unsigned times = 0;
    for (unsigned i = 0; i < found_names_count; i++)
        times += found_protocols[i] == protocol && strcmp(found_names[i], name) == 0;
    return times;
}

static inline void play(int workers)
{
    char path[] = "/tmp/telltale-capture-XXXXXX";
    struct feed_set *trackers = make_trackers();
    struct site_set *sites = make_sites();
    struct pipeline_options o = {.workers = workers, .ring_bytes = 1 << 20};
    o.worker = (struct worker_options){.max_flows = 1024, .on_name = keep_name};
    o.worker.findings = (struct findings_options){
        .trackers = trackers, .sites = sites, .max_devices = 64, .max_contacts = 64, .visit_gap_ns = 60 * NS_PER_S, .on_close = keep_contact};
    int fd = mkstemp(path), never = 0;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, capture_bytes, capture_len), capture_len);
    close(fd);

    struct capture *c;
    struct pipeline *p = pipeline_new(&o);
    assert_non_null(p);
    assert_int_equal(pipeline_start(p), 0);
    assert_int_equal(capture_open_file(path, &c), 0);
    assert_int_equal(pipeline_pump(p, c, &never, NULL, NULL), 0);
    capture_close(c);
    pipeline_finish(p);
    fragments_seen = PIPELINE_COUNT(p, fragments);
    datagrams_dropped = PIPELINE_COUNT(p, fragments_dropped);
    frames_decoded = PIPELINE_COUNT(p, decoded);
    flows_covered = PIPELINE_COUNT(p, flows);
    pipeline_free(p);
    unlink(path);
    feed_set_free(trackers);
    site_set_free(sites);
}

#endif
