/* evidence_share.c -- see evidence_share.h.
 *
 * The limits of Clopper and Pearson are quantiles of beta distributions, which stay defined where "successes" and
 * "trials" are fractions. The distribution function is the continued fraction of DLMF 8.17.22, evaluated from the front
 * by Lentz's method, on the side of the mean where it converges fast; the quantile is found by halving: monotone, and
 * forty halvings are more than a report will ever show.
 */
#include "common/evidence_share.h"

#include "common/evidence.h"

#include <math.h>

#define TERMS 2000

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* The k-th numerator of the fraction 1 / (1 + d1 / (1 + d2 / (1 + ...))), k from 1. */
static double numerator(int k, double a, double b, double x)
{
    double m = k / 2; /* whole halves, on purpose */
    if (k % 2 == 0)
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

static double away_from_zero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* I_x(a, b) for x not beyond the mean. */
static double beta_below_mean(double a, double b, double x)
{
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x)) / a;
    double value = 1, c = 1, d = 0;
    for (int k = 1; k <= TERMS; k++) {
        double term = numerator(k, a, b, x);
        d = 1 / away_from_zero(1 + term * d);
        c = away_from_zero(1 + term / c);
        value *= c * d;
        if (fabs(c * d - 1) < 1e-13)
            break;
    }
    return front / value;
}

static double beta_distribution(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    if (x <= (a + 1) / (a + b + 2))
        return beta_below_mean(a, b, x);
    return 1 - beta_below_mean(b, a, 1 - x);
}

static double beta_quantile(double a, double b, double probability)
{
    double below = 0, above = 1;
    for (int i = 0; i < 40; i++) {
        double middle = (below + above) / 2;
        if (beta_distribution(a, b, middle) < probability)
            below = middle;
        else
            above = middle;
    }
    return (below + above) / 2;
}

double evidence_share_low(double followed, double n, double tail)
{
    if (!(n > 0) || !(followed > 0))
        return 0;
    return beta_quantile(fmin(followed, n), fmax(n - followed, 0) + 1, tail);
}

double evidence_share_high(double followed, double n, double tail)
{
    if (!(n > 0) || !(followed < n))
        return 1;
    return beta_quantile(fmax(followed, 0) + 1, n - followed, 1 - tail);
}
