/* test_faults.c -- Redis is killed, stuck, full, emptied, occupied, or not there; every contact still counts once.
 *
 * Each contact of a test has a tracker of its own, so that the day's counters show each one: missing, 1, or twice.
 */
#include "common/clock.h"
#include "store/batch.h"
#include "store/schema.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define ALERTS "telltale:{s}:alerts"
#define DAY    "telltale:{s}:day:2026-11-22"

struct fault {
    struct test_redis redis;
    struct store_writer *writer;
    unsigned made;
};

static struct store_writer *writer_on(const char *socket, uint32_t queue_batches)
{
    struct store_settings settings = {.socket = socket, .installation = "s", .queue_batches = queue_batches};
    struct store_writer *w = store_writer_open(&settings);
    assert_non_null(w);
    return w;
}

static int begin(void **state)
{
    struct fault *f = calloc(1, sizeof(*f));
    *state = f;
    if (!f || !test_redis_prepare(&f->redis))
        return -1;
    f->writer = writer_on(f->redis.socket, 64);
    return 0;
}

static int end(void **state)
{
    struct fault *f = *state;
    store_writer_close(f->writer);
    test_redis_remove(&f->redis);
    free(f);
    return 0;
}

static void contact(struct fault *f)
{
    struct store_contact c = {.time_ns = clock_wall_ns(), .day = "2026-11-22", .device = "dev", .connections = 1};
    snprintf(c.tracker, sizeof(c.tracker), "t%u", f->made++);
    store_writer_contact(f->writer, &c);
}

static void contacts(struct fault *f, unsigned n)
{
    while (n-- > 0)
        contact(f);
}

static void run_for(struct fault *f, unsigned ms)
{
    uint64_t until_ns = clock_monotonic_ns() + ms * NS_PER_MS;
    while (clock_monotonic_ns() < until_ns)
        store_writer_run(f->writer, 10);
}

static void run_until_connected(struct fault *f)
{
    uint64_t start_ns = clock_monotonic_ns();
    do {
        store_writer_run(f->writer, 10);
        assert_true(clock_monotonic_ns() - start_ns < 10 * NS_PER_S);
    } while (!store_writer_counts(f->writer).connected);
}

static void assert_identity(struct fault *f)
{
    struct store_writer_counts c = store_writer_counts(f->writer);
    assert_int_equal(c.contacts_made, f->made);
    assert_int_equal(c.contacts_made, c.contacts_acknowledged + c.contacts_queued + c.contacts_refused);
}

/* Contacts first .. last - 1 are there, each once, in every place. */
static void assert_each_once(struct fault *f, unsigned first, unsigned last)
{
    char field[64];
    for (unsigned i = first; i < last; i++) {
        snprintf(field, sizeof(field), "contacts:tracker:t%u", i);
        assert_int_equal(test_redis_number(&f->redis, "HGET", DAY, field, NULL), 1);
    }
    assert_int_equal(test_redis_number(&f->redis, "HGET", DAY, "contacts", NULL), last - first);
    assert_int_equal(test_redis_number(&f->redis, "HGET", DAY ":devices", "dev", NULL), last - first);
    assert_int_equal(test_redis_number(&f->redis, "XLEN", ALERTS, NULL), last - first);
}

static void assert_all_acknowledged_once(struct fault *f)
{
    assert_true(store_writer_drain(f->writer, 20000));
    assert_identity(f);
    assert_int_equal(store_writer_counts(f->writer).contacts_acknowledged, f->made);
    assert_int_equal(store_writer_counts(f->writer).contacts_lost, 0);
    assert_each_once(f, 0, f->made);
}

static void redis_that_appears_later_gets_everything(void **state)
{
    struct fault *f = *state;
    contacts(f, 700);
    run_for(f, 400);
    assert_false(store_writer_counts(f->writer).connected);
    assert_int_equal(store_writer_counts(f->writer).contacts_queued, 700);
    assert_identity(f);
    assert_true(test_redis_restart(&f->redis));
    assert_all_acknowledged_once(f);
}

static void killed_redis_loses_and_doubles_nothing(void **state)
{
    struct fault *f = *state;
    assert_true(test_redis_restart(&f->redis));
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 40; i++) {
            contacts(f, 50);
            store_writer_run(f->writer, i % 3);
        }
        test_redis_kill(&f->redis); /* while batches are on the way */
        contacts(f, 100);
        run_for(f, 150);
        assert_identity(f);
        assert_true(test_redis_restart(&f->redis));
        run_until_connected(f);
    }
    assert_all_acknowledged_once(f);
    assert_true(store_writer_counts(f->writer).reconnects >= 5);
}

static void a_batch_whose_answer_was_lost_is_applied_once(void **state)
{
    struct fault *f = *state;
    assert_true(test_redis_restart(&f->redis));
    contact(f);
    assert_true(store_writer_drain(f->writer, 5000));
    test_redis_pause(&f->redis);
    contacts(f, 300);
    run_for(f, 1500); /* the bytes are in the socket; the writer gives the connection up, and the next ones too */
    assert_false(store_writer_counts(f->writer).connected);
    test_redis_resume(&f->redis);
    assert_all_acknowledged_once(f);
}

static void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t n;
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        assert_int_equal(fwrite(buffer, 1, n, out), n);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* What a kill at the wrong moment does with `everysec`: the end of the file was never written. */
static void acknowledged_batches_that_redis_forgot_are_offered_again(void **state)
{
    struct fault *f = *state;
    char live[128], saved[128];
    assert_true(test_redis_restart(&f->redis));
    snprintf(live, sizeof(live), "%s/appendonlydir/appendonly.aof.1.incr.aof", f->redis.directory);
    snprintf(saved, sizeof(saved), "%s/saved", f->redis.directory);
    contacts(f, 10);
    assert_true(store_writer_drain(f->writer, 5000));
    copy_file(live, saved);
    contacts(f, 20);
    assert_true(store_writer_drain(f->writer, 5000));
    contacts(f, 30);
    assert_true(store_writer_drain(f->writer, 5000));
    test_redis_kill(&f->redis);
    copy_file(saved, live);
    run_for(f, 5500); /* however long Redis stays away, what it may have forgotten is kept */
    assert_true(test_redis_restart(&f->redis));
    contact(f);
    assert_all_acknowledged_once(f);
    assert_true(store_writer_counts(f->writer).batches_repeated >= 2); /* more where a slow machine made more batches */
}

static void an_emptied_redis_is_counted_and_gets_the_rest(void **state)
{
    struct fault *f = *state;
    assert_true(test_redis_restart(&f->redis));
    contacts(f, 10);
    assert_true(store_writer_drain(f->writer, 5000));
    run_for(f, 5500);
    contact(f); /* lets the ten go: their five seconds are over */
    assert_true(store_writer_drain(f->writer, 5000));
    store_reply_free(test_redis_ask(&f->redis, "FLUSHALL", NULL));
    test_redis_stop(&f->redis);
    contacts(f, 5);
    run_for(f, 150);
    assert_true(test_redis_restart(&f->redis));
    assert_true(store_writer_drain(f->writer, 20000));
    assert_identity(f);
    assert_int_equal(store_writer_counts(f->writer).contacts_lost, 10);
    assert_int_equal(store_writer_counts(f->writer).contacts_acknowledged, 16);
    assert_each_once(f, 10, 16); /* the eleventh was still kept */
}

static void a_server_that_never_answers_is_given_up_after_half_a_second(void **state)
{
    struct fault *f = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, f->redis.socket, strlen(f->redis.socket) + 1);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 8), 0);
    contacts(f, 3);
    uint64_t start_ns = clock_monotonic_ns(), accepted_ns[2] = {0};
    int fds[2], accepted = 0;
    while (accepted < 2 && clock_monotonic_ns() - start_ns < 5 * NS_PER_S) {
        uint64_t before_ns = clock_monotonic_ns();
        store_writer_run(f->writer, 20);
        assert_true(clock_monotonic_ns() - before_ns < 300 * NS_PER_MS);
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            accepted_ns[accepted] = clock_monotonic_ns();
            fds[accepted++] = fd;
        }
    }
    assert_int_equal(accepted, 2);
    uint64_t gap_ms = (accepted_ns[1] - accepted_ns[0]) / NS_PER_MS;
    assert_in_range(gap_ms, 500, 1100); /* the silence and the first back-off of 100 ms */
    close(fds[0]);
    close(fds[1]);
    close(listener);
    unlink(f->redis.socket);
    assert_true(test_redis_restart(&f->redis));
    assert_all_acknowledged_once(f);
}

static void a_key_of_somebody_else_stops_the_batch_before_its_first_write(void **state)
{
    struct fault *f = *state;
    assert_true(test_redis_restart(&f->redis));
    store_reply_free(test_redis_ask(&f->redis, "SET", DAY ":devices", "mine", NULL));
    contacts(f, 300);
    run_for(f, 500);
    assert_int_equal(test_redis_number(&f->redis, "DBSIZE", NULL), 1);
    assert_int_equal(store_writer_counts(f->writer).contacts_queued, 300);
    assert_int_equal(store_writer_counts(f->writer).contacts_refused, 0);
    assert_identity(f);
    store_reply_free(test_redis_ask(&f->redis, "DEL", DAY ":devices", NULL));
    assert_all_acknowledged_once(f);
}

static void a_full_memory_is_waited_for(void **state)
{
    struct fault *f = *state;
    assert_true(test_redis_restart(&f->redis));
    store_reply_free(test_redis_ask(&f->redis, "CONFIG", "SET", "maxmemory", "1", NULL));
    contacts(f, 10);
    run_for(f, 300);
    assert_int_equal(test_redis_number(&f->redis, "DBSIZE", NULL), 0);
    store_reply_free(test_redis_ask(&f->redis, "CONFIG", "SET", "maxmemory", "0", NULL));
    assert_all_acknowledged_once(f);
}

static void a_full_queue_refuses_the_newest_and_counts_them(void **state)
{
    struct fault *f = *state;
    store_writer_close(f->writer);
    f->writer = writer_on(f->redis.socket, 2);
    contacts(f, 3 * STORE_BATCH_CONTACTS + 50); /* two batches wait, the draft is full */
    assert_identity(f);
    assert_int_equal(store_writer_counts(f->writer).contacts_queued, 3 * STORE_BATCH_CONTACTS);
    assert_int_equal(store_writer_counts(f->writer).contacts_refused, 50);
    assert_true(test_redis_restart(&f->redis));
    assert_true(store_writer_drain(f->writer, 10000));
    assert_identity(f);
    assert_each_once(f, 0, 3 * STORE_BATCH_CONTACTS);
}

static void a_batch_that_is_wrong_in_itself_does_not_hold_up_the_others(void **state)
{
    struct fault *f = *state;
    assert_true(test_redis_restart(&f->redis));
    struct store_contact wrong = {.time_ns = clock_wall_ns(), .day = "22.11.2026", .connections = 1};
    contacts(f, 4);
    run_for(f, 150);
    store_writer_contact(f->writer, &wrong);
    f->made++;
    run_for(f, 150);
    contacts(f, 300);
    assert_true(store_writer_drain(f->writer, 10000));
    assert_identity(f);
    assert_int_equal(store_writer_counts(f->writer).contacts_refused, 1);
    assert_int_equal(store_writer_counts(f->writer).contacts_acknowledged, 304);
    assert_int_equal(test_redis_number(&f->redis, "HGET", DAY, "contacts", NULL), 304);
    assert_int_equal(test_redis_number(&f->redis, "XLEN", ALERTS, NULL), 304);
}

static void a_function_that_disappears_is_loaded_again(void **state)
{
    struct fault *f = *state;
    assert_true(test_redis_restart(&f->redis));
    contact(f);
    assert_true(store_writer_drain(f->writer, 5000));
    store_reply_free(test_redis_ask(&f->redis, "FUNCTION", "FLUSH", NULL));
    contact(f);
    assert_all_acknowledged_once(f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(redis_that_appears_later_gets_everything),
        CASE(killed_redis_loses_and_doubles_nothing),
        CASE(a_batch_whose_answer_was_lost_is_applied_once),
        CASE(acknowledged_batches_that_redis_forgot_are_offered_again),
        CASE(an_emptied_redis_is_counted_and_gets_the_rest),
        CASE(a_server_that_never_answers_is_given_up_after_half_a_second),
        CASE(a_key_of_somebody_else_stops_the_batch_before_its_first_write),
        CASE(a_full_memory_is_waited_for),
        CASE(a_full_queue_refuses_the_newest_and_counts_them),
        CASE(a_batch_that_is_wrong_in_itself_does_not_hold_up_the_others),
        CASE(a_function_that_disappears_is_loaded_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
