/* feed_set.c -- a compiled set and its holders. */
#include "feeds/feed_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE (2u << 20)

char *feed_image_new(uint64_t bytes)
{
    size_t page = bytes < LARGE_PAGE ? alignof(struct feed_image) : LARGE_PAGE;
    size_t room = (bytes + page - 1) / page * page;
    char *image = aligned_alloc(page, room);
    if (!image)
        return NULL;
    if (page == LARGE_PAGE)
        madvise(image, room, MADV_HUGEPAGE); /* a large set is read at random: fewer pages, fewer walks. Only a wish */
    memset(image, 0, bytes);
    return image;
}

static const char *string_at(const struct feed_image *image, uint32_t at)
{
    return (const char *)image + image->strings_at + at;
}

static struct feed_resolved *resolve(const struct feed_image *image)
{
    const struct feed_who *whos = (const void *)((const char *)image + image->whos_at);
    struct feed_resolved *resolved = calloc(image->whos + 1, sizeof(*resolved));
    for (uint32_t i = 0; resolved && i < image->whos; i++) {
        const struct feed_who *who = &whos[i];
        resolved[i].owner.tracker = who->tracker ? string_at(image, who->tracker) : NULL;
        resolved[i].owner.organisation = who->organisation ? string_at(image, who->organisation) : NULL;
        resolved[i].owner.country = who->country ? string_at(image, who->country) : NULL;
        resolved[i].owner.purpose = (enum purpose)who->purpose;
        resolved[i].feed = string_at(image, who->feed);
        resolved[i].kind = who->kind;
    }
    return resolved;
}

struct feed_set *feed_image_set(const struct feed_image *image)
{
    struct feed_set *set = calloc(1, sizeof(*set));
    if (set) {
        atomic_init(&set->holders, 1);
        set->image = image;
        set->whos = resolve(image);
        set->bytes = image->bytes + image->whos * sizeof(*set->whos);
    }
    if (set && set->whos)
        return set;
    free(set);
    free((void *)(uintptr_t)image);
    return NULL;
}

struct feed_set *feed_set_hold(const struct feed_set *set)
{
    struct feed_set *held = (struct feed_set *)(uintptr_t)set; /* all of it is read-only but the count */
    if (held) /* relaxed: whoever holds already passes it on by means that order memory */
        atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void feed_set_free(const struct feed_set *set)
{
    struct feed_set *held = (struct feed_set *)(uintptr_t)set;
    /* acq_rel: what every holder read happens before the last one frees it. */
    if (!held || atomic_fetch_sub_explicit(&held->holders, 1, memory_order_acq_rel) > 1)
        return;
    free((void *)(uintptr_t)held->image);
    free(held->whos);
    free(held);
}

bool feed_set_tracker(const struct feed_set *set, const char *tracker, const char **organisation, unsigned *purposes)
{
    bool found = false;
    *organisation = NULL;
    *purposes = 0;
    for (uint32_t i = 0; i < set->image->whos; i++) {
        const struct feed_owner *owner = &set->whos[i].owner;
        if (!owner->tracker || strcmp(owner->tracker, tracker) != 0)
            continue;
        if (!*organisation)
            *organisation = owner->organisation;
        *purposes |= 1u << owner->purpose;
        found = true;
    }
    return found;
}

uint32_t feed_set_rules(const struct feed_set *set)
{
    return set->image->rules;
}

size_t feed_set_bytes(const struct feed_set *set)
{
    return set->bytes;
}

const char *feed_set_provenance(const struct feed_set *set)
{
    return string_at(set->image, set->image->provenance);
}

uint32_t feed_set_sources(const struct feed_set *set)
{
    return set->image->sources;
}

void feed_set_source(const struct feed_set *set, uint32_t index, struct feed_source *out)
{
    const struct feed_image *image = set->image;
    const struct feed_image_source *all = (const void *)((const char *)image + image->sources_at), *s = &all[index];
    memset(out, 0, sizeof(*out));
    snprintf(out->name, sizeof(out->name), "%s", string_at(image, s->name));
    snprintf(out->version, sizeof(out->version), "%s", string_at(image, s->version));
    snprintf(out->syntax, sizeof(out->syntax), "%s", string_at(image, s->syntax));
    snprintf(out->licence, sizeof(out->licence), "%s", string_at(image, s->licence));
    snprintf(out->dated, sizeof(out->dated), "%s", string_at(image, s->dated));
    memcpy(out->hash, s->hash, sizeof(out->hash));
    out->builtin = s->builtin != 0;
    out->taken = s->taken;
    out->duplicate = s->duplicate;
    out->exceptions = s->exceptions;
    out->refused = s->refused;
    for (int i = 0; i < FEED_SKIP_COUNT; i++)
        out->skipped += out->skips[i] = s->skips[i];
}
