/* evidence.c -- see evidence.h: totals, rates, the ratio of rates with its interval, the correction, the verdict.
 *
 * A lead reads "after 9 of 10 visits, elsewhere in 3 of 100 moments": rates. The exact test speaks of odds. The interval
 * is carried over by RR = psi / (1 - p0 + p0 psi) (Zhang and Yu 1998), p0 being the rate without the site. Taking p0 as
 * known would make the interval too short (McNutt and others 2003), so each end takes the limit of p0 that widens it:
 * exact limits of the standardised control rate, at its effective size (Korn and Graubard 1998). Since RR is above 1
 * exactly where psi is, the test and the interval of the ratio never disagree.
 *
 * Everything that can be wrong in the counters errs against a finding: contradictory strata are left out, and a followed
 * visit without a delay counts as a late one. docs/EVIDENCE.md has the reasons and the references.
 */
#include "common/evidence.h"

#include "common/evidence_exact.h"
#include "common/evidence_share.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define WITHIN_2S_BINS 9 /* bins whose upper edge is 2000 ms at most */

const char *evidence_verdict_word(enum evidence_verdict v)
{
    static const char *const words[] = {"no", "too few", "likely", "shown"};
    return words[v];
}

static bool consistent(const struct moment_stratum *s)
{
    return s->visits_followed <= s->visits && s->controls_followed <= s->controls;
}

static uint32_t count(uint64_t n)
{
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* The strata of one pair that can be used, with room for the longest pair. */
struct usable {
    struct moment_stratum *strata;
    size_t len;
};

static void take_usable(const struct evidence_pair *pair, struct usable *u)
{
    u->len = 0;
    for (size_t i = 0; i < pair->strata_len; i++)
        if (consistent(&pair->strata[i]))
            u->strata[u->len++] = pair->strata[i];
}

static bool compared(const struct moment_stratum *s)
{
    return s->visits > 0 && s->controls > 0;
}

/* Visits, controls, and the plain rate. */
static void sum_up(const struct usable *u, struct evidence_result *out)
{
    uint64_t visits = 0, with = 0, controls = 0, controls_with = 0;
    for (size_t i = 0; i < u->len; i++) {
        const struct moment_stratum *s = &u->strata[i];
        visits += s->visits;
        with += s->visits_followed;
        if (compared(s)) {
            controls += s->controls;
            controls_with += s->controls_followed;
        }
    }
    out->visits = count(visits);
    out->visits_with = count(with);
    out->controls = count(controls);
    out->controls_with = count(controls_with);
    out->rate = visits > 0 ? (double)with / (double)visits : 0;
}

/* The controls' rate as if they fell like the visits, and of how many plain moments it is worth as much. */
struct baseline {
    double rate, size;
};

static struct baseline baseline_of(const struct usable *u)
{
    double visits = 0, rate = 0, spread = 0;
    for (size_t i = 0; i < u->len; i++)
        if (compared(&u->strata[i]))
            visits += u->strata[i].visits;
    if (visits <= 0)
        return (struct baseline){0};
    for (size_t i = 0; i < u->len; i++) {
        const struct moment_stratum *s = &u->strata[i];
        if (!compared(s))
            continue;
        double weight = s->visits / visits;
        rate += weight * s->controls_followed / s->controls;
        spread += weight * weight / s->controls;
    }
    return (struct baseline){.rate = fmin(rate, 1), .size = 1 / spread};
}

/* Mantel and Haenszel's ratio of rates; half a control, spread over the strata, where none was followed. */
static double ratio_of(const struct usable *u)
{
    double with = 0, without = 0, half = 0, controls = 0;
    for (size_t i = 0; i < u->len; i++) {
        const struct moment_stratum *s = &u->strata[i];
        if (!compared(s))
            continue;
        double visits_share = s->visits / ((double)s->visits + s->controls);
        with += s->visits_followed * (1 - visits_share);
        without += s->controls_followed * visits_share;
        half += 0.5 * s->controls * visits_share;
        controls += s->controls;
    }
    if (controls <= 0)
        return 1;
    return with / (without > 0 ? without : half / controls);
}

/* An odds ratio as a ratio of rates, over a rate of p0 without the site. */
static double rates_from_odds(double psi, double p0)
{
    if (!isfinite(psi))
        return p0 > 0 ? 1 / p0 : EVIDENCE_LIFT_MAX;
    return psi / (1 - p0 + p0 * psi);
}

static void set_interval(const struct evidence_odds *odds, const struct baseline *base, struct evidence_result *out)
{
    out->ci_low = 0;
    out->ci_high = EVIDENCE_LIFT_MAX;
    if (!odds->informative)
        return;
    double followed = base->rate * base->size;
    double p0_low = evidence_share_low(followed, base->size, EVIDENCE_TAIL), p0_high = evidence_share_high(followed, base->size, EVIDENCE_TAIL);
    if (odds->low > 0)
        out->ci_low = rates_from_odds(odds->low, odds->low > 1 ? p0_high : p0_low);
    out->ci_high = fmin(rates_from_odds(odds->high, odds->high > 1 ? p0_low : p0_high), EVIDENCE_LIFT_MAX);
    out->ci_low = fmin(out->ci_low, out->ci_high);
    if (odds->low > 1) /* and stays so after rounding */
        out->ci_low = fmax(out->ci_low, 1 + 1e-12);
}

static void set_delays(const struct evidence_pair *pair, struct evidence_result *out)
{
    uint64_t all = 0, soon = 0, before = 0;
    for (unsigned bin = 0; bin < MOMENT_DELAY_BINS; bin++) {
        all += pair->delays[bin];
        soon += bin < WITHIN_2S_BINS ? pair->delays[bin] : 0;
    }
    out->median_delay_s = out->share_within_2s = 0;
    if (all == 0 || out->visits_with == 0)
        return;
    out->share_within_2s = (double)soon / (double)(all > out->visits_with ? all : out->visits_with);
    for (unsigned bin = 0; bin < MOMENT_DELAY_BINS; bin++) {
        uint64_t here = pair->delays[bin];
        if (2 * (before + here) >= all && here > 0) {
            double low = bin > 0 ? moment_delay_edge_ms[bin - 1] : 0;
            double high = bin < MOMENT_DELAY_BINS - 1 ? moment_delay_edge_ms[bin] : low;
            out->median_delay_s = (low + (high - low) * ((double)all / 2 - (double)before) / (double)here) / 1000;
            return;
        }
        before += here;
    }
}

/* False: nothing could be tested. */
static bool judge_alone(const struct evidence_pair *pair, struct usable *u, struct evidence_exact *e,
                        struct evidence_result *out)
{
    take_usable(pair, u);
    sum_up(u, out);
    struct baseline base = baseline_of(u);
    struct evidence_odds odds = evidence_exact_odds(e, u->strata, u->len, EVIDENCE_TAIL);
    out->control_rate = base.rate;
    out->p_value = odds.p;
    out->q_value = 1;
    set_interval(&odds, &base, out);
    out->lift = fmin(fmax(ratio_of(u), out->ci_low), out->ci_high);
    set_delays(pair, out);
    return odds.informative;
}

static int by_p(const void *left, const void *right)
{
    const struct evidence_result *const *a = left, *const *b = right;
    return (*a)->p_value < (*b)->p_value ? -1 : (*a)->p_value > (*b)->p_value;
}

/* Over the pairs that were tested: one whose margins leave one outcome only could never have been found anything of, so
 * it is no trial (Tarone 1990). Benjamini and Hochberg (1995): q of the i-th smallest p is the least n p / j over all j >= i. */
static void correct(struct evidence_result **sorted, size_t n)
{
    double least = 1;
    qsort(sorted, n, sizeof(struct evidence_result *), by_p);
    for (size_t i = n; i > 0; i--) {
        least = fmin(least, sorted[i - 1]->p_value * ((double)n / (double)i));
        sorted[i - 1]->q_value = least;
    }
}

static enum evidence_verdict verdict_of(const struct evidence_result *r)
{
    if (r->visits_with < EVIDENCE_FOLLOWED_LIKELY)
        return EVIDENCE_TOO_FEW;
    if (r->ci_low <= 1)
        return EVIDENCE_NO;
    return r->visits_with >= EVIDENCE_FOLLOWED_SHOWN && r->q_value <= EVIDENCE_Q_SHOWN ? EVIDENCE_SHOWN
                                                                                       : EVIDENCE_LIKELY;
}

int evidence_judge(const struct evidence_pair *pairs, size_t n, struct evidence_result *out)
{
    size_t longest = 1;
    for (size_t i = 0; i < n; i++)
        longest = pairs[i].strata_len > longest ? pairs[i].strata_len : longest;
    struct usable u = {.strata = reallocarray(NULL, longest, sizeof(*u.strata))};
    struct evidence_result **sorted = reallocarray(NULL, n ? n : 1, sizeof(struct evidence_result *));
    struct evidence_exact *e = evidence_exact_new();
    int rc = u.strata && sorted && e ? 0 : -ENOMEM;
    size_t tested = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (judge_alone(&pairs[i], &u, e, &out[i]))
            sorted[tested++] = &out[i];
    if (rc == 0)
        correct(sorted, tested);
    for (size_t i = 0; rc == 0 && i < n; i++)
        out[i].verdict = verdict_of(&out[i]);
    evidence_exact_free(e);
    free(sorted);
    free(u.strata);
    return rc;
}
