/* queue.h -- the batches that the writer may still need, oldest first.
 *
 * Shape      One ring of entries in the order in which they are offered, cut into three:
 *
 *                oldest ......... unanswered ......... unsent ......... end
 *                   answered, kept    sent, no answer yet    waiting
 *
 *            Positions only grow. A connection that breaks moves `unsent` back to `unanswered`; a Redis that forgot moves
 *            both back further. Where a batch's bytes are is the entry's secret: in memory, in the spool, or both.
 *            A *run* is a stretch of entries under one incarnation; their sequences count up by one from the run's
 *            first. There is one run a publisher: what the publishers before it left in the spool, then our own.
 * Units      Monotonic nanoseconds.
 * Threads    One.
 * Ownership  Owns every entry and the batch in it.
 * Failure    A full queue refuses; the caller counts. push and begin_run return false without memory.
 */
#ifndef TELLTALE_STORE_QUEUE_H
#define TELLTALE_STORE_QUEUE_H

#include "store/batch.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_KEPT_S          5 /* appendfsync everysec may lose two seconds that were acknowledged */
#define STORE_INCARNATION_MAX 33 /* 32 hexadecimal digits and a NUL */

/* Where a batch lies in the spool (store/spool.h). segment 0: nowhere. */
struct store_place {
    uint64_t segment;
    uint32_t offset, length;
};

struct store_entry {
    struct store_batch *batch; /* NULL: in the spool only, or empty */
    struct store_place place;
    uint64_t answered_ns; /* when Redis said it has the batch. 0: it has not */
    uint64_t contacts_before; /* in the batches of its incarnation before it; set by push */
    uint32_t contacts;
    bool was_sent, empty; /* empty: only holds its place in the sequence */
};

struct store_run {
    char incarnation[STORE_INCARNATION_MAX];
    uint64_t first;    /* position of its first entry that was ever here */
    uint64_t sequence; /* of that entry */
    uint64_t contacts_let_go; /* in all batches of this incarnation that are no longer here */
    uint64_t contacts_pushed; /* the same with those that are */
};

struct store_queue {
    struct store_entry *slots;
    uint32_t limit;    /* of entries without an answer; as many answered ones are kept at most */
    uint32_t capacity; /* of slots now; grows up to 2 * limit */
    uint64_t oldest, unanswered, unsent, end;
    struct store_run *runs; /* never empty once one was begun */
    uint32_t run_count;
    void (*on_let_go)(void *context, const struct store_entry *e); /* may be NULL */
    void *context;
};

bool store_queue_init(struct store_queue *q, uint32_t limit); /* false: out of memory */
void store_queue_fini(struct store_queue *q);

/* The entries pushed from here on are of a new run, whose first one has this sequence. */
bool store_queue_begin_run(struct store_queue *q, const char *incarnation, uint64_t sequence, uint64_t contacts_before);

bool store_queue_is_full(const struct store_queue *q);
bool store_queue_push(struct store_queue *q, const struct store_entry *e); /* never when full */

struct store_entry *store_queue_at(const struct store_queue *q, uint64_t position);
struct store_run *store_queue_run_of(const struct store_queue *q, uint64_t position); /* also of `end`: the last one */
uint64_t store_queue_run_begin(const struct store_queue *q, const struct store_run *run); /* its first position that is still here */
uint64_t store_queue_run_end(const struct store_queue *q, const struct store_run *run);
uint64_t store_queue_sequence(const struct store_queue *q, uint64_t position);

/* Lets go of answered entries whose time is over. */
void store_queue_let_go(struct store_queue *q, uint64_t now_ns);

/* From its first entry that is still here on, the run goes by a new name, from sequence 1. */
void store_queue_rename(struct store_queue *q, struct store_run *run, const char *incarnation);

/* The part of a run from this position on (not its first) becomes a run of its own, from sequence 1. false: out of memory. */
bool store_queue_split(struct store_queue *q, struct store_run *run, uint64_t position, const char *incarnation);

/* Takes everything out of a batch that cannot be applied; what is left holds its place in the sequence. */
void store_queue_hollow(struct store_queue *q, uint64_t position);

#endif
