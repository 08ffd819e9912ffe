/* test_staff_recall.c -- a staff test beside a browser's recording: what the network showed of it, and what not. */
#include "reports/staff_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char site[] = "themix.org.uk", reason[] = "lead", page_address[] = "https://www.themix.org.uk/a", other_address[] = "https://example.org/";
static struct har_page pages[] = {{.address = page_address, .site = site}, {.address = other_address}};

/* The models own their texts; here nothing frees them. */
static char *lent(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* The model of a recording, as har_read_file() makes it. */
static struct har_request request(const char *host, const char *organisation, size_t page, int status)
{
    return (struct har_request){.page = page, .host = lent(host), .organisation = lent(organisation), .matched = organisation ? lent(host) : NULL, .third_party = true, .status = status};
}

static struct staff_host seen(const char *host, const char *organisation)
{
    return (struct staff_host){.host = lent(host), .organisation = lent(organisation)};
}

static const struct staff_recall_host *find(const struct staff_recall *r, const char *host)
{
    for (size_t i = 0; i < r->hosts_len; i++)
        if (strcmp(r->hosts[i].host, host) == 0)
            return &r->hosts[i];
    return NULL;
}

static struct staff_recall make(struct har_request *requests, size_t n, struct staff_host *hosts, size_t hosts_len, uint32_t beyond)
{
    struct har_report har = {.pages = pages, .pages_len = 2, .requests = requests, .requests_len = n};
    struct staff_report r = {.site = site, .hosts = hosts, .hosts_len = hosts_len, .beyond = beyond};
    struct staff_recall recall;
    assert_int_equal(staff_recall_make(&recall, &r, &har), 0);
    return recall;
}

static void hits_and_misses_are_counted_by_company(void **state)
{
    (void)state;
    struct har_request q[] = {request("secure.adnxs.com", "Microsoft", 0, 302), request("secure.adnxs.com", "Microsoft", 0, 200), request("bat.bing.com", "Microsoft", 0, 200),
                              request("connect.facebook.net", "Meta", 0, 200), request("px.blocked.example", "Blocked", 0, 0), request("cdn.example.net", NULL, 0, 200),
                              request("cdn.example.net", NULL, 0, 200)};
    struct staff_host h[] = {seen("secure.adnxs.com", "Microsoft"), seen("metrics.themix.org.uk", "Adobe")};
    struct staff_recall r = make(q, 7, h, 2, 0);
    assert_int_equal(r.pages, 1);
    assert_int_equal(r.requests, 5);
    assert_int_equal(r.companies, 3);
    assert_int_equal(r.companies_seen, 1);
    assert_int_equal(r.unlisted, 1);
    assert_true(find(&r, "secure.adnxs.com")->seen);
    assert_int_equal(find(&r, "secure.adnxs.com")->requests, 2);
    assert_int_equal(find(&r, "bat.bing.com")->why, STAFF_MISS_OTHER_HOST);
    assert_int_equal(find(&r, "connect.facebook.net")->why, STAFF_MISS_UNKNOWN);
    assert_int_equal(find(&r, "px.blocked.example")->why, STAFF_MISS_UNANSWERED);
    assert_true(find(&r, "metrics.themix.org.uk")->seen);
    assert_int_equal(find(&r, "metrics.themix.org.uk")->requests, 0); /* on the network only: no part of the recall */
    staff_recall_fini(&r);
}

static void requests_of_other_pages_are_not_compared(void **state)
{
    (void)state;
    struct har_request q[] = {request("secure.adnxs.com", "Microsoft", 1, 200), request("secure.adnxs.com", "Microsoft", SIZE_MAX, 200)};
    struct staff_recall r = make(q, 2, NULL, 0, 0);
    assert_int_equal(r.requests, 0);
    assert_int_equal(r.companies, 0);
    assert_int_equal(r.hosts_len, 0);
    staff_recall_fini(&r);
}

static void a_full_test_says_so(void **state)
{
    (void)state;
    struct har_request q[] = {request("secure.adnxs.com", "Microsoft", 0, 200)};
    struct staff_recall r = make(q, 1, NULL, 0, 3);
    assert_int_equal(find(&r, "secure.adnxs.com")->why, STAFF_MISS_FULL);
    staff_recall_fini(&r);
}

static void the_table_names_the_misses(void **state)
{
    (void)state;
    struct har_request q[] = {request("secure.adnxs.com", "Microsoft", 0, 200), request("connect.facebook.net", "Meta", 0, 200)};
    struct staff_host h[] = {seen("secure.adnxs.com", "Microsoft")};
    struct staff_recall r = make(q, 2, h, 1, 0);
    struct staff_report report = {.site = site, .reason = reason, .hosts = h, .hosts_len = 1, .visits = 1, .state = STORE_TEST_OVER};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(staff_write_table(&report, &r, &(struct report_style){.width = 0}, out), 0);
    assert_int_equal(staff_write_json(&report, &r, out), 0);
    fclose(out);
    assert_non_null(strstr(text, "The network showed 1 of the 2 companies that the browser spoke to"));
    assert_non_null(strstr(text, "not seen: connect.facebook.net, and nothing else of its company (Meta): a cache"));
    assert_non_null(strstr(text, "\"companies_seen\": 1"));
    assert_null(strstr(text, "not seen: secure.adnxs.com"));
    free(text);
    staff_recall_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_and_misses_are_counted_by_company),
        cmocka_unit_test(requests_of_other_pages_are_not_compared),
        cmocka_unit_test(a_full_test_says_so),
        cmocka_unit_test(the_table_names_the_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
