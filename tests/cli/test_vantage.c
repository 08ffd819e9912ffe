/* test_vantage.c -- the places from which a sensor can look, each as the frames there look. */
#include "cli/vantage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct vantage v;
static const struct mac_addr self = {{2, 0, 0, 0, 0, 1}}, upstream = {{2, 0, 0, 0, 0, 2}};

static int begin(void **state)
{
    (void)state;
    vantage_init(&v, &self);
    return 0;
}

static struct mac_addr mac(unsigned n)
{
    return (struct mac_addr){{2, 1, 0, 0, (uint8_t)(n >> 8), (uint8_t)n}};
}

static struct ip_addr lan(unsigned n)
{
    return ip_from_v4((const uint8_t[]){10, 0, (uint8_t)(n >> 8), (uint8_t)n});
}

static const uint8_t server[] = {198, 51, 100, 7};

/* A packet of a device; `way` is the hardware address that it is sent to, or comes from. */
static struct frame packet(struct mac_addr device, struct ip_addr address, struct mac_addr way, bool up)
{
    struct frame f = {.wire_len = 500, .lan = up ? LAN_SRC : LAN_DST, .beyond = true};
    f.packet.has_src_mac = f.packet.has_dst_mac = true;
    f.packet.src_mac = up ? device : way;
    f.packet.dst_mac = up ? way : device;
    f.packet.src = up ? address : ip_from_v4(server);
    f.packet.dst = up ? ip_from_v4(server) : address;
    return f;
}

/* n packets each way for each of some devices. */
static void talk(unsigned devices, unsigned n_up, unsigned n_down, struct mac_addr way)
{
    for (unsigned d = 1; d <= devices; d++) {
        struct frame up = packet(mac(d), lan(d), way, true), down = packet(mac(d), lan(d), way, false);
        for (unsigned i = 0; i < n_up; i++)
            vantage_add(&v, &up, false, 1500);
        for (unsigned i = 0; i < n_down; i++)
            vantage_add(&v, &down, false, 1500);
    }
}

static void a_silent_cable_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(vantage_judge(&v, false, false).place, VANTAGE_SILENT);
    talk(3, 3, 3, upstream);
    assert_int_equal(vantage_judge(&v, false, false).place, VANTAGE_SILENT);
}

static void others_frames_are_a_mirror_port(void **state)
{
    (void)state;
    talk(30, 5, 20, upstream);
    struct vantage_verdict j = vantage_judge(&v, false, false);
    assert_int_equal(j.place, VANTAGE_MIRROR);
    assert_int_equal(j.devices, 30);
    assert_false(j.one_direction || j.behind_router || j.behind_translation);
    assert_int_equal(v.up, 150);
    assert_int_equal(v.down, 600);
}

static void the_same_through_a_bridge_is_a_bridge(void **state)
{
    (void)state;
    talk(30, 5, 20, upstream);
    assert_int_equal(vantage_judge(&v, true, false).place, VANTAGE_BRIDGE);
}

static void packets_of_others_by_way_of_this_machine_are_a_gateway(void **state)
{
    (void)state;
    talk(30, 5, 20, self);
    struct vantage_verdict j = vantage_judge(&v, false, true);
    assert_int_equal(j.place, VANTAGE_GATEWAY);
    assert_int_equal(j.devices, 30);
}

static void a_machine_that_sees_only_itself_is_told_so_whether_it_routes_or_not(void **state)
{
    (void)state;
    struct frame own = packet(self, lan(9), upstream, true);
    for (int i = 0; i < 200; i++)
        vantage_add(&v, &own, true, 1500);
    talk(1, 2, 2, upstream); /* what a switch floods */
    assert_int_equal(vantage_judge(&v, false, false).place, VANTAGE_OWN_ONLY);
    assert_int_equal(vantage_judge(&v, false, true).place, VANTAGE_OWN_ONLY);
}

static void one_direction_of_a_mirror_is_noticed_and_which(void **state)
{
    (void)state;
    talk(10, 20, 0, upstream);
    struct vantage_verdict j = vantage_judge(&v, false, false);
    assert_true(j.one_direction && j.misses_down);
    begin(NULL);
    talk(10, 0, 20, upstream);
    j = vantage_judge(&v, false, false);
    assert_true(j.one_direction && !j.misses_down);
}

static void a_download_is_not_one_direction(void **state)
{
    (void)state;
    talk(10, 10, 300, upstream);
    assert_false(vantage_judge(&v, false, false).one_direction);
}

static void devices_behind_the_hardware_address_of_a_router_are_counted(void **state)
{
    (void)state;
    for (unsigned d = 1; d <= 12; d++) {
        struct frame f = packet(mac(1), lan(d), upstream, d % 2);
        for (int i = 0; i < 5; i++)
            vantage_add(&v, &f, false, 1500);
    }
    struct vantage_verdict j = vantage_judge(&v, false, false);
    assert_true(j.behind_router);
    assert_int_equal(j.hidden, 12);
    assert_int_equal(j.devices, 1);
    assert_false(j.behind_translation);
}

/* A phone that was given another address twice is no router. */
static void a_device_with_two_or_three_addresses_is_a_device(void **state)
{
    (void)state;
    for (unsigned d = 1; d < VANTAGE_ROUTER_ADDRESSES; d++) {
        struct frame f = packet(mac(1), lan(d), upstream, true);
        for (int i = 0; i < 30; i++)
            vantage_add(&v, &f, false, 1500);
    }
    assert_false(vantage_judge(&v, false, false).behind_router);
}

static void one_address_for_all_is_the_outer_side_of_a_translation(void **state)
{
    (void)state;
    talk(1, 100, 100, upstream);
    assert_true(vantage_judge(&v, false, false).behind_translation);
    talk(2, 10, 10, upstream);
    assert_false(vantage_judge(&v, false, false).behind_translation);
}

static void groups_and_broadcasts_say_nothing(void **state)
{
    (void)state;
    struct frame f = packet(mac(1), lan(1), upstream, true);
    f.packet.dst = ip_from_v4((const uint8_t[]){224, 0, 0, 251});
    for (int i = 0; i < 100; i++)
        vantage_add(&v, &f, false, 1500);
    assert_int_equal(v.frames, 0);
}

static void frames_larger_than_the_mtu_are_counted(void **state)
{
    (void)state;
    struct frame f = packet(mac(1), lan(1), upstream, true);
    f.wire_len = 1514;
    vantage_add(&v, &f, false, 1500);
    f.wire_len = 1522; /* two tags */
    vantage_add(&v, &f, false, 1500);
    assert_int_equal(v.larger_than_mtu, 0);
    f.wire_len = 65226;
    vantage_add(&v, &f, false, 1500);
    assert_int_equal(v.larger_than_mtu, 1);
    assert_int_equal(v.largest_bytes, 65226);
}

static void a_crowd_of_made_up_devices_fills_the_table_and_nothing_more(void **state)
{
    (void)state;
    talk(5000, 1, 0, upstream);
    assert_true(v.device_count <= VANTAGE_DEVICES);
    assert_int_equal(v.up, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_silent_cable_says_nothing, begin),
        cmocka_unit_test_setup(others_frames_are_a_mirror_port, begin),
        cmocka_unit_test_setup(the_same_through_a_bridge_is_a_bridge, begin),
        cmocka_unit_test_setup(packets_of_others_by_way_of_this_machine_are_a_gateway, begin),
        cmocka_unit_test_setup(a_machine_that_sees_only_itself_is_told_so_whether_it_routes_or_not, begin),
        cmocka_unit_test_setup(one_direction_of_a_mirror_is_noticed_and_which, begin),
        cmocka_unit_test_setup(a_download_is_not_one_direction, begin),
        cmocka_unit_test_setup(devices_behind_the_hardware_address_of_a_router_are_counted, begin),
        cmocka_unit_test_setup(a_device_with_two_or_three_addresses_is_a_device, begin),
        cmocka_unit_test_setup(one_address_for_all_is_the_outer_side_of_a_translation, begin),
        cmocka_unit_test_setup(groups_and_broadcasts_say_nothing, begin),
        cmocka_unit_test_setup(frames_larger_than_the_mtu_are_counted, begin),
        cmocka_unit_test_setup(a_crowd_of_made_up_devices_fills_the_table_and_nothing_more, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
