/* test_evidence.c -- from counters to figures and verdicts: published examples, what is consistent, what is hostile.
 *
 * Published figures: the University Group Diabetes Program as in Rothman, Greenland and Lash 2008, "Modern Epidemiology",
 * ch. 15 (deaths on tolbutamide and placebo, two ages; Mantel and Haenszel's risk ratio 1.33); the 15 p-values of
 * Benjamini and Hochberg 1995, section 4 (four rejections at 0.05).
 */
#include "common/evidence.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_close(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.12g is not %.12g", a, b);
}

static struct evidence_result judged(const struct moment_stratum *strata, size_t n)
{
    struct evidence_pair pair = {.strata = strata, .strata_len = n};
    struct evidence_result r;
    assert_int_equal(evidence_judge(&pair, 1, &r), 0);
    return r;
}

static struct evidence_result judged_one(uint32_t followed, uint32_t visits, uint32_t controls_followed,
                                         uint32_t controls)
{
    const struct moment_stratum s = {
        .visits = visits, .visits_followed = followed, .controls = controls, .controls_followed = controls_followed};
    return judged(&s, 1);
}

static uint64_t generator = 88172645463325252ull;
static uint32_t draw(uint32_t below)
{
    generator ^= generator << 13;
    generator ^= generator >> 7;
    generator ^= generator << 17;
    return (uint32_t)((generator >> 32) * below >> 32);
}

static void the_diabetes_program_has_the_published_risk_ratio(void **state)
{
    (void)state;
    const struct moment_stratum ages[] = {
        {.visits = 106, .visits_followed = 8, .controls = 120, .controls_followed = 5},
        {.visits = 98, .visits_followed = 22, .controls = 85, .controls_followed = 16},
    };
    struct evidence_result r = judged(ages, 2);
    assert_close(r.lift, 1.33, 0.005);
    assert_close(r.rate, 30.0 / 204, 1e-12);
    assert_close(r.control_rate, (106 * 5.0 / 120 + 98 * 16.0 / 85) / 204, 1e-12);
    assert_true(r.ci_low < 1 && r.ci_high > r.lift && r.verdict == EVIDENCE_NO);
}

/* p-values are handed in as tables of one visit and n-1 controls, where p is followed / (n) exactly. */
static void the_correction_is_that_of_benjamini_and_hochberg(void **state)
{
    (void)state;
    static const double p[15] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    struct moment_stratum strata[15];
    struct evidence_pair pairs[15];
    struct evidence_result r[15];
    for (size_t i = 0; i < 15; i++) {
        strata[i] = (struct moment_stratum){.visits = 1,
                                              .visits_followed = 1,
                                              .controls = 9999,
                                              .controls_followed = (uint32_t)lround(p[i] * 10000) - 1};
        pairs[(i * 7) % 15] = (struct evidence_pair){.strata = &strata[i], .strata_len = 1};
    }
    strata[14] =
        (struct moment_stratum){.visits = 1, .controls = 9999, .controls_followed = 5}; /* p is 1, and tested */
    assert_int_equal(evidence_judge(pairs, 15, r), 0);
    unsigned rejected = 0;
    double before = 0;
    for (size_t i = 0; i < 15; i++) {
        const struct evidence_result *at = &r[(i * 7) % 15];
        assert_close(at->p_value, p[i], 1e-9);
        assert_true(at->q_value >= before && at->q_value >= at->p_value && at->q_value <= 1);
        before = at->q_value;
        rejected += at->q_value <= 0.05;
    }
    assert_int_equal(rejected, 4);
    assert_close(r[0].q_value, 0.0015, 1e-9);
    assert_close(r[(3 * 7) % 15].q_value, 0.035625, 1e-9);        /* 15 * 0.0095 / 4 */
    assert_close(r[(8 * 7) % 15].q_value, 0.0765, 1e-9);          /* 15 * 0.0459 / 9, below all after it */
    assert_close(r[(5 * 7) % 15].q_value, 15 * 0.0298 / 7, 1e-9); /* the next one's is smaller than its own */
}

static void four_visits_followed_and_no_control_is_shown(void **state)
{
    (void)state;
    struct evidence_result r = judged_one(4, 5, 0, 60);
    assert_int_equal(r.verdict, EVIDENCE_SHOWN);
    assert_true(r.ci_low > 1 && r.lift >= r.ci_low && isfinite(r.lift) && r.ci_high == EVIDENCE_LIFT_MAX);
    assert_close(r.lift, (4.0 * 60 / 65) / (0.5 * 5 / 65), 1e-9); /* as if half a control had been followed */
    assert_true(r.control_rate == 0 && r.controls == 60 && r.controls_with == 0);
}

static void two_or_three_visits_followed_are_likely_at_most(void **state)
{
    (void)state;
    assert_int_equal(judged_one(3, 3, 0, 100).verdict, EVIDENCE_LIKELY);
    assert_int_equal(judged_one(2, 8, 0, 100).verdict, EVIDENCE_LIKELY);
    assert_int_equal(judged_one(2, 8, 12, 100).verdict, EVIDENCE_NO);
}

static void fewer_than_two_are_too_few_whatever_the_rest(void **state)
{
    (void)state;
    assert_int_equal(judged_one(1, 1, 0, 100000).verdict, EVIDENCE_TOO_FEW);
    assert_int_equal(judged_one(0, 500, 90, 100).verdict, EVIDENCE_TOO_FEW);
    assert_int_equal(judged(NULL, 0).verdict, EVIDENCE_TOO_FEW);
}

static void a_popular_tracker_is_not_a_finding(void **state)
{
    (void)state;
    struct evidence_result r = judged_one(40, 50, 800, 1000);
    assert_int_equal(r.verdict, EVIDENCE_NO);
    assert_close(r.lift, 1, 1e-9);
    assert_true(r.p_value > 0.4);
}

static void many_pairs_turn_shown_into_likely(void **state)
{
    (void)state;
    struct moment_stratum strong = {.visits = 8, .visits_followed = 4, .controls = 60, .controls_followed = 3};
    static struct moment_stratum nothing = {
        .visits = 8, .visits_followed = 1, .controls = 60, .controls_followed = 9};
    struct evidence_pair pairs[200];
    static struct evidence_result r[200];
    for (size_t i = 0; i < 200; i++)
        pairs[i] = (struct evidence_pair){.strata = i ? &nothing : &strong, .strata_len = 1};
    assert_int_equal(evidence_judge(pairs, 1, r), 0);
    assert_int_equal(r[0].verdict, EVIDENCE_SHOWN);
    double p = r[0].p_value, low = r[0].ci_low;
    assert_int_equal(evidence_judge(pairs, 200, r), 0);
    assert_int_equal(r[0].verdict, EVIDENCE_LIKELY);
    assert_true(r[0].p_value == p && r[0].ci_low == low && r[0].q_value > 0.05);
}

static void a_pair_that_cannot_be_tested_is_no_trial(void **state)
{
    (void)state;
    const struct moment_stratum strong = {.visits = 8, .visits_followed = 4, .controls = 60, .controls_followed = 3};
    const struct moment_stratum never = {.visits = 8, .controls = 60}, alone = {.visits = 8, .visits_followed = 8};
    struct evidence_pair pairs[300];
    static struct evidence_result r[300];
    for (size_t i = 0; i < 300; i++)
        pairs[i] = (struct evidence_pair){.strata = i == 150 ? &strong : i % 2 ? &never : &alone, .strata_len = 1};
    assert_int_equal(evidence_judge(pairs, 300, r), 0);
    assert_true(r[150].q_value == r[150].p_value && r[150].verdict == EVIDENCE_SHOWN);
    assert_true(r[0].q_value == 1 && r[1].q_value == 1);
}

static void visits_without_controls_count_in_the_rate_alone(void **state)
{
    (void)state;
    struct moment_stratum s[2] = {{.visits = 10, .visits_followed = 8, .controls = 50, .controls_followed = 5},
                                    {.visits = 10, .visits_followed = 9}};
    struct evidence_result one = judged(s, 1), both = judged(s, 2);
    assert_true(both.visits == 20 && both.visits_with == 17 && both.controls == 50);
    assert_close(both.rate, 0.85, 1e-12);
    assert_true(one.p_value == both.p_value && one.ci_low == both.ci_low && one.ci_high == both.ci_high);
    assert_true(one.lift == both.lift && one.control_rate == both.control_rate);
}

static void without_any_control_nothing_can_be_said(void **state)
{
    (void)state;
    struct evidence_result r = judged_one(20, 20, 0, 0);
    assert_true(r.p_value == 1 && r.q_value == 1 && r.lift == 1 && r.ci_low == 0 && r.ci_high == EVIDENCE_LIFT_MAX);
    assert_true(r.controls == 0 && r.rate == 1 && r.control_rate == 0);
    assert_int_equal(r.verdict, EVIDENCE_NO);
}

static void controls_are_weighted_as_the_visits_fall(void **state)
{
    (void)state;
    const struct moment_stratum s[] = {
        {.visits = 30, .visits_followed = 3, .controls = 10, .controls_followed = 1},
        {.visits = 10, .visits_followed = 5, .controls = 1000, .controls_followed = 500},
        {.controls = 5000, .controls_followed = 5000}, /* an hour without visits is not compared */
    };
    struct evidence_result r = judged(s, 3);
    assert_close(r.control_rate, 0.75 * 0.1 + 0.25 * 0.5, 1e-12);
    assert_true(r.controls == 1010 && r.controls_with == 501);
    assert_close(r.lift, 1, 1e-9);
    assert_int_equal(r.verdict, EVIDENCE_NO);
}

static void the_interval_of_rates_holds_the_textbook_one(void **state)
{
    (void)state;
    struct evidence_result r = judged_one(14, 15, 3, 100); /* Katz and others 1978: 31.1 (10.1 to 95.6) */
    assert_close(r.lift, 14.0 / 15 / 0.03, 1e-9);
    assert_true(r.ci_low > 5 && r.ci_low < 12 && r.ci_high > 90);
}

/* Two strata whose ratio of rates is the same: each limit misses it no more often than it says. */
static void a_true_ratio_of_rates_is_within_the_interval_as_often_as_promised(void **state)
{
    (void)state;
    static const struct {
        uint32_t without[2], times; /* per cent */
    } worlds[] = {{{10, 20}, 1}, {{5, 10}, 9}, {{10, 20}, 4}, {{40, 45}, 2}, {{2, 4}, 5}};
    const int draws = 3000;
    for (size_t w = 0; w < sizeof(worlds) / sizeof(worlds[0]); w++) {
        int missed_below = 0, missed_above = 0;
        for (int round = 0; round < draws; round++) {
            struct moment_stratum s[2] = {{.visits = 8, .controls = 40}, {.visits = 6, .controls = 50}};
            for (size_t k = 0; k < 2; k++) {
                for (uint32_t n = 0; n < s[k].visits; n++)
                    s[k].visits_followed += draw(100) < worlds[w].without[k] * worlds[w].times;
                for (uint32_t n = 0; n < s[k].controls; n++)
                    s[k].controls_followed += draw(100) < worlds[w].without[k];
            }
            struct evidence_result r = judged(s, 2);
            missed_below += r.ci_low > worlds[w].times;
            missed_above += r.ci_high < worlds[w].times;
        }
        if (missed_below > draws / 40 || missed_above > draws / 40)
            fail_msg("ratio %u: missed %d and %d of %d", worlds[w].times, missed_below, missed_above, draws);
    }
}

static void contradictory_strata_are_left_out_whole(void **state)
{
    (void)state;
    const struct moment_stratum s[] = {
        {.visits = 5, .visits_followed = 6, .controls = 50},
        {.visits = 9, .visits_followed = 9, .controls = 50, .controls_followed = 51},
        {.visits = 4, .visits_followed = 1, .controls = 40, .controls_followed = 4},
        {.visits = UINT32_MAX - 1, .visits_followed = UINT32_MAX},
    };
    struct evidence_result r = judged(s, 4), sound = judged(&s[2], 1);
    assert_memory_equal(&r, &sound, sizeof(r));
    assert_true(r.visits == 4 && r.visits_with == 1 && r.controls == 40);
}

static void the_largest_counters_overflow_nothing(void **state)
{
    (void)state;
    struct moment_stratum s[3];
    for (size_t i = 0; i < 3; i++)
        s[i] = (struct moment_stratum){UINT32_MAX, UINT32_MAX - 5, UINT32_MAX, 7};
    struct evidence_result r = judged(s, 3);
    assert_true(r.visits == UINT32_MAX && r.rate <= 1 && r.rate > 0.99);
    assert_true(isfinite(r.lift) && r.ci_low > 1 && r.ci_low <= r.lift && r.lift <= r.ci_high);
    assert_true(r.ci_high <= EVIDENCE_LIFT_MAX && r.p_value > 0);
}

static void a_delay_falls_into_its_bin(void **state)
{
    (void)state;
    assert_int_equal(moment_delay_bin(0), 0);
    assert_int_equal(moment_delay_bin(50), 0);
    assert_int_equal(moment_delay_bin(51), 1);
    assert_int_equal(moment_delay_bin(2000), 8);
    assert_int_equal(moment_delay_bin(2001), 9);
    assert_int_equal(moment_delay_bin(10000), 13);
    assert_int_equal(moment_delay_bin(UINT64_MAX), 14);
}

static void the_median_lies_within_its_bin_and_two_seconds_on_an_edge(void **state)
{
    (void)state;
    const struct moment_stratum s = {.visits = 10, .visits_followed = 8, .controls = 50, .controls_followed = 5};
    struct evidence_pair pair = {.strata = &s, .strata_len = 1};
    struct evidence_result r;
    pair.delays[3] = 2; /* 200 to 300 ms */
    pair.delays[8] = 4; /* 1500 to 2000 ms */
    pair.delays[9] = 2; /* 2000 to 3000 ms */
    assert_int_equal(evidence_judge(&pair, 1, &r), 0);
    assert_close(r.median_delay_s, 1.75, 1e-12);
    assert_close(r.share_within_2s, 0.75, 1e-12);
    pair.delays[9] = 0; /* two delays are missing: not taken for early ones */
    assert_int_equal(evidence_judge(&pair, 1, &r), 0);
    assert_close(r.share_within_2s, 0.75, 1e-12);
    memset(pair.delays, 0, sizeof(pair.delays));
    pair.delays[14] = 8;
    assert_int_equal(evidence_judge(&pair, 1, &r), 0);
    assert_true(r.median_delay_s == 10 && r.share_within_2s == 0);
    pair.delays[14] = 0;
    assert_int_equal(evidence_judge(&pair, 1, &r), 0);
    assert_true(r.median_delay_s == 0 && r.share_within_2s == 0);
}

static void assert_whole(const struct evidence_result *r)
{
    assert_true(r->ci_low >= 0 && r->ci_low <= r->lift && r->lift <= r->ci_high && r->ci_high <= EVIDENCE_LIFT_MAX);
    assert_true(r->p_value > 0 && r->p_value <= r->q_value && r->q_value <= 1);
    assert_int_equal(r->ci_low > 1, r->p_value < EVIDENCE_TAIL);
    assert_true(r->rate >= 0 && r->rate <= 1 && r->control_rate >= 0 && r->control_rate <= 1);
}

static void figures_agree_with_each_other_whatever_was_counted(void **state)
{
    (void)state;
    enum { PAIRS = 60, STRATA = 5 };
    for (int round = 0; round < 40; round++) {
        struct moment_stratum strata[PAIRS][STRATA];
        struct evidence_pair pairs[PAIRS];
        struct evidence_result r[PAIRS], first[PAIRS];
        for (size_t i = 0; i < PAIRS; i++) {
            for (size_t k = 0; k < STRATA; k++) {
                struct moment_stratum *s = &strata[i][k];
                s->visits = draw(12);
                s->controls = draw(60);
                s->visits_followed = draw(s->visits + 1);
                s->controls_followed = draw(2) ? draw(s->controls + 1) : 0;
            }
            pairs[i] = (struct evidence_pair){.strata = strata[i], .strata_len = draw(STRATA + 1)};
        }
        assert_int_equal(evidence_judge(pairs, PAIRS, r), 0);
        for (size_t i = 0; i < PAIRS; i++)
            assert_whole(&r[i]);
        for (size_t i = 0; i < PAIRS; i++) /* q falls as p falls */
            for (size_t k = 0; k < PAIRS; k++)
                assert_true(r[i].p_value > r[k].p_value || r[i].q_value <= r[k].q_value);
        assert_int_equal(evidence_judge(pairs, PAIRS, first), 0);
        assert_memory_equal(first, r, sizeof(r));
    }
}

/* 200 worlds without any effect, 40 pairs each: a world in twenty may show something. */
static void worlds_without_an_effect_show_nothing(void **state)
{
    (void)state;
    enum { WORLDS = 400, PAIRS = 40, STRATA = 4 };
    int accused = 0;
    for (int world = 0; world < WORLDS; world++) {
        struct moment_stratum strata[PAIRS][STRATA];
        struct evidence_pair pairs[PAIRS];
        struct evidence_result r[PAIRS];
        bool shown = false;
        for (size_t i = 0; i < PAIRS; i++) {
            for (size_t k = 0; k < STRATA; k++) {
                uint32_t percent = 5 + 20 * (uint32_t)k;
                strata[i][k] = (struct moment_stratum){.visits = 4, .controls = 30};
                for (int n = 0; n < 4; n++)
                    strata[i][k].visits_followed += draw(100) < percent;
                for (int n = 0; n < 30; n++)
                    strata[i][k].controls_followed += draw(100) < percent;
            }
            pairs[i] = (struct evidence_pair){.strata = strata[i], .strata_len = STRATA};
        }
        assert_int_equal(evidence_judge(pairs, PAIRS, r), 0);
        for (size_t i = 0; i < PAIRS; i++)
            shown = shown || r[i].verdict == EVIDENCE_SHOWN;
        accused += shown;
    }
    assert_true(accused * 20 < WORLDS);
}

static void no_pairs_are_no_work(void **state)
{
    (void)state;
    assert_int_equal(evidence_judge(NULL, 0, NULL), 0);
}

static void verdicts_have_the_words_of_the_contract(void **state)
{
    (void)state;
    assert_string_equal(evidence_verdict_word(EVIDENCE_SHOWN), "shown");
    assert_string_equal(evidence_verdict_word(EVIDENCE_LIKELY), "likely");
    assert_string_equal(evidence_verdict_word(EVIDENCE_TOO_FEW), "too few");
    assert_string_equal(evidence_verdict_word(EVIDENCE_NO), "no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_diabetes_program_has_the_published_risk_ratio),
        cmocka_unit_test(the_correction_is_that_of_benjamini_and_hochberg),
        cmocka_unit_test(four_visits_followed_and_no_control_is_shown),
        cmocka_unit_test(two_or_three_visits_followed_are_likely_at_most),
        cmocka_unit_test(fewer_than_two_are_too_few_whatever_the_rest),
        cmocka_unit_test(a_popular_tracker_is_not_a_finding),
        cmocka_unit_test(many_pairs_turn_shown_into_likely),
        cmocka_unit_test(a_pair_that_cannot_be_tested_is_no_trial),
        cmocka_unit_test(visits_without_controls_count_in_the_rate_alone),
        cmocka_unit_test(without_any_control_nothing_can_be_said),
        cmocka_unit_test(controls_are_weighted_as_the_visits_fall),
        cmocka_unit_test(the_interval_of_rates_holds_the_textbook_one),
        cmocka_unit_test(a_true_ratio_of_rates_is_within_the_interval_as_often_as_promised),
        cmocka_unit_test(contradictory_strata_are_left_out_whole),
        cmocka_unit_test(the_largest_counters_overflow_nothing),
        cmocka_unit_test(a_delay_falls_into_its_bin),
        cmocka_unit_test(the_median_lies_within_its_bin_and_two_seconds_on_an_edge),
        cmocka_unit_test(figures_agree_with_each_other_whatever_was_counted),
        cmocka_unit_test(worlds_without_an_effect_show_nothing),
        cmocka_unit_test(no_pairs_are_no_work),
        cmocka_unit_test(verdicts_have_the_words_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
