/* A year of twenty sites with ten tracker hosts each, by day: what is not to be shown is taken out of all of it, and judging it takes no longer than
 * somebody waits for a page. */
#include "reports/released.h"

#include "common/period.h"
#include "reports/change.h"
#include "reports/days.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define DAYS  365
#define SITES 20
#define HOSTS 10
#define MOST_S 10 /* of processor time, with sanitizers on a busy machine: walking from inside a walk takes minutes */

/* Site 0 is never visited by more than nine devices. */
static int make_year(void **state)
{
    struct released *r = calloc(1, sizeof(*r));
    int32_t first = period_day_number("2026-01-01");
    r->sites = calloc(DAYS * SITES, sizeof(*r->sites));
    r->pairs = calloc(DAYS * SITES * HOSTS, sizeof(*r->pairs));
    for (int32_t d = 0; d < DAYS; d++)
        for (unsigned s = 0; s < SITES; s++) {
            char day[DAYS_TEXT];
            struct store_site *site = &r->sites[r->sites_len++];
            days_text(first + d, day);
            assert_true(period_read(day, &site->period));
            snprintf(site->site, sizeof(site->site), "site-%02u.org.uk", s);
            site->visits = 20;
            site->devices = s == 0 ? 9 : 12;
            for (unsigned h = 0; h < HOSTS; h++) {
                struct store_pair *p = &r->pairs[r->pairs_len++];
                p->period = site->period;
                memcpy(p->site, site->site, sizeof(p->site));
                snprintf(p->host, sizeof(p->host), "t%u.example.net", h);
                p->counts.contexts[0] = (struct moment_stratum){20, 1 + h, 200, 2};
            }
        }
    *state = r;
    return 0;
}

static int free_year(void **state)
{
    released_fini(*state);
    free(*state);
    return 0;
}

static double seconds_since(clock_t began)
{
    return (double)(clock() - began) / CLOCKS_PER_SEC;
}

static void a_year_is_judged_and_followed_week_by_week_while_somebody_waits(void **state)
{
    const struct released *r = *state;
    struct released_pair *pairs;
    size_t n;
    clock_t began = clock();
    assert_int_equal(released_judge(r, &(struct released_filter){0}, &pairs, &n), 0);
    print_message("judged in %.3f s\n", seconds_since(began));
    assert_int_equal(n, SITES * HOSTS);
    for (size_t i = 0; i < n; i++) {
        struct change_week *weeks;
        size_t weeks_len;
        uint64_t followed = 0;
        assert_int_equal(pairs[i].result.visits, 20 * DAYS);
        assert_int_equal(pairs[i].days, DAYS);
        assert_int_equal(released_weeks(r, &(struct released_filter){0}, pairs[i].texts, &weeks, &weeks_len), 0);
        for (size_t w = 0; w < weeks_len; w++)
            followed += weeks[w].followed;
        free(weeks);
        assert_int_equal(followed, DAYS * (1 + i % HOSTS));
        assert_true(seconds_since(began) < MOST_S);
    }
    print_message("with all weeks in %.3f s\n", seconds_since(began));
    free(pairs);
}

static void what_is_cut_is_in_nothing_that_is_shown(void **state)
{
    struct released *r = *state;
    struct released_pair *filtered, *cut;
    size_t filtered_len, cut_len;
    const struct released_filter ten = {.least_devices = 10};
    assert_int_equal(released_judge(r, &ten, &filtered, &filtered_len), 0);
    assert_int_equal(released_cut(r, &(struct released_filter){.least_devices = 9}), 0);
    assert_int_equal(r->sites_len, DAYS * SITES);
    assert_int_equal(released_cut(r, &ten), 0);
    assert_int_equal(r->sites_len, DAYS * (SITES - 1));
    assert_int_equal(r->pairs_len, DAYS * (SITES - 1) * HOSTS);
    for (size_t i = 0; i < r->sites_len; i++)
        assert_string_not_equal(r->sites[i].site, "site-00.org.uk");
    for (size_t i = 0; i < r->pairs_len; i++)
        assert_string_not_equal(r->pairs[i].site, "site-00.org.uk");
    assert_int_equal(released_judge(r, &(struct released_filter){0}, &cut, &cut_len), 0);
    assert_int_equal(cut_len, filtered_len);
    for (size_t i = 0; i < cut_len; i++) {
        assert_string_not_equal(cut[i].texts->site, "site-00.org.uk");
        assert_memory_equal(&cut[i].result, &filtered[i].result, sizeof(cut[i].result));
    }
    free(filtered);
    free(cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_is_judged_and_followed_week_by_week_while_somebody_waits),
        cmocka_unit_test(what_is_cut_is_in_nothing_that_is_shown),
    };
    return cmocka_run_group_tests(tests, make_year, free_year);
}
