/* test_leaks.c -- which requests in clear text count as telling a tracker about a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sensor/leaks.h"
#include "tests/sensor/conversation.h"
#include "tests/sensor/made_rules.h"

static struct feed_set *trackers;
static struct site_set *sites;
static struct leaks *leaks;

static int begin(void **state)
{
    (void)state;
    trackers = make_trackers();
    sites = make_sites();
    leaks = leaks_new(sites, 16);
    assert_non_null(leaks);
    return 0;
}

static int end(void **state)
{
    (void)state;
    leaks_free(leaks);
    leaks_free(NULL);
    feed_set_free(trackers);
    site_set_free(sites);
    return 0;
}

static void ask(uint32_t device, const char *host, bool cloaked, const char *target, const char *referer,
                const char *body)
{
    char head[2048];
    struct http_request r;
    int n = snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n", target, host,
                     referer ? "Referer: " : "", referer ? referer : "", referer ? "\r\n" : "");
    assert_int_equal(http_request_parse((const uint8_t *)head, (size_t)n, &r), DISSECT_OK);
    leaks_request(leaks, trackers, device, host, cloaked, &r,
                  (struct bytes_view){.at = (const uint8_t *)body, .len = body ? strlen(body) : 0});
}

static void assert_row(uint32_t index, const char *site, const char *parameter, const char *page)
{
    assert_true(index < leaks_count(leaks));
    struct leak_row row = leaks_row(leaks, index);
    assert_string_equal(row.parameter, parameter);
    assert_string_equal(row.page, page);
    if (site)
        assert_string_equal(site_at(sites, row.site)->site, site);
    else
        assert_int_equal(row.site, SITE_NONE);
}

static void a_pixel_tells_the_page_of_a_support_site(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com", false, "/px?x=http%3A%2F%2Fwww.themix.org.uk%2Fcrisis%3Fid%3D7", NULL, NULL);
    assert_int_equal(leaks_count(leaks), 1);
    assert_row(0, "themix.org.uk", "x", "http://www.themix.org.uk/crisis?id=\u2026");
    assert_string_equal(leaks_row(leaks, 0).host, "secure.adnxs.com");
    assert_string_equal(leaks_row(leaks, 0).origin, "http://www.themix.org.uk/");
}

static void any_other_page_needs_a_usual_name_or_the_referer(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com", false, "/px?img=http://cdn.example/a.png", NULL, NULL);
    assert_int_equal(leaks_count(leaks), 0);
    ask(1, "secure.adnxs.com", false, "/px?url=http://forum.example/a", NULL, NULL);
    ask(1, "secure.adnxs.com", false, "/px?img=http://forum.example/b", "http://forum.example/", NULL);
    assert_int_equal(leaks_count(leaks), 3);
    assert_row(0, NULL, "url", "http://forum.example/a");
    assert_row(1, NULL, "img", "http://forum.example/b");
    assert_row(2, NULL, "Referer", "http://forum.example/");
}

static void a_tracker_that_sends_on_to_another_is_no_page(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com", false,
        "/px?url=http%3A%2F%2Fad.doubleclick.net%2Fx%3Fu1%3Dhttp%253A%252F%252Fchildline.org.uk%252F",
        "http://2mdn.net/", NULL);
    assert_int_equal(leaks_count(leaks), 1);
    assert_row(0, "childline.org.uk", "url > u1", "http://childline.org.uk/");
}

static void what_an_owner_tells_itself_is_no_leak_unless_it_is_cloaked(void **state)
{
    (void)state;
    ask(1, "stats.themix.org.uk", false, "/b?url=http://www.themix.org.uk/crisis", NULL, NULL);
    assert_int_equal(leaks_count(leaks), 0);
    ask(1, "metrics.themix.org.uk", true, "/b?url=http://www.themix.org.uk/crisis", NULL, NULL);
    assert_int_equal(leaks_count(leaks), 1);
}

static void bodies_are_read_too(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com", false, "/e", NULL, "{\"page\":\"http://www.themix.org.uk/crisis\"}");
    assert_int_equal(leaks_count(leaks), 1);
    assert_row(0, "themix.org.uk", "page", "http://www.themix.org.uk/crisis");
}

static void devices_are_counted_once_and_rows_differ_in_no_value(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 30; i++) {
        char target[128];
        snprintf(target, sizeof(target), "/px?u1=http://www.themix.org.uk/crisis?session=%u", i);
        ask(i % 3, "secure.adnxs.com", false, target, NULL, NULL);
    }
    ask(16, "secure.adnxs.com", false, "/px?u1=http://www.themix.org.uk/crisis?session=1", NULL,
        NULL); /* no such device */
    assert_int_equal(leaks_count(leaks), 1);
    assert_int_equal(leaks_row(leaks, 0).devices, 3);
}

static void a_full_table_counts_what_it_refuses(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LEAKS_MOST + 5; i++) {
        char target[128];
        snprintf(target, sizeof(target), "/px?u1=http://www.themix.org.uk/page/%u", i);
        ask(1, "secure.adnxs.com", false, target, NULL, NULL);
    }
    assert_int_equal(leaks_count(leaks), LEAKS_MOST);
    assert_int_equal(leaks_refused(leaks), 5);
}

/* -- requests as the flow gives them -- */

static unsigned requests;
static char said[512];

static void hear_request(void *context, struct flow *f, const struct http_request *r, struct bytes_view body,
                         bool from_device)
{
    (void)f;
    assert_ptr_equal(context, heard);
    assert_true(from_device);
    requests++;
    snprintf(said, sizeof(said), "%.*s|%.*s|%.*s", (int)r->target.len, (const char *)r->target.at, (int)r->referer.len,
             r->referer.len ? (const char *)r->referer.at : "", (int)body.len, body.len ? (const char *)body.at : "");
}

static void a_request_is_heard_once_and_whole_wherever_it_is_cut(void **state)
{
    (void)state;
    static const char request[] = "POST /px?a=1 HTTP/1.1\r\nHost: secure.adnxs.com\r\nReferer: "
                                  "http://forum.example/x\r\nContent-Length: 5\r\n\r\nhello";
    size_t n = sizeof(request) - 1;
    for (size_t cut = 1; cut <= n; cut++) {
        listen_for_names(4);
        flow_names_on_request(names, hear_request);
        requests = 0;
        struct conversation c = a_conversation(IP_PROTO_TCP, true);
        handshake(&c);
        segment(&c, 0, request, cut);
        if (cut < n)
            segment(&c, (uint32_t)cut, request + cut, n - cut);
        assert_int_equal(requests, 1);
        assert_memory_equal(said, "/px?a=1|http://forum.example/x|", 31);
        if (cut == n)
            assert_string_equal(said, "/px?a=1|http://forum.example/x|hello");
        end_conversation(&c);
        flow_names_free(names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_pixel_tells_the_page_of_a_support_site, begin, end),
        cmocka_unit_test_setup_teardown(any_other_page_needs_a_usual_name_or_the_referer, begin, end),
        cmocka_unit_test_setup_teardown(a_tracker_that_sends_on_to_another_is_no_page, begin, end),
        cmocka_unit_test_setup_teardown(what_an_owner_tells_itself_is_no_leak_unless_it_is_cloaked, begin, end),
        cmocka_unit_test_setup_teardown(bodies_are_read_too, begin, end),
        cmocka_unit_test_setup_teardown(devices_are_counted_once_and_rows_differ_in_no_value, begin, end),
        cmocka_unit_test_setup_teardown(a_full_table_counts_what_it_refuses, begin, end),
        cmocka_unit_test(a_request_is_heard_once_and_whole_wherever_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
