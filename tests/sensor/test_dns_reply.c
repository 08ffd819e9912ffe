/* test_dns_reply.c -- what an answer says about the name that was asked for: its ways, addresses, blocks and fronts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "feeds/services.h"
#include "sensor/dns_reply.h"
#include "tests/sensor/made_packet.h"
#include "tests/sensor/made_records.h"

static struct dns_reply *reply;
static struct made_dns m;
static const char *chain[HOST_CHAIN_MAX];

static int load(void **state)
{
    (void)state;
    reply = calloc(1, sizeof(*reply));
    return reply ? services_load() : -1;
}

static int unload(void **state)
{
    (void)state;
    free(reply);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    dns_begin(&m, true, 0, "www.shop.example", DNS_A);
    return 0;
}

/* The message as findings_dns() reads it; what was left by another reply must not show. */
static void read_message(void)
{
    struct dns_message walk;
    static struct dns_record record;
    memset(reply, 0xee, sizeof(*reply));
    dns_reply_begin(reply);
    assert_int_equal(dns_open(&walk, m.bytes, m.n), DISSECT_OK);
    while (dns_next(&walk, &record) == DISSECT_OK) {
        if (record.section == DNS_QUESTION)
            memcpy(&reply->asked, &record.name, sizeof(record.name));
        else if (record.section == DNS_ANSWER)
            dns_reply_note(reply, &record);
    }
}

/* The chain is this list of names, divided by blanks. */
static void assert_chain(const char *wanted)
{
    char got[HOST_CHAIN_MAX * (HOSTNAME_MAX + 1) + 1] = "";
    unsigned len = dns_reply_chain(reply, chain);
    assert_true(len >= 1 && len <= HOST_CHAIN_MAX);
    for (unsigned i = 0; i < len; i++) {
        strcat(got, i ? " " : "");
        strcat(got, chain[i]);
    }
    assert_string_equal(got, wanted);
}

static void assert_addresses(const char *const *addresses, unsigned count)
{
    assert_int_equal(reply->addresses_len, count);
    for (unsigned i = 0; i < count; i++) {
        struct ip_addr a = made_address(addresses[i]);
        assert_true(ip_equal(&reply->addresses[i], &a));
    }
}

/* -- ways -- */

static void an_answer_without_ways_is_the_asked_name(void **state)
{
    (void)state;
    dns_address(&m, "www.shop.example", "198.51.100.7");
    read_message();
    assert_chain("www.shop.example");
    assert_addresses((const char *const[]){"198.51.100.7"}, 1);
    assert_false(reply->blocked);
}

/* Every order of four links. */
static void cnames_are_followed_in_any_order(void **state)
{
    (void)state;
    static const char *const names[] = {"www.shop.example", "a.example", "b.example", "c.example", "d.example"};
    for (unsigned order = 0; order < 256; order++) {
        unsigned turns[4] = {order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6}, seen = 0;
        for (unsigned i = 0; i < 4; i++)
            seen |= 1u << turns[i];
        if (seen != 15)
            continue;
        begin(NULL);
        for (unsigned i = 0; i < 4; i++)
            dns_cname(&m, names[turns[i]], names[turns[i] + 1]);
        read_message();
        assert_chain("www.shop.example a.example b.example c.example d.example");
    }
}

static void links_of_other_names_are_not_on_the_way(void **state)
{
    (void)state;
    dns_cname(&m, "other.example", "elsewhere.example");
    dns_cname(&m, "www.shop.example", "a.example");
    dns_cname(&m, "xwww.shop.example", "b.example");
    dns_cname(&m, "shop.example", "c.example");
    read_message();
    assert_chain("www.shop.example a.example");
}

static void names_are_compared_as_dns_does(void **state)
{
    (void)state;
    dns_cname(&m, "WWW.Shop.EXAMPLE", "Edge.Example");
    dns_cname(&m, "eDGE.example", "end.example");
    read_message();
    assert_chain("www.shop.example edge.example end.example");
}

static void a_way_in_a_circle_ends(void **state)
{
    (void)state;
    dns_cname(&m, "www.shop.example", "www.shop.example");
    dns_cname(&m, "www.shop.example", "a.example");
    dns_cname(&m, "a.example", "b.example");
    dns_cname(&m, "b.example", "a.example");
    dns_cname(&m, "b.example", "www.shop.example");
    read_message();
    assert_chain("www.shop.example a.example b.example");
}

static void a_way_is_followed_to_its_limit(void **state)
{
    (void)state;
    char from[32], to[32];
    dns_cname(&m, "www.shop.example", "n0.example");
    for (int i = 0; i < 30; i++) { /* more than are kept, too */
        snprintf(from, sizeof(from), "n%d.example", i);
        snprintf(to, sizeof(to), "n%d.example", i + 1);
        dns_cname(&m, from, to);
    }
    read_message();
    assert_int_equal(reply->aliases_len, REPLY_ALIASES);
    assert_chain("www.shop.example n0.example n1.example n2.example n3.example n4.example n5.example n6.example");
}

static void targets_that_are_no_host_names_are_left_out(void **state)
{
    (void)state;
    dns_cname(&m, "www.shop.example", "not a host.example");
    dns_cname(&m, "www.shop.example", "a.example");
    read_message();
    assert_chain("www.shop.example a.example");
}

/* -- DNAME -- */

static void a_dname_replaces_the_end_of_a_name(void **state)
{
    (void)state;
    dns_dname(&m, "shop.example", "cdn.tracker.example");
    read_message();
    assert_chain("www.shop.example www.cdn.tracker.example");
}

static void a_dname_with_the_cname_made_of_it_is_one_step(void **state)
{
    (void)state;
    for (int cname_first = 0; cname_first < 2; cname_first++) {
        begin(NULL);
        if (cname_first)
            dns_cname(&m, "www.shop.example", "www.tracker.example");
        dns_dname(&m, "shop.example", "tracker.example");
        if (!cname_first)
            dns_cname(&m, "www.shop.example", "www.tracker.example");
        dns_cname(&m, "www.tracker.example", "end.example");
        read_message();
        assert_chain("www.shop.example www.tracker.example end.example");
    }
}

static void a_dname_keeps_every_label_below_it(void **state)
{
    (void)state;
    dns_begin(&m, true, 0, "a.b.c.shop.example", DNS_A);
    dns_dname(&m, "shop.example", "x.example");
    read_message();
    assert_chain("a.b.c.shop.example a.b.c.x.example");
}

static void a_dname_is_not_for_its_owner_nor_for_its_neighbours(void **state)
{
    (void)state;
    dns_dname(&m, "www.shop.example", "tracker.example");
    dns_dname(&m, "ww.shop.example", "tracker.example");
    dns_dname(&m, "hop.example", "tracker.example");
    dns_dname(&m, "x.www.shop.example", "tracker.example");
    read_message();
    assert_chain("www.shop.example");
}

static void a_dname_that_makes_a_name_too_long_is_none(void **state)
{
    (void)state;
    char label[64], asked[300], target[300];
    memset(label, 'a', 63);
    label[63] = '\0';
    snprintf(asked, sizeof(asked), "%s.%s.shop.example", label, label);
    for (int too_long = 0; too_long < 2; too_long++) { /* 128 bytes stay; 125 or 126 more */
        snprintf(target, sizeof(target), "%.*s.%s", 61 + too_long, label, label);
        dns_begin(&m, true, 0, asked, DNS_A);
        dns_dname(&m, "shop.example", target);
        read_message();
        assert_int_equal(dns_reply_chain(reply, chain), too_long ? 1 : 2);
        if (!too_long)
            assert_int_equal(strlen(chain[1]), HOSTNAME_MAX);
    }
}

static void dnames_that_lead_to_each_other_end(void **state)
{
    (void)state;
    dns_dname(&m, "shop.example", "a.example");
    dns_dname(&m, "a.example", "shop.example");
    read_message();
    assert_chain("www.shop.example www.a.example");
    begin(NULL);
    dns_dname(&m, "example", "again.example"); /* the name grows at every step */
    read_message();
    assert_int_equal(dns_reply_chain(reply, chain), HOST_CHAIN_MAX);
}

/* -- services -- */

static void an_alias_is_followed(void **state)
{
    (void)state;
    dns_service(&m, "www.shop.example", DNS_HTTPS, 0, "edge.example", NULL);
    dns_service(&m, "edge.example", DNS_HTTPS, 1, "", NULL);
    read_message();
    assert_chain("www.shop.example edge.example");
}

static void a_services_target_is_followed(void **state)
{
    (void)state;
    static const enum dns_type types[] = {DNS_HTTPS, DNS_SVCB};
    for (int i = 0; i < 2; i++) {
        begin(NULL);
        dns_service(&m, "www.shop.example", types[i], 1, "svc.tracker.example", NULL);
        read_message();
        assert_chain("www.shop.example svc.tracker.example");
    }
}

static void a_service_at_its_own_name_leads_nowhere(void **state)
{
    (void)state;
    dns_service(&m, "www.shop.example", DNS_HTTPS, 1, "", NULL);
    dns_service(&m, "www.shop.example", DNS_HTTPS, 2, "www.shop.example", NULL);
    read_message();
    assert_chain("www.shop.example");
    assert_int_equal(reply->aliases_len, 0);
}

static void hints_are_addresses(void **state)
{
    (void)state;
    static const char *const hints[] = {"198.51.100.7", "198.51.100.8", "2001:db8::7", "2001:db8::8"};
    struct made_params p = {.n = 0};
    params_hints(&p, hints, 2);
    params_hints(&p, hints + 2, 2);
    dns_service(&m, "www.shop.example", DNS_HTTPS, 1, "", &p);
    read_message();
    assert_addresses(hints, 4);
    assert_false(reply->blocked);
}

static void an_aliass_parameters_mean_nothing(void **state)
{
    (void)state;
    static const char *const hint[] = {"198.51.100.7"};
    struct made_params p = {.n = 0};
    params_hints(&p, hint, 1);
    params_ech(&p, "front.example");
    dns_service(&m, "www.shop.example", DNS_HTTPS, 0, "edge.example", &p);
    read_message();
    assert_int_equal(reply->addresses_len, 0);
    assert_int_equal(reply->fronts_len, 0);
}

static void the_public_name_of_an_encrypted_hello_is_a_front(void **state)
{
    (void)state;
    struct made_params p = {.n = 0};
    params_ech(&p, "Front.Example");
    dns_service(&m, "www.shop.example", DNS_HTTPS, 1, "", &p);
    read_message();
    assert_int_equal(reply->fronts_len, 1);
    assert_string_equal(reply->fronts[0], "front.example");
}

static void fronts_that_are_no_names_and_more_than_fit_are_left_out(void **state)
{
    (void)state;
    static const char *const names[] = {"not a name", "198.51.100.7", "f1.example", "f2.example",
                                        "f3.example", "f4.example",   "f5.example"};
    for (size_t i = 0; i < 7; i++) {
        struct made_params p = {.n = 0};
        params_ech(&p, names[i]);
        dns_service(&m, "www.shop.example", DNS_HTTPS, (unsigned)i + 1, "", &p);
    }
    struct made_params garbage = {.n = 0};
    params_add(&garbage, 5, "\xff\xff\xff", 3);
    dns_service(&m, "www.shop.example", DNS_HTTPS, 9, "", &garbage);
    read_message();
    assert_int_equal(reply->fronts_len, REPLY_FRONTS);
    assert_string_equal(reply->fronts[0], "f1.example");
    assert_string_equal(reply->fronts[3], "f4.example");
}

/* -- blocks -- */

static void addresses_of_nobody_are_blocks(void **state)
{
    (void)state;
    static const char *const nobody[] = {"0.0.0.0",        "0.1.2.3",        "::",          "::ffff:0.0.0.0",
                                         "146.112.61.104", "146.112.61.110", "94.140.14.33"};
    for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
        begin(NULL);
        dns_address(&m, "www.shop.example", nobody[i]);
        read_message();
        assert_true(reply->blocked);
        assert_int_equal(reply->addresses_len, 0);
    }
}

static void addresses_near_those_are_none(void **state)
{
    (void)state;
    static const char *const somebody[] = {"1.0.0.0",        "::1",    "127.0.0.1", "146.112.61.111",
                                           "146.112.61.103", "::1:0:0"};
    for (size_t i = 0; i < sizeof(somebody) / sizeof(somebody[0]); i++) {
        begin(NULL);
        dns_address(&m, "www.shop.example", somebody[i]);
        read_message();
        assert_false(reply->blocked);
        assert_addresses(somebody + i, 1);
    }
}

static void a_block_page_is_known_by_its_name(void **state)
{
    (void)state;
    static const char *const pages[] = {"block.opendns.com", "x.phish.opendns.com", "standard-block.dns.adguard.com",
                                        "family-block.dns.adguard.com"};
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        begin(NULL);
        dns_cname(&m, "www.shop.example", pages[i]);
        read_message();
        assert_true(reply->blocked);
    }
    begin(NULL);
    dns_cname(&m, "www.shop.example", "notblock.opendns.com");
    dns_cname(&m, "notblock.opendns.com", "dns.adguard.com");
    read_message();
    assert_false(reply->blocked);
}

static void a_null_hint_is_a_block(void **state)
{
    (void)state;
    static const char *const hint[] = {"0.0.0.0"};
    struct made_params p = {.n = 0};
    params_hints(&p, hint, 1);
    dns_service(&m, "www.shop.example", DNS_HTTPS, 1, "", &p);
    read_message();
    assert_true(reply->blocked);
    assert_int_equal(reply->addresses_len, 0);
}

static void more_addresses_than_fit_are_left_out(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_MAX];
    for (unsigned i = 0; i < REPLY_ADDRESSES + 8; i++) {
        snprintf(text, sizeof(text), "198.51.100.%u", i + 1);
        dns_address(&m, "www.shop.example", text);
    }
    read_message();
    assert_int_equal(reply->addresses_len, REPLY_ADDRESSES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_without_ways_is_the_asked_name),
        TEST(cnames_are_followed_in_any_order),
        TEST(links_of_other_names_are_not_on_the_way),
        TEST(names_are_compared_as_dns_does),
        TEST(a_way_in_a_circle_ends),
        TEST(a_way_is_followed_to_its_limit),
        TEST(targets_that_are_no_host_names_are_left_out),
        TEST(a_dname_replaces_the_end_of_a_name),
        TEST(a_dname_with_the_cname_made_of_it_is_one_step),
        TEST(a_dname_keeps_every_label_below_it),
        TEST(a_dname_is_not_for_its_owner_nor_for_its_neighbours),
        TEST(a_dname_that_makes_a_name_too_long_is_none),
        TEST(dnames_that_lead_to_each_other_end),
        TEST(an_alias_is_followed),
        TEST(a_services_target_is_followed),
        TEST(a_service_at_its_own_name_leads_nowhere),
        TEST(hints_are_addresses),
        TEST(an_aliass_parameters_mean_nothing),
        TEST(the_public_name_of_an_encrypted_hello_is_a_front),
        TEST(fronts_that_are_no_names_and_more_than_fit_are_left_out),
        TEST(addresses_of_nobody_are_blocks),
        TEST(addresses_near_those_are_none),
        TEST(a_block_page_is_known_by_its_name),
        TEST(a_null_hint_is_a_block),
        TEST(more_addresses_than_fit_are_left_out),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
