/* test_proofs.c -- kept recordings in a real Redis: what is written is read back, whole and clean; what is wrong is refused or passed over. */
#include "store/proofs.h"

#include "store/asker.h"
#include "store/schema.h"
#include "tests/support/redis.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ID  "0123456789abcdef"
#define KEY "telltale:{school-7}:proof:" ID

static struct test_redis redis;

static int start(void **state)
{
    (void)state;
    return test_redis_start(&redis) ? 0 : -1; /* the first call loads the functions */
}

static int stop(void **state)
{
    (void)state;
    test_redis_remove(&redis);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    store_reply_free(test_redis_ask(&redis, "DEL", KEY, NULL));
    return 0;
}

static void add_host(struct store_proof *p, const char *host, enum store_told told, int32_t after_ms)
{
    struct store_proof_host *h = store_proof_add_host(p);
    assert_non_null(h);
    *h = (struct store_proof_host){.host = strdup(host), .tracker = strdup("Xandr"), .organisation = strdup("Microsoft"), .role = strdup("pixel"), .consent = strdup("before"),
                                   .purpose = PURPOSE_AD_EXCHANGE, .told = told, .requests = 3, .after_ms = after_ms};
}

static void add_told(struct store_proof *p, const char *parameter)
{
    struct store_proof_request *q = store_proof_add_told(p);
    assert_non_null(q);
    *q = (struct store_proof_request){.host = strdup("secure.adnxs.com"), .parameter = strdup(parameter), .place = strdup("query"), .carried = strdup("full address"),
                                      .page = strdup("https://www.themix.org.uk/a?q=\xe2\x80\xa6"), .inside = strdup(""), .consent = strdup("before"), .with = strdup("uid; cookies: anj"),
                                      .after_ms = 310, .tells_page = true};
}

static struct store_proof a_proof(void)
{
    struct store_proof p = {.id = ID, .site = strdup("themix.org.uk"), .browser = strdup("Firefox 128"), .page = strdup("https://www.themix.org.uk/a"), .title = strdup("A\tpage"),
                            .recorded = "2026-11-20", .kept_hour_s = 1795345200, .pages = 1, .requests = 9, .third_party = 7, .beyond = 2, .complete = true, .answered = true};
    add_host(&p, "later.example", STORE_TOLD_SITE, 900);
    add_host(&p, "secure.adnxs.com", STORE_TOLD_PAGE, 310);
    add_told(&p, "redir > u1");
    struct store_proof_chain *c = store_proof_add_chain(&p);
    c->hosts[c->len++] = strdup("secure.adnxs.com");
    c->hosts[c->len++] = strdup("pixel.mediaiqdigital.com");
    return p;
}

static void write_one(struct store_proof *p)
{
    assert_int_equal(store_proof_write(redis.socket, "school-7", p), 0);
    store_proof_fini(p);
}

static int read_one(struct store_proof *out)
{
    struct store_asker *a;
    assert_int_equal(store_asker_open(redis.socket, &a), 0);
    int rc = store_proof_read(a, "school-7", ID, out);
    store_asker_close(a);
    return rc;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct store_proof p = a_proof();
    write_one(&p);
    assert_int_equal(read_one(&p), 0);
    assert_string_equal(p.site, "themix.org.uk");
    assert_string_equal(p.recorded, "2026-11-20");
    assert_string_equal(p.browser, "Firefox 128");
    assert_string_equal(p.title, "A\xef\xbf\xbdpage"); /* a tab would be the end of a column */
    assert_int_equal(p.kept_hour_s, 1795345200);
    assert_int_equal(p.requests, 9);
    assert_int_equal(p.third_party, 7);
    assert_int_equal(p.beyond, 2);
    assert_true(p.complete && p.answered && !p.demo);
    assert_int_equal(p.hosts_len, 2);
    assert_string_equal(p.hosts[0].host, "secure.adnxs.com"); /* by time */
    assert_int_equal(p.hosts[0].told, STORE_TOLD_PAGE);
    assert_int_equal(p.hosts[0].requests, 3);
    assert_int_equal(p.hosts[0].purpose, PURPOSE_AD_EXCHANGE);
    assert_string_equal(p.hosts[0].role, "pixel");
    assert_int_equal(p.told_len, 1);
    assert_string_equal(p.told[0].parameter, "redir > u1");
    assert_string_equal(p.told[0].with, "uid; cookies: anj");
    assert_true(p.told[0].tells_page);
    assert_int_equal(p.told[0].after_ms, 310);
    assert_int_equal(p.chains_len, 1);
    assert_int_equal(p.chains[0].len, 2);
    assert_string_equal(p.chains[0].hosts[1], "pixel.mediaiqdigital.com");
    store_proof_fini(&p);
}

static void it_lives_as_long_as_the_table_says_and_its_deadline_stays(void **state)
{
    (void)state;
    struct store_proof p = a_proof();
    write_one(&p);
    long long ttl = test_redis_number(&redis, "TTL", KEY, NULL);
    assert_in_range(ttl, 400 * STORE_DAY_S - STORE_HOUR_S, 400 * STORE_DAY_S);
    store_reply_free(test_redis_ask(&redis, "EXPIRE", KEY, "500", NULL));
    p = a_proof();
    write_one(&p);
    assert_in_range(test_redis_number(&redis, "TTL", KEY, NULL), 1, 500);
}

static void on_id(void *context, const char *id)
{
    assert_string_equal(id, ID);
    ++*(unsigned *)context;
}

static void it_is_listed_and_removed(void **state)
{
    (void)state;
    unsigned n = 0;
    struct store_asker *a;
    struct store_proof p = a_proof();
    write_one(&p);
    store_reply_free(test_redis_ask(&redis, "HSET", "telltale:{school-7}:proof:foreign", "a", "b", NULL));
    assert_int_equal(store_asker_open(redis.socket, &a), 0);
    assert_int_equal(store_proof_list(a, "school-7", on_id, &n), 0);
    store_asker_close(a);
    assert_int_equal(n, 1);
    assert_int_equal(store_proof_remove(redis.socket, "school-7", ID), 0);
    assert_int_equal(test_redis_number(&redis, "EXISTS", KEY, NULL), 0);
    assert_int_equal(store_proof_remove(redis.socket, "school-7", ID), 0);
    assert_int_equal(store_proof_remove(redis.socket, "school-7", "*"), 0);
    assert_int_equal(test_redis_number(&redis, "EXISTS", "telltale:{school-7}:proof:foreign", NULL), 1);
    assert_int_equal(read_one(&p), -ENOENT);
}

static void the_fullest_recording_fits_one_call(void **state)
{
    (void)state;
    struct store_proof p = a_proof();
    char longest[2 * STORE_PROOF_TEXT];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    while (p.hosts_len < STORE_PROOF_HOSTS_MOST)
        add_host(&p, longest, STORE_TOLD_NOTHING, STORE_PROOF_UNKNOWN_MS);
    while (p.told_len < STORE_PROOF_TOLD_MOST)
        add_told(&p, longest);
    assert_null(store_proof_add_host(&p));
    assert_null(store_proof_add_told(&p));
    while (p.chains_len < STORE_PROOF_CHAINS_MOST) {
        struct store_proof_chain *c = store_proof_add_chain(&p);
        for (c->len = 0; c->len < 2; c->len++)
            c->hosts[c->len] = strdup("a.example");
    }
    p.demo = true;
    write_one(&p);
    assert_int_equal(read_one(&p), 0);
    assert_int_equal(p.hosts_len, STORE_PROOF_HOSTS_MOST);
    assert_int_equal(p.told_len, STORE_PROOF_TOLD_MOST);
    assert_int_equal(p.chains_len, STORE_PROOF_CHAINS_MOST);
    assert_true(strlen(p.told[1].parameter) <= STORE_PROOF_TEXT);
    assert_true(p.demo);
    store_proof_fini(&p);
}

static void what_a_row_has_no_room_for_is_cut_and_marked_and_the_rest_is_kept(void **state)
{
    (void)state;
    struct store_proof p = a_proof();
    char host[240], page[STORE_PROOF_TEXT + 1];
    memset(host, 'h', sizeof(host) - 1);
    memset(page, 'p', sizeof(page) - 1);
    host[sizeof(host) - 1] = page[sizeof(page) - 1] = '\0';
    struct store_proof_request *q = &p.told[0];
    char **long_ones[] = {&q->parameter, &q->page, &q->inside, &q->with};
    for (size_t i = 0; i < 4; i++) {
        free(*long_ones[i]);
        *long_ones[i] = strdup(page);
    }
    struct store_proof_chain *c = store_proof_add_chain(&p);
    for (c->len = 0; c->len < STORE_PROOF_STEPS_MOST; c->len++)
        c->hosts[c->len] = strdup(host);
    write_one(&p);
    assert_int_equal(read_one(&p), 0);
    assert_int_equal(p.told_len, 1);
    assert_string_equal(p.told[0].host, "secure.adnxs.com");
    assert_string_equal(p.told[0].carried, "full address");
    assert_int_equal(p.told[0].after_ms, 310);
    assert_true(strlen(p.told[0].page) > 200);
    assert_string_equal(p.told[0].page + strlen(p.told[0].page) - 3, "\xe2\x80\xa6");
    assert_string_equal(p.told[0].page, p.told[0].with);
    assert_int_equal(p.chains_len, 2);
    store_proof_fini(&p);
}

static void what_the_store_refuses_has_an_error_of_its_own(void **state)
{
    (void)state;
    struct store_asker *a;
    struct store_reply *reply;
    assert_int_equal(store_asker_open(redis.socket, &a), 0);
    assert_int_equal(store_asker_ask(a, 6, (const char *[]){"FCALL", "telltale_proof", "1", KEY, "no-field", "x"}, &reply), -EPROTO);
    assert_int_equal(store_asker_ask(a, 3, (const char *[]){"HSET", "k", "f"}, &reply), -EIO);
    store_asker_close(a);
}

static void there_is_a_bound_on_how_many_are_kept(void **state)
{
    (void)state;
    char key[64];
    for (unsigned i = 0; i < STORE_PROOFS_MOST; i++) {
        snprintf(key, sizeof(key), "telltale:{school-7}:proof:%016x", i);
        store_reply_free(test_redis_ask(&redis, "HSET", key, "site", "themix.org.uk", NULL));
    }
    struct store_proof p = a_proof();
    assert_int_equal(store_proof_write(redis.socket, "school-7", &p), -ENOSPC);
    assert_int_equal(test_redis_number(&redis, "EXISTS", KEY, NULL), 0);
    store_reply_free(test_redis_ask(&redis, "DEL", key, NULL));
    assert_int_equal(store_proof_write(redis.socket, "school-7", &p), 0);
    assert_int_equal(store_proof_write(redis.socket, "school-7", &p), 0); /* its own place is its own */
    store_proof_fini(&p);
    for (unsigned i = 0; i < STORE_PROOFS_MOST; i++) {
        snprintf(key, sizeof(key), "telltale:{school-7}:proof:%016x", i);
        store_reply_free(test_redis_ask(&redis, "DEL", key, NULL));
    }
}

static void rows_that_are_none_are_passed_over(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "\t", "a\tb", "h\tt\to\tno-purpose\tr\tpage\t1\t2\tbefore", "h\tt\to\tother\tr\teverything\t1\t2\tbefore",
                                        "h\tt\to\tother\tr\tpage\t-1\t2\tbefore", "h\tt\to\tother\tr\tpage\t1\t99999999999\tbefore", "h\tt\to\tother\tr\tpage\t1\t2\tbefore\tmore"};
    struct store_proof p = a_proof();
    char field[16];
    write_one(&p);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(field, sizeof(field), "host:%u", 50 + i);
        store_reply_free(test_redis_ask(&redis, "HSET", KEY, field, wrong[i], NULL));
        if (i + 1 == sizeof(wrong) / sizeof(wrong[0]))
            break; /* ten columns are right for this kind */
        snprintf(field, sizeof(field), "told:%u", 50 + i);
        store_reply_free(test_redis_ask(&redis, "HSET", KEY, field, wrong[i], NULL));
    }
    store_reply_free(test_redis_ask(&redis, "HSET", KEY, "chain:9", "alone", NULL));
    store_reply_free(test_redis_ask(&redis, "HSET", KEY, "recorded", "2026-11-\x1b[2J", NULL));
    store_reply_free(test_redis_ask(&redis, "HSET", KEY, "browser", "\x1b]0;owned\x07", NULL));
    assert_int_equal(read_one(&p), 0);
    assert_int_equal(p.hosts_len, 2);
    assert_int_equal(p.told_len, 1);
    assert_int_equal(p.chains_len, 1);
    assert_string_equal(p.recorded, "");
    assert_null(strpbrk(p.browser, "\x1b\x07"));
    store_proof_fini(&p);
}

static void assert_refused(const char *key, const char *field, const char *value)
{
    struct store_reply *reply = test_redis_ask(&redis, "FCALL", STORE_FUNCTION_PROOF, "1", key, field, value, NULL);
    assert_int_equal(store_reply_kind(reply), STORE_REPLY_ERROR);
    assert_non_null(strstr(store_reply_text(reply, NULL), "REFUSED"));
    store_reply_free(reply);
}

static void the_function_refuses_what_is_no_recording(void **state)
{
    (void)state;
    char longest[1300];
    struct store_proof p = a_proof();
    write_one(&p);
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_refused(KEY, "device", "x");
    assert_refused(KEY, "told:x", "x");
    assert_refused(KEY, "site", "a\nb");
    assert_refused(KEY, "site", longest);
    assert_refused("telltale:{school-7}:proof:*", "site", "x");
    assert_refused("telltale:{school-7}:test:" ID, "site", "x");
    assert_refused("telltale:{school-7}:alerts", "site", "x");
    struct store_reply *reply = test_redis_ask(&redis, "FCALL", STORE_FUNCTION_PROOF, "1", "telltale:{school-7}:alerts", NULL); /* no field: an end, but not of this */
    assert_int_equal(store_reply_kind(reply), STORE_REPLY_ERROR);
    store_reply_free(reply);
}

static void somebody_elses_key_is_left_alone(void **state)
{
    (void)state;
    struct store_proof p = a_proof();
    store_reply_free(test_redis_ask(&redis, "SET", KEY, "foreign", NULL));
    assert_int_equal(store_proof_write(redis.socket, "school-7", &p), -EIO);
    store_proof_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_written_is_read_back, clear),
        cmocka_unit_test_teardown(it_lives_as_long_as_the_table_says_and_its_deadline_stays, clear),
        cmocka_unit_test_teardown(it_is_listed_and_removed, clear),
        cmocka_unit_test_teardown(the_fullest_recording_fits_one_call, clear),
        cmocka_unit_test_teardown(what_a_row_has_no_room_for_is_cut_and_marked_and_the_rest_is_kept, clear),
        cmocka_unit_test_teardown(what_the_store_refuses_has_an_error_of_its_own, clear),
        cmocka_unit_test_teardown(there_is_a_bound_on_how_many_are_kept, clear),
        cmocka_unit_test_teardown(rows_that_are_none_are_passed_over, clear),
        cmocka_unit_test_teardown(the_function_refuses_what_is_no_recording, clear),
        cmocka_unit_test_teardown(somebody_elses_key_is_left_alone, clear),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
