/* gaps.c -- see gaps.h. */
#include "sensor/gaps.h"

#include "common/clock.h"
#include "common/log.h"
#include "sensor/memory_page.h"

#include <errno.h>
#include <string.h>

#define MAGIC 0x74746772u

#define NAMES_AHEAD 60 /* seconds */

struct gaps_page {
    uint32_t magic, why; /* of the open one */
    uint64_t alive_ns, open_ns, told_s, named_s;
};

static void begin_at(struct gaps *g, uint64_t from_ns, uint64_t counted_ns, enum gap_why why)
{
    g->why = why;
    g->told = false;
    g->open_ns = from_ns;
    g->counted_ns = counted_ns;
    g->from_s = clock_wall_of_steady(from_ns) / NS_PER_S;
    g->until_s = 0;
    if (!g->page)
        return;
    g->page->open_ns = from_ns;
    g->page->why = why;
    g->page->told_s = g->told_s;
}

/* One that the last process knew of is in its count, and its length as far as that lived. */
bool gaps_open(struct gaps *g, const char *run_dir)
{
    memset(g, 0, sizeof(*g));
    g->page = run_dir ? memory_page_open(run_dir, "capture.gaps", sizeof(*g->page)) : NULL;
    if (!g->page) {
        if (run_dir)
            log_warning("capture: %s/capture.gaps: %s: a gap that a crash makes is not counted", run_dir, strerror(errno));
        return false;
    }
    if (g->page->magic != MAGIC)
        memset(g->page, 0, sizeof(*g->page));
    g->page->magic = MAGIC;
    g->named_s = g->page->named_s;
    uint64_t from_ns = g->page->open_ns ? g->page->open_ns : g->page->alive_ns;
    if (from_ns == 0 || from_ns > clock_steady_ns())
        return false;
    bool known = g->page->open_ns != 0 && g->page->why < GAP_WHYS;
    g->count += g->page->open_ns == 0;
    g->told_s = known ? g->page->told_s : 0;
    begin_at(g, from_ns, g->page->alive_ns > from_ns ? g->page->alive_ns : from_ns, known ? (enum gap_why)g->page->why : GAP_DIED);
    return true;
}

void gaps_begin(struct gaps *g, enum gap_why why)
{
    if (g->open_ns != 0 && why <= g->why)
        return;
    if (g->open_ns != 0) {
        begin_at(g, g->open_ns, g->counted_ns, why);
        return;
    }
    g->count++;
    g->told_s = 0;
    begin_at(g, clock_steady_ns(), clock_steady_ns(), why);
}

static void keep_ended(struct gaps *g, uint64_t now_ns)
{
    if (g->ended_len == GAPS_WAITING)
        memmove(g->ended, g->ended + 1, --g->ended_len * sizeof(*g->ended));
    g->ended[g->ended_len++] = (struct gap){.from_ns = g->open_ns, .until_ns = now_ns, .told_s = g->told_s, .why = g->why};
}

/* Whole seconds, rounded up: a gap that is counted has a length. */
static uint64_t length_s(const struct gaps *g, uint64_t now_ns)
{
    return (now_ns - g->counted_ns + NS_PER_S - 1) / NS_PER_S;
}

void gaps_end(struct gaps *g)
{
    uint64_t now_ns = clock_steady_ns();
    if (g->open_ns == 0)
        return;
    g->closed_s += length_s(g, now_ns);
    g->seconds = g->closed_s;
    g->until_s = clock_wall_ns() / NS_PER_S;
    log_warning("capture: nothing was heard for %.1f s", (double)(now_ns - g->open_ns) / (double)NS_PER_S);
    keep_ended(g, now_ns);
    g->open_ns = g->told_s = 0;
    if (!g->page)
        return;
    g->page->open_ns = g->page->told_s = 0;
    g->page->alive_ns = now_ns; /* a death from now on begins behind this gap, not in it */
}

void gaps_run(struct gaps *g)
{
    uint64_t now_ns = clock_steady_ns();
    g->seconds = g->closed_s + (g->open_ns ? length_s(g, now_ns) : 0);
    if (g->page)
        g->page->alive_ns = now_ns;
}

static void tell_day(struct outbox *o, const struct sighting_gap *of, uint64_t day_of_s)
{
    union sighting s;
    struct local_time local;
    clock_local(day_of_s * NS_PER_S, &local);
    sighting_begin(&s, SIGHTING_GAP);
    s.gap.from_s = of->from_s;
    s.gap.until_s = of->until_s;
    s.gap.why = of->why;
    memcpy(s.gap.day, local.day, sizeof(s.gap.day));
    outbox_put(o, &s);
}

/* The second of its beginning, or the next that has no name yet when others began in it too: each is a row of its own. */
static uint64_t name_of(struct gaps *g, const struct gap *gap)
{
    if (gap->told_s)
        return gap->told_s;
    uint64_t from_s = clock_wall_of_steady(gap->from_ns) / NS_PER_S;
    bool taken = from_s <= g->named_s && g->named_s - from_s < NAMES_AHEAD;
    g->named_s = taken ? g->named_s + 1 : from_s; /* far ahead: the clock was set back */
    if (g->page)
        g->page->named_s = g->named_s;
    return g->named_s;
}

/* Under the day of its beginning and, where that is another, of its end. Returns the name that it has now. */
static uint64_t tell_one(struct gaps *g, struct outbox *o, const struct gap *gap)
{
    struct sighting_gap of = {.from_s = name_of(g, gap), .why = gap->why};
    uint64_t end_s = gap->until_ns ? clock_wall_of_steady(gap->until_ns) / NS_PER_S : 0;
    struct local_time from, until;
    of.until_s = end_s && end_s < of.from_s ? of.from_s : end_s; /* the clock was set back between the two */
    tell_day(o, &of, of.from_s);
    if (end_s == 0)
        return of.from_s;
    clock_local(of.from_s * NS_PER_S, &from);
    clock_local(of.until_s * NS_PER_S, &until);
    if (strcmp(from.day, until.day) != 0)
        tell_day(o, &of, of.until_s);
    return of.from_s;
}

void gaps_tell(struct gaps *g, struct outbox *o)
{
    for (unsigned i = 0; i < g->ended_len; i++)
        tell_one(g, o, &g->ended[i]);
    g->ended_len = 0;
    if (g->open_ns == 0 || g->told)
        return;
    const struct gap open = {.from_ns = g->open_ns, .told_s = g->told_s, .why = g->why};
    g->told_s = tell_one(g, o, &open);
    g->told = true;
    if (g->page)
        g->page->told_s = g->told_s;
}

void gaps_forget(struct gaps *g)
{
    gaps_end(g);
    if (g->page)
        g->page->alive_ns = g->page->open_ns = 0;
    g->page = NULL; /* the last figures are no sign of life */
}
