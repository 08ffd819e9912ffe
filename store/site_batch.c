/* site_batch.c -- a record of a support site as a batch of its own: see batch.h.
 *
 * The counters of a pair are one text of numbers: visits, followed, controls and controls followed of each context, then the delays.
 * Redis keeps it as it is (docs/STORE.md, "Fields of a site's period"); reader_sites.c reads it back.
 */
#include "store/batch.h"

#include "store/sentence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_MAX (11 * (4 * MOMENT_CONTEXTS + MOMENT_DELAY_BINS) + 1)

_Static_assert(NUMBERS_MAX <= STORE_ARGUMENT_MAX, "a pair's counters are one argument");
_Static_assert(STORE_PERIOD_MAX == PERIOD_NAME_MAX, "periods have one length");

static struct store_batch *new_batch(const struct period *period, const char *const arguments[STORE_SITE_ARGUMENTS])
{
    uint32_t size = 0;
    for (int i = 0; i < STORE_SITE_ARGUMENTS; i++)
        size += (uint32_t)strlen(arguments[i]);
    struct store_batch *b = malloc(sizeof(*b) + STORE_SITE_ARGUMENTS * sizeof(uint16_t) + size);
    if (!b)
        return NULL;
    uint16_t *lengths = (uint16_t *)(b + 1);
    char *bytes = (char *)(lengths + STORE_SITE_ARGUMENTS);
    *b = (struct store_batch){.arguments = STORE_SITE_ARGUMENTS, .size = size, .lengths = lengths, .bytes = bytes};
    memcpy(b->period, period->name, sizeof(b->period));
    for (int i = 0; i < STORE_SITE_ARGUMENTS; i++) {
        lengths[i] = (uint16_t)strlen(arguments[i]);
        memcpy(bytes, arguments[i], lengths[i]);
        bytes += lengths[i];
    }
    return b;
}

static void write_time(const struct period *period, char out[24])
{
    snprintf(out, 24, "%" PRId64, (int64_t)period_day_number(period->last) * STORE_DAY_S * 1000);
}

struct store_batch *store_site_batch(const struct store_site *s)
{
    char numbers[40], time[24];
    snprintf(numbers, sizeof(numbers), "%" PRIu64 " %" PRIu32, s->visits, s->devices);
    write_time(&s->period, time);
    const char *const arguments[STORE_SITE_ARGUMENTS] = {"site", s->site, "", numbers, "", "", purpose_word(PURPOSE_OTHER),
                                                         "", "", "", s->period.first, s->period.last, time};
    return new_batch(&s->period, arguments);
}

static void write_numbers(const struct moment_counts *c, char out[NUMBERS_MAX])
{
    int n = 0;
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++)
        n += snprintf(out + n, (size_t)(NUMBERS_MAX - n), "%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " ", c->contexts[i].visits,
                      c->contexts[i].visits_followed, c->contexts[i].controls, c->contexts[i].controls_followed);
    for (unsigned i = 0; i < MOMENT_DELAY_BINS; i++)
        n += snprintf(out + n, (size_t)(NUMBERS_MAX - n), i > 0 ? " %" PRIu32 : "%" PRIu32, c->delays[i]);
}

struct store_batch *store_pair_batch(const struct store_pair *p)
{
    char numbers[NUMBERS_MAX], time[24], why[STORE_WHY_MAX] = "";
    bool alert = (p->verdict == EVIDENCE_SHOWN || p->verdict == EVIDENCE_LIKELY) && p->tracker[0];
    write_numbers(&p->counts, numbers);
    write_time(&p->period, time);
    if (alert)
        store_disclosure_sentence(p, why);
    const char *const arguments[STORE_SITE_ARGUMENTS] = {"pair",
                                                         p->site,
                                                         p->host,
                                                         numbers,
                                                         p->tracker,
                                                         p->organisation,
                                                         purpose_word(p->purpose),
                                                         p->country,
                                                         alert ? evidence_verdict_word(p->verdict) : "",
                                                         why,
                                                         p->period.first,
                                                         p->period.last,
                                                         time};
    return new_batch(&p->period, arguments);
}
