/* decoy.c -- see decoy.h. Times are drawn evenly: a school's visits come at any hour, and no better guess would hold everywhere. */
#include "sensor/decoy.h"

#include "common/clock.h"
#include "sensor/findings.h"

#include <sodium.h>

#define EARLIEST_S 600u      /* a device that only passes by keeps its few records */
#define WITHIN_S (3u * 3600) /* so that the silences of a day fit into a school day */
#define ON_SITE_MOST_S 600u

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
    draw(d, now_ns);
}

static void spend(struct decoy *d, uint64_t silent_until_ns)
{
    if (d->left > 0)
        d->left--;
    draw(d, silent_until_ns);
}

bool decoy_begins(struct decoy *d, uint64_t day, uint64_t now_ns)
{
    begin_day(d, day, now_ns);
    if (d->left == 0 || now_ns < d->at_ns)
        return false;
    d->from_ns = now_ns;
    d->until_ns = now_ns + WITHHOLD_AFTER_NS + randombytes_uniform(ON_SITE_MOST_S) * NS_PER_S;
    spend(d, d->until_ns);
    return true;
}

void decoy_spend(struct decoy *d, uint64_t day, uint64_t now_ns)
{
    begin_day(d, day, now_ns);
    spend(d, now_ns + WITHHOLD_AFTER_NS);
}

bool decoy_covers(const struct decoy *d, uint64_t now_ns)
{
    return d->until_ns != 0 && now_ns + WITHHOLD_BEFORE_NS >= d->from_ns && now_ns <= d->until_ns;
}
