/* test_period.c -- weeks are ISO's, terms are made of whole weeks, names read back. */
#include "common/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static void expect(const char *day, enum period_kind kind, const char *name, const char *first, const char *last)
{
    struct period p;
    assert_true(period_of(day, kind, &p));
    assert_string_equal(p.name, name);
    assert_string_equal(p.first, first);
    assert_string_equal(p.last, last);
}

static void a_day_is_itself(void **state)
{
    (void)state;
    expect("2026-11-22", PERIOD_DAY, "2026-11-22", "2026-11-22", "2026-11-22");
}

static void weeks_are_those_of_iso_8601(void **state)
{
    (void)state;
    expect("2026-11-22", PERIOD_WEEK, "2026-W47", "2026-11-16", "2026-11-22");
    expect("2026-11-23", PERIOD_WEEK, "2026-W48", "2026-11-23", "2026-11-29");
    expect("2027-01-01", PERIOD_WEEK, "2026-W53", "2026-12-28", "2027-01-03");
    expect("2024-12-31", PERIOD_WEEK, "2025-W01", "2024-12-30", "2025-01-05");
}

static void a_week_belongs_to_the_term_of_its_thursday(void **state)
{
    (void)state;
    expect("2026-11-22", PERIOD_TERM, "2026-T3", "2026-08-31", "2027-01-03");
    expect("2027-01-03", PERIOD_TERM, "2026-T3", "2026-08-31", "2027-01-03");
    expect("2027-01-04", PERIOD_TERM, "2027-T1", "2027-01-04", "2027-05-02");
    expect("2026-08-31", PERIOD_TERM, "2026-T3", "2026-08-31", "2027-01-03");
    expect("2026-08-30", PERIOD_TERM, "2026-T2", "2026-05-04", "2026-08-30");
}

/* Sixty years: each week has seven days and the C library's own number, terms follow each other without gap, names read back. */
static void every_day_has_one_week_and_one_term(void **state)
{
    (void)state;
    struct period week, term, before = {0}, again;
    char day[11], wanted[16];
    for (int n = 0; n < 60 * 365; n++) {
        time_t seconds = (time_t)(n + 12000) * 86400;
        struct tm t;
        gmtime_r(&seconds, &t);
        strftime(day, sizeof(day), "%Y-%m-%d", &t);
        strftime(wanted, sizeof(wanted), "%G-W%V", &t);
        assert_int_equal(period_day_number(day), n + 12000);
        assert_true(period_of(day, PERIOD_WEEK, &week) && period_of(day, PERIOD_TERM, &term));
        assert_string_equal(week.name, wanted);
        assert_true(strcmp(week.first, day) <= 0 && strcmp(week.last, day) >= 0);
        assert_true(strcmp(term.first, week.first) <= 0 && strcmp(term.last, week.last) >= 0);
        if (before.name[0] && strcmp(before.name, term.name) != 0)
            assert_int_equal(period_day_number(before.last) + 1, period_day_number(term.first));
        before = term;
        assert_true(period_read(week.name, &again));
        assert_memory_equal(&again, &week, sizeof(week));
        assert_true(period_read(term.name, &again));
        assert_memory_equal(&again, &term, sizeof(term));
    }
}

static void what_is_no_period_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "2026", "2026-02-30", "2026-13-01", "2026-W00", "2026-W54", "2025-W53", "2026-T0", "2026-T4",
                                      "1969-12-31", "9999-01-01", "2026-W4", "2026-W471", "2026-T33", "2026-11-22 ", "x026-11-22"};
    struct period p;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(period_read(bad[i], &p));
        assert_false(period_of(bad[i], PERIOD_WEEK, &p));
    }
    assert_int_equal(period_day_number("2026-02-29"), -1);
}

static void days_are_moved_over_months_leap_days_and_the_ends_of_the_calendar(void **state)
{
    (void)state;
    static const struct {
        const char *day;
        int32_t by;
        const char *then;
    } cases[] = {{"2026-11-22", 0, "2026-11-22"},  {"2026-12-31", 1, "2027-01-01"},     {"2028-02-28", 1, "2028-02-29"}, {"2027-03-01", -1, "2027-02-28"},
                 {"2026-11-22", -7, "2026-11-15"}, {"1970-01-01", -1, "1970-01-01"},    {"9998-12-31", 1, "9998-12-31"}, {"no day", 5, "1970-01-01"},
                 {"2026-03-29", 1, "2026-03-30"},  {"2026-10-25", -3650, "2016-10-27"}};
    char then[11];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        period_day_moved(cases[i].day, cases[i].by, then);
        assert_string_equal(then, cases[i].then);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_is_itself),
        cmocka_unit_test(weeks_are_those_of_iso_8601),
        cmocka_unit_test(a_week_belongs_to_the_term_of_its_thursday),
        cmocka_unit_test(every_day_has_one_week_and_one_term),
        cmocka_unit_test(what_is_no_period_is_refused),
        cmocka_unit_test(days_are_moved_over_months_leap_days_and_the_ends_of_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
