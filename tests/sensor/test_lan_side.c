/* test_lan_side.c -- which end is the device: the same answer whichever way the packet goes. */
#include "sensor/lan_side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/sensor/made_packet.h"

#define PHONE   1
#define LAPTOP  2
#define GATEWAY 9

static struct lan_side lan;

static int nothing_configured(void **state)
{
    (void)state;
    lan_side_init(&lan, NULL, 0);
    return 0;
}

static void configure(const char *a, const char *b)
{
    struct ip_prefix prefixes[2];
    assert_true(ip_prefix_parse(a, &prefixes[0]));
    assert_true(ip_prefix_parse(b, &prefixes[1]));
    lan_side_init(&lan, prefixes, 2);
}

static struct packet between(uint8_t proto, unsigned src_mac, const char *src, uint16_t src_port, unsigned dst_mac,
                             const char *dst, uint16_t dst_port)
{
    struct packet p = made_packet(proto, src, src_port, dst, dst_port);
    p.has_src_mac = p.has_dst_mac = true;
    p.src_mac = made_mac(src_mac);
    p.dst_mac = made_mac(dst_mac);
    return p;
}

static struct frame decide(const struct packet *p)
{
    struct frame f = {.packet = *p};
    lan_side_decide(&lan, &f);
    return f;
}

static bool is_device(const struct frame *f, unsigned mac)
{
    struct mac_addr m = made_mac(mac);
    return f->device.is_mac && memcmp(f->device.bytes, m.bytes, 6) == 0;
}

/* The packet's sender is the device, and the answer's receiver is the same one. */
static void assert_sender_is_device(const struct packet *p, unsigned mac, bool beyond)
{
    struct packet back = made_answer(p);
    struct frame there = decide(p), again = decide(&back);
    assert_int_equal(there.lan, LAN_SRC);
    assert_int_equal(again.lan, LAN_DST);
    assert_true(is_device(&there, mac) && is_device(&again, mac));
    assert_int_equal(there.beyond, beyond);
    assert_int_equal(again.beyond, beyond);
}

static void a_private_address_is_the_device_of_a_public_one(void **state)
{
    (void)state;
    struct packet p = between(IP_PROTO_TCP, PHONE, "192.168.1.20", 50000, GATEWAY, "198.51.100.7", 443);
    assert_sender_is_device(&p, PHONE, true);
    p = between(IP_PROTO_TCP, PHONE, "192.168.1.20", 443, GATEWAY, "198.51.100.7", 50000); /* whoever opened it */
    assert_sender_is_device(&p, PHONE, true);
}

static void of_two_private_addresses_the_client_is_the_device(void **state)
{
    (void)state;
    struct packet p = between(IP_PROTO_UDP, PHONE, "192.168.1.20", 50000, GATEWAY, "192.168.1.1", 53);
    assert_sender_is_device(&p, PHONE, false);
    p = between(IP_PROTO_TCP, PHONE, "10.0.0.20", 50000, LAPTOP, "192.168.7.3", 8080);
    assert_sender_is_device(&p, PHONE, false);
}

/* Equal ports: a SYN and its answer agree; UDP cannot say. */
static void at_equal_ports_the_sender_of_the_syn_is_the_device(void **state)
{
    (void)state;
    struct packet syn = between(IP_PROTO_TCP, PHONE, "192.168.1.20", 179, LAPTOP, "192.168.1.21", 179),
                  answer = made_answer(&syn);
    syn.tcp_flags = TCP_SYN;
    answer.tcp_flags = TCP_SYN | TCP_ACK;
    struct frame there = decide(&syn), back = decide(&answer);
    assert_true(there.lan == LAN_SRC && is_device(&there, PHONE));
    assert_true(back.lan == LAN_DST && is_device(&back, PHONE));
}

static void what_is_sent_to_a_group_is_the_senders_and_stays_inside(void **state)
{
    (void)state;
    static const char *const groups[][2] = {{"192.168.1.20", "224.0.0.251"},
                                            {"192.168.1.20", "255.255.255.255"},
                                            {"fe80::20", "ff02::fb"},
                                            {"0.0.0.0", "255.255.255.255"}};
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        struct packet p = between(IP_PROTO_UDP, PHONE, groups[i][0], 68, 0xffff, groups[i][1], 5353);
        struct frame f = decide(&p);
        assert_true(f.lan == LAN_SRC && is_device(&f, PHONE) && !f.beyond);
    }
}

static void configured_prefixes_decide_alone(void **state)
{
    (void)state;
    configure("203.0.113.0/24", "2001:db8:5::/48");
    struct packet p = between(IP_PROTO_TCP, PHONE, "203.0.113.20", 50000, GATEWAY, "198.51.100.7", 443);
    assert_sender_is_device(&p, PHONE, true);
    p = between(IP_PROTO_TCP, PHONE, "2001:db8:5::20", 50000, GATEWAY, "2001:db8:9::7", 443);
    assert_sender_is_device(&p, PHONE, true);
    p = between(IP_PROTO_TCP, PHONE, "203.0.113.20", 443, GATEWAY, "10.0.0.7",
                50000); /* private, but not of this LAN */
    assert_sender_is_device(&p, PHONE, true);
    p = between(IP_PROTO_TCP, PHONE, "203.0.113.20", 50000, LAPTOP, "203.0.113.21", 443);
    assert_sender_is_device(&p, PHONE, false);
    assert_int_equal(lan.learned_count, 0);
}

/* A dual-stack LAN: the phone is known by its IPv4 address, its global IPv6 prefix is learned. */
static void a_global_prefix_is_learned_from_a_mac_that_also_has_a_private_address(void **state)
{
    (void)state;
    struct packet v4 = between(IP_PROTO_TCP, PHONE, "192.168.1.20", 50000, GATEWAY, "198.51.100.7", 443);
    decide(&v4);
    struct packet v6 = between(IP_PROTO_UDP, PHONE, "2001:db8:1:2::20", 50000, GATEWAY, "2001:db8:f00::7", 443);
    assert_sender_is_device(&v6, PHONE, true);
    assert_int_equal(lan.learned_count, 1);
    /* Another device of the prefix, though its first packet comes from outside: the prefix says which end it is. */
    struct packet in = between(IP_PROTO_TCP, GATEWAY, "2001:db8:f00::9", 443, LAPTOP, "2001:db8:1:2::21", 443);
    struct frame f = decide(&in);
    assert_true(f.lan == LAN_DST && is_device(&f, LAPTOP) && f.beyond);
    assert_int_equal(lan.learned_count, 1);
}

static void a_public_lan_is_learned_from_the_side_that_opens_connections(void **state)
{
    (void)state;
    struct packet syn = between(IP_PROTO_TCP, PHONE, "203.0.113.20", 50000, GATEWAY, "198.51.100.7", 443);
    syn.tcp_flags = TCP_SYN;
    struct frame f = decide(&syn);
    assert_true(f.lan == LAN_SRC && f.beyond);
    struct packet in = between(IP_PROTO_TCP, GATEWAY, "198.51.100.8", 50000, LAPTOP, "203.0.113.21", 25);
    f = decide(&in); /* its neighbour in the /24, as a server */
    assert_true(f.lan == LAN_DST && is_device(&f, LAPTOP) && f.beyond);
}

/* The gateway's MAC carries the whole internet towards the LAN: none of it becomes the LAN. */
static void nothing_is_learned_from_what_comes_in(void **state)
{
    (void)state;
    struct packet v4 = between(IP_PROTO_TCP, PHONE, "192.168.1.20", 50000, GATEWAY, "198.51.100.7", 443);
    decide(&v4);
    for (int i = 0; i < 200; i++) {
        struct packet p =
            between(IP_PROTO_UDP, GATEWAY, "2001:db8:f00::7", (uint16_t)(40000 + i), PHONE, "2001:db8:1:2::20", 443);
        p.src.bytes[5] = (uint8_t)i;
        decide(&p);
        p = between(IP_PROTO_TCP, GATEWAY, "198.51.100.9", 50000, PHONE, "192.168.1.20", 22);
        p.tcp_flags = TCP_SYN;
        p.src.bytes[14] = (uint8_t)i;
        decide(&p);
    }
    assert_int_equal(lan.learned_count, 0);
}

static void answers_and_middles_of_connections_teach_nothing(void **state)
{
    (void)state;
    struct packet p = between(IP_PROTO_TCP, PHONE, "203.0.113.20", 50000, GATEWAY, "198.51.100.7", 443);
    p.tcp_flags = TCP_ACK;
    decide(&p);
    p.tcp_flags = TCP_SYN | TCP_ACK;
    decide(&p);
    p = between(IP_PROTO_UDP, PHONE, "203.0.113.20", 50000, GATEWAY, "198.51.100.7", 40000);
    decide(&p);
    assert_int_equal(lan.learned_count, 0);
}

static void the_memory_for_prefixes_is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < 4 * LAN_LEARNED_MAX; i++) {
        struct packet p = between(IP_PROTO_UDP, PHONE, "2001:db8::20", 50000, GATEWAY, "2001:4860::1", 443);
        p.src.bytes[6] = (uint8_t)(i >> 8);
        p.src.bytes[7] = (uint8_t)i;
        decide(&p);
    }
    assert_int_equal(lan.learned_count, LAN_LEARNED_MAX);
}

/* Cooked captures name the sender's MAC only; raw ones none. Both directions must still be one device. */
static void where_one_mac_is_missing_the_address_is_the_device(void **state)
{
    (void)state;
    struct packet p = between(IP_PROTO_TCP, PHONE, "192.168.1.20", 50000, GATEWAY, "198.51.100.7", 443),
                  back = made_answer(&p);
    p.has_dst_mac = back.has_dst_mac = false;
    struct frame there = decide(&p), again = decide(&back);
    struct ip_addr phone = made_address("192.168.1.20");
    assert_false(there.device.is_mac);
    assert_memory_equal(there.device.bytes, phone.bytes, 16);
    assert_memory_equal(&there.device, &again.device, sizeof(there.device));
}

/* Any two hosts, once the prefixes are known: both directions agree, unless nothing but the order tells them apart. */
static void both_directions_agree_for_any_pair(void **state)
{
    (void)state;
    static const char *const hosts[] = {"192.168.1.20", "10.1.2.3", "198.51.100.7", "203.0.113.9", "8.8.8.8",
                                        "fe80::1",      "fd00::1",  "2001:db8::1",  "2001:4860::1"};
    static const uint16_t ports[] = {53, 80, 443, 1023, 1024, 8080, 40000, 65535};
    srand(20261122);
    configure("192.168.0.0/16", "2001:db8::/32");
    for (int round = 0; round < 20000; round++) {
        if (round == 10000)
            lan_side_init(&lan, NULL, 0);
        struct packet p = between(rand() % 2 ? IP_PROTO_TCP : IP_PROTO_UDP, PHONE, hosts[rand() % 9], ports[rand() % 8],
                                  GATEWAY, hosts[rand() % 9], ports[rand() % 8]);
        struct packet back = made_answer(&p);
        if (p.src_port == p.dst_port)
            continue;
        decide(&p); /* what there is to learn is learned */
        decide(&back);
        struct frame there = decide(&p), again = decide(&back);
        assert_int_not_equal(there.lan, again.lan);
        assert_memory_equal(&there.device, &again.device, sizeof(there.device));
        assert_int_equal(there.beyond, again.beyond);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, nothing_configured)
    const struct CMUnitTest tests[] = {
        TEST(a_private_address_is_the_device_of_a_public_one),
        TEST(of_two_private_addresses_the_client_is_the_device),
        TEST(at_equal_ports_the_sender_of_the_syn_is_the_device),
        TEST(what_is_sent_to_a_group_is_the_senders_and_stays_inside),
        TEST(configured_prefixes_decide_alone),
        TEST(a_global_prefix_is_learned_from_a_mac_that_also_has_a_private_address),
        TEST(a_public_lan_is_learned_from_the_side_that_opens_connections),
        TEST(nothing_is_learned_from_what_comes_in),
        TEST(answers_and_middles_of_connections_teach_nothing),
        TEST(the_memory_for_prefixes_is_bounded),
        TEST(where_one_mac_is_missing_the_address_is_the_device),
        TEST(both_directions_agree_for_any_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
