/* feed_compile.c -- lays the builder's rules out as the matcher reads them (feed_image.h).
 *
 * Three decisions are made here rather than at each query. A rule without an owner that lies below one with an owner
 * takes it over: a list that adds `secure.adnxs.com` must not hide that everything below `adnxs.com` is Xandr's. A rule
 * without an owner of its own at or below an exception is left out; what remains of exceptions are the entries that the
 * matcher meets on its way to a wider rule. And the hash's seed is drawn from all the names by a cryptographic hash: the
 * same rules give the same image, byte by byte, and who writes a list to crowd its names into neighbouring lines changes
 * the seed with every name he tries. Should it happen, the next seed of the same row and a larger table are taken, until
 * every name lies less than FEED_CHAIN_MAX lines from its own.
 */
#include "feeds/feed_builder.h"
#include "feeds/feed_image.h"
#include "feeds/public_suffix.h"
#include "feeds/suffix_hash.h"

#include "common/log.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_PERCENT 85u /* of all slots; more makes longer chains, less makes more lines */
#define LOAD_STEP    5u

struct compilation {
    const struct feed_builder *builder;
    uint32_t rules, lines, labels_max;
    uint64_t seed;
    uint32_t *name;     /* by rule: its number in the builder's names; exceptions count as rules here */
    uint64_t *hash;     /* by rule */
    uint32_t *line;     /* where the rule lies */
    uint32_t *order;    /* the rules, sorted by line */
    uint32_t *line_end; /* by line: one past its last in order */
    uint16_t *overflow; /* by line */
    uint32_t *who;      /* by rule */
    uint64_t keys_bytes;
    struct intern pairs;   /* who: owner, source and kind, a struct feed_row */
    struct intern strings; /* its text is the image's: string 0, at 0, is the empty one */
    struct feed_who *whos;
    struct feed_image_source *sources;
    uint32_t default_who, provenance;
};

static bool allocate(struct compilation *c)
{
    size_t n = c->builder->names.count + 1u;
    c->name = calloc(n, sizeof(*c->name));
    c->hash = calloc(n, sizeof(*c->hash));
    c->line = calloc(n, sizeof(*c->line));
    c->order = calloc(n, sizeof(*c->order));
    c->who = calloc(n, sizeof(*c->who));
    return c->name && c->hash && c->line && c->order && c->who && intern_init(&c->pairs) == 0 && intern_init(&c->strings) == 0;
}

static void release(struct compilation *c)
{
    free(c->name);
    free(c->hash);
    free(c->line);
    free(c->order);
    free(c->who);
    free(c->line_end);
    free(c->overflow);
    free(c->whos);
    free(c->sources);
    intern_fini(&c->pairs);
    intern_fini(&c->strings);
}

/* The row of the nearest name above that the builder knows, or NULL. *at: in: a name; out: that one. */
static const struct feed_row *row_above(const struct feed_builder *b, const char **at)
{
    for (const char *dot = strchr(*at, '.'); dot && strchr(dot + 1, '.'); dot = strchr(dot + 1, '.')) {
        uint32_t above = intern_find(&b->names, dot + 1, strlen(dot + 1));
        if (above != INTERN_NONE) {
            *at = dot + 1;
            return &b->rows[above];
        }
    }
    return NULL;
}

/* The owner of the nearest rule above that has one, or INTERN_NONE. */
static uint32_t owner_above(const struct feed_builder *b, const char *name)
{
    for (const struct feed_row *row; (row = row_above(b, &name));)
        if (row->owner != INTERN_NONE)
            return row->owner;
    return INTERN_NONE;
}

/* Does an exception take a rule without an owner of its own out? */
static bool is_excepted(const struct feed_builder *b, const struct feed_row *row, const char *name)
{
    if (row->kind & FEED_ROW_EXCEPTION)
        return true;
    while ((row = row_above(b, &name)))
        if ((row->kind & FEED_ROW_EXCEPTION) && !(row->kind & FEED_ROW_NEAREST))
            return true;
    return false;
}

static uint32_t kind_of(const struct feed_builder *b, uint32_t number)
{
    const struct feed_row *row = &b->rows[number];
    bool own = row->owner != INTERN_NONE;
    uint32_t kind = 0;
    if ((row->kind & FEED_ROW_RULE) && (own || !is_excepted(b, row, intern_text(&b->names, number))))
        kind = FEED_WHO_RULE | (own ? FEED_WHO_OWN : 0);
    if (row->kind & FEED_ROW_EXCEPTION)
        kind |= FEED_WHO_EXCEPTION | (row->kind & FEED_ROW_NEAREST ? FEED_WHO_NEAREST : 0);
    return kind;
}

/* Chooses what goes in, numbers the triples of owner, source and kind, and finds the commonest. */
static bool assign_whos(struct compilation *c)
{
    const struct feed_builder *b = c->builder;
    uint32_t *uses = NULL;
    for (uint32_t number = 0; number < b->names.count; number++) {
        bool fresh;
        struct feed_row triple = {b->rows[number].owner, b->rows[number].source, kind_of(b, number)};
        if (triple.kind == 0)
            continue;
        if (triple.owner == INTERN_NONE && (triple.kind & FEED_WHO_RULE))
            triple.owner = owner_above(b, intern_text(&b->names, number));
        uint32_t who = intern_add(&c->pairs, (const char *)&triple, sizeof(triple), &fresh);
        if (who == INTERN_NONE)
            return false;
        c->who[c->rules] = who;
        c->name[c->rules++] = number;
    }
    if (!(uses = calloc(c->pairs.count + 1, sizeof(*uses))))
        return false;
    for (uint32_t i = 0; i < c->rules; i++)
        if (++uses[c->who[i]] > uses[c->default_who])
            c->default_who = c->who[i];
    free(uses);
    return true;
}

static const char *name_of(const struct compilation *c, uint32_t rule)
{
    return intern_text(&c->builder->names, c->name[rule]);
}

static size_t length_of(const struct compilation *c, uint32_t rule)
{
    return intern_length(&c->builder->names, c->name[rule]);
}

/* Puts a text among the strings, once, and gives its place; 0 for the empty one. */
static bool add_string(struct compilation *c, const char *text, uint32_t *at)
{
    bool fresh;
    uint32_t number = intern_add(&c->strings, text, strlen(text), &fresh);
    *at = number == INTERN_NONE ? 0 : c->strings.at[number];
    return number != INTERN_NONE;
}

static bool describe_who(struct compilation *c, struct feed_row pair, struct feed_who *who)
{
    const struct feed_source *source = &c->builder->sources[pair.source];
    char feed[sizeof(source->name) + sizeof(source->version) + 1];
    snprintf(feed, sizeof(feed), "%s@%s", source->name, source->version);
    *who = (struct feed_who){.purpose = PURPOSE_OTHER, .kind = pair.kind, .source = pair.source};
    if (!add_string(c, feed, &who->feed))
        return false;
    if (pair.owner == INTERN_NONE)
        return true;
    const char *tracker = intern_text(&c->builder->owners, pair.owner);
    const char *organisation = tracker + strlen(tracker) + 1;
    const char *country = organisation + strlen(organisation) + 1;
    who->purpose = (uint8_t)country[strlen(country) + 1];
    return add_string(c, tracker, &who->tracker) && add_string(c, organisation, &who->organisation) &&
           add_string(c, country, &who->country);
}

static bool describe_whos(struct compilation *c)
{
    c->whos = calloc(c->pairs.count + 1, sizeof(*c->whos));
    for (uint32_t i = 0; c->whos && i < c->pairs.count; i++) {
        struct feed_row pair;
        memcpy(&pair, intern_text(&c->pairs, i), sizeof(pair));
        if (!describe_who(c, pair, &c->whos[i]))
            return false;
    }
    return c->whos != NULL;
}

/* "telltale@2026-11-22 + mylist.txt@1a2b3c4d" */
static bool describe_provenance(struct compilation *c)
{
    const struct feed_builder *b = c->builder;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return false;
    for (uint32_t i = 0; i < b->source_count; i++)
        fprintf(out, "%s%s@%s", i ? " + " : "", b->sources[i].name, b->sources[i].version);
    bool good = fclose(out) == 0 && add_string(c, text, &c->provenance);
    free(text);
    return good;
}

static bool describe_source(struct compilation *c, const struct feed_source *from, struct feed_image_source *to)
{
    *to = (struct feed_image_source){.builtin = from->builtin,
                                     .taken = from->taken,
                                     .duplicate = from->duplicate,
                                     .exceptions = from->exceptions,
                                     .refused = from->refused};
    memcpy(to->skips, from->skips, sizeof(to->skips));
    memcpy(to->hash, from->hash, sizeof(to->hash));
    return add_string(c, from->name, &to->name) && add_string(c, from->version, &to->version) &&
           add_string(c, from->syntax, &to->syntax) && add_string(c, from->licence, &to->licence) &&
           add_string(c, from->dated, &to->dated);
}

static bool describe_sources(struct compilation *c)
{
    uint32_t n = c->builder->source_count;
    c->sources = calloc(n + 1u, sizeof(*c->sources));
    for (uint32_t i = 0; c->sources && i < n; i++)
        if (!describe_source(c, &c->builder->sources[i], &c->sources[i]))
            return false;
    return c->sources && describe_provenance(c);
}

static void hash_names(struct compilation *c)
{
    for (uint32_t i = 0; i < c->rules; i++)
        c->hash[i] = suffix_hash(c->seed, name_of(c, i), length_of(c, i));
}

/* The seeds to try one after the other: what a hash of all names gives, and of those seeds again. */
static void next_seed(struct compilation *c, unsigned char state[crypto_generichash_BYTES])
{
    unsigned char next[crypto_generichash_BYTES];
    crypto_generichash(next, sizeof(next), state, crypto_generichash_BYTES, NULL, 0);
    memcpy(state, next, sizeof(next));
    memcpy(&c->seed, next, sizeof(c->seed));
}

static void hash_all_names(const struct compilation *c, unsigned char state[crypto_generichash_BYTES])
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, crypto_generichash_BYTES);
    for (uint32_t i = 0; i < c->rules; i++) /* with the NUL that parts it from the next */
        crypto_generichash_update(&hash, (const unsigned char *)name_of(c, i), length_of(c, i) + 1);
    crypto_generichash_final(&hash, state, crypto_generichash_BYTES);
}

/* Finds each rule a line with a free slot, its own or one after it. False when the seed makes too long a chain. */
static bool place(struct compilation *c)
{
    uint32_t *used = c->line_end; /* counted here, summed up by sort_by_line() */
    memset(used, 0, c->lines * sizeof(*used));
    memset(c->overflow, 0, c->lines * sizeof(*c->overflow));
    for (uint32_t i = 0; i < c->rules; i++) {
        uint32_t at = feed_home_line(c->hash[i], c->lines);
        unsigned chain = 1;
        for (; used[at] == FEED_LINE_SLOTS; chain++) {
            if (chain == FEED_CHAIN_MAX)
                return false;
            c->overflow[at] |= feed_overflow_bit(c->hash[i]);
            at = at + 1 == c->lines ? 0 : at + 1;
        }
        used[at]++;
        c->line[i] = at;
    }
    return true;
}

static bool size_table(struct compilation *c, unsigned load_percent)
{
    free(c->line_end);
    free(c->overflow);
    c->lines = (uint32_t)((uint64_t)c->rules * 100 / (FEED_LINE_SLOTS * load_percent)) + 1;
    c->line_end = calloc(c->lines, sizeof(*c->line_end));
    c->overflow = calloc(c->lines, sizeof(*c->overflow));
    return c->line_end && c->overflow;
}

static bool find_layout(struct compilation *c)
{
    unsigned char state[crypto_generichash_BYTES];
    hash_all_names(c, state);
    for (unsigned load = LOAD_PERCENT; load > 0; load -= LOAD_STEP) {
        if (!size_table(c, load))
            return false;
        next_seed(c, state);
        hash_names(c);
        if (place(c))
            return true;
    }
    log_error("feeds: %u rules do not spread over their table", c->rules);
    return false;
}

static void sort_by_line(struct compilation *c)
{
    for (uint32_t i = 1; i < c->lines; i++)
        c->line_end[i] += c->line_end[i - 1];
    for (uint32_t i = c->rules; i-- > 0;) /* from the back: leaves each line_end at its line's begin */
        c->order[--c->line_end[c->line[i]]] = i;
    for (uint32_t i = 0; i + 1 < c->lines; i++)
        c->line_end[i] = c->line_end[i + 1];
    c->line_end[c->lines - 1] = c->rules;
}

static size_t key_bytes(const struct compilation *c, uint32_t rule)
{
    size_t n = length_of(c, rule);
    size_t who = c->who[rule] == c->default_who ? 0 : FEED_WHO_BYTES;
    return who + (n < FEED_LONG_LENGTH ? n : FEED_LONG_LENGTH) + 1;
}

static bool measure(struct compilation *c)
{
    c->labels_max = 2;
    for (uint32_t i = 0; i < c->rules; i++) {
        uint32_t labels = 1;
        for (const char *at = name_of(c, i); (at = strchr(at, '.')); at++)
            labels++;
        c->labels_max = labels > c->labels_max ? labels : c->labels_max;
        c->keys_bytes += key_bytes(c, i);
        uint32_t at;
        if (length_of(c, i) >= FEED_LONG_LENGTH && !add_string(c, name_of(c, i), &at))
            return false;
    }
    assert(c->labels_max <= SUFFIX_LABELS_MAX);
    if (c->keys_bytes > UINT32_MAX)
        log_error("feeds: %u rules take more than 4 GB", c->rules);
    return c->keys_bytes <= UINT32_MAX;
}

/* Returns the slot. */
static uint16_t write_key(const struct compilation *c, uint32_t rule, char *key)
{
    const char *name = name_of(c, rule);
    size_t n = length_of(c, rule);
    uint16_t slot = feed_slot_identity(c->hash[rule], n);
    if (c->who[rule] != c->default_who) {
        slot |= FEED_SLOT_OWN_WHO;
        memcpy(key, &c->who[rule], FEED_WHO_BYTES);
        key += FEED_WHO_BYTES;
    }
    if (public_suffix_registrable(name) == name)
        slot |= FEED_SLOT_REGISTRABLE;
    if (n < FEED_LONG_LENGTH) {
        memcpy(key, name, n + 1);
    } else { /* measure() put it among the strings */
        uint32_t at = c->strings.at[intern_find(&c->strings, name, n)];
        memcpy(key, &at, sizeof(at));
    }
    return slot;
}

static void write_lines(const struct compilation *c, union feed_line *lines, char *keys)
{
    uint32_t at = 0, rule = 0;
    for (uint32_t i = 0; i < c->lines; i++) {
        lines[i].keys_at = at;
        lines[i].first_rule = rule;
        lines[i].overflow = c->overflow[i];
        for (unsigned slot = 0; rule < c->line_end[i]; slot++, rule++) {
            lines[i].slot[slot] = write_key(c, c->order[rule], keys + at);
            at += (uint32_t)key_bytes(c, c->order[rule]);
        }
    }
    assert(rule == c->rules && at == c->keys_bytes);
}

static struct feed_image plan(const struct compilation *c)
{
    struct feed_image plan = {
        .magic = FEED_IMAGE_MAGIC,
        .byte_order = FEED_IMAGE_BYTE_ORDER,
        .version = FEED_IMAGE_VERSION,
        .seed = c->seed,
        .lines = c->lines,
        .whos = c->pairs.count,
        .sources = c->builder->source_count,
        .rules = c->rules,
        .labels_max = c->labels_max,
        .default_who = c->default_who,
        .provenance = c->provenance,
    };
    plan.lines_at = sizeof(plan);
    plan.whos_at = plan.lines_at + c->lines * sizeof(union feed_line);
    plan.sources_at = plan.whos_at + c->pairs.count * sizeof(struct feed_who);
    plan.keys_at = plan.sources_at + c->builder->source_count * sizeof(struct feed_image_source);
    plan.strings_at = plan.keys_at + c->keys_bytes;
    plan.bytes = plan.strings_at + c->strings.text_bytes;
    return plan;
}

static const struct feed_image *write_image(const struct compilation *c)
{
    struct feed_image head = plan(c), *written;
    char *image = feed_image_new(head.bytes);
    if (!image)
        return NULL;
    memcpy(image, &head, sizeof(head));
    write_lines(c, (union feed_line *)(void *)(image + head.lines_at), image + head.keys_at);
    memcpy(image + head.whos_at, c->whos, c->pairs.count * sizeof(*c->whos));
    memcpy(image + head.sources_at, c->sources, c->builder->source_count * sizeof(*c->sources));
    memcpy(image + head.strings_at, c->strings.text, c->strings.text_bytes);
    written = (void *)image;
    crypto_generichash(written->checksum, sizeof(written->checksum), (const unsigned char *)image + FEED_CHECKSUM_FROM,
                       head.bytes - FEED_CHECKSUM_FROM, NULL, 0);
    return written;
}

struct feed_set *feed_builder_compile(struct feed_builder *b)
{
    struct compilation c = {.builder = b};
    const struct feed_image *image = NULL;
    uint32_t empty;
    if (allocate(&c) && add_string(&c, "", &empty) && assign_whos(&c) && describe_whos(&c) && describe_sources(&c) &&
        measure(&c) && find_layout(&c)) {
        sort_by_line(&c);
        image = write_image(&c);
    }
    release(&c);
    return image ? feed_image_set(image) : NULL;
}
