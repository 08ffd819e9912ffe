/* queue.h -- the batches that the writer may still need, oldest first.
 *
 * Shape      One ring of batches in the order of their sequence, cut into three:
 *
 *                oldest ......... unanswered ......... unsent ......... end
 *                   answered, kept    sent, no answer yet    waiting
 *
 *            Positions only grow; a batch's sequence is its position minus `base`, plus 1. A connection that breaks
 *            moves `unsent` back to `unanswered`; a Redis that forgot moves both back further. A spool on disk would
 *            stand in for the last part: batches that wait.
 * Units      Monotonic nanoseconds.
 * Threads    One.
 * Ownership  Owns every batch in it.
 * Failure    A full queue refuses; the caller counts.
 */
#ifndef TELLTALE_STORE_QUEUE_H
#define TELLTALE_STORE_QUEUE_H

#include "store/batch.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_KEPT_S 5 /* appendfsync everysec may lose two seconds that were acknowledged */

struct store_queue {
    struct store_batch **slots;
    uint32_t limit;    /* of batches without an answer; as many answered ones are kept at most */
    uint32_t capacity; /* 2 * limit */
    uint64_t oldest, unanswered, unsent, end;
    uint64_t base;            /* the position whose sequence is 1 */
    uint64_t contacts_let_go; /* in the batches from base to oldest, which are no longer here */
};

bool store_queue_init(struct store_queue *q, uint32_t limit); /* false: out of memory */
void store_queue_fini(struct store_queue *q);

bool store_queue_is_full(const struct store_queue *q);
void store_queue_push(struct store_queue *q, struct store_batch *b); /* never when full */

struct store_batch *store_queue_at(const struct store_queue *q, uint64_t position);
uint64_t store_queue_sequence(const struct store_queue *q, uint64_t position);

/* Lets go of answered batches whose time is over. */
void store_queue_let_go(struct store_queue *q, uint64_t now_ns);

/* From here on the oldest batch has sequence 1: for a new incarnation. */
void store_queue_renumber(struct store_queue *q);

#endif
