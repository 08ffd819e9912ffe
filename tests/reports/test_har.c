/* test_har.c -- recordings of different browsers, and broken ones, as a report. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "reports/har_entry.h"
#include "reports/har.h"
#include "reports/har_title.h"
#include "tests/support/caught_stderr.h"

static struct har_rules rules;
static struct har_report report;

static int begin(void **state)
{
    (void)state;
    struct feed_builder *b = feed_builder_new();
    struct site_set *sites = site_set_new();
    struct feed_source source;
    assert_int_equal(feed_builder_add_builtin(b, &source), 0);
    assert_int_equal(site_set_add_builtin(sites), 0);
    rules = (struct har_rules){.trackers = feed_builder_compile(b), .sites = sites};
    feed_builder_free(b);
    return 0;
}

static int end(void **state)
{
    (void)state;
    feed_set_free(rules.trackers);
    site_set_free((struct site_set *)(uintptr_t)rules.sites);
    return 0;
}

static int fini(void **state)
{
    (void)state;
    har_report_fini(&report);
    return 0;
}

static int read_text(const char *text)
{
    char path[] = "/tmp/telltale-har-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    har_report_init(&report);
    int rc = har_read_file(&report, &rules, path, NULL, NULL);
    unlink(path);
    return rc;
}

#define REQUEST(url) "\"request\":{\"method\":\"GET\",\"url\":\"" url "\",\"headers\":[]}"
#define PIXEL        "https://secure.adnxs.com/px?u1=https%3A%2F%2Fwww.themix.org.uk%2Fcrisis"

static void firefox_has_titles_zones_and_sizes_of_minus_one(void **state)
{
    (void)state;
    assert_int_equal(
        read_text(
            "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"Firefox\",\"version\":\"128.0\"},\"browser\":{"
            "\"name\":\"Firefox\",\"version\":\"128.0\"},"
            "\"pages\":[{\"startedDateTime\":\"2023-10-05T10:30:00.000+01:00\",\"id\":\"page_1\",\"title\":\"Crisis "
            "help | The Mix\"}],\"entries\":["
            "{\"pageref\":\"page_1\",\"startedDateTime\":\"2023-10-05T10:30:00.020+01:00\",\"request\":{\"bodySize\":0,"
            "\"method\":\"GET\","
            "\"url\":\"https://www.themix.org.uk/"
            "crisis\",\"headers\":[],\"cookies\":[],\"queryString\":[],\"headersSize\":-1},"
            "\"response\":{\"status\":200,\"content\":{\"mimeType\":\"text/html; "
            "charset=utf-8\",\"size\":-1},\"redirectURL\":\"\",\"bodySize\":-1}},"
            "{\"pageref\":\"page_1\",\"startedDateTime\":\"2023-10-05T10:30:01.500+01:00\",\"request\":{\"method\":"
            "\"POST\",\"url\":\"https://www.facebook.com/tr/\","
            "\"headers\":[{\"name\":\"cookie\",\"value\":\"fr=SECRETVALUE; datr=x\"}],\"cookies\":[],"
            "\"postData\":{\"mimeType\":\"application/"
            "x-www-form-urlencoded\",\"params\":[{\"name\":\"dl\",\"value\":\"https://www.themix.org.uk/crisis\"},"
            "{\"name\":\"dt\",\"value\":\"Crisis help | The Mix\"}],\"text\":\"\"}},\"response\":{\"status\":200}}]}}"),
        0);
    assert_int_equal(report.requests_len, 2);
    assert_string_equal(report.recordings[0].browser, "Firefox 128.0");
    assert_string_equal(report.pages[0].title, "Crisis help | The Mix");
    assert_string_equal(report.pages[0].address, "https://www.themix.org.uk/crisis");
    assert_string_equal(report.pages[0].site, "themix.org.uk");
    const struct har_request *q = &report.requests[1];
    assert_int_equal(q->after_ms, 1500);
    assert_string_equal(q->role, "pixel");
    assert_string_equal(q->organisation, "Meta");
    assert_string_equal(q->cookies_sent, "fr datr");
    assert_int_equal(q->leaks_len, 2);
    assert_string_equal(q->leaks[0].parameter, "dl");
    assert_string_equal(q->leaks[0].place, "form");
    assert_string_equal(q->leaks[0].carried, "full address");
    assert_string_equal(q->leaks[1].carried, "title");
    assert_true(q->third_party && !report.requests[0].third_party);
}

static void safari_leaves_out_what_it_likes(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("{\"log\":{\"creator\":{\"name\":\"WebKit Web "
                  "Inspector\"},\"pages\":[{\"id\":\"page_0\",\"title\":\"https://www.themix.org.uk/crisis\"}],"
                  "\"entries\":[{\"pageref\":\"page_0\"," REQUEST(
                      "https://www.themix.org.uk/crisis") "},{\"pageref\":\"page_0\"," REQUEST(PIXEL) "}]}}"),
        0);
    assert_string_equal(report.pages[0].address, "https://www.themix.org.uk/crisis");
    assert_string_equal(report.pages[0].title, "");
    assert_int_equal(report.requests[1].leaks_len, 1);
    assert_true(report.requests[1].after_ms == HAR_UNKNOWN_MS);
    assert_int_equal(report.requests[1].status, 0);
}

static void a_recording_without_pages_gets_one_from_its_first_document(void **state)
{
    (void)state;
    assert_int_equal(
        read_text(
            "{\"log\":{\"entries\":[{\"startedDateTime\":\"2023-10-05T09:30:00Z\"," REQUEST(
                "http://www.themix.org.uk/crisis") ",\"response\":{\"status\":301,\"redirectURL\":\"https://"
                                                   "www.themix.org.uk/"
                                                   "crisis\"}},{\"startedDateTime\":\"2023-10-05T09:30:00."
                                                   "1Z\"," REQUEST("https://www.themix.org.uk/crisis") ",\"response\":{"
                                                                                                       "\"status\":200,"
                                                                                                       "\"content\":{"
                                                                                                       "\"mimeType\":"
                                                                                                       "\"text/html\","
                                                                                                       "\"text\":\"<"
                                                                                                       "html><title>"
                                                                                                       "\\n Crisis "
                                                                                                       "&amp; "
                                                                                                       "help&#x21;\\n</"
                                                                                                       "title>\"}}},{"
                                                                                                       "\"startedDateTi"
                                                                                                       "me\":\"2023-10-"
                                                                                                       "05T09:30:"
                                                                                                       "02Z\"," REQUEST(
                                                                                                           PIXEL) "}]}"
                                                                                                                  "}"),
        0);
    assert_int_equal(report.pages_len, 1);
    assert_string_equal(report.pages[0].title, "Crisis & help!");
    assert_int_equal(report.requests[1].redirected_from, 1);
    assert_int_equal(report.requests[0].led_to, 2);
    assert_int_equal(report.requests[2].leaks_len, 1);
    assert_int_equal(report.requests[2].after_ms, 1900);
}

static void redirects_are_followed_however_location_is_written(void **state)
{
    (void)state;
    assert_int_equal(
        read_text(
            "{\"log\":{\"entries\":["
            "{" REQUEST(
                "https://a.example/x/y?q=1") ",\"response\":{\"status\":302,\"headers\":[{\"name\":\"LOCATION\","
                                             "\"value\":\"z?b=2#frag\"}]}},"
                                             "{" REQUEST(
                                                 "https://a.example/x/z?b=2") ",\"response\":{\"status\":307,"
                                                                              "\"redirectURL\":\"/top\"}},"
                                                                              "{" REQUEST(
                                                                                  "https://a.example/top") ",\"response"
                                                                                                           "\":{"
                                                                                                           "\"status\":"
                                                                                                           "302,"
                                                                                                           "\"redirectU"
                                                                                                           "RL\":\"//"
                                                                                                           "b.example/"
                                                                                                           "\"}},"
                                                                                                           "{" REQUEST(
                                                                                                               "https:/"
                                                                                                               "/b."
                                                                                                               "example"
                                                                                                               "/") ","
                                                                                                                    "\""
                                                                                                                    "re"
                                                                                                                    "sp"
                                                                                                                    "on"
                                                                                                                    "se"
                                                                                                                    "\""
                                                                                                                    ":{"
                                                                                                                    "\""
                                                                                                                    "st"
                                                                                                                    "at"
                                                                                                                    "us"
                                                                                                                    "\""
                                                                                                                    ":2"
                                                                                                                    "00"
                                                                                                                    ","
                                                                                                                    "\""
                                                                                                                    "re"
                                                                                                                    "di"
                                                                                                                    "re"
                                                                                                                    "ct"
                                                                                                                    "UR"
                                                                                                                    "L"
                                                                                                                    "\""
                                                                                                                    ":"
                                                                                                                    "\""
                                                                                                                    "ht"
                                                                                                                    "tp"
                                                                                                                    "s:"
                                                                                                                    "//"
                                                                                                                    "c."
                                                                                                                    "ex"
                                                                                                                    "am"
                                                                                                                    "pl"
                                                                                                                    "e/"
                                                                                                                    "\""
                                                                                                                    "}}"
                                                                                                                    ","
                                                                                                                    "{" REQUEST(
                                                                                                                        "https://c.example/") "}]}}"),
        0);
    for (uint64_t i = 1; i < 4; i++)
        assert_int_equal(report.requests[i].redirected_from, i);
    assert_int_equal(report.requests[4].redirected_from, 0);
    assert_null(report.requests[3].redirects_to);
    assert_string_equal(report.requests[2].redirects_to, "https://b.example/");
}

static void before_and_after_a_consent_action_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("{\"log\":{\"pages\":[{\"id\":\"p\",\"title\":\"https://www.themix.org.uk/"
                  "crisis\"}],\"entries\":[{\"pageref\":\"p\"," REQUEST(PIXEL) "},{\"pageref\":\"p\"," REQUEST(
                      "https://consent.cookiebot.com/uc.js") "},{\"pageref\":\"p\"," REQUEST("https://"
                                                                                             "consent.cookiebot.com/"
                                                                                             "logconsent.ashx?action="
                                                                                             "accept") "},{\"pageref\":"
                                                                                                       "\"p\"," REQUEST(PIXEL) "}]}}"),
        0);
    static const enum har_consent wanted[] = {HAR_CONSENT_BEFORE, HAR_CONSENT_BEFORE, HAR_CONSENT_ACTION,
                                              HAR_CONSENT_AFTER};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(report.requests[i].consent, wanted[i]);
    assert_int_equal(report.recordings[0].consent_order, 3);
}

/* Every @ of the shape becomes the value. */
static void fill(char out[1024], const char *shape, const char *value)
{
    for (; *shape; shape++)
        out += *shape == '@' ? sprintf(out, "%s", value) : (*out = *shape, 1);
    *out = '\0';
}

static void wrong_types_everywhere_are_as_if_missing(void **state)
{
    (void)state;
    static const char *const wrong[] = {"null", "7", "-1.5", "true", "[]", "{}", "\"\"", "[[[]]]", "\"\\u0000\""};
    static const char *const shapes[] = {
        "{\"log\":{\"pages\":[{\"id\":@,\"title\":@,\"startedDateTime\":@}],\"entries\":[{\"request\":@}]}}",
        "{\"log\":{\"creator\":@,\"pages\":@,\"entries\":[{\"pageref\":@,\"startedDateTime\":@,\"request\":{\"url\":"
        "\"https://a.example/\"}}]}}",
        "{\"log\":{\"entries\":[{\"request\":{\"url\":\"https://a.example/"
        "\",\"method\":@,\"headers\":@,\"cookies\":@,\"postData\":@}}]}}",
        "{\"log\":{\"entries\":[{\"request\":{\"url\":\"https://a.example/"
        "\",\"headers\":[@],\"cookies\":[@],\"postData\":{\"text\":@,\"params\":[@]}}}]}}",
        "{\"log\":{\"entries\":[{\"request\":{\"url\":\"https://a.example/"
        "\"},\"response\":{\"status\":@,\"redirectURL\":@,\"content\":@,\"headers\":@}}]}}",
        "{\"log\":{\"entries\":[{\"request\":{\"url\":@},\"response\":@,\"cache\":@,\"timings\":@}]}}",
    };
    for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++)
        for (size_t w = 0; w < sizeof(wrong) / sizeof(wrong[0]); w++) {
            char text[1024], sink[8192];
            FILE *out = fmemopen(sink, sizeof(sink), "w");
            fill(text, shapes[s], wrong[w]);
            catch_stderr();
            int rc = read_text(text);
            caught_stderr();
            assert_int_equal(rc, 0);
            assert_int_equal(har_write_json(&report, out), 0);
            fclose(out);
            har_report_fini(&report);
        }
}

static void a_cut_recording_is_reported_as_far_as_it_goes(void **state)
{
    (void)state;
    catch_stderr();
    int rc = read_text("{\"log\":{\"entries\":[{" REQUEST("https://a.example/") "},{" REQUEST("https://b.exa"));
    const char *said = caught_stderr();
    assert_int_equal(rc, -EINVAL);
    assert_non_null(strstr(said, "what came before is reported"));
    assert_int_equal(report.requests_len, 1);
    assert_true(report.recordings[0].failed);
}

static void times_are_read_with_their_zone(void **state)
{
    (void)state;
    assert_int_equal(har_time_ms("1970-01-01T00:00:00.000Z"), 0);
    assert_int_equal(har_time_ms("2023-10-05T10:30:01.250+01:00"), 1696498201250);
    assert_int_equal(har_time_ms("2023-10-05T09:30:01.2504567Z"), 1696498201250);
    assert_int_equal(har_time_ms("2024-02-29T23:59:60-0530"), 1709270999000 + 1000);
    static const char *const bad[] = {"",
                                      "2023",
                                      "2023-13-01T00:00:00Z",
                                      "2023-10-05 10:30:00",
                                      "2023-10-05T10:30",
                                      "2023-10-05T10:30:00x",
                                      "2023-10-05T10:30:00+1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_true(har_time_ms(bad[i]) == INT64_MIN);
}

static void titles_are_found_in_any_truncation(void **state)
{
    (void)state;
    static const char html[] = "<HTML><Title lang=en> a &lt;b&gt; &#233;&#x1F600;&#0;&bogus; &amp</TITLE>";
    char title[HAR_TITLE_MAX];
    assert_true(har_title(html, sizeof(html) - 1, title) > 0);
    assert_string_equal(title, "a <b> \u00e9\U0001F600\ufffd&bogus; &amp");
    for (size_t n = 0; n < sizeof(html); n++) {
        char *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, html, n);
        har_title(exact, n, title);
        free(exact);
    }
    char *large = malloc(10000);
    assert_non_null(large);
    memset(large, 'x', 10000);
    memcpy(large, "<title>", 7);
    memcpy(large + 9000, "</title>", 8);
    assert_true(har_title(large, 10000, title) < HAR_TITLE_MAX);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(firefox_has_titles_zones_and_sizes_of_minus_one, fini),
        cmocka_unit_test_teardown(safari_leaves_out_what_it_likes, fini),
        cmocka_unit_test_teardown(a_recording_without_pages_gets_one_from_its_first_document, fini),
        cmocka_unit_test_teardown(redirects_are_followed_however_location_is_written, fini),
        cmocka_unit_test_teardown(before_and_after_a_consent_action_are_told_apart, fini),
        cmocka_unit_test(wrong_types_everywhere_are_as_if_missing),
        cmocka_unit_test_teardown(a_cut_recording_is_reported_as_far_as_it_goes, fini),
        cmocka_unit_test(times_are_read_with_their_zone),
        cmocka_unit_test(titles_are_found_in_any_truncation),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
