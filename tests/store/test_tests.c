/* test_tests.c -- staff tests in a real Redis: what is written is read back, twice is once, and what is wrong is refused. */
#include "store/tests.h"

#include "store/asker.h"
#include "store/library.h"
#include "store/schema.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define ID  "0123456789abcdef"
#define KEY "telltale:{school-7}:test:" ID

static struct test_redis redis;
static struct store_tests *tests;

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
    return drained ? 0 : -1;
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
    tests = store_tests_new(redis.socket, "school-7", false);
    return tests && store_tests_may_have(tests, ID) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    store_tests_free(tests);
    store_reply_free(test_redis_ask(&redis, "DEL", KEY, NULL));
    return 0;
}

static void run_all(void)
{
    for (int i = 0; i < 5000 && store_tests_run(tests) > 0; i++)
        usleep(1000);
    assert_int_equal(store_tests_run(tests), 0);
}

static struct store_test_host a_host(const char *host)
{
    return (struct store_test_host){.host = host, .matched = "adnxs.com", .tracker = "Xandr", .organisation = "Microsoft", .feed = "telltale@1",
                                    .purpose = PURPOSE_AD_EXCHANGE, .evidence = EVIDENCE_HANDSHAKE, .after_ms = 412, .visits_with = 2, .connections = 3};
}

static struct read_back {
    unsigned sessions, hosts, links, leaks;
    uint32_t minutes, after_ms, connections;
    enum store_test_state state;
    char site[64], host[64], link[64], page[64], parameter[16];
} got;

static void on_session(void *context, const struct store_test_session *s, bool demo)
{
    (void)context;
    assert_false(demo);
    got.sessions++;
    got.minutes = s->minutes;
    got.state = s->state;
    snprintf(got.site, sizeof(got.site), "%s", s->site);
}

static void on_host(void *context, const struct store_test_host *h)
{
    (void)context;
    got.hosts++;
    got.after_ms = h->after_ms;
    got.connections = h->connections;
    assert_int_equal(h->purpose, PURPOSE_AD_EXCHANGE);
    assert_int_equal(h->evidence, EVIDENCE_HANDSHAKE);
    assert_string_equal(h->organisation, "Microsoft");
    snprintf(got.host, sizeof(got.host), "%s", h->host);
}

static void on_link(void *context, const char *host, unsigned place, const char *name)
{
    (void)context;
    (void)host;
    assert_int_equal(place, 1);
    got.links++;
    snprintf(got.link, sizeof(got.link), "%s", name);
}

static void on_leak(void *context, unsigned number, const char *host, const char *parameter, const char *page)
{
    (void)context;
    (void)host;
    assert_int_equal(number, 7);
    got.leaks++;
    snprintf(got.parameter, sizeof(got.parameter), "%s", parameter);
    snprintf(got.page, sizeof(got.page), "%s", page);
}

static int read_back(void)
{
    struct store_asker *a;
    const struct store_test_listener l = {.session = on_session, .host = on_host, .link = on_link, .leak = on_leak};
    memset(&got, 0, sizeof(got));
    assert_int_equal(store_asker_open(redis.socket, &a), 0);
    int rc = store_test_read(a, "school-7", ID, &l);
    store_asker_close(a);
    return rc;
}

static void put_all(enum store_test_state state)
{
    struct store_test_host h = a_host("secure.adnxs.com");
    store_tests_session(tests, ID, &(struct store_test_session){.site = "themix.org.uk", .reason = "lead", .hour_s = 3600, .minutes = 30, .visits = 1, .state = state});
    store_tests_host(tests, ID, &h);
    store_tests_link(tests, ID, "secure.adnxs.com", 1, "x.example");
    store_tests_leak(tests, ID, 7, "secure.adnxs.com", "u1", "https://www.themix.org.uk/a");
}

static void a_test_is_read_back_as_it_was_written(void **state)
{
    (void)state;
    put_all(STORE_TEST_STOPPED);
    run_all();
    assert_int_equal(read_back(), 0);
    assert_int_equal(got.sessions + got.hosts + got.links + got.leaks, 4);
    assert_int_equal(got.minutes, 30);
    assert_int_equal(got.state, STORE_TEST_STOPPED);
    assert_int_equal(got.after_ms, 412);
    assert_int_equal(got.connections, 3);
    assert_string_equal(got.site, "themix.org.uk");
    assert_string_equal(got.link, "x.example");
    assert_string_equal(got.parameter, "u1");
    assert_string_equal(got.page, "https://www.themix.org.uk/a");
}

static void twice_is_once_and_the_latest_holds(void **state)
{
    (void)state;
    put_all(STORE_TEST_RUNNING);
    put_all(STORE_TEST_OVER);
    run_all();
    assert_int_equal(read_back(), 0);
    assert_int_equal(got.hosts, 1);
    assert_int_equal(got.connections, 3);
    assert_int_equal(got.state, STORE_TEST_OVER);
}

static void what_redis_has_not_taken_waits(void **state)
{
    (void)state;
    test_redis_kill(&redis);
    put_all(STORE_TEST_RUNNING);
    assert_int_equal(store_tests_run(tests), 4);
    assert_true(test_redis_restart(&redis));
    run_all();
    /* The function may not have survived the kill: then the publisher's writer loads it again. */
    assert_int_equal(read_back(), 0);
    assert_int_equal(got.hosts, 1);
}

static void a_writer_takes_a_hundred_tests_a_day(void **state)
{
    (void)state;
    char id[STORE_TEST_ID_MAX];
    for (unsigned i = 1; i < STORE_TESTS_A_DAY; i++) {
        snprintf(id, sizeof(id), "%016x", i);
        assert_true(store_tests_may_have(tests, id));
        assert_true(store_tests_may_have(tests, id));
    }
    assert_false(store_tests_may_have(tests, "ffffffffffffffff"));
}

static bool is_refused(const char *key, const char *field, const char *value)
{
    struct store_reply *reply = test_redis_ask(&redis, "FCALL", STORE_FUNCTION_TEST, "1", key, field, value, NULL);
    bool refused = store_reply_kind(reply) == STORE_REPLY_ERROR && strncmp(store_reply_text(reply, NULL), "REFUSED", 7) == 0;
    store_reply_free(reply);
    return refused;
}

static void the_function_refuses_what_is_no_test(void **state)
{
    (void)state;
    char longer[2000];
    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_true(is_refused("telltale:{school-7}:alerts", "site", "a"));
    assert_true(is_refused("telltale:{school-7}:test:x", "site", "a"));
    assert_true(is_refused(KEY, "device", "3c:22:fb:10:00:10"));
    assert_true(is_refused(KEY, "host:a b", "x"));
    assert_true(is_refused(KEY, "site", "a\nb"));
    assert_true(is_refused(KEY, "site", longer));
    assert_false(is_refused(KEY, "host:a.example", "a\tb"));
}

static void an_unknown_test_is_not_there(void **state)
{
    (void)state;
    struct store_asker *a;
    const struct store_test_listener none = {.context = NULL};
    assert_int_equal(store_asker_open(redis.socket, &a), 0);
    assert_int_equal(store_test_read(a, "school-7", "ffffffffffffffff", &none), -ENOENT);
    assert_int_equal(store_test_read(a, "school-7", "../../etc", &none), -ENOENT);
    store_asker_close(a);
}

/* A foreign hand in Redis. */
static void fields_that_cannot_be_read_are_passed_over(void **state)
{
    (void)state;
    static const char *const fields[][2] = {{"host:a", "x"},       {"host:b", "a\tb\tno-purpose\thandshake\t1\t1\t1\tm\tf"}, {"link:", "x"}, {"link:99:h", "x"},
                                            {"leak:1", "only one"}, {"state", "nonsense"},                                   {"minutes", "-5"}, {"stranger", "x"}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        store_reply_free(test_redis_ask(&redis, "HSET", KEY, fields[i][0], fields[i][1], NULL));
    assert_int_equal(read_back(), 0);
    assert_int_equal(got.sessions, 1);
    assert_int_equal(got.hosts + got.links + got.leaks, 0);
    assert_int_equal(got.minutes, 0);
}

int main(void)
{
    const struct CMUnitTest all[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(a_test_is_read_back_as_it_was_written),
        T(twice_is_once_and_the_latest_holds),
        T(a_writer_takes_a_hundred_tests_a_day),
        T(the_function_refuses_what_is_no_test),
        T(an_unknown_test_is_not_there),
        T(fields_that_cannot_be_read_are_passed_over),
        T(what_redis_has_not_taken_waits),
    };
    return cmocka_run_group_tests(all, start, stop);
}
