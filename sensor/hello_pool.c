/* hello_pool.c -- see hello_pool.h. Slots are kept in a list by last use; free ones stand at its old end. */
#include "sensor/hello_pool.h"

#include "sensor/flow_table.h"

#include <stdlib.h>

struct hello_pool {
    struct hello_slot *slots;
    uint32_t count, newest, oldest, used;
    void (*on_evict)(void *context, struct flow *owner);
    void *context;
};

struct hello_pool *hello_pool_new(uint32_t slots, void (*on_evict)(void *context, struct flow *owner), void *context)
{
    struct hello_pool *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->slots = calloc(slots, sizeof(*p->slots));
    if (!p->slots) {
        free(p);
        return NULL;
    }
    p->count = slots;
    p->on_evict = on_evict;
    p->context = context;
    for (uint32_t i = 0; i < slots; i++) {
        p->slots[i].newer = i == 0 ? NO_INDEX : i - 1;
        p->slots[i].older = i + 1 == slots ? NO_INDEX : i + 1;
    }
    p->newest = 0;
    p->oldest = slots - 1;
    return p;
}

void hello_pool_free(struct hello_pool *p)
{
    if (!p)
        return;
    free(p->slots);
    free(p);
}

static void unlink_slot(struct hello_pool *p, uint32_t i)
{
    struct hello_slot *s = &p->slots[i];
    if (s->newer == NO_INDEX)
        p->newest = s->older;
    else
        p->slots[s->newer].older = s->older;
    if (s->older == NO_INDEX)
        p->oldest = s->newer;
    else
        p->slots[s->older].newer = s->newer;
}

static void link_newest(struct hello_pool *p, uint32_t i)
{
    struct hello_slot *s = &p->slots[i];
    s->newer = NO_INDEX;
    s->older = p->newest;
    if (p->newest != NO_INDEX)
        p->slots[p->newest].newer = i;
    else
        p->oldest = i;
    p->newest = i;
}

static void link_oldest(struct hello_pool *p, uint32_t i)
{
    struct hello_slot *s = &p->slots[i];
    s->older = NO_INDEX;
    s->newer = p->oldest;
    if (p->oldest != NO_INDEX)
        p->slots[p->oldest].older = i;
    else
        p->newest = i;
    p->oldest = i;
}

uint32_t hello_pool_take(struct hello_pool *p, struct flow *owner)
{
    uint32_t i = p->oldest;
    struct hello_slot *s = &p->slots[i];
    if (s->owner) {
        s->owner->hello = NO_INDEX;
        p->on_evict(p->context, s->owner);
    } else {
        p->used++;
    }
    s->owner = owner;
    s->need = 0;
    s->from_src = false;
    s->first_dcid.len = 0;
    reassembly_reset(&s->stream);
    unlink_slot(p, i);
    link_newest(p, i);
    return i;
}

struct hello_slot *hello_pool_at(struct hello_pool *p, uint32_t slot)
{
    if (p->newest != slot) {
        unlink_slot(p, slot);
        link_newest(p, slot);
    }
    return &p->slots[slot];
}

void hello_pool_give_back(struct hello_pool *p, uint32_t slot)
{
    if (slot == NO_INDEX)
        return;
    p->slots[slot].owner = NULL;
    p->used--;
    unlink_slot(p, slot);
    link_oldest(p, slot);
}

uint32_t hello_pool_used(const struct hello_pool *p)
{
    return p->used;
}
