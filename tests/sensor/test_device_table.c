/* test_device_table.c -- devices by key, and what their DNS answers said. */
#include "sensor/device_table.h"

#include "common/clock.h"
#include "sensor/flow_table.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/made_packet.h"

#define DEVICES 40
#define HOUR    (3600 * NS_PER_S)
#define NOW     (1000 * HOUR)

static struct device_table *table;

static int new_table(void **state)
{
    (void)state;
    table = device_table_new(DEVICES);
    return table ? 0 : -1;
}

static int free_table(void **state)
{
    (void)state;
    device_table_free(table);
    device_table_free(NULL);
    return 0;
}

static uint32_t get(unsigned number, uint64_t now_ns)
{
    struct device_key key = {.is_mac = 1};
    memcpy(key.bytes, made_mac(number).bytes, 6);
    return device_table_get(table, &key, now_ns);
}

static void a_device_is_entered_once(void **state)
{
    (void)state;
    uint32_t a = get(1, NOW), b = get(2, NOW + 5);
    assert_int_not_equal(a, b);
    assert_int_equal(get(1, NOW + 9), a);
    assert_int_equal(get(2, NOW + 9), b);
    const struct device *d = device_table_at(table, b);
    assert_int_equal(d->number, 2);
    assert_true(d->first_ns == NOW + 5 && d->last_ns == NOW + 5);
    assert_true(d->flows == 0 && d->contacts == 0 && d->references == 0 && !d->hidden_dns);
}

/* A link without MACs names a device by its address: the same bytes are then somebody else. */
static void a_mac_and_an_address_of_the_same_bytes_are_two_devices(void **state)
{
    (void)state;
    struct device_key mac = {.bytes = {10, 0, 0, 1}, .is_mac = 1}, address = {.bytes = {10, 0, 0, 1}, .is_mac = 0};
    assert_int_not_equal(device_table_get(table, &mac, NOW), device_table_get(table, &address, NOW));
}

static void a_full_table_refuses_while_its_devices_are_busy(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DEVICES; i++)
        assert_int_equal(get(i, NOW), i);
    assert_int_equal(get(DEVICES, NOW), NO_INDEX);
    assert_int_equal(get(DEVICES, NOW + HOUR), NO_INDEX); /* idle, but not for more than an hour */
    for (unsigned i = 0; i < DEVICES; i++)
        assert_int_equal(get(i, NOW), i); /* those that are in stay in */
}

static void the_device_that_was_idle_longest_makes_room_after_an_hour(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DEVICES; i++)
        device_table_at(table, get(i, NOW))->last_ns = NOW + (i == 7 ? 0 : i + 1);
    uint64_t later = NOW + 2 * HOUR;
    assert_int_equal(get(100, later), 7);
    const struct device *d = device_table_at(table, 7);
    assert_int_equal(d->number, DEVICES + 1); /* numbers are never used again */
    assert_true(d->first_ns == later);
    assert_int_equal(get(100, later), 7);
    assert_int_equal(get(7, later), 0); /* it comes back as another; device 0 was the next oldest */
}

static void a_device_that_something_refers_to_is_never_forgotten(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DEVICES; i++)
        device_table_at(table, get(i, NOW))->references = i != 30;
    assert_int_equal(get(100, NOW + 5 * HOUR), 30);
    device_table_at(table, 30)->references = 1;
    assert_int_equal(get(101, NOW + 50 * HOUR), NO_INDEX);
}

static void a_forgotten_device_leaves_nothing_to_its_successor(void **state)
{
    (void)state;
    struct ip_addr address = made_address("198.51.100.7");
    for (unsigned i = 0; i < DEVICES; i++) {
        struct device *d = device_table_at(table, get(i, NOW));
        device_remember_answer(d, &address, 77, NOW);
        device_remember_cloaked(d, 78);
        d->sites[0] = (struct site_visit){.site = 3, .first_ns = NOW, .last_ns = NOW};
        d->hidden_dns = true;
        d->flows = d->contacts = 9;
    }
    const struct device *d = device_table_at(table, get(100, NOW + 2 * HOUR));
    assert_int_equal(d->answers[0].seen_s, 0);
    for (unsigned i = 0; i < DEVICE_CLOAKED; i++)
        assert_int_equal(d->cloaked[i], NO_INDEX);
    assert_true(d->sites[0].last_ns == 0 && !d->hidden_dns && d->flows == 0 && d->contacts == 0);
}

/* Devices come and go for a long time; each key always finds the one it entered. */
static void keys_are_found_through_many_departures(void **state)
{
    (void)state;
    uint64_t now = NOW;
    for (unsigned i = 0; i < 1000; i++, now += HOUR / 10) {
        uint32_t index = get(i, now);
        assert_int_not_equal(index, NO_INDEX);
        for (unsigned back = 0; back < 8 && back <= i; back++) {
            struct device_key key = {.is_mac = 1};
            memcpy(key.bytes, made_mac(i - back).bytes, 6);
            uint32_t found = get(i - back, now);
            assert_memory_equal(&device_table_at(table, found)->key, &key, sizeof(key));
            assert_int_equal(device_table_at(table, found)->number, i - back + 1);
        }
    }
}

static void count_in_order(void *context, const struct device *d)
{
    unsigned *count = context;
    assert_int_equal(d->number, ++*count);
}

static void walking_shows_every_device_in_order_of_appearance(void **state)
{
    (void)state;
    unsigned count = 0;
    device_table_each(table, count_in_order, &count);
    assert_int_equal(count, 0);
    for (unsigned i = 0; i < 10; i++)
        get(i * 31 % 40, NOW);
    device_table_each(table, count_in_order, &count);
    assert_int_equal(count, 10);
}

static void an_answer_said_again_is_refreshed_not_doubled(void **state)
{
    (void)state;
    struct device *d = device_table_at(table, get(1, NOW));
    struct ip_addr a = made_address("198.51.100.7");
    device_remember_answer(d, &a, 5, NOW);
    device_remember_answer(d, &a, 5, NOW + 60 * NS_PER_S);
    device_remember_answer(d, &a, 6, NOW);
    assert_int_equal(d->answers[0].seen_s, NOW / NS_PER_S + 60);
    assert_int_equal(d->answers[1].host, 6);
    assert_int_equal(d->answers[2].seen_s, 0);
}

static void the_oldest_answer_makes_room_for_a_new_one(void **state)
{
    (void)state;
    struct device *d = device_table_at(table, get(1, NOW));
    struct ip_addr a = made_address("198.51.100.7");
    for (uint32_t i = 0; i < DEVICE_ANSWERS + 3; i++)
        device_remember_answer(d, &a, i, NOW);
    for (uint32_t i = 0; i < DEVICE_ANSWERS; i++)
        assert_int_equal(d->answers[i].host, i < 3 ? DEVICE_ANSWERS + i : i);
}

static void a_cloaked_host_is_remembered_once_and_the_oldest_goes(void **state)
{
    (void)state;
    struct device *d = device_table_at(table, get(1, NOW));
    for (uint32_t i = 0; i < DEVICE_CLOAKED; i++) {
        device_remember_cloaked(d, i);
        device_remember_cloaked(d, 0);
    }
    for (uint32_t i = 0; i < DEVICE_CLOAKED; i++)
        assert_int_equal(d->cloaked[i], i);
    device_remember_cloaked(d, 99);
    assert_int_equal(d->cloaked[0], 99);
    assert_int_equal(d->cloaked[1], 1);
}

static bool spoke(unsigned device, const char *address, uint64_t now_ns)
{
    struct ip_addr a = made_address(address);
    return device_spoke_from(device_table_at(table, get(device, now_ns)), &a, now_ns);
}

static void one_hardware_address_at_two_addresses_by_turns_is_doubtful(void **state)
{
    (void)state;
    assert_false(spoke(1, "192.168.1.5", NOW));
    assert_false(spoke(1, "192.168.1.5", NOW + NS_PER_S));
    assert_false(spoke(1, "192.168.1.6", NOW + 2 * NS_PER_S));
    assert_true(spoke(1, "192.168.1.5", NOW + 3 * NS_PER_S));
    assert_true(device_table_at(table, get(1, NOW))->doubtful);
    assert_false(spoke(1, "192.168.1.6", NOW + 4 * NS_PER_S)); /* told once */
}

static void a_change_of_address_is_not_doubtful(void **state)
{
    (void)state;
    assert_false(spoke(1, "192.168.1.5", NOW));
    assert_false(spoke(1, "192.168.1.6", NOW + NS_PER_S));
    assert_false(spoke(1, "192.168.1.7", NOW + 2 * NS_PER_S));
    assert_false(spoke(1, "192.168.1.6", NOW + 3 * 60 * NS_PER_S)); /* back, but long after */
    assert_false(spoke(2, "169.254.1.5", NOW));
    assert_false(spoke(2, "192.168.1.9", NOW + 1));
    assert_false(spoke(2, "169.254.1.5", NOW + 2));
    assert_false(spoke(3, "2001:db8::1", NOW));
    assert_false(spoke(3, "2001:db8::2", NOW + 1));
    assert_false(spoke(3, "2001:db8::1", NOW + 2)); /* IPv6 has several at once */
    assert_false(device_table_at(table, get(1, NOW))->doubtful);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_table, free_table)
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_entered_once),
        TEST(a_mac_and_an_address_of_the_same_bytes_are_two_devices),
        TEST(a_full_table_refuses_while_its_devices_are_busy),
        TEST(the_device_that_was_idle_longest_makes_room_after_an_hour),
        TEST(a_device_that_something_refers_to_is_never_forgotten),
        TEST(a_forgotten_device_leaves_nothing_to_its_successor),
        TEST(keys_are_found_through_many_departures),
        TEST(walking_shows_every_device_in_order_of_appearance),
        TEST(an_answer_said_again_is_refreshed_not_doubled),
        TEST(the_oldest_answer_makes_room_for_a_new_one),
        TEST(a_cloaked_host_is_remembered_once_and_the_oldest_goes),
        TEST(one_hardware_address_at_two_addresses_by_turns_is_doubtful),
        TEST(a_change_of_address_is_not_doubtful),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
