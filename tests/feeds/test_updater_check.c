/* test_updater_check.c -- which texts may take the place of a list, and why the others may not. */
#include "feeds/updater_check.h"

#include "common/log.h"
#include "tests/feeds/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct updater_canaries *canaries;
static char reason[UPDATER_REASON_MAX];
static uint32_t rules;

static int make(void **state)
{
    (void)state;
    log_init("t", LOG_LEVEL_ERROR);
    canaries = updater_canaries_new(" stmarys.example.org,pupils.example.net ", "");
    return canaries ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    updater_canaries_free(canaries);
    return 0;
}

static bool take_bytes(const char *bytes, size_t n)
{
    char *exact = malloc(n + 1);
    struct said said;
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    exact[n] = '\0';
    reason[0] = '\0';
    said_begin(&said);
    bool taken = updater_check_list(canaries, "x.txt", exact, n, &rules, reason);
    said_end(&said);
    free(exact);
    assert_int_equal(reason[0] == '\0', taken);
    return taken;
}

static void assert_taken(const char *text, uint32_t expected)
{
    if (!take_bytes(text, strlen(text)))
        fail_msg("%s: %s", text, reason);
    assert_int_equal(rules, expected);
}

static void assert_refused(const char *text, const char *words)
{
    if (take_bytes(text, strlen(text)) || !strstr(reason, words))
        fail_msg("%s: said \"%s\", expected \"%s\"", text, reason, words);
}

static void lists_in_every_syntax_are_taken(void **state)
{
    (void)state;
    assert_taken("ads.example.com\n", 1);
    assert_taken("# Ads\r\n0.0.0.0 ads.example.com\r\n0.0.0.0 b.example.com\r\n127.0.0.1 localhost\r\n", 2);
    assert_taken("[Adblock Plus 2.0]\n||ads.example.com^\n||b.example.com^$third-party\n/banner.\nexample.com##.ad\n", 2);
    assert_taken("\xef\xbb\xbf" "ads.example.com\nads.example.com", 1);
}

static void a_page_is_no_list(void **state)
{
    (void)state;
    assert_refused("<!DOCTYPE html>\n<p>ads.example.com</p>", "web page");
    assert_refused("ads.example.com\n  <HTML lang=en>\n", "web page");
    assert_refused("\xef\xbb\xbf<?xml version=\"1.0\"?>\nads.example.com\n", "web page");
    assert_taken("[Adblock]\n||ads.example.com^\nexample.com##^script:has-text(<html)\n", 1);
}

static void another_encoding_is_no_list(void **state)
{
    (void)state;
    assert_false(take_bytes("a\0d\0s\0.\0c\0o\0m\0\n\0", 16));
    assert_non_null(strstr(reason, "character set"));
    assert_false(take_bytes("\xff\xfe", 2));
    assert_non_null(strstr(reason, "character set"));
    assert_refused("# caf\xe9\nads.example.com\n", "1 of 2 lines are not UTF-8");
    assert_refused("# \xc0\xaf overlong\nads.example.com\n", "not UTF-8");
    assert_refused("# \xed\xa0\x80 half a pair\nads.example.com\n", "not UTF-8");
    assert_refused("# \xf4\x90\x80\x80 beyond\nads.example.com\n", "not UTF-8");
    assert_taken("# caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\nads.example.com\n", 1);
}

static void one_garbled_comment_in_a_hundred_lines_is_let_pass(void **state)
{
    (void)state;
    char text[4096] = "# caf\xe9\n";
    for (int i = 1; i < 100; i++)
        sprintf(text + strlen(text), "ads%d.example.com\n", i);
    assert_taken(text, 99);
    text[strlen(text) - 1] = '\0';
    *strrchr(text, '\n') = '\0';
    assert_refused(text, "1 of 99 lines");
}

static void what_gives_no_rule_is_no_list(void **state)
{
    (void)state;
    assert_refused("", "empty");
    assert_refused("# nothing\n\n", "no rule");
    assert_refused("Not found\n", "no");
    assert_refused("com\nlocalhost\n192.0.2.1\n", "no");
}

static void mostly_prose_is_no_list(void **state)
{
    (void)state;
    char text[8192] = "ads.example.com\nb.example.com\n";
    for (int i = 0; i < 20; i++)
        strcat(text, "this line is no name\n");
    assert_taken(text, 2);
    strcat(text, "nor is this one\n");
    assert_refused(text, "21 lines should be hosts");
}

static void a_line_has_an_end(void **state)
{
    (void)state;
    char *text = malloc(70002);
    assert_non_null(text);
    memset(text, 'a', 70001);
    memcpy(text, "a.example.com\n", 14);
    text[14 + 65536] = '\n';
    text[70001] = '\0';
    assert_taken(text, 1);
    text[14 + 65536] = 'a';
    assert_refused(text, "64 kB");
    free(text);
}

static void no_rule_may_cover_a_canary(void **state)
{
    (void)state;
    static const char *const wrong[] = {"gov.uk",          "www.gov.uk",  "nhs.uk",         "WWW.NHS.UK",          "bbc.co.uk",  "co.uk",
                                        "wikipedia.org",   "samaritans.org", "childline.org.uk", "stmarys.example.org", "example.org", "www.pupils.example.net"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[200];
        snprintf(text, sizeof(text), "ads.example.com\n%s\n", wrong[i]);
        assert_refused(text, "covers");
        snprintf(text, sizeof(text), "||ads.example.com^\n||%s^$third-party\n", wrong[i]);
        assert_refused(text, "covers");
        snprintf(text, sizeof(text), "0.0.0.0 ads.example.com %s\n", wrong[i]);
        assert_refused(text, "covers");
    }
    assert_refused("||ads.example.com^\n||nhs.uk^\n", "nhs.uk covers nhs.uk");
}

static void names_below_or_beside_a_canary_are_rules_like_others(void **state)
{
    (void)state;
    assert_taken("metrics.bbc.co.uk\nads.stmarys.example.org\nnotbbc.co.uk\nnhs.uk.example.com\n", 4);
    assert_taken("||ads.example.com^\n@@||bbc.co.uk^\n||bbc.co.uk/banner\n", 1);
}

static void a_canary_must_be_a_domain(void **state)
{
    (void)state;
    static const char *const wrong[] = {"x/y", "school", "192.0.2.1", "a.example b..c"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct said said;
        said_begin(&said);
        struct updater_canaries *c = updater_canaries_new(wrong[i], "");
        const char *text = said_end(&said);
        assert_null(c);
        assert_non_null(strstr(text, "[feeds] canaries"));
    }
}

static void half_to_twice_as_many_is_alike(void **state)
{
    (void)state;
    static const struct {
        uint32_t before, now;
        bool ok;
    } cases[] = {{100, 50, true}, {100, 49, false}, {100, 200, true}, {100, 201, false}, {1, 1, true}, {1, 2, true}, {1, 3, false}, {3, 2, true}, {3, 1, false}, {4000000000u, 4294967295u, true}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(updater_check_size(cases[i].before, cases[i].now, reason), cases[i].ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_in_every_syntax_are_taken),
        cmocka_unit_test(a_page_is_no_list),
        cmocka_unit_test(another_encoding_is_no_list),
        cmocka_unit_test(one_garbled_comment_in_a_hundred_lines_is_let_pass),
        cmocka_unit_test(what_gives_no_rule_is_no_list),
        cmocka_unit_test(mostly_prose_is_no_list),
        cmocka_unit_test(a_line_has_an_end),
        cmocka_unit_test(no_rule_may_cover_a_canary),
        cmocka_unit_test(names_below_or_beside_a_canary_are_rules_like_others),
        cmocka_unit_test(a_canary_must_be_a_domain),
        cmocka_unit_test(half_to_twice_as_many_is_alike),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
