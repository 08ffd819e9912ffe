/* journal.h -- what the writer's queue means on disk, and how the next publisher makes a queue of it again.
 *
 * Protocol   A batch is in the spool, with its incarnation and sequence, before it is offered. So whatever a publisher that was
 *            killed had told Redis, the next one finds, asks the mark of that incarnation how far Redis came, and offers the
 *            rest under the same names: applied once, however often it was offered.
 *            Where sequences have a gap (a damaged record, a batch that never reached the disk) a run of its own begins. Redis
 *            cannot have a batch behind a gap that it has not got itself: such a run is renamed before it is offered.
 *            A rename is a record too, written before the first batch is offered under the new name.
 *            Each batch says up to which of the capture process's sightings everything is in it or before it; a sighting is
 *            acknowledged once its batch is in the spool. What was not acknowledged is told again, and known by its number.
 * Threads    One.
 * Ownership  Borrows the queue; owns the spool's files while it is open.
 * Failure    -errno from journal_open(), with a log line of the spool's. A journal that cannot write is asked again later.
 */
#ifndef TELLTALE_STORE_JOURNAL_H
#define TELLTALE_STORE_JOURNAL_H

#include "store/queue.h"
#include "store/spool.h"

#include <stdbool.h>
#include <stdint.h>

struct journal;

/* Who the sightings come from, and up to which number they are taken. source 0: nobody yet. */
struct journal_source {
    uint64_t source, sequence;
};

/* Fills an empty queue with what earlier publishers left. */
int journal_open(const char *folder, uint64_t most_bytes, struct store_queue *q, struct journal **out);
void journal_close(struct journal *j);

struct journal_source journal_source(const struct journal *j); /* as the last record in the spool says */

/* Writes the batch at a position, which must be in memory. */
int journal_write(struct journal *j, uint64_t position, struct journal_source taken);

/* Reads the batch at a position back. NULL: it is damaged. */
struct store_batch *journal_read(struct journal *j, uint64_t position);

/* Before store_queue_rename(): this run will go by a new name. */
void journal_rename(struct journal *j, const struct store_run *run, const char *incarnation);

/* Nobody needs this batch any more. */
void journal_release(struct journal *j, const struct store_entry *e);

void journal_run(struct journal *j, uint64_t now_ns, bool somebody_waits);
struct spool_counts journal_counts(const struct journal *j);

#endif
