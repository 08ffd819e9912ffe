/* test_updater_state.c -- what is remembered of a list comes back exactly, or not at all. */
#include "feeds/updater_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct updater_state sample(void)
{
    struct updater_state s = {.url = "https://lists.example/ads.txt?x=1",
                              .etag = "W/\"a b\"",
                              .last_modified = "Tue, 14 Nov 2023 22:13:20 GMT",
                              .fetched_s = 1700000000,
                              .checked_s = 1700000001,
                              .rules = 46000};
    updater_state_hash("list", 4, s.hash);
    return s;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    char text[UPDATER_STATE_MAX];
    struct updater_state s = sample(), back;
    assert_true(updater_state_read(text, updater_state_write(&s, text), &back));
    assert_memory_equal(&s, &back, sizeof(s));
    s.etag[0] = s.last_modified[0] = '\0';
    memset(s.etag, 0, sizeof(s.etag));
    memset(s.last_modified, 0, sizeof(s.last_modified));
    assert_true(updater_state_read(text, updater_state_write(&s, text), &back));
    assert_memory_equal(&s, &back, sizeof(s));
}

static void the_longest_texts_fit(void **state)
{
    (void)state;
    char text[UPDATER_STATE_MAX];
    struct updater_state s = sample(), back;
    memset(s.url, 'u', HTTPS_URL_MAX);
    memset(s.etag, 'e', UPDATER_ETAG_MAX - 1);
    memset(s.last_modified, 'd', UPDATER_DATE_MAX - 1);
    s.fetched_s = s.checked_s = s.rules = INT64_MAX;
    size_t n = updater_state_write(&s, text);
    assert_true(n < UPDATER_STATE_MAX);
    assert_true(updater_state_read(text, n, &back));
    assert_int_equal(back.rules, INT64_MAX);
}

static void every_truncation_is_no_state(void **state)
{
    (void)state;
    char text[UPDATER_STATE_MAX];
    struct updater_state s = sample(), back;
    size_t n = updater_state_write(&s, text);
    for (size_t cut = 0; cut < n; cut++) {
        char *exact = malloc(cut ? cut : 1);
        assert_non_null(exact);
        memcpy(exact, text, cut);
        assert_false(updater_state_read(exact, cut, &back));
        free(exact);
    }
}

static void every_other_byte_is_no_state(void **state)
{
    (void)state;
    char text[UPDATER_STATE_MAX];
    struct updater_state s = sample(), back;
    size_t n = updater_state_write(&s, text);
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ 1 << bit);
            assert_false(updater_state_read(text, n, &back));
            text[i] = (char)(text[i] ^ 1 << bit);
        }
    text[n] = '\n';
    assert_false(updater_state_read(text, n + 1, &back));
}

static void headers_that_could_be_two_are_not_kept(void **state)
{
    (void)state;
    assert_true(updater_state_keeps("\"x\"", 3, 10));
    assert_true(updater_state_keeps("a b", 3, 4));
    assert_false(updater_state_keeps("a b", 3, 3));
    assert_false(updater_state_keeps("", 0, 10));
    assert_false(updater_state_keeps("a\r\nb", 4, 10));
    assert_false(updater_state_keeps("a\0b", 3, 10));
    assert_false(updater_state_keeps("\x7f", 1, 10));
    assert_false(updater_state_keeps("caf\xc3\xa9", 5, 10));
    assert_false(updater_state_keeps(" a", 2, 10));
    assert_false(updater_state_keeps("a ", 2, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(the_longest_texts_fit),
        cmocka_unit_test(every_truncation_is_no_state),
        cmocka_unit_test(every_other_byte_is_no_state),
        cmocka_unit_test(headers_that_could_be_two_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
