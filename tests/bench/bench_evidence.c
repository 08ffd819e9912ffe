/* bench_evidence.c -- what it costs to judge a school's term: 5,000 pairs of site and tracker, 24 strata each.
 *
 *     bench_evidence [max_s]
 *
 * `usual` has some visits and tens of controls an hour; `busy` a hundred visits and a thousand controls an hour, which no
 * school reaches. Exit status 1 when a call fails, or `usual` takes longer than max_s.
 */
#include "common/clock.h"
#include "common/evidence.h"

#include <stdio.h>
#include <stdlib.h>

#define PAIRS  5000
#define STRATA 24

static uint32_t draw(uint32_t below)
{
    static uint64_t generator = 88172645463325252ull;
    generator ^= generator << 13;
    generator ^= generator >> 7;
    generator ^= generator << 17;
    return (uint32_t)((generator >> 32) * below >> 32);
}

/* Seconds; negative when the call failed. */
static double measure(uint32_t visits, uint32_t controls)
{
    static struct moment_stratum strata[PAIRS][STRATA];
    static struct evidence_pair pairs[PAIRS];
    static struct evidence_result results[PAIRS];
    for (size_t i = 0; i < PAIRS; i++) {
        for (size_t k = 0; k < STRATA; k++) {
            struct moment_stratum *s = &strata[i][k];
            s->visits = draw(visits) + 1;
            s->controls = draw(controls) + 1;
            s->visits_followed = draw(s->visits + 1);
            s->controls_followed = draw(s->controls / 4 + 1);
        }
        pairs[i] = (struct evidence_pair){.strata = strata[i], .strata_len = STRATA};
    }
    uint64_t begin = clock_monotonic_ns();
    if (evidence_judge(pairs, PAIRS, results) < 0)
        return -1;
    return (double)(clock_monotonic_ns() - begin) / 1e9;
}

int main(int argc, char **argv)
{
    double max_s = argc > 1 ? strtod(argv[1], NULL) : 0;
    double usual = measure(6, 60), busy = measure(200, 2000);
    printf("%d pairs of %d strata: usual %.3f s, busy %.3f s\n", PAIRS, STRATA, usual, busy);
    return usual < 0 || busy < 0 || (max_s > 0 && usual > max_s);
}
