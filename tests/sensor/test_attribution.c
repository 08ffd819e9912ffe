/* test_attribution.c -- one visit at a time: what explains a contact, and what is counted. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "feeds/sites.h"
#include "sensor/attribution.h"

#define SITES 2
#define SITE_HOST "www.helpline.example"
#define TRACKER "t.tracker.example"
#define GAP_S 60.0

static struct attribution *a;
static struct moment_counts counts; /* of the first site and TRACKER */
static bool told;

static uint64_t at(double s)
{
    return (uint64_t)((1700000000.0 + s) * NS_PER_S);
}

static void reach(unsigned device, double s, const char *host)
{
    attribution_host(a, device, host, strlen(host), SITE_NONE, false, at(s));
}

static void contact_of(unsigned device, double s, const char *host)
{
    struct host_entry h = {.name_len = (uint16_t)strlen(host), .match = {.matched = "tracker.example"}};
    strcpy(h.name, host);
    attribution_host(a, device, host, strlen(host), SITE_NONE, true, at(s));
    attribution_contact(a, device, &h, at(s));
}

static void contact(unsigned device, double s)
{
    contact_of(device, s, TRACKER);
}

static void visit(unsigned device, double s)
{
    attribution_host(a, device, SITE_HOST, sizeof(SITE_HOST) - 1, 0, false, at(s));
    attribution_visit(a, device, 0, at(s));
}

/* A news page that brings the tracker along each time it is opened, seen alone so often. */
static void learn_news(unsigned device, double from_s, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        reach(device, from_s + i * 100, "news.example");
        contact(device, from_s + i * 100 + 0.3);
    }
}

static void tell(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *c)
{
    (void)context;
    if (site != 0 || strcmp(tracker->host, TRACKER) != 0)
        return;
    counts = *c;
    told = true;
}

static void close_day(void)
{
    memset(&counts, 0, sizeof(counts));
    told = false;
    attribution_close(a, tell, NULL);
}

static unsigned sum(size_t field)
{
    unsigned n = 0;
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++)
        n += *(const uint32_t *)(const void *)((const char *)&counts.contexts[i] + field);
    return n;
}

#define VISITS sum(offsetof(struct moment_stratum, visits))
#define FOLLOWED sum(offsetof(struct moment_stratum, visits_followed))

static void a_contact_within_the_window_follows_the_visit(void **state)
{
    (void)state;
    visit(1, 0);
    contact(1, 0.4);
    visit(1, 200);
    contact(1, 209.5);
    close_day();
    assert_int_equal(VISITS, 2);
    assert_int_equal(FOLLOWED, 2);
    assert_int_equal(counts.delays[moment_delay_bin(400)], 1);
    assert_int_equal(counts.delays[moment_delay_bin(9500)], 1);
}

static void a_contact_before_or_after_the_window_does_not(void **state)
{
    (void)state;
    contact(1, 0);
    visit(1, 1);
    contact(1, 11.5);
    contact(2, 3); /* nor another device's */
    visit(1, 200);
    contact(1, 200.1); /* so that there is a pair */
    close_day();
    assert_int_equal(VISITS, 2);
    assert_int_equal(FOLLOWED, 1);
}

static void a_visit_alone_is_compared_with_quiet_moments(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) /* a device that is there, and nothing happens */
        reach(1, 1000 + i * 20, "chat.example");
    visit(1, 10);
    contact(1, 10.2);
    close_day();
    assert_int_equal(counts.contexts[0].visits, 1);
    assert_true(counts.contexts[0].controls > 100);
    assert_int_equal(counts.contexts[0].controls_followed, 0);
}

static void an_app_that_beacons_all_day_explains_its_contacts(void **state)
{
    (void)state;
    for (int i = 0; i < 400; i++)
        contact(1, i * 10);
    visit(1, 4005);
    contact(1, 4010);
    close_day();
    assert_int_equal(counts.contexts[0].visits + counts.contexts[1].visits, 0);
    assert_int_equal(VISITS, 1);
}

static void a_page_opened_just_before_explains_what_it_brings_along(void **state)
{
    (void)state;
    learn_news(1, 0, 12);
    reach(2, 5000, "news.example");
    visit(2, 5000.1);
    contact(2, 5000.3);
    close_day();
    assert_int_equal(VISITS, 1);
    assert_int_equal(counts.contexts[MOMENT_CONTEXTS - 1].visits, 1);
    assert_true(counts.contexts[MOMENT_CONTEXTS - 1].controls >= 12);
}

static void a_page_opened_seconds_before_has_brought_it_already(void **state)
{
    (void)state;
    learn_news(1, 0, 12);
    reach(2, 5000, "news.example");
    contact(2, 5000.3);
    visit(2, 5004);
    contact(2, 5004.3);
    close_day();
    assert_int_equal(counts.contexts[0].visits + counts.contexts[1].visits, 1);
    assert_int_equal(FOLLOWED, 1);
}

static void what_comes_before_the_other_page_is_opened_cannot_be_its_doing(void **state)
{
    (void)state;
    learn_news(1, 0, 12);
    visit(2, 5000);
    contact(2, 5000.3);
    reach(2, 5000.8, "news.example");
    contact(2, 5001.1);
    visit(2, 6000); /* here the tracker comes with the other page only */
    reach(2, 6000.8, "news.example");
    contact(2, 6001.1);
    close_day();
    assert_int_equal(VISITS, 2);
    assert_int_equal(FOLLOWED, 1);
    assert_int_equal(counts.contexts[MOMENT_CONTEXTS - 1].visits, 0);
}

static void a_part_of_the_page_is_no_other_page(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) { /* the script host comes with every visit, and never alone */
        visit(1, i * 100);
        reach(1, i * 100 + 0.1, "scripts.example");
        contact(1, i * 100 + 0.3);
    }
    close_day();
    assert_int_equal(VISITS, 8);
    assert_int_equal(counts.contexts[0].visits, 8);
    assert_int_equal(counts.contexts[0].visits_followed, 8);
}

static void nothing_is_told_of_a_site_that_nobody_visited_or_a_tracker_that_never_followed(void **state)
{
    (void)state;
    learn_news(1, 0, 3);
    close_day();
    assert_false(told);
    visit(1, 0);
    close_day();
    assert_false(told);
}

static void an_exchange_that_hands_the_visit_on_comes_before(void **state)
{
    (void)state;
    uint32_t visits = 0;
    for (int i = 0; i < 5; i++) {
        visit(1, i * 100);
        contact_of(1, i * 100 + 0.05, "scripts.tracker.example"); /* in every visit, with or without the two */
        if (i == 3)
            continue;
        contact_of(1, i * 100 + 0.12, "exchange.tracker.example");
        contact(1, i * 100 + 0.2);
    }
    const struct attribution_tracker *before = attribution_before(a, 0, TRACKER, &visits);
    assert_non_null(before);
    assert_string_equal(before->host, "exchange.tracker.example");
    assert_int_equal(visits, 4);
    assert_null(attribution_before(a, 1, TRACKER, &visits));
    assert_null(attribution_before(a, 0, "unknown.example", &visits));
}

static void what_comes_long_after_or_only_sometimes_was_not_handed_on(void **state)
{
    (void)state;
    uint32_t visits = 0;
    for (int i = 0; i < 6; i++) {
        visit(1, i * 100);
        contact_of(1, i * 100 + 0.1, "early.tracker.example");
        if (i % 2)
            contact_of(1, i * 100 + 1.9, "seldom.tracker.example");
        contact(1, i * 100 + 2);
    }
    assert_null(attribution_before(a, 0, TRACKER, &visits));
}

static void after_the_close_nothing_is_left(void **state)
{
    (void)state;
    visit(1, 0);
    contact(1, 0.4);
    close_day();
    assert_true(told);
    close_day();
    assert_false(told);
}

static void visits_beyond_the_bound_are_counted_as_lost(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        visit(1, i * 100.0);
    assert_int_equal(attribution_lost(a), 5000 - 4096);
}

static void a_device_whose_place_is_given_away_leaves_its_surroundings(void **state)
{
    (void)state;
    reach(1, 0, "news.example");
    attribution_forget_device(a, 1);
    visit(1, 0.5);
    contact(1, 0.7);
    close_day();
    assert_int_equal(counts.contexts[0].visits, 1);
}

static int start(void **state)
{
    (void)state;
    a = attribution_new(&(struct attribution_options){
        .sites = SITES, .max_devices = 8, .visit_gap_ns = (uint64_t)(GAP_S * NS_PER_S), .window_ns = 10 * NS_PER_S});
    return a == NULL;
}

static int stop(void **state)
{
    (void)state;
    attribution_free(a);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_contact_within_the_window_follows_the_visit),
        TEST(a_contact_before_or_after_the_window_does_not),
        TEST(a_visit_alone_is_compared_with_quiet_moments),
        TEST(an_app_that_beacons_all_day_explains_its_contacts),
        TEST(a_page_opened_just_before_explains_what_it_brings_along),
        TEST(a_page_opened_seconds_before_has_brought_it_already),
        TEST(what_comes_before_the_other_page_is_opened_cannot_be_its_doing),
        TEST(a_part_of_the_page_is_no_other_page),
        TEST(nothing_is_told_of_a_site_that_nobody_visited_or_a_tracker_that_never_followed),
        TEST(an_exchange_that_hands_the_visit_on_comes_before),
        TEST(what_comes_long_after_or_only_sometimes_was_not_handed_on),
        TEST(after_the_close_nothing_is_left),
        TEST(visits_beyond_the_bound_are_counted_as_lost),
        TEST(a_device_whose_place_is_given_away_leaves_its_surroundings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
