/* test_change.c -- whether a tracker began or stopped, and how sure that is. */
#include "reports/change.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MONDAY 20773 /* 2026-11-16, the Monday of week 47 */

static struct change of(const uint64_t (*weeks)[2], size_t n)
{
    struct change_week w[32];
    for (size_t i = 0; i < n; i++)
        w[i] = (struct change_week){.monday = MONDAY + 7 * (int32_t)i, .weeks = 1, .visits = weeks[i][0], .followed = weeks[i][1]};
    return change_of(w, n);
}

static const char *said(const struct change *c)
{
    static char text[CHANGE_SENTENCE_BYTES];
    return change_sentence(c, text);
}

static void days_of_a_week_are_put_together(void **state)
{
    (void)state;
    const struct change_period p[] = {{MONDAY + 8, MONDAY + 8, 3, 1}, {MONDAY + 6, MONDAY + 6, 2, 2}, {MONDAY, MONDAY, 4, 9}, {MONDAY + 3, MONDAY + 3, 0, 0}, {MONDAY, MONDAY + 6, 1, 0}};
    struct change_week w[5];
    assert_int_equal(change_weeks(p, 5, w), 2);
    assert_int_equal(w[0].monday, MONDAY);
    assert_int_equal(w[0].visits, 7);
    assert_int_equal(w[0].followed, 6); /* never more than the visits */
    assert_int_equal(w[1].monday, MONDAY + 7);
    assert_int_equal(w[1].visits, 3);
}

static void a_term_stays_one_point(void **state)
{
    (void)state;
    const struct change_period p[] = {{MONDAY, MONDAY + 17 * 7 - 1, 20, 10}, {MONDAY, MONDAY, 1, 0}};
    struct change_week w[2];
    assert_int_equal(change_weeks(p, 2, w), 2);
    assert_int_equal(w[0].weeks, 1);
    assert_int_equal(w[1].weeks, 17);
}

static void a_tracker_that_stopped_is_said_to_with_its_counts(void **state)
{
    (void)state;
    static const uint64_t weeks[][2] = {{5, 4}, {5, 4}, {4, 0}, {5, 0}};
    struct change c = of(weeks, 4);
    assert_true(c.stopped.there && c.stopped.sure);
    assert_false(c.began.there);
    assert_int_equal(c.stopped.since, MONDAY + 14);
    assert_string_equal(said(&c), "Not seen in 9 visits since week 49 of 2026; before, in 8 of 10.");
    /* C(18 - 9, 7) / C(18, 7) */
    assert_true(fabs(c.stopped.p - 36.0 / 31824.0) < 1e-9);
}

static void few_visits_without_it_are_said_to_be_chance(void **state)
{
    (void)state;
    static const uint64_t weeks[][2] = {{10, 3}, {2, 0}}, fewer[][2] = {{10, 2}, {1, 0}}, once[][2] = {{3, 1}, {50, 0}};
    struct change c = of(weeks, 2);
    assert_true(c.stopped.there && !c.stopped.sure);
    /* C(9, 2) / C(11, 2) = 36 / 55 */
    assert_true(fabs(c.stopped.p - 36.0 / 55.0) < 1e-9);
    assert_string_equal(said(&c), "Not seen in 2 visits since week 48 of 2026; before, in 3 of 10; too few visits to tell.");
    c = of(fewer, 2);
    assert_false(c.stopped.sure);
    c = of(once, 2); /* one visit proves no habit */
    assert_false(c.stopped.sure);
    assert_true(c.stopped.p >= 1);
}

static void a_new_tracker_is_said_to_be_new(void **state)
{
    (void)state;
    static const uint64_t weeks[][2] = {{12, 0}, {5, 4}, {5, 5}};
    struct change c = of(weeks, 3);
    assert_true(c.began.there && c.began.sure);
    assert_false(c.stopped.there);
    assert_string_equal(said(&c), "New since week 48 of 2026: in 9 of 10 visits, and in none of 12 before.");
}

/* Where it was not yet says nothing about whether it stopped. */
static void a_long_absence_before_does_not_hide_that_it_stopped(void **state)
{
    (void)state;
    static const uint64_t weeks[][2] = {{400, 0}, {10, 9}, {10, 0}};
    struct change c = of(weeks, 3);
    assert_true(c.began.sure && c.stopped.sure);
    assert_int_equal(c.stopped.before_visits, 10);
    assert_non_null(strstr(said(&c), "for a while"));
    assert_non_null(strstr(said(&c), "Not seen in 10 visits since week 49 of 2026; before, in 9 of 10."));
}

static void what_did_not_change_is_not_said_to(void **state)
{
    (void)state;
    static const uint64_t weeks[][2] = {{5, 1}, {5, 0}, {5, 2}}, never[][2] = {{5, 0}, {9, 0}};
    struct change c = of(weeks, 3);
    assert_string_equal(said(&c), "");
    c = of(never, 2);
    assert_string_equal(said(&c), "");
    c = change_of(NULL, 0);
    assert_string_equal(said(&c), "");
}

/* A tracker that does not change is called stopped for sure in at most one history of twenty. */
static void chance_alone_is_rarely_sure(void **state)
{
    (void)state;
    unsigned sure = 0, histories = 0;
    uint32_t random = 12345;
    for (unsigned h = 0; h < 20000; h++) {
        uint64_t weeks[24][2] = {{0}};
        for (unsigned i = 0; i < 24; i++) {
            random = random * 1664525u + 1013904223u;
            weeks[i][0] = 1;
            weeks[i][1] = random >> 8 < (1u << 24) / 4; /* a quarter of the visits */
        }
        struct change c = of((const uint64_t(*)[2])weeks, 24);
        sure += c.stopped.sure;
        histories++;
    }
    assert_true(sure > 0);
    assert_true(sure * 20 <= histories);
}

static void weeks_are_named_by_iso_8601(void **state)
{
    (void)state;
    char name[CHANGE_WEEK_BYTES];
    assert_string_equal(change_week_name(MONDAY, name), "week 47 of 2026");
    assert_string_equal(change_week_name(20815, name), "week 53 of 2026"); /* 2026-12-28 */
    assert_string_equal(change_week_name(20822, name), "week 1 of 2027");  /* 2027-01-04 */
    assert_string_equal(change_week_name(18260, name), "week 1 of 2020");  /* 2019-12-30 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_a_week_are_put_together),
        cmocka_unit_test(a_term_stays_one_point),
        cmocka_unit_test(a_tracker_that_stopped_is_said_to_with_its_counts),
        cmocka_unit_test(few_visits_without_it_are_said_to_be_chance),
        cmocka_unit_test(a_new_tracker_is_said_to_be_new),
        cmocka_unit_test(a_long_absence_before_does_not_hide_that_it_stopped),
        cmocka_unit_test(what_did_not_change_is_not_said_to),
        cmocka_unit_test(chance_alone_is_rarely_sure),
        cmocka_unit_test(weeks_are_named_by_iso_8601),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
