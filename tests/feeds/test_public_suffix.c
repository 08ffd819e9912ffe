#include "feeds/public_suffix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void what_everyone_registers_under_is_a_public_suffix(void **state)
{
    (void)state;
    assert_true(public_suffix_is("com"));
    assert_true(public_suffix_is("co.uk"));
    assert_true(public_suffix_is("police.uk"));
    assert_true(public_suffix_is("nhs.uk"));
    assert_true(public_suffix_is("github.io"));
    assert_true(public_suffix_is("cloudfront.net"));
    assert_true(public_suffix_is("googleapis.com"));
    assert_true(public_suffix_is("anything.ck")); /* *.ck */
    assert_true(public_suffix_is("unheardof"));
}

static void what_somebody_owns_is_not(void **state)
{
    (void)state;
    assert_false(public_suffix_is("adnxs.com"));
    assert_false(public_suffix_is("norfolk.police.uk"));
    assert_false(public_suffix_is("www.ck")); /* !www.ck */
    assert_false(public_suffix_is("translate.googleapis.com"));
}

static void the_registrable_domain_is_one_label_below(void **state)
{
    (void)state;
    const char *name = "www.themix.org.uk";
    assert_ptr_equal(public_suffix_registrable(name), name + 4);
    assert_string_equal(public_suffix_registrable("d1.cloudfront.net"), "d1.cloudfront.net");
    assert_null(public_suffix_registrable("org.uk"));
    assert_null(public_suffix_registrable("com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_everyone_registers_under_is_a_public_suffix),
        cmocka_unit_test(what_somebody_owns_is_not),
        cmocka_unit_test(the_registrable_domain_is_one_label_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
