/* dns_talk.h -- a conversation of DNS over TCP that dns_streams sees, and the messages it hears.
 *
 * Purpose    Messages are written into the stream of a side, and segments of it given in any order, each in a heap buffer of
 *            exactly its size. What a message says is of no interest: each is a pattern of its own that starts with its number.
 * Ownership  begin() and end() are for each test. Include after <cmocka.h>.
 */
#ifndef TELLTALE_TESTS_SENSOR_DNS_TALK_H
#define TELLTALE_TESTS_SENSOR_DNS_TALK_H

#include "sensor/dns_streams.h"
#include "tests/sensor/made_packet.h"

#include <stdlib.h>

#define HEARD_MAX 1024
#define ISN       5000u

struct talk {
    struct flow flow;
    uint32_t isn[2]; /* [from_device] the sequence number before the first byte */
    uint8_t bytes[2][400000];
    size_t n[2];     /* bytes said */
    size_t given[2]; /* ... and shown, by give_next() */
};

struct message_heard {
    unsigned number;
    size_t n;
    bool from_device;
};

static struct dns_streams *streams;
static struct talk talk;
static struct message_heard heard[HEARD_MAX];
static unsigned heard_count;
static bool giving_from_device;

static inline uint8_t pattern(unsigned number, size_t at)
{
    return at == 0 ? (uint8_t)(number >> 8) : at == 1 ? (uint8_t)number : (uint8_t)(number * 31 + at * 7);
}

/* A message comes whole and unchanged, or (of a longer one) its first part. */
static inline void hear(void *context, const uint8_t *message, size_t n)
{
    assert_ptr_equal(context, &talk);
    assert_true(n >= 2 && heard_count < HEARD_MAX);
    struct message_heard *h = &heard[heard_count++];
    *h = (struct message_heard){
        .number = (unsigned)message[0] << 8 | message[1], .n = n, .from_device = giving_from_device};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(message[i], pattern(h->number, i));
}

static inline void begin_talk(struct talk *t, uint32_t isn)
{
    t->flow = (struct flow){.device = NO_INDEX,
                            .contact = NO_INDEX,
                            .hello = NO_INDEX,
                            .inspection = NO_INDEX,
                            .by_address = NO_INDEX,
                            .dns_stream = NO_INDEX,
                            .proto = IP_PROTO_TCP};
    t->isn[0] = isn;
    t->isn[1] = isn + 77777;
    memset(t->n, 0, sizeof(t->n));
    memset(t->given, 0, sizeof(t->given));
}

static inline int begin(void **state)
{
    (void)state;
    streams = dns_streams_new(4);
    assert_non_null(streams);
    begin_talk(&talk, ISN);
    heard_count = 0;
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    dns_streams_end(streams, &talk.flow);
    assert_int_equal(talk.flow.dns_stream, NO_INDEX);
    dns_streams_free(streams);
    dns_streams_free(NULL);
    return 0;
}

/* Something of a side's stream: the length says `declared`, and `n` bytes of the message follow. */
static inline void write_message(bool from_device, unsigned number, size_t declared, size_t n)
{
    uint8_t *to = talk.bytes[from_device] + talk.n[from_device];
    assert_true(talk.n[from_device] + 2 + n <= sizeof(talk.bytes[0]) && declared < 65536);
    to[0] = (uint8_t)(declared >> 8);
    to[1] = (uint8_t)declared;
    for (size_t i = 0; i < n; i++)
        to[2 + i] = pattern(number, i);
    talk.n[from_device] += 2 + n;
}

static inline void write_whole(bool from_device, unsigned number, size_t n)
{
    write_message(from_device, number, n, n);
}

/* One segment, in a heap buffer of exactly its size. `wire` bytes on the wire, the first n captured. */
static inline void give_cut(struct talk *t, bool from_device, size_t at, size_t n, size_t wire, uint8_t flags)
{
    struct packet p = made_packet(IP_PROTO_TCP, "192.168.1.20", 50000, "198.51.100.53", 53);
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    if (n > 0)
        memcpy(exact, t->bytes[from_device] + at, n);
    if (!from_device)
        p = made_answer(&p);
    made_payload(&p, exact, n);
    p.payload_wire_len = (uint32_t)wire;
    p.tcp_flags = flags;
    p.tcp_seq = t->isn[from_device] + (flags & TCP_SYN ? 0 : 1) + (uint32_t)at;
    p.tcp_ack = flags & TCP_ACK ? t->isn[!from_device] + 1 + (uint32_t)t->given[!from_device] : 0;
    giving_from_device = from_device;
    dns_streams_packet(streams, &t->flow, &p, from_device, hear, &talk);
    memset(exact, 0xee, n);
    free(exact);
}

static inline void give(bool from_device, size_t at, size_t n)
{
    give_cut(&talk, from_device, at, n, n, TCP_ACK | TCP_PSH);
    if (at + n > talk.given[from_device])
        talk.given[from_device] = at + n;
}

static inline void give_next(bool from_device, size_t n)
{
    give(from_device, talk.given[from_device], n);
}

static inline void give_rest(bool from_device)
{
    give_next(from_device, talk.n[from_device] - talk.given[from_device]);
}

static inline void handshake(void)
{
    give_cut(&talk, true, 0, 0, 0, TCP_SYN);
    give_cut(&talk, false, 0, 0, 0, TCP_SYN | TCP_ACK);
}

static inline void assert_heard(unsigned at, unsigned number, size_t n)
{
    if (at >= heard_count)
        fail_msg("heard %u messages, not number %u", heard_count, number);
    assert_int_equal(heard[at].number, number);
    assert_int_equal(heard[at].n, n);
}

/* All that was heard: this many messages of n bytes, numbered from `first`. */
static inline void assert_run(unsigned first, unsigned count, size_t n)
{
    for (unsigned i = 0; i < count; i++)
        assert_heard(i, first + i, n);
    assert_int_equal(heard_count, count);
}

#endif
