/* test_crc32c.c -- the examples of RFC 3720, B.4. */
#include "common/crc32c.h"
#include "common/disk_meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void the_examples_of_the_rfc_hold(void **state)
{
    (void)state;
    uint8_t bytes[32] = {0};
    assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aau);
    memset(bytes, 0xff, 32);
    assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43u);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_int_equal(crc32c(0, bytes, 32), 0x46dd794eu);
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283u);
}

static void parts_add_up(void **state)
{
    (void)state;
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283u);
    assert_int_equal(crc32c(0, "", 0), 0);
}

static void the_kernels_account_is_read_net(void **state)
{
    (void)state;
    assert_int_equal(disk_meter_parse("rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 600\ncancelled_write_bytes: 70\n"), 530);
    assert_int_equal(disk_meter_parse("rchar: 1\nwrite_bytes: 6\ncancelled_write_bytes: 70\n"), 0);
    assert_int_equal(disk_meter_parse(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfc_hold),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(the_kernels_account_is_read_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
