/* test_contact_table.c -- what folds into one contact, what never does, and that each is reported once. */
#include "sensor/contact_table.h"

#include "sensor/flow_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PLACES 8
#define NOW    (1000000 * NS_PER_S)
#define MINUTE (60 * NS_PER_S)

static struct contact closed[64];
static unsigned closed_count;
static struct contact_table *table;

static void on_close(void *context, struct contact *c)
{
    assert_ptr_equal(context, &table);
    assert_true(closed_count < 64);
    closed[closed_count++] = *c;
}

static int new_table(void **state)
{
    (void)state;
    closed_count = 0;
    table = contact_table_new(PLACES, on_close, &table);
    return table ? 0 : -1;
}

static int free_table(void **state)
{
    (void)state;
    contact_table_free(table);
    contact_table_free(NULL);
    return 0;
}

static struct host_entry host_named(const char *name)
{
    struct host_entry h = {.name_len = (uint16_t)strlen(name), .match = {.matched = "adnxs.com"}};
    memcpy(h.name, name, h.name_len + 1u);
    return h;
}

/* The contact of a device with a host, as the caller uses it: seen now. */
static uint32_t touch(uint32_t device, const char *name, bool withheld, uint64_t now_ns, bool expect_new)
{
    struct host_entry h = host_named(name);
    bool is_new;
    uint32_t index = contact_table_get(table, device, &h, withheld, now_ns, &is_new);
    assert_int_equal(is_new, expect_new);
    if (index != NO_INDEX)
        contact_table_at(table, index)->last_ns = now_ns;
    return index;
}

static void a_new_contact_is_of_its_device_and_host(void **state)
{
    (void)state;
    const struct contact *c = contact_table_at(table, touch(3, "secure.adnxs.com", false, NOW, true));
    assert_int_equal(c->device, 3);
    assert_string_equal(c->host, "secure.adnxs.com");
    assert_string_equal(c->match.matched, "adnxs.com");
    assert_true(c->first_ns == NOW && c->taken && !c->withheld && !c->reported);
    assert_true(c->connections == 0 && c->evidence == 0 && c->seen_by == 0 && c->bytes_up == 0);
}

static void connections_within_ten_minutes_fold_into_one_contact(void **state)
{
    (void)state;
    uint32_t index = touch(1, "a.example", false, NOW, true);
    uint64_t now = NOW;
    for (int i = 0; i < 20; i++) /* an hour and more, never ten minutes apart */
        assert_int_equal(touch(1, "a.example", false, now += 10 * MINUTE, false), index);
    assert_int_equal(closed_count, 0);
    assert_true(contact_table_at(table, index)->first_ns == NOW);
}

static void after_ten_quiet_minutes_a_new_contact_begins(void **state)
{
    (void)state;
    touch(1, "a.example", false, NOW, true);
    touch(1, "a.example", false, NOW + 10 * MINUTE + 1, true);
    assert_int_equal(closed_count, 1);
    assert_true(closed[0].first_ns == NOW && closed[0].last_ns == NOW);
    contact_table_finish(table);
    assert_int_equal(closed_count, 2);
}

static void a_live_flow_keeps_its_contact_open(void **state)
{
    (void)state;
    uint32_t index = touch(1, "a.example", false, NOW, true);
    contact_table_at(table, index)->open_flows = 1;
    contact_table_sweep(table, NOW + 100 * MINUTE);
    assert_int_equal(touch(1, "a.example", false, NOW + 100 * MINUTE, false), index);
    contact_table_at(table, index)->open_flows = 0;
    contact_table_sweep(table, NOW + 110 * MINUTE);
    assert_int_equal(closed_count, 0); /* ten minutes from its last packet */
    contact_table_sweep(table, NOW + 110 * MINUTE + 1);
    assert_int_equal(closed_count, 1);
}

static void devices_and_hosts_do_not_mix(void **state)
{
    (void)state;
    uint32_t a = touch(1, "a.example", false, NOW, true), b = touch(2, "a.example", false, NOW, true),
             c = touch(1, "b.example", false, NOW, true);
    assert_true(a != b && b != c && a != c);
    assert_int_equal(touch(1, "a.example", false, NOW, false), a);
    assert_int_equal(touch(2, "a.example", false, NOW, false), b);
}

static void a_withheld_contact_stands_apart_from_the_devices_own(void **state)
{
    (void)state;
    uint32_t own = touch(1, "a.example", false, NOW, true), withheld = touch(1, "a.example", true, NOW, true);
    assert_int_not_equal(own, withheld);
    assert_int_equal(touch(1, "a.example", false, NOW + MINUTE, false), own);
    assert_int_equal(touch(1, "a.example", true, NOW + 2 * MINUTE, false), withheld);
    assert_true(contact_table_at(table, own)->last_ns == NOW + MINUTE);
    assert_true(contact_table_at(table, withheld)->withheld && !contact_table_at(table, own)->withheld);
}

static void a_contact_that_becomes_withheld_is_found_among_the_withheld_only(void **state)
{
    (void)state;
    uint32_t index = touch(1, "a.example", false, NOW, true);
    contact_table_withhold(table, contact_table_at(table, index));
    contact_table_withhold(table, contact_table_at(table, index)); /* once more changes nothing */
    assert_int_equal(touch(1, "a.example", true, NOW, false), index);
    uint32_t other = touch(1, "a.example", false, NOW, true);
    assert_int_not_equal(other, index);
    contact_table_withhold(table, contact_table_at(table, other)); /* now there are two; both end, each once */
    contact_table_finish(table);
    assert_int_equal(closed_count, 2);
    assert_true(closed[0].withheld && closed[1].withheld);
}

static void a_full_table_closes_the_contact_that_was_idle_longest(void **state)
{
    (void)state;
    char name[16];
    for (unsigned i = 0; i < PLACES; i++) {
        snprintf(name, sizeof(name), "h%u.example", i);
        touch(1, name, i % 2, NOW + (i == 5 ? 0 : i + 1), true);
    }
    touch(1, "new.example", false, NOW + 100, true);
    assert_int_equal(closed_count, 1);
    assert_string_equal(closed[0].host, "h5.example");
    touch(1, "newer.example", false, NOW + 101, true);
    assert_string_equal(closed[1].host, "h0.example");
    touch(1, "h1.example", true, NOW + 102, false); /* the others are still there */
}

static void a_contact_with_a_live_flow_is_never_closed_for_another(void **state)
{
    (void)state;
    char name[16];
    for (unsigned i = 0; i < PLACES; i++) {
        snprintf(name, sizeof(name), "h%u.example", i);
        contact_table_at(table, touch(1, name, false, NOW + i, true))->open_flows = i != 3;
    }
    uint32_t index = touch(1, "new.example", false, NOW + 100, true);
    assert_string_equal(closed[0].host, "h3.example");
    contact_table_at(table, index)->open_flows = 1;
    assert_int_equal(touch(1, "newer.example", false, NOW + 101, false), NO_INDEX);
    assert_int_equal(closed_count, 1);
    assert_int_not_equal(touch(1, "h0.example", false, NOW + 102, false), NO_INDEX);
}

static void count_one(void *context, struct contact *c)
{
    assert_true(c->taken);
    ++*(unsigned *)context;
}

static void walking_shows_the_open_contacts(void **state)
{
    (void)state;
    unsigned count = 0;
    touch(1, "a.example", false, NOW, true);
    touch(1, "b.example", true, NOW + 9 * MINUTE, true);
    contact_table_each(table, count_one, &count);
    assert_int_equal(count, 2);
    contact_table_sweep(table, NOW + 11 * MINUTE);
    contact_table_each(table, count_one, &count);
    assert_int_equal(count, 3);
}

static void a_closed_contact_has_its_chain_and_its_successor_has_not(void **state)
{
    (void)state;
    struct host_entry h = host_named("metrics.themix.org.uk");
    char asked[] = "metrics.themix.org.uk", target[] = "themix.data.adobedc.net";
    bool is_new;
    h.chain[0] = asked;
    h.chain[1] = target;
    h.chain_len = 2;
    h.chain_on_site = true;
    const struct contact *c = contact_table_at(table, contact_table_get(table, 1, &h, false, NOW, &is_new));
    target[0] = 'X'; /* it has its own copy */
    assert_int_equal(c->chain_len, 2);
    assert_string_equal(c->chain[1], "themix.data.adobedc.net");
    assert_true(c->chain_on_site);
    contact_table_finish(table);
    assert_int_equal(closed[0].chain_len, 2);
    c = contact_table_at(table, touch(1, "a.example", false, NOW, true));
    assert_true(c->chain_len == 0 && !c->chain_on_site);
}

/* Many contacts through few places: each that began also ended, exactly once. */
static unsigned begun, ended;

static void count_end(void *context, struct contact *c)
{
    (void)context;
    assert_true(c->open_flows == 0);
    ended++;
}

static void every_contact_is_closed_exactly_once(void **state)
{
    (void)state;
    struct contact_table *t = contact_table_new(50, count_end, NULL);
    assert_non_null(t);
    begun = ended = 0;
    srand(20261122);
    for (uint64_t step = 0; step < 20000; step++) {
        char name[24];
        snprintf(name, sizeof(name), "h%d.example", rand() % 90);
        struct host_entry h = host_named(name);
        bool is_new;
        uint64_t now = NOW + step * 20 * NS_PER_S;
        uint32_t index = contact_table_get(t, (uint32_t)rand() % 3, &h, rand() % 4 == 0, now, &is_new);
        assert_int_not_equal(index, NO_INDEX);
        begun += is_new;
        contact_table_at(t, index)->last_ns = now;
        if (rand() % 8 == 0)
            contact_table_withhold(t, contact_table_at(t, index));
        if (rand() % 16 == 0)
            contact_table_sweep(t, now);
    }
    contact_table_finish(t);
    contact_table_finish(t);
    assert_int_equal(begun, ended);
    assert_true(begun > 5000);
    contact_table_free(t);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_table, free_table)
    const struct CMUnitTest tests[] = {
        TEST(a_new_contact_is_of_its_device_and_host),
        TEST(connections_within_ten_minutes_fold_into_one_contact),
        TEST(after_ten_quiet_minutes_a_new_contact_begins),
        TEST(a_live_flow_keeps_its_contact_open),
        TEST(devices_and_hosts_do_not_mix),
        TEST(a_withheld_contact_stands_apart_from_the_devices_own),
        TEST(a_contact_that_becomes_withheld_is_found_among_the_withheld_only),
        TEST(a_full_table_closes_the_contact_that_was_idle_longest),
        TEST(a_contact_with_a_live_flow_is_never_closed_for_another),
        TEST(walking_shows_the_open_contacts),
        TEST(a_closed_contact_has_its_chain_and_its_successor_has_not),
        TEST(every_contact_is_closed_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
