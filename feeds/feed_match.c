/* feed_match.c -- looks a name up in the compiled rules. See feed_image.h for what is where.
 *
 * Every suffix of the name is hashed in one pass and its cache line asked for; while those are on their way nothing
 * waits. Then the longest suffix is tried first. Comparing a name with all 27 slots of a line takes four vector
 * compares; the place of a key is the sum of the lengths before it, again four vector steps and no loop. The vectors
 * are the compiler's generic ones: SSE2 on a PC, NEON on a Pi. Measured by tests/bench/bench_matcher.c; docs/FEEDS.md
 * has the figures.
 */
#include "feeds/feed_image.h"
#include "feeds/suffix_hash.h"

#include <string.h>

static inline const char *part(const struct feed_image *image, uint64_t at)
{
    return (const char *)image + at;
}

static inline const union feed_line *line_at(const struct feed_image *image, uint32_t index)
{
    return (const union feed_line *)(const void *)part(image, image->lines_at) + index;
}

/* A line's 32 lanes of 16 bits are its five of the head and the 27 slots. */
static const feed_lanes behind_head = {0, 0, 0, 0, 0, 0xffff, 0xffff, 0xffff};

static inline feed_lanes same_identity(feed_lanes slots, uint16_t identity)
{
    return (feed_lanes)((slots & FEED_SLOT_IDENTITY) == identity);
}

/* Which slots agree with the identity: bit k of 16-bit group l stands for lane 8 k + l of the line. The compiler of
 * Debian 12 does not unroll this at -O2 when it is a loop, which costs a third of a miss. */
static inline bool agreeing_slots(const union feed_line *line, uint16_t identity, uint64_t groups[2])
{
    feed_lanes same0 = same_identity(line->lanes[0], identity) & behind_head;
    feed_lanes same1 = same_identity(line->lanes[1], identity);
    feed_lanes same2 = same_identity(line->lanes[2], identity);
    feed_lanes same3 = same_identity(line->lanes[3], identity);
    feed_lanes any = same0 | same1 | same2 | same3;
    memcpy(groups, &any, sizeof(any));
    if ((groups[0] | groups[1]) == 0)
        return false;
    any = (same0 & 1) | (same1 & 2) | (same2 & 4) | (same3 & 8);
    memcpy(groups, &any, sizeof(any));
    return true;
}

/* What the keys of 8 slots take but for their NULs: the lengths, and an own who where there is one. */
static inline feed_lanes key_bytes(feed_lanes slots, const uint16_t *mask)
{
    feed_lanes chosen;
    memcpy(&chosen, mask, sizeof(chosen));
    chosen &= slots;
    return (chosen & FEED_SLOT_LENGTH) + ((chosen & FEED_SLOT_OWN_WHO) >> 6);
}
_Static_assert(FEED_SLOT_OWN_WHO >> 6 == FEED_WHO_BYTES, "the flag, shifted, is the size of what it announces");

/* A key lies behind those of the slots before its own. */
static inline uint32_t key_offset(const union feed_line *line, unsigned slot)
{
    static const uint16_t ones_then_zeros[64] = {[0 ... 31] = 0xffff};
    const uint16_t *mask = ones_then_zeros + 27 - slot; /* ones for the head and the slots before this one */
    feed_lanes sum = key_bytes(line->lanes[0] & behind_head, mask) + key_bytes(line->lanes[1], mask + 8) +
                     key_bytes(line->lanes[2], mask + 16) + key_bytes(line->lanes[3], mask + 24);
    uint64_t halves[2];
    memcpy(halves, &sum, sizeof(sum));
    /* At most 26 times 131: no 16-bit group overflows, and the product adds up all four of them. */
    uint64_t bytes = (halves[0] + halves[1]) * UINT64_C(0x0001000100010001) >> 48;
    return line->keys_at + (uint32_t)bytes + slot;
}

/* Are n bytes the same, and is a NUL after the key's? No branch depends on the key but the caller's one: while its
 * cache line is on the way, the processor guesses "yes" and goes on with the next name. */
static inline bool is_key(const char *key, const char *suffix, size_t n)
{
    uint64_t differs = (uint8_t)key[n];
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        differs |= suffix_load(key + i) ^ suffix_load(suffix + i);
    if (n >= 8)
        return (differs | (suffix_load(key + n - 8) ^ suffix_load(suffix + n - 8))) == 0;
    for (; i < n; i++)
        differs |= (uint64_t)(key[i] ^ suffix[i]);
    return differs == 0;
}

struct found {
    const char *key;
    uint32_t who;
    uint32_t rule;
    bool registrable;
};

__attribute__((always_inline)) static inline bool confirm(const struct feed_image *image, const union feed_line *line, unsigned slot,
                           const char *suffix, size_t n, struct found *found)
{
    const char *key = part(image, image->keys_at) + key_offset(line, slot);
    uint16_t bits = line->slot[slot];
    found->who = image->default_who;
    if (bits & FEED_SLOT_OWN_WHO) {
        memcpy(&found->who, key, FEED_WHO_BYTES);
        key += FEED_WHO_BYTES;
    }
    if (n >= FEED_LONG_LENGTH) {
        uint32_t at;
        memcpy(&at, key, sizeof(at));
        key = part(image, image->strings_at) + at;
        if (strlen(key) != n)
            return false;
    }
    if (!is_key(key, suffix, n))
        return false;
    found->key = key;
    found->rule = line->first_rule + slot;
    found->registrable = (bits & FEED_SLOT_REGISTRABLE) != 0;
    return true;
}

__attribute__((always_inline)) static inline bool find_in_line(const struct feed_image *image, const union feed_line *line, uint16_t identity,
                                const char *suffix, size_t n, struct found *found)
{
    uint64_t groups[2];
    if (!agreeing_slots(line, identity, groups))
        return false;
    for (unsigned half = 0; half < 2; half++) {
        for (uint64_t left = groups[half]; left; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(left);
            if (confirm(image, line, bit % 16 * 8 + half * 4 + bit / 16 - 5, suffix, n, found))
                return true;
        }
    }
    return false;
}

/* Two callers would make the compiler keep it out of line, which costs a tenth of a query. */
__attribute__((always_inline)) static inline bool find(const struct feed_image *image, uint64_t hash, const char *suffix, size_t n,
                        struct found *found)
{
    uint16_t identity = feed_slot_identity(hash, n);
    uint32_t at = feed_home_line(hash, image->lines);
    for (unsigned chain = 0; chain < FEED_CHAIN_MAX; chain++) {
        const union feed_line *line = line_at(image, at);
        if (find_in_line(image, line, identity, suffix, n, found))
            return true;
        if (!(line->overflow & feed_overflow_bit(hash)))
            return false;
        at = at + 1 == image->lines ? 0 : at + 1;
    }
    return false;
}

static void tell(const struct feed_set *set, const struct found *found, struct feed_match *out)
{
    const struct feed_resolved *who = &set->whos[found->who];
    *out = (struct feed_match){.matched = found->key,
                               .owner = who->owner,
                               .feed = who->feed,
                               .set = set,
                               .rule = found->rule,
                               .registrable = found->registrable};
}

bool feed_match(const struct feed_set *set, const char *host, size_t len, struct feed_match *out)
{
    const struct feed_image *image = set->image;
    struct suffix suffixes[SUFFIX_LABELS_MAX] __attribute__((uninitialized));
    struct found found __attribute__((uninitialized));
    uint32_t wanted = FEED_WHO_RULE;
    if (image->rules == 0)
        return false;
    unsigned n = suffix_hash_all(image->seed, host, len, image->labels_max, suffixes);
    for (unsigned i = 1; i < n; i++)
        __builtin_prefetch(line_at(image, feed_home_line(suffixes[i].hash, image->lines)));
    while (n-- > 1) { /* the shortest suffix is one label, which no rule is */
        if (!find(image, suffixes[n].hash, host + suffixes[n].at, len - suffixes[n].at, &found))
            continue;
        uint32_t kind = set->whos[found.who].kind;
        if ((kind & wanted) == wanted) {
            tell(set, &found, out);
            return true;
        }
        if (!(kind & FEED_WHO_RULE)) /* an exception: from here on only rules that name their owner themselves */
            wanted = FEED_WHO_RULE | FEED_WHO_OWN;
    }
    return false;
}

bool feed_match_exact(const struct feed_set *set, const char *host, size_t len, struct feed_match *out, bool *exception)
{
    const struct feed_image *image = set->image;
    struct found found;
    struct suffix suffixes[SUFFIX_LABELS_MAX];
    if (image->rules == 0)
        return false;
    unsigned n = suffix_hash_all(image->seed, host, len, SUFFIX_LABELS_MAX, suffixes);
    if (n < 2 || suffixes[n - 1].at != 0 || !find(image, suffixes[n - 1].hash, host, len, &found))
        return false;
    tell(set, &found, out);
    *exception = !(set->whos[found.who].kind & FEED_WHO_RULE);
    return true;
}
