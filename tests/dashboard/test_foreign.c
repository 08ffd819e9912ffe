/* test_foreign.c -- what is read out of a request, and what is not. */
#include "dashboard/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The text in a buffer of exactly its size, so that a read past its end is seen. */
static char *exact(const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
    (void)state;
    char out[33];
    assert_true(foreign_cookie("telltale=0123abc", "telltale", out, sizeof(out)));
    assert_string_equal(out, "0123abc");
    assert_true(foreign_cookie("a=b; telltale=x-_9; c=d", "telltale", out, sizeof(out)));
    assert_string_equal(out, "x-_9");
    assert_false(foreign_cookie("xtelltale=1; telltalex=2", "telltale", out, sizeof(out)));
    assert_false(foreign_cookie("", "telltale", out, sizeof(out)));
    assert_false(foreign_cookie(NULL, "telltale", out, sizeof(out)));
    assert_string_equal(out, "");
}

static void a_doubtful_cookie_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"telltale=a; telltale=b", "telltale=a b", "telltale=\"a\"", "telltale=a\x01", "telltale=0123456789012345678901234567890123", "telltale=%41", "telltale=\xc3\xa9"};
    char out[33];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(foreign_cookie(wrong[i], "telltale", out, sizeof(out)));
        assert_string_equal(out, "");
    }
}

static void a_day_is_one_of_the_calendar(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-11-00", "2026-11-31", "2026-1-01", "2026-11-22 ", " 2026-11-22", "2026/11/22", "20261122", "1969-12-31", "2026-11-2a", "2100-02-29"};
    char out[FOREIGN_DAY_MAX];
    assert_true(foreign_day("2026-11-22", out));
    assert_string_equal(out, "2026-11-22");
    assert_true(foreign_day("2028-02-29", out));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(foreign_day(wrong[i], out));
    assert_false(foreign_day(NULL, out));
}

static void assert_host(const char *header, const char *host, const char *port)
{
    char h[FOREIGN_HOST_MAX], p[FOREIGN_PORT_MAX];
    assert_true(foreign_host(header, h, p));
    assert_string_equal(h, host);
    assert_string_equal(p, port);
}

static void a_host_is_a_name_or_an_address_and_a_port(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", ":80", "a b", "a/b", "a@b", "a:", "a:80x", "a:123456", "[::1", "[::1]x", "[::1]:", "[g]", "a,b", "a\tb", "a#b", "a?b", "a\\b", "\xff"};
    char h[FOREIGN_HOST_MAX], p[FOREIGN_PORT_MAX];
    assert_host("localhost", "localhost", "");
    assert_host("LocalHost:8787", "localhost", "8787");
    assert_host("[::1]:8787", "[::1]", "8787");
    assert_host("10.0.0.1", "10.0.0.1", "");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(foreign_host(wrong[i], h, p));
        assert_string_equal(h, "");
    }
    assert_false(foreign_host(NULL, h, p));
}

static void an_origin_is_ours_only_as_a_whole(void **state)
{
    (void)state;
    assert_true(foreign_origin_is("http://localhost:8787", false, "localhost:8787"));
    assert_true(foreign_origin_is("https://a.example", true, "a.example"));
    assert_false(foreign_origin_is("http://localhost:8787", true, "localhost:8787"));
    assert_false(foreign_origin_is("http://localhost:8787/", false, "localhost:8787"));
    assert_false(foreign_origin_is("http://localhost:87", false, "localhost:8787"));
    assert_false(foreign_origin_is("http://localhost:8787.evil.example", false, "localhost:8787"));
    assert_false(foreign_origin_is("null", false, "localhost:8787"));
    assert_false(foreign_origin_is(NULL, false, "localhost:8787"));
    assert_false(foreign_origin_is("http://", false, NULL));
}

static void a_name_has_small_letters_and_digits(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "Anna", "anna ", ".anna", "anna-", "an na", "anna/..", "123456789012345678901234567890123", "\xc3\xa4"};
    char out[FOREIGN_NAME_MAX];
    assert_true(foreign_name("anna", out));
    assert_true(foreign_name("a.b-9", out));
    assert_true(foreign_name("12345678901234567890123456789012", out));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(foreign_name(wrong[i], out));
}

static const char *const want[] = {"name", "password"};

static void members_are_exactly_those_that_were_asked_for(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{}", "[]", "null", "\"x\"", "{\"name\":\"a\"}", "{\"name\":\"a\",\"password\":1}", "{\"name\":\"a\",\"password\":null}", "{\"name\":\"a\",\"password\":\"b\",\"c\":\"d\"}",
                                        "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\\n\",\"password\":\"b\"}", "{\"name\":\"a\\u0000\",\"password\":\"b\"}", "{\"name\":\"a\",\"password\":\"b\"} x"};
    char *got[2];
    const char *good = "{\"password\":\"p\\u00e4ss\",\"name\":\"anna\"}";
    assert_true(foreign_members(good, strlen(good), want, 2, got));
    assert_string_equal(got[0], "anna");
    assert_string_equal(got[1], "p\xc3\xa4ss");
    foreign_members_free(got, 2);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(foreign_members(wrong[i], strlen(wrong[i]), want, 2, got));
        assert_null(got[0]);
    }
    char longer[FOREIGN_MEMBER_MAX + 64];
    int n = snprintf(longer, sizeof(longer), "{\"name\":\"a\",\"password\":\"%0*d\"}", FOREIGN_MEMBER_MAX, 0);
    assert_true(foreign_members(longer, (size_t)n, want, 2, got));
    foreign_members_free(got, 2);
    n = snprintf(longer, sizeof(longer), "{\"name\":\"a\",\"password\":\"%0*d\"}", FOREIGN_MEMBER_MAX + 1, 0);
    assert_false(foreign_members(longer, (size_t)n, want, 2, got));
}

static void every_truncation_is_read_within_its_bounds(void **state)
{
    (void)state;
    static const char cookie[] = "a=b; telltale=0123456789abcdef; c=d", host[] = "[2001:db8::1]:8787", day[] = "2026-11-22", body[] = "{\"name\":\"anna\",\"password\":\"x\\u00e9y\"}";
    char out[64], h[FOREIGN_HOST_MAX], p[FOREIGN_PORT_MAX], d[FOREIGN_DAY_MAX], *got[2];
    for (size_t n = 0; n < sizeof(cookie); n++) {
        char *text = exact(cookie, n);
        foreign_cookie(text, "telltale", out, sizeof(out));
        free(text);
    }
    for (size_t n = 0; n < sizeof(host); n++) {
        char *text = exact(host, n);
        assert_int_equal(foreign_host(text, h, p), n >= 13 && n != 14);
        free(text);
    }
    for (size_t n = 0; n < sizeof(day) - 1; n++) {
        char *text = exact(day, n);
        assert_false(foreign_day(text, d));
        free(text);
    }
    for (size_t n = 0; n < sizeof(body) - 1; n++) {
        char *bytes = malloc(n ? n : 1);
        memcpy(bytes, body, n);
        assert_false(foreign_members(bytes, n, want, 2, got));
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
        cmocka_unit_test(a_doubtful_cookie_is_none),
        cmocka_unit_test(a_day_is_one_of_the_calendar),
        cmocka_unit_test(a_host_is_a_name_or_an_address_and_a_port),
        cmocka_unit_test(an_origin_is_ours_only_as_a_whole),
        cmocka_unit_test(a_name_has_small_letters_and_digits),
        cmocka_unit_test(members_are_exactly_those_that_were_asked_for),
        cmocka_unit_test(every_truncation_is_read_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
