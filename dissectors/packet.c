/* packet.c -- peels a frame down to its innermost IP packet, and that down to a TCP or UDP payload.
 *
 * Problem    Every frame passes here, whole or cut by the snap length, padded by a switch, merged by a network card
 *            into 64 KiB, or made by somebody who wishes us ill. Two lengths compete at each layer: what was
 *            captured, and what the headers say was on the wire.
 * Approach   A struct slice (slice.h) carries both from layer to layer. Layers call each other downwards; what could
 *            nest without end (tags, extension headers, tunnels) counts.
 * Offloads   A card that segments for the kernel leaves 0 where the length should be, since 64 KiB do not fit: an
 *            IPv4 total length, an IPv6 payload length or a UDP length of 0 therefore means "to the end of what is
 *            around".
 * Left out   Checksums (offloads leave them unset, and the endpoints check), MPLS, VXLAN, GTP, GRE version 1 (PPTP),
 *            PPP with a compressed protocol field (RFC 2516 advises against it on Ethernet).
 * RFCs       768, 791, 894, 1042, 2003, 2516, 2784, 2890, 4213, 4302, 6946 (atomic fragments), 8200, 9293; IEEE
 *            802.1Q.
 */
#include "dissectors/packet.h"

#include "dissectors/link_rare.h"
#include "dissectors/slice.h"

#define MAX_TAGS       8
#define MAX_EXTENSIONS 16

enum ether_type {
    ETHER_LENGTH_MAX = 1500, /* up to here the field is an 802.3 length, not a type */
    ETHER_IPV4 = 0x0800,
    ETHER_BRIDGED = 0x6558, /* in GRE: a whole Ethernet frame */
    ETHER_TAG = 0x8100,     /* 802.1Q */
    ETHER_IPV6 = 0x86dd,
    ETHER_PPPOE_SESSION = 0x8864,
    ETHER_SERVICE_TAG = 0x88a8, /* 802.1ad */
    ETHER_OLD_SERVICE_TAG = 0x9100
};

enum ip_protocol {
    PROTO_HOP_BY_HOP = 0,
    PROTO_IPV4 = 4,
    PROTO_IPV6 = 41,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_GRE = 47,
    PROTO_AUTH = 51,
    PROTO_NONE = 59,
    PROTO_DESTINATION_OPTIONS = 60
};

static enum dissect_outcome decode_ethernet(struct slice s, unsigned depth, struct packet *out);
static enum dissect_outcome decode_ipv4(struct slice s, unsigned depth, struct packet *out);
static enum dissect_outcome decode_ipv6(struct slice s, unsigned depth, struct packet *out);

static void set_payload(struct packet *out, const struct slice *s)
{
    out->payload = (struct bytes_view){.at = s->r.at, .len = reader_left(&s->r)};
    out->payload_wire_len = (uint32_t)slice_wire(s);
}

static void set_ip(struct packet *out, uint8_t version, const uint8_t *start, const struct slice *s)
{
    out->ip_version = version;
    out->ip = (struct bytes_view){.at = start, .len = (size_t)(s->r.end - start)};
}

/* RFC 9293 3.1. Ports are filled as soon as they are there: a first fragment may hold little more. */
static enum dissect_outcome decode_tcp(struct slice s, struct packet *out)
{
    struct byte_reader h = s.r;
    uint16_t src_port = reader_u16be(&h);
    uint16_t dst_port = reader_u16be(&h);
    if (h.short_read)
        return slice_ended(&s);
    out->src_port = src_port;
    out->dst_port = dst_port;

    uint32_t seq = reader_u32be(&h);
    uint32_t ack = reader_u32be(&h);
    size_t header_len = (reader_u8(&h) >> 4) * 4u;
    uint8_t flags = reader_u8(&h);
    reader_skip(&h, 6); /* window, checksum, urgent pointer */
    if (h.short_read)
        return slice_ended(&s);
    out->tcp_seq = seq;
    out->tcp_ack = ack;
    out->tcp_flags = flags;
    if (header_len < 20 || (s.declared && header_len > slice_wire(&s)))
        return DISSECT_MALFORMED;
    reader_skip(&s.r, header_len);
    if (s.r.short_read)
        return DISSECT_TRUNCATED;
    set_payload(out, &s);
    return DISSECT_OK;
}

/* RFC 768. */
static enum dissect_outcome decode_udp(struct slice s, struct packet *out)
{
    struct byte_reader h = s.r;
    uint16_t src_port = reader_u16be(&h);
    uint16_t dst_port = reader_u16be(&h);
    if (h.short_read)
        return slice_ended(&s);
    out->src_port = src_port;
    out->dst_port = dst_port;

    uint16_t udp_len = reader_u16be(&h);
    reader_skip(&h, 2); /* checksum */
    if (h.short_read)
        return slice_ended(&s);
    if (udp_len != 0 && (udp_len < 8 || !slice_limit(&s, udp_len)))
        return DISSECT_MALFORMED;
    reader_skip(&s.r, 8);
    set_payload(out, &s);
    return DISSECT_OK;
}

/* Ethernet inside GRE. Only what holds IP replaces the tunnel's own addresses. */
static enum dissect_outcome decode_bridged(struct slice s, unsigned depth, struct packet *out)
{
    struct packet tunnel = *out;
    enum dissect_outcome rc = decode_ethernet(s, depth + 1, out);
    if (rc != DISSECT_NOT_MINE)
        return rc;
    *out = tunnel;
    return DISSECT_OK;
}

/* RFC 2784 2.1 with the key and sequence number of RFC 2890. What we cannot open stays an IP packet of protocol 47. */
static enum dissect_outcome decode_gre(struct slice s, unsigned depth, struct packet *out)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, VERSION = 0x0007 };
    uint16_t flags = reader_u16be(&s.r);
    uint16_t type = reader_u16be(&s.r);
    if (s.r.short_read)
        return slice_ended(&s);
    if (flags & (ROUTING | VERSION))
        return DISSECT_OK;
    reader_skip(&s.r, (flags & CHECKSUM ? 4u : 0u) + (flags & KEY ? 4u : 0u) + (flags & SEQUENCE ? 4u : 0u));
    if (s.r.short_read)
        return slice_ended(&s);
    switch (type) {
    case ETHER_IPV4:
        return decode_ipv4(s, depth + 1, out);
    case ETHER_IPV6:
        return decode_ipv6(s, depth + 1, out);
    case ETHER_BRIDGED:
        return decode_bridged(s, depth, out);
    default:
        return DISSECT_OK;
    }
}

static enum dissect_outcome decode_transport(struct slice s, struct packet *out)
{
    if (out->ip_proto == IP_PROTO_TCP)
        return decode_tcp(s, out);
    return out->ip_proto == IP_PROTO_UDP ? decode_udp(s, out) : DISSECT_OK;
}

/* The body of an IP packet whose headers are done with. Until something better is found, it is the payload. */
static enum dissect_outcome decode_ip_body(struct slice s, unsigned depth, struct packet *out)
{
    set_payload(out, &s);
    if (out->fragment) {
        /* A first part gives its ports if it has them. Whatever else its transport header says, lengths above all,
         * is about the whole datagram and judged when that is put together. */
        if (out->fragment_offset == 0)
            (void)decode_transport(s, out);
        set_payload(out, &s);
        return DISSECT_OK;
    }
    if (depth < PACKET_MAX_NESTING) {
        switch (out->ip_proto) {
        case PROTO_IPV4:
            return decode_ipv4(s, depth + 1, out);
        case PROTO_IPV6:
            return decode_ipv6(s, depth + 1, out);
        case PROTO_GRE:
            return decode_gre(s, depth, out);
        default:
            break;
        }
    }
    return decode_transport(s, out);
}

/* RFC 8200 4.5: { u8 next, u8 reserved, u13 offset, u2 reserved, u1 more, u32 id }. Neither offset nor "more" makes an
 * atomic fragment (RFC 6946), which is a whole packet. */
static void read_fragment_header(struct byte_reader *header, struct packet *out)
{
    reader_skip(header, 2);
    uint16_t offset_and_more = reader_u16be(header);
    uint32_t id = reader_u32be(header);
    out->more_fragments = offset_and_more & 1;
    out->fragment_offset = offset_and_more & 0xfff8;
    out->fragment = out->more_fragments || out->fragment_offset > 0;
    out->fragment_id = out->fragment ? id : 0;
}

/* Steps over extension headers (RFC 8200 4, RFC 4302 2.2) and stops behind a fragment header of a real fragment: what
 * follows there belongs to the datagram, not to this part of it. *proto becomes that of what follows. */
static enum dissect_outcome skip_extensions(struct slice *s, uint8_t *proto, struct packet *out)
{
    for (unsigned seen = 0; seen <= MAX_EXTENSIONS; seen++) {
        struct byte_reader peek = s->r;
        uint8_t next = reader_u8(&peek);
        size_t len = reader_u8(&peek);
        switch (*proto) {
        case PROTO_HOP_BY_HOP:
        case PROTO_ROUTING:
        case PROTO_DESTINATION_OPTIONS:
            len = (len + 1) * 8;
            break;
        case PROTO_AUTH:
            len = (len + 2) * 4;
            break;
        case PROTO_FRAGMENT:
            len = 8;
            break;
        default:
            return DISSECT_OK;
        }
        struct byte_reader header = reader_sub(&s->r, len);
        if (header.short_read)
            return slice_ended(s);
        if (*proto == PROTO_FRAGMENT)
            read_fragment_header(&header, out);
        *proto = next;
        if (out->fragment)
            return DISSECT_OK;
    }
    return DISSECT_MALFORMED;
}

/* RFC 791 3.1. */
static enum dissect_outcome decode_ipv4(struct slice s, unsigned depth, struct packet *out)
{
    struct byte_reader h = s.r;
    uint8_t version_and_len = reader_u8(&h);
    reader_skip(&h, 1); /* type of service */
    size_t total_len = reader_u16be(&h);
    uint16_t id = reader_u16be(&h);
    uint16_t flags_and_offset = reader_u16be(&h);
    reader_skip(&h, 1); /* time to live */
    uint8_t proto = reader_u8(&h);
    reader_skip(&h, 2); /* checksum */
    const uint8_t *src = reader_take(&h, 4);
    const uint8_t *dst = reader_take(&h, 4);
    if (h.short_read)
        return slice_ended(&s);

    const uint8_t *start = s.r.at;
    size_t header_len = (version_and_len & 0x0f) * 4u;
    if (version_and_len >> 4 != 4 || header_len < 20)
        return DISSECT_MALFORMED;
    if (total_len != 0 && (total_len < header_len || !slice_limit(&s, total_len)))
        return DISSECT_MALFORMED;
    reader_skip(&s.r, header_len);
    if (s.r.short_read)
        return slice_ended(&s);

    set_ip(out, 4, start, &s);
    out->src = ip_from_v4(src);
    out->dst = ip_from_v4(dst);
    out->more_fragments = (flags_and_offset & 0x2000) != 0;
    out->fragment_offset = (uint16_t)((flags_and_offset & 0x1fff) * 8);
    out->fragment = out->more_fragments || out->fragment_offset > 0;
    out->fragment_id = out->fragment ? id : 0;
    if (proto == PROTO_AUTH && !out->fragment) {
        enum dissect_outcome rc = skip_extensions(&s, &proto, out);
        if (rc != DISSECT_OK)
            return rc;
    }
    out->ip_proto = proto;
    return decode_ip_body(s, depth, out);
}

/* RFC 8200 3. */
static enum dissect_outcome decode_ipv6(struct slice s, unsigned depth, struct packet *out)
{
    const uint8_t *start = s.r.at;
    uint8_t version = reader_u8(&s.r) >> 4;
    reader_skip(&s.r, 3); /* traffic class, flow label */
    uint16_t payload_len = reader_u16be(&s.r);
    uint8_t proto = reader_u8(&s.r);
    reader_skip(&s.r, 1); /* hop limit */
    const uint8_t *src = reader_take(&s.r, 16);
    const uint8_t *dst = reader_take(&s.r, 16);
    if (s.r.short_read)
        return slice_ended(&s);
    if (version != 6)
        return DISSECT_MALFORMED;
    /* A payload length of 0 is a jumbogram's (RFC 2675) or an offload's, unless nothing is meant to follow. */
    if ((payload_len != 0 || proto == PROTO_NONE) && !slice_limit(&s, payload_len))
        return DISSECT_MALFORMED;

    set_ip(out, 6, start, &s);
    out->src = ip_from_v6(src);
    out->dst = ip_from_v6(dst);
    enum dissect_outcome rc = skip_extensions(&s, &proto, out);
    if (rc != DISSECT_OK)
        return rc;
    out->ip_proto = proto;
    return decode_ip_body(s, depth, out);
}

/* An IP packet with no type in front: its first four bits are all there is to go by. */
static enum dissect_outcome decode_raw(struct slice s, struct packet *out)
{
    struct byte_reader peek = s.r;
    uint8_t version = reader_u8(&peek) >> 4;
    if (peek.short_read)
        return DISSECT_TRUNCATED;
    if (version == 4)
        return decode_ipv4(s, 1, out);
    if (version == 6)
        return decode_ipv6(s, 1, out);
    return DISSECT_NOT_MINE;
}

/* RFC 1042: IP behind an 802.2 header, { AA AA 03, 00 00 00, u16 ether type }. */
static enum dissect_outcome decode_llc(struct slice s, unsigned depth, struct packet *out)
{
    static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00};
    const uint8_t *header = reader_take(&s.r, sizeof(snap));
    uint16_t type = reader_u16be(&s.r);
    if (s.r.short_read)
        return s.cut > 0 ? DISSECT_TRUNCATED : DISSECT_NOT_MINE;
    if (memcmp(header, snap, sizeof(snap)) != 0)
        return DISSECT_NOT_MINE;
    if (type == ETHER_IPV4)
        return decode_ipv4(s, depth, out);
    if (type == ETHER_IPV6)
        return decode_ipv6(s, depth, out);
    return DISSECT_NOT_MINE;
}

/* RFC 2516 4: { u4 version 1, u4 type 1, u8 code, u16 session, u16 length }, then { u16 PPP protocol, packet }. */
static enum dissect_outcome decode_pppoe(struct slice s, unsigned depth, struct packet *out)
{
    uint8_t version_and_type = reader_u8(&s.r);
    uint8_t code = reader_u8(&s.r);
    reader_skip(&s.r, 2); /* session */
    uint16_t len = reader_u16be(&s.r);
    if (s.r.short_read)
        return slice_ended(&s);
    if (version_and_type != 0x11 || code != 0)
        return DISSECT_NOT_MINE;
    if (!slice_limit(&s, len))
        return DISSECT_MALFORMED;
    uint16_t ppp = reader_u16be(&s.r);
    if (s.r.short_read)
        return slice_ended(&s);
    if (ppp == 0x0021)
        return decode_ipv4(s, depth, out);
    if (ppp == 0x0057)
        return decode_ipv6(s, depth, out);
    return DISSECT_NOT_MINE;
}

/* What an Ethernet type announces, after any tags. */
static enum dissect_outcome decode_ether_type(struct slice s, uint16_t type, unsigned depth, struct packet *out)
{
    for (unsigned tags = 0; type == ETHER_TAG || type == ETHER_SERVICE_TAG || type == ETHER_OLD_SERVICE_TAG; tags++) {
        uint16_t control = reader_u16be(&s.r);
        type = reader_u16be(&s.r);
        if (s.r.short_read)
            return slice_ended(&s);
        if (tags == MAX_TAGS)
            return DISSECT_MALFORMED;
        if (tags == 0 && out->vlan == 0)
            out->vlan = control & 0x0fff;
    }
    switch (type) {
    case ETHER_IPV4:
        return decode_ipv4(s, depth, out);
    case ETHER_IPV6:
        return decode_ipv6(s, depth, out);
    case ETHER_PPPOE_SESSION:
        return decode_pppoe(s, depth, out);
    default:
        if (type > ETHER_LENGTH_MAX || !slice_limit(&s, type))
            return DISSECT_NOT_MINE;
        return decode_llc(s, depth, out);
    }
}

static enum dissect_outcome decode_ethernet(struct slice s, unsigned depth, struct packet *out)
{
    const uint8_t *dst = reader_take(&s.r, 6);
    const uint8_t *src = reader_take(&s.r, 6);
    uint16_t type = reader_u16be(&s.r);
    if (s.r.short_read)
        return slice_ended(&s);
    memcpy(out->dst_mac.bytes, dst, 6);
    memcpy(out->src_mac.bytes, src, 6);
    out->has_dst_mac = out->has_src_mac = true;
    return decode_ether_type(s, type, depth, out);
}

/* The tail that both cooked headers share: the sender's address in an 8-byte field, and what follows it. The loopback
 * interface claims a MAC of zeros. Protocol 4 is an 802.2 header, all others below 1536 are the kernel's own. */
static enum dissect_outcome decode_cooked(struct slice s, uint16_t hardware, size_t addr_len, const uint8_t *addr,
                                          uint16_t protocol, struct packet *out)
{
    enum { HARDWARE_LOOPBACK = 772, HARDWARE_NETLINK = 824, PROTOCOL_LLC = 4, PROTOCOL_TYPE_MIN = 1536 };
    if (hardware == HARDWARE_NETLINK)
        return DISSECT_NOT_MINE;
    if (addr_len == 6 && hardware != HARDWARE_LOOPBACK) {
        memcpy(out->src_mac.bytes, addr, 6);
        out->has_src_mac = true;
    }
    if (protocol == PROTOCOL_LLC)
        return decode_llc(s, 1, out);
    if (protocol < PROTOCOL_TYPE_MIN)
        return DISSECT_NOT_MINE;
    return decode_ether_type(s, protocol, 1, out);
}

/* { u16 packet type, u16 hardware, u16 address length, u8 address[8], u16 protocol }. */
static enum dissect_outcome decode_sll(struct slice s, struct packet *out)
{
    reader_skip(&s.r, 2);
    uint16_t hardware = reader_u16be(&s.r);
    uint16_t addr_len = reader_u16be(&s.r);
    const uint8_t *addr = reader_take(&s.r, 8);
    uint16_t protocol = reader_u16be(&s.r);
    if (s.r.short_read)
        return DISSECT_TRUNCATED;
    return decode_cooked(s, hardware, addr_len, addr, protocol, out);
}

/* { u16 protocol, u16 reserved, u32 interface, u16 hardware, u8 packet type, u8 address length, u8 address[8] }. */
static enum dissect_outcome decode_sll2(struct slice s, struct packet *out)
{
    uint16_t protocol = reader_u16be(&s.r);
    reader_skip(&s.r, 2 + 4);
    uint16_t hardware = reader_u16be(&s.r);
    reader_skip(&s.r, 1);
    uint8_t addr_len = reader_u8(&s.r);
    const uint8_t *addr = reader_take(&s.r, 8);
    if (s.r.short_read)
        return DISSECT_TRUNCATED;
    return decode_cooked(s, hardware, addr_len, addr, protocol, out);
}

/* A four-byte address family. Of NULL the file does not say whose byte order it has: no family is above 65535, so the
 * half that is not zero tells. IPv6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS. */
static enum dissect_outcome decode_loopback(struct slice s, bool any_order, struct packet *out)
{
    uint32_t family = reader_u32be(&s.r);
    if (s.r.short_read)
        return DISSECT_TRUNCATED;
    if (any_order && family > 0xffff)
        family = __builtin_bswap32(family);
    switch (family) {
    case 2:
        return decode_ipv4(s, 1, out);
    case 10:
    case 24:
    case 28:
    case 30:
        return decode_ipv6(s, 1, out);
    default:
        return DISSECT_NOT_MINE;
    }
}

static enum dissect_outcome decode_rare(uint32_t link_type, struct slice s, struct packet *out)
{
    uint16_t type;
    enum dissect_outcome outcome = link_rare_strip(link_type, &s, &type);
    if (outcome == DISSECT_OK && type != ETHER_IPV4 && type != ETHER_IPV6)
        return DISSECT_NOT_MINE;
    return outcome == DISSECT_OK ? decode_ether_type(s, type, 1, out) : outcome;
}

enum dissect_outcome packet_decode(uint32_t link_type, const uint8_t *frame, size_t captured, size_t wire_len,
                                   struct packet *out)
{
    *out = (struct packet){0};
    struct slice s = slice_over(frame, captured, wire_len);
    switch (link_type) {
    case LINK_ETHERNET:
        return decode_ethernet(s, 1, out);
    case LINK_LINUX_SLL:
        return decode_sll(s, out);
    case LINK_LINUX_SLL2:
        return decode_sll2(s, out);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
        return decode_raw(s, out);
    case LINK_IPV4:
        return decode_ipv4(s, 1, out);
    case LINK_IPV6:
        return decode_ipv6(s, 1, out);
    case LINK_NULL:
        return decode_loopback(s, true, out);
    case LINK_LOOP:
        return decode_loopback(s, false, out);
    default:
        return decode_rare(link_type, s, out);
    }
}

enum dissect_outcome packet_decode_ip(const uint8_t *ip, size_t captured, size_t wire_len, struct packet *out)
{
    *out = (struct packet){0};
    return decode_raw(slice_over(ip, captured, wire_len), out);
}
