/* fuzz_evidence.c -- any bytes as counters, as a sensor that was taken over might hand them in.
 *
 * Input      { u8 pairs, then for each pair: u8 strata, 60 bytes of delays, 8 of days, strata x 16 bytes of counters }; what is
 *            missing is zero. The top bit of `pairs` keeps the counters as they are; otherwise they are taken modulo 2000,
 *            so that most of them do not contradict each other.
 * Claims     Every figure is finite and within its bounds, the figures agree with each other and with the verdict, and
 *            every verdict has its sentence.
 */
#include "reports/evidence_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX  8
#define STRATA_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

struct input {
    const uint8_t *at;
    size_t left;
};

static void take(struct input *in, void *out, size_t n)
{
    size_t some = in->left < n ? in->left : n;
    memset(out, 0, n);
    if (some > 0)
        memcpy(out, in->at, some);
    in->at += some;
    in->left -= some;
}

static uint8_t take_byte(struct input *in)
{
    uint8_t byte;
    take(in, &byte, 1);
    return byte;
}

static void take_pair(struct input *in, bool raw, struct moment_stratum *strata, struct evidence_pair *pair)
{
    pair->strata = strata;
    pair->strata_len = take_byte(in) % (STRATA_MAX + 1);
    take(in, pair->delays, sizeof(pair->delays));
    take(in, &pair->days, sizeof(pair->days));
    take(in, &pair->days_with, sizeof(pair->days_with));
    for (size_t i = 0; i < pair->strata_len; i++) {
        take(in, &strata[i], sizeof(strata[i]));
        if (!raw)
            strata[i] = (struct moment_stratum){strata[i].visits % 2000, strata[i].visits_followed % 2000,
                                                  strata[i].controls % 2000, strata[i].controls_followed % 2000};
    }
}

static void check(const struct evidence_pair *pair, const struct evidence_result *r)
{
    must(r->rate >= 0 && r->rate <= 1 && r->control_rate >= 0 && r->control_rate <= 1);
    must(r->ci_low >= 0 && r->ci_low <= r->lift && r->lift <= r->ci_high && r->ci_high <= EVIDENCE_LIFT_MAX);
    must(r->p_value > 0 && r->p_value <= r->q_value && r->q_value <= 1);
    must((r->ci_low > 1) == (r->p_value < EVIDENCE_TAIL));
    must(r->median_delay_s >= 0 && r->median_delay_s <= 10 && r->share_within_2s >= 0 && r->share_within_2s <= 1);
    must(r->verdict != EVIDENCE_SHOWN || (r->visits_with >= 4 && r->q_value <= 0.05 && r->ci_low > 1));
    struct evidence_story story = {
        .site = "site", .tracker = "tracker", .days = pair->days, .days_with = pair->days_with, .result = r};
    char *sentence = evidence_sentence(&story), *headline = evidence_headline(&story, 1);
    must(sentence && headline && *sentence && (*headline != '\0') == (r->verdict == EVIDENCE_SHOWN));
    free(sentence);
    free(headline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct moment_stratum strata[PAIRS_MAX][STRATA_MAX];
    struct evidence_pair pairs[PAIRS_MAX] = {0};
    struct evidence_result results[PAIRS_MAX];
    struct input in = {.at = data, .left = size};
    uint8_t first = take_byte(&in);
    size_t n = first % (PAIRS_MAX + 1);
    for (size_t i = 0; i < n; i++)
        take_pair(&in, first & 0x80, strata[i], &pairs[i]);
    must(evidence_judge(pairs, n, results) == 0);
    for (size_t i = 0; i < n; i++)
        check(&pairs[i], &results[i]);
    return 0;
}
