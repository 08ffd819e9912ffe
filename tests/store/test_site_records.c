/* test_site_records.c -- figures of support sites, written once and read back, against a real Redis; disclosures; never beside a device. */
#include "store/batch.h"
#include "store/batch_pack.h"
#include "store/reader.h"
#include "store/schema.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PERIOD "telltale:{school-7}:site:2026-W47"
#define ALERTS "telltale:{school-7}:alerts"

static struct test_redis redis;
static struct store_reader *reader;

struct seen {
    struct store_site sites[8];
    struct store_pair pairs[8];
    unsigned sites_len, pairs_len, periods_len;
    char periods[8][PERIOD_NAME_MAX];
};

static int begin(void **state)
{
    (void)state;
    return test_redis_start(&redis) ? store_reader_open(redis.socket, "school-7", &reader) : -1;
}

static int end(void **state)
{
    (void)state;
    store_reader_close(reader);
    test_redis_remove(&redis);
    return 0;
}

static struct store_writer *open_writer(void)
{
    struct store_settings settings = {.socket = redis.socket, .installation = "school-7", .queue_batches = 16};
    struct store_writer *w = store_writer_open(&settings);
    assert_non_null(w);
    return w;
}

static void on_site(void *context, const struct store_site *s)
{
    struct seen *seen = context;
    assert_true(seen->sites_len < 8);
    seen->sites[seen->sites_len++] = *s;
}

static void on_pair(void *context, const struct store_pair *p)
{
    struct seen *seen = context;
    assert_true(seen->pairs_len < 8);
    seen->pairs[seen->pairs_len++] = *p;
}

static void on_period(void *context, const struct period *p)
{
    struct seen *seen = context;
    assert_true(seen->periods_len < 8);
    strcpy(seen->periods[seen->periods_len++], p->name);
}

static struct store_site the_mix(const char *period)
{
    struct store_site s = {.visits = 14, .devices = 6};
    assert_true(period_read(period, &s.period));
    strcpy(s.site, "themix.org.uk");
    return s;
}

static struct store_pair xandr(const char *period)
{
    struct store_pair p = {.purpose = PURPOSE_AD_EXCHANGE, .verdict = EVIDENCE_SHOWN};
    assert_true(period_read(period, &p.period));
    strcpy(p.site, "themix.org.uk");
    strcpy(p.host, "secure.adnxs.com");
    strcpy(p.tracker, "Xandr");
    strcpy(p.organisation, "Caf\xc3\xa9 Microsoft");
    strcpy(p.country, "US");
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++)
        p.counts.contexts[i] = (struct moment_stratum){UINT32_MAX - i, i, 4 * i, i};
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++)
        p.counts.delays[i] = UINT32_MAX - i;
    return p;
}

static void what_left_of_a_site_is_read_back_whole(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct store_site site = the_mix("2026-W47");
    struct store_pair pair = xandr("2026-W47");
    struct store_writer *w = open_writer();
    store_writer_site(w, &site);
    store_writer_pair(w, &pair);
    assert_true(store_writer_drain(w, 5000));
    store_writer_close(w);
    assert_int_equal(store_reader_site_period(reader, "2026-W47", on_site, on_pair, &seen), 0);
    assert_int_equal(seen.sites_len, 1);
    assert_int_equal(seen.pairs_len, 1);
    assert_string_equal(seen.sites[0].site, "themix.org.uk");
    assert_int_equal(seen.sites[0].visits, 14);
    assert_int_equal(seen.sites[0].devices, 6);
    assert_string_equal(seen.pairs[0].host, "secure.adnxs.com");
    assert_string_equal(seen.pairs[0].organisation, pair.organisation);
    assert_string_equal(seen.pairs[0].country, "US");
    assert_int_equal(seen.pairs[0].purpose, PURPOSE_AD_EXCHANGE);
    assert_memory_equal(&seen.pairs[0].counts, &pair.counts, sizeof(pair.counts));
    assert_string_equal(seen.pairs[0].period.first, "2026-11-16");
    long ttl = (long)test_redis_number(&redis, "TTL", PERIOD, NULL);
    assert_in_range(ttl, 399 * 86400, 400 * 86400);
}

static void periods_are_told_once_and_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"2026-11-20", "2026-T3", "2026-W47", "2026-11-16", "2025-T3"};
    struct seen seen = {0};
    struct store_writer *w = open_writer();
    for (size_t i = 0; i < 5; i++) {
        struct store_site s = the_mix(names[i]);
        store_writer_site(w, &s);
    }
    assert_true(store_writer_drain(w, 5000));
    store_writer_close(w);
    assert_int_equal(store_reader_site_periods(reader, on_period, &seen), 0);
    assert_int_equal(seen.periods_len, 5);
    assert_string_equal(seen.periods[0], "2025-T3");
    assert_string_equal(seen.periods[1], "2026-T3");
    assert_string_equal(seen.periods[2], "2026-W47");
    assert_string_equal(seen.periods[3], "2026-11-16");
    assert_string_equal(seen.periods[4], "2026-11-20");
    assert_int_equal(store_reader_site_period(reader, "2026-11-21", on_site, on_pair, &seen), -2 /* ENOENT */);
    assert_int_equal(store_reader_site_period(reader, "no period", on_site, on_pair, &seen), -2);
}

static uint64_t alerts(void)
{
    return test_redis_number(&redis, "XLEN", ALERTS, NULL);
}

static void a_disclosure_is_one_alert_for_a_site_a_tracker_and_a_day(void **state)
{
    (void)state;
    struct store_writer *w = open_writer();
    uint64_t before = alerts();
    struct store_pair p = xandr("2026-11-18");
    store_writer_pair(w, &p);
    strcpy(p.host, "ib.adnxs.com"); /* another host of the same tracker */
    p.verdict = EVIDENCE_LIKELY;
    store_writer_pair(w, &p);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(alerts(), before + 1);
    strcpy(p.tracker, "MiQ");
    p.verdict = EVIDENCE_TOO_FEW;
    store_writer_pair(w, &p);
    p.verdict = EVIDENCE_NO;
    store_writer_pair(w, &p);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(alerts(), before + 1);
    p = xandr("2026-11-19");
    store_writer_pair(w, &p);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(alerts(), before + 2);
    store_writer_close(w);
}

static void a_later_record_takes_the_place_of_an_earlier_one(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct store_site s = the_mix("2026-11-17");
    struct store_writer *w = open_writer();
    store_writer_site(w, &s);
    s.visits = 20;
    store_writer_site(w, &s);
    assert_true(store_writer_drain(w, 5000));
    store_writer_close(w);
    assert_int_equal(store_reader_site_period(reader, "2026-11-17", on_site, on_pair, &seen), 0);
    assert_int_equal(seen.sites[0].visits, 20);
}

/* What stands in Redis may be somebody else's. */
static void fields_that_cannot_be_read_are_passed_over(void **state)
{
    (void)state;
    struct seen seen = {0};
    static const char *const key = "telltale:{school-7}:site:2026-W01";
    static const char *const bad[][2] = {{"visits:", "1"}, {"visits:x y", "1"}, {"visits:a.org", "-1"}, {"devices:a.org", "99999999999"}, {"pair:a.org", "1"},
                                         {"pair:a.org:b.com", "1 2 3"}, {"pair:a.org:", "1"}, {"pair::b.com", ""}, {"visits:b.org", "1x"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        test_redis_number(&redis, "HSET", key, bad[i][0], bad[i][1], NULL);
    test_redis_number(&redis, "HSET", key, "visits:good.org", "7", NULL);
    assert_int_equal(store_reader_site_period(reader, "2026-W01", on_site, on_pair, &seen), 0);
    unsigned good = 0;
    for (unsigned i = 0; i < seen.sites_len; i++)
        good += strcmp(seen.sites[i].site, "good.org") == 0 && seen.sites[i].visits == 7;
    assert_int_equal(good, 1);
    assert_int_equal(seen.pairs_len, 0);
}

/* Contacts with a device, contacts without, and sites: three kinds of batch. */
static void a_batch_never_mixes_what_has_a_device_and_what_has_none(void **state)
{
    (void)state;
    struct store_writer *w = open_writer();
    struct store_contact c = {.time_ns = 1795345200000000000ull, .day = "2026-11-22", .connections = 1, .evidence = EVIDENCE_HANDSHAKE};
    struct store_site s = the_mix("2026-11-16");
    for (int i = 0; i < 4; i++) {
        strcpy(c.device, i % 2 ? "k7fd2q" : "");
        store_writer_contact(w, &c);
    }
    store_writer_site(w, &s);
    assert_true(store_writer_drain(w, 5000));
    assert_int_equal(store_writer_counts(w).batches_sent, 5);
    store_writer_close(w);
}

static void a_packed_record_of_a_site_is_unpacked_whole_and_never_cut(void **state)
{
    (void)state;
    struct store_pair p = xandr("2026-T3");
    struct store_batch *b = store_pair_batch(&p);
    assert_non_null(b);
    size_t n = batch_packed_size(b);
    struct batch_head head = {.sequence = 1};
    uint8_t *bytes = malloc(n);
    batch_pack(b, &head, bytes);
    struct store_batch *again = batch_unpack(bytes, n);
    assert_non_null(again);
    assert_string_equal(again->period, "2026-T3");
    assert_int_equal(again->arguments, STORE_SITE_ARGUMENTS);
    assert_memory_equal(again->bytes, b->bytes, b->size);
    free(again);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        memcpy(exact, bytes, cut);
        assert_null(batch_unpack(exact, cut));
        free(exact);
    }
    free(bytes);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_left_of_a_site_is_read_back_whole),
        cmocka_unit_test(periods_are_told_once_and_in_order),
        cmocka_unit_test(a_disclosure_is_one_alert_for_a_site_a_tracker_and_a_day),
        cmocka_unit_test(a_later_record_takes_the_place_of_an_earlier_one),
        cmocka_unit_test(fields_that_cannot_be_read_are_passed_over),
        cmocka_unit_test(a_batch_never_mixes_what_has_a_device_and_what_has_none),
        cmocka_unit_test(a_packed_record_of_a_site_is_unpacked_whole_and_never_cut),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
