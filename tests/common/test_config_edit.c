/* test_config_edit.c -- what changes in a settings file when a setting does, and what never does. */
#include "common/config.h"
#include "common/config_edit.h"
#include "common/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/support/caught_stderr.h"

static char folder[] = "/tmp/telltale-edit-XXXXXX", path[64], beside[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/telltale.conf", folder);
    snprintf(beside, sizeof(beside), "%s/telltale.conf.new", folder);
    log_init("t", LOG_LEVEL_INFO);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when anything was left beside */
}

static void put(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static const char *text_now(void)
{
    static char bytes[1 << 16];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    bytes[fread(bytes, 1, sizeof(bytes) - 1, f)] = '\0';
    fclose(f);
    return bytes;
}

static int edit(const char *section, const char *key, const char *value)
{
    struct config_change c = {section, key, value};
    return config_edit(path, &c, 1);
}

/* One change turns `before` into `after`, byte for byte. */
static void expect(const char *before, const char *section, const char *key, const char *value, const char *after)
{
    put(before);
    assert_int_equal(edit(section, key, value), 0);
    assert_string_equal(text_now(), after);
}

static void a_line_that_sets_the_key_gets_the_new_value(void **state)
{
    (void)state;
    expect("# ours\n[capture]\ninterface = eth0\n\n# why\nlan = 10.0.0.0/8\n", "capture", "interface", "eth1",
           "# ours\n[capture]\ninterface = eth1\n\n# why\nlan = 10.0.0.0/8\n");
}

static void an_example_loses_its_hash_and_its_help_stays(void **state)
{
    (void)state;
    expect("[capture]\n# interface to listen on\n#interface =\n#lan =\n", "capture", "interface", "eth1",
           "[capture]\n# interface to listen on\ninterface = eth1\n#lan =\n");
}

static void a_set_line_comes_before_an_example_and_the_last_one_counts(void **state)
{
    (void)state;
    expect("[capture]\n#interface =\ninterface = a\ninterface: b\n", "capture", "interface", "c", "[capture]\n#interface =\ninterface = a\ninterface = c\n");
}

static void the_same_key_of_another_section_is_left_alone(void **state)
{
    (void)state;
    expect("[feeds]\ndir = /var/lib/x\n[run]\n#dir = /run/telltale\n", "run", "dir", "/run/y", "[feeds]\ndir = /var/lib/x\n[run]\ndir = /run/y\n");
}

static void a_key_that_begins_like_another_is_not_taken_for_it(void **state)
{
    (void)state;
    expect("[store]\nspool_mb = 8\n", "store", "spool", "/tmp/s", "[store]\nspool_mb = 8\nspool = /tmp/s\n");
}

static void a_new_key_goes_to_the_end_of_its_section_before_the_blank_lines(void **state)
{
    (void)state;
    expect("[capture]\nlan = 10.0.0.0/8\n\n[web]\nport = 1\n", "capture", "interface", "eth0",
           "[capture]\nlan = 10.0.0.0/8\ninterface = eth0\n\n[web]\nport = 1\n");
}

static void a_new_section_goes_to_the_end_also_of_a_file_without_a_last_newline(void **state)
{
    (void)state;
    expect("[web]\nport = 1", "capture", "interface", "eth0", "[web]\nport = 1\n\n[capture]\ninterface = eth0\n");
}

static void an_empty_value_is_written_as_one(void **state)
{
    (void)state;
    expect("[capture]\nlan = 10.0.0.0/8\n", "capture", "lan", "", "[capture]\nlan =\n");
}

static void a_file_that_is_not_there_begins_as_the_example(void **state)
{
    (void)state;
    struct config c;
    unlink(path);
    assert_int_equal(edit("notice", "controller", "Head of Safeguarding, St Mary's"), 0);
    assert_non_null(strstr(text_now(), "#buffer_mb = 16\n"));
    assert_int_equal(config_load(path, &c), 0);
    assert_string_equal(c.controller, "Head of Safeguarding, St Mary's");
}

static void every_setting_of_the_example_can_be_changed_in_place(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(edit("web", "port", "8787"), 0);
    size_t lines = 0, after = 0;
    for (const char *at = text_now(); (at = strchr(at, '\n')); at++)
        lines++;
    const struct config_change all[] = {{"capture", "interface", "e"}, {"run", "dir", "/r"}, {"run", "capture_user", "u"}, {"feeds", "dir", "/f"}, {"store", "user", "n"}};
    assert_int_equal(config_edit(path, all, 5), 0);
    for (const char *at = text_now(); (at = strchr(at, '\n')); at++)
        after++;
    assert_int_equal(lines, after);
}

/* What telltaled would refuse never gets the file's name. */
static void a_value_out_of_range_changes_nothing_and_leaves_nothing_beside(void **state)
{
    (void)state;
    put("[web]\nport = 1\n");
    catch_stderr();
    int rc = edit("web", "port", "70000");
    const char *said = caught_stderr();
    assert_int_equal(rc, -EINVAL);
    assert_non_null(strstr(said, "expected a whole number"));
    assert_string_equal(text_now(), "[web]\nport = 1\n");
    assert_int_equal(access(beside, F_OK), -1);
}

static void a_value_that_would_become_a_second_line_or_a_comment_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\nport = 2", "a\r", "\x01", " a", "a ", "a ; b", "; a", "\t"};
    put("[notice]\ncontroller = x\n");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        catch_stderr();
        int rc = edit("notice", "controller", bad[i]);
        caught_stderr();
        assert_int_equal(rc, -EINVAL);
        assert_false(config_value_fits(bad[i]));
    }
    assert_string_equal(text_now(), "[notice]\ncontroller = x\n");
    assert_true(config_value_fits("a;b # c"));
}

/* libinih must read back exactly what was put in. */
static void what_fits_is_read_back_byte_for_byte(void **state)
{
    (void)state;
    static const char *const good[] = {"a;b", "a # b", "x = y", "[z]", "\"q\"", "\xc3\xa9t\xc3\xa9", "a: b", "#x"};
    struct config c;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        put("");
        assert_int_equal(edit("notice", "controller", good[i]), 0);
        assert_int_equal(config_load(path, &c), 0);
        assert_string_equal(c.controller, good[i]);
    }
}

static void mode_stays_and_a_link_stays_a_link(void **state)
{
    (void)state;
    char link[64];
    struct stat st;
    snprintf(link, sizeof(link), "%s/link", folder);
    put("[web]\nport = 1\n");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink(path, link), 0);
    struct config_change c = {"web", "port", "2"};
    assert_int_equal(config_edit(link, &c, 1), 0);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_string_equal(text_now(), "[web]\nport = 2\n");
    unlink(link);
}

static void what_a_power_cut_left_beside_is_replaced(void **state)
{
    (void)state;
    put("[web]\nport = 1\n");
    FILE *f = fopen(beside, "w");
    fputs("half", f);
    fclose(f);
    assert_int_equal(edit("web", "port", "2"), 0);
    assert_string_equal(text_now(), "[web]\nport = 2\n");
    assert_int_equal(access(beside, F_OK), -1);
}

static int drop(const char *section, const char *key)
{
    struct config_change c = {section, key, "whatever"};
    return config_drop(path, &c, 1);
}

static void a_key_that_is_dropped_leaves_every_other_line(void **state)
{
    (void)state;
    put("# by a page\n[privacy]\nk = 9\n[notice]\ncontroller = A\n  controller = B\nurl = https://a.example/\n#controller = C\n[subscriptions]\ncontroller = https://lists.example/a.txt\n");
    assert_int_equal(drop("notice", "controller"), 2);
    assert_string_equal(text_now(), "# by a page\n[privacy]\nk = 9\n[notice]\nurl = https://a.example/\n#controller = C\n[subscriptions]\ncontroller = https://lists.example/a.txt\n");
    assert_int_equal(drop("notice", "controller"), 0);
    assert_int_equal(drop("capture", "interface"), 0);
    unlink(path);
    assert_int_equal(drop("notice", "controller"), 0);
    assert_int_equal(access(path, F_OK), -1); /* nothing is made */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_sets_the_key_gets_the_new_value),
        cmocka_unit_test(a_key_that_is_dropped_leaves_every_other_line),
        cmocka_unit_test(an_example_loses_its_hash_and_its_help_stays),
        cmocka_unit_test(a_set_line_comes_before_an_example_and_the_last_one_counts),
        cmocka_unit_test(the_same_key_of_another_section_is_left_alone),
        cmocka_unit_test(a_key_that_begins_like_another_is_not_taken_for_it),
        cmocka_unit_test(a_new_key_goes_to_the_end_of_its_section_before_the_blank_lines),
        cmocka_unit_test(a_new_section_goes_to_the_end_also_of_a_file_without_a_last_newline),
        cmocka_unit_test(an_empty_value_is_written_as_one),
        cmocka_unit_test(a_file_that_is_not_there_begins_as_the_example),
        cmocka_unit_test(every_setting_of_the_example_can_be_changed_in_place),
        cmocka_unit_test(a_value_out_of_range_changes_nothing_and_leaves_nothing_beside),
        cmocka_unit_test(a_value_that_would_become_a_second_line_or_a_comment_is_refused),
        cmocka_unit_test(what_fits_is_read_back_byte_for_byte),
        cmocka_unit_test(mode_stays_and_a_link_stays_a_link),
        cmocka_unit_test(what_a_power_cut_left_beside_is_replaced),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
