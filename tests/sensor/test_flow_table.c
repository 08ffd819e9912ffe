/* test_flow_table.c -- which packets are one flow, and when a flow is over. */
#include "sensor/flow_table.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/sensor/made_packet.h"

#define MINUTE 60000u

/* What on_end() was told. */
static struct {
    unsigned count, by_reason[FLOW_END_FINISH + 1];
    struct flow last;
} ended;

static void on_end(void *context, struct flow *f, enum flow_end_reason why)
{
    assert_ptr_equal(context, &ended);
    ended.count++;
    ended.by_reason[why]++;
    ended.last = *f;
}

static struct flow_table *table;

static int new_table(void **state)
{
    (void)state;
    memset(&ended, 0, sizeof(ended));
    table = flow_table_new(1, on_end, &ended); /* the smallest: 16 sets */
    return table ? 0 : -1;
}

static int free_table(void **state)
{
    (void)state;
    flow_table_free(table);
    flow_table_free(NULL);
    return 0;
}

static struct packet from_port(uint8_t proto, uint16_t port)
{
    return made_packet(proto, "192.168.1.20", port, "198.51.100.7", 443);
}

static struct flow *get(const struct packet *p, uint32_t now_ms, bool expect_new)
{
    bool is_new;
    struct flow *f = flow_table_get(table, p, flow_table_id(table, p), now_ms, &is_new);
    assert_non_null(f);
    assert_int_equal(is_new, expect_new);
    return f;
}

/* A flow that was answered and last seen at that time. */
static struct flow *answered(const struct packet *p, uint32_t now_ms)
{
    struct flow *f = get(p, now_ms, true);
    f->flags |= FLOW_ANSWERED;
    return f;
}

static void sweep(uint32_t now_ms)
{
    flow_table_sweep(table, now_ms, flow_table_sets(table));
}

static void a_new_flow_knows_nothing_but_its_time_and_protocol(void **state)
{
    (void)state;
    struct packet p = from_port(IP_PROTO_UDP, 50000);
    struct flow *f = get(&p, 1234, true);
    assert_int_equal(f->first_ms, 1234);
    assert_int_equal(f->last_ms, 1234);
    assert_int_equal(f->proto, IP_PROTO_UDP);
    assert_int_equal(f->flags, 0);
    assert_true(f->bytes_up == 0 && f->bytes_down == 0);
    assert_true(f->device == NO_INDEX && f->contact == NO_INDEX && f->hello == NO_INDEX && f->inspection == NO_INDEX &&
                f->by_address == NO_INDEX);
    assert_int_equal(f->application, UINT16_MAX);
    assert_int_equal(flow_table_used(table), 1);
}

static void both_directions_are_one_flow(void **state)
{
    (void)state;
    static const char *const ends[][2] = {{"192.168.1.20", "198.51.100.7"},
                                          {"198.51.100.7", "192.168.1.20"},
                                          {"2001:db8::1", "2001:db8::2"},
                                          {"10.0.0.1", "10.0.0.1"}};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct packet p = made_packet(IP_PROTO_TCP, ends[i][0], 50000, ends[i][1], 443), back = made_answer(&p);
        struct flow *f = get(&p, 0, true);
        assert_ptr_equal(get(&back, 0, false), f);
        assert_ptr_equal(get(&p, 0, false), f);
    }
    assert_int_equal(flow_table_used(table), 4);
}

static void another_port_address_or_protocol_is_another_flow(void **state)
{
    (void)state;
    struct packet p = from_port(IP_PROTO_TCP, 50000);
    struct flow *f = get(&p, 0, true);
    struct packet others[] = {from_port(IP_PROTO_TCP, 50001), from_port(IP_PROTO_UDP, 50000), p, p, p};
    others[2].dst = made_address("198.51.100.8");
    others[3].src = made_address("192.168.1.21");
    others[4].src_port = 443; /* the ports crossed over are not the other direction */
    others[4].dst_port = 50000;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_ptr_not_equal(get(&others[i], 0, true), f);
}

static void a_restarted_flow_ends_and_begins_anew_in_its_place(void **state)
{
    (void)state;
    struct packet p = from_port(IP_PROTO_TCP, 50000);
    struct flow *f = answered(&p, 100);
    f->bytes_up = 77;
    flow_table_restart(table, f, 5000);
    assert_int_equal(ended.by_reason[FLOW_END_REPLACED], 1);
    assert_true(ended.last.bytes_up == 77);
    assert_ptr_equal(get(&p, 5000, false), f);
    assert_true(f->bytes_up == 0 && f->flags == 0 && f->first_ms == 5000 && f->proto == IP_PROTO_TCP);
    assert_int_equal(flow_table_used(table), 1);
}

/* Each kind of flow stays through its limit and is swept after it. */
static void a_flow_is_forgotten_when_it_was_idle_too_long_for_its_kind(void **state)
{
    (void)state;
    static const struct {
        uint8_t proto;
        uint16_t flags;
        uint32_t stays_ms, goes_ms;
        enum flow_end_reason why;
    } kinds[] = {
        {IP_PROTO_TCP, FLOW_ANSWERED, 10 * MINUTE - 1, 10 * MINUTE, FLOW_END_IDLE},
        {IP_PROTO_UDP, FLOW_ANSWERED, 3 * MINUTE - 1, 3 * MINUTE, FLOW_END_IDLE},
        {IP_PROTO_TCP, 0, 19999, 20000, FLOW_END_IDLE},
        {IP_PROTO_UDP, 0, 19999, 20000, FLOW_END_IDLE},
        {IP_PROTO_TCP, FLOW_ANSWERED | FLOW_CLOSED, 4999, 2 * MINUTE, FLOW_END_CLOSED},
    };
    for (uint16_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct packet p = from_port(kinds[i].proto, (uint16_t)(50000 + i));
        get(&p, 1000, true)->flags = kinds[i].flags;
        unsigned before = ended.count;
        sweep(1000 + kinds[i].stays_ms);
        assert_int_equal(ended.count, before);
        sweep(1000 + kinds[i].goes_ms);
        assert_int_equal(ended.count, before + 1);
        assert_int_equal(ended.last.flags, kinds[i].flags);
        assert_true(ended.by_reason[kinds[i].why] > 0);
        assert_int_equal(flow_table_used(table), 0);
    }
}

static void a_packet_after_the_limit_begins_another_flow(void **state)
{
    (void)state;
    struct packet p = from_port(IP_PROTO_UDP, 50000);
    answered(&p, 0)->bytes_up = 5;
    struct flow *f = get(&p, 3 * MINUTE, true); /* nobody swept in between */
    assert_int_equal(ended.by_reason[FLOW_END_IDLE], 1);
    assert_true(ended.last.bytes_up == 5 && f->bytes_up == 0);
    assert_int_equal(flow_table_used(table), 1);
}

/* 16 sets of 8 places hold 128 flows; every further one takes another's place. */
static void a_full_table_still_takes_every_new_flow(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        struct packet p = from_port(IP_PROTO_TCP, (uint16_t)(10000 + i));
        answered(&p, 1000 + i / 100);
        assert_int_equal(flow_table_used(table) + ended.count, i + 1);
    }
    assert_true(flow_table_used(table) <= 128 && flow_table_used(table) > 100);
    assert_int_equal(ended.by_reason[FLOW_END_PUSHED_OUT], ended.count);
}

/* A flood of packets that nobody answers, whatever its pace, takes no answered flow's place. */
static void an_unanswered_flow_is_pushed_out_before_any_answered_one(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 12; i++) { /* so few that they fill no set */
        struct packet p = from_port(IP_PROTO_TCP, (uint16_t)(50000 + i));
        answered(&p, 1000);
    }
    for (uint32_t i = 0; i < 20000; i++) {
        struct packet p = made_packet(IP_PROTO_TCP, "203.0.113.9", (uint16_t)(1024 + i), "192.168.1.20", 80);
        get(&p, 1000 + i * 9 * MINUTE / 20000, true);
        if (ended.count > 0 && (ended.last.flags & FLOW_ANSWERED))
            fail_msg("after %u packets of a flood an answered flow was pushed out", i);
    }
    for (uint16_t i = 0; i < 12; i++) {
        struct packet p = from_port(IP_PROTO_TCP, (uint16_t)(50000 + i));
        get(&p, 1000 + 9 * MINUTE, false);
    }
}

/* The server's answer to a hello is on its way, while SYNs pour in: who said something is not taken for one of them. */
static void a_lone_syn_is_pushed_out_before_a_flow_that_said_something(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 12; i++) {
        struct packet p = from_port(IP_PROTO_UDP, (uint16_t)(50000 + i));
        get(&p, 1000, true)->payloads = 1;
    }
    for (uint32_t i = 0; i < 20000; i++) {
        struct packet p = made_packet(IP_PROTO_TCP, "203.0.113.9", (uint16_t)(1024 + i), "192.168.1.20", 80);
        get(&p, 1000 + i / 2000, true);
        if (ended.count > 0 && ended.last.payloads > 0)
            fail_msg("after %u packets of a flood a flow that had said something was pushed out", i);
    }
}

/* Flows of one set lie side by side, and the first one of a table is the first of its set. */
static bool same_set(const struct flow *a, const struct flow *b, const struct flow *first)
{
    ptrdiff_t x = a - first, y = b - first;
    return (x + 1000 * FLOW_WAYS) / FLOW_WAYS == (y + 1000 * FLOW_WAYS) / FLOW_WAYS;
}

static void of_answered_flows_the_one_idle_longest_goes_first(void **state)
{
    (void)state;
    struct flow *flows[129], *first = NULL;
    uint32_t n = 0, seen_ms[129];
    for (uint16_t port = 10000; ended.count == 0; port++, n++) { /* until one set is full */
        struct packet p = from_port(IP_PROTO_TCP, port);
        seen_ms[n] = 1000 + port * 7919u % 1000 * 100; /* in no order */
        flows[n] = answered(&p, 101000);
        flows[n]->last_ms = seen_ms[n];
        first = first ? first : flows[n];
    }
    unsigned together = 0;
    for (uint32_t i = 0; i + 1 < n; i++)
        if (same_set(flows[i], flows[n - 1], first)) {
            together++;
            assert_true(seen_ms[i] >= ended.last.last_ms);
        }
    assert_int_equal(together, FLOW_WAYS);
    assert_int_equal(ended.by_reason[FLOW_END_PUSHED_OUT], 1);
}

static void finishing_ends_every_flow_once(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 30; i++) {
        struct packet p = from_port(IP_PROTO_TCP, (uint16_t)(50000 + i));
        get(&p, 0, true);
    }
    unsigned pushed_out = ended.count;
    flow_table_finish(table);
    assert_int_equal(ended.by_reason[FLOW_END_FINISH], 30 - pushed_out);
    assert_int_equal(flow_table_used(table), 0);
    flow_table_finish(table);
    assert_int_equal(ended.count, 30);
}

/* Frames of two queues of a network card are not in perfect order: a step back is no age of 49 days. */
static void time_stepping_back_forgets_nothing(void **state)
{
    (void)state;
    struct packet p = from_port(IP_PROTO_TCP, 50000);
    struct flow *f = get(&p, 10000, true);
    assert_ptr_equal(get(&p, 9000, false), f);
    assert_ptr_equal(get(&p, 0, false), f);
    sweep(0);
    sweep((uint32_t)-5);
    assert_int_equal(ended.count, 0);
}

/* Times are 32 bits of milliseconds and wrap after 49 days. */
static void the_wrap_of_the_clock_is_no_step(void **state)
{
    (void)state;
    struct packet p = from_port(IP_PROTO_TCP, 50000);
    struct flow *f = answered(&p, UINT32_MAX - 1000);
    assert_ptr_equal(get(&p, 2000, false), f);
    sweep(2000);
    assert_int_equal(ended.count, 0);
    sweep(10 * MINUTE);
    assert_int_equal(ended.by_reason[FLOW_END_IDLE], 1);
}

static void a_sweep_in_small_steps_reaches_every_set(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 60; i++) {
        struct packet p = from_port(IP_PROTO_TCP, (uint16_t)(50000 + i));
        get(&p, 0, true);
    }
    for (uint32_t i = 0; i < flow_table_sets(table); i++)
        flow_table_sweep(table, MINUTE, 1);
    assert_int_equal(flow_table_used(table), 0);
    assert_int_equal(ended.count, 60);
}

/* Six hundred flows go through a table of 128 places; the sum of what was pushed out tells the keys apart. */
static uint32_t fate_under(const char *seed)
{
    uint32_t fate = 0;
    flow_table_free(table);
    table = flow_table_new(1, on_end, &ended);
    assert_non_null(table);
    flow_table_seed(table, seed, strlen(seed));
    for (uint16_t i = 0; i < 600; i++) {
        struct packet p = from_port(IP_PROTO_TCP, (uint16_t)(40000 + i));
        unsigned before = ended.count;
        get(&p, i, true);
        if (ended.count > before)
            fate = fate * 31 + i * 7 + ended.last.first_ms;
    }
    return fate;
}

static void the_same_seed_gives_flows_the_same_fate(void **state)
{
    (void)state;
    uint32_t fate = fate_under("a first packet");
    assert_int_not_equal(fate, 0);
    assert_int_equal(fate_under("a first packet"), fate);
    assert_int_not_equal(fate_under("another"), fate);
}

#define COLLIDING 256u

static struct flow_table *large_table(void)
{
    struct flow_table *t = flow_table_new(4096, on_end, &ended); /* 512 sets of eight */
    assert_non_null(t);
    assert_int_equal(flow_table_sets(t), 512);
    return t;
}

/* How many of these the table has when all have come. */
static uint32_t kept_of(struct flow_table *t, const struct packet *packets)
{
    for (uint32_t i = 0; i < COLLIDING; i++) {
        bool is_new;
        flow_table_get(t, &packets[i], flow_table_id(t, &packets[i]), i, &is_new);
        assert_true(is_new);
    }
    return flow_table_used(t);
}

/* What somebody can do who knows the key (or the hash, where there is none): he looks for connections that all fall into one set, and eight of them are
 * all that the table can hold. Under a key that he does not know the same ones are anywhere. */
static void tuples_that_collide_under_a_known_key_are_spread_by_a_secret_one(void **state)
{
    (void)state;
    static struct packet aimed[COLLIDING];
    struct flow_table *known = large_table(), *secret = large_table();
    uint32_t n = 0;
    flow_table_seed(known, "everybody knows", 15);
    for (uint32_t i = 0; n < COLLIDING; i++) {
        struct packet p = from_port(IP_PROTO_TCP, (uint16_t)(1024 + i % 60000));
        p.dst.bytes[15] = (uint8_t)(i / 60000);
        if ((flow_table_id(known, &p) & 511) == 7)
            aimed[n++] = p;
    }
    assert_int_equal(kept_of(known, aimed), FLOW_WAYS);
    assert_int_equal(kept_of(secret, aimed), COLLIDING); /* half a flow a set: nine in one happen once in a million tables */
    flow_table_free(known);
    flow_table_free(secret);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_table, free_table)
    const struct CMUnitTest tests[] = {
        TEST(a_new_flow_knows_nothing_but_its_time_and_protocol),
        TEST(both_directions_are_one_flow),
        TEST(another_port_address_or_protocol_is_another_flow),
        TEST(a_restarted_flow_ends_and_begins_anew_in_its_place),
        TEST(a_flow_is_forgotten_when_it_was_idle_too_long_for_its_kind),
        TEST(a_packet_after_the_limit_begins_another_flow),
        TEST(a_full_table_still_takes_every_new_flow),
        TEST(an_unanswered_flow_is_pushed_out_before_any_answered_one),
        TEST(a_lone_syn_is_pushed_out_before_a_flow_that_said_something),
        TEST(of_answered_flows_the_one_idle_longest_goes_first),
        TEST(finishing_ends_every_flow_once),
        TEST(time_stepping_back_forgets_nothing),
        TEST(the_wrap_of_the_clock_is_no_step),
        TEST(a_sweep_in_small_steps_reaches_every_set),
        TEST(the_same_seed_gives_flows_the_same_fate),
        TEST(tuples_that_collide_under_a_known_key_are_spread_by_a_secret_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
