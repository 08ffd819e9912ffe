/* test_https_url.c -- which addresses may be fetched, and what host they name. */
#include "common/https_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_host(const char *url, const char *expected)
{
    char host[HTTPS_URL_HOST_MAX];
    const char *fault = https_url_fault(url);
    if (fault)
        fail_msg("%s: %s", url, fault);
    https_url_host(url, host);
    assert_string_equal(host, expected);
}

static void assert_fault(const char *url, const char *words)
{
    const char *fault = https_url_fault(url);
    if (!fault || !strstr(fault, words))
        fail_msg("%s: said \"%s\", expected \"%s\"", url, fault ? fault : "nothing", words);
}

static void usual_addresses_have_their_host(void **state)
{
    (void)state;
    assert_host("https://lists.example/ads.txt", "lists.example");
    assert_host("HTTPS://Lists.Example:8443", "lists.example");
    assert_host("https://lists.example.?a=b@c:d", "lists.example");
    assert_host("https://192.0.2.7:443/x", "192.0.2.7");
    assert_host("https://[2001:DB8::1]:1/x", "2001:db8::1");
    assert_host("https://[::1]", "::1");
    assert_host("https://localhost/", "localhost");
    assert_host("https://a/%20?q=[1]", "a");
}

static void another_scheme_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "http://a.example/", "ftp://a", "file:///etc/passwd", "https:/a", "//a.example", "a.example", " https://a"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_fault(wrong[i], "https://");
}

static void two_readings_of_one_host_are_refused(void **state)
{
    (void)state;
    assert_fault("https://good.example\\@bad.example/", "character");
    assert_fault("https://user:secret@a.example/", "password");
    assert_fault("https://good.example@bad.example", "password");
    assert_fault("https://a.example#@b.example/", "#");
    assert_fault("https://2130706433/", "no usable host");
    assert_fault("https://0x7f.1/", "no usable host");
    assert_fault("https://127.1/", "no usable host");
    assert_fault("https://0177.0.0.1/", "no usable host");
    assert_fault("https://1.2.3.4.5/", "no usable host");
}

static void a_host_must_be_one(void **state)
{
    (void)state;
    static const char *const wrong[] = {"https://", "https:///x", "https://:443/", "https://.a/", "https://a..b/", "https://a%2eb/", "https://[/",
                                        "https://[]/", "https://[1.2.3.4]/", "https://[::1/", "https://[::1/64]/", "https://[fe80::1%25eth0]/"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (!https_url_fault(wrong[i]))
            fail_msg("%s was taken", wrong[i]);
}

static void a_port_is_a_number(void **state)
{
    (void)state;
    static const char *const wrong[] = {"https://a:/", "https://a:0/", "https://a:65536/", "https://a:999999/", "https://a:4x/", "https://[::1]x/", "https://[::1]:/"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_fault(wrong[i], "port");
}

static void what_is_not_printable_ascii_is_refused(void **state)
{
    (void)state;
    char url[] = "https://a.example/x?";
    for (int c = 1; c < 256; c++) {
        bool allowed = c > ' ' && c < 0x7f && !strchr("\"'<>\\^`{|}#", c);
        url[sizeof(url) - 2] = (char)c;
        assert_int_equal(https_url_fault(url) == NULL, allowed);
    }
}

static void an_endless_address_is_refused(void **state)
{
    (void)state;
    char *url = malloc(HTTPS_URL_MAX + 2);
    assert_non_null(url);
    memset(url, 'a', HTTPS_URL_MAX + 1);
    memcpy(url, "https://h/", 10);
    url[HTTPS_URL_MAX + 1] = '\0';
    assert_fault(url, "longer");
    url[HTTPS_URL_MAX] = '\0';
    assert_null(https_url_fault(url));
    char host[400] = "https://";
    memset(host + 8, 'a', 254);
    assert_fault(host, "no usable host");
    host[8 + 253] = '\0';
    assert_null(https_url_fault(host));
    free(url);
}

/* Every beginning of an address, in a buffer that ends where it ends. */
static void every_truncation_is_judged_within_its_bytes(void **state)
{
    (void)state;
    static const char *const whole[] = {"https://lists.example:8443/ads.txt?x=1", "https://[2001:db8::1]:443/x", "https://192.0.2.1/"};
    for (size_t w = 0; w < sizeof(whole) / sizeof(whole[0]); w++)
        for (size_t n = 0; n <= strlen(whole[w]); n++) {
            char *cut = malloc(n + 1), host[HTTPS_URL_HOST_MAX];
            assert_non_null(cut);
            memcpy(cut, whole[w], n);
            cut[n] = '\0';
            if (!https_url_fault(cut)) {
                https_url_host(cut, host);
                assert_true(strlen(host) > 0);
            }
            free(cut);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_addresses_have_their_host),
        cmocka_unit_test(another_scheme_is_refused),
        cmocka_unit_test(two_readings_of_one_host_are_refused),
        cmocka_unit_test(a_host_must_be_one),
        cmocka_unit_test(a_port_is_a_number),
        cmocka_unit_test(what_is_not_printable_ascii_is_refused),
        cmocka_unit_test(an_endless_address_is_refused),
        cmocka_unit_test(every_truncation_is_judged_within_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
