/* test_findings_presence.c -- a child is at a support site for as long as anything shows it, and what one device's DNS says
 * holds for that device alone.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/watched_findings.h"

#define TRACKER "secure.adnxs.com"
#define SITE    "www.themix.org.uk"

/* The device asks for a name and is told that it is another's. */
static void resolve_alias(unsigned of_device, const char *name, const char *target)
{
    struct made_dns m;
    dns_begin(&m, false, 0, name, DNS_A);
    give_dns(of_device, &m, true);
    dns_begin(&m, true, 0, name, DNS_A);
    dns_cname(&m, name, target);
    dns_address(&m, target, "198.51.100.9");
    give_dns(of_device, &m, false);
}

static void traffic_on_the_sites_connection_keeps_withholding(void **state)
{
    (void)state;
    struct flow chat = a_flow(1);
    name_on(&chat, NAME_TLS, SITE); /* a helpline's chat: one connection, and no name after it */
    assert_int_not_equal(chat.page, UINT16_MAX);
    for (int minute = 0; minute < 50; minute++) {
        wait_s(60);
        findings_alive(findings, &chat, false, now_ns);
    }
    connect_to(1, TRACKER);
    wait_s(60);
    finish();
    assert_int_equal(due_count, 0);
    assert_true(closed[0].withheld);
}

static void a_connection_that_falls_silent_ends_the_visit(void **state)
{
    (void)state;
    struct flow chat = a_flow(1);
    name_on(&chat, NAME_TLS, SITE);
    wait_s(31 * 60);
    connect_to(1, TRACKER);
    wait_s(60);
    finish();
    assert_int_equal(due_count, 1);
}

static void traffic_alone_is_no_new_visit(void **state)
{
    (void)state;
    struct flow chat = a_flow(1);
    name_on(&chat, NAME_TLS, SITE);
    for (int i = 0; i < 10; i++) {
        wait_s(120);
        findings_alive(findings, &chat, false, now_ns);
    }
    assert_int_equal(site("themix.org.uk").visits, 1);
}

static void a_flow_that_goes_on_into_a_visit_does_not_stretch_the_contact(void **state)
{
    (void)state;
    struct flow tracker = a_flow(1);
    name_on(&tracker, NAME_TLS, TRACKER);
    uint64_t began = now_ns;
    wait_s(100);
    connect_to(1, SITE);
    wait_s(100);
    tracker.bytes_up = 7000;
    findings_flow_end(findings, &tracker, now_ns);
    finish();
    assert_string_equal(closed[0].host, TRACKER);
    assert_false(closed[0].withheld);
    assert_true(closed[0].last_ns == began);
    assert_true(closed[0].bytes_up == 0);
}

static void after_a_crash_everything_is_withheld_for_a_while(void **state)
{
    (void)state;
    findings_free(findings);
    struct findings_options o = {.trackers = trackers, .sites = sites, .max_devices = 32, .max_contacts = 64, .visit_gap_ns = 60 * NS_PER_S,
                                 .withhold = true, .withhold_until_ns = BEGIN + WITHHOLD_AFTER_NS, .on_due = on_due, .on_close = on_close,
                                 .context = &findings};
    findings = findings_new(&o);
    assert_non_null(findings);
    connect_to(1, TRACKER);
    wait_s(100);
    assert_int_equal(due_count, 0);
    wait_s(1800);
    connect_to(1, TRACKER);
    wait_s(100);
    assert_int_equal(due_count, 1);
}

static void two_devices_may_be_led_to_different_trackers_by_one_name(void **state)
{
    (void)state;
    resolve_alias(1, "metrics.shop.example", "x.doubleclick.net");
    resolve_alias(2, "metrics.shop.example", "shop.data.adobedc.net");
    connect_to(1, "metrics.shop.example");
    connect_to(2, "metrics.shop.example");
    finish();
    assert_int_equal(closed_count, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_string_equal(closed[i].matched, closed[i].device_number == 1 ? "doubleclick.net" : "adobedc.net");
}

static void an_alias_to_a_known_owner_beats_a_rule_without_one(void **state)
{
    (void)state;
    resolve_alias(1, "a.unowned-tracker.example", "shop.data.adobedc.net");
    connect_to(1, "a.unowned-tracker.example");
    finish();
    bool known = false;
    for (unsigned i = 0; i < closed_count; i++)
        known |= strcmp(closed[i].matched, "adobedc.net") == 0 && closed[i].chain_len == 2;
    assert_true(known);
}

static void hidden_lookups_can_be_taken_back(void **state)
{
    (void)state;
    uint32_t d = device(1);
    wait_s(100);
    for (int i = 0; i < 12; i++)
        findings_note_named(findings, d, "never.asked.example", now_ns);
    assert_true(findings_device_at(findings, d)->hidden_dns);
    for (int i = 0; i < 200; i++) {
        char name[40];
        snprintf(name, sizeof(name), "asked-%d.example", i);
        device_remember_question(findings_device_at(findings, d), name, -1);
        findings_note_named(findings, d, name, now_ns);
    }
    assert_false(findings_device_at(findings, d)->hidden_dns);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_withholding, end_watch)
    const struct CMUnitTest tests[] = {
        TEST(traffic_on_the_sites_connection_keeps_withholding),
        TEST(a_connection_that_falls_silent_ends_the_visit),
        TEST(traffic_alone_is_no_new_visit),
        TEST(a_flow_that_goes_on_into_a_visit_does_not_stretch_the_contact),
        TEST(after_a_crash_everything_is_withheld_for_a_while),
        TEST(two_devices_may_be_led_to_different_trackers_by_one_name),
        TEST(an_alias_to_a_known_owner_beats_a_rule_without_one),
        TEST(hidden_lookups_can_be_taken_back),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
