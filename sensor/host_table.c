/* host_table.c -- see host_table.h. Buckets of four by hash; the least recently used of a full bucket goes. */
#include "sensor/host_table.h"

#include "sensor/flow_table.h"

#include <stdlib.h>
#include <string.h>

#define WAYS 4
#define INDEX_BITS 20 /* a number is generation << 20 | index */
#define INDEX_MASK ((1u << INDEX_BITS) - 1)

struct place {
    struct host_entry entry;
    uint32_t generation; /* 1..4095; 0: never used */
    uint32_t used_at;
    bool taken;
};

struct host_table {
    struct place *places;
    uint32_t bucket_mask, now;
};

struct host_table *host_table_new(uint32_t hosts)
{
    uint32_t buckets = 16;
    while (buckets * WAYS < hosts && buckets * WAYS < INDEX_MASK / 2)
        buckets *= 2;
    struct host_table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->places = calloc((size_t)buckets * WAYS, sizeof(*t->places));
    t->bucket_mask = buckets - 1;
    if (!t->places) {
        free(t);
        return NULL;
    }
    return t;
}

static void drop_chain(struct host_entry *e)
{
    for (unsigned i = 0; i < e->chain_len; i++)
        free(e->chain[i]);
    e->chain_len = 0;
}

void host_table_free(struct host_table *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < (t->bucket_mask + 1) * WAYS; i++)
        drop_chain(&t->places[i].entry);
    free(t->places);
    free(t);
}

/* FNV-1a is enough: a tracker's names are the feed's, not an attacker's choice beyond their first labels, and a crowded
 * bucket costs an entry its place, nothing else. */
static uint32_t hash_name(const char *name, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)name[i]) * 16777619u;
    return h ^ h >> 15;
}

static void take_chain(struct host_entry *e, const char *const *chain, unsigned chain_len)
{
    if (e->chain_len > 0 || !chain)
        return;
    for (unsigned i = 0; i < chain_len && i < HOST_CHAIN_MAX; i++) {
        e->chain[i] = strdup(chain[i]);
        if (!e->chain[i])
            return;
        e->chain_len++;
    }
}

uint32_t host_table_put(struct host_table *t, const char *name, size_t len, const struct feed_match *match,
                        const char *const *chain, unsigned chain_len)
{
    uint32_t first = (hash_name(name, len) & t->bucket_mask) * WAYS;
    struct place *victim = &t->places[first];
    for (struct place *p = &t->places[first]; p < &t->places[first + WAYS]; p++) {
        if (p->taken && p->entry.match.rule == match->rule && p->entry.name_len == len && memcmp(p->entry.name, name, len) == 0) {
            p->used_at = ++t->now;
            take_chain(&p->entry, chain, chain_len);
            return p->generation << INDEX_BITS | (uint32_t)(p - t->places);
        }
        if (!p->taken || (victim->taken && p->used_at < victim->used_at))
            victim = p;
    }
    drop_chain(&victim->entry);
    victim->taken = true;
    victim->used_at = ++t->now;
    victim->generation = victim->generation % 4095 + 1;
    memcpy(victim->entry.name, name, len);
    victim->entry.name[len] = '\0';
    victim->entry.name_len = (uint16_t)len;
    victim->entry.chain_on_site = false;
    victim->entry.match = *match;
    take_chain(&victim->entry, chain, chain_len);
    return victim->generation << INDEX_BITS | (uint32_t)(victim - t->places);
}

struct host_entry *host_table_at(struct host_table *t, uint32_t host)
{
    uint32_t index = host & INDEX_MASK;
    if (host == NO_INDEX || index >= (t->bucket_mask + 1) * WAYS)
        return NULL;
    struct place *p = &t->places[index];
    return p->taken && p->generation == host >> INDEX_BITS ? &p->entry : NULL;
}

void host_table_rematch(struct host_table *t, const struct feed_set *set)
{
    for (uint32_t i = 0; i < (t->bucket_mask + 1) * WAYS; i++) {
        struct place *p = &t->places[i];
        struct host_entry *e = &p->entry;
        if (!p->taken)
            continue;
        const char *name = e->chain_len > 0 ? e->chain[e->chain_len - 1] : e->name; /* the one that matched */
        if (!feed_match(set, name, strlen(name), &e->match)) {
            drop_chain(e);
            p->taken = false;
        }
    }
}
