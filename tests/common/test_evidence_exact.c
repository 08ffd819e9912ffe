/* test_evidence_exact.c -- the exact engine against published examples, against plain enumeration, and under the null.
 *
 * Published figures: Fisher 1935, "The Design of Experiments", II (the lady and the tea); Agresti 1990, "Categorical Data
 * Analysis", pp. 231-237 (penicillin and rabbits; also the example of R's mantelhaen.test, exact p 0.020 one-sided and
 * 0.040 two-sided); Clopper and Pearson 1934 for a share, with figures that any table of exact limits gives.
 */
#include "common/evidence_exact.h"
#include "common/evidence_share.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TAIL 0.025 /* the published intervals are 95 % */

static struct evidence_exact *engine;

static int take_engine(void **state)
{
    (void)state;
    engine = evidence_exact_new();
    return engine ? 0 : -1;
}

static int give_engine(void **state)
{
    (void)state;
    evidence_exact_free(engine);
    return 0;
}

static struct evidence_odds odds_of(const struct moment_stratum *strata, size_t n)
{
    return evidence_exact_odds(engine, strata, n, TAIL);
}

static void assert_close(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance * fmax(1e-300, fabs(b))))
        fail_msg("%.12g is not %.12g", a, b);
}

/* A small generator with a fixed seed: the draws are the same everywhere. */
static uint64_t generator = 0x9e3779b97f4a7c15ull;
static uint32_t draw(uint32_t below)
{
    generator ^= generator << 13;
    generator ^= generator >> 7;
    generator ^= generator << 17;
    return (uint32_t)((generator >> 32) * below >> 32);
}

static uint32_t draw_binomial(uint32_t n, double p)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < n; i++)
        hits += draw(1000000) < p * 1000000;
    return hits;
}

static void the_lady_tasting_tea_has_p_17_in_70(void **state)
{
    (void)state;
    const struct moment_stratum tea = {.visits = 4, .visits_followed = 3, .controls = 4, .controls_followed = 1};
    assert_close(odds_of(&tea, 1).p, 17.0 / 70, 1e-12);
    const struct moment_stratum all_right = {.visits = 4, .visits_followed = 4, .controls = 4};
    struct evidence_odds odds = odds_of(&all_right, 1);
    assert_close(odds.p, 1.0 / 70, 1e-12);
    assert_true(odds.low > 1 && isinf(odds.high));
}

/* Twins of convicts (10 of 13 identical, 2 of 17 fraternal ones convicted too): Fisher 1935, "The Logic of Inductive
 * Inference", with the exact limits that Thomas 1971 (algorithm AS 36) and programs after it give. */
static void convicted_twins_have_the_published_interval(void **state)
{
    (void)state;
    const struct moment_stratum twins = {.visits = 13, .visits_followed = 10, .controls = 17, .controls_followed = 2};
    struct evidence_odds odds = odds_of(&twins, 1);
    assert_close(odds.p, 0.0004652, 1e-3);
    assert_close(odds.low, 2.753383, 1e-6);
    assert_close(odds.high, 301.462338, 1e-6);
}

/* Cured when treated at once, by level of penicillin, against cured when treated an hour and a half later. The interval was
 * worked out apart from this code, in rational arithmetic. */
static void penicillin_in_rabbits_has_the_published_p(void **state)
{
    (void)state;
    static const struct moment_stratum rabbits[] = {
        {.visits = 6, .visits_followed = 0, .controls = 5, .controls_followed = 0},
        {.visits = 6, .visits_followed = 3, .controls = 6, .controls_followed = 0},
        {.visits = 6, .visits_followed = 6, .controls = 6, .controls_followed = 2},
        {.visits = 6, .visits_followed = 5, .controls = 6, .controls_followed = 6},
        {.visits = 2, .visits_followed = 2, .controls = 5, .controls_followed = 5},
    };
    struct evidence_odds odds = odds_of(rabbits, 5);
    assert_close(odds.p, 0.020, 0.002);
    assert_close(odds.p, 0.01997245179063361, 1e-10);
    assert_close(odds.low, 1.077387763518033, 1e-8);
    assert_close(odds.high, 531.5127828899344, 1e-8);
}

/* The same by every outcome there is: no convolution, no tilt. P(S >= s) and P(S <= s) at psi, by recursion. */
struct enumeration {
    const struct moment_stratum *strata;
    size_t n;
    uint32_t seen;
    long double psi, all, above, below;
};

static long double choose(uint32_t n, uint32_t k)
{
    long double product = 1;
    for (uint32_t i = 1; i <= k; i++)
        product = product * (n - k + i) / i;
    return product;
}

static void enumerate(struct enumeration *e, size_t at, uint32_t sum, long double weight)
{
    if (at == e->n) {
        e->all += weight;
        e->above += sum >= e->seen ? weight : 0;
        e->below += sum <= e->seen ? weight : 0;
        return;
    }
    const struct moment_stratum *s = &e->strata[at];
    uint32_t m = s->visits_followed + s->controls_followed;
    for (uint32_t x = 0; x <= s->visits && x <= m; x++)
        if (m - x <= s->controls)
            enumerate(e, at + 1, sum + x, weight * choose(s->visits, x) * choose(s->controls, m - x) * powl(e->psi, x));
}

static double enumerated(const struct moment_stratum *strata, size_t n, double psi, bool above)
{
    struct enumeration e = {.strata = strata, .n = n, .psi = psi};
    for (size_t i = 0; i < n; i++)
        e.seen += strata[i].visits_followed;
    enumerate(&e, 0, 0, 1);
    return (double)((above ? e.above : e.below) / e.all);
}

static void draw_strata(struct moment_stratum *strata, size_t n, uint32_t largest)
{
    for (size_t i = 0; i < n; i++) {
        strata[i].visits = draw(largest);
        strata[i].controls = draw(largest);
        strata[i].visits_followed = draw(strata[i].visits + 1);
        strata[i].controls_followed = draw(strata[i].controls + 1);
    }
}

static void small_tables_agree_with_every_outcome_enumerated(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct moment_stratum strata[4];
        size_t n = 1 + draw(4);
        draw_strata(strata, n, 9);
        struct evidence_odds odds = odds_of(strata, n);
        assert_close(odds.p, enumerated(strata, n, 1, true), 1e-9);
        assert_false(odds.approximate);
        if (odds.low > 0 && fabs(odds.low - 1) > 1e-6)
            assert_close(enumerated(strata, n, odds.low, true), TAIL, 1e-6);
        if (isfinite(odds.high))
            assert_close(enumerated(strata, n, odds.high, false), TAIL, 1e-6);
    }
}

static void the_interval_leaves_one_out_exactly_when_p_is_below_its_tail(void **state)
{
    (void)state;
    unsigned significant = 0;
    for (int round = 0; round < 5000; round++) {
        struct moment_stratum strata[6];
        size_t n = 1 + draw(6);
        draw_strata(strata, n, 25);
        struct evidence_odds odds = odds_of(strata, n);
        assert_int_equal(odds.low > 1, odds.p < TAIL);
        significant += odds.low > 1;
    }
    assert_true(significant > 100);
}

static void the_order_of_strata_changes_nothing(void **state)
{
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct moment_stratum strata[8], reversed[8];
        draw_strata(strata, 8, 30);
        for (size_t i = 0; i < 8; i++)
            reversed[i] = strata[7 - i];
        struct evidence_odds a = odds_of(strata, 8), b = odds_of(reversed, 8);
        assert_close(a.p, b.p, 1e-9);
        assert_true(a.low == b.low || fabs(a.low - b.low) < 1e-6 * b.low);
    }
}

static void strata_that_say_nothing_change_nothing(void **state)
{
    (void)state;
    struct moment_stratum strata[5] = {{.visits = 9, .visits_followed = 6, .controls = 40, .controls_followed = 5}};
    struct evidence_odds alone = odds_of(strata, 1);
    strata[1] = (struct moment_stratum){.visits = 12, .visits_followed = 9};      /* no controls */
    strata[2] = (struct moment_stratum){.controls = 50, .controls_followed = 20}; /* no visits */
    strata[3] = (struct moment_stratum){.visits = 3, .controls = 7};              /* nobody */
    strata[4] = (struct moment_stratum){.visits = 3, .visits_followed = 3, .controls = 2, .controls_followed = 2};
    struct evidence_odds odds = odds_of(strata, 5);
    assert_true(odds.p == alone.p && odds.low == alone.low && odds.high == alone.high);
    odds = odds_of(strata + 1, 4);
    assert_true(!odds.informative && odds.p == 1 && odds.low == 0 && isinf(odds.high));
    assert_false(odds_of(NULL, 0).informative);
}

static void one_more_visit_followed_never_weakens_the_finding(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct moment_stratum strata[5];
        draw_strata(strata, 5, 15);
        size_t at = draw(5);
        double before = odds_of(strata, 5).p;
        if (strata[at].visits_followed == strata[at].visits)
            continue;
        strata[at].visits_followed++;
        double after = odds_of(strata, 5).p;
        assert_true(after <= before * (1 + 1e-9));
        strata[at].visits_followed--;
        if (strata[at].controls_followed == strata[at].controls)
            continue;
        strata[at].controls_followed++;
        assert_true(odds_of(strata, 5).p >= before * (1 - 1e-9));
    }
}

/* No effect anywhere: at most one draw in twenty may look like one. */
static void under_the_null_p_is_small_no_more_often_than_it_says(void **state)
{
    (void)state;
    const int draws = 10000;
    int below_5 = 0, below_1 = 0, above_one = 0;
    for (int round = 0; round < draws; round++) {
        struct moment_stratum strata[6] = {0};
        for (size_t i = 0; i < 6; i++) {
            double rate = 0.02 + 0.1 * (double)i; /* hours differ; within an hour nothing does */
            strata[i].visits = draw(7);
            strata[i].controls = 10 + draw(30);
            strata[i].visits_followed = draw_binomial(strata[i].visits, rate);
            strata[i].controls_followed = draw_binomial(strata[i].controls, rate);
        }
        struct evidence_odds odds = odds_of(strata, 6);
        below_5 += odds.p <= 0.05;
        below_1 += odds.p <= 0.01;
        above_one += odds.low > 1;
    }
    assert_true(below_5 <= draws / 20 && below_1 <= draws / 100 && above_one <= draws / 40);
    assert_true(below_5 > draws / 50); /* and is not blind */
}

static void a_true_odds_ratio_is_within_the_interval_as_often_as_promised(void **state)
{
    (void)state;
    const int draws = 4000;
    int missed_below = 0, missed_above = 0;
    for (int round = 0; round < draws; round++) {
        struct moment_stratum strata[4] = {0};
        for (size_t i = 0; i < 4; i++) {
            double odds = 0.05 + 0.1 * (double)i, with = 5 * odds;
            strata[i].visits = 5;
            strata[i].controls = 20;
            strata[i].visits_followed = draw_binomial(5, with / (1 + with));
            strata[i].controls_followed = draw_binomial(20, odds / (1 + odds));
        }
        struct evidence_odds odds = odds_of(strata, 4);
        missed_below += odds.low > 5;
        missed_above += odds.high < 5;
    }
    assert_true(missed_below <= draws / 40 && missed_above <= draws / 40);
}

static void an_overwhelming_finding_keeps_its_figures(void **state)
{
    (void)state;
    struct moment_stratum s = {.visits = 100000, .visits_followed = 100000, .controls = 3, .controls_followed = 0};
    struct evidence_odds odds = odds_of(&s, 1);
    assert_false(odds.approximate);
    assert_close(odds.p, 6.0 / 100001 / 100002 / 100003, 1e-6);
    s = (struct moment_stratum){.visits = 1500, .visits_followed = 1500, .controls = 1500};
    odds = odds_of(&s, 1);
    assert_true(odds.p > 0 && odds.p < 1e-300 && isfinite(odds.low) && odds.low > 100 && isinf(odds.high));
}

static void large_counts_in_many_strata_stay_finite_and_right(void **state)
{
    (void)state;
    static struct moment_stratum strata[500];
    for (size_t i = 0; i < 500; i++) /* sparse, however large: exact */
        strata[i] = (struct moment_stratum){
            .visits = 40, .visits_followed = i % 100 == 0, .controls = 100000, .controls_followed = 40};
    struct evidence_odds odds = odds_of(strata, 500);
    assert_false(odds.approximate);
    assert_true(odds.p > 0.5 && odds.p <= 1 && odds.low < 1);
    for (size_t i = 0; i < 500; i++) /* wide: normal */
        strata[i] = (struct moment_stratum){
            .visits = 100000, .visits_followed = 50100, .controls = 100000, .controls_followed = 50000};
    odds = odds_of(strata, 500);
    assert_true(odds.approximate && odds.p < 1e-10 && odds.low > 1 && odds.high < 1.006);
}

static void the_normal_approximation_meets_the_exact_figures_where_it_takes_over(void **state)
{
    (void)state;
    static struct moment_stratum strata[12];
    for (size_t i = 0; i < 12; i++)
        strata[i] = (struct moment_stratum){
            .visits = 2000, .visits_followed = 620 + (uint32_t)i, .controls = 3000, .controls_followed = 900};
    struct evidence_odds exact = odds_of(strata, 12), normal = evidence_normal_odds(strata, 12, TAIL);
    assert_false(exact.approximate);
    assert_true(normal.approximate);
    assert_close(normal.p, exact.p, 0.02);
    assert_close(normal.low, exact.low, 1e-3);
    assert_close(normal.high, exact.high, 1e-3);
}

static void exact_limits_of_a_share_are_the_published_ones(void **state)
{
    (void)state;
    assert_close(evidence_share_high(0, 10, TAIL), 0.3085, 2e-4);
    assert_close(evidence_share_low(10, 10, TAIL), 0.6915, 2e-4);
    assert_close(evidence_share_low(5, 10, TAIL), 0.1871, 2e-4);
    assert_close(evidence_share_high(5, 10, TAIL), 0.8129, 2e-4);
    assert_close(evidence_share_low(4, 20, TAIL), 0.0573, 1e-3);
    assert_close(evidence_share_high(4, 20, TAIL), 0.4366, 2e-4);
    assert_close(evidence_share_high(0, 100000, TAIL), 1 - pow(TAIL, 1e-5), 1e-6);
    assert_true(evidence_share_low(0, 10, TAIL) == 0 && evidence_share_high(10, 10, TAIL) == 1);
    assert_true(evidence_share_low(0, 0, TAIL) == 0 && evidence_share_high(0, 0, TAIL) == 1);
}

/* P(X >= x) at the lower limit is the tail: by the binomial sum itself. */
static void exact_limits_of_a_share_leave_the_tail_they_promise(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 40; n += 3)
        for (uint32_t x = 1; x <= n; x++) {
            double p = evidence_share_low(x, n, TAIL), above = 0;
            for (uint32_t k = x; k <= n; k++)
                above += (double)choose(n, k) * pow(p, k) * pow(1 - p, n - k);
            assert_close(above, TAIL, 1e-6);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lady_tasting_tea_has_p_17_in_70),
        cmocka_unit_test(convicted_twins_have_the_published_interval),
        cmocka_unit_test(penicillin_in_rabbits_has_the_published_p),
        cmocka_unit_test(small_tables_agree_with_every_outcome_enumerated),
        cmocka_unit_test(the_interval_leaves_one_out_exactly_when_p_is_below_its_tail),
        cmocka_unit_test(the_order_of_strata_changes_nothing),
        cmocka_unit_test(strata_that_say_nothing_change_nothing),
        cmocka_unit_test(one_more_visit_followed_never_weakens_the_finding),
        cmocka_unit_test(under_the_null_p_is_small_no_more_often_than_it_says),
        cmocka_unit_test(a_true_odds_ratio_is_within_the_interval_as_often_as_promised),
        cmocka_unit_test(an_overwhelming_finding_keeps_its_figures),
        cmocka_unit_test(large_counts_in_many_strata_stay_finite_and_right),
        cmocka_unit_test(the_normal_approximation_meets_the_exact_figures_where_it_takes_over),
        cmocka_unit_test(exact_limits_of_a_share_are_the_published_ones),
        cmocka_unit_test(exact_limits_of_a_share_leave_the_tail_they_promise),
    };
    return cmocka_run_group_tests(tests, take_engine, give_engine);
}
