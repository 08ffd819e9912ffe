/* decoy.c -- see decoy.h. Times are drawn evenly: a school's visits come at any hour, and no better guess would hold everywhere. */
#include "sensor/decoy.h"

#include "common/clock.h"
#include "sensor/findings.h"

#include <sodium.h>

#define EARLIEST_S 600u      /* a device that only passes by keeps its few records */
#define WITHIN_S (3u * 3600) /* so that the silences of a day fit into a school day */
#define ON_SITE_MOST_S 600u
#define OWED_WITHIN_S  1800u

static void draw(struct decoy *d, uint64_t after_ns)
{
    d->at_ns = after_ns + (EARLIEST_S + randombytes_uniform(WITHIN_S - EARLIEST_S)) * NS_PER_S;
}

/* A silence that began before midnight goes on. */
static void begin_day(struct decoy *d, uint64_t day, uint64_t now_ns)
{
    if (d->day == day)
        return;
    d->day = day;
    d->left = DECOYS_A_DAY;
    d->begun = 0;
    draw(d, now_ns);
}

static void spend(struct decoy *d, uint64_t now_ns, uint64_t until_ns)
{
    d->from_ns = now_ns;
    d->until_ns = until_ns;
    d->left -= d->left > 0;
    d->begun += d->begun < UINT8_MAX;
    draw(d, until_ns);
}

bool decoy_begins(struct decoy *d, uint64_t day, uint64_t now_ns)
{
    begin_day(d, day, now_ns);
    if (d->left == 0 || now_ns < d->at_ns || decoy_covers(d, now_ns))
        return false;
    spend(d, now_ns, now_ns + WITHHOLD_AFTER_NS + randombytes_uniform(ON_SITE_MOST_S) * NS_PER_S);
    return true;
}

void decoy_spend(struct decoy *d, uint64_t day, uint64_t now_ns)
{
    begin_day(d, day, now_ns);
    spend(d, now_ns, now_ns + WITHHOLD_AFTER_NS);
}

void decoy_owe(struct decoy *d, uint64_t day, uint64_t now_ns)
{
    begin_day(d, day, now_ns);
    if (d->left + d->begun >= DECOYS_MOST)
        return;
    uint64_t at_ns = (d->until_ns > now_ns ? d->until_ns : now_ns) + randombytes_uniform(OWED_WITHIN_S) * NS_PER_S;
    if (d->left == 0 || at_ns < d->at_ns)
        d->at_ns = at_ns;
    d->left++;
}

bool decoy_covers(const struct decoy *d, uint64_t now_ns)
{
    return d->until_ns != 0 && now_ns + WITHHOLD_BEFORE_NS >= d->from_ns && now_ns <= d->until_ns;
}
