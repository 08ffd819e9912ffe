/* test_sessions.c -- how long somebody is signed in. */
#include "dashboard/sessions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sodium.h>

#define T0 (1000 * NS_PER_S)

static struct sessions s;

static int begin(void **state)
{
    (void)state;
    memset(&s, 0, sizeof(s));
    return sodium_init() < 0 ? -1 : 0;
}

static void a_session_ends_after_fifteen_idle_minutes(void **state)
{
    (void)state;
    char id[SESSION_ID_MAX];
    sessions_begin(&s, "anna", ROLE_LEAD, T0, id);
    assert_non_null(sessions_find(&s, id, T0 + SESSION_IDLE_NS - 1, true));
    assert_non_null(sessions_find(&s, id, T0 + 2 * SESSION_IDLE_NS - 2, true));
    assert_null(sessions_find(&s, id, T0 + 3 * SESSION_IDLE_NS - 2, true));
    assert_null(sessions_find(&s, id, T0, true));
}

static void what_the_page_asks_by_itself_is_not_doing_something(void **state)
{
    (void)state;
    char id[SESSION_ID_MAX];
    struct session *own = sessions_begin(&s, "anna", ROLE_LEAD, T0, id);
    uint64_t number = own->number;
    assert_non_null(sessions_find(&s, id, T0 + SESSION_IDLE_NS - 1, false));
    assert_true(sessions_alive(&s, number, T0 + SESSION_IDLE_NS - 1));
    assert_false(sessions_alive(&s, number, T0 + SESSION_IDLE_NS));
    assert_null(sessions_find(&s, id, T0 + SESSION_IDLE_NS, false));
}

static void eight_hours_are_the_most(void **state)
{
    (void)state;
    char id[SESSION_ID_MAX];
    sessions_begin(&s, "anna", ROLE_LEAD, T0, id);
    uint64_t t = T0;
    for (; t + SESSION_IDLE_NS / 2 < T0 + SESSION_LIFE_NS; t += SESSION_IDLE_NS / 2)
        assert_non_null(sessions_find(&s, id, t, true));
    assert_null(sessions_find(&s, id, T0 + SESSION_LIFE_NS, true));
}

static void an_id_is_random_and_the_table_does_not_hold_it(void **state)
{
    (void)state;
    char id[SESSION_ID_MAX], other[SESSION_ID_MAX];
    struct session *own = sessions_begin(&s, "anna", ROLE_LEAD, T0, id);
    sessions_begin(&s, "anna", ROLE_LEAD, T0, other);
    assert_int_equal(strlen(id), 32);
    assert_string_not_equal(id, other);
    assert_string_not_equal(own->token, id);
    assert_null(memmem(&s, sizeof(s), id, 32));
    assert_true(session_token_is(own, own->token));
    assert_false(session_token_is(own, id));
    assert_false(session_token_is(own, ""));
    assert_false(session_token_is(own, NULL));
    assert_null(sessions_find(&s, "00000000000000000000000000000000", T0, true));
}

static void a_removed_account_is_signed_out_everywhere(void **state)
{
    (void)state;
    char a[SESSION_ID_MAX], b[SESSION_ID_MAX], c[SESSION_ID_MAX];
    sessions_begin(&s, "anna", ROLE_LEAD, T0, a);
    sessions_begin(&s, "tom", ROLE_TECHNICIAN, T0, b);
    sessions_begin(&s, "anna", ROLE_LEAD, T0, c);
    sessions_end_of(&s, "anna");
    assert_null(sessions_find(&s, a, T0, true));
    assert_null(sessions_find(&s, c, T0, true));
    assert_non_null(sessions_find(&s, b, T0, true));
}

static void a_full_table_gives_up_the_one_idle_longest(void **state)
{
    (void)state;
    char id[SESSIONS_MAX + 1][SESSION_ID_MAX];
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        sessions_begin(&s, "anna", ROLE_LEAD, T0 + i, id[i]);
    sessions_find(&s, id[0], T0 + 1000, true);
    sessions_begin(&s, "anna", ROLE_LEAD, T0 + 2000, id[SESSIONS_MAX]);
    assert_non_null(sessions_find(&s, id[0], T0 + 2000, true));
    assert_null(sessions_find(&s, id[1], T0 + 2000, true));
    assert_non_null(sessions_find(&s, id[SESSIONS_MAX], T0 + 2000, true));
}

static void a_look_is_noted_once_an_hour(void **state)
{
    (void)state;
    char id[SESSION_ID_MAX];
    struct session *own = sessions_begin(&s, "anna", ROLE_LEAD, T0, id);
    assert_true(session_notes(own, "today, 2026-11-22", 7));
    assert_false(session_notes(own, "today, 2026-11-22", 7));
    assert_true(session_notes(own, "today, 2026-11-21", 7));
    session_unnote(own);
    assert_true(session_notes(own, "today, 2026-11-21", 7));
    assert_true(session_notes(own, "today, 2026-11-22", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_session_ends_after_fifteen_idle_minutes, begin),
        cmocka_unit_test_setup(what_the_page_asks_by_itself_is_not_doing_something, begin),
        cmocka_unit_test_setup(eight_hours_are_the_most, begin),
        cmocka_unit_test_setup(an_id_is_random_and_the_table_does_not_hold_it, begin),
        cmocka_unit_test_setup(a_removed_account_is_signed_out_everywhere, begin),
        cmocka_unit_test_setup(a_full_table_gives_up_the_one_idle_longest, begin),
        cmocka_unit_test_setup(a_look_is_noted_once_an_hour, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
