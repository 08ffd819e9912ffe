/* gaps.h -- when nothing could be heard, in the store: `telltaled publish` writes it, status and dashboard read it.
 *
 * Shape      A field for each gap of a local day in that day's coverage, named by its beginning: a gap that is told again, when it has ended or its cause
 *            is better known, is written over. A day keeps its newest STORE_GAPS_MOST; how many there were is its counter `gaps`.
 * Threads    One a writer, one a reader call.
 * Failure    As records.h; the reader -errno after one log line, ENOENT: nothing is there of that day, EPERM: not for this user.
 */
#ifndef TELLTALE_STORE_GAPS_H
#define TELLTALE_STORE_GAPS_H

#include "common/words.h"
#include "store/reader.h"

#define STORE_GAPS_MOST 50 /* the function has the same */

struct store_gap {
    char day[11];
    uint64_t from_s, until_s; /* seconds since the epoch; until 0: it is open */
    enum gap_why why;
};

struct store_gaps;
struct store_gaps *store_gaps_new(const char *socket, const char *installation); /* NULL: out of memory */
void store_gaps_free(struct store_gaps *g);
void store_gaps_put(struct store_gaps *g, const struct store_gap *gap);
/* Does the next step. Call it often. Returns how many wait. */
size_t store_gaps_run(struct store_gaps *g);

/* Those of a day, the earliest first. all: how many the day had, which is at least *n but for one that began the day before. */
int store_gaps_read(struct store_reader *r, const char *day, struct store_gap out[STORE_GAPS_MOST], size_t *n, uint64_t *all);

#endif
