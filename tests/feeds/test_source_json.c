#include "feeds/source_json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct heard {
    char rules[4096]; /* host|tracker|organisation|country|purpose, a line each */
    unsigned why[FEED_SKIP_COUNT], skipped;
};

static int hear_rule(void *context, const struct source_rule *r)
{
    struct heard *heard = context;
    size_t at = strlen(heard->rules);
    snprintf(heard->rules + at, sizeof(heard->rules) - at, "%s%.*s|%.*s|%.*s|%.*s|%s\n", r->kind == SOURCE_RULE ? "" : "@", (int)r->host.n,
             r->host.at, (int)r->tracker.n, r->tracker.at ? r->tracker.at : "", (int)r->organisation.n,
             r->organisation.at ? r->organisation.at : "", (int)r->country.n, r->country.at ? r->country.at : "", purpose_word(r->purpose));
    return 0;
}

static void hear_skip(void *context, enum feed_skip why)
{
    struct heard *heard = context;
    heard->why[why]++;
    heard->skipped++;
}

/* From an exactly sized heap buffer. */
static struct heard parse(const char *text, size_t n, const char **syntax)
{
    struct heard heard = {.skipped = 0};
    struct source_sink sink = {.context = &heard, .rule = hear_rule, .skip = hear_skip};
    char *exact = malloc(n ? n : 1);
    memcpy(exact, text, n);
    assert_int_equal(source_parse(exact, n, &sink, NULL, syntax), 0);
    free(exact);
    return heard;
}

static const char trackerdb[] =
    "\xef\xbb\xbf{\"organizations\": {\"acme\": {\"name\": \"Acme Ltd\", \"country\": \"GB\"}, \"none\": {\"name\": \"None\", \"country\": null}},\n"
    " \"patterns\": {\n"
    "  \"a\": {\"name\": \"Acme Ads\", \"category\": \"advertising\", \"organization\": \"acme\", \"domains\": [\"acme.example\"],\n"
    "         \"filters\": [\"||ads.acme.example^$3p\", \"||acme.example/pixel\", \"@@||good.acme.example^\"]},\n"
    "  \"b\": {\"name\": \"B\", \"category\": \"site_analytics\", \"organization\": \"none\", \"domains\": [], \"filters\": [\"||b.example^\"]},\n"
    "  \"c\": {\"name\": \"C\", \"category\": \"hosting\", \"organization\": null, \"domains\": [\"c.example\", \"d.example\"], \"filters\": []},\n"
    "  \"d\": {\"name\": \"D\\u001b[2J\", \"category\": \"misc\", \"domains\": [], \"filters\": [\"||e.example^\", 7]}}}\n";

static void trackerdb_gives_whole_host_filters_with_owner_country_and_purpose(void **state)
{
    (void)state;
    const char *syntax;
    struct heard heard = parse(trackerdb, strlen(trackerdb), &syntax);
    assert_string_equal(syntax, "TrackerDB");
    assert_string_equal(heard.rules, "ads.acme.example|Acme Ads|Acme Ltd|GB|ad-exchange\n@good.acme.example||||other\nb.example|B|None||analytics\n");
    assert_int_equal(heard.why[FEED_SKIP_PATH], 1);
    assert_int_equal(heard.why[FEED_SKIP_NO_TRACKER], 2); /* a domain is named to tell whose it is */
    assert_int_equal(heard.why[FEED_SKIP_BAD_ROW], 2);    /* a name that would command a terminal; a number */
    assert_int_equal(heard.skipped, 5);
}

static const char disconnect[] =
    "{\"license\": \"x\", \"categories\": {\n"
    "  \"Advertising\": [{\"Acme\": {\"https://acme.example/\": [\"ads.acme.example\", \"acme-ads.example\"], \"performance\": \"true\"}}],\n"
    "  \"Analytics\": [{\"B\": {\"https://b.example/\": [\"b.example\"]}}, {\"C\": {\"https://c.example/\": [\"c.example\"]}}],\n"
    "  \"Content\": [{\"D\": {\"https://d.example/\": [\"d.example\"]}}]}}";

static void disconnect_gives_each_company_s_domains_but_for_content(void **state)
{
    (void)state;
    const char *syntax;
    struct heard heard = parse(disconnect, strlen(disconnect), &syntax);
    assert_string_equal(syntax, "Disconnect");
    assert_string_equal(heard.rules, "ads.acme.example|Acme|Acme||ad-exchange\nacme-ads.example|Acme|Acme||ad-exchange\n"
                                     "b.example|B|B||analytics\nc.example|C|C||analytics\n");
    assert_int_equal(heard.why[FEED_SKIP_NO_TRACKER], 1);
    assert_int_equal(heard.skipped, 1);
}

static void json_that_is_no_list_gives_no_rule(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "{\"x\": 1}", "{\"patterns\": []}", "{\"categories\": 7}", "{\"patterns\": {\"a\": 1, \"b\": {\"filters\": 2}}}",
                                        "{\"categories\": {\"Advertising\": [1, {\"A\": 2}, {\"A\": {\"x\": 3}}]}}", "{ads.example.com\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_string_equal(parse(texts[i], strlen(texts[i]), NULL).rules, "");
    assert_int_equal(parse("{\"x\": 1}", 8, NULL).why[FEED_SKIP_NOT_A_HOST], 1);
}

static void every_truncation_gives_no_rule(void **state)
{
    (void)state;
    for (size_t n = 3; n + 1 < strlen(trackerdb); n++)
        assert_string_equal(parse(trackerdb, n, NULL).rules, "");
    for (size_t n = 0; n < strlen(disconnect); n++)
        assert_string_equal(parse(disconnect, n, NULL).rules, "");
}

static int run_out_of_memory(void *context, const struct source_rule *rule)
{
    (void)context;
    (void)rule;
    return -ENOMEM;
}

static void a_failing_sink_ends_the_parse(void **state)
{
    (void)state;
    struct source_sink sink = {.skip = hear_skip};
    struct heard heard = {.skipped = 0};
    sink.context = &heard;
    sink.rule = run_out_of_memory;
    assert_int_equal(source_parse(disconnect, strlen(disconnect), &sink, NULL, NULL), -ENOMEM);
    assert_int_equal(heard.skipped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trackerdb_gives_whole_host_filters_with_owner_country_and_purpose),
        cmocka_unit_test(disconnect_gives_each_company_s_domains_but_for_content),
        cmocka_unit_test(json_that_is_no_list_gives_no_rule),
        cmocka_unit_test(every_truncation_gives_no_rule),
        cmocka_unit_test(a_failing_sink_ends_the_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
