/* gaps.c -- see gaps.h. */
#include "sensor/gaps.h"

#include "common/clock.h"
#include "common/log.h"
#include "sensor/memory_page.h"

#include <errno.h>
#include <string.h>

#define MAGIC 0x74746770u

struct gaps_page {
    uint32_t magic, unused;
    uint64_t alive_ns, open_ns;
};

static void begin_at(struct gaps *g, uint64_t from_ns, uint64_t counted_ns)
{
    g->open_ns = from_ns;
    g->counted_ns = counted_ns;
    g->from_s = clock_wall_of_steady(from_ns) / NS_PER_S;
    g->until_s = 0;
    if (g->page)
        g->page->open_ns = from_ns;
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
    uint64_t from_ns = g->page->open_ns ? g->page->open_ns : g->page->alive_ns;
    if (from_ns == 0 || from_ns > clock_steady_ns())
        return false;
    g->count += g->page->open_ns == 0;
    begin_at(g, from_ns, g->page->alive_ns > from_ns ? g->page->alive_ns : from_ns);
    return true;
}

void gaps_begin(struct gaps *g)
{
    if (g->open_ns != 0)
        return;
    g->count++;
    begin_at(g, clock_steady_ns(), clock_steady_ns());
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
    g->open_ns = 0;
    if (g->page)
        g->page->open_ns = 0;
}

void gaps_run(struct gaps *g)
{
    uint64_t now_ns = clock_steady_ns();
    g->seconds = g->closed_s + (g->open_ns ? length_s(g, now_ns) : 0);
    if (g->page)
        g->page->alive_ns = now_ns;
}

void gaps_forget(struct gaps *g)
{
    if (g->page)
        g->page->alive_ns = g->page->open_ns = 0;
}
