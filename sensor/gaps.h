/* gaps.h -- when the sensor heard nothing: from when until when, how often, how long.
 *
 * Purpose    A figure of a day means little when nobody knows that the interface was down for two hours of it. A gap begins when the interface
 *            goes down, is removed, or loses its cable, and when the capture process dies; it ends when frames can come again.
 *            An orderly end is no gap, and ends one that is open.
 * Shape      What must outlive the process is in a page of the run folder: the last sign of life, and the beginning of a gap that is open.
 *            Counters are of this process. Each gap is told the publisher when it begins, and again when its cause is better known and when it ends.
 * Units      Times on the steady clock; the figures for people in seconds since the epoch.
 * Threads    One: the capture thread.
 */
#ifndef TELLTALE_SENSOR_GAPS_H
#define TELLTALE_SENSOR_GAPS_H

#include "common/words.h"
#include "sensor/outbox.h"

#include <stdbool.h>
#include <stdint.h>

#define GAPS_WAITING 16 /* ended and not told: while the clock is not believed. Older ones are counted alone */

struct gap {
    uint64_t from_ns, until_ns;
    uint64_t told_s; /* its beginning as it was told, which names it from then on; 0: not told */
    enum gap_why why;
};

struct gaps {
    struct gaps_page *page; /* NULL: nothing outlives the process */
    uint64_t open_ns;       /* since when; 0: no gap is open */
    enum gap_why why;       /* of that one, or the latest */
    bool told;              /* it is told as it is */
    uint64_t told_s;        /* as in struct gap */
    uint64_t named_s;       /* the latest name that was given, by the process before as well */
    struct gap ended[GAPS_WAITING];
    unsigned ended_len;
    uint64_t counted_ns;    /* until when another process counted that gap's length, or open_ns */
    uint64_t count, seconds;             /* begun while this process lived, or by the death of the one before; an open one's length until now */
    uint64_t closed_s;                   /* of those that are over */
    uint64_t from_s, until_s;            /* the latest; until 0: it is open */
};

/* run_dir NULL: a replay. True when the last process left a gap behind it: it did not end in order, or its interface was away. */
bool gaps_open(struct gaps *g, const char *run_dir);
/* An open one goes on; of two causes the graver is kept. */
void gaps_begin(struct gaps *g, enum gap_why why);
void gaps_end(struct gaps *g);
/* A sign of life, and the figures as they are now. Call it every few seconds. */
void gaps_run(struct gaps *g);
/* Tells what is new. Not before the wall clock is believed: a gap is known by the second of its beginning. */
void gaps_tell(struct gaps *g, struct outbox *o);
/* An orderly end: nothing is left for the next process. Then only gaps_tell(). */
void gaps_forget(struct gaps *g);

#endif
