/* test_routes.c -- the route table and docs/API.md are the same; who may what. */
#include "dashboard/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void the_document_has_exactly_these_routes_in_this_order(void **state)
{
    (void)state;
    FILE *f = fopen(TESTS_DIR "/../docs/API.md", "r");
    char line[1024], expected[1024];
    size_t found = 0;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        if (strncmp(line, "| GET |", 7) != 0 && strncmp(line, "| POST |", 8) != 0)
            continue;
        assert_true(found < routes_count);
        const struct route *r = &routes[found++];
        snprintf(expected, sizeof(expected), "| %s | `%s` | %s | %s |\n", r->method, r->path, route_who_word(r->who), r->what);
        assert_string_equal(line, expected);
    }
    fclose(f);
    assert_int_equal(found, routes_count);
}

static void every_change_but_the_first_needs_a_session(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        if (strcmp(r->method, "POST") == 0 && r->who == ROUTE_PUBLIC)
            assert_true(strcmp(r->path, "/api/v1/setup") == 0 || strcmp(r->path, "/api/v1/sign-in") == 0);
    }
}

static void a_technician_opens_nothing_that_has_contacts(void **state)
{
    (void)state;
    static const char *const may[] = {"/health", "/api/v1/health", "/metrics", "/api/v1/sign-out"};
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        bool known = r->who == ROUTE_PUBLIC;
        for (size_t k = 0; k < sizeof(may) / sizeof(may[0]); k++)
            known |= strcmp(r->path, may[k]) == 0;
        assert_int_equal(route_allows(r, ROLE_TECHNICIAN, false), known);
        assert_int_equal(route_allows(r, ROLE_NONE, false), r->who == ROUTE_PUBLIC);
        assert_int_equal(route_allows(r, ROLE_NONE, true), r->who == ROUTE_PUBLIC || strcmp(r->path, "/metrics") == 0);
        assert_true(route_allows(r, ROLE_LEAD, false));
    }
}

static void a_path_is_found_as_a_whole(void **state)
{
    (void)state;
    bool wrong;
    assert_non_null(route_find("GET", "/today", &wrong));
    assert_non_null(route_find("HEAD", "/today", &wrong));
    assert_null(route_find("GET", "/today/", &wrong));
    assert_null(route_find("GET", "/today?day=2026-11-22", &wrong));
    assert_null(route_find("GET", "//today", &wrong));
    assert_false(wrong);
    assert_null(route_find("POST", "/today", &wrong));
    assert_true(wrong);
    assert_null(route_find("DELETE", "/api/v1/accounts", &wrong));
    assert_true(wrong);
    assert_non_null(route_find("GET", "/api/v1/accounts", &wrong));
    assert_non_null(route_find("POST", "/api/v1/accounts", &wrong));
    assert_false(wrong);
    assert_non_null(route_find("GET", "/assets/../accounts.json", &wrong)); /* and there is no such asset: they are names, not files */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_has_exactly_these_routes_in_this_order),
        cmocka_unit_test(every_change_but_the_first_needs_a_session),
        cmocka_unit_test(a_technician_opens_nothing_that_has_contacts),
        cmocka_unit_test(a_path_is_found_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
