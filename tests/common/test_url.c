/* test_url.c -- addresses taken apart, decoded and redacted. */
#include "common/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(struct url_text t, const char *wanted)
{
    assert_int_equal(t.len, strlen(wanted));
    assert_memory_equal(t.at, wanted, t.len);
}

static void an_address_comes_apart_at_its_delimiters(void **state)
{
    (void)state;
    static const char url[] = "HTTPS://me:secret@www.Example.org:8443/a/b;c=1?d=e&f#g?h";
    struct url_parts u;
    assert_true(url_split(url, strlen(url), &u));
    assert_true(u.https);
    assert_text(u.host, "www.Example.org");
    assert_text(u.port, "8443");
    assert_text(u.path, "/a/b;c=1");
    assert_text(u.query, "d=e&f");
    assert_text(u.fragment, "g?h");
    assert_true(url_split("http://[2001:db8::1]:80", 23, &u));
    assert_text(u.host, "2001:db8::1");
    assert_text(u.port, "");
    assert_text(u.path, "");
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "http://",
                                      "https://",
                                      "ftp://a.example/",
                                      "//a.example",
                                      "a.example",
                                      "http:///x",
                                      "http://:80/",
                                      "http://a b/",
                                      "http://a:8x/",
                                      "http://[::1/",
                                      "http://[::1]x/",
                                      "https://a.example/\n",
                                      "javascript:alert(1)"};
    struct url_parts u;
    char out[64];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(url_split(bad[i], strlen(bad[i]), &u));
        assert_int_equal(url_redact(bad[i], strlen(bad[i]), URL_PAGE, out, sizeof(out)), 0);
    }
}

static void decoding_leaves_what_is_no_escape(void **state)
{
    (void)state;
    char out[32];
    size_t n = url_decode("%41+%4%zz%2f%", 13, true, out);
    assert_text((struct url_text){out, n}, "A %4%zz/%");
    n = url_decode("a+b", 3, false, out);
    assert_text((struct url_text){out, n}, "a+b");
}

static void both_alphabets_of_base64_are_read(void **state)
{
    (void)state;
    char out[32];
    assert_int_equal(base64_decode("PDw/Pz8+Pg==", 12, out), 7);
    assert_memory_equal(out, "<<??\?>>", 7);
    assert_int_equal(base64_decode("PDw_Pz8-Pg", 10, out), 7);
    assert_memory_equal(out, "<<??\?>>", 7);
    assert_int_equal(base64_decode("PDw_P", 5, out), 0);
    assert_int_equal(base64_decode("PD!_", 4, out), 0);
    assert_int_equal(base64_decode("", 0, out), 0);
}

static void assert_shown(const char *url, enum url_shown how, const char *wanted)
{
    char out[512];
    assert_int_equal(url_redact(url, strlen(url), how, out, sizeof(out)), strlen(wanted));
    assert_string_equal(out, wanted);
}

static void values_are_never_shown(void **state)
{
    (void)state;
    assert_shown("https://u:p@a.example/x/y?id=42&t=%41&flag&e=#frag", URL_PAGE,
                 "https://a.example/x/y?id=\u2026&t=\u2026&flag&e=");
    assert_shown("https://a.example/?0123456789abcdef", URL_PAGE, "https://a.example/?\u2026");
    assert_shown("https://a.example/activity;src=99;ord=1?", URL_REQUEST,
                 "https://a.example/activity;src=\u2026;ord=\u2026?");
    assert_shown("https://a.example/sync/3f2a9c77d01b/me@b.example/p.gif", URL_REQUEST,
                 "https://a.example/sync/\u2026/\u2026/p.gif");
    assert_shown("http://[::1]:8080/", URL_PAGE, "http://[::1]:8080/");
}

static void what_does_not_fit_is_cut_between_characters(void **state)
{
    (void)state;
    char url[6000] = "https://a.example/", out[3000];
    for (size_t i = 0; i < 2500; i++)
        strcat(url, "\u00e9");
    size_t n = url_redact(url, strlen(url), URL_PAGE, out, sizeof(out));
    assert_true(n > 2000 && n < 2060);
    assert_string_equal(out + n - 3, "\u2026");
    assert_null(strstr(out, "\ufffd"));
}

static void every_truncation_of_an_address_is_read_within_its_bytes(void **state)
{
    (void)state;
    static const char whole[] = "https://me@[::1]:8443/a/b;c=1/3f2a9c77d01b?d=%4\u00e9&f=%41#g";
    for (size_t n = 0; n < sizeof(whole); n++) {
        char *exact = malloc(n ? n : 1), *out = malloc(n ? n : 1), shown[8];
        assert_non_null(exact);
        assert_non_null(out);
        memcpy(exact, whole, n);
        struct url_parts u;
        url_split(exact, n, &u);
        assert_true(url_decode(exact, n, true, out) <= n);
        assert_true(base64_decode(exact, n, out) <= n);
        url_looks_like_id(exact, n);
        assert_true(url_redact(exact, n, URL_REQUEST, shown, sizeof(shown)) < sizeof(shown));
        free(exact);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_comes_apart_at_its_delimiters),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(decoding_leaves_what_is_no_escape),
        cmocka_unit_test(both_alphabets_of_base64_are_read),
        cmocka_unit_test(values_are_never_shown),
        cmocka_unit_test(what_does_not_fit_is_cut_between_characters),
        cmocka_unit_test(every_truncation_of_an_address_is_read_within_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
