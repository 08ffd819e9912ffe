/* spsc_ring.c -- see spsc_ring.h.
 *
 * The classic single-producer single-consumer ring of Lamport, with three refinements: each side keeps a private copy
 * of the other's counter and reads the shared one only when the copy says full or empty; both sides publish in batches;
 * an empty ring puts the consumer to sleep on a futex instead of burning a core of the Pi.
 *
 * The sleep must not lose a wake-up. The consumer announces itself in `sleeping`, then looks at `published` once more;
 * the producer publishes, then looks at `sleeping`. With both accesses sequentially consistent at least one of the two
 * sees the other. With several rings it is one word for all, and the consumer looks at each. Should the wake-up still come late, the futex has a time-out.
 */
#include "sensor/spsc_ring.h"

#include <assert.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct record {
    uint32_t size; /* of the payload */
    uint32_t pad;  /* 1: skip to the start of the memory */
};

#define ALIGNED(n) (((n) + 7) & ~(size_t)7)

struct spsc_ring {
    /* read by both, written by neither */
    uint8_t *memory;
    uint64_t mask;
    _Atomic uint32_t *bell; /* 1: the consumer waits on this word; our own, or that of the ring we were joined to */
    /* the producer's cache line */
    alignas(64) uint64_t head; /* next byte to write; ahead of `published` by what is committed and not published */
    uint64_t tail_seen;
    uint32_t committed;        /* records since the last publish */
    uint32_t reserved;
    uint64_t woken_at;         /* where head was when the consumer was last looked after */
    /* shared: written by the producer */
    alignas(64) _Atomic uint64_t published;
    /* the consumer's cache line */
    alignas(64) uint64_t next; /* next byte to read; ahead of `tail` by what is released and not handed back */
    uint64_t published_seen;
    uint64_t peeked;           /* spsc_ring_peek_many(): where the records that are lent end ... */
    uint32_t lent;             /* ... and how many they are */
    uint32_t released;
    /* shared: written by the consumer */
    alignas(64) _Atomic uint64_t tail;
    alignas(64) _Atomic uint32_t sleeping;
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value, int timeout_ms)
{
    struct timespec t = {.tv_sec = timeout_ms / 1000, .tv_nsec = (timeout_ms % 1000) * 1000000L};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &t, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

struct spsc_ring *spsc_ring_new(size_t bytes, uint64_t start)
{
    size_t size = 65536;
    while (size < bytes)
        size *= 2;
    struct spsc_ring *ring = aligned_alloc(64, sizeof(*ring));
    if (!ring)
        return NULL;
    memset(ring, 0, sizeof(*ring));
    ring->memory = aligned_alloc(64, size);
    if (!ring->memory) {
        free(ring);
        return NULL;
    }
    ring->mask = size - 1;
    start &= ~(uint64_t)7;
    ring->head = ring->woken_at = ring->tail_seen = ring->next = ring->published_seen = start;
    atomic_init(&ring->published, start);
    atomic_init(&ring->tail, start);
    atomic_init(&ring->sleeping, 0);
    ring->bell = &ring->sleeping;
    return ring;
}

void spsc_ring_free(struct spsc_ring *ring)
{
    if (!ring)
        return;
    free(ring->memory);
    free(ring);
}

/* Is there room for `need` more bytes after head? Free-running counters: compare by difference. */
static bool has_room(struct spsc_ring *ring, uint64_t need)
{
    if (ring->head + need - ring->tail_seen <= ring->mask + 1)
        return true;
    /* acquire: pairs with the release in hand_back(), so the consumer has finished with the bytes we will write over. */
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->head + need - ring->tail_seen <= ring->mask + 1;
}

void *spsc_ring_reserve(struct spsc_ring *ring, size_t n)
{
    size_t need = sizeof(struct record) + ALIGNED(n);
    assert(n <= (ring->mask + 1) / 4);
    size_t place = ring->head & ring->mask;
    size_t to_end = ring->mask + 1 - place;
    size_t skip = need > to_end ? to_end : 0;
    if (!has_room(ring, skip + need))
        return NULL;
    if (skip) {
        struct record *pad = (struct record *)(ring->memory + place);
        pad->pad = 1; /* records are 8 bytes aligned, so a header always fits before the end */
        ring->head += skip;
        place = 0;
    }
    struct record *r = (struct record *)(ring->memory + place);
    r->pad = 0;
    ring->reserved = (uint32_t)n;
    return r + 1;
}

void spsc_ring_commit(struct spsc_ring *ring, size_t n)
{
    struct record *r = (struct record *)(ring->memory + (ring->head & ring->mask));
    assert(n <= ring->reserved);
    r->size = (uint32_t)n;
    ring->head += sizeof(*r) + ALIGNED(n);
    if (++ring->committed < SPSC_PUBLISH_EVERY)
        return;
    if (ring->head - ring->woken_at > (ring->mask + 1) / 8) {
        spsc_ring_publish(ring);
        return;
    }
    ring->committed = 0;
    /* release: pairs with the acquire in spsc_ring_peek(). A sleeper is told later. */
    atomic_store_explicit(&ring->published, ring->head, memory_order_release);
}

void spsc_ring_publish(struct spsc_ring *ring)
{
    ring->committed = 0;
    if (ring->woken_at == ring->head)
        return;
    ring->woken_at = ring->head;
    /* release (and seq_cst for the sleep protocol above): pairs with the acquire in spsc_ring_peek(), so that the
     * consumer sees the records' bytes. */
    atomic_store_explicit(&ring->published, ring->head, memory_order_seq_cst);
    if (atomic_load_explicit(ring->bell, memory_order_seq_cst) == 1 && atomic_exchange_explicit(ring->bell, 0, memory_order_seq_cst) == 1)
        futex_wake(ring->bell);
}

void spsc_ring_wait_space(struct spsc_ring *ring)
{
    spsc_ring_publish(ring);
    /* Long enough for the consumer to make room for a good part of a ring of megabytes, too short for it to empty one. */
    struct timespec t = {.tv_sec = 0, .tv_nsec = 500000};
    nanosleep(&t, NULL);
}

/* Lets the producer write over what was released. */
static void hand_back(struct spsc_ring *ring)
{
    ring->released = 0;
    /* release: pairs with the acquire in has_room(). */
    atomic_store_explicit(&ring->tail, ring->next, memory_order_release);
}

void *spsc_ring_peek(struct spsc_ring *ring, size_t *n)
{
    for (;;) {
        if (ring->next == ring->published_seen) {
            if (ring->released)
                hand_back(ring);
            /* acquire: pairs with the store in spsc_ring_publish(). */
            ring->published_seen = atomic_load_explicit(&ring->published, memory_order_acquire);
            if (ring->next == ring->published_seen)
                return NULL;
        }
        size_t place = ring->next & ring->mask;
        struct record *r = (struct record *)(ring->memory + place);
        if (!r->pad) {
            *n = r->size;
            return r + 1;
        }
        ring->next += ring->mask + 1 - place;
    }
}

size_t spsc_ring_peek_many(struct spsc_ring *ring, void **records, size_t most)
{
    size_t n, count = 0;
    records[0] = spsc_ring_peek(ring, &n); /* steps over a pad record */
    uint64_t at = ring->next;
    while (count < most && at != ring->published_seen) {
        struct record *r = (struct record *)(ring->memory + (at & ring->mask));
        if (r->pad) {
            at += ring->mask + 1 - (at & ring->mask);
            continue;
        }
        records[count++] = r + 1;
        at += sizeof(*r) + ALIGNED(r->size);
    }
    ring->peeked = at;
    ring->lent = (uint32_t)count;
    return count;
}

void spsc_ring_release_many(struct spsc_ring *ring)
{
    ring->next = ring->peeked;
    ring->released += ring->lent;
    ring->lent = 0;
    if (ring->released >= SPSC_PUBLISH_EVERY)
        hand_back(ring);
}

void spsc_ring_release(struct spsc_ring *ring)
{
    struct record *r = (struct record *)(ring->memory + (ring->next & ring->mask));
    ring->next += sizeof(*r) + ALIGNED(r->size);
    if (++ring->released >= SPSC_PUBLISH_EVERY)
        hand_back(ring);
}

void spsc_ring_wait(struct spsc_ring *ring, int timeout_ms)
{
    spsc_ring_wait_any(&ring, 1, timeout_ms);
}

void spsc_ring_join(struct spsc_ring *first, struct spsc_ring *other)
{
    other->bell = first->bell;
}

void spsc_ring_wait_any(struct spsc_ring *const rings[], unsigned n, int timeout_ms)
{
    bool empty = true;
    for (unsigned i = 0; i < n; i++)
        if (rings[i]->released)
            hand_back(rings[i]);
    atomic_store_explicit(rings[0]->bell, 1, memory_order_seq_cst);
    for (unsigned i = 0; i < n; i++)
        empty &= atomic_load_explicit(&rings[i]->published, memory_order_seq_cst) == rings[i]->next;
    if (empty)
        futex_wait(rings[0]->bell, 1, timeout_ms);
    atomic_store_explicit(rings[0]->bell, 0, memory_order_seq_cst);
}

uint64_t spsc_ring_place(const struct spsc_ring *ring, bool *has_work)
{
    /* relaxed, both: nothing is read through them, and a look a moment later does as well */
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    *has_work = atomic_load_explicit(&ring->published, memory_order_relaxed) != tail;
    return tail;
}
