/* test_capture_report.c -- the model: growth, order, and memory that runs out. */
#include "made_up_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Linked with --wrap=reallocarray: the adders' only allocation. */
static bool memory_is_out;
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
    return memory_is_out ? NULL : __real_reallocarray(old, n, size);
}

static void an_added_element_is_zeroed_and_its_network_unknown(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    struct report_contact *c = capture_report_add_contact(&r);
    assert_non_null(c);
    assert_null(c->device);
    assert_int_equal(c->asn, -1);
    assert_int_equal(r.contacts_len, 1);
    capture_report_fini(&r);
}

static void arrays_keep_their_elements_while_they_grow(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    for (uint64_t i = 0; i < 5000; i++) {
        struct report_contact *c = capture_report_add_contact(&r);
        assert_non_null(c);
        c->first_ns = 5000 - i;
    }
    for (uint64_t i = 0; i < 5000; i++)
        assert_int_equal(r.contacts[i].first_ns, 5000 - i);
    capture_report_fini(&r);
    assert_int_equal(r.contacts_len, 0);
    assert_null(r.contacts);
}

static void no_memory_leaves_the_report_as_it_was(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    for (int i = 0; i < 8; i++)
        assert_non_null(capture_report_add_contact(&r));
    memory_is_out = true;
    struct report_site site = {0};
    assert_null(capture_report_add_contact(&r));
    assert_null(capture_report_add_application(&r));
    assert_null(capture_report_add_device(&r));
    assert_null(capture_report_add_site(&r));
    assert_null(capture_report_add_leak(&r));
    assert_null(capture_report_add_disclosure(&site));
    assert_false(capture_report_add_file(&r, "x.pcap"));
    memory_is_out = false;
    assert_int_equal(r.contacts_len, 8);
    assert_int_equal(r.files_len + r.devices_len + r.sites_len + r.leaks_len + r.applications_len, 0);
    assert_int_equal(site.disclosures_len, 0);
    assert_non_null(capture_report_add_contact(&r));
    capture_report_fini(&r);
}

static void contacts_are_sorted_by_time_then_host_or_rule(void **state)
{
    (void)state;
    static const struct {
        uint64_t first_ns;
        const char *host, *matched;
    } given[] = {{2, "b.example", "x"}, {2, NULL, "a.example"}, {1, "z.example", "x"}};
    struct capture_report r;
    capture_report_init(&r);
    for (size_t i = 0; i < 3; i++) {
        struct report_contact *c = capture_report_add_contact(&r);
        assert_non_null(c);
        c->first_ns = given[i].first_ns;
        c->host = given[i].host ? strdup(given[i].host) : NULL;
        c->matched = strdup(given[i].matched);
    }
    capture_report_sort(&r);
    assert_string_equal(r.contacts[0].host, "z.example");
    assert_string_equal(r.contacts[1].matched, "a.example");
    assert_string_equal(r.contacts[2].host, "b.example");
    capture_report_fini(&r);
}

static void sites_are_sorted_by_visits_and_disclosures_by_verdict(void **state)
{
    (void)state;
    static const enum evidence_verdict verdicts[] = {EVIDENCE_NO, EVIDENCE_TOO_FEW, EVIDENCE_SHOWN, EVIDENCE_LIKELY};
    struct capture_report r;
    capture_report_init(&r);
    for (uint64_t visits = 1; visits <= 2; visits++) {
        struct report_site *s = capture_report_add_site(&r);
        assert_non_null(s);
        s->visits = visits;
        for (size_t i = 0; i < 4; i++)
            capture_report_add_disclosure(s)->result.verdict = verdicts[i];
    }
    capture_report_sort(&r);
    assert_int_equal(r.sites[0].visits, 2);
    assert_int_equal(r.sites[0].disclosures[0].result.verdict, EVIDENCE_SHOWN);
    assert_int_equal(r.sites[0].disclosures[1].result.verdict, EVIDENCE_LIKELY);
    assert_int_equal(r.sites[0].disclosures[2].result.verdict, EVIDENCE_TOO_FEW);
    assert_int_equal(r.sites[0].disclosures[3].result.verdict, EVIDENCE_NO);
    capture_report_fini(&r);
}

static void the_order_does_not_depend_on_the_order_of_arrival(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0, again_n = 0;
    char *first = written(report_write_json, &r, &n);
    struct report_contact swapped = r.contacts[0];
    r.contacts[0] = r.contacts[r.contacts_len - 1];
    r.contacts[r.contacts_len - 1] = swapped;
    capture_report_sort(&r);
    char *again = written(report_write_json, &r, &again_n);
    assert_int_equal(n, again_n);
    assert_memory_equal(first, again, n);
    free(first);
    free(again);
    capture_report_fini(&r);
}

static void sorting_and_ending_an_empty_report_is_fine(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    capture_report_sort(&r);
    capture_report_fini(&r);
    capture_report_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_added_element_is_zeroed_and_its_network_unknown),
        cmocka_unit_test(arrays_keep_their_elements_while_they_grow),
        cmocka_unit_test(no_memory_leaves_the_report_as_it_was),
        cmocka_unit_test(contacts_are_sorted_by_time_then_host_or_rule),
        cmocka_unit_test(sites_are_sorted_by_visits_and_disclosures_by_verdict),
        cmocka_unit_test(the_order_does_not_depend_on_the_order_of_arrival),
        cmocka_unit_test(sorting_and_ending_an_empty_report_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
