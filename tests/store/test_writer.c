/* test_writer.c -- what arrives in a real Redis when all goes well. */
#include "common/clock.h"
#include "store/batch.h"
#include "store/labels.h"
#include "store/proofs.h"
#include "store/requests.h"
#include "store/schema.h"
#include "store/tests.h"
#include "store/audit.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define ALERTS "telltale:{school-7}:alerts"
#define LEDGER "telltale:{school-7}:ledger"
#define HEALTH "telltale:{school-7}:health"
#define DAY    "telltale:{school-7}:day:2026-11-22"

#define HOUR_MS 3600000ull

static struct test_redis redis;

static int start_redis(void **state)
{
    (void)state;
    return test_redis_start(&redis) ? 0 : -1;
}

static int stop_redis(void **state)
{
    (void)state;
    test_redis_remove(&redis);
    return 0;
}

static struct store_writer *open_writer(bool demo)
{
    store_reply_free(test_redis_ask(&redis, "FLUSHALL", NULL));
    struct store_settings settings = {
        .socket = redis.socket, .installation = "school-7", .demo = demo, .queue_batches = 64};
    struct store_writer *w = store_writer_open(&settings);
    assert_non_null(w);
    return w;
}

static struct store_contact xandr(void)
{
    struct store_contact c = {
        .time_ns = clock_wall_ns(), .day = "2026-11-22", .hour = 9, .country = "US", .asn = 29990};
    c.connections = 3;
    c.purpose = PURPOSE_AD_EXCHANGE;
    c.evidence = EVIDENCE_HANDSHAKE;
    strcpy(c.device, "k7fd2q");
    strcpy(c.tracker, "Xandr");
    strcpy(c.organisation, "Microsoft");
    strcpy(c.feed, "telltale@1");
    strcpy(c.matched, "adnxs.com");
    return c;
}

/* The fields of the newest alert, as a list of names and values. */
static struct store_reply *newest_alert(void)
{
    struct store_reply *reply = test_redis_ask(&redis, "XREVRANGE", ALERTS, "+", "-", "COUNT", "1", NULL);
    assert_non_null(reply);
    assert_int_equal(store_reply_count(reply), 1);
    return reply;
}

static const struct store_reply *fields_of(const struct store_reply *alerts)
{
    return store_reply_item(store_reply_item(alerts, 0), 1);
}

static void assert_field(const struct store_reply *alerts, size_t i, const char *name, const char *value)
{
    const struct store_reply *fields = fields_of(alerts);
    assert_string_equal(store_reply_text(store_reply_item(fields, 2 * i), NULL), name);
    assert_string_equal(store_reply_text(store_reply_item(fields, 2 * i + 1), NULL), value);
}

static void a_contact_becomes_one_alert_with_exactly_the_fields_of_the_schema(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"kind", "contact"},
        {"device", "k7fd2q"},
        {"tracker", "Xandr"},
        {"organisation", "Microsoft"},
        {"purpose", "ad-exchange"},
        {"matched", "adnxs.com"},
        {"evidence", "handshake"},
        {"connections", "3"},
        {"country", "US"},
        {"asn", "29990"},
        {"severity", "high"},
        {"why", "a device contacted Xandr (Microsoft), an ad exchange; its name was seen in a connection"},
        {"feed", "telltale@1"},
    };
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    struct store_reply *alert = newest_alert();
    size_t n = sizeof(expected) / sizeof(expected[0]);
    assert_int_equal(store_reply_count(fields_of(alert)), 2 * n);
    for (size_t i = 0; i < n; i++) {
        assert_field(alert, i, expected[i][0], expected[i][1]);
        assert_int_equal(store_fields[i].key, STORE_KEY_ALERTS);
        assert_string_equal(store_fields[i].pattern, expected[i][0]);
    }
    store_reply_free(alert);
    store_writer_close(w);
}

static void an_unknown_value_is_empty_and_counts_nowhere(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = {.time_ns = clock_wall_ns(), .day = "2026-11-22", .hour = 0, .connections = 1};
    c.purpose = PURPOSE_OTHER;
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    struct store_reply *alert = newest_alert();
    assert_field(alert, 1, "device", "");
    assert_field(alert, 2, "tracker", "");
    assert_field(alert, 5, "matched", "");
    assert_field(alert, 8, "country", "");
    assert_field(alert, 9, "asn", "");
    store_reply_free(alert);
    assert_int_equal(test_redis_number(&redis, "HLEN", DAY, NULL), 3); /* contacts, purpose, evidence; without a device there is no hour */
    assert_int_equal(test_redis_number(&redis, "EXISTS", DAY ":devices", NULL), 0);
    store_writer_close(w);
}

static void the_day_is_counted_by_every_word(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    for (int i = 0; i < 600; i++) { /* three batches: counts add up across them */
        c.hour = (uint8_t)(i % 2 ? 9 : 17);
        store_writer_contact(w, &c);
        if (i % 100 == 0)
            store_writer_run(w, 0);
    }
    c.device[0] = '\0'; /* withheld */
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts", NULL), 601);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts:purpose:ad-exchange", NULL), 601);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts:tracker:Xandr", NULL), 601);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts:organisation:Microsoft", NULL), 601);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts:evidence:handshake", NULL), 601);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts:hour:17", NULL), 300);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts:hour:09", NULL), 300); /* without a device there is no hour */
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts:country:US", NULL), 601);
    assert_int_equal(test_redis_number(&redis, "HLEN", DAY, NULL), 8);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY ":devices", "k7fd2q", NULL), 600);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY ":devices", "k7fd2q:ad-exchange", NULL), 600);
    assert_int_equal(test_redis_number(&redis, "HLEN", DAY ":devices", NULL), 2);
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 601);
    struct store_writer_counts counts = store_writer_counts(w);
    assert_int_equal(counts.contacts_made, 601);
    assert_int_equal(counts.contacts_acknowledged, 601);
    assert_int_equal(counts.batches_repeated, 0);
    store_writer_close(w);
}

static void several_days_in_any_order_each_get_their_own(void **state)
{
    (void)state;
    static const char *const days[] = {"2026-11-21", "2026-11-22", "2026-11-20"};
    struct store_writer *w = open_writer(false);
    for (int i = 0; i < 30; i++) {
        struct store_contact c = xandr();
        memcpy(c.day, days[i % 3], sizeof(c.day));
        store_writer_contact(w, &c);
    }
    assert_true(store_writer_drain(w, 5000));
    for (int i = 0; i < 3; i++) {
        char key[STORE_KEY_MAX];
        store_key_write(key, "school-7", STORE_KEY_DAY, days[i]);
        assert_int_equal(test_redis_number(&redis, "HGET", key, "contacts", NULL), 10);
    }
    store_writer_close(w);
}

static void alert_ids_are_hours_and_never_go_back(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    uint64_t now_ns = c.time_ns;
    uint64_t times_ns[] = {now_ns - 3600 * NS_PER_S, now_ns, now_ns - 2 * 3600 * NS_PER_S, now_ns};
    for (size_t i = 0; i < 4; i++) {
        c.time_ns = times_ns[i];
        store_writer_contact(w, &c);
    }
    assert_true(store_writer_drain(w, 5000));
    struct store_reply *all = test_redis_ask(&redis, "XRANGE", ALERTS, "-", "+", NULL);
    assert_int_equal(store_reply_count(all), 4);
    uint64_t this_hour_ms = now_ns / NS_PER_MS / HOUR_MS * HOUR_MS;
    for (size_t i = 0; i < 4; i++) {
        char *dash;
        uint64_t ms = strtoull(store_reply_text(store_reply_item(store_reply_item(all, i), 0), NULL), &dash, 10);
        assert_int_equal(*dash, '-');
        assert_int_equal(ms, i == 0 ? this_hour_ms - HOUR_MS : this_hour_ms);
    }
    store_reply_free(all);
    store_writer_close(w);
}

static void alerts_older_than_thirty_days_are_trimmed(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    uint64_t now_ns = c.time_ns;
    for (uint64_t hours_ago = 740; hours_ago <= 740; hours_ago -= 20) { /* until it wraps */
        c.time_ns = now_ns - hours_ago * 3600 * NS_PER_S;
        store_writer_contact(w, &c);
    }
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 36); /* 700, 680 ... 0 hours ago */
    store_writer_close(w);
}

static void a_replayed_capture_of_another_year_keeps_its_last_thirty_days(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    for (uint64_t hour = 0; hour < 60 * 24; hour += 72) {
        c.time_ns = (1700000000 / 3600 * 3600 + hour * 3600) * NS_PER_S;
        store_writer_contact(w, &c);
    }
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 10);
    store_writer_close(w);
}

static void the_stream_of_alerts_is_capped(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    for (unsigned i = 0; i < STORE_ALERTS_KEPT + 10000; i++) {
        store_writer_contact(w, &c);
        while (store_writer_counts(w).contacts_queued > 8192)
            store_writer_run(w, 10);
    }
    assert_true(store_writer_drain(w, 10000));
    assert_int_equal(store_writer_counts(w).contacts_refused, 0);
    assert_in_range(test_redis_number(&redis, "XLEN", ALERTS, NULL), STORE_ALERTS_KEPT, STORE_ALERTS_KEPT + 500);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, "contacts", NULL), STORE_ALERTS_KEPT + 10000);
    store_writer_close(w);
}

static void hostile_text_arrives_byte_for_byte(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    snprintf(c.tracker, sizeof(c.tracker), "a\"b'c\r\nd\te %%s*$3\r\n:1\r\n\\x00 \xff\xfe {}");
    snprintf(c.organisation, sizeof(c.organisation), "%s", "<script>alert(1)</script>\n$(id);`id`:day:x");
    memset(c.matched, 'm', 253);
    memset(c.feed, 'f', sizeof(c.feed) - 1);
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    struct store_reply *alert = newest_alert();
    assert_field(alert, 2, "tracker", c.tracker);
    assert_field(alert, 3, "organisation", c.organisation);
    assert_field(alert, 5, "matched", c.matched);
    assert_field(alert, 12, "feed", c.feed);
    const char *why = store_reply_text(store_reply_item(fields_of(alert), 23), NULL);
    assert_non_null(strstr(why, c.tracker));
    store_reply_free(alert);
    char field[128];
    snprintf(field, sizeof(field), "contacts:tracker:%s", c.tracker);
    assert_int_equal(test_redis_number(&redis, "HGET", DAY, field, NULL), 1);
    store_writer_close(w);
}

static void the_largest_batch_arrives(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    memset(c.matched, 'm', 253);
    memset(c.feed, 'f', 63);
    for (int i = 0; i < STORE_BATCH_CONTACTS; i++) {
        char number[4];
        snprintf(number, sizeof(number), "%03x", (unsigned)i);
        memset(c.tracker, 't', 63);
        memset(c.organisation, 'o', 63);
        memset(c.device, 'd', 16);
        memcpy(c.tracker, number, 3);
        memcpy(c.organisation, number, 3);
        memcpy(c.device, number, 3);
        c.connections = UINT32_MAX;
        c.asn = UINT32_MAX;
        store_writer_contact(w, &c);
    }
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(store_writer_counts(w).batches_sent, 1);
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), STORE_BATCH_CONTACTS);
    assert_int_equal(test_redis_number(&redis, "HLEN", DAY ":devices", NULL), 2 * STORE_BATCH_CONTACTS);
    assert_int_equal(test_redis_number(&redis, "HLEN", DAY, NULL), 5 + 2 * STORE_BATCH_CONTACTS);
    store_writer_close(w);
}

static void demo_mode_marks_every_record(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(true);
    struct store_contact c = xandr();
    store_writer_contact(w, &c);
    store_writer_health(w, (const struct store_health[]){{"captured", 1}}, 1);
    assert_true(store_writer_drain(w, 5000));
    struct store_reply *alert = newest_alert();
    assert_int_equal(store_reply_count(fields_of(alert)), 28);
    assert_field(alert, 13, "demo", "yes");
    store_reply_free(alert);
    struct store_reply *mark = test_redis_ask(&redis, "HGET", DAY, "demo", NULL);
    assert_string_equal(store_reply_text(mark, NULL), "yes");
    store_reply_free(mark);
    assert_int_equal(test_redis_number(&redis, "HGET", HEALTH, "demo", NULL), 1);
    store_writer_close(w);
}

static void a_demo_keeps_its_alerts_for_two_days(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(true);
    struct store_contact c = xandr();
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    assert_in_range(test_redis_number(&redis, "TTL", ALERTS, NULL), 46 * 3600, 48 * 3600);
    store_writer_close(w);
}

static void each_figure_goes_to_its_own_hash(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_health figures[STORE_FIGURE_COUNT];
    for (int i = 0; i < STORE_FIGURE_COUNT; i++)
        figures[i] = (struct store_health){store_figure_name((enum store_figure)i), 7};
    store_writer_health(w, figures, STORE_FIGURE_COUNT);
    assert_true(store_writer_drain(w, 5000));
    for (int i = 0; i < STORE_FIGURE_COUNT; i++) {
        bool in_ledger = store_figure_key((enum store_figure)i) == STORE_KEY_LEDGER;
        assert_int_equal(test_redis_number(&redis, "HEXISTS", LEDGER, figures[i].name, NULL), in_ledger);
        assert_int_equal(test_redis_number(&redis, "HEXISTS", HEALTH, figures[i].name, NULL), !in_ledger);
    }
    store_writer_close(w);
}

static void health_holds_the_latest_of_each_figure(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    store_writer_health(w, (const struct store_health[]){{"captured", 1}, {"updated", 5}}, 2);
    assert_true(store_writer_drain(w, 5000));
    store_writer_health(w, (const struct store_health[]){{"captured", UINT64_MAX}}, 1);
    assert_true(store_writer_drain(w, 5000));
    struct store_reply *captured = test_redis_ask(&redis, "HGET", HEALTH, "captured", NULL);
    assert_string_equal(store_reply_text(captured, NULL), "18446744073709551615");
    store_reply_free(captured);
    assert_int_equal(test_redis_number(&redis, "HGET", HEALTH, "updated", NULL), 5);
    assert_int_equal(test_redis_number(&redis, "HLEN", HEALTH, NULL), 2);
    assert_int_equal(test_redis_number(&redis, "EXISTS", ALERTS, NULL), 0);
    store_writer_close(w);
}

static enum store_key key_of(const char *name)
{
    if (strstr(name, ":coverage"))
        return STORE_KEY_COVERAGE;
    if (strstr(name, ":labels"))
        return STORE_KEY_LABELS;
    if (strstr(name, ":devices"))
        return STORE_KEY_DEVICES;
    if (strstr(name, ":day:"))
        return STORE_KEY_DAY;
    if (strstr(name, ":mark:"))
        return STORE_KEY_MARK;
    if (strstr(name, ":audit"))
        return STORE_KEY_AUDIT;
    if (strstr(name, ":ledger"))
        return STORE_KEY_LEDGER;
    if (strstr(name, ":site:"))
        return STORE_KEY_SITE;
    if (strstr(name, ":test:"))
        return STORE_KEY_TEST;
    if (strstr(name, ":proof:"))
        return STORE_KEY_PROOF;
    if (strstr(name, ":request"))
        return STORE_KEY_REQUEST;
    if (strstr(name, ":settings"))
        return STORE_KEY_SETTINGS;
    return strstr(name, ":health") ? STORE_KEY_HEALTH : STORE_KEY_ALERTS;
}

static void write_what_people_write(void)
{
    const struct store_request request = {.id = "0123456789abcdef0123456789abcdef", .who = "lead", .change = "privacy",
                                          .count = 1, .member = {{"k", "7"}}};
    assert_int_equal(store_request_write(redis.socket, "school-7", &request), 0);
    struct store_requests *answers = store_requests_new(redis.socket, "school-7", NULL, NULL);
    assert_true(store_requests_tell(answers, "", &(struct store_settings_field){"set:privacy.k", "5"}, 1));
    while (store_requests_run(answers))
        usleep(1000);
    store_requests_free(answers);
    char site[] = "themix.org.uk", browser[] = "b", page[] = "https://www.themix.org.uk/", title[] = "t";
    struct store_proof proof = {.id = "0123456789abcdef", .site = site, .browser = browser, .page = page, .title = title,
                                .recorded = "2026-11-22", .kept_hour_s = 1795345200, .pages = 1, .requests = 1};
    assert_int_equal(store_proof_write(redis.socket, "school-7", &proof), 0);
}

static void every_key_has_the_deadline_of_the_schema(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    store_writer_contact(w, &c);
    struct store_site site = {.site = "themix.org.uk", .visits = 5, .devices = 5};
    assert_true(period_read("2026-W47", &site.period));
    store_writer_site(w, &site);
    store_writer_health(w, (const struct store_health[]){{"captured", 1}, {"contacts_made", 1}, {"started", 1795345200}, {"updated", 1795345210}}, 4);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(store_audit_write(redis.socket, "school-7", "lead", "looked", "the day"), 0);
    struct store_tests *tests = store_tests_new(redis.socket, "school-7", false);
    assert_true(store_tests_may_have(tests, "0123456789abcdef"));
    store_tests_link(tests, "0123456789abcdef", "metrics.themix.org.uk", 0, "themix.data.adobedc.net");
    while (store_tests_run(tests) > 0)
        usleep(1000);
    store_tests_free(tests);
    struct store_labels *labels = store_labels_new(redis.socket, "school-7");
    store_labels_put(labels, "2026-11-22", "0123456789ab", "Library PC 3");
    while (store_labels_run(labels) > 0)
        usleep(1000);
    store_labels_free(labels);
    write_what_people_write();
    struct store_reply *keys = test_redis_ask(&redis, "KEYS", "*", NULL);
    assert_int_equal(store_reply_count(keys), STORE_KEY_COUNT);
    unsigned seen = 0;
    for (size_t i = 0; i < store_reply_count(keys); i++) {
        const char *name = store_reply_text(store_reply_item(keys, i), NULL);
        const struct store_key_info *info = &store_keys[key_of(name)];
        long long ttl_s = test_redis_number(&redis, "TTL", name, NULL);
        assert_in_range(ttl_s, info->ttl_s - info->step_s - 1, info->ttl_s);
        assert_int_equal(test_redis_number(&redis, "PEXPIRETIME", name, NULL) % (info->step_s * 1000), 0);
        struct store_reply *type = test_redis_ask(&redis, "TYPE", name, NULL);
        assert_string_equal(store_reply_text(type, NULL), info->type);
        store_reply_free(type);
        seen |= 1u << key_of(name);
    }
    assert_int_equal(seen, (1u << STORE_KEY_COUNT) - 1);
    store_reply_free(keys);
    store_writer_close(w);
}

static void a_day_keeps_its_first_deadline_and_alerts_move_theirs(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(test_redis_number(&redis, "EXPIRE", DAY ":devices", "1000", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "EXPIRE", DAY, "1000", NULL), 1);
    assert_int_equal(test_redis_number(&redis, "EXPIRE", ALERTS, "1000", NULL), 1);
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    assert_in_range(test_redis_number(&redis, "TTL", DAY ":devices", NULL), 900, 1000);
    assert_in_range(test_redis_number(&redis, "TTL", DAY, NULL), 900, 1000);
    assert_in_range(test_redis_number(&redis, "TTL", ALERTS, NULL), 30 * 86400 - 7200, 30 * 86400);
    store_writer_close(w);
}

static void an_older_function_is_replaced_and_a_newer_one_is_left(void **state)
{
    (void)state;
    static const char older[] = "#!lua name=telltale\nredis.register_function{function_name='telltale_apply', "
                                "callback=function() return redis.status_reply('old') end, description='version 0'}";
    static const char newer[] =
        "#!lua name=telltale\nredis.register_function{function_name='telltale_apply', "
        "callback=function() return redis.status_reply('applied') end, description='version 999'}";
    struct store_contact c = xandr();
    store_reply_free(test_redis_ask(&redis, "FUNCTION", "LOAD", "REPLACE", older, NULL));
    struct store_writer *w = open_writer(false);
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(test_redis_number(&redis, "XLEN", ALERTS, NULL), 1);
    store_writer_close(w);

    store_reply_free(test_redis_ask(&redis, "FUNCTION", "LOAD", "REPLACE", newer, NULL));
    w = open_writer(false);
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(test_redis_number(&redis, "EXISTS", ALERTS, NULL), 0);
    store_writer_close(w);
    store_reply_free(test_redis_ask(&redis, "FUNCTION", "FLUSH", NULL));
}

static void a_batch_is_sent_within_a_tenth_of_a_second(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    struct store_contact c = xandr();
    store_writer_contact(w, &c);
    assert_true(store_writer_drain(w, 5000));
    store_writer_contact(w, &c);
    uint64_t start_ns = clock_monotonic_ns();
    while (store_writer_counts(w).contacts_acknowledged < 2 && clock_monotonic_ns() - start_ns < 5 * NS_PER_S)
        store_writer_run(w, 1000);
    uint64_t took_ms = (clock_monotonic_ns() - start_ns) / NS_PER_MS;
    assert_in_range(took_ms, 90, 400);
    store_writer_close(w);
}

static void a_run_never_waits_longer_than_asked(void **state)
{
    (void)state;
    struct store_writer *w = open_writer(false);
    assert_true(store_writer_run(w, 0) >= 0);
    for (int i = 0; i < 20; i++) {
        uint64_t start_ns = clock_monotonic_ns();
        store_writer_run(w, 20);
        assert_true(clock_monotonic_ns() - start_ns < 200 * NS_PER_MS);
    }
    assert_true(store_writer_counts(w).connected);
    store_writer_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contact_becomes_one_alert_with_exactly_the_fields_of_the_schema),
        cmocka_unit_test(an_unknown_value_is_empty_and_counts_nowhere),
        cmocka_unit_test(the_day_is_counted_by_every_word),
        cmocka_unit_test(several_days_in_any_order_each_get_their_own),
        cmocka_unit_test(alert_ids_are_hours_and_never_go_back),
        cmocka_unit_test(alerts_older_than_thirty_days_are_trimmed),
        cmocka_unit_test(a_replayed_capture_of_another_year_keeps_its_last_thirty_days),
        cmocka_unit_test(the_stream_of_alerts_is_capped),
        cmocka_unit_test(hostile_text_arrives_byte_for_byte),
        cmocka_unit_test(the_largest_batch_arrives),
        cmocka_unit_test(demo_mode_marks_every_record),
        cmocka_unit_test(a_demo_keeps_its_alerts_for_two_days),
        cmocka_unit_test(each_figure_goes_to_its_own_hash),
        cmocka_unit_test(health_holds_the_latest_of_each_figure),
        cmocka_unit_test(every_key_has_the_deadline_of_the_schema),
        cmocka_unit_test(a_day_keeps_its_first_deadline_and_alerts_move_theirs),
        cmocka_unit_test(an_older_function_is_replaced_and_a_newer_one_is_left),
        cmocka_unit_test(a_batch_is_sent_within_a_tenth_of_a_second),
        cmocka_unit_test(a_run_never_waits_longer_than_asked),
    };
    return cmocka_run_group_tests(tests, start_redis, stop_redis);
}
