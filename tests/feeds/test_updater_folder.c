/* test_updater_folder.c -- files come whole, one writer at a time. */
#include "feeds/updater_folder.h"

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

static char root[] = "/tmp/telltale-folder-XXXXXX", path[64];
static struct updater_folder folder;

static int make(void **state)
{
    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(path, sizeof(path), "%s/lists", root);
    return updater_folder_open(&folder, path);
}

static int drop(void **state)
{
    (void)state;
    char command[128];
    updater_folder_close(&folder);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void assert_content(const char *name, const char *expected)
{
    char *bytes;
    size_t n;
    assert_int_equal(updater_folder_load(&folder, name, 100, &bytes, &n), 0);
    assert_int_equal(n, strlen(expected));
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void what_is_staged_is_in_force_only_when_installed(void **state)
{
    (void)state;
    char *bytes;
    size_t n;
    assert_int_equal(updater_folder_stage(&folder, "a.txt", "one", 3), 0);
    assert_int_equal(updater_folder_load(&folder, "a.txt", 100, &bytes, &n), -ENOENT);
    assert_int_equal(updater_folder_install(&folder, "a.txt"), 0);
    assert_int_equal(updater_folder_sync(&folder), 0);
    assert_content("a.txt", "one");
    assert_int_equal(updater_folder_stage(&folder, "a.txt", "second", 6), 0);
    assert_content("a.txt", "one");
    updater_folder_unstage(&folder, "a.txt");
    assert_int_equal(updater_folder_install(&folder, "a.txt"), -ENOENT);
    assert_content("a.txt", "one");
}

static void the_rest_of_a_power_cut_is_written_over(void **state)
{
    (void)state;
    assert_int_equal(updater_folder_stage(&folder, "a.txt", "a long rest", 11), 0);
    assert_int_equal(updater_folder_stage(&folder, "a.txt", "new", 3), 0);
    assert_int_equal(updater_folder_install(&folder, "a.txt"), 0);
    assert_content("a.txt", "new");
}

static void links_are_not_followed(void **state)
{
    (void)state;
    char target[96], *bytes;
    size_t n;
    snprintf(target, sizeof(target), "%s/victim", root);
    int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "safe", 4), 4);
    close(fd);
    assert_int_equal(symlinkat(target, folder.fd, ".a.txt.new"), 0);
    assert_int_equal(updater_folder_stage(&folder, "a.txt", "new", 3), 0);
    assert_int_equal(symlinkat(target, folder.fd, "b.txt"), 0);
    assert_int_equal(updater_folder_load(&folder, "b.txt", 100, &bytes, &n), -ELOOP);
    fd = open(target, O_RDONLY | O_CLOEXEC);
    char kept[8] = "";
    assert_int_equal(read(fd, kept, 8), 4);
    close(fd);
    assert_string_equal(kept, "safe");
}

static void only_files_of_a_sane_size_are_loaded(void **state)
{
    (void)state;
    char *bytes;
    size_t n;
    assert_int_equal(updater_folder_stage(&folder, "a.txt", "0123456789", 10), 0);
    assert_int_equal(updater_folder_install(&folder, "a.txt"), 0);
    assert_int_equal(updater_folder_load(&folder, "a.txt", 9, &bytes, &n), -EFBIG);
    assert_int_equal(mkdirat(folder.fd, "d", 0700), 0);
    assert_int_equal(updater_folder_load(&folder, "d", 9, &bytes, &n), -EINVAL);
    assert_int_equal(mkfifoat(folder.fd, "p", 0600), 0);
    assert_int_equal(updater_folder_load(&folder, "p", 9, &bytes, &n), -EINVAL);
}

static void two_do_not_meet(void **state)
{
    (void)state;
    struct updater_folder second;
    assert_int_equal(updater_folder_open(&second, path), -EWOULDBLOCK);
    updater_folder_close(&folder);
    assert_int_equal(updater_folder_open(&second, path), 0);
    folder = second;
}

static void a_folder_that_cannot_be_is_an_error(void **state)
{
    (void)state;
    struct updater_folder other;
    char below[96];
    snprintf(below, sizeof(below), "%s/no/such/folder", root);
    assert_int_equal(updater_folder_open(&other, below), -ENOENT);
    assert_int_equal(updater_folder_open(&other, "/dev/null"), -ENOTDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_staged_is_in_force_only_when_installed, make, drop),
        cmocka_unit_test_setup_teardown(the_rest_of_a_power_cut_is_written_over, make, drop),
        cmocka_unit_test_setup_teardown(links_are_not_followed, make, drop),
        cmocka_unit_test_setup_teardown(only_files_of_a_sane_size_are_loaded, make, drop),
        cmocka_unit_test_setup_teardown(two_do_not_meet, make, drop),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_is_an_error, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
