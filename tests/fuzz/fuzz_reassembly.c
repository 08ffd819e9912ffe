/* fuzz_reassembly.c -- any sequence of pieces, compared with a plain model of one flag a byte.
 *
 * Input: { u16 offset, u8 length, u8 fill } repeated; offsets beyond the buffer are among them, and a length of 255
 * stands for a long piece, so that the word-wise paths are taken.
 */
#include "common/byte_reader.h"
#include "dissectors/reassembly.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct reassembly r;
static bool have[REASSEMBLY_BYTES];
static uint8_t bytes[REASSEMBLY_BYTES];

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void put(uint32_t offset, const uint8_t *piece, size_t n)
{
    uint32_t before = r.contiguous;
    bool grew = reassembly_put(&r, offset, piece, n);
    must(grew == (r.contiguous > before));
    must(n == 0 || offset + n <= REASSEMBLY_BYTES || r.overflow);
    for (size_t i = 0; i < n && offset + i < REASSEMBLY_BYTES; i++) {
        if (!have[offset + i]) {
            have[offset + i] = true;
            bytes[offset + i] = piece[i];
        }
    }
}

static void compare(void)
{
    uint32_t contiguous = 0, highest = 0;
    while (contiguous < REASSEMBLY_BYTES && have[contiguous])
        contiguous++;
    for (uint32_t i = 0; i < REASSEMBLY_BYTES; i++) {
        must((r.have[i / 64] >> (i % 64) & 1) == have[i]);
        must(!have[i] || r.bytes[i] == bytes[i]);
        if (have[i])
            highest = i + 1;
    }
    must(r.contiguous == contiguous && r.highest == highest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(have, 0, sizeof(have));
    reassembly_reset(&r); /* of the run before: what it left must not show */
    struct byte_reader in = reader_over(data, size);
    while (reader_left(&in) >= 4) {
        uint32_t offset = reader_u16be(&in) % (REASSEMBLY_BYTES + 256);
        size_t n = reader_u8(&in);
        n = n == 255 ? 3000 : n;
        uint8_t *piece = malloc(n ? n : 1);
        must(piece != NULL);
        memset(piece, reader_u8(&in), n);
        for (size_t i = 0; i < n; i++)
            piece[i] ^= (uint8_t)i;
        put(offset, piece, n);
        free(piece);
    }
    compare();
    return 0;
}
