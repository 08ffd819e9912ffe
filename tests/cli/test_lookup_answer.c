#include "cli/lookup_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct feed_set *set;

static const char rules[] = "facebook.com\tFacebook\tMeta\tUS\tsocial\nadnxs.com\tXandr\tMicrosoft\tUS\tad-exchange\n"
                            "pixel.facebook.com\tMeta Pixel\tMeta\tUS\tad-pixel\n";
static const char plain[] = "||plain.example^\n||xn--bcher-kva.example^\n@@||good.plain.example^\n";

static void add(struct feed_builder *b, const char *text)
{
    char path[] = "/tmp/telltale-lookup-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(feed_builder_add_file(b, path, NULL), 0);
    unlink(path);
}

static int make_rules(void **state)
{
    (void)state;
    struct feed_builder *b = feed_builder_new();
    assert_non_null(b);
    add(b, rules);
    add(b, plain);
    set = feed_builder_compile(b);
    feed_builder_free(b);
    return set ? 0 : -1;
}

static int free_rules(void **state)
{
    (void)state;
    feed_set_free(set);
    return 0;
}

static void check_host(const char *asked, const char *host)
{
    struct lookup_answer a;
    lookup_answer(&a, set, asked);
    assert_string_equal(a.host, host);
}

static void the_host_of_whatever_is_pasted_is_looked_up(void **state)
{
    (void)state;
    check_host("secure.adnxs.com", "secure.adnxs.com");
    check_host("  Secure.ADNXS.com. \n", "secure.adnxs.com");
    check_host("https://secure.adnxs.com/px?id=1&redir=https://other.example/", "secure.adnxs.com");
    check_host("https://user:word@secure.adnxs.com:8443/px", "secure.adnxs.com");
    check_host("//secure.adnxs.com/px", "secure.adnxs.com");
    check_host("secure.adnxs.com/px?u=http://x.example/@y", "secure.adnxs.com");
    check_host("secure.adnxs.com:443", "secure.adnxs.com");
    check_host("wss://secure.adnxs.com?x", "secure.adnxs.com");
    check_host("https://B\xc3\x9c" "CHER.example/", "xn--bcher-kva.example");
}

static void check_why(const char *asked, const char *why)
{
    struct lookup_answer a;
    lookup_answer(&a, set, asked);
    if (!strstr(a.why, why))
        fail_msg("%s: expected \"%s\", was told: %s", asked, why, a.why);
}

static void what_is_no_host_name_is_said_to_be_none(void **state)
{
    (void)state;
    check_why("", "not a host name");
    check_why("two words", "not a host name");
    check_why("https://", "not a host name");
    check_why("192.0.2.1", "an address, not a host name");
    check_why("https://[2001:db8::1]:443/", "an address, not a host name");
    check_why("2001:db8::1", "an address, not a host name");
    check_why("\xff\xfe.example", "not a host name");
    check_why("co.uk", "a public suffix: ");
    check_why("www.notadnxs.com", "no rule of 6 covers it");
}

static void the_rule_and_an_exception_are_named(void **state)
{
    (void)state;
    check_why("adnxs.com", "the rule adnxs.com names this very host");
    check_why("x.adnxs.com", "it is below adnxs.com, the longest rule that covers it");
    check_why("x.good.plain.example", "a list's exception for good.plain.example takes it out");
}

static bool says_own_site(const char *asked)
{
    struct lookup_answer a;
    lookup_answer(&a, set, asked);
    return strstr(a.why, "Meta's own site") != NULL;
}

static void a_company_s_own_site_is_told_apart_by_registrable_domain(void **state)
{
    (void)state;
    assert_true(says_own_site("facebook.com"));
    assert_true(says_own_site("https://www.facebook.com/somebody"));
    assert_true(says_own_site("m.facebook.com"));
    assert_false(says_own_site("static.facebook.com"));
    assert_false(says_own_site("pixel.facebook.com")); /* its own rule is no registrable domain */
    check_why("www.adnxs.com", "it is below adnxs.com, the longest rule that covers it");
    struct lookup_answer a;
    lookup_answer(&a, set, "www.adnxs.com");
    assert_null(strstr(a.why, "own site")); /* nobody browses an exchange */
}

static void check_steps(const char *asked, const char *expected)
{
    struct lookup_answer a;
    struct lookup_step steps[LOOKUP_STEPS_MOST];
    char text[2048] = "";
    lookup_answer(&a, set, asked);
    size_t n = lookup_steps(&a, set, steps, LOOKUP_STEPS_MOST);
    for (size_t i = 0; i < n; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s%s;", steps[i].name, lookup_verdict_word(steps[i].verdict),
                 steps[i].counts ? "!" : "");
    assert_string_equal(text, expected);
}

static void every_part_of_the_name_is_explained(void **state)
{
    (void)state;
    check_steps("a.pixel.facebook.com", "a.pixel.facebook.com no-rule;pixel.facebook.com rule!;facebook.com rule;com public-suffix;");
    check_steps("x.good.plain.example", "x.good.plain.example no-rule;good.plain.example exception;plain.example rule;example public-suffix;");
    check_steps("192.0.2.1", "");
    check_steps("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.adnxs.com",
                "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.adnxs.com too-deep;2.3.4.5.6.7.8.9.10.11.12.13.14.15.adnxs.com no-rule;"
                "3.4.5.6.7.8.9.10.11.12.13.14.15.adnxs.com no-rule;4.5.6.7.8.9.10.11.12.13.14.15.adnxs.com no-rule;"
                "5.6.7.8.9.10.11.12.13.14.15.adnxs.com no-rule;6.7.8.9.10.11.12.13.14.15.adnxs.com no-rule;"
                "7.8.9.10.11.12.13.14.15.adnxs.com no-rule;8.9.10.11.12.13.14.15.adnxs.com no-rule;9.10.11.12.13.14.15.adnxs.com no-rule;"
                "10.11.12.13.14.15.adnxs.com no-rule;11.12.13.14.15.adnxs.com no-rule;12.13.14.15.adnxs.com no-rule;"
                "13.14.15.adnxs.com no-rule;14.15.adnxs.com no-rule;15.adnxs.com no-rule;adnxs.com rule!;com public-suffix;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_of_whatever_is_pasted_is_looked_up),
        cmocka_unit_test(what_is_no_host_name_is_said_to_be_none),
        cmocka_unit_test(the_rule_and_an_exception_are_named),
        cmocka_unit_test(a_company_s_own_site_is_told_apart_by_registrable_domain),
        cmocka_unit_test(every_part_of_the_name_is_explained),
    };
    return cmocka_run_group_tests(tests, make_rules, free_rules);
}
