/* test_companies.c -- who is behind a tracker. */
#include "reports/companies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int begin(void **state)
{
    (void)state;
    return companies_load() == 0 && companies_load() == 0 ? 0 : -1;
}

static void a_tracker_has_its_company_and_purposes(void **state)
{
    (void)state;
    size_t n;
    const struct company_tracker *rows = companies_of("Xandr", &n);
    assert_int_equal(n, 1);
    assert_string_equal(rows[0].organisation, "Microsoft");
    assert_string_equal(rows[0].country, "US");
    assert_int_equal(rows[0].purpose, PURPOSE_AD_EXCHANGE);
    assert_true(rows[0].hosts >= 1);
    rows = companies_of("Google Ads", &n);
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(rows[i].tracker, "Google Ads");
}

static void a_tracker_of_another_list_has_none(void **state)
{
    (void)state;
    size_t n = 1;
    assert_null(companies_of("", &n));
    assert_int_equal(n, 0);
    assert_null(companies_of("zzzz no such tracker", &n));
    assert_null(companies_of("Xandr ", &n));
}

static void count(void *context, const struct company_rule *rule)
{
    assert_true(rule->forbids[0] && rule->rule[0] && strncmp(rule->source, "https://", 8) == 0 && strlen(rule->date) == 10);
    ++*(unsigned *)context;
}

static void a_companys_rules_are_told_with_their_source(void **state)
{
    (void)state;
    unsigned n = 0;
    companies_rules("Xandr", count, &n);
    assert_true(n >= 1);
    n = 0;
    companies_rules("no such tracker", count, &n);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tracker_has_its_company_and_purposes),
        cmocka_unit_test(a_tracker_of_another_list_has_none),
        cmocka_unit_test(a_companys_rules_are_told_with_their_source),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
