/* test_queue.c -- the ring of batches, its three parts and its numbers. */
#include "common/clock.h"
#include "store/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct store_batch *batch_of(uint32_t contacts)
{
    struct store_batch *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    b->contacts = contacts;
    return b;
}

static void answer(struct store_queue *q, uint64_t now_ns)
{
    store_queue_at(q, q->unanswered++)->answered_ns = now_ns;
}

static void a_queue_is_full_of_batches_without_an_answer(void **state)
{
    (void)state;
    struct store_queue q;
    assert_true(store_queue_init(&q, 3));
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(store_queue_is_full(&q));
        store_queue_push(&q, batch_of(i));
    }
    assert_true(store_queue_is_full(&q));
    answer(&q, 1);
    assert_false(store_queue_is_full(&q));
    store_queue_fini(&q);
}

static void answered_batches_are_kept_five_seconds(void **state)
{
    (void)state;
    struct store_queue q;
    assert_true(store_queue_init(&q, 8));
    for (uint32_t i = 0; i < 3; i++)
        store_queue_push(&q, batch_of(10));
    answer(&q, 100 * NS_PER_S);
    answer(&q, 102 * NS_PER_S);
    store_queue_let_go(&q, 99 * NS_PER_S); /* a time from before the answer */
    store_queue_let_go(&q, 105 * NS_PER_S);
    assert_int_equal(q.oldest, 0);
    store_queue_let_go(&q, 106 * NS_PER_S);
    assert_int_equal(q.oldest, 1);
    assert_int_equal(q.contacts_let_go, 10);
    store_queue_let_go(&q, 1000 * NS_PER_S); /* never one without an answer */
    assert_int_equal(q.oldest, 2);
    store_queue_fini(&q);
}

static void new_batches_push_kept_ones_out_of_a_full_ring(void **state)
{
    (void)state;
    struct store_queue q;
    assert_true(store_queue_init(&q, 2));
    for (uint32_t i = 0; i < 100; i++) {
        store_queue_push(&q, batch_of(i));
        assert_int_equal(store_queue_at(&q, q.end - 1)->contacts, i);
        assert_int_equal(store_queue_sequence(&q, q.end - 1), i + 1);
        answer(&q, 1);
        assert_true(q.end - q.oldest <= 4);
    }
    assert_int_equal(q.oldest, 96);
    assert_int_equal(q.contacts_let_go, 95 * 96 / 2);
    store_queue_fini(&q);
}

static void a_new_incarnation_counts_from_one(void **state)
{
    (void)state;
    struct store_queue q;
    assert_true(store_queue_init(&q, 4));
    for (uint32_t i = 0; i < 4; i++)
        store_queue_push(&q, batch_of(7));
    answer(&q, 1);
    answer(&q, 20 * NS_PER_S);
    store_queue_let_go(&q, 20 * NS_PER_S);
    assert_int_equal(store_queue_sequence(&q, q.oldest), 2);
    store_queue_renumber(&q);
    assert_int_equal(store_queue_sequence(&q, q.oldest), 1);
    assert_int_equal(store_queue_sequence(&q, q.end - 1), 3);
    assert_int_equal(q.contacts_let_go, 0);
    store_queue_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_is_full_of_batches_without_an_answer),
        cmocka_unit_test(answered_batches_are_kept_five_seconds),
        cmocka_unit_test(new_batches_push_kept_ones_out_of_a_full_ring),
        cmocka_unit_test(a_new_incarnation_counts_from_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
