/* test_worker_share.c -- devices are spread over the workers, whatever their addresses have in common.
 *
 * Bounds: of n devices over w workers each has n/w within six standard deviations, which chance breaks once in 500 million; some hundred such
 * sums are looked at. */
#include "sensor/worker_share.h"

#include <math.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define DEVICES      4096
#define WORKERS_MOST 8

static struct device_key of_mac(uint64_t number)
{
    struct device_key key = {.is_mac = 1};
    for (unsigned i = 0; i < 6; i++)
        key.bytes[i] = (uint8_t)(number >> 8 * (5 - i));
    return key;
}

static void assert_spread(const struct device_key *keys, unsigned n)
{
    for (unsigned workers = 2; workers <= WORKERS_MOST; workers++) {
        struct worker_share share;
        unsigned has[WORKERS_MOST] = {0};
        double fair = (double)n / workers, six = 6 * sqrt(fair * (1 - 1.0 / workers));
        worker_share_init(&share, workers);
        for (unsigned i = 0; i < n; i++) {
            unsigned worker = worker_share_of(&share, &keys[i]);
            assert_true(worker < workers);
            has[worker]++;
        }
        for (unsigned i = 0; i < workers; i++)
            if (fabs(has[i] - fair) > six)
                fail_msg("worker %u of %u has %u of %u devices", i + 1, workers, has[i], n);
    }
}

static void addresses_that_follow_on_one_another_are_spread(void **state)
{
    static struct device_key keys[DEVICES];
    (void)state;
    for (unsigned step = 1; step <= 1u << 16; step <<= 4) { /* as of one batch of tablets; or alike in their last digits */
        for (unsigned i = 0; i < DEVICES; i++)
            keys[i] = of_mac(0x0277aa000000u + (uint64_t)i * step);
        assert_spread(keys, DEVICES);
    }
}

/* The plain hash that this one took the place of. */
static unsigned without_a_key(const struct device_key *device)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < sizeof(device->bytes); i++)
        h = (h ^ device->bytes[i]) * 16777619u;
    return h ^ h >> 16;
}

static void addresses_made_to_collide_under_a_hash_without_a_key_are_spread(void **state)
{
    static struct device_key keys[DEVICES];
    unsigned n = 0;
    (void)state;
    for (uint64_t number = 0x027700000000u; n < DEVICES; number++) {
        struct device_key key = of_mac(number);
        if (without_a_key(&key) % 840 == 0) /* the same worker, for any number of them up to eight */
            keys[n++] = key;
    }
    assert_spread(keys, DEVICES);
}

static void addresses_on_a_link_without_macs_are_spread(void **state)
{
    static struct device_key keys[DEVICES];
    (void)state;
    memset(keys, 0, sizeof(keys));
    for (unsigned i = 0; i < DEVICES; i++) {
        memcpy(keys[i].bytes, (const uint8_t[]){0xfd, 0, 0, 1}, 4);
        keys[i].bytes[14] = (uint8_t)(i >> 8);
        keys[i].bytes[15] = (uint8_t)i;
    }
    assert_spread(keys, DEVICES);
}

static void a_device_keeps_its_worker(void **state)
{
    struct worker_share share;
    (void)state;
    worker_share_init(&share, 5);
    for (unsigned i = 0; i < 64; i++) {
        struct device_key key = of_mac(i);
        unsigned worker = worker_share_of(&share, &key);
        for (unsigned again = 0; again < 100; again++)
            assert_int_equal(worker_share_of(&share, &key), worker);
    }
}

/* 64 devices that have the same worker twice would be chance once in 4^64. */
static void another_process_chooses_otherwise(void **state)
{
    struct worker_share one, other;
    unsigned same = 0;
    (void)state;
    worker_share_init(&one, 4);
    worker_share_init(&other, 4);
    for (unsigned i = 0; i < 64; i++) {
        struct device_key key = of_mac(i);
        same += worker_share_of(&one, &key) == worker_share_of(&other, &key);
    }
    assert_true(same < 64);
}

static void a_mac_and_an_address_of_the_same_bytes_are_two_devices(void **state)
{
    struct worker_share share;
    unsigned same = 0;
    (void)state;
    worker_share_init(&share, 4);
    for (unsigned i = 0; i < 64; i++) {
        struct device_key mac = of_mac(i), address = mac;
        address.is_mac = 0;
        same += worker_share_of(&share, &mac) == worker_share_of(&share, &address);
    }
    assert_true(same < 64);
}

static void one_worker_has_all(void **state)
{
    struct worker_share share;
    (void)state;
    worker_share_init(&share, 1);
    for (unsigned i = 0; i < 64; i++) {
        struct device_key key = of_mac(i);
        assert_int_equal(worker_share_of(&share, &key), 0);
    }
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_follow_on_one_another_are_spread),
        cmocka_unit_test(addresses_made_to_collide_under_a_hash_without_a_key_are_spread),
        cmocka_unit_test(addresses_on_a_link_without_macs_are_spread),
        cmocka_unit_test(a_device_keeps_its_worker),
        cmocka_unit_test(another_process_chooses_otherwise),
        cmocka_unit_test(a_mac_and_an_address_of_the_same_bytes_are_two_devices),
        cmocka_unit_test(one_worker_has_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
