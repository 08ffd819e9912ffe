/* test_hello_pool.c -- a few places for many hellos: who has to go, and that he is told. */
#include "sensor/hello_pool.h"

#include "sensor/flow_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define SLOTS 4

static struct flow flows[100];
static struct flow *evicted;
static unsigned evictions;
static struct hello_pool *pool;

static void on_evict(void *context, struct flow *owner)
{
    assert_ptr_equal(context, &pool);
    evicted = owner;
    evictions++;
}

static int new_pool(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
        flows[i] = (struct flow){.hello = NO_INDEX};
    evicted = NULL;
    evictions = 0;
    pool = hello_pool_new(SLOTS, on_evict, &pool);
    return pool ? 0 : -1;
}

static int free_pool(void **state)
{
    (void)state;
    hello_pool_free(pool);
    hello_pool_free(NULL);
    return 0;
}

static void take(unsigned flow)
{
    flows[flow].hello = hello_pool_take(pool, &flows[flow]);
    assert_true(flows[flow].hello < SLOTS);
}

static void every_slot_is_given_out_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SLOTS; i++) {
        take(i);
        assert_int_equal(hello_pool_used(pool), i + 1);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(flows[i].hello, flows[j].hello);
    }
    assert_int_equal(evictions, 0);
}

static void the_flow_whose_slot_was_used_longest_ago_loses_it_and_is_told(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SLOTS; i++)
        take(i);
    hello_pool_at(pool, flows[0].hello); /* in use again: now flow 1 is the oldest */
    uint32_t slot = flows[1].hello;
    take(10);
    assert_ptr_equal(evicted, &flows[1]);
    assert_int_equal(flows[1].hello, NO_INDEX);
    assert_int_equal(flows[10].hello, slot);
    assert_int_equal(hello_pool_used(pool), SLOTS);
    take(11);
    assert_ptr_equal(evicted, &flows[2]);
    assert_int_equal(evictions, 2);
}

static void a_slot_given_back_is_used_before_any_flow_loses_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SLOTS; i++)
        take(i);
    uint32_t slot = flows[3].hello; /* the newest */
    hello_pool_give_back(pool, slot);
    flows[3].hello = NO_INDEX;
    assert_int_equal(hello_pool_used(pool), SLOTS - 1);
    take(4);
    assert_int_equal(flows[4].hello, slot);
    assert_int_equal(evictions, 0);
    hello_pool_give_back(pool, NO_INDEX);
    assert_int_equal(hello_pool_used(pool), SLOTS);
}

static void a_slot_is_clean_when_it_is_taken(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3 * SLOTS; round++) {
        take(round);
        struct hello_slot *s = hello_pool_at(pool, flows[round].hello);
        assert_true(s->stream.contiguous == 0 && s->stream.highest == 0 && !s->stream.overflow);
        assert_true(s->need == 0 && s->first_dcid.len == 0 && !s->from_src);
        for (unsigned i = 0; i < REASSEMBLY_BYTES / 64; i++)
            assert_true(s->stream.have[i] == 0);
        reassembly_put(&s->stream, 5, (const uint8_t *)"left behind", 11);
        reassembly_put(&s->stream, REASSEMBLY_BYTES - 4, (const uint8_t *)"beyond", 6);
        s->need = 99;
        s->from_src = true;
        s->first_dcid.len = 8;
    }
}

/* A list of last uses says who must go, through any sequence of calls. */
static void a_random_run_agrees_with_a_plain_list(void **state)
{
    (void)state;
    unsigned holders[SLOTS], held = 0, random = 20261122; /* the longest unused first */
    for (unsigned step = 0; step < 20000; step++) {
        random = random * 1103515245 + 12345;
        unsigned choice = random >> 16 & 3, flow = (random >> 18) % 100;
        unsigned at = 0;
        while (at < held && holders[at] != flow)
            at++;
        if (at == held && choice < 2) {
            unsigned before = evictions, victim = holders[0];
            take(flow);
            assert_int_equal(evictions - before, held == SLOTS);
            if (held == SLOTS) {
                assert_ptr_equal(evicted, &flows[victim]);
                memmove(holders, holders + 1, --held * sizeof(holders[0]));
            }
            holders[held++] = flow;
        } else if (at < held) {
            memmove(holders + at, holders + at + 1, (held - at - 1) * sizeof(holders[0]));
            if (choice == 2) {
                hello_pool_give_back(pool, flows[flow].hello);
                flows[flow].hello = NO_INDEX;
                held--;
            } else {
                hello_pool_at(pool, flows[flow].hello);
                holders[held - 1] = flow;
            }
        }
        assert_int_equal(hello_pool_used(pool), held);
    }
    assert_true(evictions > 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_pool, free_pool)
    const struct CMUnitTest tests[] = {
        TEST(every_slot_is_given_out_once),
        TEST(the_flow_whose_slot_was_used_longest_ago_loses_it_and_is_told),
        TEST(a_slot_given_back_is_used_before_any_flow_loses_one),
        TEST(a_slot_is_clean_when_it_is_taken),
        TEST(a_random_run_agrees_with_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
