/* test_retention.c -- the sweep, the audit and the daily rewrite, with a real Redis: what leaves, what stays, in how many
 * steps; streams and deadlines that a clock ahead of its time left behind; no key without a TTL; and nothing of a
 * pseudonym in the files when its time is over.
 */
#include "common/clock.h"
#include "store/audit.h"
#include "store/library.h"
#include "store/retention.h"
#include "store/schema.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define ROOT    "telltale:{s}:"
#define ALERTS  ROOT "alerts"
#define AUDIT   ROOT "audit"
#define HOUR_MS 3600000ull

static struct test_redis redis;

static int load(void **state)
{
    (void)state;
    if (!test_redis_start(&redis))
        return -1;
    char *code = strndup(store_function_code, store_function_code_size);
    store_reply_free(test_redis_ask(&redis, "FUNCTION", "LOAD", code, NULL));
    free(code);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    test_redis_remove(&redis);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    store_reply_free(test_redis_ask(&redis, "FLUSHALL", NULL));
    return 0;
}

static uint64_t hour_ms(int hours_from_now)
{
    return (uint64_t)((int64_t)(clock_wall_ns() / NS_PER_MS / HOUR_MS) + hours_from_now) * HOUR_MS;
}

static void add_alert(int hours_from_now, const char *device)
{
    char id[40];
    snprintf(id, sizeof(id), "%llu-*", (unsigned long long)hour_ms(hours_from_now));
    struct store_reply *added = test_redis_ask(&redis, "XADD", ALERTS, id, "kind", "contact", "device", device, "tracker", "T", NULL);
    assert_int_equal(store_reply_kind(added), STORE_REPLY_TEXT);
    store_reply_free(added);
}

/* Sweeps until nothing is left to do; returns in how many calls. */
static int sweep(const char *most, long long *removed, long long *mended)
{
    char from[48] = "-", cursor[24] = "0";
    *removed = *mended = 0;
    for (int calls = 1; calls < 1000; calls++) {
        struct store_reply *r = test_redis_ask(&redis, "FCALL", "telltale_sweep", "2", ALERTS, AUDIT, from, cursor, most, "400", "30", "30", NULL);
        if (store_reply_count(r) != 5)
            fail_msg("a sweep answered: %s", store_reply_text(r, NULL));
        snprintf(from, sizeof(from), "%s", store_reply_text(store_reply_item(r, 0), NULL));
        snprintf(cursor, sizeof(cursor), "%s", store_reply_text(store_reply_item(r, 1), NULL));
        *removed += store_reply_integer(store_reply_item(r, 2));
        *mended += store_reply_integer(store_reply_item(r, 3));
        bool more = store_reply_integer(store_reply_item(r, 4)) != 0;
        store_reply_free(r);
        if (!more)
            return calls;
    }
    fail_msg("a sweep without end");
    return 0;
}

static void alerts_with_a_device_leave_after_two_days_and_others_after_thirty(void **state)
{
    (void)state;
    static const int hours_ago[] = {800, 720, 719, 100, 48, 47, 1, 0};
    long long removed, mended;
    for (size_t i = 0; i < 8; i++) {
        add_alert(-hours_ago[i], "");
        add_alert(-hours_ago[i], "0123456789ab");
    }
    sweep("1000", &removed, &mended);
    /* Without a device: 800 and 720 hours are thirty days. With one: all of 48 hours and more. */
    assert_int_equal(removed, 2 + 5);
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 6 + 3);
    sweep("1000", &removed, &mended);
    assert_int_equal(removed, 0);
}

static void a_sweep_goes_in_small_parts(void **state)
{
    (void)state;
    long long removed, mended;
    for (int i = 0; i < 100; i++)
        add_alert(-60, i % 2 ? "" : "0123456789ab");
    int calls = sweep("10", &removed, &mended);
    assert_in_range(calls, 10, 12);
    assert_int_equal(removed, 50);
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 50);
}

static void what_a_clock_ahead_of_its_time_wrote_is_brought_back(void **state)
{
    (void)state;
    long long removed, mended;
    add_alert(-1, "a");
    for (int i = 0; i < 1200; i++)
        add_alert(24 * 365 * 4, i % 2 ? "b" : "");
    store_reply_free(test_redis_ask(&redis, "EXPIRE", ALERTS, "200000000", NULL));
    sweep("1000", &removed, &mended);
    assert_int_equal(removed, 0);
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 1201); /* nothing is lost */
    assert_in_range(test_redis_number(&redis, "TTL", ALERTS, NULL), 29 * 86400, 30 * 86400);
    struct store_reply *last = test_redis_ask(&redis, "XREVRANGE", ALERTS, "+", "-", "COUNT", "1", NULL);
    uint64_t ms = strtoull(store_reply_text(store_reply_item(store_reply_item(last, 0), 0), NULL), NULL, 10);
    store_reply_free(last);
    assert_true(ms <= hour_ms(0));
    assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 1);
    add_alert(1, "c"); /* ids go on from there */
}

static void deadlines_that_are_missing_or_too_far_are_mended(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        uint32_t ttl_s;
    } keys[] = {{ROOT "day:2031-01-01", 400 * 86400}, {ROOT "day:2031-01-01:devices", 30 * 86400}, {ROOT "mark:0f", 30 * 86400},
                {ROOT "health", 3600},                {ROOT "ledger", 3600},                       {ROOT "unheard-of", 400 * 86400}};
    enum { KEYS = sizeof(keys) / sizeof(keys[0]) };
    long long removed, mended;
    for (size_t i = 0; i < KEYS; i++) {
        store_reply_free(test_redis_ask(&redis, "HSET", keys[i].key, "a", "1", NULL));
        if (i % 2)
            store_reply_free(test_redis_ask(&redis, "EXPIRE", keys[i].key, "100000000", NULL));
    }
    store_reply_free(test_redis_ask(&redis, "SET", "somebody:else", "1", NULL));
    store_reply_free(test_redis_ask(&redis, "SET", "telltale:{t}:health", "1", NULL));
    sweep("2", &removed, &mended);
    assert_int_equal(mended, KEYS);
    for (size_t i = 0; i < KEYS; i++)
        assert_in_range(test_redis_number(&redis, "TTL", keys[i].key, NULL), keys[i].ttl_s - 3600, keys[i].ttl_s);
    assert_int_equal(test_redis_number(&redis, "TTL", "somebody:else", NULL), -1);
    assert_int_equal(test_redis_number(&redis, "TTL", "telltale:{t}:health", NULL), -1);
    store_reply_free(test_redis_ask(&redis, "EXPIRE", ROOT "health", "10", NULL));
    sweep("1000", &removed, &mended);
    assert_int_equal(mended, 0); /* an earlier deadline is left alone */
}

static void name_of_day(int days_ago, const char *suffix, char key[64])
{
    struct local_time then;
    clock_local(clock_wall_ns() - (uint64_t)days_ago * 86400 * NS_PER_S, &then);
    snprintf(key, 64, ROOT "day:%s%s", then.day, suffix);
}

static bool is_there(const char *key)
{
    return test_redis_number(&redis, "EXISTS", key, NULL) == 1;
}

static void put(const char *key, const char *field, const char *value)
{
    store_reply_free(test_redis_ask(&redis, "HSET", key, field, value, NULL));
    store_reply_free(test_redis_ask(&redis, "EXPIRE", key, "8640000", NULL)); /* as 400 days leave 300 days later */
}

/* Somebody shortens 400 days to 30: what is older goes now, and not in 30 days. */
static void what_a_shorter_time_leaves_too_old_goes_at_once(void **state)
{
    (void)state;
    static const struct {
        int days_ago;
        const char *suffix;
        bool stays;
    } days[] = {{300, "", false}, {300, ":coverage", false}, {300, ":devices", false}, {33, "", false}, {28, "", true}, {10, ":coverage", true}, {0, "", true}, {7, ":devices", false}, {1, ":devices", true}};
    enum { DAYS = sizeof(days) / sizeof(days[0]) };
    char key[DAYS][64], old[16], young[16];
    for (int i = 0; i < DAYS; i++) {
        name_of_day(days[i].days_ago, days[i].suffix, key[i]);
        put(key[i], "a", "1");
    }
    put(ROOT "site:2025-W05", "last", "2025-02-02");
    put(ROOT "site:2025-T1", "last", "2025-05-04");
    put(ROOT "site:2025-02-01", "last", "2025-02-01");
    put(ROOT "site:2098-W05", "last", "2098-02-02");
    put(ROOT "site:2098-T3", "last", "2099-01-01");
    snprintf(old, sizeof(old), "%llu", (unsigned long long)(clock_wall_ns() / NS_PER_S - 31 * 86400));
    snprintf(young, sizeof(young), "%llu", (unsigned long long)(clock_wall_ns() / NS_PER_S - 29 * 86400));
    put(ROOT "test:0a", "started", old);
    put(ROOT "test:0b", "started", young);
    put(ROOT "proof:0a", "kept", old);
    put(ROOT "proof:0b", "kept", young);
    struct store_reply *r = test_redis_ask(&redis, "FCALL", "telltale_sweep", "2", ALERTS, AUDIT, "-", "0", "1000", "30", "3", "9", NULL);
    if (store_reply_count(r) != 5)
        fail_msg("a sweep answered: %s", store_reply_text(r, NULL));
    assert_int_equal(store_reply_integer(store_reply_item(r, 2)), 5 + 3 + 2);
    store_reply_free(r);
    for (int i = 0; i < DAYS; i++)
        if (is_there(key[i]) != days[i].stays)
            fail_msg("%s is %s", key[i], days[i].stays ? "gone" : "there");
    assert_false(is_there(ROOT "site:2025-W05") || is_there(ROOT "site:2025-T1") || is_there(ROOT "site:2025-02-01"));
    assert_true(is_there(ROOT "site:2098-W05") && is_there(ROOT "site:2098-T3"));
    assert_true(!is_there(ROOT "test:0a") && is_there(ROOT "test:0b") && !is_there(ROOT "proof:0a") && is_there(ROOT "proof:0b"));
    assert_in_range(test_redis_number(&redis, "TTL", key[4], NULL), 2 * 86400, 4 * 86400); /* of 28 days ago: its own 30 */
    assert_in_range(test_redis_number(&redis, "TTL", ROOT "proof:0b", NULL), 86400 - 3600, 86400);
}

static void a_sweep_of_wrong_arguments_or_keys_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[][5] = {{ROOT "alert", AUDIT, "-", "0", "10"}, {ALERTS, "telltale:{t}:audit", "-", "0", "10"},
                                           {ALERTS, AUDIT, "0", "0", "10"},       {ALERTS, AUDIT, "-", "x", "10"},
                                           {ALERTS, AUDIT, "-", "0", "0"},        {ALERTS, AUDIT, "-", "0", "10001"},
                                           {ALERTS, AUDIT, "(1-", "0", "10"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct store_reply *r = test_redis_ask(&redis, "FCALL", "telltale_sweep", "2", wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3], wrong[i][4], "400", "30", "30", NULL);
        assert_int_equal(strncmp(store_reply_text(r, NULL), "REFUSED", 7), 0);
        store_reply_free(r);
    }
    store_reply_free(test_redis_ask(&redis, "SET", AUDIT, "mine", NULL));
    struct store_reply *r = test_redis_ask(&redis, "FCALL", "telltale_sweep", "2", ALERTS, AUDIT, "-", "0", "10", "400", "30", "30", NULL);
    assert_int_equal(strncmp(store_reply_text(r, NULL), "WRONGTYPE", 9), 0);
    store_reply_free(r);
}

static void the_audit_keeps_who_did_what_to_the_hour(void **state)
{
    (void)state;
    assert_int_equal(store_audit_write(redis.socket, "s", "lead", "exported", "2026-11-22 as csv"), 0);
    assert_int_equal(store_audit_write(redis.socket, "s", "technician", "looked", "health"), 0);
    struct store_reply *all = test_redis_ask(&redis, "XRANGE", AUDIT, "-", "+", NULL);
    assert_int_equal(store_reply_count(all), 2);
    const struct store_reply *first = store_reply_item(all, 0), *fields = store_reply_item(first, 1);
    assert_int_equal(strtoull(store_reply_text(store_reply_item(first, 0), NULL), NULL, 10), hour_ms(0));
    static const char *const expected[] = {"who", "lead", "did", "exported", "what", "2026-11-22 as csv"};
    assert_int_equal(store_reply_count(fields), 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(store_reply_text(store_reply_item(fields, i), NULL), expected[i]);
    store_reply_free(all);
    assert_in_range(test_redis_number(&redis, "TTL", AUDIT, NULL), 400 * 86400 - 3600, 400 * 86400);
}

static void an_audit_line_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_true(store_audit_write(redis.socket, "s", "Mrs Jones", "looked", "") < 0);
    assert_true(store_audit_write(redis.socket, "s", "", "looked", "") < 0);
    assert_true(store_audit_write(redis.socket, "s", "lead", "looked at", "") < 0);
    assert_true(store_audit_write(redis.socket, "s", "lead", "looked", "two\nlines") < 0);
    assert_int_equal(test_redis_number(&redis, "EXISTS", AUDIT, NULL), 0);
}

static void an_audit_entry_leaves_after_400_days(void **state)
{
    (void)state;
    char id[40];
    long long removed, mended;
    for (int days = 402; days >= 398; days -= 2) {
        snprintf(id, sizeof(id), "%llu-*", (unsigned long long)hour_ms(-24 * days));
        store_reply_free(test_redis_ask(&redis, "XADD", AUDIT, id, "who", "lead", "did", "looked", "what", "", NULL));
    }
    sweep("1000", &removed, &mended);
    assert_int_equal(removed, 2);
    assert_int_equal(test_redis_number(&redis, "XLEN", AUDIT, NULL), 1);
}

/* --- with the publisher's own steps ------------------------------------------------------------------------------- */

static struct store_retention_counts run_until_rewritten(void)
{
    struct store_retention *r = store_retention_new(redis.socket, "s");
    assert_non_null(r);
    for (int i = 0; i < 1000 && store_retention_counts(r).rewrites == 0; i++) {
        store_retention_run(r);
        usleep(10000);
    }
    for (int i = 0; i < 50; i++)
        store_retention_run(r); /* nothing is due for an hour */
    struct store_retention_counts counts = store_retention_counts(r);
    store_retention_free(r);
    return counts;
}

static const char *looked_for;
static int files_with_it;

static int look_into(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)where;
    if (kind != FTW_F || st->st_size == 0)
        return 0;
    FILE *f = fopen(path, "rb");
    char *bytes = malloc((size_t)st->st_size);
    size_t n = f ? fread(bytes, 1, (size_t)st->st_size, f) : 0;
    files_with_it += memmem(bytes, n, looked_for, strlen(looked_for)) != NULL;
    free(bytes);
    if (f)
        fclose(f);
    return 0;
}

static int files_with(const char *text)
{
    looked_for = text;
    files_with_it = 0;
    nftw(redis.directory, look_into, 8, FTW_PHYS);
    return files_with_it;
}

static void a_pseudonym_is_in_no_file_when_its_time_is_over(void **state)
{
    (void)state;
    add_alert(-49, "0ddba11c0ffe");
    add_alert(-49, "");
    add_alert(0, "5eed5eed5eed");
    store_reply_free(test_redis_ask(&redis, "HSET", ROOT "day:2026-01-01:devices", "0ddba11c0ffe", "1", NULL));
    store_reply_free(test_redis_ask(&redis, "PEXPIRE", ROOT "day:2026-01-01:devices", "50", NULL));
    store_reply_free(test_redis_ask(&redis, "EXPIRE", ALERTS, "10000", NULL));
    usleep(100000);
    assert_true(files_with("0ddba11c0ffe") > 0); /* the search finds what is there */
    struct store_retention_counts counts = run_until_rewritten();
    assert_int_equal(counts.sweeps, 1);
    assert_int_equal(counts.removed, 1);
    assert_int_equal(counts.rewrites, 1);
    assert_int_equal(files_with("0ddba11c0ffe"), 0);
    assert_true(files_with("5eed5eed5eed") > 0);
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 2);
}

static void no_key_is_without_a_deadline(void **state)
{
    (void)state;
    struct store_settings settings = {.socket = redis.socket, .installation = "s", .queue_batches = 64};
    struct store_writer *w = store_writer_open(&settings);
    struct store_contact c = {.time_ns = clock_wall_ns(), .connections = 1, .tracker = "T", .feed = "f@1"};
    for (int i = 0; i < 1000; i++) {
        snprintf(c.day, sizeof(c.day), "2026-11-%02d", 1 + i * 28 / 1000);
        snprintf(c.device, sizeof(c.device), "%012x", i % 7);
        store_writer_contact(w, &c);
    }
    store_writer_health(w, (const struct store_health[]){{"captured", 1}, {"contacts_made", 1}}, 2);
    assert_true(store_writer_drain(w, 5000));
    store_writer_close(w);
    assert_int_equal(store_audit_write(redis.socket, "s", "lead", "looked", ""), 0);
    run_until_rewritten();
    struct store_reply *keys = test_redis_ask(&redis, "KEYS", ROOT "*", NULL);
    assert_in_range(store_reply_count(keys), 2 * 28 + 5, 2 * 28 + 6);
    for (size_t i = 0; i < store_reply_count(keys); i++)
        assert_in_range(test_redis_number(&redis, "TTL", store_reply_text(store_reply_item(keys, i), NULL), NULL), 1, 400 * 86400);
    store_reply_free(keys);
}

#define CASE(name) cmocka_unit_test_setup(name, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(alerts_with_a_device_leave_after_two_days_and_others_after_thirty),
        CASE(a_sweep_goes_in_small_parts),
        CASE(what_a_clock_ahead_of_its_time_wrote_is_brought_back),
        CASE(deadlines_that_are_missing_or_too_far_are_mended),
        CASE(what_a_shorter_time_leaves_too_old_goes_at_once),
        CASE(a_sweep_of_wrong_arguments_or_keys_is_refused),
        CASE(the_audit_keeps_who_did_what_to_the_hour),
        CASE(an_audit_line_that_is_none_is_refused),
        CASE(an_audit_entry_leaves_after_400_days),
        CASE(a_pseudonym_is_in_no_file_when_its_time_is_over),
        CASE(no_key_is_without_a_deadline),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
