/* test_findings.c -- from names to contacts and visits: what was seen, and no more than that. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/watched_findings.h"

/* -- evidence -- */

static void a_question_is_a_lookup(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com");
    finish();
    assert_int_equal(closed_count, 1);
    assert_string_equal(closed[0].host, "secure.adnxs.com");
    assert_string_equal(closed[0].matched, "adnxs.com");
    assert_int_equal(closed[0].evidence, EVIDENCE_LOOKUP);
    assert_int_equal(closed[0].seen_by, SEEN_DNS);
    assert_int_equal(closed[0].connections, 0);
    assert_int_equal(closed[0].device_number, 1);
}

static void an_answer_without_an_address_is_a_block(void **state)
{
    (void)state;
    static const char *const nowhere[] = {NULL, "0.0.0.0", "::"};
    for (unsigned i = 0; i < 3; i++)
        resolve(i, "secure.adnxs.com", nowhere[i]);
    finish();
    assert_int_equal(closed_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(closed[i].evidence, EVIDENCE_BLOCKED);
}

static void an_answer_with_an_address_is_no_block(void **state)
{
    (void)state;
    struct made_dns m;
    dns_begin(&m, true, 0, "secure.adnxs.com", DNS_A);
    dns_address(&m, "secure.adnxs.com", "0.0.0.0");
    dns_address(&m, "secure.adnxs.com", "198.51.100.7");
    give_dns(1, &m, false);
    finish();
    assert_int_equal(closed[0].evidence, EVIDENCE_LOOKUP);
}

static void a_name_in_a_hello_is_a_handshake(void **state)
{
    (void)state;
    connect_to(1, "secure.adnxs.com");
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].evidence, EVIDENCE_HANDSHAKE);
    assert_int_equal(closed[0].seen_by, SEEN_TLS);
    assert_int_equal(closed[0].connections, 1);
    assert_true(closed[0].bytes_up == 1000 && closed[0].bytes_down == 5000);
}

static void a_request_in_clear_text_is_a_url(void **state)
{
    (void)state;
    struct flow f = a_flow(1);
    name_on(&f, NAME_HTTP, "secure.adnxs.com");
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(closed[0].evidence, EVIDENCE_URL);
    assert_int_equal(closed[0].seen_by, SEEN_HTTP);
}

static void the_strongest_evidence_stays_and_every_protocol_is_noted(void **state)
{
    (void)state;
    resolve(1, "secure.adnxs.com", "198.51.100.7");
    struct flow quic = a_flow(1);
    name_on(&quic, NAME_QUIC, "secure.adnxs.com");
    findings_flow_end(findings, &quic, now_ns);
    connect_to(1, "secure.adnxs.com");
    resolve(1, "secure.adnxs.com", NULL); /* a later block takes nothing back */
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].evidence, EVIDENCE_HANDSHAKE);
    assert_int_equal(closed[0].seen_by, SEEN_DNS | SEEN_QUIC | SEEN_TLS);
    assert_int_equal(closed[0].connections, 2);
}

static void a_flow_counts_as_one_connection_however_often_it_is_named(void **state)
{
    (void)state;
    struct flow f = a_flow(1);
    for (int i = 0; i < 5; i++)
        name_on(&f, NAME_HTTP, "secure.adnxs.com");
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(closed[0].connections, 1);
}

static void names_that_match_no_rule_leave_nothing(void **state)
{
    (void)state;
    resolve(1, "www.homework.example", "198.51.100.7");
    connect_to(1, "www.homework.example");
    connect_to(1, "notadnxs.com");
    connect_to(1, "adnxs.com.example");
    wait_s(60);
    finish();
    assert_int_equal(due_count + closed_count, 0);
    assert_true(findings_device_at(findings, device(1))->contacts == 0);
}

static void the_same_tracker_of_two_devices_is_two_contacts(void **state)
{
    (void)state;
    connect_to(1, "secure.adnxs.com");
    connect_to(2, "secure.adnxs.com");
    finish();
    assert_int_equal(closed_count, 2);
    assert_int_not_equal(closed[0].device_number, closed[1].device_number);
}

static void connections_within_ten_minutes_are_one_contact(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        connect_to(1, "secure.adnxs.com");
        wait_s(590);
    }
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].connections, 5);
    assert_true(closed[0].first_ns == BEGIN && closed[0].last_ns == BEGIN + 4 * 590 * NS_PER_S);
    assert_true(closed[0].bytes_down == 25000);
}

static void after_ten_quiet_minutes_it_is_another_contact(void **state)
{
    (void)state;
    connect_to(1, "secure.adnxs.com");
    wait_s(601);
    connect_to(1, "secure.adnxs.com");
    finish();
    assert_int_equal(closed_count, 2);
    assert_int_equal(due_count, 1); /* the second is too young to be told: a visit might have followed */
}

static void a_live_connection_keeps_its_contact_together(void **state)
{
    (void)state;
    struct flow f = a_flow(1);
    name_on(&f, NAME_TLS, "secure.adnxs.com");
    wait_s(3600);
    connect_to(1, "secure.adnxs.com");
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].connections, 2);
}

/* -- telling -- */

static void every_contact_is_told_once_after_the_delay(void **state)
{
    (void)state;
    connect_to(1, "secure.adnxs.com");
    wait_s(11);
    assert_int_equal(due_count, 0);
    wait_s(1);
    assert_int_equal(due_count, 1);
    assert_int_equal(due[0].connections, 1);
    for (int i = 0; i < 20; i++) {
        connect_to(1, "secure.adnxs.com");
        wait_s(30);
    }
    wait_s(1200);
    finish();
    assert_int_equal(due_count, 1);
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].connections, 21);
}

static void many_contacts_are_told_once_each(void **state)
{
    (void)state;
    char host[64];
    for (int i = 0; i < 30; i++) {
        snprintf(host, sizeof(host), "h%d.adnxs.com", i);
        connect_to((unsigned)i % 4, host);
        wait_s(3);
    }
    wait_s(2000);
    assert_int_equal(due_count, 30);
    finish();
    assert_int_equal(due_count, 30);
    assert_int_equal(closed_count, 30);
}

/* -- cloaking -- */

static void ask_for_the_cloaked_name(unsigned of_device)
{
    struct made_dns m;
    dns_begin(&m, false, 0, "metrics.themix.org.uk", DNS_A);
    give_dns(of_device, &m, true);
}

static void cloaked_answer(unsigned of_device, bool reversed)
{
    struct made_dns m;
    ask_for_the_cloaked_name(of_device);
    dns_begin(&m, true, 0, "metrics.themix.org.uk", DNS_A);
    if (!reversed)
        dns_cname(&m, "metrics.themix.org.uk", "edge.mix-cdn.example");
    dns_cname(&m, "edge.mix-cdn.example", "themix.data.adobedc.net");
    if (reversed)
        dns_cname(&m, "metrics.themix.org.uk", "edge.mix-cdn.example");
    dns_cname(&m, "themix.data.adobedc.net", "behind.example");
    dns_address(&m, "behind.example", "198.51.100.9");
    give_dns(of_device, &m, false);
}

static void assert_cloaked(const struct told *t)
{
    assert_string_equal(t->host, "metrics.themix.org.uk");
    assert_string_equal(t->matched, "adobedc.net");
    assert_int_equal(t->chain_len, 3);
    assert_string_equal(t->first_of_chain, "metrics.themix.org.uk");
    assert_string_equal(t->last_of_chain, "themix.data.adobedc.net");
    assert_true(t->chain_on_site);
}

static void a_cloaked_name_is_recognised_by_its_way(void **state)
{
    (void)state;
    for (int reversed = 0; reversed < 2; reversed++) {
        closed_count = 0;
        cloaked_answer(1, reversed);
        assert_int_equal(names_told, 4); /* one question, three targets */
        finish();
        assert_int_equal(closed_count, 1);
        assert_cloaked(&closed[0]);
        assert_int_equal(closed[0].evidence, EVIDENCE_LOOKUP);
    }
}

static void a_cloaked_name_is_upgraded_by_its_hello(void **state)
{
    (void)state;
    cloaked_answer(1, false);
    connect_to(1, "metrics.themix.org.uk");
    finish();
    assert_int_equal(closed_count, 1);
    assert_cloaked(&closed[0]);
    assert_int_equal(closed[0].evidence, EVIDENCE_HANDSHAKE);
    assert_int_equal(closed[0].connections, 1);
}

/* Another device's DNS may answer otherwise: what one was told proves nothing about the other. */
static void a_cloaked_name_is_known_to_the_device_that_resolved_it_only(void **state)
{
    (void)state;
    cloaked_answer(1, false);
    connect_to(2, "metrics.themix.org.uk");
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].device_number, 1);
}

static void a_way_that_ends_nowhere_or_runs_in_a_circle_is_no_contact(void **state)
{
    (void)state;
    struct made_dns m;
    char from[32], to[32];
    dns_begin(&m, true, 0, "a.example", DNS_A);
    dns_cname(&m, "a.example", "b.example");
    dns_cname(&m, "b.example", "a.example");
    dns_cname(&m, "unasked.example", "x.adobedc.net"); /* of another name: not on the way */
    give_dns(1, &m, false);
    dns_begin(&m, true, 0, "n0.example", DNS_A); /* a way longer than is followed */
    for (int i = 0; i < 14; i++) {
        snprintf(from, sizeof(from), "n%d.example", i);
        snprintf(to, sizeof(to), i == 13 ? "x.adobedc.net" : "n%d.example", i + 1);
        dns_cname(&m, from, to);
    }
    give_dns(1, &m, false);
    finish();
    assert_int_equal(closed_count, 0);
}

/* -- addresses -- */

static uint32_t host_of(unsigned of_device, const char *address)
{
    struct ip_addr a = made_address(address);
    return findings_host_of_address(findings, device(of_device), &a, now_ns);
}

static void a_nameless_flow_to_a_trackers_address_is_address_evidence(void **state)
{
    (void)state;
    resolve(1, "secure.adnxs.com", "198.51.100.7");
    wait_s(700);
    struct flow f = a_flow(1);
    f.by_address = host_of(1, "198.51.100.7");
    assert_int_not_equal(f.by_address, NO_INDEX);
    findings_address(findings, &f, now_ns);
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(closed_count, 2);
    assert_string_equal(closed[1].host, "secure.adnxs.com");
    assert_int_equal(closed[1].evidence, EVIDENCE_ADDRESS);
    assert_int_equal(closed[1].seen_by, 0);
    assert_int_equal(closed[1].connections, 1);
}

static void an_address_that_another_name_shares_proves_nothing(void **state)
{
    (void)state;
    resolve(1, "secure.adnxs.com", "198.51.100.7");
    resolve(1, "www.homework.example", "198.51.100.7");
    assert_int_equal(host_of(1, "198.51.100.7"), NO_INDEX);
    resolve(2, "secure.adnxs.com", "198.51.100.8"); /* two trackers of two companies */
    resolve(2, "ad.doubleclick.net", "198.51.100.8");
    assert_int_equal(host_of(2, "198.51.100.8"), NO_INDEX);
}

static void several_names_of_one_tracker_are_one_answer(void **state)
{
    (void)state;
    resolve(1, "ad.doubleclick.net", "198.51.100.7");
    wait_s(1);
    resolve(1, "s0.2mdn.net", "198.51.100.7");
    uint32_t host = host_of(1, "198.51.100.7");
    assert_int_not_equal(host, NO_INDEX);
    resolve(1, "unowned-tracker.example", "198.51.100.9");
    resolve(1, "x.unowned-tracker.example", "198.51.100.9"); /* no owner: the same rule is the same tracker */
    assert_int_not_equal(host_of(1, "198.51.100.9"), NO_INDEX);
}

static void an_address_is_known_to_the_device_that_resolved_it_for_an_hour(void **state)
{
    (void)state;
    resolve(1, "secure.adnxs.com", "198.51.100.7");
    assert_int_equal(host_of(2, "198.51.100.7"), NO_INDEX);
    assert_int_equal(host_of(1, "198.51.100.8"), NO_INDEX);
    wait_s(3600);
    assert_int_not_equal(host_of(1, "198.51.100.7"), NO_INDEX);
    wait_s(1);
    assert_int_equal(host_of(1, "198.51.100.7"), NO_INDEX);
}

/* -- DNS that is not the device's -- */

static void what_a_device_is_asked_as_a_server_is_not_its_contact(void **state)
{
    (void)state;
    struct made_dns m;
    dns_begin(&m, false, 0, "secure.adnxs.com", DNS_A);
    give_dns(1, &m, false); /* a question to the device */
    dns_begin(&m, true, 0, "secure.adnxs.com", DNS_A);
    dns_address(&m, "secure.adnxs.com", "198.51.100.7");
    give_dns(1, &m, true); /* its answer */
    finish();
    assert_int_equal(closed_count, 0);
    assert_int_equal(names_told, 1); /* but the names were seen */
}

static void every_truncation_of_an_answer_is_survived(void **state)
{
    (void)state;
    struct made_dns whole, m;
    dns_begin(&whole, true, 0, "metrics.themix.org.uk", DNS_A);
    dns_cname(&whole, "metrics.themix.org.uk", "themix.data.adobedc.net");
    dns_address(&whole, "themix.data.adobedc.net", "198.51.100.9");
    for (size_t n = 1; n < whole.n; n++) {
        m = whole;
        m.n = n;
        give_dns(1, &m, false);
    }
    finish();
    assert_true(closed_count <= 1);
}

/* -- visits -- */

static void a_device_that_reaches_a_site_visits_it(void **state)
{
    (void)state;
    connect_to(1, "www.themix.org.uk");
    assert_true(site("themix.org.uk").visits == 1 && site("themix.org.uk").devices == 1);
    assert_true(site("childline.org.uk").visits == 0);
    connect_to(1, "notthemix.org.uk");
    connect_to(1, "themix.org.uk.example");
    assert_true(site("themix.org.uk").visits == 1);
}

static void signs_within_the_gap_are_one_visit(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) { /* nearly twenty minutes on the site */
        if (i % 2)
            ask(1, "themix.org.uk");
        else
            connect_to(1, "api.themix.org.uk");
        wait_s(59);
    }
    assert_true(site("themix.org.uk").visits == 1);
    wait_s(1);
    connect_to(1, "www.themix.org.uk"); /* 60 s after the last sign */
    assert_true(site("themix.org.uk").visits == 2 && site("themix.org.uk").devices == 1);
}

static void visits_are_counted_by_site_and_device(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 5; i++) {
        connect_to(i, "www.themix.org.uk");
        connect_to(i % 2, "www.childline.org.uk");
    }
    assert_true(site("themix.org.uk").visits == 5 && site("themix.org.uk").devices == 5);
    assert_true(site("childline.org.uk").visits == 2 && site("childline.org.uk").devices == 2);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_withholding, end_watch)
    const struct CMUnitTest tests[] = {
        TEST(a_question_is_a_lookup),
        TEST(an_answer_without_an_address_is_a_block),
        TEST(an_answer_with_an_address_is_no_block),
        TEST(a_name_in_a_hello_is_a_handshake),
        TEST(a_request_in_clear_text_is_a_url),
        TEST(the_strongest_evidence_stays_and_every_protocol_is_noted),
        TEST(a_flow_counts_as_one_connection_however_often_it_is_named),
        TEST(names_that_match_no_rule_leave_nothing),
        TEST(the_same_tracker_of_two_devices_is_two_contacts),
        TEST(connections_within_ten_minutes_are_one_contact),
        TEST(after_ten_quiet_minutes_it_is_another_contact),
        TEST(a_live_connection_keeps_its_contact_together),
        TEST(every_contact_is_told_once_after_the_delay),
        TEST(many_contacts_are_told_once_each),
        TEST(a_cloaked_name_is_recognised_by_its_way),
        TEST(a_cloaked_name_is_upgraded_by_its_hello),
        TEST(a_cloaked_name_is_known_to_the_device_that_resolved_it_only),
        TEST(a_way_that_ends_nowhere_or_runs_in_a_circle_is_no_contact),
        TEST(a_nameless_flow_to_a_trackers_address_is_address_evidence),
        TEST(an_address_that_another_name_shares_proves_nothing),
        TEST(several_names_of_one_tracker_are_one_answer),
        TEST(an_address_is_known_to_the_device_that_resolved_it_for_an_hour),
        TEST(what_a_device_is_asked_as_a_server_is_not_its_contact),
        TEST(every_truncation_of_an_answer_is_survived),
        TEST(a_device_that_reaches_a_site_visits_it),
        TEST(signs_within_the_gap_are_one_visit),
        TEST(visits_are_counted_by_site_and_device),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
