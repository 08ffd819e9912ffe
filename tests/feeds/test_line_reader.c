#include "feeds/line_reader.h"

#include "tests/feeds/said.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define LINE(text) ((struct line){(text), sizeof(text) - 1})

/* The lines of a text in an exactly sized heap buffer, put together with '|' between them. */
static const char *lines_of(const char *text, size_t n, uint32_t *too_long)
{
    static char joined[8192];
    char *exact = malloc(n ? n : 1);
    memcpy(exact, text, n);
    struct line_reader reader = line_reader_over(exact, n);
    size_t at = 0;
    for (struct line line; line_reader_next(&reader, &line);) {
        if (at)
            joined[at++] = '|';
        memcpy(joined + at, line.at, line.n);
        at += line.n;
    }
    joined[at] = '\0';
    if (too_long)
        *too_long = reader.too_long;
    free(exact);
    return joined;
}

static void lf_and_crlf_end_a_line_and_the_last_end_may_lack(void **state)
{
    (void)state;
    assert_string_equal(lines_of("one\ntwo\r\nthree", 14, NULL), "one|two|three");
    assert_string_equal(lines_of("one\n\n\r\n two \t\n", 14, NULL), "one|||two");
    assert_string_equal(lines_of("", 0, NULL), "");
}

static void a_byte_order_mark_is_passed_over_at_the_begin_only(void **state)
{
    (void)state;
    assert_string_equal(lines_of("\xef\xbb\xbfone\n", 7, NULL), "one");
    assert_string_equal(lines_of("\xef\xbb", 2, NULL), "\xef\xbb");
    assert_string_equal(lines_of("one\n\xef\xbb\xbftwo", 10, NULL), "one|\xef\xbb\xbftwo");
}

static void a_line_over_the_limit_is_counted_and_the_next_one_comes(void **state)
{
    (void)state;
    char text[LINE_READER_LINE_MAX + 16];
    uint32_t too_long;
    memset(text, 'a', sizeof(text));
    memcpy(text + LINE_READER_LINE_MAX, "\nnext", 5);
    assert_int_equal(strlen(lines_of(text, LINE_READER_LINE_MAX + 5, &too_long)), LINE_READER_LINE_MAX + 5);
    assert_int_equal(too_long, 0);
    memcpy(text + LINE_READER_LINE_MAX, "a\nnext", 6);
    assert_string_equal(lines_of(text, LINE_READER_LINE_MAX + 6, &too_long), "next");
    assert_int_equal(too_long, 1);
}

static void a_column_is_cut_at_each_separator_and_nothing_is_left_after_the_last(void **state)
{
    (void)state;
    struct line rest = LINE("a\t\tb");
    assert_true(line_equals(line_cut(&rest, '\t'), "a"));
    assert_true(line_equals(line_cut(&rest, '\t'), ""));
    assert_true(line_equals(line_cut(&rest, '\t'), "b"));
    assert_null(rest.at);
    assert_int_equal(line_cut(&rest, '\t').n, 0);
}

static void words_are_parted_by_any_blanks(void **state)
{
    (void)state;
    struct line rest = LINE(" one \t two");
    assert_true(line_equals(line_word(&rest), "one"));
    assert_true(line_equals(line_word(&rest), "two"));
    assert_int_equal(line_word(&rest).n, 0);
}

static void text_with_control_characters_or_bad_utf8_is_not_clean(void **state)
{
    (void)state;
    assert_true(line_is_clean(LINE("")));
    assert_true(line_is_clean(LINE("Str\xc3\xb6"
                                   "er")));
    assert_false(line_is_clean(LINE("a\x1b[31m")));
    assert_false(line_is_clean(LINE("a\xc2\x9b"
                                    "31m")));
    assert_false(line_is_clean(LINE("a\xc3")));
    assert_false(line_is_clean(LINE("a\xe2\x80\xae"
                                    "b")));
}

static void a_nul_byte_makes_it_binary(void **state)
{
    (void)state;
    assert_true(line_reader_is_binary("a\0b", 3));
    assert_false(line_reader_is_binary("ab", 2));
    assert_false(line_reader_is_binary(NULL, 0));
}

static void a_file_comes_back_whole(void **state)
{
    (void)state;
    static char big[200000];
    char path[128], *bytes;
    size_t n;
    memset(big, 'x', sizeof(big));
    assert_int_equal(line_reader_load(said_file(path, "list.txt", big, sizeof(big)), &bytes, &n), 0);
    assert_int_equal(n, sizeof(big));
    assert_memory_equal(bytes, big, n);
    free(bytes);
    said_remove(path);
}

static int load_and_listen(const char *path, struct said *said)
{
    char *bytes;
    size_t n;
    said_begin(said);
    int rc = line_reader_load(path, &bytes, &n);
    said_end(said);
    return rc;
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct said said;
    assert_int_equal(load_and_listen("/nonexistent/list.txt", &said), -ENOENT);
    assert_non_null(strstr(said.text, "/nonexistent/list.txt: cannot be read: No such file"));
    assert_int_equal(load_and_listen("/tmp", &said), -EISDIR);
    assert_non_null(strstr(said.text, "/tmp: cannot be read: Is a directory"));
}

static void a_file_over_the_limit_is_refused_with_its_name_and_the_limit(void **state)
{
    (void)state;
    char path[128];
    struct said said;
    said_file(path, "huge.txt", "", 0);
    assert_int_equal(truncate(path, (off_t)LINE_READER_FILE_MAX + 1), 0);
    assert_int_equal(load_and_listen(path, &said), -EFBIG);
    assert_non_null(strstr(said.text, "huge.txt: larger than 64 MB"));
    assert_int_equal(load_and_listen("/dev/zero", &said), -EFBIG); /* no honest size to ask for */
    said_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lf_and_crlf_end_a_line_and_the_last_end_may_lack),
        cmocka_unit_test(a_byte_order_mark_is_passed_over_at_the_begin_only),
        cmocka_unit_test(a_line_over_the_limit_is_counted_and_the_next_one_comes),
        cmocka_unit_test(a_column_is_cut_at_each_separator_and_nothing_is_left_after_the_last),
        cmocka_unit_test(words_are_parted_by_any_blanks),
        cmocka_unit_test(text_with_control_characters_or_bad_utf8_is_not_clean),
        cmocka_unit_test(a_nul_byte_makes_it_binary),
        cmocka_unit_test(a_file_comes_back_whole),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
        cmocka_unit_test(a_file_over_the_limit_is_refused_with_its_name_and_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
