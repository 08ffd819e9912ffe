/* made_words.c -- see made_words.h. RFCs 1035, 8446, 9000, 9001, 9112.
 *
 * The keys of QUIC's Initials are derived here anew (RFC 9001 5.2), not with dissectors/quic.c: a shared mistake would
 * make the sensor read what no server could.
 */
#include "tests/bench/made_words.h"

#include "tests/support/quic_seal.h"

#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pen {
    uint8_t *start, *at;
};

static void u8(struct pen *p, unsigned v)
{
    *p->at++ = (uint8_t)v;
}

static void u16(struct pen *p, unsigned v)
{
    u8(p, v >> 8);
    u8(p, v);
}

static void u32(struct pen *p, uint32_t v)
{
    u16(p, v >> 16);
    u16(p, v & 0xffff);
}

static void put(struct pen *p, const void *bytes, size_t n)
{
    memcpy(p->at, bytes, n);
    p->at += n;
}

static void fill_u16(uint8_t *at, size_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

/* DNS --------------------------------------------------------------------------------------------------------------- */

static void put_question(struct pen *p, uint16_t id, unsigned flags, unsigned answers, const char *name, bool v6)
{
    u16(p, id);
    u16(p, flags);
    u16(p, 1);
    u16(p, answers);
    u32(p, 0);
    for (const char *label = name; *label;) {
        size_t n = strcspn(label, ".");
        u8(p, (unsigned)n);
        put(p, label, n);
        label += n + (label[n] == '.');
    }
    u8(p, 0);
    u16(p, v6 ? 28 : 1);
    u16(p, 1);
}

size_t words_dns_question(uint8_t *out, uint16_t id, const char *name, bool v6)
{
    struct pen p = {out, out};
    put_question(&p, id, 0x0100, 0, name, v6);
    return (size_t)(p.at - out);
}

size_t words_dns_answer(uint8_t *out, uint16_t id, const char *name, bool v6, const uint8_t *address)
{
    struct pen p = {out, out};
    put_question(&p, id, 0x8180, 1, name, v6);
    u16(&p, 0xc00c); /* the question's name */
    u16(&p, v6 ? 28 : 1);
    u16(&p, 1);
    u32(&p, 300);
    u16(&p, v6 ? 16 : 4);
    put(&p, address, v6 ? 16 : 4);
    return (size_t)(p.at - out);
}

/* TLS --------------------------------------------------------------------------------------------------------------- */

static void put_extension(struct pen *p, unsigned type, const void *body, size_t n)
{
    u16(p, type);
    u16(p, (unsigned)n);
    put(p, body, n);
}

static void put_noise(struct pen *p, const uint8_t *random, size_t n)
{
    for (size_t i = 0; i < n; i++)
        u8(p, random[i % 32] ^ (unsigned)(i * 7));
}

static void put_key_share(struct pen *p, const uint8_t *random)
{
    enum { HYBRID = 0x11ec, HYBRID_BYTES = 1216, X25519 = 0x001d };
    u16(p, 0x0033);
    u16(p, 2 + 4 + HYBRID_BYTES + 4 + 32);
    u16(p, 4 + HYBRID_BYTES + 4 + 32);
    u16(p, HYBRID);
    u16(p, HYBRID_BYTES);
    put_noise(p, random, HYBRID_BYTES);
    u16(p, X25519);
    u16(p, 32);
    put_noise(p, random, 32);
}

static void put_server_name(struct pen *p, const char *name)
{
    size_t n = strlen(name);
    u16(p, 0);
    u16(p, (unsigned)n + 5);
    u16(p, (unsigned)n + 3);
    u8(p, 0);
    u16(p, (unsigned)n);
    put(p, name, n);
}

/* A ClientHello; the name comes behind the key share, where a browser that shuffles its extensions may well put it. */
static size_t put_hello(uint8_t *out, const char *name, const uint8_t *random, bool quic)
{
    struct pen p = {out, out};
    put(&p, "\x01\0\0\0", 4);
    u16(&p, 0x0303);
    put(&p, random, 32);
    u8(&p, quic ? 0 : 32);
    if (!quic)
        put(&p, random, 32);
    u16(&p, 8);
    put(&p, "\x13\x01\x13\x02\x13\x03\xc0\x2f", 8);
    u16(&p, 0x0100);
    uint8_t *extensions = p.at;
    u16(&p, 0);
    put_extension(&p, 0x2a2a, "", 0);
    put_extension(&p, 0x000a, "\0\x06\x11\xec\0\x1d\0\x17", 8);
    put_extension(&p, 0x000d, "\0\x08\x04\x03\x08\x04\x04\x01\x05\x03", 10);
    put_key_share(&p, random);
    put_extension(&p, 0x002b, "\x04\x03\x04\x03\x03", 5);
    put_server_name(&p, name);
    if (quic)
        put_extension(&p, 0x0010, "\0\x03\x02h3", 5);
    else
        put_extension(&p, 0x0010, "\0\x0c\x02h2\x08http/1.1", 14);
    if (quic)
        put_extension(&p, 0x0039, "\x04\x04\x80\x10\0\0", 6);
    u16(&p, 0x0029); /* a ticket from the last visit */
    u16(&p, 280);
    put_noise(&p, random, 280);
    fill_u16(extensions, (size_t)(p.at - extensions) - 2);
    fill_u16(out + 2, (size_t)(p.at - out) - 4);
    return (size_t)(p.at - out);
}

size_t words_tls_hello(uint8_t *out, const char *name, const uint8_t *random)
{
    size_t n = put_hello(out + 5, name, random, false);
    struct pen p = {out, out};
    put(&p, "\x16\x03\x01", 3);
    u16(&p, (unsigned)n);
    return 5 + n;
}

size_t words_http_request(uint8_t *out, const char *name, unsigned page)
{
    int n = snprintf((char *)out, WORDS_MOST,
                     "GET /asset/%u.js?v=3 HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
                     "Accept: */*\r\nAccept-Language: en-GB,en;q=0.5\r\nConnection: keep-alive\r\n\r\n",
                     page, name);
    return (size_t)n;
}

/* QUIC -------------------------------------------------------------------------------------------------------------- */

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void hmac(const uint8_t *key, size_t key_len, const void *text, size_t n, uint8_t out[32])
{
    gcry_md_hd_t h;
    must(gcry_md_open(&h, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC) == 0 && gcry_md_setkey(h, key, key_len) == 0);
    gcry_md_write(h, text, n);
    memcpy(out, gcry_md_read(h, GCRY_MD_SHA256), 32);
    gcry_md_close(h);
}

/* HKDF-Expand-Label (RFC 8446 7.1) for outputs of one block. */
static void expand(const uint8_t secret[32], const char *label, size_t n, uint8_t *out)
{
    uint8_t info[64], block[32];
    struct pen p = {info, info};
    u16(&p, (unsigned)n);
    u8(&p, 6 + (unsigned)strlen(label));
    put(&p, "tls13 ", 6);
    put(&p, label, strlen(label));
    u8(&p, 0);
    u8(&p, 1); /* HKDF's counter */
    hmac(secret, 32, info, (size_t)(p.at - info), block);
    memcpy(out, block, n);
}

static void initial_keys(const uint8_t *dcid, struct quic_seal_keys *k)
{
    static const uint8_t salt[20] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                     0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
    uint8_t initial[32], client[32];
    must(gcry_check_version("1.8.0") != NULL);
    hmac(salt, sizeof(salt), dcid, 8, initial);
    expand(initial, "client in", 32, client);
    expand(client, "quic key", 16, k->key);
    expand(client, "quic iv", 12, k->iv);
    expand(client, "quic hp", 16, k->hp);
}

size_t words_quic_initial(uint8_t *out, const char *name, const uint8_t *dcid, unsigned which)
{
    enum { HEADER = 1 + 4 + 1 + 8 + 1 + 1 + 2 + 1, PLAIN = WORDS_QUIC_DATAGRAM - HEADER - 16, CUT = 1000 };
    uint8_t hello[WORDS_MOST], random[32], header[HEADER], plain[PLAIN] = {0}; /* 0: PADDING */
    for (size_t i = 0; i < sizeof(random); i++)
        random[i] = (uint8_t)(dcid[i % 8] + i);
    size_t n = put_hello(hello, name, random, true);
    size_t from = which == 0 ? 0 : CUT, len = which == 0 ? CUT : n - CUT;
    struct pen p = {plain, plain};
    u8(&p, 0x06); /* CRYPTO */
    u16(&p, 0x4000 | (unsigned)from);
    u16(&p, 0x4000 | (unsigned)len);
    put(&p, hello + from, len);

    p = (struct pen){header, header};
    u8(&p, 0xc0); /* Initial, packet number of one byte */
    u32(&p, 1);
    u8(&p, 8);
    put(&p, dcid, 8);
    u8(&p, 0); /* source id */
    u8(&p, 0); /* token */
    u16(&p, 0x4000 | (1 + PLAIN + 16));
    u8(&p, which);
    struct quic_seal_keys keys;
    initial_keys(dcid, &keys);
    return quic_seal(&keys, header, sizeof(header), 1, plain, sizeof(plain), out);
}

size_t words_quic_answer(uint8_t *out, const uint8_t *noise)
{
    struct pen p = {out, out};
    u8(&p, 0xc3);
    u32(&p, 1);
    u8(&p, 0); /* the client's source id was empty */
    u8(&p, 8);
    put(&p, noise, 8);
    u8(&p, 0);
    u16(&p, 0x4000 | (WORDS_QUIC_DATAGRAM - 18));
    put(&p, noise, WORDS_QUIC_DATAGRAM - 18);
    return (size_t)(p.at - out);
}

size_t words_quic_short(uint8_t *out, const uint8_t *noise, size_t n)
{
    memcpy(out, noise, n);
    out[0] = (uint8_t)(0x40 | (noise[0] & 0x3f));
    return n;
}
