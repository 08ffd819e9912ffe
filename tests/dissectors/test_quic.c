/* test_quic.c -- the RFCs' own packets, packets we seal ourselves, and packets that lie. Frames: test_quic_frames.c. */
#include "dissectors/quic.h"
#include "dissectors/tls.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct quic *q;
static struct quic_cid vector_cid;
static uint8_t v1[1200], v2[1200], crypto_frame[245];

static int set_up(void **state)
{
    (void)state;
    q = quic_new();
    vector_cid.len = (uint8_t)quic_seal_hex(VECTOR_CID, vector_cid.bytes, QUIC_CID_MAX);
    bool whole = quic_seal_hex(vector_v1_packet, v1, sizeof(v1)) == sizeof(v1) &&
                 quic_seal_hex(vector_v2_packet, v2, sizeof(v2)) == sizeof(v2) &&
                 quic_seal_hex(vector_crypto_frame, crypto_frame, sizeof(crypto_frame)) == sizeof(crypto_frame);
    return q && whole ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    quic_free(q);
    quic_free(NULL);
    return 0;
}

/* -- a packet in a heap buffer of exactly its size, and our own packets -- */

struct held {
    uint8_t *bytes;
    struct byte_reader datagram;
    struct quic_packet packet;
};

static enum dissect_outcome hold(struct held *h, const uint8_t *bytes, size_t n)
{
    h->bytes = malloc(n ? n : 1);
    assert_non_null(h->bytes);
    if (n > 0)
        memcpy(h->bytes, bytes, n);
    h->datagram = reader_over(h->bytes, n);
    return quic_next_packet(&h->datagram, &h->packet);
}

static enum dissect_outcome next_packet_of(const uint8_t *bytes, size_t n)
{
    struct held h;
    enum dissect_outcome rc = hold(&h, bytes, n);
    free(h.bytes);
    return rc;
}

static const struct quic_recipe usual = {QUIC_V1, 0xc0, 2, 0, VECTOR_CID, 0, crypto_frame, sizeof(crypto_frame)};

static struct quic_seal_keys keys_of(const char *key, const char *iv, const char *hp)
{
    struct quic_seal_keys k;
    quic_seal_keys(&k, key, iv, hp);
    return k;
}

/* Opens an Initial whose plaintext is ours; the frames may be walked then. */
static uint8_t sealed[4000];
static enum dissect_outcome open_recipe(const struct quic_recipe *r)
{
    struct quic_seal_keys keys = keys_of(VECTOR_KEYS_V1);
    struct held h;
    assert_int_equal(hold(&h, sealed, quic_seal_initial(r, &keys, sealed)), DISSECT_OK);
    enum dissect_outcome rc = quic_open_initial(q, &h.packet, &vector_cid);
    free(h.bytes);
    return rc;
}

static void assert_hello_for_example_com(void)
{
    struct quic_crypto_frame f;
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_OK);
    assert_true(f.offset == 0);
    assert_int_equal(f.data.len, sizeof(crypto_frame) - 4);
    assert_memory_equal(f.data.at, crypto_frame + 4, f.data.len);
    struct tls_hello hello;
    assert_int_equal(tls_hello_parse(f.data.at, f.data.len, &hello), DISSECT_OK);
    assert_int_equal(hello.sni.len, 11);
    assert_memory_equal(hello.sni.at, "example.com", 11);
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_NOT_MINE);
}

/* -- opening -- */

static void rfc9001_client_initial_opens(void **state)
{
    (void)state;
    struct held h;
    assert_int_equal(hold(&h, v1, sizeof(v1)), DISSECT_OK);
    assert_int_equal(h.packet.version, QUIC_V1);
    assert_int_equal(h.packet.type, QUIC_INITIAL);
    assert_true(quic_cid_equal(&h.packet.dcid, &vector_cid));
    assert_int_equal(h.packet.scid.len, 0);
    assert_int_equal(h.packet.token.len, 0);
    assert_int_equal(h.packet.pn_offset, 18);
    assert_int_equal(h.packet.packet.len, 1200);
    assert_int_equal(quic_open_initial(q, &h.packet, &h.packet.dcid), DISSECT_OK);
    assert_memory_equal(h.bytes, v1, sizeof(v1)); /* opening changes nothing */
    assert_hello_for_example_com();
    assert_int_equal(quic_next_packet(&h.datagram, &h.packet), DISSECT_NOT_MINE);
    free(h.bytes);
}

static void rfc9369_client_initial_opens(void **state)
{
    (void)state;
    struct held h;
    assert_int_equal(hold(&h, v2, sizeof(v2)), DISSECT_OK);
    assert_int_equal(h.packet.version, QUIC_V2);
    assert_int_equal(h.packet.type, QUIC_INITIAL);
    assert_int_equal(quic_open_initial(q, &h.packet, &h.packet.dcid), DISSECT_OK);
    assert_hello_for_example_com();
    free(h.bytes);
}

/* The packets that our own sealing makes are the RFCs' packets, so that the tests below stand on firm ground. */
static void sealing_gives_the_published_packets(void **state)
{
    (void)state;
    static uint8_t plain[1162], header[22], out[1200];
    memcpy(plain, crypto_frame, sizeof(crypto_frame));
    struct quic_seal_keys k = keys_of(VECTOR_KEYS_V1);
    quic_seal_hex("c300000001088394c8f03e5157080000449e00000002", header, sizeof(header));
    assert_int_equal(quic_seal(&k, header, sizeof(header), 4, plain, sizeof(plain), out), 1200);
    assert_memory_equal(out, v1, 1200);
    k = keys_of(VECTOR_KEYS_V2);
    quic_seal_hex("d36b3343cf088394c8f03e5157080000449e00000002", header, sizeof(header));
    assert_int_equal(quic_seal(&k, header, sizeof(header), 4, plain, sizeof(plain), out), 1200);
    assert_memory_equal(out, v2, 1200);
}

static void initials_of_every_known_version_open(void **state)
{
    (void)state;
    const struct quic_seal_keys k1 = keys_of(VECTOR_KEYS_V1), k2 = keys_of(VECTOR_KEYS_V2),
                                k29 = keys_of(VECTOR_KEYS_DRAFT_29), k23 = keys_of(VECTOR_KEYS_DRAFT_23),
                                k22 = keys_of(VECTOR_KEYS_DRAFT_22);
    const struct {
        uint32_t first, last;
        uint8_t first_byte;
        const struct quic_seal_keys *keys;
    } known[] = {
        {QUIC_V1, QUIC_V1, 0xc0, &k1},        {QUIC_V2, QUIC_V2, 0xd0, &k2},
        {0xff000016, 0xff000016, 0xc0, &k22}, {0xff000017, 0xff00001c, 0xc0, &k23},
        {0xff00001d, 0xff000020, 0xc0, &k29}, {0xff000021, 0xff000022, 0xc0, &k1},
        {0xfaceb001, 0xfaceb001, 0xc0, &k22}, {0xfaceb002, 0xfaceb002, 0xc0, &k23},
        {0xfaceb003, 0xfaceb004, 0xc0, &k1},  {0xfaceb00e, 0xfaceb015, 0xc0, &k23},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        for (uint32_t version = known[i].first; version <= known[i].last; version++) {
            struct quic_recipe r = usual;
            r.version = version;
            r.first_byte = known[i].first_byte;
            struct held h;
            assert_int_equal(hold(&h, sealed, quic_seal_initial(&r, known[i].keys, sealed)), DISSECT_OK);
            assert_int_equal(h.packet.type, QUIC_INITIAL);
            assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
            assert_hello_for_example_com();
            free(h.bytes);
        }
    }
}

static void packet_numbers_of_one_to_four_bytes_open(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0, 1, 0x7f, 0xfe, 0xbeef, 0x123456, 0xfffffffe};
    for (unsigned pn_len = 1; pn_len <= 4; pn_len++) {
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            if (pn_len < 4 && numbers[i] >> (8 * pn_len))
                continue;
            struct quic_recipe r = usual;
            r.pn_len = pn_len;
            r.pn = numbers[i];
            assert_int_equal(open_recipe(&r), DISSECT_OK);
            assert_hello_for_example_com();
        }
    }
}

static void token_is_shown_and_authenticated(void **state)
{
    (void)state;
    struct quic_seal_keys keys = keys_of(VECTOR_KEYS_V1);
    static const size_t lengths[] = {0, 1, 63, 64, 2000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct quic_recipe r = usual;
        r.token_len = lengths[i];
        struct held h;
        assert_int_equal(hold(&h, sealed, quic_seal_initial(&r, &keys, sealed)), DISSECT_OK);
        assert_int_equal(h.packet.token.len, lengths[i]);
        assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
        free(h.bytes);
    }
}

static void cleared_fixed_bit_is_accepted(void **state)
{
    (void)state;
    struct quic_recipe r = usual;
    r.first_byte = 0x80;
    assert_int_equal(open_recipe(&r), DISSECT_OK);
    assert_hello_for_example_com();
}

static void any_changed_byte_is_not_opened(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(v1); i++) {
        uint8_t changed[1200];
        memcpy(changed, v1, sizeof(v1));
        changed[i] ^= (uint8_t)(1 << i % 8);
        struct held h;
        if (hold(&h, changed, sizeof(changed)) == DISSECT_OK && h.packet.type == QUIC_INITIAL) {
            assert_int_not_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
            struct quic_crypto_frame f;
            assert_int_equal(quic_next_crypto(q, &f), DISSECT_NOT_MINE);
        }
        free(h.bytes);
    }
}

/* The rule of quic.h: the first id's keys while they fit, else the packet's own (a Retry). */
static void keys_follow_the_given_id_and_not_the_packet(void **state)
{
    (void)state;
    struct quic_seal_keys first = keys_of(VECTOR_KEYS_V1), retry = keys_of(VECTOR_KEYS_V1_RETRY);
    struct quic_recipe r = usual;
    r.dcid = VECTOR_RETRY_CID;
    struct held h;
    assert_int_equal(hold(&h, sealed, quic_seal_initial(&r, &first, sealed)), DISSECT_OK);
    assert_int_equal(quic_open_initial(q, &h.packet, &h.packet.dcid), DISSECT_NOT_MINE);
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
    free(h.bytes);
    assert_int_equal(hold(&h, sealed, quic_seal_initial(&r, &retry, sealed)), DISSECT_OK);
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_NOT_MINE);
    assert_int_equal(quic_open_initial(q, &h.packet, &h.packet.dcid), DISSECT_OK);
    free(h.bytes);
}

static void frames_of_the_packet_before_are_gone(void **state)
{
    (void)state;
    struct quic_cid other = {.len = 8};
    struct quic_crypto_frame f;
    struct held h;
    assert_int_equal(hold(&h, v1, sizeof(v1)), DISSECT_OK);
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
    assert_int_equal(quic_open_initial(q, &h.packet, &other), DISSECT_NOT_MINE);
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_NOT_MINE);
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
    h.packet.type = QUIC_HANDSHAKE;
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_NOT_MINE);
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_NOT_MINE);
    free(h.bytes);
}

static void more_connections_than_kept_keys_still_open(void **state)
{
    (void)state;
    struct held a, b;
    assert_int_equal(hold(&a, v1, sizeof(v1)), DISSECT_OK);
    assert_int_equal(hold(&b, v2, sizeof(v2)), DISSECT_OK);
    for (uint8_t i = 0; i < 40; i++) {
        struct quic_cid other = {.len = i % (QUIC_CID_MAX + 1), .bytes = {i}};
        for (int turn = 0; turn < i % 12; turn++) {
            other.bytes[19] = (uint8_t)turn;
            assert_int_equal(quic_open_initial(q, &a.packet, &other), DISSECT_NOT_MINE);
        }
        assert_int_equal(quic_open_initial(q, &a.packet, &vector_cid), DISSECT_OK);
        assert_hello_for_example_com();
        assert_int_equal(quic_open_initial(q, &b.packet, &vector_cid), DISSECT_OK);
        assert_hello_for_example_com();
    }
    free(a.bytes);
    free(b.bytes);
}

/* -- datagrams -- */

static void every_cut_of_a_datagram_is_truncated(void **state)
{
    (void)state;
    assert_int_equal(next_packet_of(v1, 0), DISSECT_NOT_MINE);
    for (size_t n = 1; n < sizeof(v1); n++) {
        struct held h;
        assert_int_equal(hold(&h, v1, n), DISSECT_TRUNCATED);
        assert_int_equal(h.packet.version, n >= 5 ? QUIC_V1 : 0);
        assert_int_equal(h.packet.dcid.len, n >= 14 ? 8 : 0);
        assert_int_not_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
        assert_int_equal(quic_next_packet(&h.datagram, &h.packet), DISSECT_NOT_MINE);
        free(h.bytes);
    }
}

static void coalesced_packets_come_one_by_one(void **state)
{
    (void)state;
    struct quic_seal_keys keys = keys_of(VECTOR_KEYS_V1);
    static uint8_t datagram[4000];
    size_t n = quic_seal_initial(&usual, &keys, datagram);
    size_t initial_len = n;
    static const uint8_t zero_rtt[] = {0xd0, 0, 0, 0, 1, 2, 'a', 'b', 0, 5, 1, 2, 3, 4, 5};
    static const uint8_t handshake[] = {0xe0, 0, 0, 0, 1, 0, 1, 'x', 0x40, 3, 1, 2, 3};
    static const uint8_t short_header[] = {0x40, 1, 2, 3};
    memcpy(datagram + n, zero_rtt, sizeof(zero_rtt));
    n += sizeof(zero_rtt);
    memcpy(datagram + n, handshake, sizeof(handshake));
    n += sizeof(handshake);
    memcpy(datagram + n, short_header, sizeof(short_header));
    n += sizeof(short_header);

    struct held h;
    assert_int_equal(hold(&h, datagram, n), DISSECT_OK);
    assert_int_equal(h.packet.type, QUIC_INITIAL);
    assert_int_equal(h.packet.packet.len, initial_len);
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_OK);
    assert_int_equal(quic_next_packet(&h.datagram, &h.packet), DISSECT_OK);
    assert_int_equal(h.packet.type, QUIC_ZERO_RTT);
    assert_int_equal(h.packet.packet.len, sizeof(zero_rtt));
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_NOT_MINE);
    assert_int_equal(quic_next_packet(&h.datagram, &h.packet), DISSECT_OK);
    assert_int_equal(h.packet.type, QUIC_HANDSHAKE);
    assert_int_equal(h.packet.scid.bytes[0], 'x');
    assert_int_equal(quic_next_packet(&h.datagram, &h.packet), DISSECT_NOT_MINE);
    assert_int_equal(quic_next_packet(&h.datagram, &h.packet), DISSECT_NOT_MINE);
    free(h.bytes);
}

static void type_bits_of_v2_are_its_own(void **state)
{
    (void)state;
    static const enum quic_packet_type v1_types[] = {QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY};
    static const enum quic_packet_type v2_types[] = {QUIC_RETRY, QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE};
    for (uint8_t bits = 0; bits < 4; bits++) {
        uint8_t bytes[] = {(uint8_t)(0xc0 | bits << 4), 0, 0, 0, 1, 0, 0, 0, 0, 0};
        struct held h;
        assert_int_equal(hold(&h, bytes, sizeof(bytes)), DISSECT_OK);
        assert_int_equal(h.packet.type, v1_types[bits]);
        free(h.bytes);
        memcpy(bytes + 1, "\x6b\x33\x43\xcf", 4);
        assert_int_equal(hold(&h, bytes, sizeof(bytes)), DISSECT_OK);
        assert_int_equal(h.packet.type, v2_types[bits]);
        free(h.bytes);
    }
}

static void retry_and_version_negotiation_take_the_whole_datagram(void **state)
{
    (void)state;
    /* RFC 9001 A.4 */
    uint8_t retry[64];
    size_t n =
        quic_seal_hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba", retry, sizeof(retry));
    struct held h;
    assert_int_equal(hold(&h, retry, n), DISSECT_OK);
    assert_int_equal(h.packet.type, QUIC_RETRY);
    assert_int_equal(h.packet.scid.len, 8);
    assert_int_equal(h.packet.packet.len, n);
    assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid), DISSECT_NOT_MINE);
    assert_int_equal(quic_next_packet(&h.datagram, &h.packet), DISSECT_NOT_MINE);
    free(h.bytes);

    static const uint8_t negotiation[] = {0x80, 0, 0, 0, 0, 1, 'd', 2, 's', 's', 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf};
    assert_int_equal(hold(&h, negotiation, sizeof(negotiation)), DISSECT_OK);
    assert_int_equal(h.packet.type, QUIC_VERSION_NEGOTIATION);
    assert_int_equal(h.packet.dcid.len, 1);
    assert_int_equal(h.packet.packet.len, sizeof(negotiation));
    free(h.bytes);
}

static void other_protocols_and_versions_are_not_mine(void **state)
{
    (void)state;
    assert_int_equal(next_packet_of((const uint8_t *)"\x40 short header", 15), DISSECT_NOT_MINE);
    assert_int_equal(next_packet_of((const uint8_t *)"\0\0\0\0\0\0\0\0", 8), DISSECT_NOT_MINE);
    assert_int_equal(next_packet_of((const uint8_t *)"\xc3Q050\x08", 6), DISSECT_NOT_MINE);
    assert_int_equal(next_packet_of((const uint8_t *)"\xc3\x1a\x2a\x3a\x4a\x08", 6), DISSECT_NOT_MINE);
    assert_int_equal(next_packet_of((const uint8_t *)"\xc3\xff\0\0\x15\x08", 6), DISSECT_NOT_MINE); /* draft 21 */
}

static void connection_ids_too_long_are_malformed(void **state)
{
    (void)state;
    for (unsigned len = 0; len < 256; len++) {
        uint8_t bytes[600] = {0xc0, 0, 0, 0, 1};
        bytes[5] = (uint8_t)len;
        assert_int_equal(next_packet_of(bytes, sizeof(bytes)), len <= 20 ? DISSECT_OK : DISSECT_MALFORMED);
        bytes[5] = 0;
        bytes[6] = (uint8_t)len;
        assert_int_equal(next_packet_of(bytes, sizeof(bytes)), len <= 20 ? DISSECT_OK : DISSECT_MALFORMED);
    }
}

static void lengths_beyond_the_datagram_are_truncated(void **state)
{
    (void)state;
    static const char *const lies[] = {
        "c000000001000001ff",               /* token of 1, length 16383 */
        "c00000000100003f",                 /* token of 63 */
        "c0000000010000ffffffffffffffff",   /* token of 2^62 - 1 */
        "c000000001000000ffffffffffffffff", /* length of 2^62 - 1 */
        "c000000001000000bfffffff",         /* length of 2^30 - 1 */
        "c000000001000000c000000000010000", /* length of 65536 in eight bytes */
        "c00000000100000001",               /* length of 1, nothing there */
        "c000000001000040",                 /* half a varint */
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        uint8_t bytes[32];
        assert_int_equal(next_packet_of(bytes, quic_seal_hex(lies[i], bytes, sizeof(bytes))), DISSECT_TRUNCATED);
    }
}

static void initial_without_room_for_a_sample_is_malformed(void **state)
{
    (void)state;
    for (uint8_t length = 0; length < 25; length++) {
        uint8_t bytes[64] = {0xc0, 0, 0, 0, 1, 0, 0, 0, length};
        struct held h;
        assert_int_equal(hold(&h, bytes, (size_t)9 + length), DISSECT_OK);
        assert_int_equal(quic_open_initial(q, &h.packet, &vector_cid),
                         length < 20 ? DISSECT_MALFORMED : DISSECT_NOT_MINE);
        free(h.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc9001_client_initial_opens),
        cmocka_unit_test(rfc9369_client_initial_opens),
        cmocka_unit_test(sealing_gives_the_published_packets),
        cmocka_unit_test(initials_of_every_known_version_open),
        cmocka_unit_test(packet_numbers_of_one_to_four_bytes_open),
        cmocka_unit_test(token_is_shown_and_authenticated),
        cmocka_unit_test(cleared_fixed_bit_is_accepted),
        cmocka_unit_test(any_changed_byte_is_not_opened),
        cmocka_unit_test(keys_follow_the_given_id_and_not_the_packet),
        cmocka_unit_test(frames_of_the_packet_before_are_gone),
        cmocka_unit_test(more_connections_than_kept_keys_still_open),
        cmocka_unit_test(every_cut_of_a_datagram_is_truncated),
        cmocka_unit_test(coalesced_packets_come_one_by_one),
        cmocka_unit_test(type_bits_of_v2_are_its_own),
        cmocka_unit_test(retry_and_version_negotiation_take_the_whole_datagram),
        cmocka_unit_test(other_protocols_and_versions_are_not_mine),
        cmocka_unit_test(connection_ids_too_long_are_malformed),
        cmocka_unit_test(lengths_beyond_the_datagram_are_truncated),
        cmocka_unit_test(initial_without_room_for_a_sample_is_malformed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
