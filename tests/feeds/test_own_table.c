/* test_own_table.c -- rows, and every way in which one can be wrong. */
#include "feeds/own_table.h"

#include "common/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *seen[8][3];
static int seen_len;

static bool on_row(const char *const *cells)
{
    if (seen_len == 3)
        return false;
    memcpy(seen[seen_len++], cells, sizeof(seen[0]));
    return true;
}

static int read_text(const char *bytes, char **text)
{
    const struct own_table t = {
        .name = "test.tsv", .expected = "three cells", .bytes = bytes, .length = strlen(bytes), .columns = 3, .on_row = on_row};
    seen_len = 0;
    return own_table_read(&t, text);
}

static void rows_come_in_order_and_comments_do_not(void **state)
{
    (void)state;
    char *text;
    assert_int_equal(read_text("# id\tword\ttext\n\na\tb c\td\ne\tf\tg\n", &text), 0);
    assert_int_equal(seen_len, 2);
    assert_string_equal(seen[0][0], "a");
    assert_string_equal(seen[0][1], "b c");
    assert_string_equal(seen[0][2], "d");
    assert_string_equal(seen[1][2], "g");
    free(text);
    assert_int_equal(read_text("a\tb\tc", &text), 0); /* the last line may lack its end */
    assert_string_equal(seen[0][2], "c");
    free(text);
    assert_int_equal(read_text("", &text), 0);
    free(text);
}

static void a_row_that_is_wrong_refuses_the_table(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a\tb\n",       "a\tb\tc\td\n", "a\t\tc\n",
                                        "x\n",           "a\tb\tc\na\tb\n", "a\tb\tc\na\tb\tc\na\tb\tc\na\tb\tc\n"};
    char *text;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(read_text(wrong[i], &text), -EINVAL);
        assert_null(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_order_and_comments_do_not),
        cmocka_unit_test(a_row_that_is_wrong_refuses_the_table),
    };
    log_init("test_own_table", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
