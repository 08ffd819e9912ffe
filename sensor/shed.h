/* shed.h -- which TCP flows the worker needs no more payload of, told by the worker, asked by the capture thread.
 *
 * Purpose    When a flow's names and application are known, what its packets carry is of no use, only that they came and how
 *            long they were. Nine tenths of a network's bytes are such payload: not copying them spares both threads' caches.
 * Shape      A fixed table of marks, found by a hash of the 5-tuple; 48 bits of it tell flows apart. A mark is a hint: a newer
 *            flow takes its place, one that begins on the same tuple ends it, and all are forgotten now and then (shed_forget()), so that a flow
 *            which came back after a long silence is looked at anew. The worker marks again when it gets more than it needs.
 * Threads    Marks are written by one worker and read by the capture thread, without a lock.
 * Failure    None. Two flows with one hash: the other's payload is not copied either, but for what begins like a hello or a request
 *            (sensor/pipeline.c). Chance (the seed) decides which those are.
 */
#ifndef TELLTALE_SENSOR_SHED_H
#define TELLTALE_SENSOR_SHED_H

#include "dissectors/packet.h"

#include <stdatomic.h>
#include <stdbool.h>

#define SHED_MARKS 16384
#define SHED_KEEP  8 /* bytes of payload that are copied all the same: that there was some must be seen */

struct shed {
    uint64_t seed; /* chance, so that nobody can aim at another's flow */
    _Atomic uint32_t marks[SHED_MARKS]; /* 0: none */
};

/* The same for both directions; never 0 in its upper half. */
static inline uint64_t shed_hash(const struct shed *s, const struct packet *p)
{
    uint64_t src[2], dst[2];
    memcpy(src, p->src.bytes, 16);
    memcpy(dst, p->dst.bytes, 16);
    uint64_t from = ((src[0] ^ s->seed) * 0x9e3779b97f4a7c15u) ^ (src[1] + p->src_port) * 0xbf58476d1ce4e5b9u;
    uint64_t to = ((dst[0] ^ s->seed) * 0x9e3779b97f4a7c15u) ^ (dst[1] + p->dst_port) * 0xbf58476d1ce4e5b9u;
    uint64_t h = (from ^ from >> 31) * 0x94d049bb133111ebu + (to ^ to >> 31) * 0x94d049bb133111ebu;
    return (h ^ h >> 29) | 1ull << 63;
}

static inline void shed_mark(struct shed *s, uint64_t hash)
{
    /* relaxed: a hint; the packets it is about came long before. */
    atomic_store_explicit(&s->marks[hash % SHED_MARKS], (uint32_t)(hash >> 32), memory_order_relaxed);
}

static inline bool shed_has(const struct shed *s, uint64_t hash)
{
    return atomic_load_explicit(&s->marks[hash % SHED_MARKS], memory_order_relaxed) == (uint32_t)(hash >> 32);
}

/* The flow is over: another may begin on the same tuple. */
static inline void shed_unmark(struct shed *s, uint64_t hash)
{
    if (shed_has(s, hash))
        atomic_store_explicit(&s->marks[hash % SHED_MARKS], 0, memory_order_relaxed);
}

static inline void shed_forget(struct shed *s)
{
    for (unsigned i = 0; i < SHED_MARKS; i++)
        atomic_store_explicit(&s->marks[i], 0, memory_order_relaxed);
}

#endif
