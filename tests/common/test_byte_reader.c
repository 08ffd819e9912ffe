/* test_byte_reader.c -- the cursor every parser trusts: it never passes the end, and remembers that it would have. */
#include "common/byte_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const uint8_t bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc};

static void numbers_are_read_in_network_order(void **state)
{
    (void)state;
    struct byte_reader r = reader_over(bytes, sizeof(bytes));
    assert_int_equal(reader_u8(&r), 0x01);
    assert_int_equal(reader_u16be(&r), 0x2345);
    assert_int_equal(reader_u24be(&r), 0x6789ab);
    assert_true(reader_u32be(&r) == 0xcdeffedcu);
    assert_int_equal(reader_left(&r), 0);
    assert_false(r.short_read);
}

static void a_number_that_is_not_all_there_is_zero(void **state)
{
    (void)state;
    for (size_t n = 0; n < 4; n++) { /* in a heap buffer of exactly n bytes */
        uint8_t *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memset(exact, 0xff, n ? n : 1);
        struct byte_reader r[4];
        for (int i = 0; i < 4; i++)
            r[i] = reader_over(exact, n);
        assert_int_equal(reader_u8(&r[0]), n >= 1 ? 0xff : 0);
        assert_int_equal(reader_u16be(&r[1]), n >= 2 ? 0xffff : 0);
        assert_int_equal(reader_u24be(&r[2]), n >= 3 ? 0xffffff : 0);
        assert_int_equal(reader_u32be(&r[3]), 0);
        for (int i = 0; i < 4; i++)
            assert_int_equal(r[i].short_read, n < (size_t)i + 1);
        free(exact);
    }
}

static void after_one_short_read_nothing_more_is_read(void **state)
{
    (void)state;
    struct byte_reader r = reader_over(bytes, 3);
    assert_int_equal(reader_u32be(&r), 0);
    assert_true(r.short_read);
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(reader_u8(&r), 0);
    assert_null(reader_take(&r, 1));
    assert_null(reader_take(&r, 0));
}

static void taking_lends_the_bytes_in_place(void **state)
{
    (void)state;
    struct byte_reader r = reader_over(bytes, sizeof(bytes));
    assert_ptr_equal(reader_take(&r, 4), bytes);
    assert_ptr_equal(reader_take(&r, 0), bytes + 4);
    assert_ptr_equal(reader_take(&r, 6), bytes + 4);
    assert_false(r.short_read);
}

static void a_size_beyond_any_memory_is_only_a_short_read(void **state)
{
    (void)state;
    static const size_t sizes[] = {sizeof(bytes) + 1, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct byte_reader r = reader_over(bytes, sizeof(bytes));
        assert_null(reader_take(&r, sizes[i]));
        assert_true(r.short_read);
        assert_ptr_equal(r.at, bytes); /* it did not move */
        r = reader_over(bytes, sizeof(bytes));
        reader_skip(&r, sizes[i]);
        assert_true(r.short_read);
    }
}

static void a_child_cannot_outrun_its_length(void **state)
{
    (void)state;
    struct byte_reader r = reader_over(bytes, sizeof(bytes));
    struct byte_reader child = reader_sub(&r, 3);
    assert_int_equal(reader_left(&child), 3);
    assert_int_equal(reader_u16be(&child), 0x0123);
    assert_int_equal(reader_u16be(&child), 0);
    assert_true(child.short_read);
    assert_false(r.short_read); /* the child's length lied, the parent goes on */
    assert_int_equal(reader_u8(&r), 0x67);
}

static void a_child_longer_than_its_parent_makes_both_short(void **state)
{
    (void)state;
    struct byte_reader r = reader_over(bytes, 4);
    struct byte_reader child = reader_sub(&r, 5);
    assert_true(r.short_read);
    assert_true(child.short_read);
    assert_int_equal(reader_left(&child), 0);
    assert_int_equal(reader_u8(&child), 0);
}

static void nothing_can_be_read_from_nothing(void **state)
{
    (void)state;
    struct byte_reader r = reader_over(NULL, 0);
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(reader_u8(&r), 0);
    assert_true(r.short_read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_network_order),
        cmocka_unit_test(a_number_that_is_not_all_there_is_zero),
        cmocka_unit_test(after_one_short_read_nothing_more_is_read),
        cmocka_unit_test(taking_lends_the_bytes_in_place),
        cmocka_unit_test(a_size_beyond_any_memory_is_only_a_short_read),
        cmocka_unit_test(a_child_cannot_outrun_its_length),
        cmocka_unit_test(a_child_longer_than_its_parent_makes_both_short),
        cmocka_unit_test(nothing_can_be_read_from_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
