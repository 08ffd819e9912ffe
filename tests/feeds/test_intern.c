#include "feeds/intern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void numbers_count_up_and_stay(void **state)
{
    (void)state;
    struct intern t;
    bool fresh;
    char text[32];
    assert_int_equal(intern_init(&t), 0);
    for (uint32_t i = 0; i < 50000; i++) {
        int n = snprintf(text, sizeof(text), "%u.example.com", i);
        assert_int_equal(intern_add(&t, text, (size_t)n, &fresh), i);
        assert_true(fresh);
    }
    for (uint32_t i = 0; i < 50000; i++) {
        int n = snprintf(text, sizeof(text), "%u.example.com", i);
        assert_int_equal(intern_find(&t, text, (size_t)n), i);
        assert_int_equal(intern_add(&t, text, (size_t)n, &fresh), i);
        assert_false(fresh);
        assert_string_equal(intern_text(&t, i), text);
        assert_int_equal(intern_length(&t, i), n);
    }
    assert_int_equal(t.count, 50000);
    intern_fini(&t);
}

static void strings_with_nuls_and_none_at_all_are_strings(void **state)
{
    (void)state;
    struct intern t;
    bool fresh;
    assert_int_equal(intern_init(&t), 0);
    assert_int_equal(intern_add(&t, "", 0, &fresh), 0);
    assert_int_equal(intern_add(&t, "a\0b", 3, &fresh), 1);
    assert_int_equal(intern_add(&t, "a\0c", 3, &fresh), 2);
    assert_int_equal(intern_add(&t, "a", 1, &fresh), 3);
    assert_int_equal(intern_find(&t, "a\0b", 3), 1);
    assert_int_equal(intern_find(&t, "", 0), 0);
    assert_int_equal(intern_length(&t, 0), 0);
    intern_fini(&t);
}

static void what_was_never_added_is_not_found(void **state)
{
    (void)state;
    struct intern t;
    bool fresh;
    assert_int_equal(intern_init(&t), 0);
    assert_int_equal(intern_find(&t, "a", 1), INTERN_NONE);
    intern_add(&t, "ab", 2, &fresh);
    assert_int_equal(intern_find(&t, "a", 1), INTERN_NONE);
    assert_int_equal(intern_find(&t, "abc", 3), INTERN_NONE);
    intern_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_count_up_and_stay),
        cmocka_unit_test(strings_with_nuls_and_none_at_all_are_strings),
        cmocka_unit_test(what_was_never_added_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
