/* hello_pool.h -- the few places where hellos that came in pieces are put together.
 *
 * Shape      A fixed number of slots of at most 16 KiB each (a worker's whole memory for hellos). A hello that arrives
 *            whole never takes one.
 * Threads    One worker. Ownership: the pool owns the slots; a flow holds its slot's number until it gives it back.
 * Failure    When all are taken the one that was touched longest ago is taken from its flow; the caller is told through
 *            on_evict() and counts it.
 */
#ifndef TELLTALE_SENSOR_HELLO_POOL_H
#define TELLTALE_SENSOR_HELLO_POOL_H

#include "dissectors/quic.h"
#include "dissectors/reassembly.h"

struct flow;

struct hello_slot {
    struct reassembly stream;
    size_t need;               /* bytes that must be contiguous before it makes sense to look again */
    struct quic_cid first_dcid; /* QUIC: whose keys open the Initials */
    bool from_src;             /* TCP: direction it is put together for: true = from the device */
    /* the pool's own */
    struct flow *owner;
    uint32_t newer, older;
};

struct hello_pool;

struct hello_pool *hello_pool_new(uint32_t slots, void (*on_evict)(void *context, struct flow *owner), void *context);
void hello_pool_free(struct hello_pool *p);

/* A clean slot for a flow. The owner's pointer must stay valid while it holds the slot. */
uint32_t hello_pool_take(struct hello_pool *p, struct flow *owner);
struct hello_slot *hello_pool_at(struct hello_pool *p, uint32_t slot); /* also marks it as just used */
void hello_pool_give_back(struct hello_pool *p, uint32_t slot);
uint32_t hello_pool_used(const struct hello_pool *p);

#endif
