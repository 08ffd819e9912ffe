/* contact_table.c -- see contact_table.h. Chained hashing over a fixed array of places. */
#include "sensor/contact_table.h"

#include "sensor/flow_table.h"

#include <stdlib.h>
#include <string.h>

struct contact_table {
    struct contact *places;
    uint32_t *heads;   /* index + 1 of a bucket's first contact */
    uint32_t *next;    /* of each place: the next in its bucket, or in the free list */
    uint32_t limit, bucket_mask, free, top;
    void (*on_close)(void *context, struct contact *c);
    void *context;
    uint64_t pushed_out, refused;
};

struct contact_table *contact_table_new(uint32_t contacts, void (*on_close)(void *context, struct contact *c), void *context)
{
    struct contact_table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    uint32_t buckets = 64;
    while (buckets < contacts)
        buckets *= 2;
    t->limit = contacts;
    t->bucket_mask = buckets - 1;
    t->places = calloc(contacts, sizeof(*t->places));
    t->heads = calloc(buckets, sizeof(*t->heads));
    t->next = calloc(contacts, sizeof(*t->next));
    t->on_close = on_close;
    t->context = context;
    if (!t->places || !t->heads || !t->next) {
        contact_table_free(t);
        return NULL;
    }
    return t;
}

/* Gives up the rule and the way; the contact has none then. */
static void drop_rule(struct contact *c)
{
    feed_set_free(c->match.set);
    c->match.set = NULL;
    for (unsigned i = 0; i < c->chain_len; i++)
        free(c->chain[i]);
    c->chain_len = 0;
}

void contact_table_free(struct contact_table *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; t->places && i < t->top; i++)
        drop_rule(&t->places[i]);
    free(t->places);
    free(t->heads);
    free(t->next);
    free(t);
}

static uint32_t bucket_of(const struct contact_table *t, uint32_t device, const char *host, bool withheld)
{
    uint32_t h = (2166136261u ^ device ^ (withheld ? 0x55u : 0u)) * 16777619u;
    for (; *host; host++)
        h = (h ^ (uint8_t)*host) * 16777619u;
    return (h ^ h >> 15) & t->bucket_mask;
}

static void unlink_contact(struct contact_table *t, uint32_t index)
{
    const struct contact *c = &t->places[index];
    uint32_t *link = &t->heads[bucket_of(t, c->device, c->host, c->withheld)];
    while (*link != index + 1)
        link = &t->next[*link - 1];
    *link = t->next[index];
}

static void link_contact(struct contact_table *t, uint32_t index)
{
    const struct contact *c = &t->places[index];
    uint32_t *head = &t->heads[bucket_of(t, c->device, c->host, c->withheld)];
    t->next[index] = *head;
    *head = index + 1;
}

static void close_contact(struct contact_table *t, uint32_t index)
{
    struct contact *c = &t->places[index];
    t->on_close(t->context, c);
    unlink_contact(t, index);
    drop_rule(c);
    c->taken = false;
    t->next[index] = t->free;
    t->free = index + 1;
}

/* A free place. Contacts with live flows are not taken: their flows point at them. The number of flows is the larger
 * limit, so all places may be held by flows; then there is none. */
static uint32_t make_room(struct contact_table *t)
{
    if (t->free == 0 && t->top < t->limit)
        return t->top++;
    if (t->free == 0) {
        uint32_t oldest = NO_INDEX;
        for (uint32_t i = 0; i < t->limit; i++)
            if (t->places[i].open_flows == 0 && (oldest == NO_INDEX || t->places[i].last_ns < t->places[oldest].last_ns))
                oldest = i;
        if (oldest == NO_INDEX) {
            t->refused++;
            return NO_INDEX;
        }
        t->pushed_out++;
        close_contact(t, oldest);
    }
    uint32_t index = t->free - 1;
    t->free = t->next[index];
    return index;
}

static bool is_idle(const struct contact *c, uint64_t now_ns)
{
    return c->open_flows == 0 && c->last_ns + CONTACT_FOLD_NS < now_ns;
}

static void take_rule(struct contact *c, const struct host_entry *host)
{
    drop_rule(c);
    c->match = host->match;
    feed_set_hold(c->match.set);
    c->chain_on_site = host->chain_on_site;
    for (unsigned i = 0; i < host->chain_len; i++) {
        if (!(c->chain[i] = strdup(host->chain[i])))
            break;
        c->chain_len++;
    }
}

void contact_adopt(struct contact *c, const struct host_entry *host)
{
    if (!c->match.owner.tracker && host->match.owner.tracker)
        take_rule(c, host);
}

uint32_t contact_table_get(struct contact_table *t, uint32_t device, const struct host_entry *host, bool withheld, uint64_t now_ns,
                           bool *is_new)
{
    *is_new = false;
    for (uint32_t i = t->heads[bucket_of(t, device, host->name, withheld)]; i != 0; i = t->next[i - 1]) {
        struct contact *c = &t->places[i - 1];
        if (c->device != device || c->withheld != withheld || strcmp(c->host, host->name) != 0)
            continue;
        if (is_idle(c, now_ns)) {
            close_contact(t, i - 1);
            break;
        }
        return i - 1;
    }
    uint32_t index = make_room(t);
    if (index == NO_INDEX)
        return NO_INDEX;
    *is_new = true;
    struct contact *c = &t->places[index];
    memset(c, 0, sizeof(*c));
    c->device = device;
    c->first_ns = c->last_ns = now_ns;
    c->taken = true;
    c->withheld = withheld;
    memcpy(c->host, host->name, host->name_len + 1u);
    take_rule(c, host);
    link_contact(t, index);
    return index;
}

struct contact *contact_table_at(struct contact_table *t, uint32_t index)
{
    return &t->places[index];
}

void contact_table_each(struct contact_table *t, void (*f)(void *context, struct contact *c), void *context)
{
    for (uint32_t i = 0; i < t->top; i++)
        if (t->places[i].taken)
            f(context, &t->places[i]);
}

void contact_table_withhold(struct contact_table *t, struct contact *c)
{
    if (c->withheld)
        return;
    uint32_t index = (uint32_t)(c - t->places);
    unlink_contact(t, index);
    c->withheld = true;
    link_contact(t, index);
}

void contact_table_sweep(struct contact_table *t, uint64_t now_ns)
{
    for (uint32_t i = 0; i < t->top; i++)
        if (t->places[i].taken && is_idle(&t->places[i], now_ns))
            close_contact(t, i);
}

void contact_table_finish(struct contact_table *t)
{
    for (uint32_t i = 0; i < t->top; i++)
        if (t->places[i].taken)
            close_contact(t, i);
}

uint64_t contact_table_pushed_out(const struct contact_table *t)
{
    return t->pushed_out;
}

uint64_t contact_table_refused(const struct contact_table *t)
{
    return t->refused;
}
