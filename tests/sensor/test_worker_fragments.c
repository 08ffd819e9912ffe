/* test_worker_fragments.c -- names and bytes of datagrams that came in pieces, through the whole pipeline. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/sensor/made_capture.h"
#include "tests/sensor/made_dns.h"
#include "tests/support/hello_maker.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#define ROUTER 1 /* the MAC of everything that is not a device */
#define PHONE  20

static const struct station phone_v4 = {PHONE, "192.168.1.20", 50001}, resolver = {ROUTER, "198.51.100.53", 53};
static const struct station server_v4 = {ROUTER, "198.51.100.7", 443};
static const struct station phone_v6 = {PHONE, "fd00::20", 50001}, server_v6 = {ROUTER, "2001:db8::7", 443};
static struct datagram d, other;

static int fresh(void **state)
{
    (void)state;
    begin_capture();
    return 0;
}

/* ---- DNS ---- */

static void send_question(struct station device, struct station server)
{
    struct made_dns m;
    dns_begin(&m, false, 0, "cdn.shop.example", DNS_A);
    make_udp(&other, device, server, m.bytes, m.n);
    send_whole(&other);
}

/* An answer of about 3500 bytes; who the asked name really is stands at its very end. */
static void make_answer(struct station device, struct station server)
{
    struct made_dns m;
    char filler[80];
    dns_begin(&m, true, DNS_NOERROR, "cdn.shop.example", DNS_A);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(filler, sizeof(filler), "a-name-that-only-makes-the-answer-longer-%02u.elsewhere.example", i);
        dns_address(&m, filler, "203.0.113.9");
    }
    dns_cname(&m, "cdn.shop.example", "ib.adnxs.com");
    assert_in_range(m.n, 2 * 1480, 3 * 1480 - 100);
    make_udp(&d, server, device, m.bytes, m.n);
}

static void assert_answer_was_read(void)
{
    assert_int_equal(times_named(NAME_DNS_TARGET, "ib.adnxs.com"), 1);
    assert_int_equal(found_contacts_count, 1);
    assert_string_equal(found_contacts[0].host, "cdn.shop.example");
    assert_int_equal(found_contacts[0].evidence, EVIDENCE_LOOKUP);
    assert_memory_equal(found_contacts[0].device.bytes, made_mac(PHONE).bytes, 6);
    assert_int_equal(datagrams_dropped, 0);
}

static void dns_answer_in_three_pieces_gives_its_names(void **state)
{
    (void)state;
    send_question(phone_v4, resolver);
    make_answer(phone_v4, resolver);
    send_piece(&d, 0, 1480);
    send_piece(&d, 1480, 1480);
    send_piece(&d, 2960, d.n - 2960);
    play(1);
    assert_answer_was_read();
    assert_int_equal(fragments_seen, 3);
    assert_int_equal(frames_decoded, 4);
}

static void pieces_in_any_order_give_the_same(void **state)
{
    (void)state;
    static const unsigned orders[5][3] = {{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (unsigned i = 0; i < 5; i++) {
        begin_capture();
        send_question(phone_v4, resolver);
        make_answer(phone_v4, resolver);
        for (unsigned k = 0; k < 3; k++) {
            size_t at = orders[i][k] * 1480;
            send_piece(&d, at, orders[i][k] == 2 ? d.n - at : 1480);
        }
        play(1);
        assert_answer_was_read();
    }
}

/* Both ends are in the LAN, so only the first piece's ports say which is the device, and with it whose worker. */
static void pieces_from_a_gateway_reach_the_devices_worker(void **state)
{
    (void)state;
    static const struct station gateway = {ROUTER, "192.168.1.1", 53};
    char addresses[8][16];
    for (unsigned i = 0; i < 8; i++) {
        struct station device = {PHONE + i, addresses[i], 50001};
        snprintf(addresses[i], sizeof(addresses[i]), "192.168.1.%u", 20 + i);
        send_question(device, gateway);
        make_answer(device, gateway);
        send_piece(&d, 0, 1480);
        send_piece(&d, 1480, 1480);
        send_piece(&d, 2960, d.n - 2960);
    }
    play(3);
    assert_int_equal(times_named(NAME_DNS_TARGET, "ib.adnxs.com"), 8);
    assert_int_equal(found_contacts_count, 8);
    for (unsigned i = 0; i < 8; i++)
        assert_memory_not_equal(found_contacts[i].device.bytes, made_mac(ROUTER).bytes, 6);
    assert_int_equal(datagrams_dropped, 0);
}

static void an_answer_that_was_cut_gives_no_names(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 1480; cut += 493) {
        begin_capture();
        send_question(phone_v4, resolver);
        make_answer(phone_v4, resolver);
        send_piece(&d, 0, 1480);
        send_cut_piece(&d, 1480, 1480, cut);
        send_piece(&d, 2960, d.n - 2960);
        play(1);
        assert_int_equal(times_named(NAME_DNS_TARGET, "ib.adnxs.com"), 0);
        assert_int_equal(datagrams_dropped, 1);
    }
}

static void an_answer_that_lacks_a_piece_is_counted(void **state)
{
    (void)state;
    send_question(phone_v4, resolver);
    make_answer(phone_v4, resolver);
    send_piece(&d, 0, 1480);
    send_piece(&d, 2960, d.n - 2960);
    wait_ms(31000);
    send_piece(&d, 1480, 1480); /* too late, and alone */
    play(1);
    assert_int_equal(times_named(NAME_DNS_TARGET, "ib.adnxs.com"), 0);
    assert_int_equal(datagrams_dropped, 2);
    assert_int_equal(fragments_seen, 3);
}

/* A piece of a jumbo frame is copied into the ring up to 4 KiB only: what is lost there must be noticed. */
static void a_piece_that_the_ring_cuts_completes_nothing(void **state)
{
    (void)state;
    static uint8_t payload[9000];
    make_udp(&d, phone_v4, server_v4, payload, sizeof(payload));
    send_piece(&d, 0, 4096);
    send_piece(&d, 4096, 4096);
    send_piece(&d, 8192, d.n - 8192);
    make_udp(&d, phone_v4, server_v4, payload, sizeof(payload));
    send_piece(&d, 0, 4104);
    send_piece(&d, 4104, d.n - 4104);
    play(1);
    assert_int_equal(datagrams_dropped, 1);
}

/* ---- hellos ---- */

static void quic_initial_in_pieces_gives_its_name(void **state)
{
    (void)state;
    uint8_t packet[1200];
    assert_int_equal(quic_seal_hex(vector_v1_packet, packet, sizeof(packet)), sizeof(packet));
    make_udp(&d, phone_v6, server_v6, packet, sizeof(packet));
    send_piece(&d, 0, 8); /* the ports and nothing else */
    send_piece(&d, 8, 600);
    send_piece(&d, 608, d.n - 608);
    play(1);
    assert_int_equal(found_names_count, 1);
    assert_int_equal(times_named(NAME_QUIC, "example.com"), 1);
    assert_int_equal(datagrams_dropped, 0);
}

/* Makes d the segment with a hello for secure.adnxs.com; the handshake and an answer come around it. */
static void make_hello(struct station device, struct station server)
{
    static struct made_hello extensions, message, record;
    extensions.n = message.n = record.n = 0;
    hello_server_name(&extensions, "secure.adnxs.com");
    static const uint8_t padding[700];
    hello_extension(&extensions, 21, padding, sizeof(padding));
    hello_with(&message, &extensions);
    hello_record(&record, message.bytes, message.n);
    make_tcp(&other, device, server, TCP_SYN, 999, "", 0);
    send_whole(&other);
    make_tcp(&other, server, device, TCP_SYN | TCP_ACK, 4999, "", 0);
    send_whole(&other);
    make_tcp(&d, device, server, TCP_ACK | TCP_PSH, 1000, record.bytes, record.n);
}

static void tls_hello_in_pieces_gives_its_name(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        begin_capture();
        make_hello(v6 ? phone_v6 : phone_v4, v6 ? server_v6 : server_v4);
        send_piece(&d, 400, d.n - 400);
        send_piece(&d, 0, 400);
        play(1);
        assert_int_equal(found_names_count, 1);
        assert_int_equal(times_named(NAME_TLS, "secure.adnxs.com"), 1);
        assert_int_equal(found_contacts_count, 1);
        assert_int_equal(flows_covered, 1);
    }
}

static void a_first_piece_without_the_transport_header_waits_for_the_whole(void **state)
{
    (void)state;
    make_hello(phone_v4, server_v4);
    send_piece(&d, 0, 16); /* TCP without its flags */
    send_piece(&d, 16, d.n - 16);
    play(1);
    assert_int_equal(times_named(NAME_TLS, "secure.adnxs.com"), 1);
    assert_int_equal(flows_covered, 1);
    assert_int_equal(found_contacts[0].bytes_up + found_contacts[0].bytes_down, wire_bytes);
}

static void every_piece_counts_once_for_its_flow(void **state)
{
    (void)state;
    static const uint8_t page[3000];
    make_hello(phone_v4, server_v4);
    send_piece(&d, 0, 400);
    send_piece(&d, 400, d.n - 400);
    size_t up_and_handshake = wire_bytes;
    make_tcp(&d, server_v4, phone_v4, TCP_ACK, 5000, page, sizeof(page));
    send_piece(&d, 1480, d.n - 1480);
    send_piece(&d, 0, 1480);
    size_t down = wire_bytes - up_and_handshake;
    play(1);
    assert_int_equal(found_contacts_count, 1);
    assert_int_equal(found_contacts[0].bytes_up + found_contacts[0].bytes_down, wire_bytes);
    assert_int_equal(found_contacts[0].bytes_down, down + 14 + 40); /* and the SYN-ACK */
}

/* What is never whole still shows that the flow is there. */
static void a_first_piece_alone_makes_its_flow(void **state)
{
    (void)state;
    static const uint8_t much[18000];
    for (int i = 0; i < 2; i++) {
        make_udp(&d, i ? server_v4 : phone_v4, i ? phone_v4 : server_v4, much, sizeof(much));
        for (size_t at = 0; at < d.n; at += 1480)
            send_piece(&d, at, d.n - at < 1480 ? d.n - at : 1480);
    }
    play(1);
    assert_int_equal(flows_covered, 1);
    assert_int_equal(datagrams_dropped, 2); /* longer than 16 KiB */
}

/* ---- floods ---- */

static void many_open_datagrams_cost_the_oldest_only(void **state)
{
    (void)state;
    static const uint8_t payload[100];
    for (unsigned i = 0; i < 200; i++) {
        make_udp(&d, phone_v4, server_v4, payload, sizeof(payload));
        send_piece(&d, 0, 64);
    }
    send_question(phone_v4, resolver);
    make_answer(phone_v4, resolver);
    send_piece(&d, 0, 1480);
    send_piece(&d, 1480, 1480);
    send_piece(&d, 2960, d.n - 2960);
    play(1);
    assert_int_equal(times_named(NAME_DNS_TARGET, "ib.adnxs.com"), 1);
    assert_int_equal(datagrams_dropped, 200);
}

/* A whole datagram that holds a tunnel's packet which is itself a piece is left alone, and told. */
static void a_piece_within_pieces_is_left_alone(void **state)
{
    (void)state;
    static const uint8_t payload[400];
    struct datagram *inner = &other;
    uint8_t header[48];
    make_udp(inner, phone_v4, server_v4, payload, sizeof(payload));
    size_t head = put_ip_header(header, inner, 0, 200);
    make_udp(&d, phone_v4, server_v4, "", 0);
    d.proto = 4; /* IP in IP */
    memcpy(d.body, header, head);
    memcpy(d.body + head, inner->body, 200);
    d.n = head + 200;
    send_piece(&d, 0, 104);
    send_piece(&d, 104, d.n - 104);
    play(1);
    assert_int_equal(datagrams_dropped, 1);
    assert_int_equal(fragments_seen, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(dns_answer_in_three_pieces_gives_its_names, fresh),
        cmocka_unit_test_setup(pieces_in_any_order_give_the_same, fresh),
        cmocka_unit_test_setup(pieces_from_a_gateway_reach_the_devices_worker, fresh),
        cmocka_unit_test_setup(an_answer_that_was_cut_gives_no_names, fresh),
        cmocka_unit_test_setup(an_answer_that_lacks_a_piece_is_counted, fresh),
        cmocka_unit_test_setup(a_piece_that_the_ring_cuts_completes_nothing, fresh),
        cmocka_unit_test_setup(quic_initial_in_pieces_gives_its_name, fresh),
        cmocka_unit_test_setup(tls_hello_in_pieces_gives_its_name, fresh),
        cmocka_unit_test_setup(a_first_piece_without_the_transport_header_waits_for_the_whole, fresh),
        cmocka_unit_test_setup(every_piece_counts_once_for_its_flow, fresh),
        cmocka_unit_test_setup(a_first_piece_alone_makes_its_flow, fresh),
        cmocka_unit_test_setup(many_open_datagrams_cost_the_oldest_only, fresh),
        cmocka_unit_test_setup(a_piece_within_pieces_is_left_alone, fresh),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
