/* reassembly.c -- one bit for each byte that has arrived.
 *
 * A list of ranges is the usual way, and it has a usual weakness: a sender who cuts a hello into many scattered
 * pieces (as Chromium does over QUIC, and as anyone can do over TCP) grows the list, and then either memory or
 * a limit on the number of pieces decides what we see. A bitmap of the buffer costs the same for one piece
 * and for ten thousand, and "first byte wins" becomes one operation on 64 bytes at a time.
 *
 * Most hellos arrive in order: their pieces begin where the last one ended. Then nothing can overlap,
 * and the piece is one copy and a run of set bits.
 *
 * First byte wins, because that is what the receiving stacks we stand in for do with data they already hold;
 * a retransmission that says something else is an attempt to show us another name than the server's.
 */
#include "dissectors/reassembly.h"

#include <string.h>

#define WORD_BITS 64u

_Static_assert(REASSEMBLY_BYTES % WORD_BITS == 0, "the bitmap has no partial last word");

/* Bits first..last (last exclusive, both within one word, not empty). */
static uint64_t bits_between(uint32_t first, uint32_t last)
{
    uint64_t up_to_last = last == WORD_BITS ? UINT64_MAX : ((uint64_t)1 << last) - 1;
    return up_to_last & ~(((uint64_t)1 << first) - 1);
}

void reassembly_reset(struct reassembly *r)
{
    memset(r->have, 0, (r->highest + WORD_BITS - 1) / WORD_BITS * sizeof(r->have[0]));
    r->contiguous = 0;
    r->highest = 0;
    r->overflow = false;
}

static void mark(struct reassembly *r, uint32_t offset, uint32_t end)
{
    uint32_t word = offset / WORD_BITS;
    uint32_t last_word = (end - 1) / WORD_BITS;
    uint32_t first_bit = offset % WORD_BITS;
    for (; word < last_word; word++, first_bit = 0)
        r->have[word] |= bits_between(first_bit, WORD_BITS);
    r->have[word] |= bits_between(first_bit, end - word * WORD_BITS);
}

/* Copies the bytes that are missing from one word's 64; `at` is the source of that word's first byte
 * in the piece, at offset `base + first`. */
static void fill_word(struct reassembly *r, uint32_t word, uint32_t first, uint32_t last, const uint8_t *at)
{
    uint8_t *to = r->bytes + word * WORD_BITS;
    uint64_t wanted = bits_between(first, last);
    uint64_t missing = wanted & ~r->have[word];
    r->have[word] |= wanted;
    if (missing == wanted) {
        memcpy(to + first, at, last - first);
        return;
    }
    for (; missing; missing &= missing - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(missing);
        to[bit] = at[bit - first];
    }
}

static void fill_holes(struct reassembly *r, uint32_t offset, uint32_t end, const uint8_t *bytes)
{
    while (offset < end) {
        uint32_t word = offset / WORD_BITS;
        uint32_t word_end = (word + 1) * WORD_BITS;
        uint32_t stop = end < word_end ? end : word_end;
        fill_word(r, word, offset % WORD_BITS, stop - word * WORD_BITS, bytes);
        bytes += stop - offset;
        offset = stop;
    }
}

/* Moves `contiguous` over every byte that is there now, a word at a time. */
static void grow(struct reassembly *r)
{
    while (r->contiguous < r->highest) {
        uint32_t bit = r->contiguous % WORD_BITS;
        uint64_t absent = ~r->have[r->contiguous / WORD_BITS] >> bit;
        if (absent) {
            r->contiguous += (uint32_t)__builtin_ctzll(absent);
            return;
        }
        r->contiguous += WORD_BITS - bit;
    }
}

bool reassembly_put(struct reassembly *r, uint32_t offset, const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return false;
    if (offset >= REASSEMBLY_BYTES) {
        r->overflow = true;
        return false;
    }
    if (n > REASSEMBLY_BYTES - offset) {
        r->overflow = true;
        n = REASSEMBLY_BYTES - offset;
    }
    uint32_t end = offset + (uint32_t)n;
    if (end <= r->contiguous)
        return false;
    if (offset < r->contiguous) { /* what we hold already cannot change */
        bytes += r->contiguous - offset;
        offset = r->contiguous;
    }

    if (offset >= r->highest) { /* nothing of ours lies there: one copy */
        memcpy(r->bytes + offset, bytes, end - offset);
        mark(r, offset, end);
    } else {
        fill_holes(r, offset, end, bytes);
    }
    if (end > r->highest)
        r->highest = end;
    if (offset > r->contiguous)
        return false;
    if (r->contiguous == offset && r->highest == end)
        r->contiguous = end;
    else
        grow(r);
    return true;
}
