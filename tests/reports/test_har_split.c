/* test_har_split.c -- recordings taken apart, whatever is in them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/json.h"
#include "reports/har_split.h"

static char heard[4][4096]; /* the last element of each part */
static unsigned counts[4];
static size_t last_len;
static bool all_parse;

static int hear(void *context, enum har_part part, const char *json, size_t n)
{
    char error[JSON_ERROR_MAX];
    assert_ptr_equal(context, heard);
    counts[part]++;
    last_len = n;
    snprintf(heard[part], sizeof(heard[part]), "%.*s", (int)n, json);
    struct json_node *node = json_read(json, n, error);
    all_parse &= node != NULL;
    json_node_free(node);
    return strstr(heard[part], "stop here") ? -ECANCELED : 0;
}

/* Feeds in pieces of `step` bytes, each in a heap buffer of its own size. */
static int split_in(const char *text, size_t n, size_t step, char fault[200])
{
    struct har_split *s = har_split_new(hear, heard);
    int rc = 0;
    assert_non_null(s);
    memset(counts, 0, sizeof(counts));
    all_parse = true;
    for (size_t at = 0; at < n && rc == 0; at += step) {
        size_t piece = n - at < step ? n - at : step;
        char *exact = malloc(piece);
        assert_non_null(exact);
        memcpy(exact, text + at, piece);
        rc = har_split_feed(s, exact, piece);
        free(exact);
    }
    if (rc == 0)
        rc = har_split_end(s);
    snprintf(fault, 200, "%s", har_split_fault(s));
    har_split_free(s);
    return rc;
}

static const char small[] = "\xef\xbb\xbf{\"x\":[{\"entries\":[{}]}],\"log\" : "
                            "{\"version\":\"1.2\",\"creator\":{\"name\":\"a \\\"b\\\"\"},\"browser\":{\"name\":\"c\"},"
                            "\"pages\":[{\"id\":\"p\",\"deep\":{\"entries\":[{}]}}],\"entries\":[{\"n\":1},{\"n\":["
                            "true,null,-1.5e3,{\"m\":\"\\u00e9]}\"}]} ]}}\n";

static void the_parts_come_out_whole_however_the_file_is_cut(void **state)
{
    (void)state;
    char fault[200];
    for (size_t step = 1; step < sizeof(small); step++) {
        assert_int_equal(split_in(small, sizeof(small) - 1, step, fault), 0);
        assert_int_equal(counts[HAR_CREATOR], 1);
        assert_int_equal(counts[HAR_BROWSER], 1);
        assert_int_equal(counts[HAR_PAGE], 1);
        assert_int_equal(counts[HAR_ENTRY], 2);
        assert_string_equal(heard[HAR_CREATOR], "{\"name\":\"a \\\"b\\\"\"}");
        assert_string_equal(heard[HAR_PAGE], "{\"id\":\"p\",\"deep\":{\"entries\":[{}]}}");
        assert_string_equal(heard[HAR_ENTRY], "{\"n\":[true,null,-1.5e3,{\"m\":\"\\u00e9]}\"}]}");
        assert_true(all_parse);
    }
}

static void every_truncation_is_a_fault_that_says_so(void **state)
{
    (void)state;
    char fault[200];
    for (size_t n = 0; n + 2 < sizeof(small); n++) {
        assert_int_equal(split_in(small, n, 7, fault), -EINVAL);
        assert_true(strlen(fault) > 10);
    }
}

static void what_is_no_recording_is_refused_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {{"", "empty"},
                 {"<html>", "no object"},
                 {"[1]", "no object"},
                 {"\"log\"", "no object"},
                 {"{}", "no \"log\""},
                 {"{\"log\":[]}", "no \"log\""},
                 {"{\"log\":{}}", "no \"entries\""},
                 {"{\"log\":{\"entries\":{}}}", "no \"entries\""},
                 {"{\"log\":{\"entries\":[}}", "does not match"},
                 {"{\"log\":{\"entries\":[]}} x", "follows"},
                 {"{\"log\":{\"entries\":[]}} {", "follows"},
                 {"{\"log\" 1}", "name in quotes"},
                 {"{{", "name was expected"},
                 {"{:", "colon"},
                 {"{\"log\",", "comma"},
                 {"{\"log\" \"x\"", "colon was expected"},
                 {"{\"log\":\"\\x\"}", "escape"},
                 {"{\"log\":\"\\u00zz\"}", "escape"},
                 {"{\"log\":\"a\nb\"}", "control character"}};
    char fault[200];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(split_in(cases[i].text, strlen(cases[i].text), 3, fault), -EINVAL);
        if (!strstr(fault, cases[i].words))
            fail_msg("%s: said \"%s\", expected \"%s\"", cases[i].text, fault, cases[i].words);
    }
}

static void nesting_has_an_end(void **state)
{
    (void)state;
    char text[HAR_DEPTH_MAX * 8], fault[200];
    size_t n = (size_t)sprintf(text, "{\"log\":{\"entries\":[");
    memset(text + n, '[', HAR_DEPTH_MAX);
    assert_int_equal(split_in(text, n + HAR_DEPTH_MAX, 50, fault), -EINVAL);
    assert_non_null(strstr(fault, "too deeply"));
}

static void what_strict_readers_refuse_is_replaced(void **state)
{
    (void)state;
    static const char text[] = "{\"log\":{\"entries\":[{\"a\":\"\\u0000|\\ud83d\\ude00|\\ud83d|\\ude00|\\ud83d\\n|"
                               "\\uD83D\\ud83d\\ude00|\\ud83d\"}]}}";
    char fault[200];
    for (size_t step = 1; step < 20; step++) {
        assert_int_equal(split_in(text, sizeof(text) - 1, step, fault), 0);
        assert_string_equal(
            heard[HAR_ENTRY],
            "{\"a\":\"\\ufffd|\\ud83d\\ude00|\\ufffd|\\ufffd|\\ufffd\\n|\\ufffd\\ud83d\\ude00|\\ufffd\"}");
        assert_true(all_parse);
    }
}

/* An entry with one text of n times `unit`. */
static char *long_text(const char *unit, size_t times, size_t *n)
{
    size_t len = strlen(unit);
    char *text = malloc(len * times + 200);
    assert_non_null(text);
    *n = (size_t)sprintf(text, "{\"log\":{\"entries\":[{\"a\":\"x");
    for (size_t i = 0; i < times; i++, *n += len)
        memcpy(text + *n, unit, len);
    *n += (size_t)sprintf(text + *n, "\",\"b\":1},{\"c\":2}]}}");
    return text;
}

static void long_texts_are_cut_and_stay_well_formed(void **state)
{
    (void)state;
    static const char *const units[] = {"a",    "\\n",  "\\u00e9", "\xc3\xa9", "\xf0\x9f\x98\x80", "\\ud83d\\ude00z",
                                        "\\\\", "a\\\""};
    char fault[200];
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n;
        char *text = long_text(units[i], 200000, &n);
        assert_int_equal(split_in(text, n, 65521, fault), 0);
        assert_int_equal(counts[HAR_ENTRY], 2);
        assert_true(all_parse);
        free(text);
    }
    size_t n;
    char *text = long_text("a", 5000000, &n);
    char *entry_end = strstr(text, ",{\"c\"");
    memcpy(entry_end, "]}}\0", 4);
    assert_int_equal(split_in(text, strlen(text), 65521, fault), 0);
    assert_true(last_len > HAR_STRING_MAX && last_len < HAR_STRING_MAX + 100);
    free(text);
}

static void an_element_that_is_too_long_is_left_out_and_counted(void **state)
{
    (void)state;
    size_t most = HAR_ELEMENT_MAX + 1000, n = 0;
    char *text = malloc(most + 200);
    assert_non_null(text);
    n += (size_t)sprintf(text, "{\"log\":{\"entries\":[{\"a\":[");
    while (n < most)
        n += (size_t)sprintf(text + n, "12345,");
    n += (size_t)sprintf(text + n, "1]},{\"c\":2}]}}");
    struct har_split *s = har_split_new(hear, heard);
    memset(counts, 0, sizeof(counts));
    assert_int_equal(har_split_feed(s, text, n), 0);
    assert_int_equal(har_split_end(s), 0);
    assert_int_equal(har_split_too_long(s), 1);
    assert_int_equal(counts[HAR_ENTRY], 1);
    har_split_free(s);
    free(text);
}

static void the_reader_can_stop_it(void **state)
{
    (void)state;
    static const char text[] = "{\"log\":{\"entries\":[{\"a\":\"stop here\"},{\"a\":1}]}}";
    char fault[200];
    assert_int_equal(split_in(text, sizeof(text) - 1, 100, fault), -ECANCELED);
    assert_int_equal(counts[HAR_ENTRY], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_come_out_whole_however_the_file_is_cut),
        cmocka_unit_test(every_truncation_is_a_fault_that_says_so),
        cmocka_unit_test(what_is_no_recording_is_refused_in_words),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(what_strict_readers_refuse_is_replaced),
        cmocka_unit_test(long_texts_are_cut_and_stay_well_formed),
        cmocka_unit_test(an_element_that_is_too_long_is_left_out_and_counted),
        cmocka_unit_test(the_reader_can_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
