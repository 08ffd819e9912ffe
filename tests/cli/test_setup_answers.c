/* test_setup_answers.c -- what `telltale setup` offers, takes and refuses, and what it becomes in the settings. */
#include "cli/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct setup s;
static char reason[SETUP_REASON_MAX];

/* A gateway: eth0 to the internet and busiest, eth1 to the devices, a bridge's port and one without a cable. */
static int begin(void **state)
{
    (void)state;
    memset(&s, 0, sizeof(s));
    config_defaults(&s.config);
    const struct interface some[] = {
        {.name = "eth0", .kind = INTERFACE_WIRED, .up = true, .carrier = true, .is_default_route = true, .packets_per_s = 900},
        {.name = "eth1", .kind = INTERFACE_WIRED, .up = true, .carrier = true, .packets_per_s = 800},
        {.name = "eth2", .kind = INTERFACE_WIRED, .up = true, .carrier = false, .packets_per_s = 0},
        {.name = "eth3", .kind = INTERFACE_BRIDGE_PORT, .up = true, .carrier = true, .packets_per_s = 5000},
    };
    memcpy(s.interfaces.at, some, sizeof(some));
    s.interfaces.n = 4;
    return 0;
}

static bool will_do(enum setup_answer a, const char *value)
{
    bool yes = setup_check(&s, a, value, reason);
    assert_true(yes ? reason[0] == '\0' : reason[0] != '\0');
    return yes;
}

static void the_busiest_that_does_not_lead_to_the_internet_is_suggested(void **state)
{
    (void)state;
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_INTERFACE], "eth1");
}

static void with_one_interface_that_leads_to_the_internet_it_is_that_one(void **state)
{
    (void)state;
    s.interfaces.n = 1;
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_INTERFACE], "eth0");
}

static void what_the_settings_have_comes_before_what_the_machine_suggests(void **state)
{
    (void)state;
    strcpy(s.config.interface, "eth2");
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_INTERFACE], "eth2");
}

static void what_an_option_gave_is_never_replaced(void **state)
{
    (void)state;
    s.given[SETUP_INTERFACE] = true;
    strcpy(s.value[SETUP_INTERFACE], "eth3");
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_INTERFACE], "eth3");
}

static void give_eth1_its_networks(void)
{
    struct interface *i = &s.interfaces.at[1];
    assert_true(ip_prefix_parse("10.77.0.0/16", &i->prefixes[0]));
    assert_true(ip_prefix_parse("2001:db8:77::/64", &i->prefixes[1]));
    i->prefix_count = 2;
}

static void to_a_person_the_interfaces_own_networks_are_offered_as_lan_side(void **state)
{
    (void)state;
    s.interactive = true;
    give_eth1_its_networks();
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_LAN], "10.77.0.0/16 2001:db8:77::/64");
    strcpy(s.value[SETUP_INTERFACE], "eth2"); /* another was chosen, a mirror port without an address */
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_LAN], "");
    strcpy(s.config.lan, "10.0.0.0/8");
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_LAN], "10.0.0.0/8");
}

static void a_script_gets_no_lan_side_that_nobody_looked_at(void **state)
{
    (void)state;
    give_eth1_its_networks();
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_INTERFACE], "eth1");
    assert_string_equal(s.value[SETUP_LAN], "");
}

static void nobody_is_made_up_to_answer_for_it(void **state)
{
    (void)state;
    setup_suggest(&s);
    assert_string_equal(s.value[SETUP_CONTROLLER], "");
    assert_string_equal(s.value[SETUP_URL], "");
    assert_string_equal(s.value[SETUP_SINCE], "");
    assert_false(will_do(SETUP_CONTROLLER, ""));
    assert_false(will_do(SETUP_URL, ""));
    assert_false(will_do(SETUP_SINCE, ""));
}

static void an_interface_must_be_there(void **state)
{
    (void)state;
    assert_true(will_do(SETUP_INTERFACE, "eth2")); /* its cable may come */
    assert_false(will_do(SETUP_INTERFACE, "eth9"));
    assert_false(will_do(SETUP_INTERFACE, ""));
    assert_false(will_do(SETUP_INTERFACE, "eth1\nworkers = 8"));
}

static void prefixes_are_read_as_the_sensor_reads_them(void **state)
{
    (void)state;
    assert_true(will_do(SETUP_LAN, ""));
    assert_true(will_do(SETUP_LAN, "-"));
    assert_true(will_do(SETUP_LAN, "10.20.0.0/16, 2001:db8::/32"));
    assert_false(will_do(SETUP_LAN, "10.20.0.0/33"));
    assert_false(will_do(SETUP_LAN, "the lan"));
    assert_false(will_do(SETUP_LAN, "10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 "
                                    "10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8 10.0.0.0/8"));
}

static void only_days_of_the_calendar_are_dates(void **state)
{
    (void)state;
    assert_true(will_do(SETUP_SINCE, "2026-09-01"));
    assert_true(will_do(SETUP_SINCE, "2028-02-29"));
    assert_false(will_do(SETUP_SINCE, "2026-02-30"));
    assert_false(will_do(SETUP_SINCE, "2026-13-01"));
    assert_false(will_do(SETUP_SINCE, "1.9.2026"));
    assert_false(will_do(SETUP_SINCE, "2026-09-01 "));
    assert_false(will_do(SETUP_SINCE, "2026-09-012"));
}

static void a_notice_is_a_page(void **state)
{
    (void)state;
    assert_true(will_do(SETUP_URL, "https://school.example/notice"));
    assert_false(will_do(SETUP_URL, "on the wall"));
}

static void a_dashboard_for_the_network_needs_a_name(void **state)
{
    (void)state;
    strcpy(s.value[SETUP_LISTEN], "127.0.0.1");
    assert_true(will_do(SETUP_HOSTS, ""));
    strcpy(s.value[SETUP_LISTEN], "0.0.0.0");
    assert_false(will_do(SETUP_HOSTS, ""));
    assert_false(will_do(SETUP_HOSTS, "-"));
    assert_true(will_do(SETUP_HOSTS, "telltale.school.example"));
    assert_true(will_do(SETUP_LISTEN, "::"));
    assert_false(will_do(SETUP_LISTEN, "10.0.0.0/8"));
    assert_false(will_do(SETUP_LISTEN, "everywhere"));
}

static void only_what_differs_is_changed_and_a_dash_means_nothing(void **state)
{
    (void)state;
    struct config_change c[SETUP_ANSWERS];
    strcpy(s.config.lan, "10.0.0.0/8");
    strcpy(s.config.controller, "the head");
    setup_suggest(&s);
    strcpy(s.value[SETUP_LAN], "-");
    assert_int_equal(setup_changes(&s, c), 2);
    assert_string_equal(c[0].key, "interface");
    assert_string_equal(c[0].value, "eth1");
    assert_string_equal(c[1].section, "capture");
    assert_string_equal(c[1].key, "lan");
    assert_string_equal(c[1].value, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_busiest_that_does_not_lead_to_the_internet_is_suggested, begin),
        cmocka_unit_test_setup(with_one_interface_that_leads_to_the_internet_it_is_that_one, begin),
        cmocka_unit_test_setup(what_the_settings_have_comes_before_what_the_machine_suggests, begin),
        cmocka_unit_test_setup(what_an_option_gave_is_never_replaced, begin),
        cmocka_unit_test_setup(to_a_person_the_interfaces_own_networks_are_offered_as_lan_side, begin),
        cmocka_unit_test_setup(a_script_gets_no_lan_side_that_nobody_looked_at, begin),
        cmocka_unit_test_setup(nobody_is_made_up_to_answer_for_it, begin),
        cmocka_unit_test_setup(an_interface_must_be_there, begin),
        cmocka_unit_test_setup(prefixes_are_read_as_the_sensor_reads_them, begin),
        cmocka_unit_test_setup(only_days_of_the_calendar_are_dates, begin),
        cmocka_unit_test_setup(a_notice_is_a_page, begin),
        cmocka_unit_test_setup(a_dashboard_for_the_network_needs_a_name, begin),
        cmocka_unit_test_setup(only_what_differs_is_changed_and_a_dash_means_nothing, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
