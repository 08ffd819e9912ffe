/* test_staff_test.c -- a staff test sees its device's session whole, and nothing else sees any of it (docs/TEST_VISIT.md). */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/watched_findings.h"

#define TRACKER "secure.adnxs.com"
#define OTHER   "ad.doubleclick.net"
#define SITE    "www.themix.org.uk"
#define RECORDS_MAX 512

static union sighting records[RECORDS_MAX];
static unsigned records_len, ends;
static int outcome; /* the latest; -1: none */

static void on_decided(void *context, enum staff_outcome o)
{
    assert_ptr_equal(context, &outcome);
    outcome = (int)o;
}

static void on_ended(void *context)
{
    (void)context;
    ends++;
}

static void on_tell(void *context, const union sighting *s)
{
    (void)context;
    assert_true(records_len < RECORDS_MAX);
    assert_null(sighting_check(s, s->head.bytes, 0, true));
    memset(&records[records_len], 0, sizeof(records[0]));
    memcpy(&records[records_len++], s, s->head.bytes);
}

static const struct staff_listener listener = {.decided = on_decided, .ended = on_ended, .tell = on_tell, .context = &outcome};

static void watch_staff(bool withhold)
{
    struct findings_options o = {.trackers = trackers,
                                 .sites = sites,
                                 .max_devices = 32,
                                 .max_contacts = 64,
                                 .visit_gap_ns = 60 * NS_PER_S,
                                 .withhold = withhold,
                                 .on_due = on_due,
                                 .on_close = on_close,
                                 .context = &findings,
                                 .staff = &listener};
    due_count = closed_count = records_len = ends = 0;
    outcome = -1;
    now_ns = BEGIN;
    findings = findings_new(&o);
    assert_non_null(findings);
    findings_tick(findings, now_ns);
}

static int begin(void **state)
{
    (void)state;
    watch_staff(true);
    return 0;
}

static struct staff_request request(unsigned of_device)
{
    struct staff_request r = {.site = site_match(sites, SITE, strlen(SITE)), .minutes = 30, .hour_s = 3600, .device = {.is_mac = 1}};
    memcpy(r.device.bytes, made_mac(of_device).bytes, 6);
    strcpy(r.id, "0123456789abcdef");
    strcpy(r.reason, "lead");
    return r;
}

static void start_test(unsigned of_device)
{
    struct staff_request r = request(of_device);
    findings_staff_request(findings, &r, now_ns);
}

static void stop_test(void)
{
    findings_staff_request(findings, &(struct staff_request){.stop = true}, now_ns);
}

/* The latest record of a host; NULL: none. */
static const struct sighting_test_host *told_of(const char *host)
{
    for (unsigned i = records_len; i > 0; i--)
        if (records[i - 1].head.kind == SIGHTING_TEST_HOST && strcmp(records[i - 1].test.host.host, host) == 0)
            return &records[i - 1].test.host;
    return NULL;
}

static const struct sighting_test_session *session(void)
{
    for (unsigned i = records_len; i > 0; i--)
        if (records[i - 1].head.kind == SIGHTING_TEST)
            return &records[i - 1].test.session;
    return NULL;
}

static void a_session_is_told_whole_and_counted_nowhere(void **state)
{
    (void)state;
    start_test(1);
    assert_int_equal(outcome, STAFF_STARTED);
    connect_to(1, SITE);
    wait_s(2);
    connect_to(1, TRACKER);
    connect_to(1, TRACKER);
    ask(1, OTHER);
    wait_s(40 * 60);
    assert_int_equal(ends, 1);
    finish();
    const struct sighting_test_host *h = told_of(TRACKER);
    assert_non_null(h);
    assert_int_equal(h->connections, 2);
    assert_int_equal(h->after_ms, 2000);
    assert_int_equal(h->visits_with, 1);
    assert_int_equal(h->evidence, EVIDENCE_HANDSHAKE);
    assert_string_equal(h->matched, "adnxs.com");
    assert_string_equal(h->organisation, "Microsoft");
    assert_int_equal(told_of(OTHER)->evidence, EVIDENCE_LOOKUP);
    assert_int_equal(told_of(OTHER)->connections, 0);
    assert_int_equal(session()->state, STORE_TEST_OVER);
    assert_int_equal(session()->visits, 1);
    assert_string_equal(session()->site, "themix.org.uk");
    assert_int_equal(due_count, 0);
    assert_int_equal(closed_count, 0);
    assert_int_equal(site(SITE).visits, 0);
    assert_int_equal(site(SITE).devices, 0);
    assert_int_equal(findings_device_at(findings, device(1))->contacts, 0);
}

static void without_a_test_the_same_session_is_counted(void **state)
{
    (void)state;
    connect_to(1, SITE);
    connect_to(1, TRACKER);
    finish();
    assert_int_equal(records_len, 0);
    assert_int_equal(closed_count, 1);
    assert_int_equal(site(SITE).visits, 1);
}

static void other_devices_are_counted_as_ever(void **state)
{
    (void)state;
    start_test(1);
    connect_to(2, TRACKER);
    connect_to(3, SITE);
    connect_to(1, SITE);
    wait_s(20);
    assert_int_equal(due_count, 1);
    assert_int_equal(site(SITE).visits, 1);
    assert_null(told_of(TRACKER));
}

static void what_comes_before_the_site_is_dropped(void **state)
{
    (void)state;
    start_test(1);
    connect_to(1, TRACKER);
    wait_s(30);
    connect_to(1, "www.childline.org.uk");
    connect_to(1, OTHER);
    wait_s(30);
    assert_null(told_of(TRACKER));
    assert_null(told_of(OTHER));
    assert_int_equal(session()->visits, 0);
    assert_int_equal(site("www.childline.org.uk").visits, 0);
    finish();
    assert_int_equal(due_count + closed_count, 0);
}

static void no_record_names_another_site(void **state)
{
    (void)state;
    start_test(1);
    connect_to(1, SITE);
    connect_to(1, "www.childline.org.uk");
    connect_to(1, TRACKER);
    finish();
    for (unsigned i = 0; i < records_len; i++)
        assert_null(memmem(&records[i], sizeof(records[i]), "childline", 9));
}

static void no_record_holds_the_device(void **state)
{
    (void)state;
    struct staff_request r = request(1);
    start_test(1);
    connect_to(1, SITE);
    connect_to(1, TRACKER);
    finish();
    assert_true(records_len >= 2);
    for (unsigned i = 0; i < records_len; i++)
        assert_null(memmem(&records[i], sizeof(records[i]), r.device.bytes, 6));
}

static void each_visit_of_the_session_is_counted_after_the_gap(void **state)
{
    (void)state;
    start_test(1);
    connect_to(1, SITE);
    connect_to(1, TRACKER);
    wait_s(30);
    connect_to(1, SITE); /* too soon */
    wait_s(90);
    connect_to(1, SITE);
    connect_to(1, TRACKER);
    wait_s(2);
    assert_int_equal(session()->visits, 2);
    assert_int_equal(told_of(TRACKER)->visits_with, 2);
    assert_int_equal(told_of(TRACKER)->after_ms, 0);
}

static void a_borrowed_name_is_told_with_its_way(void **state)
{
    (void)state;
    struct made_dns m;
    start_test(1);
    ask(1, SITE);
    ask(1, "metrics.themix.org.uk");
    dns_begin(&m, true, DNS_NOERROR, "metrics.themix.org.uk", DNS_A);
    dns_cname(&m, "metrics.themix.org.uk", "themix.data.adobedc.net");
    dns_address(&m, "themix.data.adobedc.net", "192.0.2.9");
    give_dns(1, &m, false);
    connect_to(1, "metrics.themix.org.uk");
    finish();
    assert_string_equal(told_of("metrics.themix.org.uk")->matched, "adobedc.net");
    unsigned links = 0;
    for (unsigned i = 0; i < records_len; i++)
        links += records[i].head.kind == SIGHTING_TEST_LINK && strcmp(records[i].test.link.name, "themix.data.adobedc.net") == 0;
    assert_true(links > 0);
}

static void a_device_that_was_just_at_a_support_site_is_refused(void **state)
{
    (void)state;
    connect_to(1, "www.childline.org.uk");
    wait_s(29 * 60);
    start_test(1);
    assert_int_equal(outcome, STAFF_NEAR_A_VISIT);
    assert_false(findings_is_testing(findings));
    wait_s(2 * 60);
    start_test(1);
    assert_int_equal(outcome, STAFF_STARTED);
}

static void a_device_that_was_just_there_is_refused_even_when_nothing_is_withheld(void **state)
{
    (void)state;
    end_watch(NULL);
    watch_staff(false);
    connect_to(1, SITE);
    start_test(1);
    assert_int_equal(outcome, STAFF_NEAR_A_VISIT);
}

static void a_test_may_follow_a_test(void **state)
{
    (void)state;
    start_test(1);
    connect_to(1, SITE);
    wait_s(5);
    stop_test();
    assert_int_equal(outcome, STAFF_STOPPED);
    assert_int_equal(session()->state, STORE_TEST_STOPPED);
    start_test(1);
    assert_int_equal(outcome, STAFF_STARTED);
}

/* A sign of the site that came after the test is a visit of whoever has the device then. */
static void a_visit_after_a_test_is_no_test(void **state)
{
    (void)state;
    start_test(1);
    connect_to(1, SITE);
    stop_test();
    wait_s(10);
    connect_to(1, SITE);
    start_test(1);
    assert_int_equal(outcome, STAFF_NEAR_A_VISIT);
}

static void a_second_test_waits(void **state)
{
    (void)state;
    start_test(1);
    start_test(2);
    assert_int_equal(outcome, STAFF_BUSY);
}

static void after_the_test_the_device_is_withheld_for_half_an_hour(void **state)
{
    (void)state;
    start_test(1);
    connect_to(1, SITE);
    wait_s(20 * 60);
    stop_test();
    connect_to(1, TRACKER);
    wait_s(29 * 60);
    connect_to(1, OTHER);
    wait_s(60 * 60);
    assert_int_equal(due_count, 0);
    connect_to(1, TRACKER);
    wait_s(60);
    assert_int_equal(due_count, 1);
}

/* A connection of the test that goes on after it is no visit. */
static void connections_of_the_test_bring_nothing_later(void **state)
{
    (void)state;
    struct flow f = a_flow(1);
    start_test(1);
    name_on(&f, NAME_TLS, SITE);
    assert_int_equal(f.page, UINT16_MAX); /* so that the worker never asks findings_alive() about it */
    stop_test();
    wait_s(300);
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(site(SITE).visits, 0);
}

/* A contact that was open before gains nothing of the session. */
static void a_contact_from_before_is_not_stretched(void **state)
{
    (void)state;
    struct flow f = a_flow(1);
    name_on(&f, NAME_TLS, TRACKER);
    wait_s(60);
    assert_int_equal(due_count, 1);
    start_test(1);
    connect_to(1, SITE);
    connect_to(1, TRACKER);
    f.bytes_down = 1000000;
    wait_s(60);
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].connections, 1);
    assert_int_equal(closed[0].bytes_down, 0);
    assert_int_equal(told_of(TRACKER)->connections, 1);
}

static void the_end_of_the_sensor_cuts_a_test_short(void **state)
{
    (void)state;
    start_test(1);
    connect_to(1, SITE);
    connect_to(1, TRACKER);
    finish();
    assert_int_equal(session()->state, STORE_TEST_CUT);
    assert_int_equal(ends, 1);
    assert_false(findings_is_testing(findings));
    assert_non_null(told_of(TRACKER));
}

static void a_page_told_in_clear_text_is_told(void **state)
{
    (void)state;
    struct flow f = a_flow(1);
    static const char target[] = "/px?u1=https%3A%2F%2Fwww.themix.org.uk%2Fself-harm", host[] = TRACKER;
    struct http_request r = {.target = {.at = (const uint8_t *)target, .len = sizeof(target) - 1}, .host = {.at = (const uint8_t *)host, .len = sizeof(host) - 1}};
    start_test(1);
    findings_request(findings, &f, &r, (struct bytes_view){0}); /* before the visit */
    connect_to(1, SITE);
    findings_request(findings, &f, &r, (struct bytes_view){0});
    wait_s(1);
    unsigned leaks = 0;
    for (unsigned i = 0; i < records_len; i++)
        if (records[i].head.kind == SIGHTING_TEST_LEAK) {
            leaks++;
            assert_string_equal(records[i].test.leak.parameter, "u1");
            assert_string_equal(records[i].test.leak.page, "https://www.themix.org.uk/self-harm");
        }
    assert_int_equal(leaks, 1);
}

static void more_hosts_than_there_is_room_for_are_counted(void **state)
{
    (void)state;
    char host[64];
    start_test(1);
    connect_to(1, SITE);
    for (unsigned i = 0; i < STAFF_TEST_HOSTS + 7; i++) {
        snprintf(host, sizeof(host), "h%u.adnxs.com", i);
        connect_to(1, host);
    }
    records_len = 0;
    wait_s(1);
    assert_int_equal(session()->beyond, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end_watch)
        T(a_session_is_told_whole_and_counted_nowhere),
        T(without_a_test_the_same_session_is_counted),
        T(other_devices_are_counted_as_ever),
        T(what_comes_before_the_site_is_dropped),
        T(no_record_names_another_site),
        T(no_record_holds_the_device),
        T(each_visit_of_the_session_is_counted_after_the_gap),
        T(a_borrowed_name_is_told_with_its_way),
        T(a_device_that_was_just_at_a_support_site_is_refused),
        T(a_device_that_was_just_there_is_refused_even_when_nothing_is_withheld),
        T(a_test_may_follow_a_test),
        T(a_visit_after_a_test_is_no_test),
        T(a_second_test_waits),
        T(after_the_test_the_device_is_withheld_for_half_an_hour),
        T(connections_of_the_test_bring_nothing_later),
        T(a_contact_from_before_is_not_stretched),
        T(the_end_of_the_sensor_cuts_a_test_short),
        T(a_page_told_in_clear_text_is_told),
        T(more_hosts_than_there_is_room_for_are_counted),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, load_rules, free_rules);
}
