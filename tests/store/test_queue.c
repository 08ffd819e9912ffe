/* test_queue.c -- the ring of batches, its three parts and its numbers. */
#include "common/clock.h"
#include "store/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void push(struct store_queue *q, uint32_t contacts)
{
    struct store_batch *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    assert_true(store_queue_push(q, &(struct store_entry){.batch = b, .contacts = contacts}));
}

static void begin(struct store_queue *q, uint32_t limit)
{
    assert_true(store_queue_init(q, limit));
    assert_true(store_queue_begin_run(q, "0a", 1, 0));
}

static void answer(struct store_queue *q, uint64_t now_ns)
{
    store_queue_at(q, q->unanswered++)->answered_ns = now_ns;
}

static void a_queue_is_full_of_batches_without_an_answer(void **state)
{
    (void)state;
    struct store_queue q;
    begin(&q, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(store_queue_is_full(&q));
        push(&q, i);
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
    begin(&q, 8);
    for (uint32_t i = 0; i < 3; i++)
        push(&q, 10);
    answer(&q, 100 * NS_PER_S);
    answer(&q, 102 * NS_PER_S);
    store_queue_let_go(&q, 99 * NS_PER_S); /* a time from before the answer */
    store_queue_let_go(&q, 105 * NS_PER_S);
    assert_int_equal(q.oldest, 0);
    store_queue_let_go(&q, 106 * NS_PER_S);
    assert_int_equal(q.oldest, 1);
    assert_int_equal(q.runs[0].contacts_let_go, 10);
    store_queue_let_go(&q, 1000 * NS_PER_S); /* never one without an answer */
    assert_int_equal(q.oldest, 2);
    store_queue_fini(&q);
}

static void new_batches_push_kept_ones_out_of_a_full_ring(void **state)
{
    (void)state;
    struct store_queue q;
    begin(&q, 2);
    for (uint32_t i = 0; i < 100; i++) {
        push(&q, i);
        assert_int_equal(store_queue_at(&q, q.end - 1)->contacts, i);
        assert_int_equal(store_queue_sequence(&q, q.end - 1), i + 1);
        answer(&q, 1);
        assert_true(q.end - q.oldest <= 4);
    }
    assert_int_equal(q.oldest, 96);
    assert_int_equal(q.runs[0].contacts_let_go, 95 * 96 / 2);
    store_queue_fini(&q);
}

static void a_new_incarnation_counts_from_one(void **state)
{
    (void)state;
    struct store_queue q;
    begin(&q, 4);
    for (uint32_t i = 0; i < 4; i++)
        push(&q, 7);
    answer(&q, 1);
    answer(&q, 20 * NS_PER_S);
    store_queue_let_go(&q, 20 * NS_PER_S);
    assert_int_equal(store_queue_sequence(&q, q.oldest), 2);
    store_queue_rename(&q, &q.runs[0], "0b");
    assert_string_equal(q.runs[0].incarnation, "0b");
    assert_int_equal(store_queue_sequence(&q, q.oldest), 1);
    assert_int_equal(store_queue_sequence(&q, q.end - 1), 3);
    assert_int_equal(q.runs[0].contacts_let_go, 0);
    store_queue_fini(&q);
}

static void each_run_counts_for_itself_and_is_forgotten_with_its_last_entry(void **state)
{
    (void)state;
    struct store_queue q;
    assert_true(store_queue_init(&q, 100));
    assert_true(store_queue_begin_run(&q, "0a", 40, 9));
    push(&q, 1);
    push(&q, 2);
    assert_true(store_queue_begin_run(&q, "0b", 1, 0));
    push(&q, 4);
    assert_int_equal(store_queue_sequence(&q, 0), 40);
    assert_int_equal(store_queue_sequence(&q, 1), 41);
    assert_int_equal(store_queue_sequence(&q, 2), 1);
    assert_int_equal(store_queue_run_end(&q, &q.runs[0]), 2);
    assert_int_equal(store_queue_run_end(&q, &q.runs[1]), 3);
    answer(&q, 1);
    store_queue_let_go(&q, 20 * NS_PER_S);
    assert_int_equal(q.run_count, 2);
    assert_int_equal(q.runs[0].contacts_let_go, 10);
    store_queue_rename(&q, &q.runs[0], "0c");
    assert_int_equal(store_queue_sequence(&q, 1), 1);
    answer(&q, 1);
    answer(&q, 1);
    store_queue_let_go(&q, 20 * NS_PER_S);
    assert_int_equal(q.run_count, 1);
    assert_string_equal(store_queue_run_of(&q, q.end)->incarnation, "0b");
    assert_int_equal(q.runs[0].contacts_let_go, 4);
    store_queue_fini(&q);
}

static void the_ring_grows_and_keeps_its_order(void **state)
{
    (void)state;
    struct store_queue q;
    begin(&q, 1000);
    for (uint32_t i = 0; i < 30; i++) {
        push(&q, i);
        answer(&q, 1);
    }
    store_queue_let_go(&q, 20 * NS_PER_S); /* so that the ring does not begin at its first slot */
    for (uint32_t i = 0; i < 1000; i++)
        push(&q, i);
    assert_true(store_queue_is_full(&q));
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(store_queue_at(&q, 30 + i)->contacts, i);
    store_queue_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_is_full_of_batches_without_an_answer),
        cmocka_unit_test(answered_batches_are_kept_five_seconds),
        cmocka_unit_test(new_batches_push_kept_ones_out_of_a_full_ring),
        cmocka_unit_test(a_new_incarnation_counts_from_one),
        cmocka_unit_test(each_run_counts_for_itself_and_is_forgotten_with_its_last_entry),
        cmocka_unit_test(the_ring_grows_and_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
