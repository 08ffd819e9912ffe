/* test_journal.c -- publishers that end in the middle, one after another, over a real Redis: each batch is applied once. */
#include "common/clock.h"
#include "common/log.h"
#include "store/batch_pack.h"
#include "store/spool.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define DAY     "telltale:{s}:day:2026-11-22"
#define DEVICES DAY ":devices"

static struct test_redis redis;
static char folder[96];
static unsigned made;
static struct store_writer *writer;

static int begin(void **state)
{
    (void)state;
    made = 0;
    if (!test_redis_prepare(&redis))
        return -1;
    snprintf(folder, sizeof(folder), "%s/spool", redis.directory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    store_writer_close(writer);
    writer = NULL;
    test_redis_remove(&redis);
    return 0;
}

static void open_writer(bool any_time)
{
    struct store_settings settings = {
        .socket = redis.socket, .installation = "s", .queue_batches = 64, .spool = folder, .spool_bytes = 1 << 20, .any_time = any_time};
    writer = store_writer_open(&settings);
    assert_non_null(writer);
}

/* As a kill -9 does: nothing is said to anybody, what is in memory is gone. */
static void die(void)
{
    store_writer_close(writer);
    writer = NULL;
}

static void contacts_at(unsigned n, uint64_t time_ns)
{
    while (n-- > 0) {
        struct store_contact c = {.time_ns = time_ns, .day = "2026-11-22", .device = "dev", .connections = 1};
        snprintf(c.tracker, sizeof(c.tracker), "t%u", made++);
        store_writer_contact(writer, &c);
    }
    store_writer_drain(writer, 0); /* closes the batch */
}

static void contacts(unsigned n)
{
    contacts_at(n, clock_wall_ns());
}

static void assert_all_once(void)
{
    char field[64];
    assert_true(store_writer_drain(writer, 10000));
    for (unsigned i = 0; i < made; i++) {
        snprintf(field, sizeof(field), "contacts:tracker:t%u", i);
        assert_int_equal(test_redis_number(&redis, "HGET", DAY, field, NULL), 1);
    }
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts", NULL), made);
    struct store_writer_counts n = store_writer_counts(writer);
    assert_int_equal(n.contacts_made, n.contacts_acknowledged + n.contacts_spooled + n.contacts_in_flight + n.contacts_refused);
    assert_int_equal(n.contacts_queued, 0);
}

static void what_several_publishers_left_is_delivered_once(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        open_writer(true);
        contacts(10);
        contacts(300);
        die();
    }
    assert_true(test_redis_restart(&redis));
    open_writer(true);
    assert_int_equal(store_writer_counts(writer).contacts_recovered, 5 * 310);
    contacts(7);
    assert_all_once();
    assert_int_equal(store_writer_counts(writer).contacts_lost, 0);
}

static void batches_that_were_applied_and_not_answered_are_not_applied_again(void **state)
{
    (void)state;
    assert_true(test_redis_restart(&redis));
    for (int i = 0; i < 5; i++) {
        open_writer(true);
        contacts(20);
        for (int turn = 0; turn < 3; turn++)
            store_writer_run(writer, 5);
        contacts(30);
        store_writer_run(writer, 0); /* offered; the answer is never read */
        die();
    }
    open_writer(true);
    assert_all_once();
}

static void a_redis_that_forgot_everything_gets_what_the_spool_has_once(void **state)
{
    (void)state;
    assert_true(test_redis_restart(&redis));
    open_writer(true);
    contacts(20);
    contacts(20);
    assert_true(store_writer_drain(writer, 5000));
    store_reply_free(test_redis_ask(&redis, "FLUSHALL", NULL));
    die();
    for (int i = 0; i < 3; i++) { /* each of them finds the same, and is not the first to rename it */
        open_writer(true);
        contacts(5);
        assert_all_once();
        die();
    }
    open_writer(true);
    assert_all_once();
}

/* The rename is on disk before the first batch goes out under the new name. */
static void a_rename_outlives_the_publisher_that_chose_it(void **state)
{
    (void)state;
    assert_true(test_redis_restart(&redis));
    open_writer(true);
    contacts(10);
    contacts(10);
    contacts(10);
    assert_true(store_writer_drain(writer, 5000));
    die();
    store_reply_free(test_redis_ask(&redis, "FLUSHALL", NULL));
    open_writer(true);
    uint64_t deadline_ns = clock_monotonic_ns() + 5 * NS_PER_S;
    while (test_redis_number(&redis, "EXISTS", DAY, NULL) == 0 && clock_monotonic_ns() < deadline_ns)
        store_writer_run(writer, 1);
    die();
    open_writer(true);
    assert_all_once();
}

static void what_waited_longer_than_two_days_is_told_without_its_device(void **state)
{
    (void)state;
    uint64_t now_ns = clock_wall_ns();
    open_writer(false);
    contacts_at(4, now_ns - 50 * 3600 * NS_PER_S);
    contacts_at(3, now_ns - 20 * 3600 * NS_PER_S);
    die();
    assert_true(test_redis_restart(&redis));
    open_writer(false);
    assert_all_once();
    assert_int_equal(test_redis_number(&redis, "HGET", DEVICES, "dev", NULL), 3);
}

static void the_next_publisher_knows_which_sightings_were_taken(void **state)
{
    (void)state;
    open_writer(true);
    store_writer_taken(writer, 77, 1);
    assert_int_equal(store_writer_safe(writer, 77), 1); /* nothing is open */
    contacts(1);
    store_writer_taken(writer, 77, 2);
    contacts(1); /* its batch covers what was taken before it was closed */
    assert_int_equal(store_writer_safe(writer, 77), 2);
    assert_int_equal(store_writer_safe(writer, 78), 0);
    die();
    open_writer(true);
    assert_true(store_writer_has_taken(writer, 77, 2));
    assert_false(store_writer_has_taken(writer, 77, 3));
    assert_false(store_writer_has_taken(writer, 78, 1));
}

static void a_sighting_in_the_open_batch_is_not_safe(void **state)
{
    (void)state;
    struct store_contact c = {.time_ns = clock_wall_ns(), .day = "2026-11-22", .connections = 1};
    open_writer(true);
    store_writer_contact(writer, &c);
    store_writer_taken(writer, 77, 1);
    assert_int_equal(store_writer_safe(writer, 77), 0);
    store_writer_drain(writer, 0);
    assert_int_equal(store_writer_safe(writer, 77), 1);
}

static void a_batch_survives_packing_and_no_cut_one_does(void **state)
{
    (void)state;
    struct store_draft *d = store_draft_new();
    struct store_contact c = {.time_ns = 1795345200 * NS_PER_S, .day = "2026-11-22", .device = "dev", .tracker = "t", .connections = 3};
    assert_true(store_draft_add(d, &c));
    c.hour = 5;
    assert_true(store_draft_add(d, &c));
    struct store_batch *b = store_draft_close(d);
    struct batch_head head = {.sequence = 4, .contacts_before = 9};
    size_t n = batch_packed_size(b);
    uint8_t *bytes = malloc(n);
    batch_pack(b, &head, bytes);
    struct store_batch *again = batch_unpack(bytes, n);
    assert_non_null(again);
    assert_int_equal(again->contacts, 2);
    assert_int_equal(again->moments, 2);
    assert_int_equal(again->descriptions, 1);
    assert_memory_equal(again->lengths, b->lengths, b->arguments * sizeof(uint16_t));
    assert_memory_equal(again->bytes, b->bytes, b->size);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *part = malloc(cut ? cut : 1); /* of exactly its size */
        memcpy(part, bytes, cut);
        assert_null(batch_unpack(part, cut));
        free(part);
    }
    free(again);
    free(bytes);
    free(b);
    store_draft_free(d);
}

int main(void)
{
    log_init("t", LOG_LEVEL_ERROR);
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(what_several_publishers_left_is_delivered_once),
        CASE(batches_that_were_applied_and_not_answered_are_not_applied_again),
        CASE(a_redis_that_forgot_everything_gets_what_the_spool_has_once),
        CASE(a_rename_outlives_the_publisher_that_chose_it),
        CASE(what_waited_longer_than_two_days_is_told_without_its_device),
        CASE(the_next_publisher_knows_which_sightings_were_taken),
        CASE(a_sighting_in_the_open_batch_is_not_safe),
        CASE(a_batch_survives_packing_and_no_cut_one_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
