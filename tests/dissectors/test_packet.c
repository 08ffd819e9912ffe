/* test_packet.c -- link layers and lengths: frames as they come, cut, padded, merged and made up. */
#include "tests/dissectors/exact_bytes.h"
#include "tests/dissectors/made_frame.h"

/* ---- link layers ---- */

static void ethernet_gives_macs_and_the_packet(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("0800");
    add_ipv4(6, HERE, 0x4000);
    add_tcp(5);
    add_text("hello");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v4_tcp(&p, "hello");
    assert_true(p.has_src_mac && p.has_dst_mac);
    assert_int_equal(p.src_mac.bytes[5], 0x01);
    assert_int_equal(p.dst_mac.bytes[5], 0xfe);
    assert_int_equal(p.vlan, 0);
    assert_false(p.fragment);
    assert_ptr_equal(p.ip.at, made.bytes + 14);
    assert_int_equal(p.ip.len, 45);
}

static void padding_of_a_short_frame_is_cut_off(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("0800");
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    seal();
    add_hex("deadbeefdead");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v4_tcp(&p, "");
    begin_ethernet("86dd");
    add_ipv6(17, HERE);
    add_udp(HERE);
    add_text("q");
    seal();
    add_hex("deadbeef");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v6_udp(&p, "q");
}

static void the_outermost_tag_is_the_vlan(void **state)
{
    (void)state;
    static const char *const stacks[] = {"8100 6007", "88a8 0007 8100 0009", "9100 0007 9100 0008 8100 0009"};
    for (size_t i = 0; i < 3; i++) {
        struct packet p;
        begin_ethernet(stacks[i]);
        add_hex("0800");
        add_ipv4(6, HERE, 0);
        add_tcp(5);
        add_text("x");
        assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
        assert_v4_tcp(&p, "x");
        assert_int_equal(p.vlan, 7);
    }
}

static void tags_without_end_are_malformed(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("8100");
    for (int i = 0; i < 12; i++)
        add_hex("0007 8100");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_MALFORMED);
}

static void other_protocols_are_not_ours(void **state)
{
    (void)state;
    struct packet p;
    static const char *const frames[] = {
        "0806 0001 0800 0604 0001",                          /* ARP */
        "88cc 0207 0400 0000 0000",                          /* LLDP */
        "0026 4242 03 0000 000000 8000 020000000000 000000", /* spanning tree in 802.2 */
        "8863 1109 0000 0000",                               /* PPPoE discovery */
        "05ff 4500",                                         /* neither a length nor a type */
        "8100 0001 0806 0001",                               /* ARP behind a tag */
        "0000",                                              /* an 802.3 frame of nothing */
    };
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        begin_ethernet(frames[i]);
        assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_NOT_MINE);
    }
    assert_int_equal(decode(147, made.n, made.n, &p), DISSECT_NOT_MINE);
}

static void snap_is_followed_to_the_ip_packet(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_hex(DST_MAC SRC_MAC);
    add_length(HERE, made.n + 2);
    add_hex("aaaa03 000000 0800");
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    add_text("x");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v4_tcp(&p, "x");
    made.bytes[19] = 0x0c; /* another organisation's numbers */
    assert_int_equal(decode(LINK_ETHERNET, made.n, made.n, &p), DISSECT_NOT_MINE);
}

static void cooked_frames_have_the_senders_mac(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_hex("0000 0001 0006" SRC_MAC "0000 0800");
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_LINUX_SLL, &p), DISSECT_OK);
    assert_v4_tcp(&p, "");
    assert_true(p.has_src_mac && !p.has_dst_mac);
    assert_int_equal(p.src_mac.bytes[5], 0x01);

    begin();
    add_hex("86dd 0000 00000002 0001 00 06" SRC_MAC "0000");
    add_ipv6(17, HERE);
    add_udp(HERE);
    assert_int_equal(decode_all(LINK_LINUX_SLL2, &p), DISSECT_OK);
    assert_v6_udp(&p, "");
    assert_true(p.has_src_mac && !p.has_dst_mac);
    assert_int_equal(p.src_mac.bytes[5], 0x01);
}

static void cooked_frames_may_have_a_tag_or_no_mac(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_hex("0004 fffe 0000 0000000000000000 8100 0007 0800"); /* a tunnel interface */
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_LINUX_SLL, &p), DISSECT_OK);
    assert_int_equal(p.vlan, 7);
    assert_false(p.has_src_mac);
    made.bytes[3] = 0x04, made.bytes[2] = 0x03, made.bytes[5] = 6; /* loopback: six zeros */
    assert_int_equal(decode(LINK_LINUX_SLL, made.n, made.n, &p), DISSECT_OK);
    assert_false(p.has_src_mac);
    made.bytes[14] = 0, made.bytes[15] = 1; /* the kernel's own numbers */
    assert_int_equal(decode(LINK_LINUX_SLL, made.n, made.n, &p), DISSECT_NOT_MINE);
    made.bytes[3] = 0x38; /* netlink */
    assert_int_equal(decode(LINK_LINUX_SLL, made.n, made.n, &p), DISSECT_NOT_MINE);
}

static void cooked_frames_may_have_an_802_2_header(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_hex("0000 0001 0006" SRC_MAC "0000 0004 aaaa03 000000 86dd");
    add_ipv6(17, HERE);
    add_udp(HERE);
    assert_int_equal(decode_all(LINK_LINUX_SLL, &p), DISSECT_OK);
    assert_v6_udp(&p, "");
    made.bytes[23] = 0xdc; /* a type that is not IP */
    assert_int_equal(decode(LINK_LINUX_SLL, made.n, made.n, &p), DISSECT_NOT_MINE);
}

static void raw_links_begin_with_ip(void **state)
{
    (void)state;
    static const uint32_t any[] = {LINK_RAW, LINK_RAW_BSD, LINK_RAW_OPENBSD};
    struct packet p;
    for (size_t i = 0; i < 3; i++) {
        begin();
        add_ipv4(6, HERE, 0);
        add_tcp(5);
        assert_int_equal(decode_all(any[i], &p), DISSECT_OK);
        assert_v4_tcp(&p, "");
        assert_false(p.has_src_mac);
        begin();
        add_ipv6(17, HERE);
        add_udp(HERE);
        assert_int_equal(decode_all(any[i], &p), DISSECT_OK);
        assert_v6_udp(&p, "");
        made.bytes[0] = 0x70;
        assert_int_equal(decode(any[i], made.n, made.n, &p), DISSECT_NOT_MINE);
    }
    made.bytes[0] = 0x60;
    assert_int_equal(decode(LINK_IPV6, made.n, made.n, &p), DISSECT_OK);
    assert_int_equal(decode(LINK_IPV4, made.n, made.n, &p), DISSECT_MALFORMED);
    begin();
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_IPV4, &p), DISSECT_OK);
    begin();
    add_ipv4(6, HERE, 0);
    add_zeros(40);
    assert_int_equal(decode_all(LINK_IPV6, &p), DISSECT_MALFORMED);
}

static void loopback_families_of_every_system_are_known(void **state)
{
    (void)state;
    static const char *const v6[] = {"0a000000", "18000000", "1c000000", "1e000000", "0000001e"};
    struct packet p;
    for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]); i++) {
        begin();
        add_hex(v6[i]);
        add_ipv6(17, HERE);
        add_udp(HERE);
        assert_int_equal(decode_all(LINK_NULL, &p), DISSECT_OK);
        assert_v6_udp(&p, "");
        assert_int_equal(decode(LINK_LOOP, made.n, made.n, &p), i == 4 ? DISSECT_OK : DISSECT_NOT_MINE);
    }
    begin();
    add_hex("02000000");
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_NULL, &p), DISSECT_OK);
    assert_v4_tcp(&p, "");
    for (size_t cut = 0; cut < 4 + 20 + 20; cut++)
        assert_int_equal(decode(LINK_NULL, cut, made.n, &p), DISSECT_TRUNCATED);
    made.bytes[0] = 7;
    assert_int_equal(decode(LINK_NULL, made.n, made.n, &p), DISSECT_NOT_MINE);
}

static void pppoe_sessions_are_opened(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("8864 1100 0001");
    add_length(HERE, made.n + 2);
    add_hex("0021");
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    add_text("x");
    seal();
    add_zeros(3);
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v4_tcp(&p, "x");

    begin_ethernet("8864 1100 0001");
    add_length(HERE, made.n + 2);
    add_hex("0057");
    add_ipv6(17, HERE);
    add_udp(HERE);
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v6_udp(&p, "");
    made.bytes[20] = 0xc0; /* link control */
    assert_int_equal(decode(LINK_ETHERNET, made.n, made.n, &p), DISSECT_NOT_MINE);
    made.bytes[20] = 0x00;
    made.bytes[15] = 0xa7; /* a discovery code */
    assert_int_equal(decode(LINK_ETHERNET, made.n, made.n, &p), DISSECT_NOT_MINE);
    made.bytes[15] = 0x00;
    made.bytes[19] = 1; /* a length that has no room for the protocol */
    assert_int_equal(decode(LINK_ETHERNET, made.n, made.n, &p), DISSECT_MALFORMED);
    made.bytes[19] = 30; /* nor for the packet behind it */
    assert_int_equal(decode(LINK_ETHERNET, made.n, made.n, &p), DISSECT_MALFORMED);
}

/* ---- lengths ---- */

/* Every way in which a good frame may be cut: headers gone is truncated, payload gone is a shorter view. */
static void assert_each_cut(uint32_t link, size_t headers)
{
    struct packet p;
    seal();
    for (size_t captured = 0; captured <= made.n; captured++) {
        for (int known = 0; known < 2; known++) { /* some writers store the cut length as the frame's */
            enum dissect_outcome rc = decode(link, captured, known ? made.n : captured, &p);
            if (captured < headers) {
                assert_int_equal(rc, DISSECT_TRUNCATED);
                continue;
            }
            assert_int_equal(rc, DISSECT_OK);
            assert_int_equal(p.payload.len, captured - headers);
            assert_int_equal(p.payload_wire_len, made.n - headers);
        }
    }
}

static void each_cut_is_truncated_or_a_shorter_payload(void **state)
{
    (void)state;
    begin_ethernet("88a8 0007 8100 0009 0800");
    add_ipv4(6, HERE, 0);
    made.bytes[22] = 0x46; /* one word of options */
    add_hex("01010101");
    add_tcp(8);
    add_zeros(12);
    add_text("some payload");
    assert_each_cut(LINK_ETHERNET, 22 + 24 + 32);

    begin_ethernet("8864 1100 0001");
    add_length(HERE, made.n + 2);
    add_hex("0057");
    add_ipv6(60, HERE);
    add_hex("11 00 000000000000");
    add_udp(HERE);
    add_text("some payload");
    assert_each_cut(LINK_ETHERNET, 22 + 40 + 8 + 8);

    begin();
    add_hex("0000 0001 0006" SRC_MAC "0000 0800");
    add_ipv4(47, HERE, 0);
    add_hex("b000 86dd 00000000 00000001 00000002");
    add_ipv6(6, HERE);
    add_tcp(5);
    add_text("x");
    assert_each_cut(LINK_LINUX_SLL, 16 + 20 + 16 + 40 + 20);

    begin();
    add_hex("86dd 0000 00000002 0001 00 06" SRC_MAC "0000");
    add_ipv6(51, HERE);
    add_hex("29 04 0000 00000001 00000002 000000000000000000000000");
    add_ipv6(17, HERE);
    add_udp(HERE);
    assert_each_cut(LINK_LINUX_SLL2, 20 + 40 + 24 + 40 + 8);
}

static void offloads_leave_a_length_of_zero(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("0800");
    add_ipv4(6, 0, 0);
    add_tcp(5);
    add_text("merged");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v4_tcp(&p, "merged");
    assert_int_equal(decode(LINK_ETHERNET, made.n - 2, made.n, &p), DISSECT_OK);
    assert_int_equal(p.payload.len, 4);
    assert_int_equal(p.payload_wire_len, 6);

    begin_ethernet("86dd");
    add_ipv6(0, 0);
    add_hex("11 00 c2 04 00010000"); /* a jumbogram's hop-by-hop header */
    add_udp(0);
    add_text("jumbo");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v6_udp(&p, "jumbo");
}

static void a_merged_frame_of_64_kib_is_one_packet(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("0800");
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    add_zeros(65535 - 40);
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_int_equal(p.payload.len, 65495);
    assert_int_equal(p.payload_wire_len, 65495);
}

static void a_packet_longer_than_its_frame_keeps_its_declared_length(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("0800");
    add_ipv4(6, 1500, 0);
    add_tcp(5);
    add_text("x");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_int_equal(p.payload.len, 1);
    assert_int_equal(p.payload_wire_len, 1460);
    assert_int_equal(decode(LINK_ETHERNET, made.n, 3, &p), DISSECT_OK); /* a wire length that is too small */
    assert_int_equal(p.payload.len, 1);
}

static void ip_headers_that_contradict_themselves_are_malformed(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    seal();
    static const uint8_t first_bytes[] = {0x44, 0x40, 0x4b, 0x4f};
    for (size_t i = 0; i < sizeof(first_bytes); i++) {
        made.bytes[0] = first_bytes[i];
        assert_int_equal(decode(LINK_RAW, made.n, made.n, &p), DISSECT_MALFORMED);
    }
    made.bytes[0] = 0x45;
    for (unsigned total = 1; total < 40; total++) { /* the last ones have no room for TCP */
        made.bytes[3] = (uint8_t)total;
        assert_int_equal(decode(LINK_RAW, made.n, made.n, &p), DISSECT_MALFORMED);
    }
    begin();
    add_ipv6(6, HERE);
    add_tcp(5);
    seal();
    for (unsigned len = 1; len < 20; len++) {
        made.bytes[5] = (uint8_t)len;
        assert_int_equal(decode(LINK_RAW, made.n, made.n, &p), DISSECT_MALFORMED);
    }
    begin_ethernet("0800");
    add_ipv6(6, HERE);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_MALFORMED);
}

static void options_are_stepped_over(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(6, HERE, 0);
    made.bytes[0] = 0x4f;
    add_zeros(40);
    add_tcp(15);
    add_zeros(40);
    add_text("x");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_v4_tcp(&p, "x");
}

static void tcp_headers_that_lie_are_malformed(void **state)
{
    (void)state;
    struct packet p;
    for (unsigned words = 0; words < 16; words++) {
        begin();
        add_ipv4(6, HERE, 0);
        add_tcp(words);
        add_zeros(12);
        assert_int_equal(decode_all(LINK_RAW, &p), words >= 5 && words <= 8 ? DISSECT_OK : DISSECT_MALFORMED);
    }
}

static void udp_lengths_are_held_against_the_packet(void **state)
{
    (void)state;
    struct packet p;
    for (unsigned len = 0; len < 20; len++) {
        begin();
        add_ipv4(17, HERE, 0);
        add_udp(len);
        add_text("four");
        bool good = len == 0 || (len >= 8 && len <= 12);
        assert_int_equal(decode_all(LINK_RAW, &p), good ? DISSECT_OK : DISSECT_MALFORMED);
        if (good) {
            assert_int_equal(p.payload.len, len == 0 ? 4 : len - 8);
            assert_int_equal(p.payload_wire_len, len == 0 ? 4 : len - 8);
        }
    }
}

static void other_ip_protocols_have_their_body_as_payload(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(1, HERE, 0);
    add_text("ping");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_int_equal(p.ip_proto, 1);
    assert_int_equal(p.src_port, 0);
    assert_payload(&p, "ping");
    begin();
    add_ipv6(59, 0);
    seal();
    add_text("padding");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_int_equal(p.ip_proto, 59);
    assert_payload(&p, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ethernet_gives_macs_and_the_packet),
        cmocka_unit_test(padding_of_a_short_frame_is_cut_off),
        cmocka_unit_test(the_outermost_tag_is_the_vlan),
        cmocka_unit_test(tags_without_end_are_malformed),
        cmocka_unit_test(other_protocols_are_not_ours),
        cmocka_unit_test(snap_is_followed_to_the_ip_packet),
        cmocka_unit_test(cooked_frames_have_the_senders_mac),
        cmocka_unit_test(cooked_frames_may_have_a_tag_or_no_mac),
        cmocka_unit_test(cooked_frames_may_have_an_802_2_header),
        cmocka_unit_test(raw_links_begin_with_ip),
        cmocka_unit_test(loopback_families_of_every_system_are_known),
        cmocka_unit_test(pppoe_sessions_are_opened),
        cmocka_unit_test(each_cut_is_truncated_or_a_shorter_payload),
        cmocka_unit_test(offloads_leave_a_length_of_zero),
        cmocka_unit_test(a_merged_frame_of_64_kib_is_one_packet),
        cmocka_unit_test(a_packet_longer_than_its_frame_keeps_its_declared_length),
        cmocka_unit_test(ip_headers_that_contradict_themselves_are_malformed),
        cmocka_unit_test(options_are_stepped_over),
        cmocka_unit_test(tcp_headers_that_lie_are_malformed),
        cmocka_unit_test(udp_lengths_are_held_against_the_packet),
        cmocka_unit_test(other_ip_protocols_have_their_body_as_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
