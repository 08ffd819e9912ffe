/* spsc_ring.h -- hands records of any size from one thread to one other, without a lock.
 *
 *        tail (consumer)                 head (producer)        published (what the consumer may see)
 *          |                               |                      |
 *   +------v-------------------------------v----------------------------------------------+
 *   |free  |record|record   |record|record |record| ...reserved...        |pad| free       |
 *   +------------------------------------------------------------------------------------+
 *          ^-- peeked by the consumer      ^-- committed, published in batches
 *
 * Shape      `bytes` of memory (a power of two), allocated once. A record is { u32 size, u32 pad, payload },
 *            8-byte aligned and never split: one that does not fit before the end is preceded by a pad record.
 *            Positions are free-running 64-bit counters; position & mask is the place in memory.
 * Threads    Exactly one producer calls reserve/commit/publish; exactly one consumer, peek/release/wait. A consumer may have several rings.
 * Ownership  The ring owns every byte. reserve() and peek() lend one record until commit() or release().
 * Failure    A full ring returns NULL. A live producer drops and counts; a replaying one waits (spsc_ring_wait_space).
 * Speed      The producer publishes once a batch (SPSC_PUBLISH_EVERY), the consumer releases likewise: the two cache lines
 *            that both threads touch move once a batch, not once a frame (tests/bench/bench_ring.c). Waking a sleeper costs as
 *            much as some hundred records: it is done once a batch of the producer's, or when an eighth of the ring waits.
 */
#ifndef TELLTALE_SENSOR_SPSC_RING_H
#define TELLTALE_SENSOR_SPSC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spsc_ring;

#define SPSC_PUBLISH_EVERY 32

/* bytes: rounded up to a power of two, at least 64 KiB. start: where the counters begin; 0, or near the wrap in a test.
 * NULL: out of memory. */
struct spsc_ring *spsc_ring_new(size_t bytes, uint64_t start);
void spsc_ring_free(struct spsc_ring *ring);

/* Lends room for a record of n bytes, or NULL when the consumer is too far behind. Producer only.
 * n must be at most a quarter of the ring. */
void *spsc_ring_reserve(struct spsc_ring *ring, size_t n);
/* Hands over the reserved record, cut to n bytes. It becomes visible with the next publish. Producer only. */
void spsc_ring_commit(struct spsc_ring *ring, size_t n);
/* Makes everything committed visible, and wakes a waiting consumer. To be called when a batch ends: until then a consumer
 * that sleeps is woken only when much of the ring is filled. Producer only. */
void spsc_ring_publish(struct spsc_ring *ring);
/* Publishes, then sleeps until the consumer has made room or 10 ms have passed. Producer only. */
void spsc_ring_wait_space(struct spsc_ring *ring);

/* Lends the next record and its size, or NULL when there is none. Consumer only. */
void *spsc_ring_peek(struct spsc_ring *ring, size_t *n);
/* Gives the peeked record back. Consumer only. */
void spsc_ring_release(struct spsc_ring *ring);
/* Lends up to `most` records at once, the oldest first; returns how many there are. Consumer only, until
 * spsc_ring_release_many() gives all of them back. */
size_t spsc_ring_peek_many(struct spsc_ring *ring, void **records, size_t most);
void spsc_ring_release_many(struct spsc_ring *ring);
/* Sleeps until a record is there or timeout_ms have passed. Consumer only. */
void spsc_ring_wait(struct spsc_ring *ring, int timeout_ms);

/* Several rings of one consumer, each with a producer of its own: from then on each of them wakes who sleeps on the first, which must live
 * until all producers have ended. Before the threads. */
void spsc_ring_join(struct spsc_ring *first, struct spsc_ring *other);
/* spsc_ring_wait() for any of n rings that were joined. Consumer only. */
void spsc_ring_wait_any(struct spsc_ring *const rings[], unsigned n, int timeout_ms);

/* How far the consumer has come, in bytes since the start, and whether it has anything to do: a place that stays where it is while
 * there is work means that the consumer hangs. Any thread. */
uint64_t spsc_ring_place(const struct spsc_ring *ring, bool *has_work);

#endif
