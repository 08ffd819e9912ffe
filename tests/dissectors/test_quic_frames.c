/* test_quic_frames.c -- the frames of an Initial that verified: authenticated by whoever knows the public keys, and so
 * hostile. */
#include "dissectors/quic.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct quic *q;

static int set_up(void **state)
{
    (void)state;
    q = quic_new();
    return q ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    quic_free(q);
    return 0;
}

/* Opens an Initial with this plaintext; its frames may be walked then. */
static void open_frames(const void *plain, size_t n)
{
    static uint8_t sealed[1000];
    struct quic_seal_keys keys;
    quic_seal_keys(&keys, VECTOR_KEYS_V1);
    struct quic_recipe r = {QUIC_V1, 0xc0, 4, 0, VECTOR_CID, 0, plain, n};
    struct byte_reader datagram = reader_over(sealed, quic_seal_initial(&r, &keys, sealed));
    struct quic_packet p;
    assert_int_equal(quic_next_packet(&datagram, &p), DISSECT_OK);
    assert_int_equal(quic_open_initial(q, &p, &p.dcid), DISSECT_OK);
}

static const uint8_t all_frames[] = {
    0,    0,    1,                                     /* PADDING, PADDING, PING */
    6,    5,    3,    'f', 'g', 'h',                   /* CRYPTO at 5 */
    2,    9,    0x40, 1,   2,   0,   0,   1,   1,   1, /* ACK, two more ranges */
    3,    9,    0,    0,   0,   1,   2,   3,           /* ACK with ECN counts */
    6,    0x40, 0,    5,   'a', 'b', 'c', 'd', 'e',    /* CRYPTO at 0 */
    0x1c, 0x0a, 6,    4,   'w', 'h', 'y', '?',         /* CONNECTION_CLOSE */
    6,    8,    0,                                     /* CRYPTO of no bytes */
};

static void frames_of_an_initial_are_walked(void **state)
{
    (void)state;
    open_frames(all_frames, sizeof(all_frames));
    struct quic_crypto_frame f;
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_OK);
    assert_true(f.offset == 5);
    assert_int_equal(f.data.len, 3);
    assert_memory_equal(f.data.at, "fgh", 3);
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_OK);
    assert_true(f.offset == 0);
    assert_int_equal(f.data.len, 5);
    assert_memory_equal(f.data.at, "abcde", 5);
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_OK);
    assert_true(f.offset == 8);
    assert_int_equal(f.data.len, 0);
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_NOT_MINE);
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_NOT_MINE);
}

/* Frames have no length of their own, so that a cut between two is no lie and any other is. */
static void every_cut_inside_a_frame_is_malformed(void **state)
{
    (void)state;
    static const size_t between[] = {1, 2, 3, 9, 19, 27, 36, 44};
    for (size_t n = 4; n < sizeof(all_frames); n++) {
        bool clean = false;
        for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++)
            clean = clean || between[i] == n;
        open_frames(all_frames, n);
        struct quic_crypto_frame f;
        enum dissect_outcome rc;
        while ((rc = quic_next_crypto(q, &f)) == DISSECT_OK)
            assert_true(f.data.len <= 5);
        assert_int_equal(rc, clean ? DISSECT_NOT_MINE : DISSECT_MALFORMED);
        assert_int_equal(quic_next_crypto(q, &f), rc);
    }
}

static void frames_not_allowed_in_an_initial_are_malformed(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        uint8_t plain[20] = {6, 0, 1, 'x', (uint8_t)type};
        open_frames(plain, sizeof(plain));
        struct quic_crypto_frame f;
        assert_int_equal(quic_next_crypto(q, &f), DISSECT_OK); /* what came before stands */
        bool allowed = type <= 3 || type == 6 || type == 0x1c;
        enum dissect_outcome rc;
        while ((rc = quic_next_crypto(q, &f)) == DISSECT_OK)
            assert_int_equal(f.data.len, 0);
        assert_int_equal(rc, allowed ? DISSECT_NOT_MINE : DISSECT_MALFORMED);
    }
}

static void frame_numbers_that_lie_are_malformed(void **state)
{
    (void)state;
    static const char *const lies[] = {
        "06ffffffffffffffff0161",         /* CRYPTO beyond 2^62 - 1 */
        "0600ffffffffffffffff",           /* CRYPTO of 2^62 - 1 bytes */
        "060080010000",                   /* CRYPTO of 65536 bytes */
        "020000ffffffffffffffff00010101", /* ACK with 2^62 - 1 ranges */
        "1c0000ffffffffffffffff",         /* a reason of 2^62 - 1 bytes */
        "4006000161",                     /* CRYPTO's type in two bytes */
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        uint8_t plain[32];
        open_frames(plain, quic_seal_hex(lies[i], plain, sizeof(plain)));
        struct quic_crypto_frame f;
        assert_int_equal(quic_next_crypto(q, &f), DISSECT_MALFORMED);
    }
    uint8_t plain[32];
    open_frames(plain, quic_seal_hex("06fffffffffffffffe0161", plain, sizeof(plain))); /* the last byte there can be */
    struct quic_crypto_frame f;
    assert_int_equal(quic_next_crypto(q, &f), DISSECT_OK);
    assert_true(f.offset == 0x3ffffffffffffffe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_an_initial_are_walked),
        cmocka_unit_test(every_cut_inside_a_frame_is_malformed),
        cmocka_unit_test(frames_not_allowed_in_an_initial_are_malformed),
        cmocka_unit_test(frame_numbers_that_lie_are_malformed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
