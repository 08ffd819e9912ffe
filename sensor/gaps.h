/* gaps.h -- when the sensor heard nothing: from when until when, how often, how long.
 *
 * Purpose    A figure of a day means little when nobody knows that the interface was down for two hours of it. A gap begins when the interface
 *            goes down, is removed, or loses its cable, and when the capture process dies; it ends when frames can come again.
 *            An orderly end is no gap.
 * Shape      What must outlive the process is in a page of the run folder: the last sign of life, and the beginning of a gap that is open.
 *            Counters are of this process.
 * Units      Times on the steady clock; the figures for people in seconds since the epoch.
 * Threads    One: the capture thread.
 */
#ifndef TELLTALE_SENSOR_GAPS_H
#define TELLTALE_SENSOR_GAPS_H

#include <stdbool.h>
#include <stdint.h>

struct gaps {
    struct gaps_page *page; /* NULL: nothing outlives the process */
    uint64_t open_ns;       /* since when; 0: no gap is open */
    uint64_t counted_ns;    /* until when another process counted that gap's length, or open_ns */
    uint64_t count, seconds;             /* begun while this process lived, or by the death of the one before; an open one's length until now */
    uint64_t closed_s;                   /* of those that are over */
    uint64_t from_s, until_s;            /* the latest; until 0: it is open */
};

/* run_dir NULL: a replay. True when the last process left a gap behind it: it did not end in order, or its interface was away. */
bool gaps_open(struct gaps *g, const char *run_dir);
void gaps_begin(struct gaps *g);
void gaps_end(struct gaps *g);
/* A sign of life, and the figures as they are now. Call it every few seconds. */
void gaps_run(struct gaps *g);
/* An orderly end. */
void gaps_forget(struct gaps *g);

#endif
