/* test_first_code.c -- one code for whoever comes first, in a file that nobody else reads. */
#include "common/first_code.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/telltale-code-XXXXXX";
static char accounts[64], path[FIRST_CODE_PATH_MAX], code[FIRST_CODE_MAX];

static int begin(void **state)
{
    (void)state;
    strcpy(folder + sizeof(folder) - 7, "XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(accounts, sizeof(accounts), "%s/accounts.json", folder);
    return first_code_path(accounts, path) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void leave(const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void the_first_makes_it_and_the_second_has_the_same(void **state)
{
    (void)state;
    char again[FIRST_CODE_MAX];
    struct stat st;
    assert_int_equal(first_code_take(accounts, code), 0);
    assert_int_equal(strlen(code), 14);
    assert_true(code[4] == '-' && code[9] == '-');
    assert_int_equal(first_code_take(accounts, again), 0);
    assert_string_equal(code, again);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void once_it_is_forgotten_the_next_is_another(void **state)
{
    (void)state;
    char again[FIRST_CODE_MAX];
    assert_int_equal(first_code_take(accounts, code), 0);
    first_code_forget(accounts);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(first_code_take(accounts, again), 0);
    assert_string_not_equal(code, again);
}

static void a_file_that_others_may_read_is_not_taken(void **state)
{
    (void)state;
    leave("ABCD-EFGH-JKLM\n", 0640);
    assert_int_equal(first_code_take(accounts, code), -EACCES);
    assert_string_not_equal(code, "ABCD-EFGH-JKLM");
    assert_int_equal(strlen(code), 14); /* and still there is one, for the log */
}

static void a_link_is_not_followed(void **state)
{
    (void)state;
    char target[96];
    snprintf(target, sizeof(target), "%s/elsewhere", folder);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(first_code_take(accounts, code), -ELOOP);
    assert_int_equal(access(target, F_OK), -1);
}

static void what_is_no_code_is_made_anew(void **state)
{
    (void)state;
    const char *const no_codes[] = {"", "\n", "ABCD-EFGH-JKLM", "ABCD-EFGH-JKL0\n", "ABCDEFGHJKLMNO\n", "abcd-efgh-jklm\n", "ABCD-EFGH-JKLM-NPQR\n"};
    for (size_t i = 0; i < sizeof(no_codes) / sizeof(no_codes[0]); i++) {
        char again[FIRST_CODE_MAX];
        leave(no_codes[i], 0600);
        assert_int_equal(first_code_take(accounts, code), 0);
        assert_memory_not_equal(code, "ABCD-EFGH-JKLM", 14);
        assert_int_equal(first_code_take(accounts, again), 0);
        assert_string_equal(code, again);
        assert_int_equal(unlink(path), 0);
    }
}

static void without_a_folder_there_is_a_code_that_nobody_keeps(void **state)
{
    (void)state;
    assert_int_equal(first_code_take("/nowhere/at/all/accounts.json", code), -ENOENT);
    assert_int_equal(strlen(code), 14);
}

static void it_is_known_as_people_type_it(void **state)
{
    (void)state;
    assert_true(first_code_is("ABCD-EFGH-JKLM", "ABCD-EFGH-JKLM"));
    assert_true(first_code_is("ABCD-EFGH-JKLM", "abcdefghjklm"));
    assert_true(first_code_is("ABCD-EFGH-JKLM", " abcd efgh-JKLM "));
    const char *const others[] = {"", "ABCD", "ABCD-EFGH-JKLN", "BBCD-EFGH-JKLM", "ABCD-EFGH-JKLMM", "ABCD-EFGH-JKL"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(first_code_is("ABCD-EFGH-JKLM", others[i]));
    assert_false(first_code_is("", ""));
    assert_false(first_code_is("", "ABCD-EFGH-JKLM"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_first_makes_it_and_the_second_has_the_same),
        TEST(once_it_is_forgotten_the_next_is_another),
        TEST(a_file_that_others_may_read_is_not_taken),
        TEST(a_link_is_not_followed),
        TEST(what_is_no_code_is_made_anew),
        TEST(without_a_folder_there_is_a_code_that_nobody_keeps),
        TEST(it_is_known_as_people_type_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
