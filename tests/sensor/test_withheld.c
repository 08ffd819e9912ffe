/* test_withheld.c -- contacts near visits leave in a crowd or not at all, and a tracker of one helpline never carries a device. */
#include "sensor/withheld.h"
#include "common/byte_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define LEFT_MOST 4096

struct left {
    char tracker[64], period[PERIOD_NAME_MAX];
    enum evidence evidence;
    uint32_t connections;
};

static struct left left[LEFT_MOST];
static unsigned left_len;
static struct withheld *kept;

static void on_contact(void *context, const struct period *p, const struct source *source, enum evidence evidence, uint32_t connections)
{
    (void)context;
    assert_true(left_len < LEFT_MOST);
    struct left *l = &left[left_len++];
    snprintf(l->tracker, sizeof(l->tracker), "%s", source ? source->tracker : "");
    memcpy(l->period, p->name, sizeof(l->period));
    l->evidence = evidence;
    l->connections = connections;
}

static const struct withheld_outlet outlet = {.on_contact = on_contact};

static int begin(void **state)
{
    (void)state;
    memset(left, 0, sizeof(left));
    left_len = 0;
    kept = withheld_new(5, &outlet);
    return kept ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    withheld_free(kept);
    return 0;
}

static struct device_key device(int number)
{
    struct device_key d = {.is_mac = 1};
    d.bytes[5] = (uint8_t)number;
    return d;
}

static struct source of(const char *tracker)
{
    struct source s = {.purpose = PURPOSE_AD_EXCHANGE};
    snprintf(s.tracker, sizeof(s.tracker), "%s", tracker);
    return s;
}

static bool told(const char *day, const char *tracker, int number)
{
    struct device_key d = device(number);
    struct source s = of(tracker);
    return withheld_told(kept, day, &s, &d, EVIDENCE_HANDSHAKE, 1);
}

static void add(const char *day, const char *tracker, int number, uint32_t connections)
{
    struct device_key d = device(number);
    struct source s = of(tracker);
    withheld_add(kept, day, &s, &d, EVIDENCE_HANDSHAKE, connections);
}

static void a_withheld_contact_counts_for_its_tracker_while_it_is_open(void **state)
{
    (void)state;
    struct device_key d = device(1);
    struct source s = of("Only");
    withheld_note(kept, "2026-11-23", &s, &d); /* a connection that stays open all day */
    assert_false(told("2026-11-23", "Only", 1));
}

static void what_is_kept_back_does_not_make_a_tracker_like_any_other(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        add("2026-11-23", "Only", 1, 1);
    for (int i = 0; i < 30; i++)
        assert_false(told("2026-11-23", "Only", 1));
    assert_false(told("2026-11-24", "Only", 2));
}

static unsigned count(const char *period, const char *tracker)
{
    unsigned n = 0;
    for (unsigned i = 0; i < left_len; i++)
        n += strcmp(left[i].period, period) == 0 && strcmp(left[i].tracker, tracker) == 0;
    return n;
}

static void nothing_leaves_before_the_day_is_over(void **state)
{
    (void)state;
    for (int i = 1; i <= 6; i++)
        add("2026-11-23", "Xandr", i, 1);
    withheld_close_before(kept, "2026-11-23");
    assert_int_equal(left_len, 0);
    withheld_close_before(kept, "2026-11-24");
    assert_int_equal(left_len, 6);
    assert_int_equal(count("2026-11-23", "Xandr"), 6);
    withheld_close_all(kept);
    assert_int_equal(left_len, 6);
}

static void a_tracker_that_few_devices_contacted_loses_its_name(void **state)
{
    (void)state;
    for (int i = 1; i <= 6; i++)
        add("2026-11-23", "Popular", i, 1);
    add("2026-11-23", "Helpline's own", 1, 1);
    add("2026-11-23", "Helpline's own", 2, 1);
    for (int i = 3; i <= 5; i++)
        assert_true(told("2026-11-23", "Known to five", i));
    add("2026-11-23", "Known to five", 1, 1);
    add("2026-11-23", "Known to five", 2, 1);
    withheld_close_all(kept);
    assert_int_equal(count("2026-11-23", "Popular"), 6);
    assert_int_equal(count("2026-11-23", "Known to five"), 2);
    assert_int_equal(count("2026-11-23", "Helpline's own"), 0);
    assert_int_equal(count("2026-11-23", ""), 2);
}

static void a_day_without_a_crowd_waits_for_its_week_without_names(void **state)
{
    (void)state;
    for (int i = 10; i <= 20; i++)
        assert_true(told("2026-11-23", "Popular", i));
    add("2026-11-23", "Popular", 1, 1);
    add("2026-11-24", "Popular", 1, 1);
    add("2026-11-25", "Popular", 2, 1);
    withheld_close_before(kept, "2026-11-29");
    assert_int_equal(left_len, 0);
    for (int i = 3; i <= 5; i++)
        add("2026-11-29", "Popular", i, 1);
    withheld_close_before(kept, "2026-11-30");
    assert_int_equal(left_len, 6);
    assert_int_equal(count("2026-W48", ""), 6);
}

static void one_device_on_thirty_days_unlocks_nothing(void **state)
{
    (void)state;
    char day[11];
    for (int i = 1; i <= 30; i++) {
        snprintf(day, sizeof(day), "2026-11-%02d", i);
        for (int other = 10; other < 20; other++)
            told(day, "Popular", other);
        add(day, "Popular", 1, 3);
        add(day, "Helpline's own", 1, 3);
    }
    withheld_close_all(kept);
    assert_int_equal(left_len, 0);
}

/* Outside of any visit too: whoever contacts it would be named as a visitor. */
static void a_tracker_that_is_mostly_withheld_never_carries_a_device(void **state)
{
    (void)state;
    for (int i = 1; i <= 5; i++)
        add("2026-11-23", "Helpline's own", i, 1);
    assert_false(told("2026-11-23", "Helpline's own", 6));
    assert_false(told("2026-11-29", "Helpline's own", 6)); /* six days later */
    assert_true(told("2026-11-23", "Popular", 1));
    assert_true(told("2026-11-23", "Popular", 1));
    add("2026-11-29", "Popular", 1, 1);
    assert_true(told("2026-11-29", "Popular", 2));
    withheld_close_before(kept, "2026-12-07");
    assert_true(told("2026-12-07", "Helpline's own", 6)); /* more than seven days without one */
}

static void what_it_was_told_for_leaves_with_the_crowd(void **state)
{
    (void)state;
    for (int i = 1; i <= 5; i++)
        add("2026-11-23", "Helpline's own", i, 1);
    assert_false(told("2026-11-23", "Helpline's own", 6));
    withheld_close_all(kept);
    assert_int_equal(count("2026-11-23", "Helpline's own"), 6);
}

static void devices_that_only_meet_such_a_tracker_are_no_crowd(void **state)
{
    (void)state;
    add("2026-11-23", "Helpline's own", 1, 1);
    for (int i = 2; i <= 9; i++)
        if (told("2026-11-23", "Helpline's own", i))
            add("2026-11-23", "Helpline's own", 1, 1);
    withheld_close_all(kept);
    assert_int_equal(left_len, 0);
}

static void connections_are_spread_so_that_none_stands_out(void **state)
{
    (void)state;
    uint32_t sum = 0;
    add("2026-11-23", "Popular", 1, 47);
    for (int i = 2; i <= 5; i++)
        add("2026-11-23", "Popular", i, 1);
    withheld_close_all(kept);
    assert_int_equal(left_len, 5);
    for (unsigned i = 0; i < left_len; i++) {
        assert_in_range(left[i].connections, 10, 11);
        sum += left[i].connections;
    }
    assert_int_equal(sum, 51);
}

static void the_order_in_which_they_leave_is_not_that_of_the_day(void **state)
{
    (void)state;
    char name[16];
    unsigned in_order = 0;
    for (int t = 0; t < 100; t++)
        for (int i = 1; i <= 5; i++) {
            snprintf(name, sizeof(name), "t%02d", t);
            add("2026-11-23", name, i, 1);
        }
    withheld_close_all(kept);
    assert_int_equal(left_len, 500);
    for (unsigned i = 1; i < left_len; i++)
        in_order += strcmp(left[i - 1].tracker, left[i].tracker) <= 0;
    assert_in_range(in_order, 150, 350);
}

static void a_restart_goes_on_with_crowd_and_history(void **state)
{
    (void)state;
    size_t n;
    for (int i = 1; i <= 3; i++)
        add("2026-11-23", "Helpline's own", i, 1);
    uint8_t *bytes = withheld_save(kept, &n);
    struct byte_reader r = reader_over(bytes, n);
    withheld_free(kept);
    kept = withheld_new(5, &outlet);
    assert_true(withheld_load(kept, &r));
    assert_int_equal(reader_left(&r), 0);
    assert_false(told("2026-11-23", "Helpline's own", 9));
    add("2026-11-23", "Helpline's own", 3, 1); /* known already */
    add("2026-11-23", "Helpline's own", 4, 1);
    withheld_close_before(kept, "2026-11-24");
    assert_int_equal(left_len, 0); /* four devices */
    free(bytes);
}

static void a_saved_state_that_is_cut_is_refused(void **state)
{
    (void)state;
    size_t n;
    for (int i = 1; i <= 3; i++)
        add("2026-11-23", i == 2 ? "A" : "B", i, 1);
    uint8_t *whole = withheld_save(kept, &n);
    struct withheld *w = withheld_new(5, &outlet);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        memcpy(exact, whole, cut);
        struct byte_reader r = reader_over(exact, cut);
        assert_false(withheld_load(w, &r));
        free(exact);
    }
    withheld_free(w);
    free(whole);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_withheld_contact_counts_for_its_tracker_while_it_is_open),
        TEST(what_is_kept_back_does_not_make_a_tracker_like_any_other),
        TEST(nothing_leaves_before_the_day_is_over),
        TEST(a_tracker_that_few_devices_contacted_loses_its_name),
        TEST(a_day_without_a_crowd_waits_for_its_week_without_names),
        TEST(one_device_on_thirty_days_unlocks_nothing),
        TEST(a_tracker_that_is_mostly_withheld_never_carries_a_device),
        TEST(what_it_was_told_for_leaves_with_the_crowd),
        TEST(devices_that_only_meet_such_a_tracker_are_no_crowd),
        TEST(connections_are_spread_so_that_none_stands_out),
        TEST(the_order_in_which_they_leave_is_not_that_of_the_day),
        TEST(a_restart_goes_on_with_crowd_and_history),
        TEST(a_saved_state_that_is_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
