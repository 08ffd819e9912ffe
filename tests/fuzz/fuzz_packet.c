/* fuzz_packet.c -- any frame on any link type.
 *
 * Input      { u8 link type (index into the list below), u8 bytes that the capture cut off, frame }.
 * Claims     Views lie in the frame, whatever the headers say; the wire never had less than was captured; ports are
 * only where a transport header can be.
 */
#include "dissectors/packet.h"

#include <stdlib.h>

static const uint32_t link_types[] = {
    LINK_ETHERNET,    LINK_LINUX_SLL, LINK_LINUX_SLL2, LINK_RAW,  LINK_RAW_BSD,
    LINK_RAW_OPENBSD, LINK_IPV4,      LINK_IPV6,       LINK_NULL, LINK_LOOP,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void claim(bool holds)
{
    if (!holds)
        abort();
}

static bool inside(struct bytes_view v, const uint8_t *bytes, size_t n)
{
    return v.len == 0 || (v.at >= bytes && v.at + v.len <= bytes + n);
}

static void check(const struct packet *p, const uint8_t *frame, size_t n)
{
    claim(p->ip_version == 4 || p->ip_version == 6);
    claim(p->ip.len >= (p->ip_version == 4 ? 20 : 40) && inside(p->ip, frame, n));
    claim(inside(p->payload, p->ip.at, p->ip.len));
    claim(p->payload_wire_len >= p->payload.len);
    claim(p->fragment == (p->more_fragments || p->fragment_offset > 0));
    if (p->fragment_offset > 0 || (p->ip_proto != IP_PROTO_TCP && p->ip_proto != IP_PROTO_UDP))
        claim(p->src_port == 0 && p->dst_port == 0);
    if (p->ip_proto != IP_PROTO_TCP)
        claim(p->tcp_flags == 0 && p->tcp_seq == 0 && p->tcp_ack == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet p;
    if (size < 2)
        return 0;
    uint32_t link_type = link_types[data[0] % (sizeof(link_types) / sizeof(link_types[0]))];
    const uint8_t *frame = data + 2;
    size_t n = size - 2;
    if (packet_decode(link_type, frame, n, n + data[1], &p) == DISSECT_OK)
        check(&p, frame, n);
    if (packet_decode_ip(frame, n, n + data[1], &p) == DISSECT_OK)
        check(&p, frame, n);
    return 0;
}
