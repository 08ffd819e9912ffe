/* suffix_hash.h -- hashes every suffix of a host name in one pass, from the right.
 *
 * Purpose    The matcher asks for `a.b.example.com`, `b.example.com` and `example.com` at once. Going from the right,
 *            the hashes of the shorter ones are steps on the way to the longest.
 * Shape      The name is cut into blocks of eight bytes counted from its end, so that a suffix is cut alike whatever
 *            stands before it. A suffix's hash is all the blocks after the one it begins in, then its part of that
 *            one and its length: one multiplication a block and one a suffix. The dots of a block are found together.
 *            No byte outside the name is read.
 * Units      Hashes are 64 bits, spread over all of them; they depend on the seed alone.
 */
#ifndef TELLTALE_FEEDS_SUFFIX_HASH_H
#define TELLTALE_FEEDS_SUFFIX_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SUFFIX_LABELS_MAX 16 /* no rule has more labels: deeper names are told by their last 16 */

struct suffix {
    uint64_t hash;
    size_t at; /* where in the name it begins */
};

static inline uint64_t suffix_load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Both halves of the 128-bit product, folded: each bit of the input reaches each bit of the result. */
static inline uint64_t suffix_fold(uint64_t hash, uint64_t word)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)(hash ^ word) * 0x9fb21c651e98df25u;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The first block of a name, cut short: n bytes (1 to 7), the last one highest, zeros below. */
static inline uint64_t suffix_first_block(const char *name, size_t len, size_t n)
{
    if (len >= 8)
        return suffix_load(name) << (64 - 8 * n);
    uint64_t block = 0;
    for (size_t i = 0; i < n; i++)
        block |= (uint64_t)(uint8_t)name[i] << (8 * (8 - n + i));
    return block;
}

/* 0x80 in each byte of the word that is a dot; exact, no carry runs from byte to byte. */
static inline uint64_t suffix_dots(uint64_t word)
{
    const uint64_t low7 = 0x7f7f7f7f7f7f7f7fu;
    uint64_t zero_at_dots = word ^ 0x2e2e2e2e2e2e2e2eu;
    return ~(((zero_at_dots & low7) + low7) | zero_at_dots | low7);
}

struct suffix_list {
    struct suffix *out;
    unsigned count, max;
};

/* Adds the suffixes that begin after a dot of the block that ends before name[end]; false when the list is full.
 * `after` is the hash of the blocks after this one. */
static inline bool suffix_add_block(struct suffix_list *list, uint64_t after, uint64_t block, size_t len, size_t end)
{
    for (uint64_t dots = suffix_dots(block); dots;) {
        unsigned top = 63u ^ (unsigned)__builtin_clzll(dots); /* bit 7 of the last dot's byte */
        size_t at = end - 7 + top / 8;
        list->out[list->count++] = (struct suffix){suffix_fold(after + (len - at), block >> top >> 1), at};
        if (list->count == list->max)
            return false;
        dots ^= UINT64_C(1) << top;
    }
    return true;
}

/* Fills out with the suffixes, shortest first, and returns how many there are. Of a name with more than labels_max (1
 * to SUFFIX_LABELS_MAX) labels, the longer suffixes are left out. */
static inline unsigned suffix_hash_all(uint64_t seed, const char *name, size_t len, unsigned labels_max,
                                       struct suffix out[SUFFIX_LABELS_MAX])
{
    struct suffix_list list = {.out = out, .max = labels_max};
    uint64_t hash = seed, first = 0;
    size_t end = len;
    for (; end >= 8; end -= 8) {
        uint64_t block = suffix_load(name + end - 8);
        if (!suffix_add_block(&list, hash, block, len, end))
            return list.count;
        hash = suffix_fold(hash, block);
    }
    if (end > 0) {
        first = suffix_first_block(name, len, end);
        if (!suffix_add_block(&list, hash, first, len, end))
            return list.count;
        first >>= 64 - 8 * end;
    }
    if (len > 0)
        list.out[list.count++] = (struct suffix){suffix_fold(hash + len, first), 0};
    return list.count;
}

/* The hash of a whole name of at most SUFFIX_LABELS_MAX labels. */
static inline uint64_t suffix_hash(uint64_t seed, const char *name, size_t len)
{
    struct suffix all[SUFFIX_LABELS_MAX];
    unsigned n = suffix_hash_all(seed, name, len, SUFFIX_LABELS_MAX, all);
    return n > 0 ? all[n - 1].hash : 0;
}

/* The same for any bytes, dots or not: not the same number. */
static inline uint64_t suffix_hash_bytes(uint64_t seed, const char *bytes, size_t len)
{
    uint64_t hash = seed + len;
    size_t end = len;
    for (; end >= 8; end -= 8)
        hash = suffix_fold(hash, suffix_load(bytes + end - 8));
    return end > 0 ? suffix_fold(hash, suffix_first_block(bytes, len, end)) : hash;
}

#endif
