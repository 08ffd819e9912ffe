/* test_accounts.c -- the file of accounts, the first code, and who is who. */
#include "dashboard/accounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD "four words put together"

static char folder[64], path[96];

static int begin(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/telltale-accounts.XXXXXX");
    if (sodium_init() < 0 || !mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/accounts.json", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static struct accounts *open_accounts(void)
{
    struct accounts *a;
    assert_int_equal(accounts_open(path, &a), 0);
    return a;
}

/* As the dashboard does: whether it may, then the hash, then the account. */
static int add(struct accounts *a, const char *name, enum role role, const char *password)
{
    char hash[ACCOUNT_HASH_MAX];
    int rc = accounts_may_add(a, name, role, password);
    if (rc < 0)
        return rc;
    assert_int_equal(account_hash(password, hash), 0);
    return accounts_add(a, name, role, hash);
}

static enum role check(struct accounts *a, const char *name, const char *password)
{
    char hash[ACCOUNT_HASH_MAX];
    accounts_hash_of(a, name, hash);
    return account_verify(hash, password) ? accounts_role_with(a, name, hash) : ROLE_NONE;
}

static void write_file(const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

static void the_code_works_until_there_is_an_account(void **state)
{
    (void)state;
    char small[32], code[32];
    struct accounts *a = open_accounts();
    strcpy(code, accounts_code(a));
    assert_int_equal(strlen(code), 14);
    assert_true(accounts_code_is(a, code));
    for (size_t i = 0; i <= strlen(code); i++)
        small[i] = (char)(code[i] >= 'A' && code[i] <= 'Z' ? code[i] - 'A' + 'a' : code[i] == '-' ? ' ' : code[i]);
    assert_true(accounts_code_is(a, small));
    small[0] = small[0] == 'a' ? 'b' : 'a';
    assert_false(accounts_code_is(a, small));
    assert_false(accounts_code_is(a, ""));
    assert_false(accounts_code_is(a, "ABCD"));
    strcpy(small, code);
    strcat(small, "A");
    assert_false(accounts_code_is(a, small));
    assert_int_equal(add(a, "anna", ROLE_LEAD, PASSWORD), 0);
    assert_null(accounts_code(a));
    assert_false(accounts_code_is(a, code));
    assert_false(accounts_code_is(a, ""));
    accounts_close(a);
}

static void an_account_is_there_after_a_restart_and_its_file_is_private(void **state)
{
    (void)state;
    struct stat st;
    struct accounts *a = open_accounts();
    assert_int_equal(add(a, "anna", ROLE_LEAD, PASSWORD), 0);
    assert_int_equal(add(a, "tom", ROLE_TECHNICIAN, PASSWORD "2"), 0);
    accounts_close(a);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    a = open_accounts();
    assert_int_equal(accounts_count(a), 2);
    assert_int_equal(check(a, "anna", PASSWORD), ROLE_LEAD);
    assert_int_equal(check(a, "tom", PASSWORD "2"), ROLE_TECHNICIAN);
    assert_int_equal(check(a, "tom", PASSWORD), ROLE_NONE);
    assert_int_equal(check(a, "anna", ""), ROLE_NONE);
    assert_int_equal(check(a, "eve", PASSWORD), ROLE_NONE);
    assert_int_equal(check(a, "", PASSWORD), ROLE_NONE);
    accounts_close(a);
}

static void what_is_no_account_is_not_added(void **state)
{
    (void)state;
    char longer[ACCOUNT_PASSWORD_MOST + 2];
    struct accounts *a = open_accounts();
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(add(a, "anna", ROLE_LEAD, "eleven char"), -EINVAL);
    assert_int_equal(add(a, "anna", ROLE_LEAD, longer), -EINVAL);
    assert_int_equal(add(a, "anna", ROLE_NONE, PASSWORD), -EINVAL);
    assert_int_equal(add(a, "An na", ROLE_LEAD, PASSWORD), -EINVAL);
    assert_int_equal(add(a, "anna", ROLE_LEAD, PASSWORD), 0);
    assert_int_equal(add(a, "anna", ROLE_TECHNICIAN, PASSWORD), -EEXIST);
    assert_int_equal(accounts_count(a), 1);
    accounts_close(a);
}

static void the_last_lead_stays(void **state)
{
    (void)state;
    struct accounts *a = open_accounts();
    add(a, "anna", ROLE_LEAD, PASSWORD);
    add(a, "tom", ROLE_TECHNICIAN, PASSWORD);
    assert_int_equal(accounts_remove(a, "anna"), -EBUSY);
    assert_int_equal(accounts_remove(a, "eve"), -ENOENT);
    add(a, "bea", ROLE_LEAD, PASSWORD);
    assert_int_equal(accounts_remove(a, "anna"), 0);
    assert_int_equal(check(a, "anna", PASSWORD), ROLE_NONE);
    assert_int_equal(check(a, "tom", PASSWORD), ROLE_TECHNICIAN);
    accounts_close(a);
    a = open_accounts();
    assert_int_equal(accounts_count(a), 2);
    accounts_close(a);
}

static void a_change_that_cannot_be_written_is_not_made(void **state)
{
    (void)state;
    char lost[128];
    struct accounts *a;
    snprintf(lost, sizeof(lost), "%s/nowhere/accounts.json", folder);
    assert_int_equal(accounts_open(lost, &a), 0);
    assert_int_equal(add(a, "anna", ROLE_LEAD, PASSWORD), -ENOENT);
    assert_int_equal(accounts_count(a), 0);
    assert_non_null(accounts_code(a));
    accounts_close(a);
}

static void a_file_that_others_may_read_or_that_is_broken_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "{", "[]", "{\"accounts\":1}", "{\"accounts\":[{}]}", "{\"accounts\":[{\"name\":\"A B\",\"role\":\"lead\",\"hash\":\"$argon2id$x\"}]}",
                                         "{\"accounts\":[{\"name\":\"a\",\"role\":\"king\",\"hash\":\"$argon2id$x\"}]}", "{\"accounts\":[{\"name\":\"a\",\"role\":\"lead\",\"hash\":\"plain\"}]}"};
    struct accounts *a;
    write_file("{\"accounts\":[]}", 0640);
    assert_int_equal(accounts_open(path, &a), -EACCES);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        write_file(broken[i], 0600);
        assert_int_equal(accounts_open(path, &a), -EINVAL);
        assert_null(a);
    }
}

static void a_browser_is_known_by_its_mark_for_its_account_alone(void **state)
{
    (void)state;
    char mark[ACCOUNT_BROWSER_MAX], number[ACCOUNT_BROWSER_NUMBER_MAX];
    struct accounts *a = open_accounts();
    assert_int_equal(add(a, "anna", ROLE_LEAD, PASSWORD), 0);
    assert_int_equal(add(a, "tom", ROLE_TECHNICIAN, PASSWORD), 0);
    accounts_mark_browser(a, "anna", mark);
    assert_int_equal(strlen(mark), ACCOUNT_BROWSER_MAX - 1);
    accounts_close(a);
    a = open_accounts(); /* a restart does not make a stranger of it */
    assert_true(accounts_knows_browser(a, "anna", mark, number));
    assert_memory_equal(number, mark, strlen(number));
    assert_false(accounts_knows_browser(a, "tom", mark, number));
    assert_false(accounts_knows_browser(a, "eve", mark, number));
    assert_false(accounts_knows_browser(a, "anna", "", number));
    assert_false(accounts_knows_browser(a, "anna", "0123", number));
    for (size_t i = 0; i < strlen(mark); i++) {
        char other[ACCOUNT_BROWSER_MAX];
        strcpy(other, mark);
        other[i] = other[i] == '0' ? '1' : '0';
        assert_false(accounts_knows_browser(a, "anna", other, number));
    }
    accounts_close(a);
}

static void a_hash_that_was_checked_counts_only_while_it_is_the_accounts(void **state)
{
    (void)state;
    char hash[ACCOUNT_HASH_MAX];
    struct accounts *a = open_accounts();
    assert_int_equal(add(a, "anna", ROLE_LEAD, PASSWORD), 0);
    assert_int_equal(add(a, "bea", ROLE_LEAD, PASSWORD), 0);
    accounts_hash_of(a, "anna", hash);
    assert_true(account_verify(hash, PASSWORD));
    assert_int_equal(accounts_remove(a, "anna"), 0);
    assert_int_equal(accounts_role_with(a, "anna", hash), ROLE_NONE);
    assert_int_equal(add(a, "anna", ROLE_LEAD, PASSWORD), 0); /* the same password, another salt */
    assert_int_equal(accounts_role_with(a, "anna", hash), ROLE_NONE);
    accounts_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_code_works_until_there_is_an_account, begin, end),
        cmocka_unit_test_setup_teardown(an_account_is_there_after_a_restart_and_its_file_is_private, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_account_is_not_added, begin, end),
        cmocka_unit_test_setup_teardown(the_last_lead_stays, begin, end),
        cmocka_unit_test_setup_teardown(a_change_that_cannot_be_written_is_not_made, begin, end),
        cmocka_unit_test_setup_teardown(a_browser_is_known_by_its_mark_for_its_account_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_hash_that_was_checked_counts_only_while_it_is_the_accounts, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_others_may_read_or_that_is_broken_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
