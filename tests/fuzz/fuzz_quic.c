/* fuzz_quic.c -- any bytes as a datagram, and any bytes as the plaintext of an Initial.
 *
 * A fuzzer cannot forge a tag, so that the frames behind it would never be reached: an input that begins with an even
 * byte is sealed with known keys first and then opened. An odd first byte: the rest is the datagram as it is.
 */
#include "dissectors/quic.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct quic *q;
static struct quic_seal_keys keys;
static struct quic_cid cid;

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void set_up(void)
{
    if (q)
        return;
    q = quic_new();
    must(q != NULL);
    quic_seal_keys(&keys, VECTOR_KEYS_V1);
    cid.len = (uint8_t)quic_seal_hex(VECTOR_CID, cid.bytes, sizeof(cid.bytes));
}

static void walk_frames(void)
{
    static volatile uint8_t sink;
    struct quic_crypto_frame f;
    enum dissect_outcome rc;
    while ((rc = quic_next_crypto(q, &f)) == DISSECT_OK) {
        must(f.data.len < 65536 && f.offset + f.data.len < (uint64_t)1 << 62);
        for (size_t i = 0; i < f.data.len; i++)
            sink = f.data.at[i]; /* the address sanitizer sees a view that is too long */
    }
    must(quic_next_crypto(q, &f) == rc);
    (void)sink;
}

static void as_datagram(const uint8_t *data, size_t size)
{
    struct byte_reader r = reader_over(data, size);
    struct quic_packet p;
    size_t left = reader_left(&r);
    while (quic_next_packet(&r, &p) == DISSECT_OK) {
        must(reader_left(&r) < left); /* every turn consumes */
        left = reader_left(&r);
        must(p.packet.at >= data && p.packet.at + p.packet.len <= data + size);
        must(p.pn_offset <= p.packet.len && p.dcid.len <= QUIC_CID_MAX && p.scid.len <= QUIC_CID_MAX);
        must(p.token.len == 0 || (p.token.at > p.packet.at && p.token.at + p.token.len < data + size));
        if (quic_open_initial(q, &p, &p.dcid) == DISSECT_OK || quic_open_initial(q, &p, &cid) == DISSECT_OK)
            walk_frames();
    }
    must(quic_next_packet(&r, &p) == DISSECT_NOT_MINE);
}

static void as_plaintext(const uint8_t *plain, size_t n)
{
    static uint8_t sealed[17000];
    uint8_t header[32];
    size_t at = quic_seal_hex("c30000000108" VECTOR_CID "0000", header, sizeof(header));
    if (n < 4 || n > 16000)
        return;
    size_t length = 4 + n + 16;
    header[at++] = (uint8_t)(0x40 | length >> 8);
    header[at++] = (uint8_t)length;
    memset(header + at, 0, 4);
    struct byte_reader r = reader_over(sealed, quic_seal(&keys, header, at + 4, 4, plain, n, sealed));
    struct quic_packet p;
    must(quic_next_packet(&r, &p) == DISSECT_OK);
    must(quic_open_initial(q, &p, &cid) == DISSECT_OK);
    walk_frames();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0)
        as_plaintext(data + 1, size - 1);
    else
        as_datagram(data + 1, size - 1);
    return 0;
}
