/* test_leak.c -- what requests carry of the page that they were made from. */
#include "common/leak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE         "https://www.themix.org.uk/mental-health/suicidal-feelings?from=help&id=77"
#define PAGE_ENCODED "https%3A%2F%2Fwww.themix.org.uk%2Fmental-health%2Fsuicidal-feelings%3Ffrom%3Dhelp%26id%3D77"
#define TITLE        "Suicidal feelings - The Mix"

/* What was found, a line each: "parameter|place|carried|address|carrier|base64". */
static char told[16384];

static void note(void *context, const struct leak *l)
{
    size_t *count = context;
    size_t at = strlen(told);
    (*count)++;
    snprintf(told + at, sizeof(told) - at, "%s|%s|%s|%.*s|%.*s|%s\n", l->parameter, leak_place_word(l->place),
             leak_carried_word(l->carried), (int)l->address.len, l->address.at ? l->address.at : "",
             (int)l->carrier.len, l->carrier.at ? l->carrier.at : "", l->base64 ? "base64" : "plain");
}

static struct url_text text(const char *s)
{
    return (struct url_text){.at = s, .len = s ? strlen(s) : 0};
}

static size_t scan_all(struct leak_request r, bool *whole)
{
    struct leak_scanner *s = leak_scanner_new();
    size_t count = 0;
    assert_non_null(s);
    told[0] = '\0';
    bool ok = leak_scan(s, &r, note, &count);
    if (whole)
        *whole = ok;
    leak_scanner_free(s);
    return count;
}

static const struct leak_page page = {{PAGE, sizeof(PAGE) - 1}, {TITLE, sizeof(TITLE) - 1}};

static size_t scan_url(const char *url)
{
    return scan_all((struct leak_request){.address = text(url), .pages = &page, .pages_len = 1}, NULL);
}

static size_t scan_body(const char *type, const char *body)
{
    return scan_all((struct leak_request){.address = text("https://t.example/e"),
                                          .body = text(body),
                                          .content_type = text(type),
                                          .pages = &page,
                                          .pages_len = 1},
                    NULL);
}

static void the_origin_of_an_embedded_timeline_is_found(void **state)
{
    (void)state;
    assert_int_equal(
        scan_url("https://syndication.twitter.com/settings?session_id=abc&origin=https%3A%2F%2Fwww.themix.org.uk"
                 "%2Fmental-health%2Fsuicidal-feelings%3Ffrom%3Dhelp%26id%3D77"),
        1);
    assert_string_equal(told, "origin|query|full address with query|" PAGE "||plain\n");
}

static void the_redirect_of_an_exchange_is_read_to_its_inner_parameter(void **state)
{
    (void)state;
    assert_int_equal(
        scan_url("https://secure.adnxs.com/px?id=1&redir=https%3A%2F%2Fpixel.mediaiqdigital.com%2Fpixel%3Fu1%3D"
                 "https%253A%252F%252Fwww.themix.org.uk%252Fmental-health%252Fsuicidal-feelings"),
        1);
    assert_string_equal(told, "redir > u1|query|full address|https://www.themix.org.uk/mental-health/suicidal-feelings|"
                              "https://pixel.mediaiqdigital.com/"
                              "pixel?u1=https%3A%2F%2Fwww.themix.org.uk%2Fmental-health%2Fsuicidal-feelings|plain\n");
}

static void the_target_of_that_redirect_carries_it_itself(void **state)
{
    (void)state;
    assert_int_equal(
        scan_url("https://pixel.mediaiqdigital.com/pixel?u1=https://www.themix.org.uk/mental-health/suicidal-feelings"),
        1);
    assert_string_equal(told,
                        "u1|query|full address|https://www.themix.org.uk/mental-health/suicidal-feelings||plain\n");
}

static void analytics_get_address_and_title(void **state)
{
    (void)state;
    assert_int_equal(
        scan_url("https://region1.google-analytics.com/g/"
                 "collect?v=2&cid=1.2&dl=https%3A%2F%2Fwww.themix.org.uk%2Fmental-health"
                 "%2Fsuicidal-feelings&dt=Suicidal+feelings%20-%20The%20Mix&dr=https%3A%2F%2Fwww.themix.org.uk%2F"),
        3);
    assert_string_equal(told, "dl|query|full address|https://www.themix.org.uk/mental-health/suicidal-feelings||plain\n"
                              "dt|query|title|||plain\n"
                              "dr|query|origin only|https://www.themix.org.uk/||plain\n");
}

static void origin_path_and_address_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *value, *carried;
    } cases[] = {
        {"https://www.themix.org.uk", "origin only"},
        {"https://themix.org.uk/", "origin only"},
        {"http://WWW.themix.org.uk:80", "origin only"},
        {"www.themix.org.uk", "origin only"},
        {"themix.org.uk", "origin only"},
        {"/mental-health/suicidal-feelings", "path only"},
        {"/mental-health/suicidal-feelings/?from=help", "path only"},
        {"https://www.themix.org.uk/mental-health/suicidal-feelings/", "full address"},
        {"https://www.themix.org.uk/mental-health/suicidal-feelings#top", "full address"},
        {"https://www.themix.org.uk/mental-health/suicidal-feelings?from%3Dother", "full address"},
        {"https://user:secret@www.themix.org.uk/mental-health/suicidal-feelings", "full address"},
        {PAGE_ENCODED, "full address with query"},
        {"https://www.themix.org.uk/crisis", "other page"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char url[512], found[64];
        snprintf(url, sizeof(url), "https://t.example/p?x=%s", cases[i].value);
        snprintf(found, sizeof(found), "x|query|%s|", cases[i].carried);
        assert_int_equal(scan_url(url), 1);
        assert_memory_equal(told, found, strlen(found));
    }
}

static void what_is_of_another_site_is_no_leak(void **state)
{
    (void)state;
    assert_int_equal(scan_url("https://t.example/p?u=https%3A%2F%2Fnotthemix.org.uk%2Fmental-health&h=org.uk&s=https://"
                              "cdn.example/a.js&p=/x&e=www."),
                     0);
    assert_int_equal(scan_url("https://t.example/mental-health/suicidal?q=themix&r=Suicidal"), 0);
}

static void base64_of_an_address_and_of_json_is_opened(void **state)
{
    (void)state;
    assert_int_equal(
        scan_url("https://t.example/p?d=aHR0cHM6Ly93d3cudGhlbWl4Lm9yZy51ay9tZW50YWwtaGVhbHRoL3N1aWNpZGFsLWZlZWxpbmdz"),
        1);
    assert_string_equal(told,
                        "d|query|full address|https://www.themix.org.uk/mental-health/suicidal-feelings||base64\n");
    /* {"page":{"u":"https://www.themix.org.uk/mental-health/suicidal-feelings"}}, base64url without padding */
    assert_int_equal(
        scan_url(
            "https://t.example/"
            "p?d=eyJwYWdlIjp7InUiOiJodHRwczovL3d3dy50aGVtaXgub3JnLnVrL21lbnRhbC1oZWFsdGgvc3VpY2lkYWwtZmVlbGluZ3MifX0"),
        1);
    assert_string_equal(told,
                        "d > u|query|full address|https://www.themix.org.uk/mental-health/suicidal-feelings||base64\n");
}

static void bodies_are_read_by_what_they_are(void **state)
{
    (void)state;
    assert_int_equal(scan_body("application/json", "{\"events\":[{\"name\":\"view\",\"page_location\":\"https:\\/\\/"
                                                   "www.themix.org.uk\\/mental-health\\u002fsuicidal-feelings\"}]}"),
                     1);
    assert_string_equal(
        told, "page_location|json|full address|https://www.themix.org.uk/mental-health/suicidal-feelings||plain\n");
    assert_int_equal(scan_body("application/x-www-form-urlencoded", "a=1&ref=https%3A%2F%2Fwww.themix.org.uk%2F"), 1);
    assert_string_equal(told, "ref|form|origin only|https://www.themix.org.uk/||plain\n");
    assert_int_equal(scan_body("text/plain;charset=UTF-8", "{\"t\":\"" TITLE "\"}"), 1);
    assert_string_equal(told, "t|json|title|||plain\n");
    assert_int_equal(scan_body("text/plain", "en=page_view&dt=x\r\nen=scroll&dl=https%3A%2F%2Fwww.themix.org.uk%2F"),
                     1);
    assert_string_equal(told, "dl|form|origin only|https://www.themix.org.uk/||plain\n");
    assert_int_equal(scan_body("multipart/form-data; boundary=xx",
                               "--xx\r\nContent-Disposition: form-data; name=\"dl\"\r\n\r\n" PAGE "\r\n--xx\r\n"
                               "Content-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--xx--\r\n"),
                     1);
    assert_string_equal(told, "dl|form|full address with query|" PAGE "||plain\n");
    assert_int_equal(
        scan_body("text/plain", "seen on https://www.themix.org.uk/mental-health/suicidal-feelings, today"), 1);
    assert_string_equal(told,
                        "body|body|full address|https://www.themix.org.uk/mental-health/suicidal-feelings||plain\n");
    assert_int_equal(
        scan_body("application/x-www-form-urlencoded", "data=%7B%22u%22%3A%22https%3A%2F%2Fwww.themix.org.uk%2F%22%7D"),
        1);
    assert_string_equal(told, "data > u|form|origin only|https://www.themix.org.uk/||plain\n");
}

static void paths_fragments_and_the_referer_are_read(void **state)
{
    (void)state;
    assert_int_equal(scan_url("https://ad.doubleclick.net/activity;src=1;~oref=https%3A%2F%2Fwww.themix.org.uk%2F?"),
                     1);
    assert_string_equal(told, "~oref|path|origin only|https://www.themix.org.uk/||plain\n");
    assert_int_equal(scan_url("https://t.example/r/https%3A%2F%2Fwww.themix.org.uk%2Fcrisis/x"), 1);
    assert_string_equal(told, "path|path|other page|https://www.themix.org.uk/crisis||plain\n");
    assert_int_equal(
        scan_url("https://platform.twitter.com/widgets/hub.html#origin=https%3A%2F%2Fwww.themix.org.uk&x=1"), 1);
    assert_string_equal(told, "origin|fragment|origin only|https://www.themix.org.uk||plain\n");
    assert_int_equal(scan_all((struct leak_request){.address = text("https://t.example/"),
                                                    .referer = text(PAGE),
                                                    .pages = &page,
                                                    .pages_len = 1},
                              NULL),
                     1);
    assert_string_equal(told, "Referer|referer|full address with query|" PAGE "||plain\n");
}

static void on_the_wire_every_address_is_told_with_its_form(void **state)
{
    (void)state;
    struct leak_request r = {.address =
                                 text("/pixel/p-1.gif?url=http%3A%2F%2Fwww.oldboards.org.uk%2Fforum%2Findex.php&r=22"),
                             .referer = text("http://www.oldboards.org.uk/")};
    assert_int_equal(scan_all(r, NULL), 2);
    assert_string_equal(told, "url|query|full address|http://www.oldboards.org.uk/forum/index.php||plain\n"
                              "Referer|referer|origin only|http://www.oldboards.org.uk/||plain\n");
}

static void the_likeliest_of_several_pages_is_told(void **state)
{
    (void)state;
    struct leak_page pages[] = {{text("https://www.themix.org.uk/a-first-page"), {0}}, page};
    struct leak_request r = {.address = text("https://t.example/?dl=" PAGE_ENCODED), .pages = pages, .pages_len = 2};
    assert_int_equal(scan_all(r, NULL), 1);
    assert_non_null(strstr(told, "full address with query"));
}

/* Wraps a value in so many addresses, each percent-encoding what it carries once more. */
static char *nest(unsigned times)
{
    char *value = strdup("https://www.themix.org.uk/");
    for (unsigned i = 0; value && i < times; i++) {
        char *outer = malloc(strlen(value) * 3 + 40);
        assert_non_null(outer);
        char *at = outer + sprintf(outer, "https://r.example/?u=");
        for (const char *c = value; *c; c++)
            at += sprintf(at, strchr(":/?=&%", *c) ? "%%%02X" : "%c", *c);
        free(value);
        value = outer;
    }
    return value;
}

static void nesting_ends_at_its_limit_and_says_so(void **state)
{
    (void)state;
    char *in_reach = nest(LEAK_DEPTH_MAX), *beyond = nest(LEAK_DEPTH_MAX + 3);
    bool whole;
    assert_non_null(in_reach);
    assert_non_null(beyond);
    assert_int_equal(scan_all((struct leak_request){.address = text(in_reach), .pages = &page, .pages_len = 1}, &whole),
                     1);
    assert_true(whole);
    assert_int_equal(scan_all((struct leak_request){.address = text(beyond), .pages = &page, .pages_len = 1}, &whole),
                     0);
    assert_false(whole);
    free(in_reach);
    free(beyond);
}

static void a_value_too_deep_does_not_hide_the_next(void **state)
{
    (void)state;
    char *beyond = nest(LEAK_DEPTH_MAX + 3);
    assert_non_null(beyond);
    char *both = malloc(strlen(beyond) + 64);
    assert_non_null(both);
    sprintf(both, "%s&dl=https://www.themix.org.uk/", beyond);
    assert_int_equal(scan_url(both), 1);
    assert_memory_equal(told, "dl|", 3);
    free(both);
    free(beyond);
}

static void a_flood_of_findings_is_cut(void **state)
{
    (void)state;
    size_t n = 200000;
    char *body = malloc(n * 27 + 1);
    assert_non_null(body);
    for (size_t i = 0; i < n; i++)
        memcpy(body + i * 27, "a=https%3A//themix.org.uk/&", 27);
    body[n * 27] = '\0';
    bool whole;
    struct leak_request r = {.address = text("https://t.example/"),
                             .body = text(body),
                             .content_type = text("application/x-www-form-urlencoded"),
                             .pages = &page,
                             .pages_len = 1};
    assert_int_equal(scan_all(r, &whole), LEAK_FOUND_MAX);
    assert_false(whole);
    free(body);
}

static void names_of_parameters_come_out_clean_and_cut(void **state)
{
    (void)state;
    char url[2048];
    snprintf(url, sizeof(url), "https://t.example/?%%1B%%5B2J%0*d=https://www.themix.org.uk/", 500, 7);
    assert_int_equal(scan_url(url), 1);
    assert_null(strchr(told, 0x1b));
    assert_true(strchr(told, '|') - told < LEAK_PARAMETER_MAX);
}

static void every_truncation_is_read_within_its_bytes(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "https://secure.adnxs.com/"
        "px;m=1;u=%2F?redir=https%3A%2F%2Fp.example%2F%3Fu1%3Dhttps%253A%252F%252Fwww.themix.org.uk%252F&d="
        "aHR0cHM6Ly93d3cudGhlbWl4Lm9yZy51ay8#o=%7B%22a%5C%22%22%3A%22%5Cu0041%22%7D",
        "{\"a\\u00e9\":[\"https:\\/\\/www.themix.org.uk\\/\",{\"b\":\"c=1&d=%41%4\"}]}",
        "--xx\r\nContent-Disposition: form-data; name=\"dl\"\r\n\r\nhttps://www.themix.org.uk/\r\n--xx--",
    };
    for (size_t w = 0; w < sizeof(whole) / sizeof(whole[0]); w++)
        for (size_t n = 0; n <= strlen(whole[w]); n++) {
            char *exact = malloc(n ? n : 1);
            assert_non_null(exact);
            memcpy(exact, whole[w], n);
            struct url_text cut = {.at = exact, .len = n};
            scan_all((struct leak_request){.address = cut, .pages = &page, .pages_len = 1}, NULL);
            scan_all((struct leak_request){.referer = cut,
                                           .body = cut,
                                           .content_type = text(w == 2 ? "multipart/form-data" : "")},
                     NULL);
            free(exact);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_origin_of_an_embedded_timeline_is_found),
        cmocka_unit_test(the_redirect_of_an_exchange_is_read_to_its_inner_parameter),
        cmocka_unit_test(the_target_of_that_redirect_carries_it_itself),
        cmocka_unit_test(analytics_get_address_and_title),
        cmocka_unit_test(origin_path_and_address_are_told_apart),
        cmocka_unit_test(what_is_of_another_site_is_no_leak),
        cmocka_unit_test(base64_of_an_address_and_of_json_is_opened),
        cmocka_unit_test(bodies_are_read_by_what_they_are),
        cmocka_unit_test(paths_fragments_and_the_referer_are_read),
        cmocka_unit_test(on_the_wire_every_address_is_told_with_its_form),
        cmocka_unit_test(the_likeliest_of_several_pages_is_told),
        cmocka_unit_test(nesting_ends_at_its_limit_and_says_so),
        cmocka_unit_test(a_value_too_deep_does_not_hide_the_next),
        cmocka_unit_test(a_flood_of_findings_is_cut),
        cmocka_unit_test(names_of_parameters_come_out_clean_and_cut),
        cmocka_unit_test(every_truncation_is_read_within_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
