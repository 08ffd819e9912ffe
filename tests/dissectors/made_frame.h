/* made_frame.h -- frames made by hand, for the tests of packet.h.
 *
 * Purpose    A frame is put together from the outside in by add_*(); each takes the length that its header is to
 *            claim, so that a lie is as easy to write as the truth. HERE as a length is what the frame will have.
 * Shape      One frame, `made`: a test begins it and forgets it.
 * Failure    The asserts fail the test.
 */
#ifndef TELLTALE_TESTS_MADE_FRAME_H
#define TELLTALE_TESTS_MADE_FRAME_H

#include "dissectors/packet.h"

#define HERE    0x10000 /* "up to the end of the frame" */
#define SRC_MAC "020000000001"
#define DST_MAC "0200000000fe"

/* A frame under construction, and which of its length fields wait for the end. */
struct frame {
    uint8_t bytes[70000];
    size_t n;
    struct {
        size_t at;   /* of the field */
        size_t from; /* where what it counts begins */
    } open[8];
    size_t open_count;
};

extern struct frame made;

void add_hex(const char *hex);
void add_u16(unsigned v);
void add_u8(unsigned v);
void add_text(const char *text);
void add_zeros(size_t n);

/* A 16-bit length: a number, or HERE for the bytes between `from` and the end. */
void add_length(unsigned len, size_t from);

/* Fills in the lengths that are HERE. What is added afterwards is padding. */
void seal(void);

void begin(void);
/* type: the EtherType, and what else stands between it and the packet, in hex */
void begin_ethernet(const char *type);

/* 192.168.50.20 to 198.51.100.7; fragment: the flags and offset as they stand in the header */
void add_ipv4(unsigned proto, unsigned total_len, unsigned fragment);

/* 2001:db8::20 to 2001:db8::7 */
void add_ipv6(unsigned next, unsigned payload_len);

/* 50000 to 443, seq 1, ack 2, PSH and ACK */
void add_tcp(unsigned header_words);

/* 50001 to 53 */
void add_udp(unsigned len);

/* packet_decode() of the first bytes in a buffer of exactly their size; views in *out are turned into views of made. */
enum dissect_outcome decode(uint32_t link, size_t captured, size_t wire_len, struct packet *out);

/* Seals and decodes all of it. */
enum dissect_outcome decode_all(uint32_t link, struct packet *out);

void assert_payload(const struct packet *p, const char *text);

/* Is it what add_ipv4() and add_tcp(), or add_ipv6() and add_udp(), wrote, with this payload? */
void assert_v4_tcp(const struct packet *p, const char *payload);
void assert_v6_udp(const struct packet *p, const char *payload);

#endif
