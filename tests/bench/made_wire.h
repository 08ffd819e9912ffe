/* made_wire.h -- writes frames of made-up conversations to a pcap file (microseconds, Ethernet).
 *
 * Shape      IPv4 or IPv6, TCP or UDP, with right lengths and IPv4 header checksums; transport checksums are left 0, which
 *            nothing here looks at (a card that offloads leaves them so).
 * Threads    One. Ownership: the caller owns the wire and closes its file.
 * Failure    Writing is checked once, by wire_close().
 */
#ifndef TELLTALE_TESTS_BENCH_MADE_WIRE_H
#define TELLTALE_TESTS_BENCH_MADE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WIRE_PAYLOAD_MOST 1460

struct wire {
    FILE *out;
    uint64_t frames, bytes; /* written so far, the file's own heads not counted */
    uint64_t time_us;       /* of the next frame, since the epoch */
};

/* One end: an address is 4 or 16 bytes, as `v6` of the pair says. */
struct wire_end {
    uint8_t mac[6];
    uint8_t address[16];
    uint16_t port;
};

struct wire_pair {
    struct wire_end from, to;
    bool v6;
};

enum { WIRE_FIN = 0x01, WIRE_SYN = 0x02, WIRE_RST = 0x04, WIRE_PSH = 0x08, WIRE_ACK = 0x10 };

/* 0 or -errno. */
int wire_open(struct wire *w, const char *path, uint64_t begin_us);
int wire_close(struct wire *w);

/* Each returns the frame's length. */
uint32_t wire_tcp(struct wire *w, const struct wire_pair *p, uint8_t flags, uint32_t seq, uint32_t ack, const void *payload, size_t n);
uint32_t wire_udp(struct wire *w, const struct wire_pair *p, const void *payload, size_t n);

#endif
