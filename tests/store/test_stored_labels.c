/* test_stored_labels.c -- labels in a real Redis: what is written is read back, an empty one takes it away, two days end it, and what is wrong is refused. */
#include "store/labels.h"

#include "store/library.h"
#include "store/reader.h"
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

#define KEY "telltale:{school-7}:day:2026-11-22:labels"

static struct test_redis redis;
static struct store_labels *labels;

static int start(void **state)
{
    (void)state;
    if (!test_redis_start(&redis))
        return -1;
    char *code = strndup(store_function_code, store_function_code_size);
    store_reply_free(test_redis_ask(&redis, "FUNCTION", "LOAD", code, NULL));
    free(code);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_redis_remove(&redis);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    store_reply_free(test_redis_ask(&redis, "FLUSHALL", NULL));
    labels = store_labels_new(redis.socket, "school-7");
    return labels ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    store_labels_free(labels);
    return 0;
}

static void run_all(void)
{
    for (int i = 0; i < 5000 && store_labels_run(labels) > 0; i++)
        usleep(1000);
    assert_int_equal(store_labels_run(labels), 0);
}

static char got[256];

static void on_label(void *context, const char *device, const char *label)
{
    (void)context;
    size_t n = strlen(got);
    snprintf(got + n, sizeof(got) - n, "%s=%s;", device, label);
}

static int read_day(const char *day)
{
    struct store_reader *r;
    got[0] = '\0';
    assert_int_equal(store_reader_open(redis.socket, "school-7", &r), 0);
    int rc = store_reader_labels(r, day, on_label, NULL);
    store_reader_close(r);
    return rc;
}

static void a_label_is_read_back_for_its_day_alone(void **state)
{
    (void)state;
    store_labels_put(labels, "2026-11-22", "0123456789ab", "Library PC 3");
    store_labels_put(labels, "2026-11-22", "0123456789ab", "Library PC 3");
    store_labels_put(labels, "2026-11-23", "ba9876543210", "B\xc3\xbc" "cherei-PC (2.14) #1/3_b");
    run_all();
    assert_int_equal(read_day("2026-11-22"), 0);
    assert_string_equal(got, "0123456789ab=Library PC 3;");
    assert_int_equal(read_day("2026-11-23"), 0);
    assert_string_equal(got, "ba9876543210=B\xc3\xbc" "cherei-PC (2.14) #1/3_b;");
    assert_int_equal(read_day("2026-11-24"), -ENOENT);
}

static void an_empty_label_takes_it_away(void **state)
{
    (void)state;
    store_labels_put(labels, "2026-11-22", "0123456789ab", "PC 3");
    store_labels_put(labels, "2026-11-22", "0123456789ab", "");
    run_all();
    assert_int_equal(read_day("2026-11-22"), -ENOENT);
}

static void labels_live_two_days_at_most(void **state)
{
    (void)state;
    store_labels_put(labels, "2026-11-22", "0123456789ab", "PC 3");
    run_all();
    struct store_reply *ttl = test_redis_ask(&redis, "TTL", KEY, NULL);
    assert_true(store_reply_integer(ttl) > 2 * 86400 - 3601 && store_reply_integer(ttl) <= 2 * 86400);
    store_reply_free(ttl);
    store_reply_free(test_redis_ask(&redis, "EXPIRE", KEY, "50", NULL));
    store_labels_put(labels, "2026-11-22", "0123456789ac", "PC 4"); /* a later one does not make the others live longer */
    run_all();
    ttl = test_redis_ask(&redis, "TTL", KEY, NULL);
    assert_true(store_reply_integer(ttl) <= 50);
    store_reply_free(ttl);
}

static void the_function_refuses_what_is_no_label(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {{"telltale:{school-7}:day:2026-11-22:devices", "0123456789ab", "PC 3"},
                                           {"telltale:{school-7}:day:2026-11-2:labels", "0123456789ab", "PC 3"},
                                           {KEY, "", "PC 3"},
                                           {KEY, "3c:52:82:0", "PC 3"},
                                           {KEY, "0123456789abcdef0", "PC 3"},
                                           {KEY, "0123456789ab", "=1+1"},
                                           {KEY, "0123456789ab", "PC\n3"},
                                           {KEY, "0123456789ab", "PC <3>"},
                                           {KEY, "0123456789ab", "Laptop of the trolley in the north wing 9"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct store_reply *r = test_redis_ask(&redis, "FCALL", STORE_FUNCTION_LABEL, "1", wrong[i][0], wrong[i][1], wrong[i][2], NULL);
        assert_int_equal(store_reply_kind(r), STORE_REPLY_ERROR);
        assert_int_equal(strncmp(store_reply_text(r, NULL), "REFUSED", 7), 0);
        assert_null(strstr(store_reply_text(r, NULL), "PC")); /* an error may end in a log */
        store_reply_free(r);
    }
    assert_int_equal(read_day("2026-11-22"), -ENOENT);
}

static void a_foreign_text_is_not_read_as_a_label(void **state)
{
    (void)state;
    store_reply_free(test_redis_ask(&redis, "HSET", KEY, "0123456789ab", "<script>1</script>", "0123456789ac", "Emma", "0123456789ad", "PC 4", NULL));
    assert_int_equal(read_day("2026-11-22"), 0);
    assert_string_equal(got, "0123456789ad=PC 4;");
}

static void what_waits_is_bounded(void **state)
{
    (void)state;
    char device[13];
    for (unsigned from = 0; from < STORE_LABELS_A_DAY; from += STORE_LABELS_WAITING) {
        for (unsigned i = from; i < from + STORE_LABELS_WAITING + 10; i++) {
            snprintf(device, sizeof(device), "%012x", i);
            store_labels_put(labels, "2026-11-22", device, "PC 3");
        }
        run_all();
        struct store_reply *waited = test_redis_ask(&redis, "HLEN", KEY, NULL);
        assert_int_equal(store_reply_integer(waited), from + STORE_LABELS_WAITING);
        store_reply_free(waited);
    }
    store_labels_put(labels, "2026-11-22", "ffffffffffff", "PC 3"); /* and so is a day */
    run_all();
    struct store_reply *n = test_redis_ask(&redis, "HLEN", KEY, NULL);
    assert_int_equal(store_reply_integer(n), STORE_LABELS_A_DAY);
    store_reply_free(n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_label_is_read_back_for_its_day_alone), TEST(an_empty_label_takes_it_away),          TEST(labels_live_two_days_at_most),
        TEST(the_function_refuses_what_is_no_label),  TEST(a_foreign_text_is_not_read_as_a_label), TEST(what_waits_is_bounded),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
