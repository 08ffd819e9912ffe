/* test_worker_unconfirmed.c -- a name to which nobody answers is counted once: twelve seconds after it was said, or when its flow ends before. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/driven_worker.h"

#include "sensor/answers_due.h"
#include "tests/sensor/made_dns.h"

static void after(unsigned seconds)
{
    now_ns += seconds * NS_PER_S;
}

/* A hello on a connection that a SYN of the server's opened: its flow lasts ten minutes. */
static struct talk say_hello(void)
{
    struct talk t = connect_to(1, SERVER, 443);
    struct made_hello *h = hello_for("secure.adnxs.com", false);
    say(&t, h->bytes, h->n);
    return t;
}

/* So that a second goes by in the worker's eyes too. */
static void somebody_else_speaks(void)
{
    exchange(2, IP_PROTO_UDP, SERVER, 4433);
}

static void assert_unconfirmed(unsigned n)
{
    run();
    assert_int_equal(worker_counts(worker)->unconfirmed, n);
}

static void what_is_answered_in_time_is_confirmed(void **state)
{
    (void)state;
    struct talk t = say_hello();
    after(11);
    answer(&t, "\x16\x03\x03\0\x04\x02\0\0\0", 9);
    after(60);
    somebody_else_speaks();
    assert_unconfirmed(0);
}

/* The answer comes when it is counted already: so it was not its flow's end that counted it. */
static void what_is_not_answered_in_twelve_seconds_is_counted_then(void **state)
{
    (void)state;
    struct talk t = say_hello();
    after(13);
    somebody_else_speaks();
    answer(&t, "\x16\x03\x03\0\x04\x02\0\0\0", 9);
    assert_unconfirmed(1);
}

static void it_is_counted_once(void **state)
{
    (void)state;
    struct talk t = say_hello();
    for (int i = 0; i < 5; i++) {
        after(13);
        somebody_else_speaks();
        say(&t, "more", 4);
    }
    assert_unconfirmed(1);
}

static void a_lookup_that_waits_is_counted_too(void **state)
{
    (void)state;
    struct made_dns m;
    struct talk t = new_talk(1, IP_PROTO_UDP, "203.0.113.53", 53);
    dns_begin(&m, false, 0, "secure.adnxs.com", DNS_A);
    say(&t, m.bytes, m.n);
    after(13);
    somebody_else_speaks();
    dns_begin(&m, true, 0, "secure.adnxs.com", DNS_A);
    answer(&t, m.bytes, m.n);
    assert_unconfirmed(1);
}

static void what_ends_before_it_is_due_is_counted_at_its_end(void **state)
{
    (void)state;
    say_hello();
    after(2);
    somebody_else_speaks();
    assert_unconfirmed(1);
}

/* The same tuple again: the first flow was counted at its end, the second is awaited anew, and answered. */
static void one_on_the_same_tuple_is_not_taken_for_it(void **state)
{
    (void)state;
    struct talk t = say_hello();
    after(5);
    t.seq[1] = 90000;
    shake_hands(&t);
    struct made_hello *h = hello_for("secure.adnxs.com", false);
    say(&t, h->bytes, h->n);
    after(8); /* thirteen after the first */
    somebody_else_speaks();
    answer(&t, "\x16\x03\x03\0\x04\x02\0\0\0", 9);
    assert_unconfirmed(1);
}

/* More than are kept in mind: none is lost, none counted twice. */
static void a_flood_of_lookups_is_counted_to_the_last(void **state)
{
    (void)state;
    struct made_dns m;
    dns_begin(&m, false, 0, "secure.adnxs.com", DNS_A);
    struct talk t = new_talk(1, IP_PROTO_UDP, "203.0.113.53", 53);
    for (unsigned i = 0; i < ANSWERS_DUE_MOST + 1000; i++) {
        t.up.src_port = (uint16_t)(10000 + i);
        say(&t, m.bytes, m.n);
    }
    after(13);
    somebody_else_speaks();
    assert_unconfirmed(ANSWERS_DUE_MOST + 1000);
}

static void the_queue_gives_in_order_what_is_due(void **state)
{
    (void)state;
    struct answers_due *a = answers_due_new();
    struct answer_due due;
    assert_false(answers_due_take(a, UINT32_MAX, &due));
    for (uint32_t i = 0; i < ANSWERS_DUE_MOST + 5; i++)
        answers_due_add(a, i + 1, i, UINT32_MAX - 100 + i / 2); /* across the wrap of the clock */
    assert_false(answers_due_take(a, UINT32_MAX - 200, &due)); /* stepped back */
    assert_false(answers_due_take(a, UINT32_MAX - 101 + ANSWERS_DUE_MS, &due));
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(answers_due_take(a, UINT32_MAX - 99 + ANSWERS_DUE_MS, &due));
        assert_int_equal(due.flow, i + 1);
        assert_int_equal(due.first_ms, i);
    }
    uint32_t n = 3;
    while (answers_due_take(a, 40000, &due))
        n++;
    assert_int_equal(n, ANSWERS_DUE_MOST);
    answers_due_add(a, 7, 7, 7);
    answers_due_clear(a);
    assert_false(answers_due_take(a, 60000, &due));
    answers_due_free(a);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_answered_in_time_is_confirmed, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_answered_in_twelve_seconds_is_counted_then, begin, end),
        cmocka_unit_test_setup_teardown(it_is_counted_once, begin, end),
        cmocka_unit_test_setup_teardown(a_lookup_that_waits_is_counted_too, begin, end),
        cmocka_unit_test_setup_teardown(what_ends_before_it_is_due_is_counted_at_its_end, begin, end),
        cmocka_unit_test_setup_teardown(one_on_the_same_tuple_is_not_taken_for_it, begin, end),
        cmocka_unit_test_setup_teardown(a_flood_of_lookups_is_counted_to_the_last, begin, end),
        cmocka_unit_test(the_queue_gives_in_order_what_is_due),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
