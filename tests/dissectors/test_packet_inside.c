/* test_packet_inside.c -- what an IP packet may have between its header and its payload: extension headers, pieces of
 * a datagram, other packets. */
#include "tests/dissectors/exact_bytes.h"
#include "tests/dissectors/made_frame.h"

/* ---- IPv6 extension headers ---- */

static void extension_headers_are_stepped_over(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv6(0, HERE);
    add_hex("3c 00 000000000000");                                     /* hop-by-hop */
    add_hex("2b 01 000000000000 0000000000000000");                    /* destination options */
    add_hex("33 00 000000000000");                                     /* routing */
    add_hex("2c 04 0000 00000001 00000002 0000000000000000 00000000"); /* authentication */
    add_hex("11 00 0000 00000009");                                    /* an atomic fragment */
    add_udp(HERE);
    add_text("q");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_v6_udp(&p, "q");
    assert_false(p.fragment);
    assert_int_equal(p.fragment_id, 0);
}

static void an_authentication_header_is_stepped_over_in_ipv4_too(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(51, HERE, 0);
    add_hex("06 04 0000 00000001 00000002 000000000000000000000000");
    add_tcp(5);
    add_text("x");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_v4_tcp(&p, "x");
}

static void extension_headers_that_lie_or_never_end_are_malformed(void **state)
{
    (void)state;
    struct packet p;
    static const unsigned kinds[] = {0, 43, 60, 51};
    for (size_t i = 0; i < 4; i++) {
        begin();
        add_ipv6(kinds[i], HERE);
        add_hex("11 ff 000000000000");
        add_udp(HERE);
        assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_MALFORMED);
    }
    begin();
    add_ipv4(51, HERE, 0); /* authentication in IPv4 */
    add_hex("06 ff 0000 00000001");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_MALFORMED);
    begin();
    add_ipv4(41, HERE, 0); /* a payload longer than the tunnel */
    add_ipv6(6, 4000);
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_MALFORMED);
    begin();
    add_ipv6(44, HERE);
    add_hex("1100 0000 00");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_MALFORMED);
    begin();
    add_ipv6(60, HERE);
    for (int i = 0; i < 40; i++)
        add_hex("3c 00 000000000000");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_MALFORMED);
}

/* ---- fragments ---- */

static void a_first_fragment_has_ports_and_the_ip_payload(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(17, HERE, 0x2000);
    add_udp(3000); /* of the whole datagram */
    add_text("part one");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_true(p.fragment && p.more_fragments);
    assert_int_equal(p.fragment_offset, 0);
    assert_int_equal(p.fragment_id, 0x1234);
    assert_int_equal(p.src_port, 50001);
    assert_int_equal(p.dst_port, 53);
    assert_int_equal(p.payload.len, 16);
    assert_ptr_equal(p.payload.at, made.bytes + 20);

    begin();
    add_ipv6(44, HERE);
    add_hex("11 00 0001 deadbeef");
    add_udp(3000);
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_true(p.fragment && p.more_fragments);
    assert_int_equal(p.fragment_id, 0xdeadbeef);
    assert_int_equal(p.src_port, 50001);
    assert_int_equal(p.payload.len, 8);
}

static void a_tiny_first_fragment_has_what_is_there(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(6, HERE, 0x2000);
    add_hex("c350 01bb 00000001"); /* eight bytes of a TCP header */
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_int_equal(p.src_port, 50000);
    assert_int_equal(p.dst_port, 443);
    assert_int_equal(p.tcp_seq, 0);
    assert_int_equal(p.payload.len, 8);
    assert_int_equal(decode(LINK_RAW, 22, made.n, &p), DISSECT_OK); /* cut by the snap length */
    assert_int_equal(p.src_port, 0);
    assert_int_equal(p.payload.len, 2);
    assert_int_equal(p.payload_wire_len, 8);
}

static void a_later_fragment_has_no_ports(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(17, HERE, 0x2000 | 185);
    add_text("c350 0035 is not a header");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_true(p.fragment && p.more_fragments);
    assert_int_equal(p.fragment_offset, 1480);
    assert_int_equal(p.src_port, 0);
    assert_int_equal(p.dst_port, 0);
    assert_payload(&p, "c350 0035 is not a header");

    begin();
    add_ipv6(44, HERE);
    add_hex("11 00 05a8 00000007");
    add_text("rest");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_true(p.fragment && !p.more_fragments);
    assert_int_equal(p.fragment_offset, 1448);
    assert_int_equal(p.fragment_id, 7);
    assert_int_equal(p.src_port, 0);
    assert_payload(&p, "rest");
}

static void a_fragment_of_a_tunnel_is_not_opened(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(4, HERE, 0x2000);
    add_ipv4(6, 1500, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_int_equal(p.ip_proto, 4);
    assert_true(p.fragment);
    assert_int_equal(p.payload.len, 40);
}

/* ---- tunnels ---- */

static void ip_in_ip_is_opened(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("86dd");
    add_ipv6(4, HERE);
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    add_text("x");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v4_tcp(&p, "x");
    assert_ptr_equal(p.ip.at, made.bytes + 54);

    begin_ethernet("0800");
    add_ipv4(41, HERE, 0);
    add_ipv6(17, HERE);
    add_udp(HERE);
    add_text("q");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v6_udp(&p, "q");
}

static void gre_is_opened_with_any_of_its_fields(void **state)
{
    (void)state;
    static const char *const headers[] = {"0000 0800", "8000 0800 00000000", "2000 0800 00000001",
                                          "b000 0800 00000000 00000001 00000002"};
    struct packet p;
    for (size_t i = 0; i < 4; i++) {
        begin();
        add_ipv4(47, HERE, 0);
        add_hex(headers[i]);
        add_ipv4(6, HERE, 0);
        add_tcp(5);
        add_text("x");
        assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
        assert_v4_tcp(&p, "x");
    }
}

static void ethernet_in_gre_gives_the_inner_macs(void **state)
{
    (void)state;
    struct packet p;
    begin_ethernet("0800");
    add_ipv4(47, HERE, 0);
    add_hex("0000 6558 0200000000bb 0200000000aa 8100 0005 86dd");
    add_ipv6(17, HERE);
    add_udp(HERE);
    add_text("q");
    assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
    assert_v6_udp(&p, "q");
    assert_int_equal(p.src_mac.bytes[5], 0xaa);
    assert_int_equal(p.vlan, 5);
}

/* In a tunnel it is the outer length that lies: the frame says nothing about what is inside. */
static void a_pppoe_session_longer_than_its_tunnel_is_malformed(void **state)
{
    (void)state;
    struct packet p;
    for (unsigned over = 0; over < 2; over++) {
        begin();
        add_ipv4(47, HERE, 0);
        add_hex("0000 6558" DST_MAC SRC_MAC "8864 1100 0001");
        size_t length_at = made.n;
        add_u16(0);
        add_hex("0021");
        add_ipv4(6, HERE, 0);
        add_tcp(5);
        add_text("x");
        made.bytes[length_at + 1] = (uint8_t)(made.n - length_at - 2 + over);
        assert_int_equal(decode_all(LINK_RAW, &p), over ? DISSECT_MALFORMED : DISSECT_OK);
    }
}

static void gre_that_holds_no_ip_stays_gre(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "3081 880b 0004 0000 00000001 ff03c021", /* PPTP */
        "0000 6558 0200000000bb 0200000000aa 0806 0001 0800 0604 0001",
        "4000 0800 00000000",
        "0000 0000",
    };
    struct packet p;
    for (size_t i = 0; i < 4; i++) {
        begin_ethernet("0800");
        add_ipv4(47, HERE, 0);
        add_hex(bodies[i]);
        assert_int_equal(decode_all(LINK_ETHERNET, &p), DISSECT_OK);
        assert_int_equal(p.ip_proto, 47);
        assert_int_equal(p.src_mac.bytes[5], 0x01);
        assert_int_equal(p.payload.len, made.n - 34);
    }
    begin();
    add_ipv4(47, HERE, 0);
    add_hex("0000 08");
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_MALFORMED);
}

static void an_inner_packet_longer_than_its_tunnel_is_malformed(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv4(4, HERE, 0);
    add_ipv4(6, 1500, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_MALFORMED);
}

static void what_is_nested_too_deep_is_payload(void **state)
{
    (void)state;
    struct packet p;
    begin();
    for (int i = 0; i < PACKET_MAX_NESTING - 1; i++)
        add_ipv4(4, HERE, 0);
    size_t innermost = made.n;
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_v4_tcp(&p, "");
    assert_ptr_equal(p.ip.at, made.bytes + innermost);

    begin();
    for (int i = 0; i < PACKET_MAX_NESTING; i++)
        add_ipv4(4, HERE, 0);
    add_ipv4(6, HERE, 0);
    add_tcp(5);
    assert_int_equal(decode_all(LINK_RAW, &p), DISSECT_OK);
    assert_int_equal(p.ip_proto, 4);
    assert_int_equal(p.payload.len, 40);
}

static void a_datagram_put_together_decodes_from_its_ip_header(void **state)
{
    (void)state;
    struct packet p;
    begin();
    add_ipv6(17, HERE);
    add_udp(HERE);
    add_text("whole");
    seal();
    uint8_t *bytes = exact_bytes(made.bytes, made.n);
    assert_int_equal(packet_decode_ip(bytes, made.n, made.n, &p), DISSECT_OK);
    assert_v6_udp(&p, "whole");
    free(bytes);
    assert_int_equal(packet_decode_ip(NULL, 0, 0, &p), DISSECT_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extension_headers_are_stepped_over),
        cmocka_unit_test(an_authentication_header_is_stepped_over_in_ipv4_too),
        cmocka_unit_test(extension_headers_that_lie_or_never_end_are_malformed),
        cmocka_unit_test(a_first_fragment_has_ports_and_the_ip_payload),
        cmocka_unit_test(a_tiny_first_fragment_has_what_is_there),
        cmocka_unit_test(a_later_fragment_has_no_ports),
        cmocka_unit_test(a_fragment_of_a_tunnel_is_not_opened),
        cmocka_unit_test(ip_in_ip_is_opened),
        cmocka_unit_test(gre_is_opened_with_any_of_its_fields),
        cmocka_unit_test(ethernet_in_gre_gives_the_inner_macs),
        cmocka_unit_test(a_pppoe_session_longer_than_its_tunnel_is_malformed),
        cmocka_unit_test(gre_that_holds_no_ip_stays_gre),
        cmocka_unit_test(an_inner_packet_longer_than_its_tunnel_is_malformed),
        cmocka_unit_test(what_is_nested_too_deep_is_payload),
        cmocka_unit_test(a_datagram_put_together_decodes_from_its_ip_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
