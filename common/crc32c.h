/* crc32c.h -- CRC-32C (Castagnoli), the checksum of the spool's records: RFC 3720, appendix B.4.
 *
 * Threads    Pure function.
 */
#ifndef TELLTALE_COMMON_CRC32C_H
#define TELLTALE_COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what `before` is the checksum of (0: nothing), followed by n bytes. */
uint32_t crc32c(uint32_t before, const void *bytes, size_t n);

#endif
