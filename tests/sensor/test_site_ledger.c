/* test_site_ledger.c -- what leaves of a support site, when, and that nothing else does. */
#include "sensor/site_ledger.h"
#include "common/byte_reader.h"
#include "tests/sensor/ledger_ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define LEFT_MOST 64

struct left {
    char what[LEFT_MOST][80];
    enum evidence_verdict verdict[LEFT_MOST];
    struct moment_counts counts[LEFT_MOST];
    unsigned len;
};

static struct left left;
static struct site_ledger *ledger;

static void on_site(void *context, const struct period *p, const struct ledger_site *s)
{
    (void)context;
    assert_true(left.len < LEFT_MOST);
    snprintf(left.what[left.len++], 80, "%s %.30s %u/%u", p->name, s->site, (unsigned)s->visits, site_devices(s));
}

static void on_pair(void *context, const struct period *p, const struct ledger_pair *pair, enum evidence_verdict verdict)
{
    (void)context;
    assert_true(left.len < LEFT_MOST);
    left.verdict[left.len] = verdict;
    left.counts[left.len] = pair->counts;
    snprintf(left.what[left.len++], 80, "%s %.30s > %.30s", p->name, pair->site, pair->tracker.host);
}

static const struct ledger_outlet outlet = {.on_site = on_site, .on_pair = on_pair};

static int begin(void **state)
{
    (void)state;
    memset(&left, 0, sizeof(left));
    ledger = site_ledger_new(5, &outlet);
    return ledger ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    site_ledger_free(ledger);
    return 0;
}

static struct device_key device(int number)
{
    struct device_key d = {.is_mac = 1};
    d.bytes[4] = (uint8_t)(number >> 8);
    d.bytes[5] = (uint8_t)number;
    return d;
}

static void visits(const char *day, const char *site, int first, int last)
{
    for (int i = first; i <= last; i++) {
        struct device_key d = device(i);
        site_ledger_visit(ledger, day, site, &d);
    }
}

static void follow(const char *day, const char *site, const char *host, uint32_t visited, uint32_t followed, uint32_t controls, uint32_t controls_followed)
{
    struct attribution_tracker t = {.purpose = PURPOSE_AD_EXCHANGE};
    struct moment_counts c = {.contexts = {{visited, followed, controls, controls_followed}}, .delays = {followed}};
    snprintf(t.host, sizeof(t.host), "%s", host);
    site_ledger_pair(ledger, day, site, &t, &c);
}

static bool has_left(const char *what)
{
    for (unsigned i = 0; i < left.len; i++)
        if (strcmp(left.what[i], what) == 0)
            return true;
    return false;
}

static void a_day_with_five_devices_leaves_when_it_is_over(void **state)
{
    (void)state;
    visits("2026-11-23", "a.org", 1, 5);
    visits("2026-11-23", "a.org", 1, 2);
    visits("2026-11-23", "b.org", 1, 4);
    site_ledger_close_before(ledger, "2026-11-23");
    assert_int_equal(left.len, 0);
    site_ledger_close_before(ledger, "2026-11-24");
    assert_int_equal(left.len, 1);
    assert_true(has_left("2026-11-23 a.org 7/5"));
}

static void made_up_addresses_count_once_a_day_not_once_a_week(void **state)
{
    (void)state;
    static const char *const days[] = {"2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"};
    struct device_key d = {.is_mac = 1, .bytes = {0x02}};
    for (int i = 0; i < 5; i++) { /* one laptop that takes another address every day */
        d.bytes[5] = (uint8_t)i;
        site_ledger_visit(ledger, days[i], "a.org", &d);
    }
    visits("2026-11-23", "b.org", 1, 3);
    for (int i = 0; i < 4; i++) { /* three devices, and two such on one day */
        d.bytes[5] = (uint8_t)(100 + i);
        site_ledger_visit(ledger, days[i / 2], "b.org", &d);
    }
    site_ledger_close_before(ledger, "2026-11-30");
    assert_false(has_left("2026-W48 a.org 5/5"));
    assert_int_equal(left.len, 1);
    assert_true(has_left("2026-11-23 b.org 5/5"));
}

static void fewer_wait_for_their_week(void **state)
{
    (void)state;
    visits("2026-11-23", "a.org", 1, 3);
    visits("2026-11-24", "a.org", 1, 5); /* leaves by itself */
    visits("2026-11-25", "a.org", 3, 5);
    site_ledger_close_before(ledger, "2026-11-29");
    assert_int_equal(left.len, 1);
    site_ledger_close_before(ledger, "2026-11-30");
    assert_int_equal(left.len, 2);
    assert_true(has_left("2026-11-24 a.org 5/5") && has_left("2026-W48 a.org 6/5"));
}

static void fewer_than_that_wait_for_their_term_and_are_then_forgotten(void **state)
{
    (void)state;
    visits("2026-11-02", "a.org", 1, 3);
    visits("2026-11-10", "a.org", 3, 5);
    visits("2026-11-10", "b.org", 1, 4);
    site_ledger_close_before(ledger, "2027-01-03");
    assert_int_equal(left.len, 0);
    site_ledger_close_before(ledger, "2027-01-04");
    assert_int_equal(left.len, 1);
    assert_true(has_left("2026-T3 a.org 6/5"));
    visits("2027-01-05", "b.org", 5, 8);
    site_ledger_close_all(ledger);
    assert_int_equal(left.len, 1);
}

static void one_device_on_thirty_days_unlocks_nothing(void **state)
{
    (void)state;
    char day[11];
    for (int i = 1; i <= 30; i++) {
        snprintf(day, sizeof(day), "2026-11-%02d", i);
        visits(day, "a.org", 7, 7);
        visits(day, "a.org", 7, 7);
        follow(day, "a.org", "x.net", 2, 2, 10, 0);
    }
    site_ledger_close_all(ledger);
    assert_int_equal(left.len, 0);
}

/* The sum of all that left is never more than what others left out would show: what is suppressed is in no other figure. */
static void totals_minus_parts_give_nothing_back(void **state)
{
    (void)state;
    visits("2026-11-23", "a.org", 1, 6);
    visits("2026-11-24", "a.org", 1, 1);
    visits("2026-11-25", "a.org", 2, 2);
    follow("2026-11-23", "a.org", "x.net", 6, 6, 20, 0);
    follow("2026-11-24", "a.org", "x.net", 1, 1, 20, 0);
    site_ledger_close_all(ledger);
    assert_int_equal(left.len, 2);
    assert_true(has_left("2026-11-23 a.org 6/6") && has_left("2026-11-23 a.org > x.net"));
    assert_int_equal(left.counts[1].contexts[0].visits_followed, 6);
}

static void a_pair_has_all_visits_of_its_period(void **state)
{
    (void)state;
    visits("2026-11-23", "a.org", 1, 8);
    follow("2026-11-23", "a.org", "x.net", 3, 3, 20, 1); /* one worker; the tracker followed none of the five of another */
    site_ledger_close_before(ledger, "2026-11-24");
    assert_int_equal(left.len, 2);
    assert_int_equal(left.counts[1].contexts[0].visits, 8);
    assert_int_equal(left.counts[1].contexts[0].visits_followed, 3);
}

static void the_verdict_is_over_all_that_left_in_the_term(void **state)
{
    (void)state;
    visits("2026-11-23", "a.org", 1, 5);
    follow("2026-11-23", "a.org", "x.net", 5, 1, 200, 0);
    site_ledger_close_before(ledger, "2026-11-24");
    assert_int_equal(left.verdict[1], EVIDENCE_TOO_FEW);
    visits("2026-11-24", "a.org", 1, 5);
    follow("2026-11-24", "a.org", "x.net", 5, 4, 200, 0);
    site_ledger_close_before(ledger, "2026-11-25");
    assert_int_equal(left.len, 4);
    assert_int_equal(left.verdict[3], EVIDENCE_SHOWN);
    /* Days on which it followed none count against it. */
    visits("2027-01-04", "a.org", 1, 5);
    follow("2027-01-04", "a.org", "x.net", 5, 1, 200, 0);
    site_ledger_close_all(ledger);
    assert_int_equal(left.verdict[5], EVIDENCE_TOO_FEW);
}

/* A popular tracker follows one visit a day by chance, and is told on these days only. */
static void days_without_the_tracker_speak_for_it(void **state)
{
    (void)state;
    char day[11];
    for (int i = 2; i <= 28; i++) {
        snprintf(day, sizeof(day), "2026-11-%02d", i);
        visits(day, "a.org", 1, 5);
        if (i % 5 == 0)
            follow(day, "a.org", "popular.net", 1, 1, 100, 4);
    }
    site_ledger_close_all(ledger);
    for (unsigned i = 0; i < left.len; i++)
        assert_true(left.verdict[i] != EVIDENCE_SHOWN && left.verdict[i] != EVIDENCE_LIKELY);
}

static void workers_may_pass_midnight_one_after_the_other(void **state)
{
    (void)state;
    visits("2026-11-23", "a.org", 1, 3);
    visits("2026-11-24", "a.org", 1, 4);
    visits("2026-11-23", "a.org", 4, 5);
    site_ledger_close_before(ledger, "2026-11-24");
    assert_int_equal(left.len, 1);
    assert_true(has_left("2026-11-23 a.org 5/5"));
    visits("2026-11-23", "a.org", 6, 6); /* too late: the oldest open day has it */
    site_ledger_close_all(ledger);
    assert_true(has_left("2026-11-24 a.org 5/5"));
    assert_int_equal(site_ledger_lost(ledger), 0);
}

static struct site_ledger *restarted(struct site_ledger *l)
{
    size_t n;
    uint8_t *state = site_ledger_save(l, &n);
    struct byte_reader r = reader_over(state, n);
    site_ledger_free(l);
    l = site_ledger_new(5, &outlet);
    assert_true(site_ledger_load(l, &r) && reader_left(&r) == 0);
    free(state);
    return l;
}

static void a_restart_goes_on_with_the_day_the_week_and_the_term(void **state)
{
    (void)state;
    visits("2026-11-02", "t.org", 1, 3);
    visits("2026-11-23", "w.org", 1, 3);
    visits("2026-11-24", "d.org", 1, 3);
    site_ledger_close_before(ledger, "2026-11-24");
    ledger = restarted(ledger);
    visits("2026-11-24", "d.org", 3, 5);
    visits("2026-11-25", "w.org", 3, 5);
    visits("2026-12-07", "t.org", 3, 5);
    ledger = restarted(ledger);
    site_ledger_close_all(ledger);
    assert_int_equal(left.len, 3);
    assert_true(has_left("2026-11-24 d.org 6/5") && has_left("2026-W48 w.org 6/5") && has_left("2026-T3 t.org 6/5"));
}

static bool finds(const uint8_t *bytes, size_t n, const void *what, size_t size)
{
    return memmem(bytes, n, what, size) != NULL;
}

static void the_saved_state_has_no_address_in_it(void **state)
{
    (void)state;
    struct device_key d = {.is_mac = 1, .bytes = {0x3c, 0x22, 0xfb, 0x10, 0x00, 0x10}};
    site_ledger_visit(ledger, "2026-11-23", "a.org", &d);
    size_t n;
    uint8_t *bytes = site_ledger_save(ledger, &n);
    assert_true(finds(bytes, n, "a.org", 5));
    for (size_t i = 0; i + 3 <= 6; i++)
        assert_false(finds(bytes, n, d.bytes + i, 3));
    free(bytes);
}

static void two_ledgers_know_one_device_by_different_hashes(void **state)
{
    (void)state;
    size_t n, m;
    struct site_ledger *other = site_ledger_new(5, &outlet);
    struct device_key d = device(1);
    site_ledger_visit(ledger, "2026-11-23", "a.org", &d);
    site_ledger_visit(other, "2026-11-23", "a.org", &d);
    uint8_t *a = site_ledger_save(ledger, &n), *b = site_ledger_save(other, &m);
    assert_int_equal(n, m);
    assert_memory_not_equal(a, b, n);
    free(a);
    free(b);
    site_ledger_free(other);
}

static void a_state_that_is_cut_or_damaged_is_refused(void **state)
{
    (void)state;
    visits("2026-11-02", "t.org", 1, 3);
    visits("2026-11-23", "w.org", 1, 6);
    follow("2026-11-23", "w.org", "x.net", 5, 1, 200, 0);
    visits("2026-11-25", "d.org", 1, 3);
    site_ledger_close_before(ledger, "2026-11-25");
    size_t n;
    uint8_t *whole = site_ledger_save(ledger, &n);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        memcpy(exact, whole, cut);
        struct byte_reader r = reader_over(exact, cut);
        struct site_ledger *l = site_ledger_new(5, &outlet);
        assert_false(site_ledger_load(l, &r));
        site_ledger_free(l);
        free(exact);
    }
    free(whole);
}

static void any_sequence_of_operations_gives_away_what_the_model_does(void **state)
{
    (void)state;
    struct ledger_model *m = malloc(sizeof(*m));
    uint8_t ops[500];
    srand(20261123);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof(ops); i++)
            ops[i] = (uint8_t)(rand() >> 4);
        if (!ops_agree(m, 1 + (unsigned)round % 7, 20000 + round * 137, ops, sizeof(ops)))
            fail_msg("round %d: %u figures left, %u should have", round, m->released_len, m->expected_len);
    }
    free(m);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_day_with_five_devices_leaves_when_it_is_over),
        TEST(made_up_addresses_count_once_a_day_not_once_a_week),
        TEST(fewer_wait_for_their_week),
        TEST(fewer_than_that_wait_for_their_term_and_are_then_forgotten),
        TEST(one_device_on_thirty_days_unlocks_nothing),
        TEST(totals_minus_parts_give_nothing_back),
        TEST(a_pair_has_all_visits_of_its_period),
        TEST(the_verdict_is_over_all_that_left_in_the_term),
        TEST(days_without_the_tracker_speak_for_it),
        TEST(workers_may_pass_midnight_one_after_the_other),
        TEST(a_restart_goes_on_with_the_day_the_week_and_the_term),
        TEST(the_saved_state_has_no_address_in_it),
        TEST(two_ledgers_know_one_device_by_different_hashes),
        TEST(a_state_that_is_cut_or_damaged_is_refused),
        TEST(any_sequence_of_operations_gives_away_what_the_model_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
