/* feed_import.c -- takes a compiled set apart again: its rules and sources go into a builder as if the lists had been read.
 *
 * The built-in part is left out, since the builder has this program's own. An owner that was taken over from a rule above
 * is forgotten: the builder finds it anew, or a newer one. Every name passes the gate, as this machine's public suffix
 * list may know more than the one the file was compiled with.
 */
#include "feeds/feed_builder.h"
#include "feeds/feed_check.h"

#include "common/text.h"

#include <errno.h>
#include <string.h>

#define NOT_TAKEN UINT32_MAX

struct import {
    struct feed_builder *builder;
    const struct feed_set *set;
    uint32_t first;  /* index in the builder of the set's first source that is taken */
    struct feed_source sum;
    int rc;
};

static const struct feed_image_source *source_at(const struct feed_set *set, uint32_t index)
{
    const struct feed_image_source *all = (const void *)((const char *)set->image + set->image->sources_at);
    return &all[index];
}

/* Index in the builder of a source of the set. */
static uint32_t index_of(const struct import *in, uint32_t source)
{
    uint32_t index = in->first;
    if (source_at(in->set, source)->builtin)
        return NOT_TAKEN;
    for (uint32_t i = 0; i < source; i++)
        index += !source_at(in->set, i)->builtin;
    return index;
}

static struct line text_at(const struct feed_image *image, uint32_t offset)
{
    const char *text = (const char *)image + image->strings_at + offset;
    return (struct line){text, strlen(text)};
}

static int enter(struct import *in, const struct feed_entry *e, const struct feed_who *who, uint32_t source)
{
    const struct feed_image *image = in->set->image;
    struct feed_row row = {.owner = INTERN_NONE, .source = source};
    struct feed_texts texts = {text_at(image, who->tracker), text_at(image, who->organisation), text_at(image, who->country),
                               (enum purpose)who->purpose};
    bool fresh = false, rule = who->kind & FEED_WHO_RULE;
    int rc = who->kind & FEED_WHO_OWN ? feed_builder_intern_owner(in->builder, &texts, &row.owner) : 0;
    if (who->kind & FEED_WHO_EXCEPTION) {
        row.kind = FEED_ROW_EXCEPTION | (who->kind & FEED_WHO_NEAREST ? FEED_ROW_NEAREST : 0);
        rc = rc == 0 ? feed_builder_enter(in->builder, e->name, e->length, row, &fresh) : rc;
        in->sum.exceptions += fresh;
    }
    if (rule) {
        row.kind = FEED_ROW_RULE;
        rc = rc == 0 ? feed_builder_enter(in->builder, e->name, e->length, row, &fresh) : rc;
        in->sum.taken += fresh;
        in->sum.duplicate += !fresh;
    }
    return rc;
}

static bool take(void *context, const struct feed_entry *e)
{
    struct import *in = context;
    const struct feed_image *image = in->set->image;
    const struct feed_who *who = (const struct feed_who *)(const void *)((const char *)image + image->whos_at) + e->who;
    uint32_t source = index_of(in, who->source);
    char host[HOSTNAME_MAX + 1];
    size_t n;
    if (source == NOT_TAKEN)
        return true;
    enum feed_skip why = feed_builder_gate(e->name, e->length, host, &n);
    if (why == FEED_SKIP_COUNT) {
        in->rc = enter(in, e, who, source);
    } else {
        in->sum.skipped++;
        in->sum.skips[why]++;
    }
    return in->rc == 0;
}

static int keep_sources(struct import *in)
{
    for (uint32_t i = 0; i < feed_set_sources(in->set); i++) {
        struct feed_source source;
        feed_set_source(in->set, i, &source);
        if (source.builtin)
            continue;
        if (feed_builder_reserve_source(in->builder) < 0)
            return -ENOMEM;
        feed_builder_keep_source(in->builder, &source);
    }
    return 0;
}

int feed_builder_add_set(struct feed_builder *b, const char *name, const struct feed_set *set, struct feed_source *out)
{
    struct import in = {.builder = b, .set = set, .first = b->source_count};
    const char *slash = strrchr(name, '/');
    const char *last = slash ? slash + 1 : name;
    text_clean(last, strlen(last), in.sum.name, sizeof(in.sum.name));
    in.rc = keep_sources(&in);
    if (in.rc == 0)
        feed_image_each(set->image, take, &in);
    if (out)
        *out = in.sum;
    return in.rc;
}
