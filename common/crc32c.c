/* crc32c.c -- see crc32c.h.
 *
 * Half a byte at a time through a table of sixteen: some 200 MB a second, where the spool writes kilobytes, and a table
 * small enough to be checked by eye. zlib has another polynomial.
 */
#include "common/crc32c.h"

/* Entry i is i divided four times by the reflected polynomial 0x82f63b78. */
static const uint32_t table[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c(uint32_t before, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    uint32_t c = ~before;
    for (; n > 0; n--) {
        c ^= *at++;
        c = c >> 4 ^ table[c & 15];
        c = c >> 4 ^ table[c & 15];
    }
    return ~c;
}
