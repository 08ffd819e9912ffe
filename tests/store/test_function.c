/* test_function.c -- telltale_apply itself, called by hand: once, again, out of order, with each argument wrong, over
 * each foreign key. */
#include "store/connection.h"
#include "store/library.h"
#include "store/schema.h"
#include "tests/support/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ROOT           "telltale:{s}:"
#define MARK           ROOT "mark:0123456789abcdef0123456789abcdef"
#define DAY            ROOT "day:2026-11-22"
#define CALL_ARGUMENTS 26
#define DESCRIBED      "Xandr\nMicrosoft\nad-exchange\nadnxs.com\nhandshake\nUS\n29990\nhigh\nwhy\ntelltale@1"

/* One contact and one figure. The places that tests change have names below. */
static const char *const good_call[CALL_ARGUMENTS] = {
    "FCALL", "telltale_apply", "6", ROOT "alerts", ROOT "health", ROOT "ledger", MARK, DAY, DAY ":devices",
    "0123456789abcdef0123456789abcdef", "1", "", "1", "1", "1", "1",                                            /* 9: how many of each */
    "1", "1795345200000", "09",                                                                                  /* 16: the moment */
    DESCRIBED,                                                                                                   /* 19 */
    "1", "1", "k7fd2q", "3",                                                                                     /* 20: the contact */
    "captured", "17"};                                                                                           /* 24: the figure */
enum { KEYS = 3, SEQUENCE = 10, CONTACTS = 14, DESCRIPTION = 19, FIRST_VALUE = 9 };

static struct test_redis redis;

static int load(void **state)
{
    (void)state;
    if (!test_redis_start(&redis))
        return -1;
    char *code = strndup(store_function_code, store_function_code_size);
    struct store_reply *reply = test_redis_ask(&redis, "FUNCTION", "LOAD", code, NULL);
    free(code);
    bool loaded = reply && store_reply_kind(reply) == STORE_REPLY_TEXT;
    if (!loaded && reply)
        fprintf(stderr, "%s\n", store_reply_text(reply, NULL));
    store_reply_free(reply);
    return loaded ? 0 : -1;
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

static struct store_reply *call(const char *const *argv, int argc)
{
    size_t lengths[CALL_ARGUMENTS + 1];
    const char *copy[CALL_ARGUMENTS + 1];
    struct store_reply *reply = NULL;
    char description[1024];
    for (int i = 0; i < argc; i++) {
        copy[i] = argv[i];
        lengths[i] = strlen(argv[i]);
    }
    if (argc > DESCRIPTION) { /* written with newlines here, sent with NULs */
        assert_true(lengths[DESCRIPTION] < sizeof(description));
        for (size_t i = 0; i <= lengths[DESCRIPTION]; i++)
            description[i] = argv[DESCRIPTION][i] == '\n' ? '\0' : argv[DESCRIPTION][i];
        copy[DESCRIPTION] = description;
    }
    assert_int_equal(store_connection_ask(redis.connection, argc, copy, lengths, &reply), 0);
    return reply;
}

static void assert_answer(const char *const *argv, int argc, const char *beginning)
{
    struct store_reply *reply = call(argv, argc);
    const char *text = store_reply_text(reply, NULL);
    if (strncmp(text, beginning, strlen(beginning)) != 0)
        fail_msg("answer \"%s\", expected \"%s...\"", text, beginning);
    store_reply_free(reply);
}

static void assert_changed(int place, const char *value, const char *beginning)
{
    const char *argv[CALL_ARGUMENTS];
    memcpy(argv, good_call, sizeof(argv));
    argv[place] = value;
    assert_answer(argv, CALL_ARGUMENTS, beginning);
}

static void a_batch_is_applied_once_when_offered_twice(void **state)
{
    (void)state;
    assert_answer(good_call, CALL_ARGUMENTS, "applied");
    assert_answer(good_call, CALL_ARGUMENTS, "already");
    assert_int_equal(test_redis_number(&redis, "XLEN", ROOT "alerts", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY ":devices", "k7fd2q", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "HGET", MARK, "sequence", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "HGET", MARK, "contacts", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "HGET", ROOT "health", "captured", NULL), 17);
}

static void sequences_go_up_by_one(void **state)
{
    (void)state;
    assert_changed(SEQUENCE, "2", "GAP");
    assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 0);
    assert_answer(good_call, CALL_ARGUMENTS, "applied");
    assert_changed(SEQUENCE, "3", "GAP");
    assert_changed(SEQUENCE, "2", "applied");
    assert_changed(SEQUENCE, "1", "already");
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts", NULL), 2);
}

static void each_argument_is_checked_before_the_first_write(void **state)
{
    (void)state;
    static const struct {
        int place;
        const char *value;
    } wrong[] = {
        {3, "telltale:{s}:alert"},
        {3, "telltale:{S}:alerts"},
        {3, "x"},
        {4, "telltale:{t}:health"},
        {5, "telltale:{t}:ledger"},
        {5, ROOT "health"},
        {6, ROOT "mark:other"},
        {7, ROOT "day:22"},
        {7, "telltale:{t}:day:2026-11-22"},
        {8, DAY ":device"},
        {9, "not hex"},
        {9, ""},
        {10, "0"},
        {10, "-1"},
        {10, "1.5"},
        {10, "9999999999999999"},
        {10, "0x1"},
        {11, "no"},
        {12, "2"},
        {12, "0"},
        {12, "65"},
        {12, ""},
        {13, "2"},
        {13, "0"},
        {13, "513"},
        {14, "2"},
        {14, "513"},
        {14, "0"},
        {14, ""},
        {15, "2"},
        {15, "0"},
        {15, "129"},
        {16, "0"},
        {16, "2"},
        {16, "x"},
        {17, "1795345200001"},
        {17, "now"},
        {18, "9"},
        {18, "99"},
        {20, "0"},
        {20, "2"},
        {20, ""},
        {20, "01"},
        {20, "x"},
        {21, "0"},
        {21, "2"},
        {21, ""},
        {22, "way-too-long-a-pseudonym"},
        {22, "k7:ad-pixel"},
        {23, "many"},
        {23, ""},
        {23, "-1"},
        {24, "Captured"},
        {24, ""},
        {25, "-1"},
        {25, ""},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_changed(wrong[i].place, wrong[i].value, "REFUSED");
        assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 0);
    }
}

/* The description with one of its fields replaced. */
static void describe(char out[512], unsigned replaced, const char *value)
{
    static const char *const fields[] = {"Xandr", "Microsoft", "ad-exchange", "adnxs.com", "handshake", "US", "29990", "high", "why", "telltale@1"};
    size_t n = 0;
    for (unsigned i = 0; i < 10; i++)
        n += (size_t)snprintf(out + n, 512 - n, i > 0 ? "\n%s" : "%s", i == replaced ? value : fields[i]);
}

static void each_field_of_a_description_is_checked_however_often_it_comes(void **state)
{
    (void)state;
    static const char *const too_long = "0123456789012345678901234567890123456789012345678901234567890123";
    static const struct {
        unsigned field;
        const char *value;
    } wrong[] = {{0, too_long}, {1, too_long}, {2, "Ad Exchange"}, {2, ""}, {4, "HANDSHAKE"}, {4, ""}, {5, "USA"}, {5, "1"},
                 {6, "AS1"},    {6, "-1"},     {7, "HIGH"},        {7, ""}, {9, too_long},    {0, "a\nb"}, {9, "a\n"}};
    char text[512];
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
            describe(text, wrong[i].field, wrong[i].value);
            assert_changed(DESCRIPTION, text, "REFUSED");
        }
    assert_changed(DESCRIPTION, "", "REFUSED");
    assert_changed(DESCRIPTION, "Xandr\nMicrosoft\nad-exchange\nadnxs.com\nhandshake\nUS\n29990\nhigh\nwhy", "REFUSED");
    assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 0);
    describe(text, 3, "");
    assert_changed(DESCRIPTION, text, "applied"); /* a rule that is no registrable domain */
}

static void more_descriptions_than_redis_remembers_are_counted_each_under_its_own_name(void **state)
{
    (void)state;
    char text[512], tracker[32], field[64], sequence[12];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2100; i++) {
            const char *argv[CALL_ARGUMENTS];
            memcpy(argv, good_call, sizeof(argv));
            snprintf(tracker, sizeof(tracker), "Tracker %d", i);
            snprintf(sequence, sizeof(sequence), "%d", round * 2100 + i + 1);
            describe(text, 0, tracker);
            argv[DESCRIPTION] = text;
            argv[SEQUENCE] = sequence;
            assert_answer(argv, CALL_ARGUMENTS, "applied");
        }
    for (int i = 0; i < 2100; i += 300) {
        snprintf(field, sizeof(field), "contacts:tracker:Tracker %d", i);
        assert_int_equal(test_redis_number(&redis, "HGET", DAY, field, NULL), 2);
    }
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts", NULL), 4200); /* also beyond the numbers whose texts are kept */
    assert_int_equal(test_redis_number(&redis, "HGET", DAY ":devices", "k7fd2q", NULL), 4200);
}

static void a_longer_or_shorter_list_of_arguments_is_refused(void **state)
{
    (void)state;
    const char *argv[CALL_ARGUMENTS + 1];
    memcpy(argv, good_call, sizeof(good_call));
    argv[CALL_ARGUMENTS] = "more";
    assert_answer(argv, CALL_ARGUMENTS + 1, "REFUSED");
    for (int n = FIRST_VALUE; n < CALL_ARGUMENTS; n++)
        assert_answer(argv, n, "REFUSED");
    assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 0);
}

static void an_error_never_repeats_a_value(void **state)
{
    (void)state;
    for (int place = FIRST_VALUE; place < CALL_ARGUMENTS; place++) {
        const char *argv[CALL_ARGUMENTS];
        memcpy(argv, good_call, sizeof(argv));
        argv[place] = "S3CRET secret";
        struct store_reply *reply = call(argv, CALL_ARGUMENTS);
        assert_null(strstr(store_reply_text(reply, NULL), "S3CRET"));
        store_reply_free(reply);
        empty(NULL);
    }
}

static void a_key_of_another_type_is_named_and_nothing_is_written(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        const char *key = good_call[KEYS + i];
        char expected[128];
        empty(NULL);
        store_reply_free(test_redis_ask(&redis, "SET", key, "mine", NULL));
        snprintf(expected, sizeof(expected), "WRONGTYPE %s is a string and must be a ", key);
        assert_answer(good_call, CALL_ARGUMENTS, expected);
        assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 1);
    }
}

static void a_field_that_is_not_a_count_stops_the_batch_before_its_first_write(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        {DAY, "contacts:tracker:Xandr"}, {DAY ":devices", "k7fd2q"}, {MARK, "sequence"}, {MARK, "contacts"}};
    static const char *const values[] = {"many", "-1", "1.5", "9007199254740993", ""};
    for (size_t i = 0; i < 4; i++)
        for (size_t v = 0; v < 5; v++) {
            empty(NULL);
            store_reply_free(test_redis_ask(&redis, "HSET", fields[i][0], fields[i][1], values[v], NULL));
            assert_answer(good_call, CALL_ARGUMENTS, "WRONGTYPE");
            assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 1);
            assert_int_equal(test_redis_number(&redis, "HLEN", fields[i][0], NULL), 1);
        }
}

static void foreign_ids_in_the_stream_do_not_bend_ours(void **state)
{
    (void)state;
    store_reply_free(test_redis_ask(&redis, "XADD", ROOT "alerts", "1795345200001-5", "a", "b", NULL));
    assert_answer(good_call, CALL_ARGUMENTS, "applied");
    struct store_reply *last = test_redis_ask(&redis, "XREVRANGE", ROOT "alerts", "+", "-", "COUNT", "1", NULL);
    assert_string_equal(store_reply_text(store_reply_item(store_reply_item(last, 0), 0), NULL), "1795348800000-0");
    store_reply_free(last);

    empty(NULL);
    store_reply_free(test_redis_ask(&redis, "XADD", ROOT "alerts", "18446744073709551615-1", "a", "b", NULL));
    assert_answer(good_call, CALL_ARGUMENTS, "WRONGTYPE");
    assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "XLEN", ROOT "alerts", NULL), 1);
}

static void an_empty_batch_only_moves_the_mark(void **state)
{
    (void)state;
    const char *argv[] = {"FCALL", "telltale_apply", "4", ROOT "alerts", ROOT "health", ROOT "ledger", MARK, good_call[FIRST_VALUE], "1", "", "0", "0", "0", "0"};
    assert_answer(argv, 14, "applied");
    assert_int_equal(test_redis_number(&redis, "DBSIZE", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "HGET", MARK, "sequence", NULL), 1);
}

static void figures_alone_do_not_move_the_mark(void **state)
{
    (void)state;
    const char *argv[] = {"FCALL", "telltale_apply", "4", ROOT "alerts", ROOT "health", ROOT "ledger", MARK, good_call[FIRST_VALUE], "0", "",
                          "0",     "0",              "0", "1",           "captured",    "4711"};
    assert_answer(argv, 16, "applied");
    assert_answer(argv, 16, "applied");
    assert_int_equal(test_redis_number(&redis, "EXISTS", MARK, NULL), 0);
    assert_int_equal(test_redis_number(&redis, "HGET", ROOT "health", "captured", NULL), 4711);
    assert_answer(good_call, CALL_ARGUMENTS, "applied");
    assert_answer(argv, 16, "applied");
    assert_int_equal(test_redis_number(&redis, "HGET", MARK, "sequence", NULL), 1);
}

/* Offers figures alone, with the day to which their growth belongs. */
static void assert_covers(const char *day, const char *started, const char *updated, const char *flows, const char *beginning)
{
    const char *argv[] = {"FCALL", "telltale_apply", "5", ROOT "alerts", ROOT "health", ROOT "ledger", MARK, day, good_call[FIRST_VALUE], "0", "",
                          "0",     "0",              "0", "4",           "updated",     updated,       "started", started, "flows", flows, "reconnects", "3"};
    assert_answer(argv, 23, beginning);
}

#define COVERAGE ROOT "day:2026-11-22:coverage"

static void a_day_has_what_figures_grew_by(void **state)
{
    (void)state;
    assert_covers(COVERAGE, "1795300000", "1795300010", "40", "applied"); /* a run that began ten seconds ago */
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "flows", NULL), 40);
    assert_covers(COVERAGE, "1795300000", "1795300020", "100", "applied");
    assert_covers(COVERAGE, "1795300000", "1795300020", "100", "applied"); /* the answer was lost */
    assert_covers(COVERAGE, "1795300000", "1795300010", "40", "applied");  /* late */
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "flows", NULL), 100);
    assert_int_equal(test_redis_number(&redis, "HLEN", COVERAGE, NULL), 1); /* reconnects are not of a day */
    long long life_s = test_redis_number(&redis, "TTL", COVERAGE, NULL);
    assert_in_range(life_s, 400 * 86400 - 3601, 400 * 86400);
    assert_int_equal(test_redis_number(&redis, "EXISTS", ROOT "day:2026-11-22", NULL), 0);
}

static void a_new_day_begins_where_the_one_before_ended(void **state)
{
    (void)state;
    assert_covers(ROOT "day:2026-11-21:coverage", "1795300000", "1795300010", "40", "applied");
    assert_covers(COVERAGE, "1795300000", "1795390000", "45", "applied");
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "flows", NULL), 5);
    assert_int_equal(test_redis_number(&redis, "HGET", ROOT "day:2026-11-21:coverage", "flows", NULL), 40);
}

static void a_run_that_began_anew_counts_from_its_beginning(void **state)
{
    (void)state;
    assert_covers(COVERAGE, "1795300000", "1795300010", "40", "applied");
    assert_covers(COVERAGE, "1795300500", "1795300510", "7", "applied");
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "flows", NULL), 47);
}

/* Health has ended: how much of a long run was told already is not known. */
static void what_may_have_been_told_is_not_counted_again(void **state)
{
    (void)state;
    assert_covers(COVERAGE, "1795300000", "1795300010", "40", "applied");
    store_reply_free(test_redis_ask(&redis, "DEL", ROOT "health", NULL));
    assert_covers(COVERAGE, "1795300000", "1795310000", "900", "applied");
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "flows", NULL), 40);
    assert_covers(COVERAGE, "1795300000", "1795310010", "905", "applied");
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "flows", NULL), 45);
}

/* They are in the ledger, where the technician does not see them, and in the day all the same. */
static void names_are_of_a_day_too(void **state)
{
    (void)state;
    const char *argv[] = {"FCALL", "telltale_apply", "5", ROOT "alerts", ROOT "health", ROOT "ledger", MARK, COVERAGE, good_call[FIRST_VALUE], "0", "",
                          "0",     "0",              "0", "4",           "updated",     "1795300010",  "started", "1795300000", "names_seen", "60", "names_along", "45"};
    assert_answer(argv, 23, "applied");
    argv[20] = "70";
    assert_answer(argv, 23, "applied");
    assert_answer(argv, 23, "applied");
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "names_seen", NULL), 70);
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "names_along", NULL), 45);
    assert_int_equal(test_redis_number(&redis, "HGET", ROOT "ledger", "names_seen", NULL), 70);
    assert_int_equal(test_redis_number(&redis, "HEXISTS", ROOT "health", "names_seen", NULL), 0);
}

static void a_mad_figure_blocks_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_covers(COVERAGE, i % 2 ? "1795300000" : "1795300001", "1795300010", "9007199254740990", "applied");
    assert_covers(COVERAGE, "1795300002", "1795300010", "18446744073709551615", "applied");
    assert_covers(COVERAGE, "1795300003", "1795300010", "1", "applied");
    assert_int_equal(test_redis_number(&redis, "HGET", COVERAGE, "flows", NULL), 9007199254740991);
    store_reply_free(test_redis_ask(&redis, "HSET", COVERAGE, "flows", "many", NULL));
    assert_covers(COVERAGE, "1795300004", "1795300010", "1", "WRONGTYPE");
    assert_covers("other:day:2026-11-22:coverage", "1795300000", "1795300010", "1", "REFUSED");
    assert_covers(ROOT "day:2026-11-2:coverage", "1795300000", "1795300010", "1", "REFUSED");
}

/* A school's holidays: the publisher tells figures for longer than a mark lives, and then a contact. */
static void figures_alone_renew_the_deadline_of_a_mark(void **state)
{
    (void)state;
    const char *argv[] = {"FCALL", "telltale_apply", "4", ROOT "alerts", ROOT "health", ROOT "ledger", MARK, good_call[FIRST_VALUE], "0", "",
                          "0",     "0",              "0", "1",           "captured",    "4711"};
    assert_answer(good_call, CALL_ARGUMENTS, "applied");
    long long fresh_s = test_redis_number(&redis, "EXPIRETIME", MARK, NULL);
    assert_int_equal(test_redis_number(&redis, "EXPIRE", MARK, "60", NULL), 1);
    assert_answer(argv, 16, "applied");
    long long renewed_s = test_redis_number(&redis, "EXPIRETIME", MARK, NULL);
    assert_int_equal(renewed_s % 3600, 0);
    assert_in_range(renewed_s, fresh_s, fresh_s + 3600); /* the hour may have ended between the two */
    assert_int_equal(test_redis_number(&redis, "HGET", MARK, "sequence", NULL), 1);
    assert_changed(SEQUENCE, "2", "applied");
}

/* What Redis knows after a backup of an hour ago was restored, or the marks were deleted or have ended. */
static void a_batch_beyond_a_mark_that_went_back_is_a_gap(void **state)
{
    (void)state;
    assert_answer(good_call, CALL_ARGUMENTS, "applied");
    assert_changed(SEQUENCE, "2", "applied");
    assert_changed(SEQUENCE, "3", "applied");
    store_reply_free(test_redis_ask(&redis, "HSET", MARK, "sequence", "1", NULL));
    assert_changed(SEQUENCE, "4", "GAP");
    assert_changed(SEQUENCE, "2", "applied");
    store_reply_free(test_redis_ask(&redis, "DEL", MARK, NULL)); /* as when its 30 days are over */
    assert_changed(SEQUENCE, "3", "GAP");
    assert_answer(good_call, CALL_ARGUMENTS, "applied"); /* a sequence that was reset begins again */
    assert_int_equal(test_redis_number(&redis, "HGET", MARK, "sequence", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "HGET", MARK, "contacts", NULL), 1);
}

static void the_function_says_the_version_of_the_schema(void **state)
{
    (void)state;
    struct store_reply *list = test_redis_ask(&redis, "FUNCTION", "LIST", "LIBRARYNAME", STORE_FUNCTION_LIBRARY, NULL);
    assert_int_equal(store_library_version(list), STORE_FUNCTION_VERSION);
    store_reply_free(list);
    list = test_redis_ask(&redis, "FUNCTION", "LIST", "LIBRARYNAME", "another", NULL);
    assert_int_equal(store_library_version(list), 0);
    store_reply_free(list);
}

/* The append-only file holds every command; none of them may say more exactly than the hour when a contact was written.
 * */
static void the_append_only_file_knows_only_hours(void **state)
{
    (void)state;
    char path[128], line[512];
    assert_answer(good_call, CALL_ARGUMENTS, "applied");
    snprintf(path, sizeof(path), "%s/appendonlydir/appendonly.aof.1.incr.aof", redis.directory);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    int times = 0;
    unsigned long long step_ms = 0;
    while (fgets(line, sizeof(line), file)) {
        char *end;
        unsigned long long n = strtoull(line, &end, 10);
        if (strncmp(line, ROOT, strlen(ROOT)) == 0) /* the key comes before its deadline or its entry's id */
            step_ms = strncmp(line + strlen(ROOT), "health", 6) == 0 ? 60000 : 3600000;
        if (end != line + 13 || (*end != '\r' && *end != '-')) /* a time in milliseconds has 13 digits */
            continue;
        assert_true(step_ms > 0);
        assert_int_equal(n % step_ms, 0);
        times++;
    }
    fclose(file);
    assert_true(times >= 6);
}

#define CASE(name) cmocka_unit_test_setup(name, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_append_only_file_knows_only_hours), /* first: later ones write foreign ids */
        CASE(a_batch_is_applied_once_when_offered_twice),
        CASE(sequences_go_up_by_one),
        CASE(each_argument_is_checked_before_the_first_write),
        CASE(each_field_of_a_description_is_checked_however_often_it_comes),
        CASE(more_descriptions_than_redis_remembers_are_counted_each_under_its_own_name),
        CASE(a_longer_or_shorter_list_of_arguments_is_refused),
        CASE(an_error_never_repeats_a_value),
        CASE(a_key_of_another_type_is_named_and_nothing_is_written),
        CASE(a_field_that_is_not_a_count_stops_the_batch_before_its_first_write),
        CASE(foreign_ids_in_the_stream_do_not_bend_ours),
        CASE(an_empty_batch_only_moves_the_mark),
        CASE(figures_alone_do_not_move_the_mark),
        CASE(a_day_has_what_figures_grew_by),
        CASE(a_new_day_begins_where_the_one_before_ended),
        CASE(a_run_that_began_anew_counts_from_its_beginning),
        CASE(what_may_have_been_told_is_not_counted_again),
        CASE(names_are_of_a_day_too),
        CASE(a_mad_figure_blocks_nothing),
        CASE(figures_alone_renew_the_deadline_of_a_mark),
        CASE(a_batch_beyond_a_mark_that_went_back_is_a_gap),
        CASE(the_function_says_the_version_of_the_schema),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
