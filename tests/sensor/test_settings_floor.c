/* test_settings_floor.c -- what a page may change, and how far: each floor from both sides. */
#include "feeds/known_lists.h"
#include "sensor/settings_floor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TODAY "2026-11-23"

static struct settings s;
static char why[SETTINGS_WHY_MAX];

static int begin(void **state)
{
    (void)state;
    memset(&s, 0, sizeof(s));
    config_defaults(&s.config);
    return 0;
}

static bool ask(enum change_kind kind, const char *a, const char *b, const char *c)
{
    struct change change = {.kind = kind};
    const char *values[] = {a, b, c};
    for (int i = 0; i < 3 && values[i]; i++)
        assert_true(change_value_take(values[i], change.value[i]));
    return settings_change(&s, &change, TODAY, why);
}

/* Refused, with a sentence, and nothing is changed. */
static void assert_refused(enum change_kind kind, const char *a, const char *b, const char *c)
{
    struct settings *before = malloc(sizeof(*before));
    assert_non_null(before);
    *before = s;
    if (ask(kind, a, b, c))
        fail_msg("taken: %s %s %s", a, b ? b : "", c ? c : "");
    assert_true(strlen(why) > 10);
    assert_memory_equal(before, &s, sizeof(s));
    free(before);
}

static void fewer_than_five_devices_never_unlock_a_site(void **state)
{
    (void)state;
    static const char *const wrong[] = {"4", "0", "-1", "1", "", "five", "5.0", "21", "99999999999999999999", "5 ,"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_refused(CHANGE_PRIVACY, wrong[i], NULL, NULL);
    assert_true(ask(CHANGE_PRIVACY, "20", NULL, NULL));
    assert_int_equal(s.config.k, 20);
    assert_true(ask(CHANGE_PRIVACY, "5", NULL, NULL));
    assert_int_equal(s.config.k, 5);
}

static void nothing_is_kept_longer_than_the_table_says(void **state)
{
    (void)state;
    assert_refused(CHANGE_RETENTION, "401", "30", "30");
    assert_refused(CHANGE_RETENTION, "400", "31", "30");
    assert_refused(CHANGE_RETENTION, "400", "30", "31");
    assert_refused(CHANGE_RETENTION, "29", "30", "30");
    assert_refused(CHANGE_RETENTION, "400", "0", "30");
    assert_true(ask(CHANGE_RETENTION, "100", "1", "9"));
    assert_true(s.config.keep_figures == 100 && s.config.keep_devices == 1 && s.config.keep_alerts == 9);
    assert_true(ask(CHANGE_RETENTION, "400", "30", "30"));
}

static void longer_pseudonyms_need_a_reason_and_end_within_twelve_weeks(void **state)
{
    (void)state;
    assert_refused(CHANGE_PSEUDONYMS, "2026-12-24", "", NULL);
    assert_refused(CHANGE_PSEUDONYMS, "2026-12-24", "because", NULL);
    assert_refused(CHANGE_PSEUDONYMS, "", "a study that the governors agreed to", NULL);
    assert_refused(CHANGE_PSEUDONYMS, "2027-02-16", "a study that the governors agreed to", NULL); /* 85 days */
    assert_refused(CHANGE_PSEUDONYMS, "2026-11-22", "a study that the governors agreed to", NULL);
    assert_refused(CHANGE_PSEUDONYMS, "2026-13-01", "a study that the governors agreed to", NULL);
    assert_refused(CHANGE_PSEUDONYMS, "soon", "a study that the governors agreed to", NULL);
    assert_true(ask(CHANGE_PSEUDONYMS, "2027-02-15", "a study that the governors agreed to", NULL)); /* 84 */
    assert_true(settings_are_stable(&s.config, "2027-02-15", why));
    assert_false(settings_are_stable(&s.config, "2027-02-16", why));
    assert_true(ask(CHANGE_PSEUDONYMS, "", "", NULL));
    assert_false(settings_are_stable(&s.config, TODAY, why));
    assert_string_equal(why, "");
}

/* It stands in the record whole, so that it is not cut there. */
static void a_reason_that_the_record_cannot_hold_is_none(void **state)
{
    (void)state;
    char reason[STABLE_REASON_MOST + 2];
    memset(reason, 'x', sizeof(reason));
    reason[STABLE_REASON_MOST + 1] = '\0';
    assert_refused(CHANGE_PSEUDONYMS, "2027-02-15", reason, NULL);
    reason[STABLE_REASON_MOST] = '\0';
    assert_true(ask(CHANGE_PSEUDONYMS, "2027-02-15", reason, NULL));
}

/* Whoever writes the installation's file by hand meets the same floor. */
static void a_file_that_says_more_is_not_followed(void **state)
{
    (void)state;
    strcpy(s.config.stable_until, "2030-01-01");
    strcpy(s.config.stable_reason, "a study that the governors agreed to");
    assert_false(settings_are_stable(&s.config, TODAY, why));
    assert_non_null(strstr(why, "twelve weeks"));
}

static void a_notice_names_somebody_somewhere_and_a_day(void **state)
{
    (void)state;
    assert_refused(CHANGE_NOTICE, "", "https://school.example/", "2026-11-01");
    assert_refused(CHANGE_NOTICE, "St Mary's", "", "2026-11-01");
    assert_refused(CHANGE_NOTICE, "St Mary's", "javascript:alert(1)", "2026-11-01");
    assert_refused(CHANGE_NOTICE, "St Mary's", "https://school.example/", "2026-11-24");
    assert_refused(CHANGE_NOTICE, "St Mary's", "https://school.example/", "");
    assert_true(ask(CHANGE_NOTICE, "St Mary's", "https://school.example/", TODAY));
    assert_string_equal(s.config.controller, "St Mary's");
}

static void lists_come_over_https_alone(void **state)
{
    (void)state;
    strcpy(s.config.list_hosts, "other.example, Lists.example");
    assert_refused(CHANGE_LIST, "plain", "http://lists.example/a.txt", NULL);
    assert_refused(CHANGE_LIST, "file", "file:///etc/passwd", NULL);
    assert_refused(CHANGE_LIST, "../up", "https://lists.example/a.txt", NULL);
    assert_refused(CHANGE_LIST, "", "https://lists.example/a.txt", NULL);
    assert_true(ask(CHANGE_LIST, "a", "https://lists.example/a.txt", NULL));
    assert_true(ask(CHANGE_LIST, "a", "https://lists.example/b.txt", NULL)); /* elsewhere now */
    assert_int_equal(s.config.subscription_count, 1);
    assert_string_equal(s.config.subscriptions[0].url, "https://lists.example/b.txt");
    assert_true(ask(CHANGE_LIST, "a", "", NULL));
    assert_int_equal(s.config.subscription_count, 0);
}

/* Whoever took the dashboard over would else have every name that he likes watched, device by device. */
static void a_page_chooses_among_lists_that_are_known(void **state)
{
    (void)state;
    static const char *const wrong[] = {"https://lists.example/a.txt",
                                        "https://raw.githubusercontent.com/somebody/mine/master/hosts",
                                        "https://easylist.to/easylist/easyprivacy.txt?x",
                                        "https://easylist.to/easylist/",
                                        "https://easylist.to.lists.example/easylist/easyprivacy.txt",
                                        "https://allowed.example.org/a.txt",
                                        "https://lowed.example/a.txt",
                                        "https://allowed.example:8443.evil.example/a.txt"};
    strcpy(s.config.list_hosts, "allowed.example");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(CHANGE_LIST, "mine", wrong[i], NULL);
        if (i == 0)
            assert_non_null(strstr(why, "[feeds] hosts of telltale.conf"));
    }
    assert_true(ask(CHANGE_LIST, "easyprivacy", "https://easylist.to/easylist/easyprivacy.txt", NULL));
    assert_true(ask(CHANGE_LIST, "trust", "https://allowed.example/a.txt", NULL));
    assert_true(ask(CHANGE_LIST, "trust", "", NULL));
    assert_int_equal(s.config.subscription_count, 1);
    assert_true(ask(CHANGE_LIST, "again", "https://easylist.to/easylist/easyprivacy.txt", NULL)); /* under another name */
}

static void what_telltale_knows_of_lists_may_all_be_asked_for(void **state)
{
    (void)state;
    assert_in_range(known_lists_count(), 5, 32);
    for (size_t i = 0; i < known_lists_count(); i++) {
        const struct known_list *l = known_list_at(i);
        if (!ask(CHANGE_LIST, l->name, l->url, NULL))
            fail_msg("%s: %s", l->name, why);
        assert_true(strlen(l->licence) >= 3 && strncmp(l->source, "https://", 8) == 0 && strlen(l->date) == 10);
    }
}

static void a_support_site_is_a_service_and_not_everybodys_name(void **state)
{
    (void)state;
    assert_refused(CHANGE_SITE, "co.uk", "Everybody", "suicide");
    assert_refused(CHANGE_SITE, "uk", "Everybody", "suicide");
    assert_refused(CHANGE_SITE, "https://helpline.example.org/", "Helpline", "suicide");
    assert_refused(CHANGE_SITE, "192.168.1.1", "A device", "suicide");
    assert_refused(CHANGE_SITE, "party.example.org", "A party", "politics");
    assert_refused(CHANGE_SITE, "helpline.example.org", "", "suicide");
    assert_refused(CHANGE_SITE, "helpline.example.org", "Helpline", "");
    assert_refused(CHANGE_SITE, "helpline.example.org", "", ""); /* it is not there */
    assert_true(ask(CHANGE_SITE, "Helpline.Example.ORG.", "Helpline", "suicide"));
    assert_string_equal(s.sites[0].site, "helpline.example.org");
    assert_true(ask(CHANGE_SITE, "helpline.example.org", "Our helpline", "self-harm"));
    assert_true(s.site_count == 1 && strcmp(s.sites[0].label, "Our helpline") == 0);
    assert_true(ask(CHANGE_SITE, "helpline.example.org", "", ""));
    assert_int_equal(s.site_count, 0);
}

static void the_hundredth_site_is_the_last(void **state)
{
    (void)state;
    char name[64];
    for (int i = 0; i < OWN_SITES_MAX; i++) {
        snprintf(name, sizeof(name), "h%d.example.org", i);
        assert_true(ask(CHANGE_SITE, name, "Helpline", "suicide"));
    }
    assert_refused(CHANGE_SITE, "one.more.example.org", "Helpline", "suicide");
    assert_true(ask(CHANGE_SITE, "h7.example.org", "Renamed", "suicide"));
}

static void without_a_clock_nothing_is_changed(void **state)
{
    (void)state;
    struct change change = {.kind = CHANGE_PRIVACY, .value = {"8"}};
    static const char none[11] = "";
    assert_false(settings_change(&s, &change, none, why));
    assert_int_equal(s.config.k, 5);
}

static void values_that_a_settings_file_cannot_hold_are_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a\nb", "a\r", "a ; b", ";", "#a", " a", "a ", "\x1b[2J", "\xff", "\xe2\x80\xae", "a\tb"};
    char out[CHANGE_VALUE_MAX + 1], longest[CHANGE_VALUE_MAX + 2];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (change_value_take(wrong[i], out))
            fail_msg("taken: value %zu", i);
    memset(longest, 'x', sizeof(longest));
    longest[CHANGE_VALUE_MAX + 1] = '\0';
    assert_false(change_value_take(longest, out));
    longest[CHANGE_VALUE_MAX] = '\0';
    assert_true(change_value_take(longest, out));
    assert_true(change_value_take("", out));
    assert_true(change_value_take("St Mary's & Co = # s\xc3\xa9", out));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        CASE(fewer_than_five_devices_never_unlock_a_site),
        CASE(nothing_is_kept_longer_than_the_table_says),
        CASE(longer_pseudonyms_need_a_reason_and_end_within_twelve_weeks),
        CASE(a_reason_that_the_record_cannot_hold_is_none),
        CASE(a_file_that_says_more_is_not_followed),
        CASE(a_notice_names_somebody_somewhere_and_a_day),
        CASE(lists_come_over_https_alone),
        CASE(a_page_chooses_among_lists_that_are_known),
        CASE(what_telltale_knows_of_lists_may_all_be_asked_for),
        CASE(a_support_site_is_a_service_and_not_everybodys_name),
        CASE(the_hundredth_site_is_the_last),
        CASE(without_a_clock_nothing_is_changed),
        CASE(values_that_a_settings_file_cannot_hold_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
