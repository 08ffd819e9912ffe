/* fuzz_dns_streams.c -- any segments over two sides of DNS over TCP.
 *
 * Input: { u8 control, u8 cut, u16 position, u8 length, bytes } repeated. What is checked besides memory errors: messages have
 * a length that a message can have, a flow holds a place and gives it back. And the stream that the same bytes make in
 * order, in segments of any size, gives the messages that its lengths say.
 */
#include "common/byte_reader.h"
#include "sensor/dns_streams.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_WHOLE 16382 /* what the buffer holds */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static struct flow fresh_flow(void)
{
    return (struct flow){.device = NO_INDEX, .hello = NO_INDEX, .dns_stream = NO_INDEX, .proto = IP_PROTO_TCP};
}

static void read_all(void *context, const uint8_t *message, size_t n)
{
    unsigned *sum = context;
    must(n >= 12 && n < 65536);
    for (size_t i = 0; i < n; i++)
        *sum += message[i];
}

static void in_any_order(struct dns_streams *s, const uint8_t *data, size_t size)
{
    static const uint8_t flags[] = {TCP_ACK, TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK};
    struct byte_reader in = reader_over(data, size);
    struct flow flows[3] = {fresh_flow(), fresh_flow(), fresh_flow()}; /* more than there are places */
    unsigned sum = 0;
    while (reader_left(&in) >= 5) {
        uint8_t control = reader_u8(&in);
        uint32_t cut = reader_u8(&in), position = reader_u16be(&in);
        size_t n = reader_u8(&in);
        n = n < reader_left(&in) ? n : reader_left(&in);
        struct packet p = {.ip_proto = IP_PROTO_TCP,
                           .tcp_flags = flags[control >> 1 & 3],
                           .tcp_seq = position - 1000,
                           .tcp_ack = position + cut};
        p.payload = (struct bytes_view){.at = reader_take(&in, n), .len = n};
        p.payload_wire_len = (uint32_t)n + (control & 0x08 ? cut * 16 : 0);
        struct flow *f = &flows[(control >> 4) % 3];
        dns_streams_packet(s, f, &p, control & 1, read_all, &sum);
        must(f->dns_stream < 2);
        if (control >> 6 == 3)
            dns_streams_end(s, f);
    }
    for (int i = 0; i < 3; i++) {
        dns_streams_end(s, &flows[i]);
        must(flows[i].dns_stream == NO_INDEX);
    }
}

struct expectation {
    const uint8_t *stream;
    size_t at, given; /* where the next message's length stands; bytes shown so far */
};

static void read_expected(void *context, const uint8_t *message, size_t n)
{
    struct expectation *e = context;
    must(e->given - e->at >= 2);
    size_t len = (size_t)e->stream[e->at] << 8 | e->stream[e->at + 1];
    must(n == len || (n < len && len > LONGEST_WHOLE));
    must(n <= e->given - e->at - 2 && memcmp(message, e->stream + e->at + 2, n) == 0);
    e->at += 2 + len;
}

/* Up to the first length that no message has. */
static size_t well_formed(const uint8_t *stream, size_t size)
{
    size_t at = 0;
    while (size - at >= 2) {
        size_t len = (size_t)stream[at] << 8 | stream[at + 1];
        if (len < 12)
            return at;
        if (size - at - 2 < len)
            break;
        at += 2 + len;
    }
    return size;
}

static void in_order(struct dns_streams *s, const uint8_t *data, size_t size)
{
    struct flow f = fresh_flow();
    struct expectation e = {.stream = data};
    size = well_formed(data, size);
    for (size_t turn = 0; e.given < size; turn++) {
        size_t n = 1 + data[turn % size] * (size_t)(data[turn % size] % 2 ? 1 : 97);
        n = n < size - e.given ? n : size - e.given;
        struct packet p = {.ip_proto = IP_PROTO_TCP, .tcp_flags = TCP_ACK, .tcp_seq = 0xfffffff0u + (uint32_t)e.given};
        p.payload = (struct bytes_view){.at = data + e.given, .len = n};
        p.payload_wire_len = (uint32_t)n;
        e.given += n;
        dns_streams_packet(s, &f, &p, true, read_expected, &e);
        size_t len = e.at + 2 <= e.given ? (size_t)data[e.at] << 8 | data[e.at + 1] : SIZE_MAX;
        must(len == SIZE_MAX || e.given - e.at - 2 < len); /* nothing whole is left unread */
    }
    dns_streams_end(s, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dns_streams *s; /* one for all runs: what a run leaves must not show in the next */
    if (!s)
        s = dns_streams_new(2);
    must(s != NULL);
    in_any_order(s, data, size);
    in_order(s, data, size);
    return 0;
}
