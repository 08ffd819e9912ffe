/* test_decoy.c -- silences that mean nothing: one a day, whatever is visited. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/clock.h"
#include "sensor/decoy.h"

#define MINUTE (60 * NS_PER_S)
#define NINE (9 * 3600 * NS_PER_S)

/* Contacts once a minute; returns how many silences began, and when the first did. */
static unsigned live(struct decoy *d, uint64_t day, unsigned minutes, uint64_t *first)
{
    unsigned n = 0;
    for (unsigned m = 0; m < minutes; m++)
        if (decoy_begins(d, day, NINE + m * MINUTE) && n++ == 0)
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
    assert_false(decoy_covers(&d, NINE)); /* the visit itself is what withholds */
    assert_int_equal(live(&d, 2, 12 * 60, &first), DECOYS_A_DAY);
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
        cmocka_unit_test(before_any_sign_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
