/* test_decoy.c -- silences that mean nothing: one a day, and one more when somebody else visits. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/clock.h"
#include "sensor/decoy.h"

#define MINUTE (60 * NS_PER_S)
#define NINE (33 * 3600 * NS_PER_S) /* of day 1 */

/* Contacts once a minute; returns how many silences began, and when the first did. */
static unsigned live(struct decoy *d, uint64_t day, unsigned minutes, uint64_t *first)
{
    unsigned n = 0;
    for (unsigned m = 0; m < minutes; m++)
        if (decoy_begins(d, day, NINE + ((day - 1) * 24 * 60 + m) * MINUTE) && n++ == 0)
            *first = m;
    return n;
}

static void each_day_has_its_silences_at_moments_that_chance_chooses(void **state)
{
    (void)state;
    struct decoy d = {0};
    uint64_t first = 0, least = UINT64_MAX, most = 0;
    for (uint64_t day = 1; day <= 200; day++) {
        assert_int_equal(live(&d, day, 12 * 60, &first), DECOYS_A_DAY);
        least = first < least ? first : least;
        most = first > most ? first : most;
    }
    assert_in_range(least, 10, 30);
    assert_in_range(most, 150, 181);
}

static void a_silence_lasts_as_long_as_a_visits(void **state)
{
    (void)state;
    struct decoy d = {0};
    uint64_t first = 0;
    live(&d, 1, 6 * 60, &first);
    uint64_t from = NINE + first * MINUTE;
    assert_true(decoy_covers(&d, from) && decoy_covers(&d, from - 5 * NS_PER_S) && decoy_covers(&d, from + 29 * MINUTE));
    assert_false(decoy_covers(&d, from - 11 * NS_PER_S) || decoy_covers(&d, from + 41 * MINUTE));
}

static void a_visit_spends_one(void **state)
{
    (void)state;
    struct decoy d = {0};
    uint64_t first;
    for (int i = 0; i < DECOYS_A_DAY; i++)
        decoy_spend(&d, 1, NINE);
    assert_int_equal(live(&d, 1, 12 * 60, &first), 0);
    assert_false(decoy_covers(&d, NINE + 31 * MINUTE));
    assert_int_equal(live(&d, 2, 12 * 60, &first), DECOYS_A_DAY);
}

static void a_visit_of_another_adds_one_within_the_half_hour(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        struct decoy d = {0};
        uint64_t first = 0;
        decoy_spend(&d, 1, NINE - 60 * MINUTE);
        decoy_owe(&d, 1, NINE);
        assert_int_equal(live(&d, 1, 12 * 60, &first), 1);
        assert_in_range(first, 0, 30);
    }
}

static void it_begins_when_the_one_that_goes_on_is_over(void **state)
{
    (void)state;
    struct decoy d = {0};
    uint64_t first = 0;
    decoy_spend(&d, 1, NINE);
    decoy_owe(&d, 1, NINE);
    assert_int_equal(live(&d, 1, 12 * 60, &first), 1);
    assert_in_range(first, 30, 60);
}

static void many_visits_of_others_add_no_more_than_a_day_bears(void **state)
{
    (void)state;
    struct decoy d = {0};
    uint64_t first = 0;
    for (int i = 0; i < 50; i++)
        decoy_owe(&d, 1, NINE);
    assert_int_equal(live(&d, 1, 12 * 60, &first), DECOYS_MOST);
    for (int i = 0; i < 50; i++)
        decoy_owe(&d, 1, NINE);
    assert_int_equal(live(&d, 1, 12 * 60, &first), 0);
}

static void before_any_sign_there_is_none(void **state)
{
    (void)state;
    const struct decoy d = {0};
    assert_false(decoy_covers(&d, 0) || decoy_covers(&d, NINE));
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_day_has_its_silences_at_moments_that_chance_chooses),
        cmocka_unit_test(a_silence_lasts_as_long_as_a_visits),
        cmocka_unit_test(a_visit_spends_one),
        cmocka_unit_test(a_visit_of_another_adds_one_within_the_half_hour),
        cmocka_unit_test(it_begins_when_the_one_that_goes_on_is_over),
        cmocka_unit_test(many_visits_of_others_add_no_more_than_a_day_bears),
        cmocka_unit_test(before_any_sign_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
