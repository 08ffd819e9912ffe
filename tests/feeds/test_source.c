#include "feeds/source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct heard {
    char hosts[1024]; /* the rules' hosts, a blank after each */
    char last_tracker[64], last_country[8];
    enum purpose last_purpose;
    unsigned rules, skipped;
    int answer; /* what rule() returns */
};

static void copy(char *to, struct line from)
{
    memcpy(to, from.n ? from.at : "", from.n);
    to[from.n] = '\0';
}

static int hear_rule(void *context, const struct source_rule *rule)
{
    struct heard *heard = context;
    size_t at = strlen(heard->hosts);
    copy(heard->hosts + at, rule->host);
    strcat(heard->hosts, " ");
    copy(heard->last_tracker, rule->tracker);
    copy(heard->last_country, rule->country);
    heard->last_purpose = rule->purpose;
    heard->rules++;
    return heard->answer;
}

static void hear_skip(void *context)
{
    ((struct heard *)context)->skipped++;
}

/* Parses the text from an exactly sized heap buffer. */
static struct heard parse(const char *text)
{
    struct heard heard = {.answer = 0};
    struct source_sink sink = {&heard, hear_rule, hear_skip};
    size_t n = strlen(text);
    uint32_t lines;
    char *exact = malloc(n ? n : 1);
    memcpy(exact, text, n);
    assert_int_equal(source_parse(exact, n, &sink, &lines), 0);
    free(exact);
    return heard;
}

static void check(const char *text, const char *hosts, unsigned skipped)
{
    struct heard heard = parse(text);
    assert_string_equal(heard.hosts, hosts);
    assert_int_equal(heard.skipped, skipped);
}

static void a_domain_a_line(void **state)
{
    (void)state;
    check("# a list\nads.example.com\n\nTracker.Example.NET \r\n", "ads.example.com Tracker.Example.NET ", 0);
    check("ads.example.com # comment\nads.example.net\t# comment\nads.example.org#comment\n",
          "ads.example.com ads.example.net ads.example.org ", 0);
}

static void wildcard_marks_are_dropped(void **state)
{
    (void)state;
    check("*.example.com\n.example.net\n", "example.com example.net ", 0);
    check("*example.com\nads.*.com\n*.\n.\n", "", 4);
}

static void a_line_that_is_not_one_host_is_skipped(void **state)
{
    (void)state;
    check("ads.example.com and more\nlocalhost\nhttp://ads.example.com/\nads.example.com:443\n=====\nads.example.net\n",
          "ads.example.net ", 5);
}

static void a_hosts_file_gives_every_name_that_points_nowhere(void **state)
{
    (void)state;
    check("127.0.0.1 localhost\n0.0.0.0 a.example.com\n127.0.0.1\tb.example.com c.example.com # why\n"
          ":: d.example.com\n::1 e.example.com\n",
          "localhost a.example.com b.example.com c.example.com d.example.com e.example.com ", 0);
}

static void a_hosts_file_s_real_addresses_are_no_rules(void **state)
{
    (void)state;
    check("192.168.1.9 printer.school.example\nfe80::1%lo0 router.school.example\n127.0.0.1 localhost.localdomain\n"
          "0.0.0.0 a.example.com\n",
          "a.example.com ", 3);
}

static void an_address_alone_is_no_rule(void **state)
{
    (void)state;
    check("0.0.0.0\na.example.com\n", "0.0.0.0 a.example.com ", 0); /* the sink refuses addresses */
    check("::1\na.example.com\n", "a.example.com ", 1);
}

static void blocking_rules_for_a_whole_host_are_taken(void **state)
{
    (void)state;
    check("[Adblock Plus 2.0]\n! Title: "
          "x\n||ads.example.com^\n||ads.example.net^$third-party\n||a.example.org^$3p,important\n",
          "ads.example.com ads.example.net a.example.org ", 0);
}

static void blocking_rules_for_less_than_a_host_are_skipped(void **state)
{
    (void)state;
    check("||a.example.com^\n@@||b.example.com^\n||c.example.com^$script\n||d.example.com^$domain=x.com\n"
          "||e.example.com/pixel^\n||f.example.com\n||g.example.com^path\n||*.h.example.com^\n/banner/*\n"
          "i.example.com##.advert\nj.example.com#@#.advert\n||^\n||\n||k.example.com^$third-party,script\n",
          "a.example.com ", 13);
}

static void a_bare_name_among_blocking_rules_is_not_a_host(void **state)
{
    (void)state;
    check("||a.example.com^\n||b.example.com^\nc.example.com\n", "a.example.com b.example.com ", 1);
    check("[Adblock Plus 2.0]\nc.example.com\nd.example.com\n||a.example.com^\n", "a.example.com ", 2);
}

static void one_blocking_rule_does_not_spoil_a_list_of_domains(void **state)
{
    (void)state;
    check("a.example.com\nb.example.com\n||c.example.com^\nd.example.com##.advert\n",
          "a.example.com b.example.com c.example.com ", 1);
}

static void our_table_names_the_owner(void **state)
{
    (void)state;
    struct heard heard =
        parse("# suffix\ttracker\torganisation\tcountry\tpurpose\tsource\tdate\tnote\n"
              "ads.example.com\tAds \tExample Ltd\tGB\tad-exchange\thttps://example.com/\t2026-11-22\t# note\n");
    assert_string_equal(heard.hosts, "ads.example.com ");
    assert_string_equal(heard.last_tracker, "Ads");
    assert_string_equal(heard.last_country, "GB");
    assert_int_equal(heard.last_purpose, PURPOSE_AD_EXCHANGE);
}

static void our_table_s_columns_may_be_missing(void **state)
{
    (void)state;
    struct heard heard = parse("ads.example.com\tAds\n");
    assert_string_equal(heard.last_tracker, "Ads");
    assert_string_equal(heard.last_country, "");
    assert_int_equal(heard.last_purpose, PURPOSE_OTHER);
    heard = parse("ads.example.com\t\tExample Ltd\tGB\tad-exchange\n");
    assert_int_equal(heard.rules, 1);
    assert_string_equal(heard.last_tracker, "");
    assert_int_equal(heard.last_purpose, PURPOSE_OTHER);
}

static void a_row_of_our_table_with_a_mistake_is_skipped(void **state)
{
    (void)state;
    check("a.example.com\tA\tA\tGB\tadvert\n", "", 1);
    check("a.example.com\tA\tA\tgb\tvideo\n", "", 1);
    check("a.example.com\tA\tA\tGBR\tvideo\n", "", 1);
    check("a.example.com\tA\x1b[2J\tA\tGB\tvideo\n", "", 1);
    check("a.example.com\tA\tA\xff\tGB\tvideo\n", "", 1);
    check("a.example.com\tA\tA\tGB\tthis-word-is-longer-than-any-purpose-could-ever-be\n", "", 1);
    char row[256];
    snprintf(row, sizeof(row), "a.example.com\t%0*d\tA\tGB\tvideo\n", 101, 0);
    check(row, "", 1);
    snprintf(row, sizeof(row), "a.example.com\t%0*d\tA\tGB\tvideo\n", 50, 0);
    check(row, "a.example.com ", 0);
}

static void lines_count_whatever_they_hold(void **state)
{
    (void)state;
    struct heard heard = {.answer = 0};
    struct source_sink sink = {&heard, hear_rule, hear_skip};
    uint32_t lines;
    source_parse("# one\n\nthree.example\n", 21, &sink, &lines);
    assert_int_equal(lines, 3);
    source_parse("", 0, &sink, &lines);
    assert_int_equal(lines, 0);
}

static void a_failing_sink_ends_the_parse(void **state)
{
    (void)state;
    struct heard heard = {.answer = -ENOMEM};
    struct source_sink sink = {&heard, hear_rule, hear_skip};
    uint32_t lines;
    assert_int_equal(source_parse("0.0.0.0 a.example b.example\nc.example\n", 38, &sink, &lines), -ENOMEM);
    assert_int_equal(heard.rules, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_a_line),
        cmocka_unit_test(wildcard_marks_are_dropped),
        cmocka_unit_test(a_line_that_is_not_one_host_is_skipped),
        cmocka_unit_test(a_hosts_file_gives_every_name_that_points_nowhere),
        cmocka_unit_test(a_hosts_file_s_real_addresses_are_no_rules),
        cmocka_unit_test(an_address_alone_is_no_rule),
        cmocka_unit_test(blocking_rules_for_a_whole_host_are_taken),
        cmocka_unit_test(blocking_rules_for_less_than_a_host_are_skipped),
        cmocka_unit_test(a_bare_name_among_blocking_rules_is_not_a_host),
        cmocka_unit_test(one_blocking_rule_does_not_spoil_a_list_of_domains),
        cmocka_unit_test(our_table_names_the_owner),
        cmocka_unit_test(our_table_s_columns_may_be_missing),
        cmocka_unit_test(a_row_of_our_table_with_a_mistake_is_skipped),
        cmocka_unit_test(lines_count_whatever_they_hold),
        cmocka_unit_test(a_failing_sink_ends_the_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
