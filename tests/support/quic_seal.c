/* quic_seal.c -- see quic_seal.h. RFC 9001 5.3 (AES-128-GCM) and 5.4 (header protection), from the sender's side.
 *
 * Anything that fails here is a broken test, so it ends the program.
 */
#include "tests/support/quic_seal.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

static void must(int ok)
{
    if (!ok)
        abort();
}

static unsigned digit(char c)
{
    must((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

size_t quic_seal_hex(const char *digits, uint8_t *out, size_t max)
{
    size_t n = strlen(digits) / 2;
    must(n <= max);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]));
    return n;
}

void quic_seal_keys(struct quic_seal_keys *k, const char *key, const char *iv, const char *hp)
{
    must(quic_seal_hex(key, k->key, sizeof(k->key)) == sizeof(k->key));
    must(quic_seal_hex(iv, k->iv, sizeof(k->iv)) == sizeof(k->iv));
    must(quic_seal_hex(hp, k->hp, sizeof(k->hp)) == sizeof(k->hp));
}

size_t quic_seal(const struct quic_seal_keys *k, const uint8_t *header, size_t header_len, unsigned pn_len,
                 const uint8_t *plain, size_t n, uint8_t *out)
{
    must(n + pn_len >= 4 && pn_len <= header_len);
    uint8_t nonce[12];
    memcpy(nonce, k->iv, sizeof(nonce));
    for (unsigned i = 1; i <= pn_len; i++)
        nonce[12 - i] ^= header[header_len - i];

    memcpy(out, header, header_len);
    uint8_t *cipher = out + header_len;
    gcry_cipher_hd_t h;
    must(gcry_check_version("1.8.0") != NULL);
    must(gcry_cipher_open(&h, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0) == 0);
    must(gcry_cipher_setkey(h, k->key, 16) == 0 && gcry_cipher_setiv(h, nonce, 12) == 0);
    must(gcry_cipher_authenticate(h, header, header_len) == 0);
    must(n == 0 || gcry_cipher_encrypt(h, cipher, n, plain, n) == 0);
    must(gcry_cipher_gettag(h, cipher + n, 16) == 0);
    gcry_cipher_close(h);

    uint8_t mask[16];
    must(gcry_cipher_open(&h, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB, 0) == 0);
    must(gcry_cipher_setkey(h, k->hp, 16) == 0);
    must(gcry_cipher_encrypt(h, mask, 16, cipher + 4 - pn_len, 16) == 0);
    gcry_cipher_close(h);
    out[0] ^= mask[0] & 0x0f;
    for (unsigned i = 0; i < pn_len; i++)
        out[header_len - pn_len + i] ^= mask[1 + i];
    return header_len + n + 16;
}

size_t quic_seal_initial(const struct quic_recipe *r, const struct quic_seal_keys *keys, uint8_t *out)
{
    static uint8_t header[3000];
    must(r->token_len <= 2900);
    size_t at = 0;
    header[at++] = (uint8_t)(r->first_byte | (r->pn_len - 1));
    for (int shift = 24; shift >= 0; shift -= 8)
        header[at++] = (uint8_t)(r->version >> shift);
    header[at++] = (uint8_t)(strlen(r->dcid) / 2);
    at += quic_seal_hex(r->dcid, header + at, 20);
    header[at++] = 4;
    memcpy(header + at, "scid", 4);
    at += 4;
    header[at++] = (uint8_t)(0x40 | r->token_len >> 8);
    header[at++] = (uint8_t)r->token_len;
    memset(header + at, 0x77, r->token_len);
    at += r->token_len;
    size_t length = r->pn_len + r->plain_len + 16;
    header[at++] = (uint8_t)(0x40 | length >> 8);
    header[at++] = (uint8_t)length;
    for (unsigned i = r->pn_len; i-- > 0;)
        header[at++] = (uint8_t)(r->pn >> (8 * i));
    return quic_seal(keys, header, at, r->pn_len, r->plain, r->plain_len, out);
}
