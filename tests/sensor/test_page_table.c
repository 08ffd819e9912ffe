/* test_page_table.c -- what is learned about pages, and what it says of the next one. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sensor/page_table.h"

#define SITES 3
#define WHOLE PAGE_WATCH_MS

static struct page_table *pages;

static uint16_t page(const char *host)
{
    return page_table_put(pages, host, strlen(host), false);
}

/* A page was opened and watched, and the tracker was contacted after so many ms (UINT32_MAX: never). */
static void opened(uint16_t p, uint16_t tracker, uint32_t after_ms, uint32_t watched_ms)
{
    page_table_watched(pages, p, watched_ms);
    if (after_ms != UINT32_MAX)
        page_table_followed(pages, p, tracker, 1u << page_bin(after_ms), watched_ms);
}

static double chance(uint16_t p, uint16_t tracker, uint32_t from_ms, uint32_t to_ms)
{
    return page_table_chance(pages, p, tracker, from_ms, to_ms).chance;
}

static void a_host_is_one_page_with_and_without_www(void **state)
{
    (void)state;
    assert_int_equal(page("www.example.org"), page("example.org"));
    assert_int_not_equal(page("example.org"), page("example.com"));
    assert_true(page("example.org") >= SITES);
    assert_int_equal(page_table_find(pages, page_table_at(pages, page("example.org"))->hash), page("example.org"));
}

static void what_always_follows_is_nearly_certain_and_what_never_does_is_not(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        opened(page("news.example"), 7, 300, WHOLE);
        opened(page("quiet.example"), 7, UINT32_MAX, WHOLE);
    }
    assert_true(chance(page("news.example"), 7, 0, 10000) > 0.95);
    assert_true(chance(page("quiet.example"), 7, 0, 10000) < 0.03);
    assert_true(chance(page("news.example"), 8, 0, 10000) == 0);
}

static void a_tracker_spread_over_bins_counts_once(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40; i++)
        opened(page("news.example"), 7, i % 4 * 300, WHOLE); /* in one of four bins each time */
    assert_true(chance(page("news.example"), 7, 0, 10000) > 0.95);
}

static void what_comes_at_once_is_not_expected_later(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        opened(page("news.example"), 7, 300, WHOLE);
    assert_true(chance(page("news.example"), 7, 2000, 12000) < 0.01);
    assert_true(chance(page("news.example"), 7, 0, 200) < 0.01);
}

static void what_comes_again_is_expected_again(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) { /* at once, and once more after six seconds */
        page_table_watched(pages, page("news.example"), WHOLE);
        page_table_followed(pages, page("news.example"), 7, 1u << page_bin(100) | 1u << page_bin(6000), WHOLE);
    }
    assert_true(chance(page("news.example"), 7, 2000, 12000) > 0.9);
}

static void an_opening_that_was_watched_for_a_second_speaks_of_that_second(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        opened(page("news.example"), 7, UINT32_MAX, 1000);
    assert_int_equal(page_table_chance(pages, page("news.example"), 7, 0, 500).seen, 10);
    assert_int_equal(page_table_chance(pages, page("news.example"), 7, 5000, 9000).seen, 0);
}

static void an_unknown_page_is_taken_for_a_usual_one(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        opened(page("news.example"), 7, i % 2 ? 300 : UINT32_MAX, WHOLE);
    double usual = chance(page("other.example"), 7, 0, 10000);
    assert_true(usual > 0.4 && usual < 0.6);
}

static void full_of_pages_it_takes_no_more(void **state)
{
    (void)state;
    char host[32];
    unsigned refused = 0;
    uint16_t first = PAGE_NONE;
    for (int i = 0; i < 40000; i++) {
        snprintf(host, sizeof(host), "h%d.example", i);
        uint16_t p = page(host);
        refused += p == PAGE_NONE;
        if (i == 0)
            first = p;
    }
    assert_true(refused > 0);
    assert_int_equal(page("h0.example"), first); /* and what it has stays where it is */
}

static void a_new_day_knows_nothing_and_its_hashes_are_others(void **state)
{
    (void)state;
    opened(page("news.example"), 7, 300, WHOLE);
    uint64_t hash = page_table_at(pages, page("news.example"))->hash;
    page_table_forget(pages);
    assert_int_equal(page_table_find(pages, hash), PAGE_NONE);
    assert_true(chance(page("news.example"), 7, 0, 10000) == 0);
    assert_true(page_table_at(pages, page("news.example"))->hash != hash);
}

static int start(void **state)
{
    (void)state;
    pages = page_table_new(SITES);
    return pages == NULL;
}

static int stop(void **state)
{
    (void)state;
    page_table_free(pages);
    return 0;
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_host_is_one_page_with_and_without_www, start, stop),
        cmocka_unit_test_setup_teardown(what_always_follows_is_nearly_certain_and_what_never_does_is_not, start, stop),
        cmocka_unit_test_setup_teardown(a_tracker_spread_over_bins_counts_once, start, stop),
        cmocka_unit_test_setup_teardown(what_comes_at_once_is_not_expected_later, start, stop),
        cmocka_unit_test_setup_teardown(what_comes_again_is_expected_again, start, stop),
        cmocka_unit_test_setup_teardown(an_opening_that_was_watched_for_a_second_speaks_of_that_second, start, stop),
        cmocka_unit_test_setup_teardown(an_unknown_page_is_taken_for_a_usual_one, start, stop),
        cmocka_unit_test_setup_teardown(full_of_pages_it_takes_no_more, start, stop),
        cmocka_unit_test_setup_teardown(a_new_day_knows_nothing_and_its_hashes_are_others, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
