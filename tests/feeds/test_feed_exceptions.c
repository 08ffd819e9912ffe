#include "feeds/feed_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int new_builder(void **state)
{
    *state = feed_builder_new();
    return *state ? 0 : -1;
}

static int free_builder(void **state)
{
    feed_builder_free(*state);
    return 0;
}

static void add(struct feed_builder *b, const char *text)
{
    struct feed_source source;
    assert_int_equal(feed_builder_add_text(b, "list", text, strlen(text), &source), 0);
}

/* The rule that a host is found by, "" when none. */
static const char *rule_of(struct feed_builder *b, const char *host)
{
    static char rule[256];
    struct feed_match match;
    struct feed_set *set = feed_builder_compile(b);
    assert_non_null(set);
    bool found = feed_match(set, host, strlen(host), &match);
    snprintf(rule, sizeof(rule), "%s", found ? match.matched : "");
    feed_set_free(set);
    return rule;
}

static void an_exception_takes_its_host_and_all_below_out_of_the_rule_above(void **state)
{
    add(*state, "||example.com^\n@@||good.example.com^\n");
    assert_string_equal(rule_of(*state, "example.com"), "example.com");
    assert_string_equal(rule_of(*state, "ads.example.com"), "example.com");
    assert_string_equal(rule_of(*state, "notgood.example.com"), "example.com");
    assert_string_equal(rule_of(*state, "good.example.com"), "");
    assert_string_equal(rule_of(*state, "www.good.example.com"), "");
}

static void a_rule_at_or_below_an_exception_is_taken_out(void **state)
{
    add(*state, "||a.example.com^\n||b.a.example.com^\n||c.example.com^\n@@||a.example.com^\n");
    assert_string_equal(rule_of(*state, "a.example.com"), "");
    assert_string_equal(rule_of(*state, "x.b.a.example.com"), "");
    assert_string_equal(rule_of(*state, "c.example.com"), "c.example.com");
}

static void an_exception_reaches_lists_without_owners_before_and_after_it(void **state)
{
    add(*state, "before.example.com\n");
    add(*state, "||x.example.net^\n@@||example.com^\n");
    add(*state, "after.example.com\n");
    assert_string_equal(rule_of(*state, "before.example.com"), "");
    assert_string_equal(rule_of(*state, "after.example.com"), "");
    assert_string_equal(rule_of(*state, "x.example.net"), "x.example.net");
}

static void a_rule_that_names_its_owner_stands(void **state)
{
    add(*state, "example.com\tAds\tAds Ltd\tGB\tad-exchange\n");
    add(*state, "||x.example.com^\n@@||example.com^\n");
    assert_string_equal(rule_of(*state, "x.example.com"), "example.com");
    assert_string_equal(rule_of(*state, "example.com"), "example.com");
}

static void a_taken_over_owner_does_not_protect_a_plain_rule(void **state)
{
    add(*state, "example.com\tAds\tAds Ltd\tGB\tad-exchange\n");
    add(*state, "||x.example.com^\n@@||y.x.example.com^\n");
    assert_string_equal(rule_of(*state, "z.x.example.com"), "x.example.com");
    assert_string_equal(rule_of(*state, "y.x.example.com"), "example.com"); /* past the plain rule, to the owned one */
}

static void in_zones_and_dnsmasq_the_longer_name_wins(void **state)
{
    add(*state, "example.com CNAME .\nbad.good.example.com CNAME .\n*.good.example.com CNAME rpz-passthru.\n");
    assert_string_equal(rule_of(*state, "good.example.com"), "");
    assert_string_equal(rule_of(*state, "x.good.example.com"), "");
    assert_string_equal(rule_of(*state, "x.bad.good.example.com"), "bad.good.example.com");
    assert_string_equal(rule_of(*state, "other.example.com"), "example.com");
}

static void of_two_exceptions_for_a_name_the_further_reaching_counts(void **state)
{
    add(*state, "server=/good.example.com/#\naddress=/bad.good.example.com/\n");
    assert_string_equal(rule_of(*state, "bad.good.example.com"), "bad.good.example.com");
    add(*state, "||x.example.net^\n@@||good.example.com^\n");
    assert_string_equal(rule_of(*state, "bad.good.example.com"), "");
    add(*state, "server=/good.example.com/#\naddress=/c.example.com/\n");
    assert_string_equal(rule_of(*state, "bad.good.example.com"), "");
}

static void an_exception_alone_matches_nothing(void **state)
{
    add(*state, "[Adblock Plus 2.0]\n@@||example.com^\n");
    assert_string_equal(rule_of(*state, "example.com"), "");
    assert_string_equal(rule_of(*state, "a.example.com"), "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, new_builder, free_builder)
    const struct CMUnitTest tests[] = {
        TEST(an_exception_takes_its_host_and_all_below_out_of_the_rule_above),
        TEST(a_rule_at_or_below_an_exception_is_taken_out),
        TEST(an_exception_reaches_lists_without_owners_before_and_after_it),
        TEST(a_rule_that_names_its_owner_stands),
        TEST(a_taken_over_owner_does_not_protect_a_plain_rule),
        TEST(in_zones_and_dnsmasq_the_longer_name_wins),
        TEST(of_two_exceptions_for_a_name_the_further_reaching_counts),
        TEST(an_exception_alone_matches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
