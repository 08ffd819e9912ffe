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
    unsigned rules, skipped, exceptions, why[FEED_SKIP_COUNT];
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
    if (rule->kind != SOURCE_RULE) {
        strcat(heard->hosts, rule->kind == SOURCE_EXCEPTION ? "@" : "~");
        heard->exceptions++;
        at++;
    }
    copy(heard->hosts + at, rule->host);
    strcat(heard->hosts, " ");
    copy(heard->last_tracker, rule->tracker);
    copy(heard->last_country, rule->country);
    heard->last_purpose = rule->purpose;
    heard->rules++;
    return heard->answer;
}

static void hear_skip(void *context, enum feed_skip why)
{
    struct heard *heard = context;
    heard->skipped++;
    heard->why[why]++;
}

/* Parses the text from an exactly sized heap buffer. */
static struct heard parse(const char *text)
{
    struct heard heard = {.answer = 0};
    struct source_sink sink = {.context = &heard, .rule = hear_rule, .skip = hear_skip};
    size_t n = strlen(text);
    uint32_t lines;
    char *exact = malloc(n ? n : 1);
    memcpy(exact, text, n);
    assert_int_equal(source_parse(exact, n, &sink, &lines, NULL), 0);
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
          "a.example.com b.example.com c.example.com d.example.com e.example.com ", 1);
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
    check("||a.example.com^\n@@||b.example.com^$domain=x.com\n||c.example.com^$script\n||d.example.com^$domain=x.com\n"
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

static void check_why(const char *text, enum feed_skip why)
{
    struct heard heard = parse(text);
    assert_int_equal(heard.why[why], 1);
    assert_int_equal(heard.skipped, 1);
}

static void what_is_passed_over_is_told_by_its_reason(void **state)
{
    (void)state;
    check_why("[Adblock]\n||a.example.com/x^\n", FEED_SKIP_PATH);
    check_why("[Adblock]\nads.js\n", FEED_SKIP_PATH);
    check_why("[Adblock]\n||a.example.com^$script\n", FEED_SKIP_CONDITION);
    check_why("[Adblock]\n@@||a.example.com^$script\n", FEED_SKIP_EXCEPTION);
    check_why("[Adblock]\n@@/banner/\n", FEED_SKIP_EXCEPTION);
    check_why("[Adblock]\na.example.com##.advert\n", FEED_SKIP_COSMETIC);
    check_why("192.0.2.1 a.example.com\n", FEED_SKIP_REDIRECT);
    check_why("127.0.0.1 ip6-localhost\n", FEED_SKIP_OWN_NAME);
    check_why("a.example.com\tA\tA\tXXX\n", FEED_SKIP_BAD_ROW);
    check_why("what is this\n", FEED_SKIP_NOT_A_HOST);
}

static void an_exception_for_a_whole_host_is_taken(void **state)
{
    (void)state;
    check("||a.example.com^\n||b.example.com^\n@@||c.example.com^\n@@||d.example.com^$third-party\n",
          "a.example.com b.example.com @c.example.com @d.example.com ", 0);
}

static void dnsmasq_settings_give_the_names_that_are_not_resolved(void **state)
{
    (void)state;
    check("# dnsmasq\naddress=/a.example.com/\naddress=/b.example.com/c.example.com/0.0.0.0\naddress=/d.example.com/::\n"
          "address=/e.example.com/#\nserver=/f.example.com/\nlocal=/g.example.com/h.example.com/ # why\naddress=/*.i.example.com/127.0.0.1\n"
          "address=/.j.example.com/\n",
          "a.example.com b.example.com c.example.com d.example.com e.example.com f.example.com g.example.com h.example.com "
          "i.example.com j.example.com ",
          0);
}

static void dnsmasq_settings_that_lead_somewhere_are_no_rules(void **state)
{
    (void)state;
    check("address=/nas.example.com/192.168.1.9\nserver=/corp.example.com/10.0.0.1\nlocal=/x.example.com/#\n"
          "server=/good.example.com/#\naddress=/a.example.com/0.0.0.0\ndomain-needed\nserver=8.8.8.8\naddress=/half.example.com\n",
          "~good.example.com a.example.com ", 6);
    check_why("address=/nas.example.com/192.168.1.9\n", FEED_SKIP_REDIRECT);
    check_why("address=/half.example.com\n", FEED_SKIP_NOT_A_HOST);
}

static void a_policy_zone_gives_its_triggers(void **state)
{
    (void)state;
    check("$TTL 300\n@ IN SOA localhost. root.localhost. (\n  2026112301 ; serial\n  1h 15m 30d 2h )\n  IN NS localhost.\n"
          "; a comment\na.example.com CNAME .\n*.a.example.com CNAME . ; below\nb.example.com 300 IN CNAME *.\n"
          "c.example.com\tIN\tCNAME\trpz-drop.\nD.example.com cname .\nlocal.example.com A 0.0.0.0\n  AAAA ::\n",
          "a.example.com a.example.com b.example.com c.example.com D.example.com local.example.com local.example.com ", 0);
}

static void a_policy_zone_s_exceptions_and_other_data_are_told_apart(void **state)
{
    (void)state;
    check("$TTL 60\ngood.example.com CNAME rpz-passthru.\n*.good.example.com CNAME rpz-passthru.\nwall.example.com CNAME www.school.example.\n"
          "nas.example.com A 192.168.1.9\n32.1.2.0.192.rpz-ip CNAME .\nns.example.net.rpz-nsdname CNAME .\n@ A 127.0.0.1\n"
          "slow.example.com CNAME rpz-tcp-only.\nnothing\na.example.com CNAME .\n",
          "~good.example.com ~good.example.com a.example.com ", 7);
}

static void a_policy_zone_s_own_name_is_no_part_of_a_trigger(void **state)
{
    (void)state;
    check("$ORIGIN rpz.school.example.\n@ SOA a. b. 1 2 3 4 5\na.example.com CNAME .\nb.example.com.rpz.school.example. CNAME .\n"
          "$ORIGIN example.net.rpz.school.example.\nads CNAME .\n*.pix CNAME .\n",
          "a.example.com b.example.com ads.example.net pix.example.net ", 0);
    check("rpz.school.example. 60 IN SOA a. b. 1 2 3 4 5\nc.example.com.RPZ.school.example. CNAME .\nrpz.school.example. CNAME .\nd.example.com. CNAME .\n",
          "c.example.com d.example.com ", 1);
}

static void a_bare_name_in_a_policy_zone_is_half_a_record(void **state)
{
    (void)state;
    check("$TTL 60\n$ORIGIN .\na.example.com CNAME .\nb.example.com\n", "a.example.com ", 1);
}

static void a_row_of_our_table_with_a_short_tracker_is_no_record(void **state)
{
    (void)state;
    struct heard heard = parse("a.example.com\tA\tA\tGB\tvideo\nb.example.com\tNS\tNS Ltd\tGB\tvideo\n");
    assert_string_equal(heard.hosts, "a.example.com b.example.com ");
    assert_string_equal(heard.last_tracker, "NS");
}

static void the_syntax_of_most_lines_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *syntax;
    } lists[] = {{"a.example.com\nb.example.com\n0.0.0.0 c.example.com\n", "domains"},
                 {"0.0.0.0 c.example.com\n", "hosts file"},
                 {"||c.example.com^\n", "blocking rules"},
                 {"address=/c.example.com/\n", "dnsmasq settings"},
                 {"c.example.com CNAME .\n", "response policy zone"},
                 {"c.example.com\tC\n", "telltale's table"}};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct heard heard = {.answer = 0};
        struct source_sink sink = {.context = &heard, .rule = hear_rule, .skip = hear_skip};
        const char *syntax;
        assert_int_equal(source_parse(lists[i].text, strlen(lists[i].text), &sink, NULL, &syntax), 0);
        assert_string_equal(syntax, lists[i].syntax);
    }
}

/* A text that ends anywhere is read without a byte beyond it (the address sanitizer looks). */
static void every_truncation_of_every_syntax_is_read(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "$ORIGIN rpz.example.\n@ IN SOA a. b. (\n1 2 3 4 5 )\n*.a.example.com 60 IN CNAME rpz-passthru.\n  A 127.0.0.1\nb.example.rpz.example. CNAME .\n",
        "address=/a.example.com/b.example.com/0.0.0.0 # x\nserver=/c.example.com/#\nlocal=/d.example.com/\n",
        "[Adblock Plus 2.0]\n@@||a.example.com^$third-party,important\n||b.example.com^$all\nc##d\n"};
    for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
        for (size_t n = 0; n <= strlen(texts[t]); n++) {
            char part[256];
            memcpy(part, texts[t], n);
            part[n] = '\0';
            parse(part);
        }
}

static void lines_count_whatever_they_hold(void **state)
{
    (void)state;
    struct heard heard = {.answer = 0};
    struct source_sink sink = {.context = &heard, .rule = hear_rule, .skip = hear_skip};
    uint32_t lines;
    source_parse("# one\n\nthree.example\n", 21, &sink, &lines, NULL);
    assert_int_equal(lines, 3);
    source_parse("", 0, &sink, &lines, NULL);
    assert_int_equal(lines, 0);
}

static void a_failing_sink_ends_the_parse(void **state)
{
    (void)state;
    struct heard heard = {.answer = -ENOMEM};
    struct source_sink sink = {.context = &heard, .rule = hear_rule, .skip = hear_skip};
    uint32_t lines;
    assert_int_equal(source_parse("0.0.0.0 a.example b.example\nc.example\n", 38, &sink, &lines, NULL), -ENOMEM);
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
        cmocka_unit_test(what_is_passed_over_is_told_by_its_reason),
        cmocka_unit_test(an_exception_for_a_whole_host_is_taken),
        cmocka_unit_test(dnsmasq_settings_give_the_names_that_are_not_resolved),
        cmocka_unit_test(dnsmasq_settings_that_lead_somewhere_are_no_rules),
        cmocka_unit_test(a_policy_zone_gives_its_triggers),
        cmocka_unit_test(a_policy_zone_s_exceptions_and_other_data_are_told_apart),
        cmocka_unit_test(a_policy_zone_s_own_name_is_no_part_of_a_trigger),
        cmocka_unit_test(a_bare_name_in_a_policy_zone_is_half_a_record),
        cmocka_unit_test(a_row_of_our_table_with_a_short_tracker_is_no_record),
        cmocka_unit_test(the_syntax_of_most_lines_is_told),
        cmocka_unit_test(every_truncation_of_every_syntax_is_read),
        cmocka_unit_test(lines_count_whatever_they_hold),
        cmocka_unit_test(a_failing_sink_ends_the_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
