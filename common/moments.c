/* moments.c -- see moments.h. */
#include "common/moments.h"

const uint32_t moment_delay_edge_ms[MOMENT_DELAY_BINS - 1] = {50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 4000, 5000, 7000, 10000};

unsigned moment_delay_bin(uint64_t delay_ms)
{
    unsigned bin = 0;
    while (bin < MOMENT_DELAY_BINS - 1 && delay_ms > moment_delay_edge_ms[bin])
        bin++;
    return bin;
}

static void add(uint32_t *a, uint32_t b)
{
    *a = *a > UINT32_MAX - b ? UINT32_MAX : *a + b;
}

void moment_counts_add(struct moment_counts *a, const struct moment_counts *b)
{
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        add(&a->contexts[i].visits, b->contexts[i].visits);
        add(&a->contexts[i].visits_followed, b->contexts[i].visits_followed);
        add(&a->contexts[i].controls, b->contexts[i].controls);
        add(&a->contexts[i].controls_followed, b->contexts[i].controls_followed);
    }
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++)
        add(&a->delays[i], b->delays[i]);
}

void moment_counts_fill(struct moment_counts *c, uint64_t visits)
{
    struct moment_stratum *most = &c->contexts[0];
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++) {
        visits -= visits < c->contexts[i].visits ? visits : c->contexts[i].visits;
        if (c->contexts[i].visits_followed > most->visits_followed)
            most = &c->contexts[i];
    }
    most->visits += visits < UINT32_MAX - most->visits ? (uint32_t)visits : UINT32_MAX - most->visits;
}
