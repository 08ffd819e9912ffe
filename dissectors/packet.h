/* packet.h -- from a captured frame to addresses, ports and payload.
 *
 * Shape      Ethernet, 802.1Q and 802.1ad (QinQ) tags, 802.2 SNAP, Linux cooked v1 and v2, raw IP, BSD null/loopback,
 *            PPPoE session, and the rarer links of link_rare.h; IPv4 with options (RFC 791), IPv6 with extension headers (RFC 8200), and one IP packet
 *            inside another (IP-in-IP RFC 2003, 6in4 RFC 4213, GRE RFC 2784/2890): PACKET_MAX_NESTING IP headers at
 *            most, what lies deeper is payload. GRE may hold Ethernet; the MACs are then the inner frame's. TCP (RFC
 *            9293) and UDP (RFC 768).
 * Fragments  Not put together here. Each part's payload is its piece of the datagram, the first part's with the TCP
 *            or UDP header in it; ip_proto is that of the datagram's first header (in IPv6: the fragment header's
 *            next header, be it one more extension). So the pieces in order behind an IP header with that ip_proto
 *            are what packet_decode_ip() takes. A tunnel is not opened in a fragment.
 * Units      Lengths in bytes; ports and sequence numbers in host order.
 * Threads    Pure; any thread.
 * Ownership  Views point into the frame.
 * Failure    OK: an IP packet was found (TCP/UDP fields are filled where `ip_proto` is 6 or 17 and the packet is not
 *            a later fragment). TRUNCATED: the capture's snap length cut a header. MALFORMED: a header contradicts
 *            itself. NOT_MINE: no IP in it (ARP, LLDP, an unknown link type).
 */
#ifndef TELLTALE_DISSECTORS_PACKET_H
#define TELLTALE_DISSECTORS_PACKET_H

#include "common/address.h"
#include "dissectors/dissector.h"

#include <stdbool.h>

#define PACKET_MAX_NESTING 4

/* Link types as the capture file formats number them (the LINKTYPE_ registry of pcap files). */
enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12, /* DLT_RAW as some writers store it */
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276
};

enum packet_tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

#define IP_PROTO_TCP 6
#define IP_PROTO_UDP 17

struct packet {
    struct mac_addr src_mac, dst_mac; /* zero where the link has none; cooked captures have only src_mac */
    bool has_src_mac, has_dst_mac;
    uint16_t vlan;      /* outermost tag's id, 0 without one */
    uint8_t ip_version; /* 4 or 6, of the innermost IP packet */
    uint8_t ip_proto;   /* after extension headers; of a fragment see above */
    uint8_t tcp_flags;  /* enum packet_tcp_flag */
    bool fragment;      /* part of a fragmented datagram; ports are only valid in the first part */
    bool more_fragments;
    uint16_t fragment_offset; /* bytes */
    uint32_t fragment_id;
    struct ip_addr src, dst; /* of the innermost IP packet */
    uint16_t src_port, dst_port;
    uint32_t tcp_seq, tcp_ack;
    struct bytes_view ip;      /* innermost IP packet, header included, as far as it was captured */
    struct bytes_view payload; /* TCP or UDP payload as captured; of a fragment or another protocol: the IP payload */
    uint32_t payload_wire_len; /* the same as the headers declare it: >= payload.len, more when the capture cut it */
};

/* captured is the number of bytes at frame; wire_len what the frame had on the wire (if less: the same as captured). */
enum dissect_outcome packet_decode(uint32_t link_type, const uint8_t *frame, size_t captured, size_t wire_len,
                                   struct packet *out);

/* The same from an IP header on: what packet_decode uses inside, and what a reassembled datagram needs. */
enum dissect_outcome packet_decode_ip(const uint8_t *ip, size_t captured, size_t wire_len, struct packet *out);

#endif
