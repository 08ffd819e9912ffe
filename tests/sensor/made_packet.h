/* made_packet.h -- packets as packet_decode() would give them, made by hand.
 *
 * Ownership  The payload is borrowed. Include after <cmocka.h>: an address that is none is a failed assertion.
 */
#ifndef TELLTALE_TESTS_SENSOR_MADE_PACKET_H
#define TELLTALE_TESTS_SENSOR_MADE_PACKET_H

#include "dissectors/packet.h"

#include <string.h>

static inline struct ip_addr made_address(const char *text)
{
    struct ip_prefix p;
    assert_true(ip_prefix_parse(text, &p));
    return p.addr;
}

static inline struct mac_addr made_mac(unsigned last)
{
    return (struct mac_addr){{0x02, 0x00, 0x5e, 0x10, (uint8_t)(last >> 8), (uint8_t)last}};
}

static inline struct packet made_packet(uint8_t proto, const char *src, uint16_t src_port, const char *dst,
                                        uint16_t dst_port)
{
    struct packet p = {.ip_proto = proto,
                       .src = made_address(src),
                       .dst = made_address(dst),
                       .src_port = src_port,
                       .dst_port = dst_port};
    p.ip_version = ip_is_v4(&p.src) ? 4 : 6;
    return p;
}

/* The same conversation, the other way. */
static inline struct packet made_answer(const struct packet *p)
{
    struct packet a = *p;
    a.src = p->dst;
    a.dst = p->src;
    a.src_port = p->dst_port;
    a.dst_port = p->src_port;
    a.src_mac = p->dst_mac;
    a.dst_mac = p->src_mac;
    a.has_src_mac = p->has_dst_mac;
    a.has_dst_mac = p->has_src_mac;
    a.tcp_flags = 0;
    a.payload = (struct bytes_view){0};
    a.payload_wire_len = 0;
    return a;
}

static inline void made_payload(struct packet *p, const void *bytes, size_t n)
{
    p->payload = (struct bytes_view){.at = n ? bytes : NULL, .len = n};
    p->payload_wire_len = (uint32_t)n;
}

#endif
