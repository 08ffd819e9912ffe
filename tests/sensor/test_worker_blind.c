/* test_worker_blind.c -- which flows count, which of them have a name, and why the others have none. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/driven_worker.h"

/* -- encrypted hellos -- */

static void a_known_front_is_blind_and_not_named(void **state)
{
    (void)state;
    visit(1, SERVER, "cloudflare-ech.com", true);
    assert_counted(1, 0, BLIND_ECH, 1);
}

static void grease_in_an_ordinary_hello_is_named_and_not_blind(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        visit(1, SERVER, "www.homework.example", true);
    assert_counted(5, 5, BLIND_ECH, 0);
}

static void a_front_that_the_devices_dns_named_is_blind(void **state)
{
    (void)state;
    learn_front(1, "secret.example", "front.example");
    visit(1, SERVER, "front.example", true);
    assert_counted(1, 0, BLIND_ECH, 1);
}

static void that_front_without_an_encrypted_hello_is_a_name(void **state)
{
    (void)state;
    learn_front(1, "secret.example", "front.example");
    visit(1, SERVER, "front.example", false);
    visit(1, SERVER, "other.example", true);
    assert_counted(2, 2, BLIND_ECH, 0);
}

static void another_devices_front_is_a_name(void **state)
{
    (void)state;
    learn_front(1, "secret.example", "front.example");
    visit(2, SERVER, "front.example", true);
    assert_counted(1, 1, BLIND_ECH, 0);
}

static void a_front_that_is_never_asked_for_hides_no_dns(void **state)
{
    (void)state;
    ask(1, "first.example", DNS_A);
    now_ns += 120 * NS_PER_S;
    for (int i = 0; i < 30; i++) {
        learn_front(1, "secret.example", "cloudflare-ech.com");
        visit(1, SERVER, "cloudflare-ech.com", true);
    }
    assert_counted(30, 0, BLIND_ECH, 30);
    assert_false(has_hidden_dns(1));
}

/* -- encrypted DNS -- */

static void dns_over_tls_is_blind_and_hides_dns(void **state)
{
    (void)state;
    exchange(1, IP_PROTO_TCP, SERVER, 853);
    assert_counted(1, 0, BLIND_DOT, 1);
    assert_true(has_hidden_dns(1));
}

static void dns_over_tls_is_blind_whatever_its_hello_names(void **state)
{
    (void)state;
    struct talk t = connect_to(1, SERVER, 853);
    struct made_hello *h = hello_for("dns.google", false);
    say(&t, h->bytes, h->n);
    assert_counted(1, 1, BLIND_DOT, 1);
    assert_true(has_hidden_dns(1));
}

static void dns_over_quic_is_blind_and_hides_dns(void **state)
{
    (void)state;
    exchange(1, IP_PROTO_UDP, "2001:db8::53", 853);
    assert_counted(1, 0, BLIND_DOQ, 1);
    assert_true(has_hidden_dns(1));
}

static void dns_over_https_is_known_by_the_resolvers_name(void **state)
{
    (void)state;
    visit(1, SERVER, "dns.google", true);
    visit(1, SERVER, "abc123.dns.nextdns.io", false);
    visit(2, SERVER, "notdns.google", false);
    visit(2, SERVER, "dns.google.example", false);
    assert_counted(4, 4, BLIND_DOH, 2);
    assert_true(has_hidden_dns(1));
    assert_false(has_hidden_dns(2));
}

static void dns_over_https_is_known_by_the_resolvers_address(void **state)
{
    (void)state;
    visit(1, "1.1.1.1", NULL, false);
    visit(2, "2001:4860:4860::8888", NULL, false);
    exchange(3, IP_PROTO_UDP, "9.9.9.9", 443);
    assert_counted(3, 0, BLIND_DOH, 3);
    for (unsigned i = 1; i <= 3; i++)
        assert_true(has_hidden_dns(i));
}

static void a_resolver_that_was_not_reached_hides_nothing(void **state)
{
    (void)state;
    struct talk unanswered = new_talk(1, IP_PROTO_TCP, "8.8.8.8", 443),
                refused = new_talk(2, IP_PROTO_TCP, SERVER, 853);
    give(&unanswered, true, TCP_SYN, NULL, 0);
    give(&refused, true, TCP_SYN, NULL, 0);
    give(&refused, false, TCP_RST | TCP_ACK, NULL, 0);
    assert_nothing_counted();
    assert_false(has_hidden_dns(1));
    assert_false(has_hidden_dns(2));
}

static void a_resolvers_address_at_another_port_is_no_resolver(void **state)
{
    (void)state;
    struct talk t = connect_to(1, "1.1.1.1", 80);
    say(&t, "GET / HTTP/1.1\r\nHost: one.example\r\n\r\n", 38);
    assert_counted(1, 1, BLIND_DOH, 0);
    assert_false(has_hidden_dns(1));
}

static void hidden_dns_stays_known_when_every_name_was_asked_for(void **state)
{
    (void)state;
    char name[64];
    exchange(1, IP_PROTO_TCP, SERVER, 853);
    now_ns += 8 * 60 * NS_PER_S; /* the flow is over and forgotten */
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "n%d.example", i);
        ask(1, name, DNS_A);
        visit(1, SERVER, name, false);
        now_ns += 10 * NS_PER_S;
    }
    assert_counted(41, 40, BLIND_DOT, 1);
    assert_true(has_hidden_dns(1));
}

static void names_that_nobody_asked_for_show_hidden_dns(void **state)
{
    (void)state;
    char name[64];
    for (unsigned device = 1; device <= 2; device++) {
        ask(device, "first.example", DNS_A);
        now_ns += 120 * NS_PER_S;
        for (int i = 0; i < 20; i++) {
            snprintf(name, sizeof(name), "n%d.example", i);
            if (device == 2)
                ask(device, name, DNS_AAAA);
            visit(device, SERVER, name, true);
        }
    }
    assert_counted(40, 40, BLIND_DOH, 0);
    assert_true(has_hidden_dns(1));
    assert_false(has_hidden_dns(2));
}

static void names_asked_for_over_tcp_are_asked_for(void **state)
{
    (void)state;
    char name[64];
    struct talk t = connect_to(1, "203.0.113.53", 53);
    struct made_dns m;
    ask(1, "first.example", DNS_A);
    now_ns += 120 * NS_PER_S;
    for (int i = 0; i < 20; i++) {
        uint8_t framed[300];
        snprintf(name, sizeof(name), "n%d.example", i);
        dns_begin(&m, false, 0, name, DNS_A);
        framed[0] = 0;
        framed[1] = (uint8_t)m.n;
        memcpy(framed + 2, m.bytes, m.n);
        for (size_t at = 0; at < m.n + 2; at += 7)
            say(&t, framed + at, m.n + 2 - at < 7 ? m.n + 2 - at : 7);
        visit(1, SERVER, name, true);
    }
    assert_counted(20, 20, BLIND_DOH, 0);
    assert_false(has_hidden_dns(1));
}

/* -- other causes -- */

static void a_relay_is_blind_although_it_has_a_name(void **state)
{
    (void)state;
    visit(1, SERVER, "mask.icloud.com", false);
    visit(1, SERVER, "mask-h2.icloud.com", true);
    visit(1, SERVER, "www.icloud.com", false);
    assert_counted(3, 3, BLIND_RELAY, 2);
}

static void half_a_hello_is_incomplete(void **state)
{
    (void)state;
    struct talk t = connect_to(1, SERVER, 443);
    say(&t, hello_for("www.homework.example", false)->bytes, 60);
    assert_counted(1, 0, BLIND_INCOMPLETE, 1);
}

static void a_hello_whose_beginning_is_missing_is_no_name(void **state)
{
    (void)state;
    struct talk t = connect_to(1, SERVER, 443);
    struct made_hello *h = hello_for("www.homework.example", false);
    t.seq[true] += 40;
    say(&t, h->bytes + 40, h->n - 40);
    assert_counted(1, 0, BLIND_NO_NAME, 1);
}

static void a_whole_hello_without_a_host_name_is_no_name(void **state)
{
    (void)state;
    visit(1, SERVER, NULL, true);
    visit(1, SERVER, "203.0.113.7", false); /* an address is no name */
    visit(1, SERVER, "not a name", false);
    assert_counted(3, 0, BLIND_NO_NAME, 3);
}

static void words_of_no_protocol_are_no_name(void **state)
{
    (void)state;
    exchange(1, IP_PROTO_TCP, SERVER, 4000);
    exchange(1, IP_PROTO_UDP, SERVER, 4000);
    assert_counted(2, 0, BLIND_NO_NAME, 2);
}

static void a_tunnel_is_known_by_its_inspection(void **state)
{
    (void)state;
    static uint8_t initiation[148] = {1}, response[92] = {2}, transport[96] = {4}; /* WireGuard */
    struct talk t = new_talk(1, IP_PROTO_UDP, SERVER, 51820);
    memcpy(initiation + 4, "abcd", 4);
    memcpy(response + 4, "wxyzabcd", 8);
    memcpy(transport + 4, "wxyz", 4);
    say(&t, initiation, sizeof(initiation));
    answer(&t, response, sizeof(response));
    say(&t, transport, sizeof(transport));
    assert_counted(1, 0, BLIND_VPN, 1);
}

/* -- what is no flow of coverage -- */

static void dns_ntp_and_dhcp_are_aside(void **state)
{
    (void)state;
    static const uint16_t ports[] = {53, 123, 67, 547};
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        exchange(1, IP_PROTO_UDP, i == 3 ? "2001:db8::1" : SERVER, ports[i]);
    exchange(1, IP_PROTO_TCP, SERVER, 53);
    ask(1, "www.homework.example", DNS_A);
    assert_nothing_counted();
}

static void flows_that_nobody_answered_do_not_count(void **state)
{
    (void)state;
    struct talk t = new_talk(1, IP_PROTO_TCP, SERVER, 443), u = new_talk(1, IP_PROTO_UDP, SERVER, 4000);
    give(&t, true, TCP_SYN, NULL, 0);
    give(&t, true, TCP_SYN, NULL, 0);
    for (int i = 0; i < 5; i++)
        say(&u, "anybody there?", 14);
    assert_nothing_counted();
}

static void a_reset_is_no_answer(void **state)
{
    (void)state;
    struct talk t = new_talk(1, IP_PROTO_TCP, SERVER, 443);
    give(&t, true, TCP_SYN, NULL, 0);
    give(&t, false, TCP_RST | TCP_ACK, NULL, 0);
    assert_nothing_counted();
}

static void flows_inside_the_lan_do_not_count(void **state)
{
    (void)state;
    struct talk t = new_talk(1, IP_PROTO_TCP, "192.168.1.200", 443);
    struct made_hello *h = hello_for("printer.example", false);
    t.beyond = false;
    shake_hands(&t);
    say(&t, h->bytes, h->n);
    answer(&t, "some words", 10);
    assert_nothing_counted();
}

static void flows_from_outside_do_not_count(void **state)
{
    (void)state;
    struct talk t = new_talk(1, IP_PROTO_TCP, SERVER, 40000);
    t.up.src_port = 443; /* the device is a server */
    struct made_hello *h = hello_for("www.homework.example", false);
    give(&t, false, TCP_SYN, NULL, 0);
    give(&t, true, TCP_SYN | TCP_ACK, NULL, 0);
    answer(&t, h->bytes, h->n);
    assert_nothing_counted();
}

static void the_last_words_of_a_forgotten_connection_are_no_flow(void **state)
{
    (void)state;
    struct talk t = new_talk(1, IP_PROTO_TCP, SERVER, 443);
    give(&t, true, TCP_FIN | TCP_ACK, NULL, 0);
    give(&t, false, TCP_FIN | TCP_ACK, NULL, 0);
    give(&t, true, TCP_ACK, NULL, 0);
    assert_nothing_counted();
}

static void a_connection_seen_from_its_middle_is_a_flow(void **state)
{
    (void)state;
    struct talk t = new_talk(1, IP_PROTO_TCP, SERVER, 443);
    answer(&t, "\x17\x03\x03\0\5hello", 10);
    say(&t, "\x17\x03\x03\0\5hello", 10);
    assert_counted(1, 0, BLIND_NO_NAME, 1);
}

static void a_connection_that_says_nothing_is_a_flow_without_a_name(void **state)
{
    (void)state;
    connect_to(1, SERVER, 443);
    assert_counted(1, 0, BLIND_NO_NAME, 1);
}

static void a_tuple_that_is_used_again_is_another_flow(void **state)
{
    (void)state;
    struct talk t = connect_to(1, SERVER, 443);
    struct made_hello *h = hello_for("first.example", false);
    say(&t, h->bytes, h->n);
    give(&t, true, TCP_FIN | TCP_ACK, NULL, 0);
    give(&t, false, TCP_FIN | TCP_ACK, NULL, 0);
    t.seq[true] = 99000;
    shake_hands(&t);
    h = hello_for("cloudflare-ech.com", true);
    say(&t, h->bytes, h->n);
    assert_counted(2, 1, BLIND_ECH, 1);
}

static void frames_without_a_packet_are_counted_apart(void **state)
{
    (void)state;
    static const enum dissect_outcome outcomes[] = {DISSECT_TRUNCATED, DISSECT_MALFORMED, DISSECT_NOT_MINE,
                                                    DISSECT_NOT_MINE};
    for (size_t i = 0; i < 4; i++) {
        struct frame *f = reserve(0);
        f->outcome = (uint8_t)outcomes[i];
        commit(0);
    }
    assert_nothing_counted();
    const struct worker_counts *c = worker_counts(worker);
    assert_int_equal(c->undecodable_truncated, 1);
    assert_int_equal(c->undecodable_malformed, 1);
    assert_int_equal(c->undecodable_foreign, 2);
    assert_int_equal(c->decoded, 0);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_known_front_is_blind_and_not_named),
        TEST(grease_in_an_ordinary_hello_is_named_and_not_blind),
        TEST(a_front_that_the_devices_dns_named_is_blind),
        TEST(that_front_without_an_encrypted_hello_is_a_name),
        TEST(another_devices_front_is_a_name),
        TEST(a_front_that_is_never_asked_for_hides_no_dns),
        TEST(dns_over_tls_is_blind_and_hides_dns),
        TEST(dns_over_tls_is_blind_whatever_its_hello_names),
        TEST(dns_over_quic_is_blind_and_hides_dns),
        TEST(dns_over_https_is_known_by_the_resolvers_name),
        TEST(dns_over_https_is_known_by_the_resolvers_address),
        TEST(a_resolver_that_was_not_reached_hides_nothing),
        TEST(a_resolvers_address_at_another_port_is_no_resolver),
        TEST(hidden_dns_stays_known_when_every_name_was_asked_for),
        TEST(names_that_nobody_asked_for_show_hidden_dns),
        TEST(names_asked_for_over_tcp_are_asked_for),
        TEST(a_relay_is_blind_although_it_has_a_name),
        TEST(half_a_hello_is_incomplete),
        TEST(a_hello_whose_beginning_is_missing_is_no_name),
        TEST(a_whole_hello_without_a_host_name_is_no_name),
        TEST(words_of_no_protocol_are_no_name),
        TEST(a_tunnel_is_known_by_its_inspection),
        TEST(dns_ntp_and_dhcp_are_aside),
        TEST(flows_that_nobody_answered_do_not_count),
        TEST(a_reset_is_no_answer),
        TEST(flows_inside_the_lan_do_not_count),
        TEST(flows_from_outside_do_not_count),
        TEST(the_last_words_of_a_forgotten_connection_are_no_flow),
        TEST(a_connection_seen_from_its_middle_is_a_flow),
        TEST(a_connection_that_says_nothing_is_a_flow_without_a_name),
        TEST(a_tuple_that_is_used_again_is_another_flow),
        TEST(frames_without_a_packet_are_counted_apart),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
