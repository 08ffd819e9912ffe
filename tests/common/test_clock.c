/* test_clock.c -- the local day, on the days when clocks change and in years that no calendar was printed for. */
#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* As POSIX writes time zones, so that no table of the machine is needed. */
#define LONDON      "GMT0BST,M3.5.0/1,M10.5.0"
#define AT_MIDNIGHT "<-03>3<-02>,M10.3.0/0,M2.3.0/0" /* a zone whose clocks go from 24:00 to 01:00 */

/* The clocks of this test: the program's own functions are found before the C library's. 0: the real ones. */
static int64_t wall_s, boot_s;
static bool heard;

int clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, id, t);
    if (wall_s && id == CLOCK_REALTIME)
        *t = (struct timespec){.tv_sec = wall_s};
    if (boot_s && id == CLOCK_BOOTTIME)
        *t = (struct timespec){.tv_sec = boot_s};
    return rc;
}

int adjtimex(struct timex *kernel)
{
    kernel->status = heard ? 0 : STA_UNSYNC;
    return heard ? TIME_OK : TIME_ERROR;
}

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

static void the_clock_is_believed_when_a_time_server_spoke_or_none_will(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_s, boot_s;
        bool heard, believed;
    } cases[] = {
        {1000, 30, false, false},     {1000, 90000, false, false},     /* 1970, however long */
        {1000, 90000, true, false},                                    /* and whatever the kernel says */
        {1800000000, 30, true, true}, {1800000000, 30, false, false},
        {1800000000, 599, false, false}, {1800000000, 600, false, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wall_s = cases[i].wall_s;
        boot_s = cases[i].boot_s;
        heard = cases[i].heard;
        assert_int_equal(clock_is_believed(600), cases[i].believed);
    }
    heard = false;
    boot_s = 1;
    assert_true(clock_is_believed(0)); /* nobody waits */
    wall_s = boot_s = 0;
}

static void a_steady_moment_gets_its_date_from_the_clock_of_now(void **state)
{
    (void)state;
    boot_s = 5000;
    wall_s = 100;
    uint64_t seen = clock_steady_ns();
    boot_s = 5020;
    wall_s = 1800000000;
    assert_true(clock_wall_of_steady(seen) == (1800000000 - 20) * NS_PER_S);
    assert_true(clock_wall_of_steady(clock_steady_ns() + 1) == 1800000000 * NS_PER_S); /* never in the future */
    wall_s = 10;
    assert_true(clock_wall_of_steady(seen) == 0); /* nothing was before 1970 */
    assert_true(clock_steady_ns() > 300 * 86400 * NS_PER_S);
    wall_s = boot_s = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_begins_at_local_midnight),
        cmocka_unit_test(a_day_may_have_23_or_25_hours),
        cmocka_unit_test(the_next_day_begins_when_it_is_said_to),
        cmocka_unit_test(any_64_bits_of_nanoseconds_are_a_day),
        cmocka_unit_test(the_monotonic_clock_never_steps_back),
        cmocka_unit_test(the_clock_is_believed_when_a_time_server_spoke_or_none_will),
        cmocka_unit_test(a_steady_moment_gets_its_date_from_the_clock_of_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
