/* test_link_rare.c -- links that only saved captures have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dissectors/link_rare.h"
#include "dissectors/packet.h"

/* A DNS-sized datagram from 192.0.2.1:1000 to 198.51.100.2:53 with four bytes of payload. */
static const uint8_t datagram[] = {0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2,
                                   0x03, 0xe8, 0, 53, 0, 12, 0, 0, 'a', 'b', 'c', 'd'};

#define SNAP 0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00
#define ADDRESSES 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
#define HEAD_80211(control, flags) control, flags, 0, 0, ADDRESSES, 0, 0

struct shape {
    uint32_t link;
    size_t n;
    uint8_t head[200];
};

static const struct shape shapes[] = {
    {LINK_PPP, 4, {0xff, 0x03, 0x00, 0x21}},
    {LINK_PPP, 3, {0xff, 0x03, 0x21}},
    {LINK_PPP_SERIAL, 2, {0x00, 0x21}},
    {LINK_CISCO_HDLC, 4, {0x0f, 0x00, 0x08, 0x00}},
    {LINK_IEEE802_11, 32, {HEAD_80211(0x08, 0x01), SNAP}},
    {LINK_IEEE802_11, 34, {HEAD_80211(0x88, 0x01), 0, 0, SNAP}},
    {LINK_IEEE802_11, 38, {HEAD_80211(0x08, 0x03), 1, 2, 3, 4, 5, 6, SNAP}},
    {LINK_IEEE802_11_RADIOTAP, 40, {0, 0, 8, 0, 0, 0, 0, 0, HEAD_80211(0x08, 0x02), SNAP}},
    {LINK_IEEE802_11_AVS, 44, {0x80, 0x21, 0x10, 1, 0, 0, 0, 12, 0, 0, 0, 0, HEAD_80211(0x08, 0x02), SNAP}},
};

static size_t build(const struct shape *s, uint8_t *out)
{
    memcpy(out, s->head, s->n);
    memcpy(out + s->n, datagram, sizeof(datagram));
    return s->n + sizeof(datagram);
}

static enum dissect_outcome decode_exactly(uint32_t link, const uint8_t *bytes, size_t n, size_t wire, struct packet *p)
{
    uint8_t *exact = malloc(n ? n : 1);
    memcpy(exact, bytes, n);
    enum dissect_outcome outcome = packet_decode(link, exact, n, wire, p);
    free(exact);
    return outcome;
}

static void every_shape_gives_its_datagram(void **state)
{
    (void)state;
    uint8_t frame[256];
    struct packet p;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        size_t n = build(&shapes[i], frame);
        assert_int_equal(packet_decode(shapes[i].link, frame, n, n, &p), DISSECT_OK);
        assert_int_equal(p.dst_port, 53);
        assert_int_equal(p.payload.len, 4);
        assert_false(p.has_src_mac || p.has_dst_mac);
    }
}

static void a_prism_header_is_144_bytes(void **state)
{
    (void)state;
    static const uint8_t radio[] = {HEAD_80211(0x08, 0x01), SNAP};
    uint8_t frame[144 + sizeof(radio) + sizeof(datagram)] = {0};
    struct packet p;
    memcpy(frame + 144, radio, sizeof(radio));
    memcpy(frame + 144 + sizeof(radio), datagram, sizeof(datagram));
    assert_int_equal(packet_decode(LINK_IEEE802_11_PRISM, frame, sizeof(frame), sizeof(frame), &p), DISSECT_OK);
    assert_int_equal(p.dst_port, 53);
}

static void every_truncation_is_truncated_or_has_a_shorter_payload(void **state)
{
    (void)state;
    uint8_t frame[256];
    struct packet p;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        size_t n = build(&shapes[i], frame);
        for (size_t cut = 0; cut < n; cut++) {
            enum dissect_outcome outcome = decode_exactly(shapes[i].link, frame, cut, n, &p);
            if (cut < shapes[i].n + 28)
                assert_int_equal(outcome, DISSECT_TRUNCATED);
            else
                assert_true(outcome == DISSECT_OK && p.payload.len == cut - shapes[i].n - 28);
        }
    }
}

static void what_carries_no_ip_is_not_mine(void **state)
{
    (void)state;
    static const struct shape others[] = {
        {LINK_PPP, 4, {0xff, 0x03, 0xc0, 0x21}},                                   /* link control */
        {LINK_CISCO_HDLC, 4, {0x8f, 0x00, 0x80, 0x35}},                            /* keepalive */
        {LINK_IEEE802_11, 32, {HEAD_80211(0x80, 0x00), SNAP}},                     /* beacon */
        {LINK_IEEE802_11, 32, {HEAD_80211(0x08, 0x41), SNAP}},                     /* encrypted */
        {LINK_IEEE802_11, 32, {HEAD_80211(0x48, 0x01), SNAP}},                     /* no data */
        {LINK_IEEE802_11, 32, {HEAD_80211(0x08, 0x01), 0x42, 0x42, 0x03, 0, 0, 0, 8, 0}}, /* not SNAP */
        {12345, 4, {1, 2, 3, 4}},
    };
    uint8_t frame[256];
    struct packet p;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        size_t n = build(&others[i], frame);
        assert_int_equal(packet_decode(others[i].link, frame, n, n, &p), DISSECT_NOT_MINE);
    }
}

static void a_driver_header_shorter_than_itself_is_malformed(void **state)
{
    (void)state;
    static const uint8_t radiotap[16] = {0, 0, 3, 0}, avs[16] = {0x80, 0x21, 0x10, 1, 0, 0, 0, 7};
    struct packet p;
    assert_int_equal(packet_decode(LINK_IEEE802_11_RADIOTAP, radiotap, 16, 16, &p), DISSECT_MALFORMED);
    assert_int_equal(packet_decode(LINK_IEEE802_11_AVS, avs, 16, 16, &p), DISSECT_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_gives_its_datagram),
        cmocka_unit_test(a_prism_header_is_144_bytes),
        cmocka_unit_test(every_truncation_is_truncated_or_has_a_shorter_payload),
        cmocka_unit_test(what_carries_no_ip_is_not_mine),
        cmocka_unit_test(a_driver_header_shorter_than_itself_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
