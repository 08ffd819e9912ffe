/* test_clock.c -- the local day, on the days when clocks change and in years that no calendar was printed for. */
#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

/* As POSIX writes time zones, so that no table of the machine is needed. */
#define LONDON      "GMT0BST,M3.5.0/1,M10.5.0"
#define AT_MIDNIGHT "<-03>3<-02>,M10.3.0/0,M2.3.0/0" /* a zone whose clocks go from 24:00 to 01:00 */

static void zone(const char *tz)
{
    setenv("TZ", tz, 1);
    tzset();
}

static uint64_t utc(int year, int month, int day, int hour)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour};
    return (uint64_t)timegm(&tm) * NS_PER_S;
}

static void a_day_begins_at_local_midnight(void **state)
{
    (void)state;
    struct local_time t;
    zone(LONDON);
    clock_local(utc(2026, 6, 30, 22) + 59 * 60 * NS_PER_S, &t);
    assert_string_equal(t.day, "2026-06-30");
    assert_int_equal(t.hour, 23);
    clock_local(utc(2026, 6, 30, 23), &t);
    assert_string_equal(t.day, "2026-07-01");
    assert_int_equal(t.hour, 0);
    assert_true(t.next_day_ns == utc(2026, 7, 1, 23));
}

static void a_day_may_have_23_or_25_hours(void **state)
{
    (void)state;
    struct local_time t;
    zone(LONDON);
    clock_local(utc(2026, 3, 29, 0), &t);
    assert_string_equal(t.day, "2026-03-29");
    assert_true(t.next_day_ns == utc(2026, 3, 29, 23));
    clock_local(utc(2026, 10, 24, 23), &t);
    assert_string_equal(t.day, "2026-10-25");
    assert_true(t.next_day_ns == utc(2026, 10, 26, 0));
}

/* Whatever the zone does: the next day begins at next_day_ns, and not a moment before. */
static void the_next_day_begins_when_it_is_said_to(void **state)
{
    (void)state;
    static const char *const zones[] = {"UTC0", LONDON, AT_MIDNIGHT, "<+14>-14", "<+0545>-5:45", "<-12>12"};
    for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
        zone(zones[z]);
        for (uint64_t at = utc(2026, 1, 1, 0); at < utc(2027, 1, 1, 0); at += 1800 * NS_PER_S) {
            struct local_time now, before, after;
            clock_local(at, &now);
            assert_true(now.next_day_ns > at);
            clock_local(now.next_day_ns - 1, &before);
            clock_local(now.next_day_ns, &after);
            if (strcmp(before.day, now.day) != 0 || strcmp(after.day, now.day) <= 0)
                fail_msg("%s: %s %02u:.. is followed by %s, then %s", zones[z], now.day, now.hour, before.day,
                         after.day);
        }
    }
}

static void any_64_bits_of_nanoseconds_are_a_day(void **state)
{
    (void)state;
    struct local_time t;
    zone("UTC0");
    clock_local(0, &t);
    assert_string_equal(t.day, "1970-01-01");
    clock_local(UINT64_MAX, &t);
    assert_string_equal(t.day, "2554-07-21");
    zone("<-12>12"); /* the epoch is the day before */
    clock_local(0, &t);
    assert_string_equal(t.day, "1969-12-31");
    assert_true(t.next_day_ns == 12 * 3600 * NS_PER_S);
}

static void the_monotonic_clock_never_steps_back(void **state)
{
    (void)state;
    uint64_t last = clock_monotonic_ns();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = clock_monotonic_ns();
        assert_true(now >= last);
        last = now;
    }
    assert_true(clock_wall_ns() > utc(2020, 1, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_begins_at_local_midnight),
        cmocka_unit_test(a_day_may_have_23_or_25_hours),
        cmocka_unit_test(the_next_day_begins_when_it_is_said_to),
        cmocka_unit_test(any_64_bits_of_nanoseconds_are_a_day),
        cmocka_unit_test(the_monotonic_clock_never_steps_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
