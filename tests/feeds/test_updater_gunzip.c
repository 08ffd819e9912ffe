/* test_updater_gunzip.c -- a packed text is taken whole or not at all. */
#include "feeds/updater_gunzip.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* "ads.example.com\n", as gzip packs it. */
static const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0x4c, 0x29, 0xd6, 0x4b, 0xad, 0x48, 
                                       0xcc, 0x2d, 0xc8, 0x49, 0xd5, 0x4b, 0xce, 0xcf, 0xe5, 0x02, 0x00, 0x82, 0x97, 0x4f, 0x97, 0x10, 0x00, 0x00, 0x00};
#define TEXT "ads.example.com\n"

static int unpack(const unsigned char *bytes, size_t n, size_t most, char **out, size_t *out_n)
{
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    int rc = updater_gunzip(exact, n, most, out, out_n);
    free(exact);
    return rc;
}

static void a_whole_text_is_unpacked(void **state)
{
    (void)state;
    char *out;
    size_t n;
    assert_int_equal(unpack(packed, sizeof(packed), 100, &out, &n), 0);
    assert_int_equal(n, strlen(TEXT));
    assert_string_equal(out, TEXT);
    free(out);
}

static void two_members_are_one_text(void **state)
{
    (void)state;
    unsigned char two[2 * sizeof(packed)];
    char *out;
    size_t n;
    memcpy(two, packed, sizeof(packed));
    memcpy(two + sizeof(packed), packed, sizeof(packed));
    assert_int_equal(unpack(two, sizeof(two), 100, &out, &n), 0);
    assert_string_equal(out, TEXT TEXT);
    free(out);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    char *out;
    size_t n;
    for (size_t cut = 0; cut < sizeof(packed); cut++)
        assert_int_equal(unpack(packed, cut, 100, &out, &n), -EBADMSG);
}

static void every_other_byte_that_matters_is_refused(void **state)
{
    (void)state;
    char *out;
    size_t n;
    int spared = 0;
    for (size_t i = 10; i < sizeof(packed); i++)
        for (int bit = 0; bit < 8; bit++) {
            unsigned char damaged[sizeof(packed)];
            memcpy(damaged, packed, sizeof(packed));
            damaged[i] ^= (unsigned char)(1 << bit);
            int rc = unpack(damaged, sizeof(damaged), 100000, &out, &n);
            if (rc == 0) { /* a bit of the padding */
                assert_string_equal(out, TEXT);
                free(out);
                spared++;
            } else {
                assert_int_equal(rc, -EBADMSG);
            }
        }
    assert_true(spared < 8);
}

static void what_stands_behind_is_refused(void **state)
{
    (void)state;
    unsigned char longer[sizeof(packed) + 1];
    char *out;
    size_t n;
    memcpy(longer, packed, sizeof(packed));
    longer[sizeof(packed)] = 'x';
    assert_int_equal(unpack(longer, sizeof(longer), 100, &out, &n), -EBADMSG);
}

static void the_cap_is_exact(void **state)
{
    (void)state;
    char *out;
    size_t n;
    assert_int_equal(unpack(packed, sizeof(packed), strlen(TEXT) - 1, &out, &n), -EFBIG);
    assert_int_equal(unpack(packed, sizeof(packed), strlen(TEXT), &out, &n), 0);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_text_is_unpacked),
        cmocka_unit_test(two_members_are_one_text),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_other_byte_that_matters_is_refused),
        cmocka_unit_test(what_stands_behind_is_refused),
        cmocka_unit_test(the_cap_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
