/* quic_seal.h -- puts the protection on an Initial packet, so that tests can make their own.
 *
 * The opposite of what dissectors/quic.c does, and written apart from it: it derives nothing, the keys are given
 * (tests/support/quic_vectors.h has published ones).
 */
#ifndef TELLTALE_TESTS_SUPPORT_QUIC_SEAL_H
#define TELLTALE_TESTS_SUPPORT_QUIC_SEAL_H

#include <stddef.h>
#include <stdint.h>

struct quic_seal_keys {
    uint8_t key[16], iv[12], hp[16];
};

/* Hexadecimal digits to bytes; returns how many. Aborts when they do not fit `max`. */
size_t quic_seal_hex(const char *digits, uint8_t *out, size_t max);

void quic_seal_keys(struct quic_seal_keys *k, const char *key, const char *iv, const char *hp);

/* header ends with the packet number, of pn_len (1..4) bytes; the last two bits of its first byte say so. Writes
 * header, ciphertext and tag to out (header_len + n + 16 bytes) and returns their number. n + pn_len must be at
 * least 4. */
size_t quic_seal(const struct quic_seal_keys *k, const uint8_t *header, size_t header_len, unsigned pn_len,
                 const uint8_t *plain, size_t n, uint8_t *out);

/* A whole Initial, in the order of its fields. Lengths are written as varints of two bytes, the scid is "scid", the
 * token's bytes are 0x77. */
struct quic_recipe {
    uint32_t version;
    uint8_t first_byte; /* without the packet number's length */
    unsigned pn_len;
    uint32_t pn;
    const char *dcid; /* hexadecimal digits */
    size_t token_len;
    const uint8_t *plain;
    size_t plain_len;
};

/* Writes it to out (at most 100 bytes more than token and plaintext) and returns its length. */
size_t quic_seal_initial(const struct quic_recipe *r, const struct quic_seal_keys *keys, uint8_t *out);

#endif
