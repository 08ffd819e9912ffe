/* test_settings_files.c -- what was changed is written, read back over the installation's file, and nothing else in it counts. */
#include "sensor/settings_files.h"

#include "common/log.h"
#include "feeds/rules.h"

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

static char folder[64], conf[96], changes[128], sites[128];
static struct settings before, now;

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int make_folder(void **state)
{
    (void)state;
    char text[512];
    strcpy(folder, "/tmp/telltale-settings-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(conf, sizeof(conf), "%s/telltale.conf", folder);
    snprintf(changes, sizeof(changes), "%s/changed/settings.conf", folder);
    snprintf(sites, sizeof(sites), "%s/changed/sites.tsv", folder);
    snprintf(text, sizeof(text), "[privacy]\nk = 7\n[subscriptions]\nbase = https://lists.example/base.txt\n[settings]\ndir = %s/changed\n", folder);
    write_file(conf, text);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[128];
    unlink(changes);
    unlink(sites);
    snprintf(path, sizeof(path), "%s/changed", folder);
    rmdir(path);
    unlink(conf);
    return rmdir(folder);
}

static void load(struct settings *out)
{
    struct config *c = malloc(sizeof(*c));
    assert_non_null(c);
    assert_int_equal(config_load(conf, c), 0);
    assert_int_equal(settings_load(c, out), 0);
    free(c);
}

static void what_was_changed_is_there_at_the_next_start(void **state)
{
    (void)state;
    char reason[CONFIG_REASON_MAX];
    load(&before);
    assert_int_equal(before.config.k, 7);
    now = before;
    assert_true(config_change(&now.config, "privacy.k", "9", reason));
    assert_true(config_change(&now.config, "notice.controller", "St Mary's & Co = # \"school\"", reason));
    assert_true(config_change_list(&now.config, "base", "", reason));
    assert_true(config_change_list(&now.config, "more", "https://lists.example/more.txt", reason));
    now.sites[now.site_count++] = (struct own_site){"helpline.example.org", "Our helpline", "suicide"};
    assert_int_equal(settings_save(&before, &now), 0);
    load(&before);
    assert_int_equal(before.config.k, 9);
    assert_string_equal(before.config.controller, "St Mary's & Co = # \"school\"");
    assert_int_equal(before.config.subscription_count, 1);
    assert_string_equal(before.config.subscriptions[0].name, "more");
    assert_int_equal(before.site_count, 1);
    assert_string_equal(before.sites[0].label, "Our helpline");
    struct stat st;
    assert_int_equal(stat(changes, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
}

static void going_back_leaves_no_trace_of_a_setting(void **state)
{
    (void)state;
    char reason[CONFIG_REASON_MAX];
    load(&before);
    now = before;
    assert_true(config_change(&now.config, "privacy.k", "9", reason));
    assert_int_equal(settings_save(&before, &now), 0);
    before = now;
    assert_true(config_change(&now.config, "privacy.k", "7", reason));
    assert_int_equal(settings_save(&before, &now), 0);
    char text[1024] = "";
    FILE *f = fopen(changes, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
    fclose(f);
    assert_null(strstr(text, "k ="));
}

static void a_value_that_would_read_back_otherwise_is_not_written(void **state)
{
    (void)state;
    load(&before);
    now = before;
    strcpy(now.config.controller, "Somebody ; else");
    catch_stderr();
    int rc = settings_save(&before, &now);
    const char *said = caught_stderr();
    assert_int_equal(rc, -EINVAL);
    assert_non_null(strstr(said, "does not read back"));
    assert_int_equal(access(changes, F_OK), -1);
    strcpy(now.config.controller, "x\n[privacy]\ndemo = yes");
    catch_stderr();
    rc = settings_save(&before, &now);
    caught_stderr();
    assert_int_equal(rc, -EINVAL);
    assert_int_equal(access(changes, F_OK), -1);
}

static void a_file_of_changes_has_no_other_settings(void **state)
{
    (void)state;
    static const char *const wrong[] = {"[privacy]\ndemo = yes\n", "[store]\nsocket = /tmp/mine.sock\n", "[capture]\nlan = 0.0.0.0/0\n", "[privacy]\nk = 2\n", "[web]\nlisten = 0.0.0.0\n",
                                        "[retention]\nfigures = 4000\n"};
    load(&before);
    settings_make_folder(&before.config);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct config *c = malloc(sizeof(*c));
        assert_non_null(c);
        write_file(changes, wrong[i]);
        catch_stderr();
        int rc = config_load(conf, c);
        const char *said = caught_stderr();
        free(c);
        if (rc != -EINVAL || !strstr(said, "settings.conf:2:"))
            fail_msg("%s: %d, %s", wrong[i], rc, said);
    }
}

static void what_holds_over_the_installations_file_is_said(void **state)
{
    (void)state;
    char reason[CONFIG_REASON_MAX];
    load(&before);
    catch_stderr();
    settings_say_changed(&before.config);
    assert_string_equal(caught_stderr(), "");
    now = before;
    assert_true(config_change(&now.config, "privacy.k", "9", reason));
    assert_int_equal(settings_save(&before, &now), 0);
    load(&before);
    catch_stderr();
    settings_say_changed(&before.config);
    const char *said = caught_stderr();
    if (!strstr(said, "[privacy] k = 9: changed on the page Settings, and holds over") || !strstr(said, "take the line out of"))
        fail_msg("%s", said);
}

/* A change of a site, as the page asks for it: label NULL takes it away. */
static void ask_site(const char *site, const char *label)
{
    struct change change = {.kind = CHANGE_SITE};
    char why[SETTINGS_WHY_MAX];
    snprintf(change.value[0], sizeof(change.value[0]), "%s", site);
    snprintf(change.value[1], sizeof(change.value[1]), "%s", label ? label : "");
    snprintf(change.value[2], sizeof(change.value[2]), "%s", label ? "suicide" : "");
    load(&before);
    now = before;
    if (!settings_change(&now, &change, "2026-11-23", why))
        fail_msg("%s", why);
    assert_int_equal(settings_save(&before, &now), 0);
}

static uint32_t sites_of(enum rules_own own)
{
    struct site_set *set;
    uint32_t n = 0;
    load(&before);
    if (rules_load_sites_of(&before.config, own, &set) == 0)
        n = site_set_count(set);
    site_set_free(set);
    return n;
}

static void the_last_site_may_be_taken_away_again(void **state)
{
    (void)state;
    uint32_t builtin = sites_of(RULES_OWN_NONE);
    ask_site("one.example.org", "One");
    ask_site("two.example.org", "Two");
    assert_int_equal(sites_of(RULES_OWN_MUST), builtin + 2);
    ask_site("one.example.org", NULL);
    assert_int_equal(sites_of(RULES_OWN_MUST), builtin + 1);
    ask_site("two.example.org", NULL);
    assert_int_equal(access(sites, F_OK), -1);
    assert_int_equal(sites_of(RULES_OWN_MUST), builtin);
    ask_site("three.example.org", "Three"); /* and it begins again */
    load(&before);
    assert_int_equal(before.site_count, 1);
}

/* As it was left by a telltaled that wrote the comment alone. */
static void a_file_of_sites_without_a_row_is_none(void **state)
{
    (void)state;
    uint32_t builtin = sites_of(RULES_OWN_NONE);
    settings_make_folder(&before.config);
    write_file(sites, "# Support sites added on the dashboard's page Settings: site, label, category.\n");
    catch_stderr();
    uint32_t found = sites_of(RULES_OWN_MUST);
    assert_string_equal(caught_stderr(), "");
    assert_int_equal(found, builtin);
}

static void a_bad_file_of_sites_stops_who_withholds_by_it_and_nobody_else(void **state)
{
    (void)state;
    uint32_t builtin = sites_of(RULES_OWN_NONE);
    settings_make_folder(&before.config);
    write_file(sites, "no table at all\n");
    catch_stderr();
    uint32_t shown = sites_of(RULES_OWN_MAY); /* with settings_load(), the publisher's */
    const char *said = caught_stderr();
    assert_int_equal(shown, builtin);
    assert_non_null(strstr(said, "goes on without the support sites in it"));
    assert_non_null(strstr(said, "left out; add the sites again"));
    assert_int_equal(before.site_count, 0);
    catch_stderr();
    uint32_t captured = sites_of(RULES_OWN_MUST);
    said = caught_stderr();
    assert_int_equal(captured, 0);
    assert_non_null(strstr(said, "sites.tsv: remove this file, and add the sites again"));
    catch_stderr();
    ask_site("one.example.org", "One"); /* mends it */
    caught_stderr();
    assert_int_equal(sites_of(RULES_OWN_MUST), builtin + 1);
}

static void a_site_that_would_read_back_otherwise_is_not_written(void **state)
{
    (void)state;
    load(&before);
    now = before;
    now.sites[now.site_count++] = (struct own_site){"helpline.example.org", "Our helpline\nother.example.org\tOther", "suicide"};
    catch_stderr();
    int rc = settings_save(&before, &now);
    const char *said = caught_stderr();
    assert_int_equal(rc, -EINVAL);
    assert_non_null(strstr(said, "does not read back"));
    assert_int_equal(access(sites, F_OK), -1);
}

static void a_folder_that_was_there_keeps_its_mode(void **state)
{
    (void)state;
    struct stat st;
    char path[128];
    mode_t mask = umask(077);
    load(&before);
    settings_make_folder(&before.config);
    umask(mask);
    snprintf(path, sizeof(path), "%s/changed", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755); /* its own, whatever the umask */
    assert_int_equal(chmod(path, 01750), 0);
    settings_make_folder(&before.config);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 01750);
}

static void a_stamp_tells_that_a_file_is_another(void **state)
{
    (void)state;
    struct settings_stamp a, b;
    load(&before);
    settings_stamp(&before.config, &a);
    settings_stamp(&before.config, &b);
    assert_memory_equal(&a, &b, sizeof(a));
    now = before;
    now.sites[now.site_count++] = (struct own_site){"helpline.example.org", "Our helpline", "suicide"};
    assert_int_equal(settings_save(&before, &now), 0);
    settings_stamp(&before.config, &b);
    assert_memory_equal(a.file[0], b.file[0], sizeof(a.file[0]));
    assert_memory_not_equal(a.file[1], b.file[1], sizeof(a.file[1]));
}

int main(void)
{
    log_init("t", LOG_LEVEL_INFO);
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        CASE(what_was_changed_is_there_at_the_next_start),
        CASE(going_back_leaves_no_trace_of_a_setting),
        CASE(a_value_that_would_read_back_otherwise_is_not_written),
        CASE(a_file_of_changes_has_no_other_settings),
        CASE(what_holds_over_the_installations_file_is_said),
        CASE(the_last_site_may_be_taken_away_again),
        CASE(a_file_of_sites_without_a_row_is_none),
        CASE(a_bad_file_of_sites_stops_who_withholds_by_it_and_nobody_else),
        CASE(a_site_that_would_read_back_otherwise_is_not_written),
        CASE(a_folder_that_was_there_keeps_its_mode),
        CASE(a_stamp_tells_that_a_file_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
