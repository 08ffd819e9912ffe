/* test_host_table.c -- tracker hosts by number: a number never means another host than it was given for. */
#include "sensor/host_table.h"

#include "sensor/flow_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct feed_match match = {
    .matched = "adnxs.com", .owner = {.tracker = "Xandr"}, .rule = 7, .registrable = true};
static struct host_table *table;

static int new_table(void **state)
{
    (void)state;
    table = host_table_new(1); /* the smallest: 16 buckets of 4 */
    return table ? 0 : -1;
}

static int free_table(void **state)
{
    (void)state;
    host_table_free(table);
    host_table_free(NULL);
    return 0;
}

static uint32_t put(const char *name)
{
    return host_table_put(table, name, strlen(name), &match, NULL, 0);
}

static uint32_t put_numbered(unsigned i)
{
    char name[32];
    snprintf(name, sizeof(name), "h%u.adnxs.com", i);
    return put(name);
}

static bool is_numbered(uint32_t host, unsigned i)
{
    char name[32];
    snprintf(name, sizeof(name), "h%u.adnxs.com", i);
    const struct host_entry *h = host_table_at(table, host);
    return h && strcmp(h->name, name) == 0;
}

static void a_host_is_entered_once(void **state)
{
    (void)state;
    uint32_t a = put("secure.adnxs.com"), b = put("ib.adnxs.com");
    assert_int_not_equal(a, b);
    assert_int_equal(put("secure.adnxs.com"), a);
    const struct host_entry *h = host_table_at(table, a);
    assert_string_equal(h->name, "secure.adnxs.com");
    assert_int_equal(h->name_len, 16);
    assert_int_equal(h->chain_len, 0);
    assert_string_equal(h->match.matched, "adnxs.com");
    assert_int_equal(h->match.rule, 7);
}

static void no_number_is_no_host(void **state)
{
    (void)state;
    put("secure.adnxs.com");
    assert_null(host_table_at(table, NO_INDEX));
    assert_null(host_table_at(table, 0));
    assert_null(host_table_at(table, 0x000fffff));
    assert_null(host_table_at(table, 0xfff00000));
}

static void a_chain_is_kept_with_its_host(void **state)
{
    (void)state;
    char asked[] = "metrics.themix.org.uk", target[] = "themix.data.adobedc.net";
    const char *chain[] = {asked, target};
    uint32_t host = host_table_put(table, asked, strlen(asked), &match, chain, 2);
    memset(asked, 'x', strlen(asked)); /* it has its own copy */
    memset(target, 'x', strlen(target));
    const struct host_entry *h = host_table_at(table, host);
    assert_int_equal(h->chain_len, 2);
    assert_string_equal(h->chain[0], "metrics.themix.org.uk");
    assert_string_equal(h->chain[1], "themix.data.adobedc.net");
}

static void a_host_takes_over_a_chain_it_did_not_have_and_keeps_the_first(void **state)
{
    (void)state;
    const char *const way[] = {"a.example", "b.example"}, *const other[] = {"a.example", "c.example"};
    uint32_t host = put("a.example");
    assert_int_equal(host_table_put(table, "a.example", 9, &match, way, 2), host);
    assert_int_equal(host_table_at(table, host)->chain_len, 2);
    assert_int_equal(host_table_put(table, "a.example", 9, &match, other, 2), host);
    assert_string_equal(host_table_at(table, host)->chain[1], "b.example");
}

static void a_chain_longer_than_the_most_is_cut(void **state)
{
    (void)state;
    const char *chain[HOST_CHAIN_MAX + 5];
    for (unsigned i = 0; i < HOST_CHAIN_MAX + 5; i++)
        chain[i] = "a.example";
    uint32_t host = host_table_put(table, "a.example", 9, &match, chain, HOST_CHAIN_MAX + 5);
    assert_int_equal(host_table_at(table, host)->chain_len, HOST_CHAIN_MAX);
}

static void the_longest_name_fits(void **state)
{
    (void)state;
    char name[HOSTNAME_MAX + 1];
    memset(name, 'a', HOSTNAME_MAX);
    name[HOSTNAME_MAX] = '\0';
    uint32_t host = put(name);
    assert_string_equal(host_table_at(table, host)->name, name);
}

/* Thousands of hosts through 64 places: each number gives its own host or none, never another. */
static void an_old_number_never_gives_its_successor(void **state)
{
    (void)state;
    static uint32_t numbers[3000];
    for (unsigned i = 0; i < 3000; i++) {
        numbers[i] = put_numbered(i);
        assert_true(is_numbered(numbers[i], i));
    }
    unsigned alive = 0;
    for (unsigned i = 0; i < 3000; i++) {
        alive += host_table_at(table, numbers[i]) != NULL;
        assert_true(!host_table_at(table, numbers[i]) || is_numbered(numbers[i], i));
    }
    assert_int_equal(alive, 64); /* the table is full, and of the latest ones */
}

static void a_host_in_use_stays_while_others_come_and_go(void **state)
{
    (void)state;
    uint32_t host = put("secure.adnxs.com");
    for (unsigned i = 0; i < 3000; i++) {
        put_numbered(i);
        assert_int_equal(put("secure.adnxs.com"), host);
    }
}

static void an_evicted_host_leaves_its_chain_behind_for_nobody(void **state)
{
    (void)state;
    const char *const chain[] = {"a.example", "b.example"};
    for (unsigned i = 0; i < 500; i++) { /* every place has had a chain */
        char name[32];
        int n = snprintf(name, sizeof(name), "c%u.example", i);
        host_table_put(table, name, (size_t)n, &match, chain, 2);
    }
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(host_table_at(table, put_numbered(i))->chain_len, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_table, free_table)
    const struct CMUnitTest tests[] = {
        TEST(a_host_is_entered_once),
        TEST(no_number_is_no_host),
        TEST(a_chain_is_kept_with_its_host),
        TEST(a_host_takes_over_a_chain_it_did_not_have_and_keeps_the_first),
        TEST(a_chain_longer_than_the_most_is_cut),
        TEST(the_longest_name_fits),
        TEST(an_old_number_never_gives_its_successor),
        TEST(a_host_in_use_stays_while_others_come_and_go),
        TEST(an_evicted_host_leaves_its_chain_behind_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
