/* test_attempts.c -- five tries in fifteen minutes. */
#include "dashboard/attempts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define T0 (1000 * NS_PER_S)

static struct attempts a;

static int begin(void **state)
{
    (void)state;
    memset(&a, 0, sizeof(a));
    return 0;
}

static void the_sixth_try_waits_until_the_first_is_fifteen_minutes_old(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(attempts_wait_ns(&a, "user:anna", T0 + i), 0);
        attempts_failed(&a, "user:anna", NULL, T0 + i);
    }
    assert_int_equal(attempts_wait_ns(&a, "user:anna", T0 + 5), ATTEMPTS_WINDOW_NS - 5);
    assert_int_equal(attempts_wait_ns(&a, "user:tom", T0 + 5), 0);
    assert_int_equal(attempts_wait_ns(&a, "user:anna", T0 + ATTEMPTS_WINDOW_NS - 1), 1);
    assert_int_equal(attempts_wait_ns(&a, "user:anna", T0 + ATTEMPTS_WINDOW_NS), 0);
    attempts_failed(&a, "user:anna", NULL, T0 + ATTEMPTS_WINDOW_NS);
    assert_int_equal(attempts_wait_ns(&a, "user:anna", T0 + ATTEMPTS_WINDOW_NS), 1);
}

static void success_forgets(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        attempts_failed(&a, "user:anna", NULL, T0);
    attempts_forget(&a, "user:anna", NULL);
    assert_int_equal(attempts_wait_ns(&a, "user:anna", T0), 0);
}

static void a_full_table_gives_up_the_oldest(void **state)
{
    (void)state;
    char subject[32];
    for (unsigned i = 0; i < 5; i++)
        attempts_failed(&a, "user:anna", NULL, T0 + ATTEMPTS_MAX + 1);
    for (unsigned i = 0; i < ATTEMPTS_MAX + 100; i++) {
        snprintf(subject, sizeof(subject), "user:u%u", i);
        attempts_failed(&a, subject, NULL, T0 + i);
    }
    assert_true(attempts_wait_ns(&a, "user:anna", T0 + ATTEMPTS_MAX + 2) > 0);
}

static void an_ipv6_address_counts_by_its_network(void **state)
{
    (void)state;
    const uint8_t one[16] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8}, two[16] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 9}, three[16] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 2}, v4[4] = {10, 0, 0, 1}, w4[4] = {10, 0, 0, 2};
    char x[ATTEMPT_SUBJECT_MAX], y[ATTEMPT_SUBJECT_MAX];
    struct ip_addr p = ip_from_v6(one), q = ip_from_v6(two), r = ip_from_v6(three), s = ip_from_v4(v4), t = ip_from_v4(w4);
    attempt_of_address(&p, x);
    attempt_of_address(&q, y);
    assert_string_equal(x, y);
    attempt_of_address(&r, y);
    assert_string_not_equal(x, y);
    attempt_of_address(&s, x);
    attempt_of_address(&t, y);
    assert_string_not_equal(x, y);
}

/* Whoever guesses from one place is kept out, and nobody else. */
static void one_address_locks_itself_and_not_the_name_for_others(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        uint64_t now = T0 + round * ATTEMPTS_WINDOW_NS;
        for (unsigned i = 0; i < 5; i++) {
            assert_int_equal(attempts_wait_ns(&a, "user:anna", now), 0);
            attempts_failed(&a, "user:anna", "address:10.0.0.66", now);
            attempts_failed(&a, "address:10.0.0.66", NULL, now);
        }
        assert_true(attempts_wait_ns(&a, "address:10.0.0.66", now) > 0);
        assert_int_equal(attempts_wait_ns(&a, "user:anna", now), 0);
    }
}

static void guesses_from_many_addresses_lock_the_name(void **state)
{
    (void)state;
    char from[32];
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(attempts_wait_ns(&a, "user:anna", T0), 0);
        snprintf(from, sizeof(from), "address:10.0.0.%u", i);
        attempts_failed(&a, "user:anna", from, T0);
        attempts_failed(&a, from, NULL, T0);
    }
    assert_int_equal(attempts_wait_ns(&a, "user:anna", T0), ATTEMPTS_WINDOW_NS);
}

/* Who has an account of their own signs in between guesses at another's: their address is free again, the name is not. */
static void a_success_takes_back_what_came_from_there_alone(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        attempts_failed(&a, "user:anna", "address:10.0.0.66", T0);
        attempts_failed(&a, "address:10.0.0.66", NULL, T0);
    }
    attempts_forget(&a, "user:tom", "address:10.0.0.66");
    attempts_forget(&a, "address:10.0.0.66", NULL);
    attempts_failed(&a, "user:anna", "address:10.0.0.66", T0);
    attempts_failed(&a, "address:10.0.0.66", NULL, T0);
    assert_true(attempts_wait_ns(&a, "user:anna", T0) > 0);
    attempts_forget(&a, "user:anna", "address:10.0.0.7");
    assert_true(attempts_wait_ns(&a, "user:anna", T0) > 0);
    attempts_forget(&a, "user:anna", "address:10.0.0.66");
    assert_int_equal(attempts_wait_ns(&a, "user:anna", T0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_sixth_try_waits_until_the_first_is_fifteen_minutes_old, begin),
        cmocka_unit_test_setup(success_forgets, begin),
        cmocka_unit_test_setup(a_full_table_gives_up_the_oldest, begin),
        cmocka_unit_test_setup(one_address_locks_itself_and_not_the_name_for_others, begin),
        cmocka_unit_test_setup(guesses_from_many_addresses_lock_the_name, begin),
        cmocka_unit_test_setup(a_success_takes_back_what_came_from_there_alone, begin),
        cmocka_unit_test_setup(an_ipv6_address_counts_by_its_network, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
