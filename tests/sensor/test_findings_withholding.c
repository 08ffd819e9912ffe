/* test_findings_withholding.c -- near a visit to a support site no device is told beside a tracker (docs/ARCHITECTURE.md,
 * rule 3).
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

/* Everything ends; how many of the closed contacts of this host carry their device? */
static unsigned closed_open(const char *host)
{
    unsigned n = 0;
    for (unsigned i = 0; i < closed_count; i++)
        n += !closed[i].withheld && strcmp(closed[i].host, host) == 0;
    return n;
}

static void a_contact_just_before_a_visit_is_never_told(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    wait_s(5);
    connect_to(1, SITE);
    wait_s(3600);
    finish();
    assert_int_equal(due_count, 0);
    assert_int_equal(closed_count, 1);
    assert_true(closed[0].withheld);
}

static void the_whole_ten_seconds_before_a_visit_are_withheld(void **state)
{
    (void)state;
    for (unsigned before = 0; before <= 10; before++) {
        end_watch(NULL);
        watch(true);
        connect_to(1, TRACKER);
        wait_s(before);
        connect_to(1, SITE);
        wait_s(100);
        finish();
        if (due_count != 0 || closed_open(TRACKER) != 0)
            fail_msg("%u s before the visit: told", before);
    }
}

static void a_contact_well_before_a_visit_is_told(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    wait_s(20);
    connect_to(1, SITE);
    wait_s(100);
    finish();
    assert_int_equal(due_count, 1);
    assert_true(due[0].at_ns == BEGIN + 12 * NS_PER_S);
    assert_int_equal(closed_open(TRACKER), 1);
}

/* What is between the ten seconds and the delay is told, though only after the visit has begun. */
static void a_contact_eleven_seconds_before_a_visit_is_told(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    wait_s(11);
    connect_to(1, SITE);
    wait_s(100);
    assert_int_equal(due_count, 1);
}

static void contacts_until_half_an_hour_after_the_last_sign_are_withheld(void **state)
{
    (void)state;
    connect_to(1, SITE);
    for (int minute = 0; minute < 40; minute += 8) { /* a long visit: its signs are eight minutes apart */
        connect_to(1, SITE);
        wait_s(8 * 60);
    }
    for (int i = 0; i < 2; i++) { /* 8 minutes after the last sign, and 30 */
        connect_to(1, TRACKER);
        wait_s(22 * 60);
    }
    finish();
    assert_int_equal(due_count, 0);
    assert_int_equal(closed_open(TRACKER), 0);
    assert_true(closed_count >= 1);
}

static void later_contacts_are_told_again(void **state)
{
    (void)state;
    connect_to(1, SITE);
    wait_s(30 * 60 + 1);
    connect_to(1, TRACKER);
    wait_s(12);
    assert_int_equal(due_count, 1);
}

static void lookups_are_withheld_as_handshakes_are(void **state)
{
    (void)state;
    resolve(1, TRACKER, "198.51.100.7");
    wait_s(3);
    ask(1, SITE); /* the visit begins with a question */
    wait_s(3);
    resolve(1, "ib.adnxs.com", NULL);
    struct flow f = a_flow(1);
    f.by_address =
        findings_host_of_address(findings, device(1), &(struct ip_addr){{[10] = 0xff, 0xff, 198, 51, 100, 7}}, now_ns);
    assert_int_not_equal(f.by_address, NO_INDEX);
    findings_address(findings, &f, now_ns);
    findings_flow_end(findings, &f, now_ns);
    wait_s(60);
    finish();
    assert_int_equal(due_count, 0);
    assert_int_equal(closed_open(TRACKER) + closed_open("ib.adnxs.com"), 0);
}

/* A nameless flow is told when it ends, with the time it began: that may be just before a visit. */
static void a_flow_known_by_its_address_is_withheld_by_the_time_it_began(void **state)
{
    (void)state;
    resolve(1, TRACKER, "198.51.100.7");
    wait_s(700);
    due_count = 0;
    uint64_t began = now_ns;
    struct flow f = a_flow(1);
    f.by_address =
        findings_host_of_address(findings, device(1), &(struct ip_addr){{[10] = 0xff, 0xff, 198, 51, 100, 7}}, now_ns);
    wait_s(5);
    connect_to(1, SITE);
    wait_s(300);
    findings_address(findings, &f, began);
    findings_flow_end(findings, &f, now_ns);
    wait_s(60);
    assert_int_equal(due_count, 0);
}

static void other_devices_are_not_touched_by_a_visit(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    connect_to(2, TRACKER);
    wait_s(5);
    connect_to(1, SITE);
    connect_to(2, "ib.adnxs.com");
    wait_s(100);
    finish();
    assert_int_equal(due_count, 2);
    for (unsigned i = 0; i < due_count; i++)
        assert_int_equal(due[i].device_number, 2);
}

/* A contact that was told before does not grow by what happens during the visit. */
static void a_withheld_connection_does_not_extend_an_earlier_contact(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    wait_s(60);
    connect_to(1, SITE);
    wait_s(30);
    connect_to(1, TRACKER);
    connect_to(1, TRACKER);
    wait_s(3600);
    finish();
    assert_int_equal(due_count, 1);
    assert_int_equal(closed_count, 2);
    const struct told *own = closed[0].withheld ? &closed[1] : &closed[0],
                      *withheld = closed[0].withheld ? &closed[0] : &closed[1];
    assert_true(!own->withheld && withheld->withheld);
    assert_int_equal(own->connections, 1);
    assert_true(own->last_ns == BEGIN);
    assert_int_equal(withheld->connections, 2);
}

/* The contact that carries its device; there is one. */
static const struct told *own_contact(void)
{
    const struct told *own = NULL;
    for (unsigned i = 0; i < closed_count; i++)
        if (!closed[i].withheld) {
            assert_null(own);
            own = &closed[i];
        }
    assert_non_null(own);
    return own;
}

/* What is open before a visit keeps nothing of its last ten seconds. */
static void a_connection_just_before_a_visit_is_taken_off_a_contact_that_was_open(void **state)
{
    (void)state;
    for (unsigned before = 0; before <= 11; before++) {
        end_watch(NULL);
        watch(true);
        connect_to(1, TRACKER);
        wait_s(60);
        connect_to(1, TRACKER);
        wait_s(before);
        connect_to(1, SITE);
        wait_s(3600);
        finish();
        const struct told *own = own_contact();
        unsigned stays = before > 10;
        if (own->connections != 1 + stays || own->bytes_up != 1000 * (1 + stays) || own->last_ns != (stays ? BEGIN + MINUTE : BEGIN))
            fail_msg("%u s before the visit: %u connections, %u bytes", before, own->connections, (unsigned)own->bytes_up);
    }
}

static void what_one_device_gained_stays_when_another_begins_a_visit(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    wait_s(60);
    connect_to(1, TRACKER);
    connect_to(2, SITE);
    wait_s(3600);
    finish();
    assert_int_equal(own_contact()->connections, 2);
}

/* Neither is it told, twelve seconds after the beginning: a visit may still begin. */
static void what_a_young_contact_gained_lately_is_not_told(void **state)
{
    (void)state;
    struct flow f = a_flow(1);
    ask(1, TRACKER);
    wait_s(1);
    name_on(&f, NAME_TLS, TRACKER);
    wait_s(6);
    connect_to(1, TRACKER);
    wait_s(60);
    assert_int_equal(due_count, 1);
    assert_int_equal(due[0].connections, 1);
    assert_int_equal(due[0].evidence, EVIDENCE_HANDSHAKE);
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(own_contact()->connections, 2);
}

static void a_lookup_whose_connection_came_late_is_told_as_a_lookup(void **state)
{
    (void)state;
    ask(1, TRACKER);
    wait_s(11);
    connect_to(1, TRACKER);
    wait_s(2);
    assert_int_equal(due_count, 1);
    assert_int_equal(due[0].evidence, EVIDENCE_LOOKUP);
    assert_int_equal(due[0].connections, 0);
}

/* ... nor does the next one that carries the device fold into what was withheld. */
static void after_the_window_a_new_contact_begins(void **state)
{
    (void)state;
    connect_to(1, SITE);
    wait_s(29 * 60);
    connect_to(1, TRACKER);
    wait_s(2 * 60);
    connect_to(1, TRACKER);
    wait_s(20);
    finish();
    assert_int_equal(due_count, 1);
    assert_int_equal(due[0].connections, 1);
    assert_true(due[0].first_ns == BEGIN + 31 * MINUTE);
    assert_int_equal(closed_count, 2);
}

static void a_capture_that_ends_early_tells_nothing_that_a_visit_might_follow(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    wait_s(9);
    finish();
    assert_int_equal(due_count, 0);
    assert_int_equal(closed_count, 1);
}

static void a_tracker_that_is_the_sites_own_is_marked(void **state)
{
    (void)state;
    connect_to(1, "stats.themix.org.uk");
    wait_s(60);
    finish();
    assert_int_equal(due_count, 0);
    assert_true(closed[0].chain_on_site && closed[0].withheld);
}

static void an_answer_just_before_a_visit_makes_nothing_of_an_earlier_contact(void **state)
{
    (void)state;
    for (unsigned before = 1; before <= 20; before += 19) {
        struct flow f = a_flow(1);
        f.flags |= FLOW_NAMED;
        name_on(&f, NAME_TLS, TRACKER); /* anybody may have said it */
        wait_s(60);
        f.confirmed = true;
        findings_confirm(findings, &f, now_ns);
        wait_s(before);
        connect_to(1, SITE);
        wait_s(100);
        findings_flow_end(findings, &f, now_ns);
        finish();
        assert_int_equal(due_count, before > 10);
        end_watch(NULL);
        begin_confirming(NULL);
    }
}

static void more_sites_than_are_remembered_at_once_are_all_withheld_for(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        connect_to(1, i % 2 ? SITE : "www.childline.org.uk");
        wait_s(61);
    }
    connect_to(1, TRACKER);
    wait_s(60);
    assert_int_equal(due_count, 0);
}

static void where_nothing_is_withheld_everything_is_told(void **state)
{
    (void)state;
    connect_to(1, TRACKER);
    wait_s(5);
    connect_to(1, SITE);
    connect_to(1, "ib.adnxs.com");
    wait_s(5);
    finish();
    assert_int_equal(due_count, 2); /* even what the capture's end left young */
    assert_int_equal(closed_open(TRACKER) + closed_open("ib.adnxs.com"), 2);
    assert_true(site("themix.org.uk").visits == 1);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_withholding, end_watch)
    const struct CMUnitTest tests[] = {
        TEST(a_contact_just_before_a_visit_is_never_told),
        TEST(the_whole_ten_seconds_before_a_visit_are_withheld),
        TEST(a_contact_well_before_a_visit_is_told),
        TEST(a_contact_eleven_seconds_before_a_visit_is_told),
        TEST(contacts_until_half_an_hour_after_the_last_sign_are_withheld),
        TEST(later_contacts_are_told_again),
        TEST(lookups_are_withheld_as_handshakes_are),
        TEST(a_flow_known_by_its_address_is_withheld_by_the_time_it_began),
        TEST(other_devices_are_not_touched_by_a_visit),
        TEST(a_connection_just_before_a_visit_is_taken_off_a_contact_that_was_open),
        TEST(what_one_device_gained_stays_when_another_begins_a_visit),
        TEST(what_a_young_contact_gained_lately_is_not_told),
        TEST(a_lookup_whose_connection_came_late_is_told_as_a_lookup),
        TEST(a_withheld_connection_does_not_extend_an_earlier_contact),
        TEST(after_the_window_a_new_contact_begins),
        TEST(a_capture_that_ends_early_tells_nothing_that_a_visit_might_follow),
        TEST(a_tracker_that_is_the_sites_own_is_marked),
        cmocka_unit_test_setup_teardown(an_answer_just_before_a_visit_makes_nothing_of_an_earlier_contact, begin_confirming, end_watch),
        TEST(more_sites_than_are_remembered_at_once_are_all_withheld_for),
        cmocka_unit_test_setup_teardown(where_nothing_is_withheld_everything_is_told, begin_open, end_watch),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
