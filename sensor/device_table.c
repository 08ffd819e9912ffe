/* device_table.c -- see device_table.h. Open addressing over a table twice as large as the number of devices. */
#include "sensor/device_table.h"

#include "common/clock.h"
#include "sensor/flow_table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_DEVICE_S 3600

struct device_table {
    struct device *devices;
    uint32_t *slots; /* index + 1 into devices, 0: free */
    uint32_t count, limit, slot_mask, numbered, last;
    unsigned char key[crypto_shorthash_KEYBYTES];
};

struct device_table *device_table_new(uint32_t devices)
{
    struct device_table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    uint32_t slots = 64;
    while (slots < devices * 2)
        slots *= 2;
    t->devices = calloc(devices, sizeof(*t->devices));
    t->slots = calloc(slots, sizeof(*t->slots));
    t->limit = devices;
    t->slot_mask = slots - 1;
    if (!t->devices || !t->slots) {
        device_table_free(t);
        return NULL;
    }
    randombytes_buf(t->key, sizeof(t->key));
    return t;
}

void device_table_free(struct device_table *t)
{
    if (!t)
        return;
    free(t->devices);
    free(t->slots);
    free(t);
}

static bool same_key(const struct device_key *a, const struct device_key *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->bytes, 16);
    memcpy(y, b->bytes, 16);
    return a->is_mac == b->is_mac && x[0] == y[0] && x[1] == y[1];
}

static uint32_t home_slot(const struct device_table *t, const struct device_key *key)
{
    uint64_t h;
    crypto_shorthash((unsigned char *)&h, key->bytes, sizeof(key->bytes), t->key);
    return (uint32_t)h & t->slot_mask;
}

static void enter_slot(struct device_table *t, uint32_t index)
{
    uint32_t slot = home_slot(t, &t->devices[index].key);
    while (t->slots[slot] != 0)
        slot = (slot + 1) & t->slot_mask;
    t->slots[slot] = index + 1;
}

/* Removing one entry from open addressing would break the chains behind it; devices leave rarely, so all are entered anew. */
static void rebuild_slots(struct device_table *t)
{
    memset(t->slots, 0, ((size_t)t->slot_mask + 1) * sizeof(*t->slots));
    for (uint32_t i = 0; i < t->count; i++)
        if (t->devices[i].taken)
            enter_slot(t, i);
}

static uint32_t make_room(struct device_table *t, uint64_t now_ns)
{
    if (t->count < t->limit)
        return t->count++;
    uint32_t oldest = NO_INDEX;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct device *d = &t->devices[i];
        if (d->references == 0 && d->last_ns + IDLE_DEVICE_S * NS_PER_S < now_ns &&
            (oldest == NO_INDEX || d->last_ns < t->devices[oldest].last_ns))
            oldest = i;
    }
    if (oldest != NO_INDEX) {
        t->devices[oldest].taken = false;
        rebuild_slots(t);
    }
    return oldest;
}

uint32_t device_table_get(struct device_table *t, const struct device_key *key, uint64_t now_ns)
{
    /* Frames of one device come in bursts: the last one is the likeliest. */
    if (t->last < t->count && t->devices[t->last].taken && same_key(&t->devices[t->last].key, key))
        return t->last;
    for (uint32_t slot = home_slot(t, key); t->slots[slot] != 0; slot = (slot + 1) & t->slot_mask) {
        uint32_t index = t->slots[slot] - 1;
        if (same_key(&t->devices[index].key, key))
            return t->last = index;
    }
    uint32_t index = make_room(t, now_ns);
    if (index == NO_INDEX)
        return NO_INDEX;
    struct device *d = &t->devices[index];
    memset(d, 0, sizeof(*d));
    memset(d->cloaked, 0xff, sizeof(d->cloaked));
    d->key = *key;
    d->taken = d->is_new = true;
    d->number = ++t->numbered;
    d->first_ns = d->last_ns = now_ns;
    enter_slot(t, index);
    return t->last = index;
}

uint32_t device_table_count(const struct device_table *t)
{
    return t->count; /* who leaves makes room for another */
}

struct device *device_table_at(struct device_table *t, uint32_t index)
{
    return &t->devices[index];
}

void device_table_each(const struct device_table *t, void (*f)(void *context, const struct device *d), void *context)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->devices[i].taken)
            f(context, &t->devices[i]);
}

void device_table_forget_sites(struct device_table *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        memset(t->devices[i].sites, 0, sizeof(t->devices[i].sites));
}

void device_remember_answer(struct device *d, const struct ip_addr *address, uint32_t host, uint64_t now_ns)
{
    uint32_t now_s = (uint32_t)(now_ns / NS_PER_S);
    for (unsigned i = 0; i < DEVICE_ANSWERS && d->answers[i].seen_s != 0; i++) {
        if (d->answers[i].host == host && ip_equal(&d->answers[i].address, address)) {
            d->answers[i].seen_s = now_s;
            return;
        }
    }
    d->answers[d->answer_next] = (struct dns_answer){.address = *address, .host = host, .seen_s = now_s ? now_s : 1};
    d->answer_next = (uint8_t)((d->answer_next + 1) % DEVICE_ANSWERS);
}

void device_remember_cloaked(struct device *d, uint32_t host)
{
    for (unsigned i = 0; i < DEVICE_CLOAKED; i++)
        if (d->cloaked[i] == host)
            return;
    d->cloaked[d->cloaked_next] = host;
    d->cloaked_next = (uint8_t)((d->cloaked_next + 1) % DEVICE_CLOAKED);
}

static uint64_t hash_question(const char *name, int id)
{
    uint64_t h = 14695981039346656037ull ^ (uint64_t)(uint32_t)id;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 1099511628211ull;
    return h ? h : 1;
}

static bool holds(const uint64_t *hashes, unsigned n, uint64_t hash)
{
    for (unsigned i = 0; i < n; i++)
        if (hashes[i] == hash)
            return true;
    return false;
}

void device_remember_question(struct device *d, const char *name, int id)
{
    uint64_t hash = hash_question(name, id);
    if (!holds(d->questions, DEVICE_QUESTIONS, hash))
        d->questions[d->question_next++ % DEVICE_QUESTIONS] = hash;
}

bool device_asked(const struct device *d, const char *name, int id)
{
    return holds(d->questions, DEVICE_QUESTIONS, hash_question(name, id));
}

void device_remember_front(struct device *d, const char *name)
{
    uint64_t hash = hash_question(name, 0);
    if (!holds(d->fronts, DEVICE_FRONTS, hash))
        d->fronts[d->front_next++ % DEVICE_FRONTS] = hash;
}

bool device_knows_front(const struct device *d, const char *name)
{
    return holds(d->fronts, DEVICE_FRONTS, hash_question(name, 0));
}

#define BY_TURNS_NS (60 * NS_PER_S)

bool device_spoke_from(struct device *d, const struct ip_addr *address, uint64_t now_ns)
{
    static const uint8_t self_given[2] = {169, 254};
    bool counts = d->key.is_mac && ip_is_v4(address) && address->bytes[12] != 0 && memcmp(address->bytes + 12, self_given, sizeof(self_given)) != 0;
    if (!counts || d->doubtful)
        return false;
    if (d->lately_ns[0] != 0 && ip_equal(&d->lately[0], address)) {
        d->lately_ns[0] = now_ns;
        return false;
    }
    bool back = d->lately_ns[1] != 0 && ip_equal(&d->lately[1], address) && now_ns < d->lately_ns[1] + BY_TURNS_NS;
    d->lately[1] = d->lately[0];
    d->lately_ns[1] = d->lately_ns[0];
    d->lately[0] = *address;
    d->lately_ns[0] = now_ns;
    d->doubtful = back;
    return back;
}
