/* made_frame.c -- see made_frame.h. */
#include "tests/dissectors/made_frame.h"

#include "tests/dissectors/exact_bytes.h"

struct frame made;

static int hex_digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

void add_hex(const char *hex)
{
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        assert_true(hex[1] > ' ');
        made.bytes[made.n++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
        hex++;
    }
}

void add_u16(unsigned v)
{
    made.bytes[made.n++] = (uint8_t)(v >> 8);
    made.bytes[made.n++] = (uint8_t)v;
}

void add_u8(unsigned v)
{
    made.bytes[made.n++] = (uint8_t)v;
}

void add_text(const char *text)
{
    memcpy(made.bytes + made.n, text, strlen(text));
    made.n += strlen(text);
}

void add_zeros(size_t n)
{
    memset(made.bytes + made.n, 0, n);
    made.n += n;
}

void add_length(unsigned len, size_t from)
{
    if (len == HERE) {
        made.open[made.open_count].at = made.n;
        made.open[made.open_count++].from = from;
    }
    add_u16(len == HERE ? 0 : len);
}

void seal(void)
{
    while (made.open_count > 0) {
        made.open_count--;
        size_t end = made.n, at = made.open[made.open_count].at;
        made.n = at;
        add_u16((unsigned)(end - made.open[made.open_count].from));
        made.n = end;
    }
}

void begin(void)
{
    made.n = made.open_count = 0;
}

void begin_ethernet(const char *type)
{
    begin();
    add_hex(DST_MAC SRC_MAC);
    add_hex(type);
}

void add_ipv4(unsigned proto, unsigned total_len, unsigned fragment)
{
    size_t start = made.n;
    add_hex("4500");
    add_length(total_len, start);
    add_hex("1234");
    add_u16(fragment);
    add_u8(64);
    add_u8(proto);
    add_hex("0000 c0a83214 c6336407");
}

void add_ipv6(unsigned next, unsigned payload_len)
{
    add_hex("60000000");
    add_length(payload_len, made.n + 36);
    add_u8(next);
    add_u8(64);
    add_hex("20010db8000000000000000000000020 20010db8000000000000000000000007");
}

void add_tcp(unsigned header_words)
{
    add_hex("c350 01bb 00000001 00000002");
    add_u8(header_words << 4);
    add_hex("18 ffff 0000 0000");
}

void add_udp(unsigned len)
{
    size_t start = made.n;
    add_hex("c351 0035");
    add_length(len, start);
    add_hex("0000");
}

enum dissect_outcome decode(uint32_t link, size_t captured, size_t wire_len, struct packet *out)
{
    uint8_t *bytes = exact_bytes(made.bytes, captured);
    enum dissect_outcome rc = packet_decode(link, bytes, captured, wire_len, out);
    if (out->ip.at)
        out->ip.at = made.bytes + (out->ip.at - bytes);
    if (out->payload.at)
        out->payload.at = made.bytes + (out->payload.at - bytes);
    free(bytes);
    return rc;
}

enum dissect_outcome decode_all(uint32_t link, struct packet *out)
{
    seal();
    return decode(link, made.n, made.n, out);
}

void assert_payload(const struct packet *p, const char *text)
{
    assert_int_equal(p->payload.len, strlen(text));
    assert_int_equal(p->payload_wire_len, strlen(text));
    assert_memory_equal(p->payload.at, text, strlen(text));
}

void assert_v4_tcp(const struct packet *p, const char *payload)
{
    struct ip_addr src = ip_from_v4((const uint8_t[]){192, 168, 50, 20});
    struct ip_addr dst = ip_from_v4((const uint8_t[]){198, 51, 100, 7});
    assert_int_equal(p->ip_version, 4);
    assert_int_equal(p->ip_proto, IP_PROTO_TCP);
    assert_true(ip_equal(&p->src, &src) && ip_equal(&p->dst, &dst));
    assert_int_equal(p->src_port, 50000);
    assert_int_equal(p->dst_port, 443);
    assert_int_equal(p->tcp_seq, 1);
    assert_int_equal(p->tcp_ack, 2);
    assert_int_equal(p->tcp_flags, TCP_PSH | TCP_ACK);
    assert_payload(p, payload);
}

void assert_v6_udp(const struct packet *p, const char *payload)
{
    assert_int_equal(p->ip_version, 6);
    assert_int_equal(p->ip_proto, IP_PROTO_UDP);
    assert_int_equal(p->src.bytes[0], 0x20);
    assert_int_equal(p->src.bytes[15], 0x20);
    assert_int_equal(p->dst.bytes[15], 0x07);
    assert_int_equal(p->src_port, 50001);
    assert_int_equal(p->dst_port, 53);
    assert_payload(p, payload);
}
