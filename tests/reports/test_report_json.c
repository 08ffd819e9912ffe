/* test_report_json.c -- the JSON contract, to the letter, and texts that try to leave their string. */
#include "made_up_report.h"

#include "common/json.h"
#include "common/text.h"
#include "hostile.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct json_node *parsed(const struct capture_report *r)
{
    size_t n = 0;
    char error[JSON_ERROR_MAX];
    char *text = written(report_write_json, r, &n);
    struct json_node *root = json_read(text, n, error);
    if (!root)
        fail_msg("%s in:\n%s", error, text);
    free(text);
    return root;
}

static const struct json_node *at(const struct json_node *root, const char *array, size_t i)
{
    return json_node_item(json_node_member(root, array), i);
}

static const char *text_at(const struct json_node *object, const char *key)
{
    return json_node_text(json_node_member(object, key));
}

static int64_t int_at(const struct json_node *object, const char *key)
{
    int64_t n = -999;
    assert_true(json_node_int(json_node_member(object, key), &n));
    return n;
}

static double real_at(const struct json_node *object, const char *key)
{
    double x = -999;
    assert_true(json_node_real(json_node_member(object, key), &x));
    return x;
}

static void assert_keys(const struct json_node *object, const char *const *keys, size_t n)
{
    assert_int_equal(json_node_kind(object), JSON_KIND_OBJECT);
    for (size_t i = 0; i < n; i++)
        if (!json_node_member(object, keys[i]))
            fail_msg("no member %s", keys[i]);
}
#define ASSERT_KEYS(object, ...)                                                                                       \
    assert_keys(object, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void the_made_up_report_is_written_as_its_golden_file(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0;
    char *text = written(report_write_json, &r, &n);
    assert_golden("report.json", text, n);
    free(text);
    capture_report_fini(&r);
}

static void every_field_of_the_contract_is_there(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    struct json_node *root = parsed(&r);
    assert_int_equal(int_at(root, "schema"), 1);
    ASSERT_KEYS(root, "capture", "coverage", "applications", "devices", "contacts", "sites", "leaks");
    ASSERT_KEYS(json_node_member(root, "capture"), "files", "packets", "bytes", "first", "last", "truncated",
                "malformed", "dropped");
    const struct json_node *coverage = json_node_member(root, "coverage");
    ASSERT_KEYS(coverage, "flows", "named", "share", "blind");
    ASSERT_KEYS(json_node_member(coverage, "blind"), "ech", "doh", "dot", "doq", "relay", "vpn", "no-name",
                "incomplete");
    ASSERT_KEYS(at(root, "applications", 0), "name", "category", "flows", "bytes");
    ASSERT_KEYS(at(root, "devices", 0), "device", "label", "first", "last", "flows", "contacts", "randomised_mac",
                "hidden_dns", "doubtful");
    ASSERT_KEYS(at(root, "contacts", 0), "device", "host", "matched", "tracker", "organisation", "purpose", "evidence",
                "seen_by", "role", "chain", "connections", "bytes_up", "bytes_down", "first", "last", "country", "asn",
                "feed");
    const struct json_node *site = at(root, "sites", 0);
    ASSERT_KEYS(site, "site", "label", "category", "visits", "devices", "disclosures");
    ASSERT_KEYS(json_node_item(json_node_member(site, "disclosures"), 0), "host", "tracker", "organisation", "purpose",
                "visits_with", "rate", "control_rate", "lift", "ci_low", "q_value", "median_delay_s", "share_within_2s",
                "verdict");
    ASSERT_KEYS(at(root, "leaks", 0), "site", "host", "parameter", "page", "via");
    json_node_free(root);
    capture_report_fini(&r);
}

static void what_is_not_known_is_null(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    struct json_node *root = parsed(&r);
    const struct json_node *google = at(root, "contacts", 0), *cloaked = at(root, "contacts", 2);
    assert_null(text_at(google, "host"));
    assert_int_equal(json_node_kind(json_node_member(google, "chain")), JSON_KIND_NULL);
    assert_int_equal(int_at(google, "asn"), 15169);
    assert_int_equal(json_node_kind(json_node_member(cloaked, "device")), JSON_KIND_NULL);
    assert_int_equal(json_node_kind(json_node_member(cloaked, "asn")), JSON_KIND_NULL);
    assert_string_equal(json_node_text(json_node_item(json_node_member(cloaked, "chain"), 1)),
                        "themix.data.adobedc.net");
    assert_int_equal(int_at(at(root, "sites", 0), "devices"), 5);
    assert_int_equal(json_node_kind(json_node_member(at(root, "sites", 1), "devices")), JSON_KIND_NULL);
    json_node_free(root);
    capture_report_fini(&r);
}

static void times_are_seconds_with_microseconds_and_no_exponent(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0;
    char *text = written(report_write_json, &r, &n);
    assert_non_null(strstr(text, "\"first\": 1795365330.123456, \"last\": 1795367130.123456"));
    free(text);
    capture_report_fini(&r);
}

static void seen_by_lists_each_protocol_once(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    struct json_node *root = parsed(&r);
    const struct json_node *seen_by = json_node_member(at(root, "contacts", 0), "seen_by");
    assert_int_equal(json_node_count(seen_by), 3);
    assert_string_equal(json_node_text(json_node_item(seen_by, 0)), "dns");
    assert_string_equal(json_node_text(json_node_item(seen_by, 1)), "tls");
    assert_string_equal(json_node_text(json_node_item(seen_by, 2)), "quic");
    json_node_free(root);
    capture_report_fini(&r);
}

static void an_empty_report_is_whole_and_claims_no_coverage(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    struct json_node *root = parsed(&r);
    assert_true(real_at(json_node_member(root, "coverage"), "share") == 0);
    assert_int_equal(json_node_kind(json_node_member(json_node_member(root, "capture"), "first")), JSON_KIND_NULL);
    assert_int_equal(json_node_kind(json_node_member(root, "contacts")), JSON_KIND_ARRAY);
    assert_int_equal(json_node_count(json_node_member(root, "contacts")), 0);
    json_node_free(root);
    capture_report_fini(&r);
}

static void a_share_lies_between_0_and_1(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    r.flows = 4;
    r.named = 3;
    struct json_node *root = parsed(&r);
    assert_true(real_at(json_node_member(root, "coverage"), "share") == 0.75);
    json_node_free(root);
    r.named = 4;
    root = parsed(&r);
    assert_true(real_at(json_node_member(root, "coverage"), "share") == 1);
    json_node_free(root);
    capture_report_fini(&r);
}

static void a_demo_says_so(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    r.demo = true;
    struct json_node *root = parsed(&r);
    assert_true(json_node_is_true(json_node_member(root, "demo")));
    assert_non_null(strstr(text_at(root, "note"), "DEMO"));
    json_node_free(root);
    capture_report_fini(&r);
}

static void a_hostile_text_stays_in_its_string(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE_TEXTS; i++) {
        struct capture_report r;
        hostile_report(&r, hostile_texts[i]);
        struct json_node *root = parsed(&r);
        char clean[256];
        text_clean(hostile_texts[i], strlen(hostile_texts[i]), clean, sizeof(clean));
        assert_string_equal(text_at(at(root, "devices", 0), "label"), clean);
        assert_string_equal(text_at(at(root, "contacts", 0), "tracker"), clean);
        assert_string_equal(text_at(at(root, "leaks", 0), "page"), clean);
        assert_int_equal(json_node_count(json_node_member(root, "contacts")), 1);
        json_node_free(root);
        capture_report_fini(&r);
    }
}

static void a_count_beyond_what_json_integers_hold_is_capped(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    r.packets = UINT64_MAX;
    struct json_node *root = parsed(&r);
    assert_true(int_at(json_node_member(root, "capture"), "packets") == INT64_MAX);
    json_node_free(root);
    capture_report_fini(&r);
}

static void a_hundred_thousand_contacts_are_written(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    for (int i = 0; i < 100000; i++) {
        struct report_contact *c = capture_report_add_contact(&r);
        assert_non_null(c);
        c->matched = strdup("example.net");
        c->first_ns = (uint64_t)i;
    }
    struct json_node *root = parsed(&r);
    assert_int_equal(json_node_count(json_node_member(root, "contacts")), 100000);
    json_node_free(root);
    capture_report_fini(&r);
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(report_write_json(&r, full), -ENOSPC);
    fclose(full);
    capture_report_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_made_up_report_is_written_as_its_golden_file),
        cmocka_unit_test(every_field_of_the_contract_is_there),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(times_are_seconds_with_microseconds_and_no_exponent),
        cmocka_unit_test(seen_by_lists_each_protocol_once),
        cmocka_unit_test(an_empty_report_is_whole_and_claims_no_coverage),
        cmocka_unit_test(a_share_lies_between_0_and_1),
        cmocka_unit_test(a_demo_says_so),
        cmocka_unit_test(a_hostile_text_stays_in_its_string),
        cmocka_unit_test(a_count_beyond_what_json_integers_hold_is_capped),
        cmocka_unit_test(a_hundred_thousand_contacts_are_written),
        cmocka_unit_test(a_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
