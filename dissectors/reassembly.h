/* reassembly.h -- puts the pieces of one client hello in order.
 *
 * Purpose    TCP segments and QUIC CRYPTO frames arrive in any order, twice, overlapping, in pieces of one byte.
 *            They are written to their place in a buffer that the caller owns; a bitmap says which bytes are there.
 * Shape      REASSEMBLY_BYTES of stream from offset 0. A bitmap, not a list of ranges: no number of pieces fills it.
 * Overlap    The byte that came first stays, whatever a later copy says.
 * Threads    One owner. Ownership: the caller's storage; no allocation.
 * Failure    Bytes beyond REASSEMBLY_BYTES are cut off and `overflow` is set. The offset is 32 bits wide: a caller
 *            whose offsets are wider (QUIC, 62 bits) hands over UINT32_MAX for anything above it, which is cut off
 *            the same way.
 */
#ifndef TELLTALE_DISSECTORS_REASSEMBLY_H
#define TELLTALE_DISSECTORS_REASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REASSEMBLY_BYTES 16384

struct reassembly {
    uint32_t contiguous; /* bytes present from offset 0 without a hole */
    uint32_t highest;    /* one past the highest byte present          */
    bool overflow;
    uint64_t have[REASSEMBLY_BYTES / 64];
    uint8_t bytes[REASSEMBLY_BYTES]; /* only what `have` marks is defined */
};

/* Cheap: clears the bitmap up to `highest` only; needs a zeroed or used r. */
void reassembly_reset(struct reassembly *r);

/* Writes n bytes at offset. True when `contiguous` grew. bytes must not point into r. */
bool reassembly_put(struct reassembly *r, uint32_t offset, const uint8_t *bytes, size_t n);

#endif
