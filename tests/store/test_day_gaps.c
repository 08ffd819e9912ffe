/* test_day_gaps.c -- gaps of a day in a real Redis: written over, bounded, read back in order; what is wrong is refused. */
#include "store/gaps.h"

#include "store/schema.h"
#include "tests/support/redis.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define DAY "2026-11-22"
#define KEY "telltale:{school-7}:day:" DAY ":coverage"

static struct test_redis redis;
static struct store_gaps *gaps;
static struct store_reader *reader;
static struct store_gap found[STORE_GAPS_MOST];
static size_t n;
static uint64_t all;

/* A writer loads the functions, as the publisher's does. */
static int start(void **state)
{
    (void)state;
    if (!test_redis_start(&redis))
        return -1;
    struct store_settings settings = {.socket = redis.socket, .installation = "school-7", .queue_batches = 16};
    struct store_writer *w = store_writer_open(&settings);
    store_writer_health(w, (const struct store_health[]){{"captured", 1}}, 1);
    bool drained = w && store_writer_drain(w, 5000);
    store_writer_close(w);
    return drained && store_reader_open(redis.socket, "school-7", &reader) == 0 ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    store_reader_close(reader);
    test_redis_remove(&redis);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    gaps = store_gaps_new(redis.socket, "school-7");
    return gaps ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    store_gaps_free(gaps);
    store_reply_free(test_redis_ask(&redis, "DEL", KEY, NULL));
    return 0;
}

static void put(uint64_t from_s, uint64_t until_s, enum gap_why why)
{
    struct store_gap gap = {.day = DAY, .from_s = from_s, .until_s = until_s, .why = why};
    store_gaps_put(gaps, &gap);
    for (int i = 0; i < 1000 && store_gaps_run(gaps) > 0; i++)
        usleep(1000);
    assert_int_equal(store_gaps_run(gaps), 0);
}

static void read_all(void)
{
    assert_int_equal(store_gaps_read(reader, DAY, found, &n, &all), 0);
}

static void what_is_written_is_read_back_in_order(void **state)
{
    (void)state;
    put(1790000500, 1790000600, GAP_CABLE);
    put(1790000100, 1790000130, GAP_DOWN);
    put(1790000900, 0, GAP_DIED);
    read_all();
    assert_int_equal(n, 3);
    assert_true(found[0].from_s == 1790000100 && found[0].until_s == 1790000130 && found[0].why == GAP_DOWN);
    assert_true(found[1].from_s == 1790000500 && found[1].until_s == 1790000600 && found[1].why == GAP_CABLE);
    assert_true(found[2].from_s == 1790000900 && found[2].until_s == 0 && found[2].why == GAP_DIED);
    assert_string_equal(found[2].day, DAY);
    assert_int_equal(store_gaps_read(reader, "2026-11-21", found, &n, &all), -ENOENT);
    assert_int_equal(n, 0);
}

static void a_gap_that_is_told_again_is_written_over_and_does_not_open_again(void **state)
{
    (void)state;
    put(1790000500, 0, GAP_DOWN);
    put(1790000500, 0, GAP_AWAY);
    read_all();
    assert_true(n == 1 && found[0].why == GAP_AWAY && found[0].until_s == 0);
    put(1790000500, 1790000700, GAP_AWAY);
    put(1790000500, 1790000700, GAP_AWAY);
    put(1790000500, 0, GAP_AWAY);
    read_all();
    assert_true(n == 1 && found[0].until_s == 1790000700);
}

static void a_day_keeps_its_newest_and_counts_the_others(void **state)
{
    (void)state;
    store_reply_free(test_redis_ask(&redis, "HSET", KEY, "gaps", "70", "captured", "12", NULL));
    for (unsigned i = 0; i < 70; i++)
        put(1790000000 + 10 * i, 1790000005 + 10 * i, GAP_CABLE);
    put(1789999000, 1789999001, GAP_CABLE); /* older than all that are kept */
    read_all();
    assert_int_equal(n, STORE_GAPS_MOST);
    assert_int_equal(all, 70);
    for (unsigned i = 0; i < STORE_GAPS_MOST; i++)
        assert_true(found[i].from_s == 1790000000 + 10 * (i + 20));
    assert_int_equal(test_redis_number(&redis, "HLEN", KEY, NULL), STORE_GAPS_MOST + 2);
}

static void it_lives_as_long_as_its_day(void **state)
{
    (void)state;
    put(1790000500, 0, GAP_DOWN);
    long long ttl = test_redis_number(&redis, "TTL", KEY, NULL);
    assert_true(ttl > 399 * 86400 && ttl <= 400 * 86400);
}

static void what_a_foreign_hand_wrote_is_passed_over(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"gap:", "5\tdown"},     {"gap:12x", "15\tdown"}, {"gap:12", "15"},          {"gap:13", "15\tnonsense"},
                                          {"gap:14", "x\tdown"},   {"gap:15", "16\tdown!"}, {"gap:16", "99999999999999999999\tdown"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        store_reply_free(test_redis_ask(&redis, "HSET", KEY, rows[i][0], rows[i][1], NULL));
    put(1790000500, 1790000501, GAP_DOWN);
    read_all();
    assert_true(n == 1 && found[0].from_s == 1790000500);
}

static void assert_refused(const char *word, const char *key, const char *from, const char *until, const char *why)
{
    struct store_reply *r = test_redis_ask(&redis, "FCALL", STORE_FUNCTION_GAP, "1", key, from, until, why, NULL);
    assert_int_equal(store_reply_kind(r), STORE_REPLY_ERROR);
    if (strncmp(store_reply_text(r, NULL), word, strlen(word)) != 0)
        fail_msg("%s", store_reply_text(r, NULL));
    store_reply_free(r);
}

static void the_function_refuses_what_is_no_gap(void **state)
{
    (void)state;
    static const char *const keys[] = {"telltale:{school-7}:day:" DAY, "telltale:{school-7}:health", "other", "telltale:{school-7}:day:x:coverage",
                                       "telltale:{school-7}:day:" DAY ":coverage:more"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_refused("REFUSED", keys[i], "5", "6", "down");
    static const char *const wrong[][3] = {{"", "6", "down"},  {"x", "6", "down"},   {"7", "6", "down"},  {"5", "", "down"},
                                           {"5", "-1", "down"}, {"5", "6", ""},       {"5", "6", "Down"},  {"5", "6", "down\t"},
                                           {"5", "6", "averyveryverylongword"}, {"1234567890123456", "0", "down"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_refused("REFUSED", KEY, wrong[i][0], wrong[i][1], wrong[i][2]);
    store_reply_free(test_redis_ask(&redis, "SET", KEY, "somebody else's", NULL));
    assert_refused("WRONGTYPE", KEY, "5", "6", "down");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read_back_in_order),
        TEST(a_gap_that_is_told_again_is_written_over_and_does_not_open_again),
        TEST(a_day_keeps_its_newest_and_counts_the_others),
        TEST(it_lives_as_long_as_its_day),
        TEST(what_a_foreign_hand_wrote_is_passed_over),
        TEST(the_function_refuses_what_is_no_gap),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
