/* What left the sensor of support sites: added up over its periods, filled up, filtered and judged the same way for everybody. */
#include "reports/released.h"

#include "reports/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PERIODS 8

/* A site in one period; host "a.net" followed `followed` of its visits, and is not there at all when it followed none. */
struct visited {
    const char *site, *period;
    uint64_t visits;
    uint32_t devices, followed;
};

static struct store_site sites[PERIODS];
static struct store_pair pairs[PERIODS];

static struct released made(const struct visited *v, size_t n)
{
    struct released r = {.sites = sites, .pairs = pairs};
    memset(sites, 0, sizeof(sites));
    memset(pairs, 0, sizeof(pairs));
    for (size_t i = 0; i < n; i++) {
        struct store_site *s = &sites[r.sites_len++];
        assert_true(period_read(v[i].period, &s->period));
        snprintf(s->site, sizeof(s->site), "%s", v[i].site);
        s->visits = v[i].visits;
        s->devices = v[i].devices;
        if (v[i].followed == 0)
            continue;
        struct store_pair *p = &pairs[r.pairs_len++];
        p->period = s->period;
        memcpy(p->site, s->site, sizeof(p->site));
        strcpy(p->host, "a.net");
        p->counts.contexts[0] = (struct moment_stratum){(uint32_t)v[i].visits, v[i].followed, 200, 2};
        p->counts.delays[0] = v[i].followed;
    }
    return r;
}

static struct released_pair judged(const struct released *r, const struct released_filter *f)
{
    struct released_pair *out;
    size_t n;
    assert_int_equal(released_judge(r, f, &out, &n), 0);
    struct released_pair first = n ? out[0] : (struct released_pair){0};
    assert_true(n <= 1);
    free(out);
    return first;
}

static const struct released_filter everything;

static void visits_of_a_week_without_the_tracker_count_against_it(void **state)
{
    (void)state;
    struct released r = made((struct visited[]){{"s.org", "2026-W40", 10, 9, 10}, {"s.org", "2026-W41", 30, 9, 0}}, 2);
    struct released_pair p = judged(&r, &everything);
    assert_int_equal(p.result.visits, 40);
    assert_int_equal(p.result.visits_with, 10);
    assert_float_equal(p.result.rate, 0.25, 1e-9);
}

static void a_period_of_too_few_devices_is_in_no_sum(void **state)
{
    (void)state;
    struct released r = made((struct visited[]){{"s.org", "2026-W40", 10, 10, 10}, {"s.org", "2026-W41", 30, 9, 30}}, 2);
    struct released_filter ten = {.least_devices = 10};
    struct released_pair p = judged(&r, &ten);
    assert_int_equal(p.result.visits, 10);
    assert_int_equal(p.result.visits_with, 10);
    assert_int_equal(released_visits(&r, &ten, "s.org"), 10);
    assert_int_equal(released_visits(&r, &everything, "s.org"), 40);
}

static void what_is_not_shown_does_not_move_what_is(void **state)
{
    (void)state;
    struct released_filter ten = {.least_devices = 10};
    struct released alone = made((struct visited[]){{"s.org", "2026-W40", 10, 10, 4}}, 1);
    struct released_pair before = judged(&alone, &ten);
    struct released more = made((struct visited[]){{"s.org", "2026-W40", 10, 10, 4}, {"t.org", "2026-W40", 9, 9, 9}, {"s.org", "2026-W41", 8, 8, 8}}, 3);
    struct released_pair after = judged(&more, &ten);
    assert_memory_equal(&before.result, &after.result, sizeof(before.result));
}

static void only_periods_that_lie_within_the_days_as_a_whole(void **state)
{
    (void)state;
    struct released r = made((struct visited[]){{"s.org", "2026-W40", 10, 10, 5}, {"s.org", "2026-10-06", 7, 10, 5}, {"s.org", "2026-W42", 3, 10, 5}}, 3);
    /* W40: 28 September to 4 October; W42: 12 to 18 October. */
    struct released_filter f = {.first_day = "2026-09-29", .last_day = "2026-10-18"};
    assert_int_equal(released_visits(&r, &f, "s.org"), 10);
    f = (struct released_filter){.first_day = "2026-09-28", .last_day = "2026-10-17"};
    assert_int_equal(released_visits(&r, &f, "s.org"), 17);
    f = (struct released_filter){.last_day = "2026-10-04"};
    assert_int_equal(released_visits(&r, &f, "s.org"), 10);
}

static void since_is_the_first_period_in_which_it_followed_whatever_the_order(void **state)
{
    (void)state;
    struct released r = made((struct visited[]){{"s.org", "2026-W42", 10, 10, 5}, {"s.org", "2026-W40", 10, 10, 0}, {"s.org", "2026-W41", 10, 10, 1}}, 3);
    assert_string_equal(judged(&r, &everything).since->name, "2026-W41");
}

static void days_are_counted_where_all_periods_are_days(void **state)
{
    (void)state;
    struct released r = made((struct visited[]){{"s.org", "2026-11-16", 10, 10, 5}, {"s.org", "2026-11-17", 10, 10, 0}, {"s.org", "2026-11-18", 10, 10, 9}, {"s.org", "2026-11-19", 9, 9, 9}}, 4);
    struct released_filter ten = {.least_devices = 10};
    assert_int_equal(judged(&r, &ten).days, 3);
    assert_int_equal(judged(&r, &ten).days_with, 2);
    assert_int_equal(judged(&r, &everything).days, 4);
    struct released_filter one = {.first_day = "2026-11-18", .last_day = "2026-11-18"};
    assert_int_equal(judged(&r, &one).days, 0); /* "on the one day" says nothing */
    struct released mixed = made((struct visited[]){{"s.org", "2026-11-16", 10, 10, 5}, {"s.org", "2026-11-17", 10, 10, 1}, {"s.org", "2026-W46", 10, 10, 5}}, 3);
    assert_int_equal(judged(&mixed, &everything).days, 0);
    assert_int_equal(judged(&mixed, &everything).days_with, 0);
}

static void its_weeks_have_those_without_it_too(void **state)
{
    (void)state;
    struct released r = made((struct visited[]){{"s.org", "2026-W41", 9, 10, 0}, {"s.org", "2026-W40", 10, 10, 6}, {"t.org", "2026-W40", 5, 10, 5}}, 3);
    struct change_week *weeks;
    size_t n;
    assert_int_equal(released_weeks(&r, &everything, &pairs[0], &weeks, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(weeks[0].visits, 10);
    assert_int_equal(weeks[0].followed, 6);
    assert_int_equal(weeks[1].visits, 9);
    assert_int_equal(weeks[1].followed, 0);
    free(weeks);
}

static void nothing_released_is_no_pair(void **state)
{
    (void)state;
    struct released r = {0};
    struct released_pair *out;
    size_t n = 1;
    assert_int_equal(released_judge(&r, &everything, &out, &n), 0);
    assert_int_equal(n, 0);
    free(out);
    released_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visits_of_a_week_without_the_tracker_count_against_it),
        cmocka_unit_test(a_period_of_too_few_devices_is_in_no_sum),
        cmocka_unit_test(what_is_not_shown_does_not_move_what_is),
        cmocka_unit_test(only_periods_that_lie_within_the_days_as_a_whole),
        cmocka_unit_test(since_is_the_first_period_in_which_it_followed_whatever_the_order),
        cmocka_unit_test(days_are_counted_where_all_periods_are_days),
        cmocka_unit_test(its_weeks_have_those_without_it_too),
        cmocka_unit_test(nothing_released_is_no_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
