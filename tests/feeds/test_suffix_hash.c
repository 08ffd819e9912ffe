#include "feeds/suffix_hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const char long_name[] =
    "a.bc.def.ghij.klmno.pqrstu.vwxyz01.23456789.abcdefghi.jklmnopqrs.tuvwxyz0123.456789abcdef.g.h.com";

/* The same bytes in an exactly sized heap buffer. */
static char *exactly(const char *bytes, size_t n)
{
    char *exact = malloc(n ? n : 1);
    memcpy(exact, bytes, n);
    return exact;
}

static void each_suffix_hashes_as_it_would_alone(void **state)
{
    (void)state;
    size_t whole = strlen(long_name);
    for (size_t from = 0; from < whole; from++) { /* every alignment of every dot */
        size_t len = whole - from;
        char *name = exactly(long_name + from, len);
        struct suffix all[SUFFIX_LABELS_MAX];
        unsigned n = suffix_hash_all(7, name, len, SUFFIX_LABELS_MAX, all);
        assert_int_equal(all[n - 1].at, 0);
        for (unsigned i = 0; i < n; i++) {
            char *alone = exactly(name + all[i].at, len - all[i].at);
            assert_true(suffix_hash(7, alone, len - all[i].at) == all[i].hash);
            assert_true(all[i].at == 0 || name[all[i].at - 1] == '.');
            free(alone);
        }
        free(name);
    }
}

static void all_suffixes_are_found_shortest_first(void **state)
{
    (void)state;
    struct suffix all[SUFFIX_LABELS_MAX];
    unsigned n = suffix_hash_all(7, "www.google-analytics.com", 24, SUFFIX_LABELS_MAX, all);
    assert_int_equal(n, 3);
    assert_int_equal(all[0].at, 21);
    assert_int_equal(all[1].at, 4);
    assert_int_equal(all[2].at, 0);
}

static void only_the_asked_number_of_labels_is_hashed(void **state)
{
    (void)state;
    struct suffix all[SUFFIX_LABELS_MAX];
    const char *many = "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20";
    unsigned n = suffix_hash_all(7, many, strlen(many), SUFFIX_LABELS_MAX, all);
    assert_int_equal(n, SUFFIX_LABELS_MAX);
    assert_string_equal(many + all[n - 1].at, "5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20");
    assert_int_equal(suffix_hash_all(7, many, strlen(many), 2, all), 2);
    assert_string_equal(many + all[1].at, "19.20");
}

static void an_empty_name_has_no_suffix(void **state)
{
    (void)state;
    struct suffix all[SUFFIX_LABELS_MAX];
    assert_int_equal(suffix_hash_all(7, "", 0, SUFFIX_LABELS_MAX, all), 0);
}

static void near_names_hash_apart(void **state)
{
    (void)state;
    assert_true(suffix_hash(7, "ab.c", 4) != suffix_hash(7, "a.bc", 4));
    assert_true(suffix_hash(7, "abcdefgh.com", 12) != suffix_hash(7, "abcdefg.hcom", 12));
    assert_true(suffix_hash(7, "doubleclick.net", 15) != suffix_hash(8, "doubleclick.net", 15));
}

static void hashes_use_all_their_bits(void **state)
{
    (void)state;
    uint64_t ones = 0, zeros = 0;
    unsigned low[16] = {0};
    for (unsigned i = 0; i < 4096; i++) {
        char name[16];
        for (unsigned k = 0; k < 8; k++)
            name[k] = (char)('a' + (i >> k & 1));
        for (unsigned k = 8; k < 12; k++)
            name[k] = (char)('a' + (i >> k & 1));
        uint64_t hash = suffix_hash(7, name, 12);
        ones |= hash;
        zeros |= ~hash;
        low[hash & 15]++;
    }
    assert_true(ones == UINT64_MAX && zeros == UINT64_MAX);
    for (unsigned i = 0; i < 16; i++)
        assert_in_range(low[i], 256 - 96, 256 + 96); /* six standard deviations */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_suffix_hashes_as_it_would_alone),
        cmocka_unit_test(all_suffixes_are_found_shortest_first),
        cmocka_unit_test(only_the_asked_number_of_labels_is_hashed),
        cmocka_unit_test(an_empty_name_has_no_suffix),
        cmocka_unit_test(near_names_hash_apart),
        cmocka_unit_test(hashes_use_all_their_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
