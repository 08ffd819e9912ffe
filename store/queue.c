/* queue.c -- see queue.h. */
#include "store/queue.h"

#include "common/clock.h"

#include <assert.h>
#include <stdlib.h>

bool store_queue_init(struct store_queue *q, uint32_t limit)
{
    *q = (struct store_queue){.limit = limit ? limit : 1};
    q->capacity = 2 * q->limit;
    q->slots = calloc(q->capacity, sizeof(struct store_batch *));
    return q->slots != NULL;
}

void store_queue_fini(struct store_queue *q)
{
    for (uint64_t i = q->oldest; i < q->end; i++)
        free(q->slots[i % q->capacity]);
    free(q->slots);
    q->slots = NULL;
}

bool store_queue_is_full(const struct store_queue *q)
{
    return q->end - q->unanswered >= q->limit;
}

struct store_batch *store_queue_at(const struct store_queue *q, uint64_t position)
{
    assert(position >= q->oldest && position < q->end);
    return q->slots[position % q->capacity];
}

uint64_t store_queue_sequence(const struct store_queue *q, uint64_t position)
{
    return position - q->base + 1;
}

static void let_go_of_oldest(struct store_queue *q)
{
    assert(q->oldest < q->unanswered);
    struct store_batch **slot = &q->slots[q->oldest++ % q->capacity];
    q->contacts_let_go += (*slot)->contacts;
    free(*slot);
    *slot = NULL;
}

/* At most `limit` batches are unanswered, so a full ring begins with an answered one. */
void store_queue_push(struct store_queue *q, struct store_batch *b)
{
    assert(!store_queue_is_full(q));
    if (q->end - q->oldest == q->capacity)
        let_go_of_oldest(q);
    q->slots[q->end++ % q->capacity] = b;
}

void store_queue_let_go(struct store_queue *q, uint64_t now_ns)
{
    while (q->oldest < q->unanswered && store_queue_at(q, q->oldest)->answered_ns + STORE_KEPT_S * NS_PER_S < now_ns)
        let_go_of_oldest(q);
}

void store_queue_renumber(struct store_queue *q)
{
    q->base = q->oldest;
    q->contacts_let_go = 0;
}
