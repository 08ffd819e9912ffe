/* quic.c -- from a UDP payload to the pieces of a ClientHello.
 *
 * QUIC's first packets are encrypted, but with keys that anyone can compute: a fixed salt for each version and the
 * destination connection id that the client made up (RFC 9001 5.2). The encryption keeps middleboxes from changing
 * packets by accident, not from reading them. So: derive the client's keys, take the header protection off (RFC 9001
 * 5.4: an AES block over a sample of the ciphertext masks the packet number), verify and decrypt (5.3:
 * AES-128-GCM with the clear header as associated data), walk the frames (RFC 9000 19).
 *
 * A hello of today takes two datagrams, and their packets share keys, so the last derived keys are kept, each slot
 * with its own keyed cipher handles. A derivation is five HMACs and two key schedules; a hit is a comparison.
 *
 * The packet number is taken as sent. A receiver would extend it from the largest number seen (RFC 9000 A.3), but a
 * client's Initials number from 0 and number few, so that the truncated number is the whole one.
 *
 * Versions differ in their salt, in the labels of key derivation and in the two type bits. All are one table.
 * Left out: Google's own QUIC (Q043 to T051), which Chrome dropped in 2021; server Initials, which name nobody;
 * Handshake and 1-RTT packets, whose keys are secret.
 */
#include "dissectors/quic.h"

#include <gcrypt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES    16u
#define IV_BYTES     12u
#define TAG_BYTES    16u
#define SAMPLE_BYTES 16u
#define SECRET_BYTES 32u
#define SALT_BYTES   20u
#define PN_MAX_BYTES 4u
#define LABEL_MAX    24u

#define UDP_PAYLOAD_MAX 65535u

/* Connections whose handshakes are under way at once on one worker; a browser opens a handful together. */
#define KEY_SLOTS 8u

/* -- versions -- */

/* RFC 9001 5.2 */
static const uint8_t salt_v1[SALT_BYTES] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                            0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
/* RFC 9369 3.3.1 */
static const uint8_t salt_v2[SALT_BYTES] = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                            0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
/* draft-ietf-quic-tls-29 5.2, used to draft 32 */
static const uint8_t salt_draft_29[SALT_BYTES] = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                                                  0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};
/* draft-ietf-quic-tls-23 5.2, used to draft 28 */
static const uint8_t salt_draft_23[SALT_BYTES] = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                                                  0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
/* draft-ietf-quic-tls-22 5.2 */
static const uint8_t salt_draft_22[SALT_BYTES] = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                                                  0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a};

/* What the type bits 0x30 of a long header mean (RFC 9000 17.2, RFC 9369 3.2). */
static const enum quic_packet_type v1_types[4] = {QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY};
static const enum quic_packet_type v2_types[4] = {QUIC_RETRY, QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE};

struct key_labels {
    const char *key, *iv, *hp;
};

static const struct key_labels v1_labels = {"quic key", "quic iv", "quic hp"};
static const struct key_labels v2_labels = {"quicv2 key", "quicv2 iv", "quicv2 hp"};

struct quic_version {
    uint32_t first, last; /* both inclusive */
    const enum quic_packet_type *types;
    const struct key_labels *labels;
    const uint8_t *salt;
};

/* Most frequent first. 0xfaceb0xx are the versions that Facebook's stack speaks among its own apps and servers. */
static const struct quic_version versions[] = {
    {QUIC_V1, QUIC_V1, v1_types, &v1_labels, salt_v1},
    {QUIC_V2, QUIC_V2, v2_types, &v2_labels, salt_v2},
    {0xff00001d, 0xff000020, v1_types, &v1_labels, salt_draft_29},
    {0xff000021, 0xff000022, v1_types, &v1_labels, salt_v1},
    {0xff000017, 0xff00001c, v1_types, &v1_labels, salt_draft_23},
    {0xff000016, 0xff000016, v1_types, &v1_labels, salt_draft_22},
    {0xfaceb001, 0xfaceb001, v1_types, &v1_labels, salt_draft_22},
    {0xfaceb002, 0xfaceb002, v1_types, &v1_labels, salt_draft_23},
    {0xfaceb003, 0xfaceb004, v1_types, &v1_labels, salt_v1},
    {0xfaceb005, 0xfaceb0ff, v1_types, &v1_labels, salt_draft_23},
};

static const struct quic_version *find_version(uint32_t version)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        if (version >= versions[i].first && version <= versions[i].last)
            return &versions[i];
    }
    return NULL;
}

/* -- packets -- */

/* RFC 9000 16: the two top bits of the first byte say how many bytes follow. */
static uint64_t read_varint(struct byte_reader *r)
{
    uint8_t first = reader_u8(r);
    uint64_t value = first & 0x3f;
    const uint8_t *more = reader_take(r, ((size_t)1 << (first >> 6)) - 1);
    if (!more)
        return 0;
    for (size_t i = 0; i + 1 < (size_t)1 << (first >> 6); i++)
        value = value << 8 | more[i];
    return value;
}

/* False: longer than any version we know allows (RFC 9000 17.2). A short read is the reader's to tell. */
static bool read_cid(struct byte_reader *r, struct quic_cid *cid)
{
    uint8_t len = reader_u8(r);
    if (len > QUIC_CID_MAX)
        return false;
    const uint8_t *bytes = reader_take(r, len);
    if (!bytes)
        return true;
    cid->len = len;
    memcpy(cid->bytes, bytes, len);
    return true;
}

/* A Retry (RFC 9000 17.2.5) and a Version Negotiation (17.2.1) have no length: they take the whole datagram. */
static enum dissect_outcome take_to_the_end(struct byte_reader *r, const uint8_t *start, struct quic_packet *out)
{
    reader_skip(r, reader_left(r));
    out->packet = (struct bytes_view){.at = start, .len = (size_t)(r->at - start)};
    return DISSECT_OK;
}

/* The token's and the packet's length, 64 bits wide on the wire, are compared before they become a size. */
static const uint8_t *take_declared(struct byte_reader *r, uint64_t n)
{
    if (n > UDP_PAYLOAD_MAX)
        n = UDP_PAYLOAD_MAX + 1;
    return reader_take(r, (size_t)n);
}

static enum dissect_outcome read_numbered_packet(struct byte_reader *r, const uint8_t *start, struct quic_packet *out)
{
    if (out->type == QUIC_INITIAL) {
        uint64_t token_len = read_varint(r);
        const uint8_t *token = take_declared(r, token_len);
        if (token)
            out->token = (struct bytes_view){.at = token, .len = (size_t)token_len};
    }
    uint64_t length = read_varint(r);
    if (r->short_read)
        return DISSECT_TRUNCATED;
    out->pn_offset = (size_t)(r->at - start);
    if (!take_declared(r, length))
        return DISSECT_TRUNCATED;
    out->packet = (struct bytes_view){.at = start, .len = out->pn_offset + (size_t)length};
    return DISSECT_OK;
}

static enum dissect_outcome read_packet(struct byte_reader *r, struct quic_packet *out)
{
    const uint8_t *start = r->at;
    uint8_t first_byte = reader_u8(r);
    if (!(first_byte & 0x80))
        return DISSECT_NOT_MINE;
    out->version = reader_u32be(r);
    if (r->short_read)
        return DISSECT_TRUNCATED;
    const struct quic_version *v = find_version(out->version);
    if (!v && out->version != 0)
        return DISSECT_NOT_MINE;
    if (!read_cid(r, &out->dcid) || !read_cid(r, &out->scid))
        return DISSECT_MALFORMED;
    if (!v) {
        out->type = QUIC_VERSION_NEGOTIATION;
        return r->short_read ? DISSECT_TRUNCATED : take_to_the_end(r, start, out);
    }
    /* The fixed bit 0x40 is not asked for: clients that learnt it from the server clear it at random (RFC 9287). */
    out->type = v->types[first_byte >> 4 & 3];
    if (r->short_read)
        return DISSECT_TRUNCATED;
    return out->type == QUIC_RETRY ? take_to_the_end(r, start, out) : read_numbered_packet(r, start, out);
}

enum dissect_outcome quic_next_packet(struct byte_reader *datagram, struct quic_packet *out)
{
    memset(out, 0, sizeof(*out));
    if (reader_left(datagram) == 0)
        return DISSECT_NOT_MINE;
    enum dissect_outcome rc = read_packet(datagram, out);
    if (rc != DISSECT_OK)
        datagram->at = datagram->end;
    return rc;
}

/* -- keys -- */

struct initial_keys {
    const struct quic_version *version; /* NULL: an empty slot */
    struct quic_cid cid;
    uint8_t iv[IV_BYTES];
    gcry_cipher_hd_t aead;   /* AES-128-GCM, keyed */
    gcry_cipher_hd_t header; /* AES-128-ECB, keyed: header protection */
};

struct quic {
    gcry_md_hd_t hmac; /* HMAC-SHA256 */
    struct initial_keys slots[KEY_SLOTS];
    unsigned next_slot; /* the oldest: next to be overwritten */
    struct byte_reader frames;
    bool frames_malformed;
    uint8_t plain[UDP_PAYLOAD_MAX];
};

/* Our keys are public by construction, so libgcrypt's locked memory is not needed; asking for it would fail (and warn)
 * in a process without the right to lock any. Another library may have set libgcrypt up before us. */
static void set_up_libgcrypt(void)
{
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
        return;
    if (!gcry_check_version("1.8.0"))
        return; /* too old: opening the ciphers below fails or works, and that decides */
    gcry_control(GCRYCTL_DISABLE_SECMEM_WARN, 0);
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

struct quic *quic_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_libgcrypt);

    struct quic *q = calloc(1, sizeof(*q));
    if (!q)
        return NULL;
    bool ok = gcry_md_open(&q->hmac, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC) == 0;
    for (unsigned i = 0; ok && i < KEY_SLOTS; i++) {
        ok = gcry_cipher_open(&q->slots[i].aead, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0) == 0 &&
             gcry_cipher_open(&q->slots[i].header, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB, 0) == 0;
    }
    if (!ok) {
        quic_free(q);
        return NULL;
    }
    q->frames = reader_over(q->plain, 0);
    return q;
}

void quic_free(struct quic *q)
{
    if (!q)
        return;
    gcry_md_close(q->hmac);
    for (unsigned i = 0; i < KEY_SLOTS; i++) {
        gcry_cipher_close(q->slots[i].aead);
        gcry_cipher_close(q->slots[i].header);
    }
    free(q);
}

static bool hmac_sha256(struct quic *q, const uint8_t *key, size_t key_len, const uint8_t *message, size_t n,
                        uint8_t out[SECRET_BYTES])
{
    if (gcry_md_setkey(q->hmac, key, key_len) != 0)
        return false;
    gcry_md_write(q->hmac, message, n);
    const uint8_t *digest = gcry_md_read(q->hmac, GCRY_MD_SHA256);
    if (!digest)
        return false;
    memcpy(out, digest, SECRET_BYTES);
    return true;
}

/* HKDF-Expand-Label (RFC 8446 7.1) with an empty context, for outputs of at most one HMAC: the first block of
 * HKDF-Expand (RFC 5869 2.3) is HMAC(secret, info | 0x01). */
static bool expand_label(struct quic *q, const uint8_t secret[SECRET_BYTES], const char *label, size_t n, uint8_t *out)
{
    static const char prefix[] = "tls13 ";
    const size_t prefix_len = sizeof(prefix) - 1;
    size_t label_len = strlen(label);
    uint8_t info[3 + sizeof(prefix) + LABEL_MAX + 2];
    size_t at = 0;
    info[at++] = 0;
    info[at++] = (uint8_t)n;
    info[at++] = (uint8_t)(prefix_len + label_len);
    memcpy(info + at, prefix, prefix_len);
    at += prefix_len;
    memcpy(info + at, label, label_len);
    at += label_len;
    info[at++] = 0;
    info[at++] = 1;

    uint8_t block[SECRET_BYTES];
    if (!hmac_sha256(q, secret, SECRET_BYTES, info, at, block))
        return false;
    memcpy(out, block, n);
    return true;
}

/* RFC 9001 5.1 and 5.2. */
static bool derive_keys(struct quic *q, const struct quic_version *v, const struct quic_cid *cid,
                        struct initial_keys *keys)
{
    uint8_t initial[SECRET_BYTES], client[SECRET_BYTES], key[KEY_BYTES], hp[KEY_BYTES];
    keys->version = NULL;
    if (!hmac_sha256(q, v->salt, SALT_BYTES, cid->bytes, cid->len, initial) ||
        !expand_label(q, initial, "client in", SECRET_BYTES, client) ||
        !expand_label(q, client, v->labels->key, KEY_BYTES, key) ||
        !expand_label(q, client, v->labels->iv, IV_BYTES, keys->iv) ||
        !expand_label(q, client, v->labels->hp, KEY_BYTES, hp) || gcry_cipher_setkey(keys->aead, key, KEY_BYTES) != 0 ||
        gcry_cipher_setkey(keys->header, hp, KEY_BYTES) != 0)
        return false;
    keys->cid = *cid;
    keys->version = v;
    return true;
}

static struct initial_keys *keys_for(struct quic *q, const struct quic_version *v, const struct quic_cid *cid)
{
    for (unsigned i = 0; i < KEY_SLOTS; i++) {
        struct initial_keys *keys = &q->slots[i];
        if (keys->version == v && quic_cid_equal(&keys->cid, cid))
            return keys;
    }
    struct initial_keys *oldest = &q->slots[q->next_slot];
    q->next_slot = (q->next_slot + 1) % KEY_SLOTS;
    return derive_keys(q, v, cid, oldest) ? oldest : NULL;
}

/* -- opening -- */

/* The header's protected parts in the clear. */
struct clear_header {
    uint8_t first_byte;
    uint8_t pn[PN_MAX_BYTES];
    uint8_t pn_len;
};

/* RFC 9001 5.4.1 and 5.4.2. The caller has checked that the sample is there. */
static bool unmask_header(const struct initial_keys *keys, const struct quic_packet *p, struct clear_header *out)
{
    const uint8_t *pn = p->packet.at + p->pn_offset;
    uint8_t mask[SAMPLE_BYTES];
    if (gcry_cipher_encrypt(keys->header, mask, sizeof(mask), pn + PN_MAX_BYTES, SAMPLE_BYTES) != 0)
        return false;
    out->first_byte = p->packet.at[0] ^ (mask[0] & 0x0f);
    out->pn_len = (uint8_t)((out->first_byte & 0x03) + 1);
    for (uint8_t i = 0; i < out->pn_len; i++)
        out->pn[i] = pn[i] ^ mask[1 + i];
    return true;
}

/* RFC 9001 5.3. The associated data is the header with its protection off; it is fed in three pieces, so that the
 * packet stays as it is. */
static bool decrypt_payload(struct quic *q, const struct initial_keys *keys, const struct quic_packet *p,
                            const struct clear_header *h, size_t *plain_len)
{
    uint8_t nonce[IV_BYTES];
    memcpy(nonce, keys->iv, IV_BYTES);
    for (uint8_t i = 0; i < h->pn_len; i++)
        nonce[IV_BYTES - h->pn_len + i] ^= h->pn[i];

    size_t header_len = p->pn_offset + h->pn_len;
    const uint8_t *cipher = p->packet.at + header_len;
    size_t cipher_len = p->packet.len - header_len - TAG_BYTES;
    bool ok = gcry_cipher_setiv(keys->aead, nonce, IV_BYTES) == 0 &&
              gcry_cipher_authenticate(keys->aead, &h->first_byte, 1) == 0 &&
              gcry_cipher_authenticate(keys->aead, p->packet.at + 1, p->pn_offset - 1) == 0 &&
              gcry_cipher_authenticate(keys->aead, h->pn, h->pn_len) == 0 &&
              gcry_cipher_decrypt(keys->aead, q->plain, sizeof(q->plain), cipher, cipher_len) == 0 &&
              gcry_cipher_checktag(keys->aead, cipher + cipher_len, TAG_BYTES) == 0;
    *plain_len = cipher_len;
    if (!ok)
        gcry_cipher_reset(keys->aead); /* a new nonce alone leaves half-read associated data behind */
    return ok;
}

enum dissect_outcome quic_open_initial(struct quic *q, const struct quic_packet *p, const struct quic_cid *key_cid)
{
    q->frames = reader_over(q->plain, 0);
    q->frames_malformed = false;
    const struct quic_version *v = find_version(p->version);
    if (!v || p->type != QUIC_INITIAL)
        return DISSECT_NOT_MINE;
    /* RFC 9001 5.4.2: the sample begins four bytes after the packet number does, however long that is. */
    if (p->packet.len < p->pn_offset + PN_MAX_BYTES + SAMPLE_BYTES)
        return DISSECT_MALFORMED;

    const struct initial_keys *keys = keys_for(q, v, key_cid);
    struct clear_header header;
    size_t plain_len;
    if (!keys || !unmask_header(keys, p, &header) || !decrypt_payload(q, keys, p, &header, &plain_len))
        return DISSECT_NOT_MINE;
    q->frames = reader_over(q->plain, plain_len);
    return DISSECT_OK;
}

/* -- frames -- */

enum {
    FRAME_PADDING = 0x00,
    FRAME_PING = 0x01,
    FRAME_ACK = 0x02,
    FRAME_ACK_ECN = 0x03,
    FRAME_CRYPTO = 0x06,
    FRAME_CONNECTION_CLOSE = 0x1c
};

#define STREAM_LIMIT ((uint64_t)1 << 62) /* RFC 9000 19.6: where a stream ends is itself a varint */

/* RFC 9000 19.3: largest, delay, range count, first range, { gap, range } repeated, and three ECN counts in type 3.
 * A count that lies ends with the bytes: each range takes at least two. */
static void skip_ack(struct byte_reader *r, uint8_t type)
{
    read_varint(r);
    read_varint(r);
    uint64_t ranges = read_varint(r);
    read_varint(r);
    for (; ranges > 0 && !r->short_read; ranges--) {
        read_varint(r);
        read_varint(r);
    }
    for (int counts = type == FRAME_ACK_ECN ? 3 : 0; counts > 0; counts--)
        read_varint(r);
}

/* RFC 9000 19.19: error code, frame type, reason phrase. */
static void skip_connection_close(struct byte_reader *r)
{
    read_varint(r);
    read_varint(r);
    take_declared(r, read_varint(r));
}

/* RFC 9000 19.6. */
static bool read_crypto(struct byte_reader *r, struct quic_crypto_frame *out)
{
    uint64_t offset = read_varint(r);
    uint64_t length = read_varint(r);
    const uint8_t *data = take_declared(r, length);
    if (!data || offset + length >= STREAM_LIMIT)
        return false;
    out->offset = offset;
    out->data = (struct bytes_view){.at = data, .len = (size_t)length};
    return true;
}

/* RFC 9000 12.4, table 3: what an Initial may hold. Types are one-byte varints here; a longer spelling of one is a
 * violation (12.4) and falls into the default. */
enum dissect_outcome quic_next_crypto(struct quic *q, struct quic_crypto_frame *out)
{
    struct byte_reader *r = &q->frames;
    memset(out, 0, sizeof(*out));
    while (!q->frames_malformed && reader_left(r) > 0) {
        uint8_t type = reader_u8(r);
        switch (type) {
        case FRAME_PADDING:
        case FRAME_PING:
            break;
        case FRAME_ACK:
        case FRAME_ACK_ECN:
            skip_ack(r, type);
            break;
        case FRAME_CRYPTO:
            if (read_crypto(r, out))
                return DISSECT_OK;
            q->frames_malformed = true;
            break;
        case FRAME_CONNECTION_CLOSE:
            skip_connection_close(r);
            break;
        default:
            q->frames_malformed = true;
        }
        if (r->short_read)
            q->frames_malformed = true;
    }
    return q->frames_malformed ? DISSECT_MALFORMED : DISSECT_NOT_MINE;
}
