/* test_doctor_figures.c -- what `telltale doctor` makes of the sensor's figures: what is bad, what is to be seen to, and what is long over. */
#include "cli/doctor.h"

#include "common/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NOW 1795380000u

static struct doctor d;
static struct doctor_figures f;

static void set(enum store_figure which, uint64_t value)
{
    f.present[which] = true;
    f.value[which] = value;
}

/* A sensor that runs and has nothing to complain of. */
static int begin(void **state)
{
    (void)state;
    memset(&d, 0, sizeof(d));
    memset(&f, 0, sizeof(f));
    set(STORE_FIGURE_UPDATED, NOW - 2);
    set(STORE_FIGURE_CAPTURED, 1000000);
    set(STORE_FIGURE_FLOWS, 100);
    set(STORE_FIGURE_NAMED, 90);
    set(STORE_FIGURE_WALLS, 1);
    return 0;
}

/* The one finding of this check; NULL: there is none. Everything that is bad or a warning says what to do. */
static const struct doctor_finding *find(const char *check)
{
    const struct doctor_finding *found = NULL;
    d.n = 0;
    doctor_say_figures(&d, &f, NOW);
    for (size_t i = 0; i < d.n; i++) {
        assert_true(d.findings[i].state < DOCTOR_WARN || d.findings[i].remedy[0]);
        if (strcmp(d.findings[i].check, check) == 0) {
            assert_null(found);
            found = &d.findings[i];
        }
    }
    return found;
}

static void expect(const char *check, enum doctor_state state, const char *words)
{
    const struct doctor_finding *found = find(check);
    assert_non_null(found);
    assert_int_equal(found->state, state);
    if (!strstr(found->what, words))
        fail_msg("\"%s\" is not in \"%s\"", words, found->what);
}

static void a_healthy_sensor_has_nothing_to_be_seen_to(void **state)
{
    (void)state;
    expect("sensor", DOCTOR_OK, "90 of 100 flows");
    expect("walls", DOCTOR_OK, "its own system-call filter");
    for (size_t i = 0; i < d.n; i++)
        assert_int_equal(d.findings[i].state, DOCTOR_OK);
    assert_int_equal(d.n, 2);
}

static void figures_that_are_old_are_no_sensor_and_nothing_more_is_said_of_them(void **state)
{
    (void)state;
    set(STORE_FIGURE_UPDATED, NOW - 16);
    set(STORE_FIGURE_WALLS, 0);
    expect("sensor", DOCTOR_BAD, "not running");
    assert_int_equal(d.n, 1);
    memset(&f, 0, sizeof(f));
    expect("sensor", DOCTOR_BAD, "no figures");
}

static void a_process_without_its_walls_is_bad(void **state)
{
    (void)state;
    set(STORE_FIGURE_WALLS, 0);
    expect("walls", DOCTOR_BAD, "without its own");
    f.present[STORE_FIGURE_WALLS] = false; /* an older sensor does not say */
    assert_null(find("walls"));
}

static void a_dissector_that_is_left_out_is_bad_and_named(void **state)
{
    (void)state;
    set(STORE_FIGURE_CRASHES, 3);
    set(STORE_FIGURE_SWITCHED_OFF, 1u << DISSECTOR_QUIC);
    expect("crashes", DOCTOR_BAD, dissector_word(DISSECTOR_QUIC));
}

static void crashes_are_to_be_seen_to(void **state)
{
    (void)state;
    set(STORE_FIGURE_CRASHES, 1);
    expect("crashes", DOCTOR_WARN, "crashed 1 time since");
}

static void an_open_gap_is_bad_a_recent_one_to_be_seen_to_and_an_old_one_good_to_know(void **state)
{
    (void)state;
    assert_null(find("gaps"));
    set(STORE_FIGURE_GAPS, 2);
    set(STORE_FIGURE_GAP_SECONDS, 75);
    set(STORE_FIGURE_GAP_FROM, NOW - 3600);
    expect("gaps", DOCTOR_BAD, "nothing is heard since");
    set(STORE_FIGURE_GAP_UNTIL, NOW - 3540);
    expect("gaps", DOCTOR_WARN, "2 times, 75 s together");
    set(STORE_FIGURE_GAP_FROM, NOW - 90000);
    set(STORE_FIGURE_GAP_UNTIL, NOW - 89940);
    expect("gaps", DOCTOR_NOTE, "2 times");
}

static void records_that_were_lost_or_refused_are_to_be_seen_to(void **state)
{
    (void)state;
    set(STORE_FIGURE_SIGHTINGS_DROPPED, 1);
    expect("losses", DOCTOR_WARN, "1 record of the capture process found no publisher");
    set(STORE_FIGURE_SIGHTINGS_DROPPED, 0);
    set(STORE_FIGURE_SIGHTINGS_REFUSED, 7);
    expect("losses", DOCTOR_WARN, "refused 7 records");
}

static void one_frame_in_a_thousand_may_be_lost(void **state)
{
    (void)state;
    set(STORE_FIGURE_KERNEL_DROPPED, 1000);
    expect("losses", DOCTOR_NOTE, "1000 frames");
    set(STORE_FIGURE_RING_FULL, 2);
    expect("losses", DOCTOR_WARN, "2 by a full ring");
}

static void one_hardware_address_for_two_devices_is_to_be_seen_to(void **state)
{
    (void)state;
    set(STORE_FIGURE_DEVICES_DOUBTFUL, 1);
    expect("devices", DOCTOR_WARN, "at two network addresses at once");
}

static void a_spool_that_loses_is_bad_and_a_disk_that_fails_to_be_seen_to(void **state)
{
    (void)state;
    set(STORE_FIGURE_SPOOL_ERRORS, 1);
    expect("spool", DOCTOR_WARN, "1 calls of its disk failed");
    set(STORE_FIGURE_SPOOL_ERRORS, 0);
    set(STORE_FIGURE_STORE_RED, 1);
    expect("spool", DOCTOR_BAD, "being lost");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_healthy_sensor_has_nothing_to_be_seen_to),
        TEST(figures_that_are_old_are_no_sensor_and_nothing_more_is_said_of_them),
        TEST(a_process_without_its_walls_is_bad),
        TEST(a_dissector_that_is_left_out_is_bad_and_named),
        TEST(crashes_are_to_be_seen_to),
        TEST(an_open_gap_is_bad_a_recent_one_to_be_seen_to_and_an_old_one_good_to_know),
        TEST(records_that_were_lost_or_refused_are_to_be_seen_to),
        TEST(one_frame_in_a_thousand_may_be_lost),
        TEST(one_hardware_address_for_two_devices_is_to_be_seen_to),
        TEST(a_spool_that_loses_is_bad_and_a_disk_that_fails_to_be_seen_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
