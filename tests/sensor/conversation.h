/* conversation.h -- a client and a server whose packets flow_names sees, and the names it hears.
 *
 * Purpose    Packets are given as the worker gives them: payloads are counted, and a flow whose names are done is left
 *            alone. Each payload lies in a heap buffer of exactly its size and is gone afterwards.
 * Ownership  end_conversation() ends the flow. Include after <cmocka.h>.
 */
#ifndef TELLTALE_TESTS_SENSOR_CONVERSATION_H
#define TELLTALE_TESTS_SENSOR_CONVERSATION_H

#include "common/hostname.h"
#include "sensor/flow_names.h"
#include "tests/sensor/made_packet.h"

#include <stdio.h>
#include <stdlib.h>

struct heard_name {
    enum name_protocol protocol;
    char host[HOSTNAME_MAX + 1];
    bool from_device, ech;
    char target[32]; /* of a request */
    const struct flow *flow;
};

static struct heard_name heard[64];
static unsigned heard_count;
static struct flow_names *names;

struct conversation {
    struct flow flow;
    struct packet client; /* a packet of the client's, without payload */
    bool from_device;     /* the client is the device */
    uint32_t first_seq;   /* of the client's first byte */
    uint32_t sent;        /* bytes it has sent so far */
};

static inline void hear(void *context, struct flow *f, const struct name_event *e)
{
    assert_ptr_equal(context, heard);
    assert_true(heard_count < sizeof(heard) / sizeof(heard[0]));
    assert_int_equal(e->len, strlen(e->host));
    assert_int_equal(e->request != NULL, e->protocol == NAME_HTTP || e->protocol == NAME_CONNECT);
    struct heard_name *h = &heard[heard_count++];
    *h = (struct heard_name){.protocol = e->protocol, .from_device = e->from_device, .ech = e->may_be_ech, .flow = f};
    memcpy(h->host, e->host, e->len + 1);
    if (e->request)
        snprintf(h->target, sizeof(h->target), "%.*s", (int)e->request->target.len,
                 (const char *)e->request->target.at);
}

static inline void listen_for_names(uint32_t slots)
{
    heard_count = 0;
    names = flow_names_new(slots, hear, heard);
    assert_non_null(names);
}

static inline struct conversation a_conversation(uint8_t proto, bool from_device)
{
    struct conversation c = {.from_device = from_device, .first_seq = 1001};
    c.flow = (struct flow){.device = 0,
                           .contact = NO_INDEX,
                           .hello = NO_INDEX,
                           .inspection = NO_INDEX,
                           .by_address = NO_INDEX,
                           .proto = proto};
    c.client = made_packet(proto, "192.168.1.20", 50000, "198.51.100.7", 443);
    return c;
}

/* One packet, from the client or the server. */
static inline void give(struct conversation *c, const struct packet *base, bool from_client, const void *bytes,
                        size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    struct packet p = *base;
    assert_non_null(exact);
    memcpy(exact, n ? bytes : "", n);
    made_payload(&p, exact, n);
    if (n > 0 && c->flow.payloads < UINT8_MAX)
        c->flow.payloads++;
    if (!(c->flow.flags & FLOW_NAMES_DONE))
        flow_names_packet(names, &c->flow, &p, from_client == c->from_device);
    memset(exact, 0xee, n);
    free(exact);
}

static inline void syn_with(struct conversation *c, const void *bytes, size_t n)
{
    struct packet p = c->client;
    p.tcp_flags = TCP_SYN;
    p.tcp_seq = c->first_seq - 1;
    give(c, &p, true, bytes, n);
    c->sent = (uint32_t)n;
}

static inline void syn_answer(struct conversation *c)
{
    struct packet p = made_answer(&c->client);
    p.tcp_flags = TCP_SYN | TCP_ACK;
    p.tcp_seq = 7000;
    p.tcp_ack = c->first_seq;
    give(c, &p, false, NULL, 0);
}

static inline void handshake(struct conversation *c)
{
    syn_with(c, NULL, 0);
    syn_answer(c);
}

/* The client's bytes at an offset of its stream. */
static inline void segment(struct conversation *c, uint32_t offset, const void *bytes, size_t n)
{
    struct packet p = c->client;
    p.tcp_flags = TCP_ACK | TCP_PSH;
    p.tcp_seq = c->first_seq + offset;
    give(c, &p, true, bytes, n);
    if (offset + n > c->sent)
        c->sent = offset + (uint32_t)n;
}

/* The client's next bytes. */
static inline void say_bytes(struct conversation *c, const void *bytes, size_t n)
{
    segment(c, c->sent, bytes, n);
}

static inline void say(struct conversation *c, const char *text)
{
    say_bytes(c, text, strlen(text));
}

static inline void answer_bytes(struct conversation *c, const void *bytes, size_t n)
{
    struct packet p = made_answer(&c->client);
    p.tcp_flags = TCP_ACK | TCP_PSH;
    p.tcp_seq = 7001;
    p.tcp_ack = c->first_seq + c->sent;
    give(c, &p, false, bytes, n);
}

static inline void answer(struct conversation *c, const char *text)
{
    answer_bytes(c, text, strlen(text));
}

static inline void datagram(struct conversation *c, bool from_client, const void *bytes, size_t n)
{
    struct packet p = from_client ? c->client : made_answer(&c->client);
    give(c, &p, from_client, bytes, n);
}

static inline void end_conversation(struct conversation *c)
{
    flow_names_end(names, &c->flow);
    assert_int_equal(c->flow.hello, NO_INDEX);
}

/* The n-th name that was heard, counted from 0. */
static inline void assert_heard(unsigned n, enum name_protocol protocol, const char *host)
{
    if (n >= heard_count)
        fail_msg("heard %u names, not %s", heard_count, host);
    assert_int_equal(heard[n].protocol, protocol);
    assert_string_equal(heard[n].host, host);
}

static inline void assert_only(enum name_protocol protocol, const char *host)
{
    assert_heard(0, protocol, host);
    assert_int_equal(heard_count, 1);
}

#endif
