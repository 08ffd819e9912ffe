/* test_address.c -- addresses as plain values: what is private, what is nobody's, what a prefix holds. */
#include "common/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct ip_addr ip(const char *text)
{
    struct ip_prefix p;
    assert_true(ip_prefix_parse(text, &p));
    assert_int_equal(p.bits, 128);
    return p.addr;
}

static void assert_each(bool (*question)(const struct ip_addr *), bool answer, const char *const *texts)
{
    for (; *texts; texts++) {
        struct ip_addr a = ip(*texts);
        if (question(&a) != answer)
            fail_msg("%s: %s", *texts, answer ? "no" : "yes");
    }
}

static void private_addresses_are_those_of_the_registries(void **state)
{
    (void)state;
    assert_each(ip_is_private, true,
                (const char *const[]){"10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
                                      "169.254.9.9", "100.64.0.0", "100.127.255.255", "fc00::1", "fdff::1", "fe80::1",
                                      "febf::1", NULL});
    assert_each(ip_is_private, false,
                (const char *const[]){"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
                                      "192.169.0.0", "169.253.0.1", "100.63.255.255", "100.128.0.0", "8.8.8.8",
                                      "fbff::1", "fe00::1", "fec0::1", "2001:db8::1", "::1", NULL});
}

static void groups_are_never_one_host(void **state)
{
    (void)state;
    assert_each(
        ip_is_group, true,
        (const char *const[]){"224.0.0.1", "239.255.255.250", "255.255.255.255", "0.0.0.0", "ff02::1", "::", NULL});
    assert_each(
        ip_is_group, false,
        (const char *const[]){"223.255.255.255", "1.1.1.1", "192.168.1.1", "fe80::1", "::1", "2001:db8::1", NULL});
}

static void a_prefix_holds_its_addresses_and_no_other(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *address;
        bool holds;
    } cases[] = {
        {"192.168.0.0/16", "192.168.255.255", true},
        {"192.168.0.0/16", "192.169.0.0", false},
        {"10.0.0.0/9", "10.127.255.255", true},
        {"10.0.0.0/9", "10.128.0.0", false},
        {"198.51.100.7", "198.51.100.7", true},
        {"198.51.100.7", "198.51.100.6", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::/0", "203.0.113.9", true},
        {"::/0", "2001:db8::1", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ip_prefix p;
        struct ip_addr a = ip(cases[i].address);
        assert_true(ip_prefix_parse(cases[i].prefix, &p));
        if (ip_in_prefix(&a, &p) != cases[i].holds)
            fail_msg("%s in %s", cases[i].address, cases[i].prefix);
    }
}

static void bits_are_counted_in_the_mapped_form(void **state)
{
    (void)state;
    struct ip_prefix p;
    assert_true(ip_prefix_parse("192.168.0.0/16", &p));
    assert_int_equal(p.bits, 112);
    assert_true(ip_prefix_parse("2001:db8::/32", &p));
    assert_int_equal(p.bits, 32);
}

static void what_is_no_prefix_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "/",
                                        "/8",
                                        "10.0.0.0/",
                                        "10.0.0.0/33",
                                        "10.0.0.0/-1",
                                        "10.0.0.0/+8",
                                        "10.0.0.0/ 8",
                                        "10.0.0.0/8x",
                                        "10.0.0/8",
                                        "256.0.0.1",
                                        "2001:db8::/129",
                                        "2001:db8:::1",
                                        "example.org",
                                        " 10.0.0.1",
                                        "10.0.0.0/99999999999999999999",
                                        "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/64"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ip_prefix p;
        if (ip_prefix_parse(wrong[i], &p))
            fail_msg("\"%s\" was taken", wrong[i]);
    }
}

static void both_families_share_one_form(void **state)
{
    (void)state;
    struct ip_addr v4 = ip_from_v4((const uint8_t[]){192, 0, 2, 1}), mapped = ip("::ffff:192.0.2.1"),
                   v6 = ip("2001:db8::1");
    assert_true(ip_equal(&v4, &mapped));
    assert_true(ip_is_v4(&v4));
    assert_false(ip_is_v4(&v6));
    assert_false(ip_equal(&v4, &v6));
}

static void addresses_are_written_as_people_write_them(void **state)
{
    (void)state;
    static const char *const texts[] = {"192.0.2.255", "2001:db8::1", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[ADDRESS_TEXT_MAX];
        struct ip_addr a = ip(texts[i]);
        ip_format(&a, text);
        assert_string_equal(text, texts[i]);
    }
    char text[18];
    mac_format(&(struct mac_addr){{0x02, 0x00, 0x5e, 0xff, 0x0a, 0x01}}, text);
    assert_string_equal(text, "02:00:5e:ff:0a:01");
}

static void a_phones_random_mac_is_told_from_a_makers(void **state)
{
    (void)state;
    assert_true(mac_is_randomised(&(struct mac_addr){{0x02}}));
    assert_true(mac_is_randomised(&(struct mac_addr){{0xfe}}));
    assert_false(mac_is_randomised(&(struct mac_addr){{0x00}}));
    assert_false(mac_is_randomised(&(struct mac_addr){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}})); /* a group's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_addresses_are_those_of_the_registries),
        cmocka_unit_test(groups_are_never_one_host),
        cmocka_unit_test(a_prefix_holds_its_addresses_and_no_other),
        cmocka_unit_test(bits_are_counted_in_the_mapped_form),
        cmocka_unit_test(what_is_no_prefix_is_refused),
        cmocka_unit_test(both_families_share_one_form),
        cmocka_unit_test(addresses_are_written_as_people_write_them),
        cmocka_unit_test(a_phones_random_mac_is_told_from_a_makers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
