/* feed_check.c -- see feed_check.h.
 *
 * The order matters: first the places of the parts, which all follow from their counts, so that nothing can overlap or
 * reach outside; then the strings' end, after which any offset into them is a text that ends; then what points at them;
 * then the lines and keys, in the order in which they were written, each beginning where the one before ended.
 */
#include "feeds/feed_check.h"

#include "feeds/line_reader.h"
#include "feeds/suffix_hash.h"

#include "common/hostname.h"

#include <sodium.h>
#include <string.h>

static const char *at(const struct feed_image *image, uint64_t offset)
{
    return (const char *)image + offset;
}

static const char *check_head(const struct feed_image *image, size_t bytes)
{
    unsigned char sum[FEED_CHECKSUM_BYTES];
    if (image->bytes != bytes)
        return "it is not as long as it says: cut, or something was added";
    crypto_generichash(sum, sizeof(sum), (const unsigned char *)at(image, FEED_CHECKSUM_FROM), bytes - FEED_CHECKSUM_FROM, NULL, 0);
    return memcmp(sum, image->checksum, sizeof(sum)) == 0 ? NULL : "its checksum is wrong";
}

/* Counts are 32 bits and sizes below 600, so 64 bits hold every sum. */
static const char *check_places(const struct feed_image *image)
{
    uint64_t whos_at = sizeof(*image) + (uint64_t)image->lines * sizeof(union feed_line);
    uint64_t sources_at = whos_at + (uint64_t)image->whos * sizeof(struct feed_who);
    uint64_t keys_at = sources_at + (uint64_t)image->sources * sizeof(struct feed_image_source);
    bool in_place = image->lines_at == sizeof(*image) && image->whos_at == whos_at && image->sources_at == sources_at &&
                    image->keys_at == keys_at && keys_at <= image->strings_at && image->strings_at < image->bytes &&
                    image->strings_at - keys_at <= UINT32_MAX && image->bytes - image->strings_at <= UINT32_MAX;
    if (!in_place || image->lines == 0 || image->unused != 0)
        return "its parts do not lie where they belong";
    if (*at(image, image->bytes - 1) != '\0' || *at(image, image->strings_at) != '\0')
        return "its texts do not end";
    if (image->labels_max < 2 || image->labels_max > SUFFIX_LABELS_MAX || (image->rules > 0 && image->default_who >= image->whos))
        return "its head is wrong";
    return NULL;
}

/* A text of the strings that is clean and not longer than `most`; offset 0 is the empty one. */
static bool is_text(const struct feed_image *image, uint32_t offset, size_t most)
{
    if (offset >= image->bytes - image->strings_at)
        return false;
    const char *text = at(image, image->strings_at + offset);
    size_t n = strnlen(text, most + 1);
    return n <= most && line_is_clean((struct line){text, n});
}

static bool is_country(const char *text)
{
    return text[0] == '\0' || (text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && text[2] == '\0');
}

static const char *check_sources(const struct feed_image *image)
{
    const struct feed_image_source *sources = (const void *)at(image, image->sources_at);
    const struct feed_source *room = NULL; /* for the sizes of its texts */
    for (uint32_t i = 0; i < image->sources; i++) {
        const struct feed_image_source *s = &sources[i];
        if (!is_text(image, s->name, sizeof(room->name) - 1) || !is_text(image, s->version, sizeof(room->version) - 1) ||
            !is_text(image, s->syntax, sizeof(room->syntax) - 1) || !is_text(image, s->licence, sizeof(room->licence) - 1) ||
            !is_text(image, s->dated, sizeof(room->dated) - 1) || s->builtin > 1)
            return "what it says of its sources cannot be read";
    }
    return image->provenance < image->bytes - image->strings_at ? NULL : "what it says of its sources cannot be read";
}

static bool is_kind(const struct feed_who *who)
{
    bool rule = who->kind & FEED_WHO_RULE, exception = who->kind & FEED_WHO_EXCEPTION;
    if ((who->kind & ~FEED_WHO_KINDS) || (!rule && !exception) || ((who->kind & FEED_WHO_NEAREST) && !exception))
        return false;
    return (who->kind & FEED_WHO_OWN) ? rule && who->tracker != 0 : true;
}

static const char *check_whos(const struct feed_image *image)
{
    const struct feed_who *whos = (const void *)at(image, image->whos_at);
    const struct feed_source *room = NULL;
    for (uint32_t i = 0; i < image->whos; i++) {
        const struct feed_who *who = &whos[i];
        if (!is_text(image, who->tracker, FEED_TEXT_MAX) || !is_text(image, who->organisation, FEED_TEXT_MAX) ||
            !is_text(image, who->country, 2) || !is_country(at(image, image->strings_at + who->country)) ||
            !is_text(image, who->feed, sizeof(room->name) + sizeof(room->version)) || who->purpose >= PURPOSE_COUNT ||
            who->source >= image->sources || !is_kind(who))
            return "an owner in it cannot be read";
    }
    return NULL;
}

struct key_place {
    uint64_t at, end; /* in the image */
};

/* Reads the key of a slot at k->at and moves on; false when it is no key. */
static bool read_key(const struct feed_image *image, uint16_t slot, struct key_place *k, struct feed_entry *e)
{
    uint64_t strings = image->bytes - image->strings_at;
    size_t length = slot & FEED_SLOT_LENGTH, who = slot & FEED_SLOT_OWN_WHO ? FEED_WHO_BYTES : 0;
    if (length == 0 || who + length + 1 > k->end - k->at)
        return false;
    e->who = image->default_who;
    if (who)
        memcpy(&e->who, at(image, k->at), sizeof(e->who));
    e->name = at(image, k->at + who);
    e->length = length;
    e->registrable = (slot & FEED_SLOT_REGISTRABLE) != 0;
    if (length == FEED_LONG_LENGTH) {
        uint32_t offset;
        memcpy(&offset, e->name, sizeof(offset));
        if (offset >= strings)
            return false;
        e->name = at(image, image->strings_at + offset);
        e->length = strnlen(e->name, HOSTNAME_MAX + 1);
        if (e->length < FEED_LONG_LENGTH)
            return false;
    } else if (e->name[length] != '\0') {
        return false;
    }
    k->at += who + length + 1;
    return e->who < image->whos;
}

static bool is_rule_name(const struct feed_image *image, const struct feed_entry *e)
{
    char normal[HOSTNAME_MAX + 1];
    unsigned labels = 1;
    if (hostname_normalise((const uint8_t *)e->name, e->length, normal) != e->length || memcmp(normal, e->name, e->length) != 0)
        return false;
    for (size_t i = 0; i < e->length; i++)
        labels += e->name[i] == '.';
    return labels >= 2 && labels <= image->labels_max;
}

/* Walks over every slot in order, checking as it goes; the matcher trusts nothing else. */
static bool walk(const struct feed_image *image, bool check, bool (*each)(void *context, const struct feed_entry *entry), void *context)
{
    const union feed_line *lines = (const void *)at(image, image->lines_at);
    struct key_place k = {image->keys_at, image->strings_at};
    uint32_t rule = 0;
    for (uint32_t i = 0; i < image->lines; i++) {
        const union feed_line *line = &lines[i];
        if (line->keys_at != k.at - image->keys_at || line->first_rule != rule)
            return false;
        unsigned slot = 0;
        for (; slot < FEED_LINE_SLOTS && line->slot[slot] != 0; slot++, rule++) {
            struct feed_entry e = {.rule = rule};
            if (!read_key(image, line->slot[slot], &k, &e) || (check && !is_rule_name(image, &e)) || (each && !each(context, &e)))
                return false;
        }
        for (; slot < FEED_LINE_SLOTS; slot++)
            if (line->slot[slot] != 0)
                return false;
    }
    return rule == image->rules && k.at == k.end;
}

const char *feed_check_image(const struct feed_image *image, size_t bytes)
{
    const char *wrong = check_head(image, bytes);
    if (!wrong)
        wrong = check_places(image);
    if (!wrong)
        wrong = check_sources(image);
    if (!wrong)
        wrong = check_whos(image);
    if (!wrong && !walk(image, true, NULL, NULL))
        wrong = "its table is wrong";
    return wrong;
}

static bool is_found(void *context, const struct feed_entry *e)
{
    const struct feed_set *set = context;
    struct feed_match match;
    bool exception;
    return feed_match_exact(set, e->name, e->length, &match, &exception) && match.rule == e->rule;
}

bool feed_check_found(const struct feed_set *set)
{
    return walk(set->image, false, is_found, (void *)(uintptr_t)set);
}

bool feed_image_each(const struct feed_image *image, bool (*each)(void *context, const struct feed_entry *entry), void *context)
{
    return walk(image, false, each, context);
}
