/* test_hostname.c -- one spelling for every host name, and none for anything else. */
#include "common/hostname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char out[HOSTNAME_MAX + 1];

/* Normalises bytes that lie in a heap buffer of exactly their size. */
static size_t normalise(const void *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    memset(out, 'X', sizeof(out));
    size_t len = hostname_normalise(exact, n, out);
    free(exact);
    return len;
}

static void assert_becomes(const char *from, const char *to)
{
    size_t len = normalise(from, strlen(from));
    assert_string_equal(out, to);
    assert_int_equal(len, strlen(to));
}

static void names_become_lower_case_without_the_last_dot(void **state)
{
    (void)state;
    assert_becomes("secure.adnxs.com", "secure.adnxs.com");
    assert_becomes("Secure.ADNXS.Com.", "secure.adnxs.com");
    assert_becomes("localhost", "localhost");
    assert_becomes("a", "a");
    assert_becomes("_dmarc.example.org", "_dmarc.example.org");
    assert_becomes("xn--bcher-kva.example", "xn--bcher-kva.example");
    assert_becomes("3com.com", "3com.com");
    assert_becomes("1.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa");
}

static void what_is_no_name_becomes_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        ".",
                                        "..",
                                        ".a",
                                        "a..b",
                                        "a.b..",
                                        "a b",
                                        "a\tb",
                                        "a/b",
                                        "a:80",
                                        "a@b",
                                        "<b>",
                                        "a\"b",
                                        "a,b",
                                        "a;b",
                                        ("b\xc3\xbc"
                                         "cher.de"),
                                        "\xff",
                                        "a\x7f",
                                        "=cmd",
                                        "a\nb.com",
                                        "*.a.com",
                                        "a%2eb",
                                        "[a]",
                                        "a.com.."};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_becomes(wrong[i], "");
}

static void addresses_are_no_names(void **state)
{
    (void)state;
    static const char *const addresses[] = {"192.0.2.7",   "192.0.2.7.", "127.1", "2130706433", "[2001:db8::1]",
                                            "2001:db8::1", "::",         "a.b.1", "0.0.0.0"};
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        assert_becomes(addresses[i], "");
        size_t n = strlen(addresses[i]);
        if (addresses[i][n - 1] != '.')
            assert_true(hostname_is_address(addresses[i], n));
    }
    assert_false(hostname_is_address("", 0));
    assert_false(hostname_is_address("adnxs.com", 9));
    assert_false(hostname_is_address("1.2.3.4a", 8));
}

static void a_nul_inside_a_name_is_refused(void **state)
{
    (void)state;
    assert_int_equal(normalise("themix.org.uk\0.evil.example", 27), 0);
    assert_int_equal(normalise("\0", 1), 0);
}

/* Each byte that may stand in a label, and no other, whatever its place. */
static void only_letters_digits_hyphen_and_underscore_are_let_through(void **state)
{
    (void)state;
    for (unsigned b = 0; b < 256; b++) {
        const uint8_t name[] = {'a', (uint8_t)b, 'b'};
        bool letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '-' ||
                      b == '_' || b == '.';
        assert_int_equal(normalise(name, 3), letter ? 3 : 0);
    }
}

static void a_label_has_at_most_63_bytes(void **state)
{
    (void)state;
    char name[80];
    memset(name, 'a', sizeof(name));
    memcpy(name + 63, ".com", 4);
    assert_int_equal(normalise(name, 67), 67);
    memset(name, 'a', sizeof(name));
    memcpy(name + 64, ".com", 4);
    assert_int_equal(normalise(name, 68), 0);
    assert_int_equal(normalise(name, 64), 0);
}

static void a_name_has_at_most_253_bytes_besides_its_last_dot(void **state)
{
    (void)state;
    uint8_t name[300];
    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = i % 2 ? '.' : 'a';
    assert_int_equal(normalise(name, 253), 253);
    assert_int_equal(strlen(out), 253);
    assert_int_equal(normalise(name, 254), 253); /* byte 254 is the last dot */
    assert_int_equal(normalise(name, 255), 0);
    assert_int_equal(normalise(name, 300), 0);
}

static void normalising_twice_changes_nothing(void **state)
{
    (void)state;
    char once[HOSTNAME_MAX + 1];
    normalise("WWW.TheMix.Org.UK.", 18);
    memcpy(once, out, sizeof(once));
    assert_becomes(once, once);
}

static void a_domain_covers_itself_and_what_is_below_it(void **state)
{
    (void)state;
    assert_true(hostname_is_under("doubleclick.net", "doubleclick.net"));
    assert_true(hostname_is_under("ad.g.doubleclick.net", "doubleclick.net"));
    assert_false(hostname_is_under("notdoubleclick.net", "doubleclick.net"));
    assert_false(hostname_is_under("doubleclick.net.evil.example", "doubleclick.net"));
    assert_false(hostname_is_under("net", "doubleclick.net"));
    assert_false(hostname_is_under("doubleclick.net", "ad.doubleclick.net"));
    assert_false(hostname_is_under("doubleclick.net", ""));
    assert_false(hostname_is_under("", "net"));
}

static void a_tail_is_the_last_labels(void **state)
{
    (void)state;
    assert_string_equal(hostname_tail("a.b.c", 1), "c");
    assert_string_equal(hostname_tail("a.b.c", 2), "b.c");
    assert_string_equal(hostname_tail("a.b.c", 3), "a.b.c");
    assert_string_equal(hostname_tail("a.b.c", 9), "a.b.c");
    assert_string_equal(hostname_tail("", 2), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_lower_case_without_the_last_dot),
        cmocka_unit_test(what_is_no_name_becomes_nothing),
        cmocka_unit_test(addresses_are_no_names),
        cmocka_unit_test(a_nul_inside_a_name_is_refused),
        cmocka_unit_test(only_letters_digits_hyphen_and_underscore_are_let_through),
        cmocka_unit_test(a_label_has_at_most_63_bytes),
        cmocka_unit_test(a_name_has_at_most_253_bytes_besides_its_last_dot),
        cmocka_unit_test(normalising_twice_changes_nothing),
        cmocka_unit_test(a_domain_covers_itself_and_what_is_below_it),
        cmocka_unit_test(a_tail_is_the_last_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
