/* evidence_exact.c -- see evidence_exact.h. The sum of independent noncentral hypergeometric variables, by convolution.
 *
 * Fix the margins of one stratum: v visits, c controls, m followed altogether. If visits have psi times the odds of being
 * followed, the chance of x followed visits is proportional to C(v,x) C(c,m-x) psi^x (Fisher 1935). The sum S over the
 * strata has weights w(s) psi^s, where w is the convolution of the strata's weights; so one convolution answers for every
 * psi. P(S >= s) at psi = 1 is the p-value, and the psi at which it is the interval's tail is the lower limit (Gart 1970;
 * Mehta, Patel and Gray 1985).
 *
 * The weights span thousands of powers of ten, which no double holds. So the convolution is done at a tilt: at the psi,
 * e^theta, for which the S that was seen is about the mean. There every stratum is an ordinary distribution, what is far
 * from its middle (below TRIM of the peak) can be dropped, and both limits are a few standard deviations away. For the
 * p-value, theta = 0 may be far; it is reached through the logarithm of the moment generating function, since
 *     P0(S >= s) = e^(K - theta s) * sum over k >= 0 of Ptheta(s+k) e^(-theta k)
 * has only terms that decrease. Below the mean the sum over S < s does the same for 1 - P0.
 *
 * The tilt itself needs no precision, only the neighbourhood; it comes from Cornfield's (1956) large-sample mean, a
 * quadratic in each stratum. The same mean and its variance, with a continuity correction, are the approximation for
 * sums that are too wide (Gart 1970). Left out: mid-p, see docs/EVIDENCE.md.
 */
#include "common/evidence_exact.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRIM      1e-100
#define THETA_MAX 40.0

/* A run of probabilities: p[i] belongs to first + i. */
struct run {
    double *p;
    size_t len;
    double first;
};

struct evidence_exact {
    double stratum[EVIDENCE_EXACT_POINTS];
    double sum[2][EVIDENCE_EXACT_POINTS];
};

/* One stratum's margins. */
struct margins {
    double v, c, m, low, high; /* followed visits are within low..high */
};

struct evidence_exact *evidence_exact_new(void)
{
    return malloc(sizeof(struct evidence_exact));
}

void evidence_exact_free(struct evidence_exact *e)
{
    free(e);
}

static struct margins margins_of(const struct moment_stratum *s)
{
    struct margins t = {.v = s->visits, .c = s->controls, .m = (double)s->visits_followed + s->controls_followed};
    t.low = fmax(0, t.m - t.c);
    t.high = fmin(t.v, t.m);
    return t;
}

/* What all strata that say something come to. */
struct totals {
    double seen, low, high;
};

static struct totals totals_of(const struct moment_stratum *strata, size_t n)
{
    struct totals sum = {0};
    for (size_t i = 0; i < n; i++) {
        struct margins t = margins_of(&strata[i]);
        if (t.low < t.high) {
            sum.seen += strata[i].visits_followed;
            sum.low += t.low;
            sum.high += t.high;
        }
    }
    return sum;
}

/* Cornfield's mean: the x with x (c - m + x) = psi (v - x)(m - x). The root is taken in the form that does not cancel. */
static double mean_at(const struct margins *t, double psi)
{
    double b = t->c - t->m + psi * (t->v + t->m), product = psi * t->v * t->m;
    double root = sqrt(fmax(0, b * b + 4 * (1 - psi) * product));
    double x = b >= 0 ? 2 * product / (b + root) : (root - b) / (2 * (1 - psi));
    return fmin(fmax(x, t->low), t->high);
}

static double sum_of_means(const struct moment_stratum *strata, size_t n, double theta)
{
    double sum = 0, psi = exp(theta);
    for (size_t i = 0; i < n; i++) {
        struct margins t = margins_of(&strata[i]);
        if (t.low < t.high)
            sum += mean_at(&t, psi);
    }
    return sum;
}

/* The theta whose mean is the target, to about a millionth. */
static double theta_of_mean(const struct moment_stratum *strata, size_t n, double target)
{
    double below = -THETA_MAX, above = THETA_MAX;
    for (int i = 0; i < 26; i++) {
        double middle = (below + above) / 2;
        if (sum_of_means(strata, n, middle) < target)
            below = middle;
        else
            above = middle;
    }
    return (below + above) / 2;
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign); /* lgamma() writes a global */
}

static double log_choose(double n, double k)
{
    return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1);
}

/* Weight of x by weight of x - 1. */
static double step_up(const struct margins *t, double x, double psi)
{
    return (t->v - x + 1) * (t->m - x + 1) / (x * (t->c - t->m + x)) * psi;
}

/* The stratum's distribution at theta, without what lies below TRIM of its peak, and the logarithm of its moment
 * generating function (under no effect) at theta. False: it does not fit. */
static bool stratum_run(const struct margins *t, double theta, struct run *out, double *log_mgf)
{
    double psi = exp(theta), start = round(mean_at(t, psi)), w = 1, sum = 0;
    size_t below = 0;
    for (double x = start; x > t->low && w > TRIM && below < EVIDENCE_EXACT_POINTS; x--, below++)
        w /= step_up(t, x, psi);
    if (below == EVIDENCE_EXACT_POINTS)
        return false;
    out->first = start - (double)below;
    out->p[below] = 1;
    for (size_t i = below; i > 0; i--)
        out->p[i - 1] = out->p[i] / step_up(t, out->first + (double)i, psi);
    size_t len = below + 1;
    for (double x = start + 1; x <= t->high && out->p[len - 1] > TRIM; x++, len++) {
        if (len == EVIDENCE_EXACT_POINTS)
            return false;
        out->p[len] = out->p[len - 1] * step_up(t, x, psi);
    }
    for (size_t i = 0; i < len; i++)
        sum += out->p[i];
    for (size_t i = 0; i < len; i++)
        out->p[i] /= sum;
    out->len = len;
    *log_mgf = log_choose(t->v, start) + log_choose(t->c, t->m - start) - log_choose(t->v + t->c, t->m) +
               theta * start + log(sum);
    return true;
}

/* Drops the ends that lie below TRIM of the peak. */
static void trim(struct run *r)
{
    double peak = 0;
    for (size_t i = 0; i < r->len; i++)
        peak = fmax(peak, r->p[i]);
    while (r->len > 1 && r->p[r->len - 1] < peak * TRIM)
        r->len--;
    while (r->len > 1 && r->p[0] < peak * TRIM) {
        r->p++;
        r->len--;
        r->first++;
    }
}

/* Adds an independent variable: out = a + b. */
static void convolve(const struct run *a, const struct run *b, struct run *out)
{
    out->len = a->len + b->len - 1;
    out->first = a->first + b->first;
    memset(out->p, 0, out->len * sizeof(*out->p));
    for (size_t i = 0; i < b->len; i++) {
        double weight = b->p[i], *restrict to = out->p + i;
        const double *restrict from = a->p;
        for (size_t j = 0; j < a->len; j++)
            to[j] += weight * from[j];
    }
}

/* The distribution of the sum at theta. False: too wide to be added up. */
static bool sum_run(struct evidence_exact *e, const struct moment_stratum *strata, size_t n, double theta,
                    struct run *sum, double *log_mgf)
{
    int at = 0;
    size_t steps = 0;
    *sum = (struct run){.p = e->sum[0], .len = 1};
    sum->p[0] = 1;
    *log_mgf = 0;
    for (size_t i = 0; i < n; i++) {
        struct margins t = margins_of(&strata[i]);
        struct run one = {.p = e->stratum};
        double one_log_mgf;
        if (t.low == t.high)
            continue;
        if (!stratum_run(&t, theta, &one, &one_log_mgf))
            return false;
        steps += sum->len * one.len;
        if (sum->len + one.len > EVIDENCE_EXACT_POINTS || steps > EVIDENCE_EXACT_STEPS)
            return false;
        at = !at;
        struct run next = {.p = e->sum[at]};
        convolve(sum, &one, &next);
        trim(&next);
        *sum = next;
        *log_mgf += one_log_mgf;
    }
    return true;
}

/* What was seen, within the distribution of what could have been. */
struct sight {
    const struct run *sum;
    size_t seen; /* index of the S that was seen */
    double theta, log_mgf;
};

/* Sums of P(s + k) e^(shift k) over k >= 0, and of P(s - k) e^(-shift k) over k >= 1. */
static double upward(const struct sight *g, double shift)
{
    double sum = 0, factor = 1, step = exp(shift);
    for (size_t i = g->seen; i < g->sum->len && isfinite(sum); i++, factor *= step)
        sum += g->sum->p[i] * factor;
    return sum;
}

static double downward(const struct sight *g, double shift)
{
    double sum = 0, step = exp(-shift), factor = step;
    for (size_t i = g->seen; i > 0 && isfinite(sum); i--, factor *= step)
        sum += g->sum->p[i - 1] * factor;
    return sum;
}

/* P(S >= s), or P(S <= s), when the tilt is shifted. One of the two sums may overflow: the other is then nothing. */
static double tail_at(const struct sight *g, double shift, bool upper)
{
    double up = upward(g, shift), down = downward(g, shift);
    if (!isfinite(up))
        return upper ? 1 : 0;
    if (!isfinite(down))
        return upper ? 0 : 1;
    return upper ? up / (up + down) : (down + g->sum->p[g->seen]) / (up + down);
}

static double p_value(const struct sight *g)
{
    double scale = exp(g->log_mgf - g->theta * (g->sum->first + (double)g->seen));
    double p = g->theta > 0 ? scale * upward(g, -g->theta) : 1 - scale * downward(g, -g->theta);
    return fmin(fmax(p, DBL_MIN), 1);
}

/* The theta at which a tail has shrunk to `least`. The tail shrinks in `direction` (-1: the lower limit), away from the tilt. */
static double limit(const struct sight *g, int direction, double least)
{
    bool upper = direction < 0;
    double near = 0, far = 1;
    while (far < 256 && tail_at(g, direction * far, upper) > least) {
        near = far;
        far *= 2;
    }
    for (int i = 0; i < 48; i++) {
        double middle = (near + far) / 2;
        if (tail_at(g, direction * middle, upper) > least)
            near = middle;
        else
            far = middle;
    }
    return g->theta + direction * far; /* far: the interval is never too short */
}

/* The test and the interval must tell one story, also where rounding would let them differ. */
static void agree(struct evidence_odds *odds, double tail)
{
    if (odds->p < tail)
        odds->low = fmax(odds->low, 1 + 1e-9);
    else
        odds->low = fmin(odds->low, 1);
}

struct evidence_odds evidence_exact_odds(struct evidence_exact *e, const struct moment_stratum *strata, size_t n, double tail)
{
    struct evidence_odds odds = {.p = 1, .high = (double)INFINITY};
    struct totals sum = totals_of(strata, n);
    if (sum.low == sum.high)
        return odds;
    double theta = theta_of_mean(strata, n, fmin(fmax(sum.seen, sum.low + 0.5), sum.high - 0.5));
    struct run run;
    struct sight sight = {.sum = &run, .theta = theta};
    if (!sum_run(e, strata, n, theta, &run, &sight.log_mgf))
        return evidence_normal_odds(strata, n, tail);
    if (sum.seen < run.first || sum.seen >= run.first + (double)run.len)
        return evidence_normal_odds(strata, n, tail); /* cannot be: the tilt puts the middle there */
    sight.seen = (size_t)(sum.seen - run.first);
    odds.informative = true;
    odds.p = p_value(&sight);
    if (sum.seen > sum.low)
        odds.low = exp(limit(&sight, -1, tail));
    if (sum.seen < sum.high)
        odds.high = exp(limit(&sight, 1, tail));
    agree(&odds, tail);
    return odds;
}

/* How many standard deviations the sum that was seen lies above its mean at theta, `correction` added to it. The factor
 * N / (N - 1) makes the variance the hypergeometric one where theta is 0. */
static double normal_score(const struct moment_stratum *strata, size_t n, double theta, double seen,
                           double correction)
{
    double mean = 0, variance = 0, psi = exp(theta);
    for (size_t i = 0; i < n; i++) {
        struct margins t = margins_of(&strata[i]);
        if (t.low == t.high)
            continue;
        double all = t.v + t.c, x = mean_at(&t, psi);
        double inverse = 1 / x + 1 / (t.v - x) + 1 / (t.m - x) + 1 / (t.c - t.m + x);
        mean += x;
        variance += all / (all - 1) / inverse;
    }
    return (seen + correction - mean) / sqrt(fmax(variance, DBL_MIN));
}

/* The normal distribution's point with `tail` above it. */
static double z_of(double tail)
{
    double low = 0, high = 40;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) / 2 > tail)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double normal_limit(const struct moment_stratum *strata, size_t n, double seen, int direction, double tail)
{
    double low = -THETA_MAX, high = THETA_MAX, target = -direction * z_of(tail);
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (normal_score(strata, n, middle, seen, direction * 0.5) > target)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct evidence_odds evidence_normal_odds(const struct moment_stratum *strata, size_t n, double tail)
{
    struct evidence_odds odds = {.p = 1, .high = (double)INFINITY, .approximate = true};
    struct totals sum = totals_of(strata, n);
    if (sum.low == sum.high)
        return odds;
    odds.informative = true;
    odds.p = fmin(fmax(erfc(normal_score(strata, n, 0, sum.seen, -0.5) / sqrt(2)) / 2, DBL_MIN), 1);
    if (sum.seen > sum.low)
        odds.low = exp(normal_limit(strata, n, sum.seen, -1, tail));
    if (sum.seen < sum.high)
        odds.high = exp(normal_limit(strata, n, sum.seen, 1, tail));
    agree(&odds, tail);
    return odds;
}
