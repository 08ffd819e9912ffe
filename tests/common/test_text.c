/* test_text.c -- what passes, what is replaced, and where a text is cut. */
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FFFD "\xef\xbf\xbd"

static void assert_clean(const char *bytes, size_t n, const char *expected)
{
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    char *clean = text_clean_copy(exact, n);
    assert_non_null(clean);
    assert_string_equal(clean, expected);
    free(clean);
    free(exact);
}
#define ASSERT_CLEAN(literal, expected) assert_clean(literal, sizeof(literal) - 1, expected)

static void ordinary_text_passes_unchanged(void **state)
{
    (void)state;
    ASSERT_CLEAN("", "");
    ASSERT_CLEAN("Library PC 3", "Library PC 3");
    ASSERT_CLEAN("caf\xc3\xa9 \xe5\xad\xa6\xe6\xa0\xa1 \xf0\x9f\x9a\xb8",
                 "caf\xc3\xa9 \xe5\xad\xa6\xe6\xa0\xa1 \xf0\x9f\x9a\xb8");
    ASSERT_CLEAN("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
                 "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");     /* Hebrew, written right to left by right */
    ASSERT_CLEAN("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"); /* U+10FFFF, the last */
}

static void control_characters_are_replaced(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0xa0; c++) {
        char bytes[2];
        size_t n = 1;
        if (c < 0x80) {
            bytes[0] = (char)c;
        } else {
            bytes[0] = (char)0xc2;
            bytes[1] = (char)c;
            n = 2;
        }
        char clean[TEXT_CLEAN_MAX(2)];
        text_clean(bytes, n, clean, sizeof(clean));
        bool control = c < 0x20 || c >= 0x7f;
        assert_int_equal(strcmp(clean, FFFD) == 0, control);
    }
}

static void characters_that_reorder_or_break_the_line_are_replaced(void **state)
{
    (void)state;
    static const uint16_t refused[] = {0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c,
                                       0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        uint16_t c = refused[i];
        char three[3] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f))};
        char two[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
        if (c < 0x800)
            assert_clean(two, 2, FFFD);
        else
            assert_clean(three, 3, FFFD);
    }
}

static void bytes_that_are_not_utf8_are_replaced_one_by_one(void **state)
{
    (void)state;
    ASSERT_CLEAN("a\xff"
                 "b",
                 "a" FFFD "b");
    ASSERT_CLEAN("\x80", FFFD);
    ASSERT_CLEAN("\xc0\x80", FFFD FFFD); /* overlong NUL */
    ASSERT_CLEAN("\xc1\xbf", FFFD FFFD);
    ASSERT_CLEAN("\xe0\x9f\xbf", FFFD FFFD FFFD); /* overlong U+07FF */
    ASSERT_CLEAN("\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD);
    ASSERT_CLEAN("\xed\xa0\x80", FFFD FFFD FFFD);          /* a surrogate */
    ASSERT_CLEAN("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD); /* above U+10FFFF */
    ASSERT_CLEAN("\xf5\x80\x80\x80", FFFD FFFD FFFD FFFD);
    ASSERT_CLEAN("\xe2\x82(", FFFD FFFD "(");
}

static void a_nul_inside_is_replaced(void **state)
{
    (void)state;
    ASSERT_CLEAN("a\0b", "a" FFFD "b");
}

static void every_truncation_of_a_character_is_replaced(void **state)
{
    (void)state;
    ASSERT_CLEAN("\xc3", FFFD);
    ASSERT_CLEAN("\xe2\x82", FFFD FFFD);
    ASSERT_CLEAN("\xf0\x9f\x9a", FFFD FFFD FFFD);
}

static void the_worst_case_fits_the_stated_size(void **state)
{
    (void)state;
    char bytes[100], clean[TEXT_CLEAN_MAX(100)];
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(text_clean(bytes, sizeof(bytes), clean, sizeof(clean)), 300);
}

static void a_small_buffer_cuts_between_characters(void **state)
{
    (void)state;
    static const char text[] = "a\xe2\x82\xac\xc3\xa9"; /* a, U+20AC, U+00E9 */
    static const size_t kept[] = {0, 0, 1, 1, 1, 4, 4, 6, 6};
    for (size_t room = 1; room <= 8; room++) {
        char *out = malloc(room);
        assert_non_null(out);
        assert_int_equal(text_clean(text, sizeof(text) - 1, out, room), kept[room]);
        assert_int_equal(out[kept[room]], '\0');
        free(out);
    }
    char one[1];
    assert_int_equal(text_clean(NULL, 0, one, 1), 0);
}

static void columns_count_what_a_terminal_shows(void **state)
{
    (void)state;
    assert_int_equal(text_columns("abc", 3), 3);
    assert_int_equal(text_columns("\xe5\xad\xa6", 3), 2);     /* a wide character */
    assert_int_equal(text_columns("e\xcc\x81", 3), 1);        /* e and a combining accent */
    assert_int_equal(text_columns("\xf0\x9f\x9a\xb8", 4), 2); /* an emoji */
    assert_int_equal(text_columns("", 0), 0);
}

static void a_head_never_splits_a_character(void **state)
{
    (void)state;
    static const char text[] = "a\xe5\xad\xa6"
                               "e\xcc\x81z"; /* columns 1 2 1 1 */
    static const size_t bytes[] = {0, 1, 1, 4, 7, 8, 8};
    for (unsigned columns = 0; columns <= 6; columns++)
        assert_int_equal(text_head(text, sizeof(text) - 1, columns), bytes[columns]);
}

static void a_tail_never_splits_a_character(void **state)
{
    (void)state;
    static const char text[] = "a\xe5\xad\xa6z"; /* columns 1 2 1 */
    static const size_t begins[] = {5, 4, 4, 1, 0};
    for (unsigned columns = 0; columns <= 4; columns++)
        assert_int_equal(text_tail(text, sizeof(text) - 1, columns), begins[columns]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_text_passes_unchanged),
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(characters_that_reorder_or_break_the_line_are_replaced),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced_one_by_one),
        cmocka_unit_test(a_nul_inside_is_replaced),
        cmocka_unit_test(every_truncation_of_a_character_is_replaced),
        cmocka_unit_test(the_worst_case_fits_the_stated_size),
        cmocka_unit_test(a_small_buffer_cuts_between_characters),
        cmocka_unit_test(columns_count_what_a_terminal_shows),
        cmocka_unit_test(a_head_never_splits_a_character),
        cmocka_unit_test(a_tail_never_splits_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
