/* test_reader.c -- what a writer wrote is read back; nothing there, no server, a server that was restarted. */
#include "common/clock.h"
#include "store/reader.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct test_redis redis;
static struct store_reader *reader;

static int begin(void **state)
{
    (void)state;
    return test_redis_start(&redis) && store_reader_open(redis.socket, "school-7", &reader) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    store_reader_close(reader);
    test_redis_remove(&redis);
    return 0;
}

struct seen {
    unsigned fields;
    char contacts[32], captured[32];
};

static void see(void *context, const char *name, const char *value)
{
    struct seen *s = context;
    s->fields++;
    if (strcmp(name, "contacts") == 0)
        snprintf(s->contacts, sizeof(s->contacts), "%s", value);
    if (strcmp(name, "captured") == 0)
        snprintf(s->captured, sizeof(s->captured), "%s", value);
}

static void write_something(void)
{
    struct store_settings settings = {.socket = redis.socket, .installation = "school-7", .queue_batches = 8};
    struct store_writer *w = store_writer_open(&settings);
    struct store_contact c = {.time_ns = clock_wall_ns(), .day = "2026-11-22", .connections = 1};
    for (int i = 0; i < 3; i++)
        store_writer_contact(w, &c);
    store_writer_health(w, (const struct store_health[]){{"captured", 12345}}, 1);
    assert_true(store_writer_drain(w, 5000));
    store_writer_close(w);
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    struct seen day = {0}, health = {0};
    uint64_t length;
    write_something();
    assert_int_equal(store_reader_day(reader, "2026-11-22", see, &day), 0);
    assert_int_equal(day.fields, 3); /* contacts, purpose, evidence: without a device there is no hour */
    assert_string_equal(day.contacts, "3");
    assert_int_equal(store_reader_health(reader, see, &health), 0);
    assert_int_equal(health.fields, 1);
    assert_string_equal(health.captured, "12345");
    assert_int_equal(store_reader_alerts_length(reader, &length), 0);
    assert_int_equal(length, 3);
}

static void nothing_there_is_said_so(void **state)
{
    (void)state;
    struct seen s = {0};
    uint64_t length = 99;
    assert_int_equal(store_reader_day(reader, "2026-11-22", see, &s), -ENOENT);
    assert_int_equal(store_reader_day(reader, "today", see, &s), -ENOENT);
    assert_int_equal(store_reader_day(reader, "2026-11-22:devices", see, &s), -ENOENT);
    assert_int_equal(store_reader_health(reader, see, &s), -ENOENT);
    assert_int_equal(s.fields, 0);
    assert_int_equal(store_reader_alerts_length(reader, &length), 0);
    assert_int_equal(length, 0);
}

static void the_version_is_a_version(void **state)
{
    (void)state;
    char version[32];
    assert_int_equal(store_reader_version(reader, version, sizeof(version)), 0);
    assert_in_range(version[0], '7', '9');
    assert_int_equal(version[1], '.');
    char short_one[3];
    assert_int_equal(store_reader_version(reader, short_one, sizeof(short_one)), 0);
    assert_int_equal(strlen(short_one), 2);
}

static void an_error_of_redis_is_eio(void **state)
{
    (void)state;
    uint64_t length;
    store_reply_free(test_redis_ask(&redis, "SET", "telltale:{school-7}:alerts", "x", NULL));
    assert_int_equal(store_reader_alerts_length(reader, &length), -EIO);
    store_reply_free(test_redis_ask(&redis, "DEL", "telltale:{school-7}:alerts", NULL));
    assert_int_equal(store_reader_alerts_length(reader, &length), 0);
}

static void a_restarted_server_is_found_again(void **state)
{
    (void)state;
    struct seen s = {0};
    uint64_t length;
    write_something();
    assert_int_equal(store_reader_alerts_length(reader, &length), 0);
    test_redis_stop(&redis); /* not killed: on a busy disk Redis holds its writes back for two seconds, and they would be gone */
    assert_true(test_redis_restart(&redis));
    assert_int_equal(store_reader_day(reader, "2026-11-22", see, &s), 0);
    assert_string_equal(s.contacts, "3");
    test_redis_stop(&redis);
    assert_int_equal(store_reader_alerts_length(reader, &length), -EIO);
    assert_int_equal(store_reader_alerts_length(reader, &length), -EIO);
    assert_true(test_redis_restart(&redis));
    assert_int_equal(store_reader_alerts_length(reader, &length), 0);
    assert_int_equal(length, 3);
}

static void a_server_that_is_stuck_is_given_up(void **state)
{
    (void)state;
    uint64_t length, start_ns = clock_monotonic_ns();
    test_redis_pause(&redis);
    assert_int_equal(store_reader_alerts_length(reader, &length), -ETIMEDOUT);
    assert_in_range((clock_monotonic_ns() - start_ns) / NS_PER_MS, 450, 1500);
    test_redis_resume(&redis);
    assert_int_equal(store_reader_alerts_length(reader, &length), 0);
}

static void no_server_is_eio(void **state)
{
    (void)state;
    struct store_reader *none;
    char too_long[200];
    assert_int_equal(store_reader_open("/nonexistent/redis.sock", "school-7", &none), -EIO);
    assert_null(none);
    memset(too_long, 'x', sizeof(too_long) - 1);
    too_long[0] = '/';
    too_long[sizeof(too_long) - 1] = '\0';
    assert_int_equal(store_reader_open(too_long, "school-7", &none), -EIO);
    assert_null(none);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_read_back),     CASE(nothing_there_is_said_so),
        CASE(the_version_is_a_version),          CASE(an_error_of_redis_is_eio),
        CASE(a_restarted_server_is_found_again), CASE(a_server_that_is_stuck_is_given_up),
        cmocka_unit_test(no_server_is_eio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
