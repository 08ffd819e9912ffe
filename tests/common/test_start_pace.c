/* test_start_pace.c -- who dies again and again is started more slowly, and is never given up. */
#include "common/start_pace.h"

#include "common/clock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/telltale-starts-XXXXXX", file[64];

static int begin(void **state)
{
    (void)state;
    strcpy(folder + sizeof(folder) - 7, "XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(file, sizeof(file), "%s/starts", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(folder);
}

static uint64_t at(double s)
{
    return (uint64_t)((1000 + s) * (double)NS_PER_S);
}

static void twenty_starts_within_a_minute_cost_nothing_and_the_next_waits(void **state)
{
    (void)state;
    for (int i = 0; i < START_PACE_FAST; i++)
        assert_int_equal(start_pace_count(folder, at(i)), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(start_pace_count(folder, at(START_PACE_FAST + i)), START_PACE_WAIT_S);
}

static void after_a_quiet_minute_it_is_fast_again(void **state)
{
    (void)state;
    for (int i = 0; i <= START_PACE_FAST; i++)
        start_pace_count(folder, at(i * 0.1));
    assert_int_equal(start_pace_count(folder, at(59.5)), START_PACE_WAIT_S);
    assert_int_equal(start_pace_count(folder, at(62.5)), 0);
}

/* With the wait of five seconds between them, twelve fall into a minute: it is fast again, for the next twenty. */
static void one_that_dies_for_ever_is_started_for_ever(void **state)
{
    (void)state;
    double now = 0;
    int starts = 0;
    while (now < 3600) {
        now += 0.3 + start_pace_count(folder, at(now)); /* it lives for 0.3 s */
        starts++;
    }
    assert_in_range(starts, 3600 / START_PACE_WAIT_S / 2, 60 * (START_PACE_FAST + START_PACE_WINDOW_S / START_PACE_WAIT_S));
}

static void a_damaged_file_counts_as_none(void **state)
{
    (void)state;
    unsigned char bytes[500];
    memset(bytes, 0xff, sizeof(bytes)); /* times to come */
    for (size_t n = 0; n <= sizeof(bytes); n += 7) {
        int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(fd, bytes, n), (ssize_t)n);
        close(fd);
        assert_int_equal(start_pace_count(folder, at(0)), 0);
    }
    assert_int_equal(start_pace_count(NULL, at(0)), 0);
    assert_int_equal(start_pace_count("/nowhere/at/all", at(0)), 0);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
    (void)state;
    char target[80];
    snprintf(target, sizeof(target), "%s/other", folder);
    assert_int_equal(symlink(target, file), 0);
    assert_int_equal(start_pace_count(folder, at(0)), 0);
    assert_int_equal(access(target, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(twenty_starts_within_a_minute_cost_nothing_and_the_next_waits, begin, end),
        cmocka_unit_test_setup_teardown(after_a_quiet_minute_it_is_fast_again, begin, end),
        cmocka_unit_test_setup_teardown(one_that_dies_for_ever_is_started_for_ever, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_file_counts_as_none, begin, end),
        cmocka_unit_test_setup_teardown(a_link_in_its_place_is_not_followed, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
