/* intern.c -- see intern.h. Linear probing at a load of at most one half; numbers never move, only the slots are
 * rebuilt. */
#include "feeds/intern.h"

#include "feeds/suffix_hash.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#define FIRST_SLOTS 1024u

int intern_init(struct intern *t)
{
    *t = (struct intern){.slots_mask = FIRST_SLOTS - 1};
    t->slots = calloc(FIRST_SLOTS, sizeof(*t->slots));
    t->at = calloc(1, sizeof(*t->at));
    t->room = t->at ? 1 : 0;
    randombytes_buf(&t->seed, sizeof(t->seed));
    if (t->slots && t->at)
        return 0;
    intern_fini(t);
    return -ENOMEM;
}

void intern_fini(struct intern *t)
{
    free(t->text);
    free(t->at);
    free(t->slots);
    *t = (struct intern){0};
}

const char *intern_text(const struct intern *t, uint32_t number)
{
    return t->text + t->at[number];
}

size_t intern_length(const struct intern *t, uint32_t number)
{
    return t->at[number + 1] - t->at[number] - 1;
}

static uint64_t hash_of(const struct intern *t, const char *bytes, size_t n)
{
    return suffix_hash_bytes(t->seed, bytes, n);
}

/* The slot that holds the string, or the empty one where it would go. */
static uint32_t slot_of(const struct intern *t, const char *bytes, size_t n)
{
    uint32_t i = (uint32_t)hash_of(t, bytes, n) & t->slots_mask;
    for (; t->slots[i]; i = (i + 1) & t->slots_mask) {
        uint32_t number = t->slots[i] - 1;
        if (intern_length(t, number) == n && memcmp(intern_text(t, number), bytes, n) == 0)
            break;
    }
    return i;
}

uint32_t intern_find(const struct intern *t, const char *bytes, size_t n)
{
    uint32_t held = t->slots[slot_of(t, bytes, n)];
    return held ? held - 1 : INTERN_NONE;
}

static bool grow_slots(struct intern *t)
{
    uint32_t size = (t->slots_mask + 1) * 2;
    uint32_t *slots = calloc(size, sizeof(*slots));
    if (!slots)
        return false;
    free(t->slots);
    t->slots = slots;
    t->slots_mask = size - 1;
    for (uint32_t number = 0; number < t->count; number++) {
        uint32_t i = (uint32_t)hash_of(t, intern_text(t, number), intern_length(t, number)) & t->slots_mask;
        while (t->slots[i])
            i = (i + 1) & t->slots_mask;
        t->slots[i] = number + 1;
    }
    return true;
}

/* Room for one more string of n bytes in every array. */
static bool reserve(struct intern *t, size_t n)
{
    if (t->text_bytes + n + 1 > t->text_room) {
        size_t room = t->text_room * 2 > t->text_bytes + n + 1 ? t->text_room * 2 : t->text_bytes + n + 1 + 4096;
        char *text = room <= UINT32_MAX ? realloc(t->text, room) : NULL;
        if (!text)
            return false;
        t->text = text;
        t->text_room = room;
    }
    if (t->count + 1 >= t->room) { /* one beyond count marks the end of the last */
        uint32_t room = t->room * 2 + 64;
        uint32_t *at = room > t->room && room < INTERN_NONE / 4 ? realloc(t->at, room * sizeof(*at)) : NULL;
        if (!at)
            return false;
        t->at = at;
        t->room = room;
    }
    return t->count < t->slots_mask / 2 || grow_slots(t);
}

uint32_t intern_add(struct intern *t, const char *bytes, size_t n, bool *fresh)
{
    uint32_t number = intern_find(t, bytes, n);
    *fresh = number == INTERN_NONE;
    if (!*fresh)
        return number;
    if (!reserve(t, n))
        return INTERN_NONE;
    number = t->count++;
    memcpy(t->text + t->text_bytes, bytes, n);
    t->text[t->text_bytes + n] = '\0';
    t->text_bytes += n + 1;
    t->at[number + 1] = (uint32_t)t->text_bytes;
    t->slots[slot_of(t, bytes, n)] = number + 1;
    return number;
}
