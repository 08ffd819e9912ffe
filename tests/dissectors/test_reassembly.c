/* test_reassembly.c -- however a hello is cut, the buffer holds it again. */
#include "dissectors/reassembly.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct reassembly r;
static uint8_t original[REASSEMBLY_BYTES + 512];

static int fresh(void **state)
{
    (void)state;
    memset(&r, 0, sizeof(r));
    memset(r.bytes, 0xee, sizeof(r.bytes));
    for (size_t i = 0; i < sizeof(original); i++)
        original[i] = (uint8_t)(i * 31 + (i >> 8));
    return 0;
}

/* The piece in a heap buffer of exactly its size, so that the address sanitizer sees one byte too many. */
static bool put(uint32_t offset, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, original + offset, n);
    bool grew = reassembly_put(&r, offset, exact, n);
    free(exact);
    return grew;
}

static void pieces_in_order_grow_each_time(void **state)
{
    (void)state;
    uint32_t offset = 0;
    for (uint32_t n = 1; offset + n <= 5000; offset += n, n = n % 97 + 1) {
        assert_true(put(offset, n));
        assert_int_equal(r.contiguous, offset + n);
        assert_int_equal(r.highest, offset + n);
    }
    assert_memory_equal(r.bytes, original, offset);
    assert_false(r.overflow);
}

static void last_piece_first_grows_only_at_the_end(void **state)
{
    (void)state;
    assert_false(put(1428, 225));
    assert_int_equal(r.contiguous, 0);
    assert_int_equal(r.highest, 1653);
    assert_true(put(0, 1428));
    assert_int_equal(r.contiguous, 1653);
    assert_memory_equal(r.bytes, original, 1653);
}

static void single_bytes_backwards_are_put_together(void **state)
{
    (void)state;
    for (uint32_t i = 300; i-- > 1;)
        assert_false(put(i, 1));
    assert_true(put(0, 1));
    assert_int_equal(r.contiguous, 300);
    assert_memory_equal(r.bytes, original, 300);
}

static void first_byte_wins_over_a_later_copy(void **state)
{
    (void)state;
    uint8_t lies[400];
    memset(lies, 0xaa, sizeof(lies));
    put(10, 5);
    put(70, 100);
    put(200, 1);
    assert_true(reassembly_put(&r, 0, lies, sizeof(lies)));
    assert_int_equal(r.contiguous, 400);
    assert_memory_equal(r.bytes + 10, original + 10, 5);
    assert_memory_equal(r.bytes + 70, original + 70, 100);
    assert_int_equal(r.bytes[200], original[200]);
    for (uint32_t i = 0; i < 400; i++) {
        bool ours = (i >= 10 && i < 15) || (i >= 70 && i < 170) || i == 200;
        assert_int_equal(r.bytes[i], ours ? original[i] : 0xaa);
    }
}

static void same_piece_again_changes_nothing(void **state)
{
    (void)state;
    uint8_t lies[100] = {0};
    assert_true(put(0, 100));
    assert_false(put(0, 100));
    assert_false(reassembly_put(&r, 20, lies, 80));
    assert_int_equal(r.contiguous, 100);
    assert_memory_equal(r.bytes, original, 100);
    assert_false(put(150, 50));
    assert_false(reassembly_put(&r, 150, lies, 50));
    assert_memory_equal(r.bytes + 150, original + 150, 50);
}

static void empty_piece_is_nothing(void **state)
{
    (void)state;
    assert_false(reassembly_put(&r, 0, NULL, 0));
    assert_false(reassembly_put(&r, UINT32_MAX, NULL, 0));
    assert_int_equal(r.highest, 0);
    assert_false(r.overflow);
}

static void bytes_beyond_the_end_are_cut_and_told(void **state)
{
    (void)state;
    assert_false(put(REASSEMBLY_BYTES - 10, 10));
    assert_false(r.overflow);
    assert_false(put(REASSEMBLY_BYTES - 20, 21));
    assert_true(r.overflow);
    assert_int_equal(r.highest, REASSEMBLY_BYTES);
    assert_true(put(0, REASSEMBLY_BYTES + 512));
    assert_int_equal(r.contiguous, REASSEMBLY_BYTES);
    assert_memory_equal(r.bytes, original, REASSEMBLY_BYTES);
}

static void offset_beyond_the_end_is_overflow_only(void **state)
{
    (void)state;
    uint8_t one = 1;
    assert_false(reassembly_put(&r, REASSEMBLY_BYTES, &one, 1));
    assert_true(r.overflow);
    reassembly_reset(&r);
    assert_false(r.overflow);
    assert_false(reassembly_put(&r, UINT32_MAX, &one, 1));
    assert_true(r.overflow);
    assert_int_equal(r.highest, 0);
}

static void reset_forgets_everything(void **state)
{
    (void)state;
    put(0, 1000);
    put(5000, 63);
    put(REASSEMBLY_BYTES - 1, 1);
    reassembly_reset(&r);
    assert_int_equal(r.contiguous, 0);
    assert_int_equal(r.highest, 0);
    for (size_t i = 0; i < sizeof(r.have) / sizeof(r.have[0]); i++)
        assert_true(r.have[i] == 0);
    assert_true(put(0, 64));
    assert_int_equal(r.contiguous, 64);
}

/* A plain model of the contract, one byte at a time. */
static struct {
    bool have[REASSEMBLY_BYTES];
    uint8_t bytes[REASSEMBLY_BYTES];
} model;

static void model_put(uint32_t offset, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n && offset + i < REASSEMBLY_BYTES; i++) {
        if (!model.have[offset + i]) {
            model.have[offset + i] = true;
            model.bytes[offset + i] = bytes[i];
        }
    }
}

static void assert_like_model(void)
{
    uint32_t contiguous = 0, highest = 0;
    while (contiguous < REASSEMBLY_BYTES && model.have[contiguous])
        contiguous++;
    for (uint32_t i = 0; i < REASSEMBLY_BYTES; i++) {
        if (model.have[i])
            highest = i + 1;
    }
    assert_int_equal(r.contiguous, contiguous);
    assert_int_equal(r.highest, highest);
    for (uint32_t i = 0; i < REASSEMBLY_BYTES; i++) {
        assert_int_equal(r.have[i / 64] >> (i % 64) & 1, model.have[i]);
        if (model.have[i])
            assert_int_equal(r.bytes[i], model.bytes[i]);
    }
}

static void random_pieces_agree_with_a_plain_model(void **state)
{
    (void)state;
    srand(20261122);
    for (int round = 0; round < 60; round++) {
        reassembly_reset(&r);
        memset(&model, 0, sizeof(model));
        uint32_t span = (uint32_t)(rand() % REASSEMBLY_BYTES) + 1;
        for (int piece = 0; piece < 40; piece++) {
            uint8_t noise[600];
            uint32_t before = r.contiguous;
            uint32_t offset = (uint32_t)rand() % span;
            size_t n = (size_t)(rand() % (piece % 3 ? 600 : 3));
            for (size_t i = 0; i < n; i++)
                noise[i] = (uint8_t)rand();
            bool grew = reassembly_put(&r, offset, noise, n);
            model_put(offset, noise, n);
            assert_int_equal(grew, r.contiguous > before);
        }
        assert_like_model();
    }
}

/* Cuts the original at random places, shuffles the pieces, widens some so that they overlap, sends some twice. */
static void cut_shuffled_and_overlapped_is_always_restored(void **state)
{
    (void)state;
    enum { PIECES = 64 };
    srand(50608);
    for (int round = 0; round < 400; round++) {
        uint32_t total = (uint32_t)(rand() % (REASSEMBLY_BYTES - 1)) + 1;
        uint32_t start[PIECES], end[PIECES];
        uint32_t at = 0;
        int n = 0;
        while (at < total && n < PIECES) {
            uint32_t len = n == PIECES - 1 ? total - at : (uint32_t)rand() % (total / 8 + 1) + 1;
            len = len < total - at ? len : total - at;
            uint32_t back = (uint32_t)rand() % 3 == 0 ? (uint32_t)rand() % (at + 1) : 0;
            start[n] = at - back;
            end[n++] = at += len;
        }
        reassembly_reset(&r);
        memset(r.bytes, 0, sizeof(r.bytes));
        for (int i = n; i-- > 0;) {
            int pick = rand() % (i + 1);
            put(start[pick], end[pick] - start[pick]);
            if (rand() % 4 == 0)
                put(start[pick], end[pick] - start[pick]);
            start[pick] = start[i];
            end[pick] = end[i];
        }
        assert_int_equal(r.contiguous, total);
        assert_int_equal(r.highest, total);
        assert_false(r.overflow);
        assert_memory_equal(r.bytes, original, total);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pieces_in_order_grow_each_time, fresh),
        cmocka_unit_test_setup(last_piece_first_grows_only_at_the_end, fresh),
        cmocka_unit_test_setup(single_bytes_backwards_are_put_together, fresh),
        cmocka_unit_test_setup(first_byte_wins_over_a_later_copy, fresh),
        cmocka_unit_test_setup(same_piece_again_changes_nothing, fresh),
        cmocka_unit_test_setup(empty_piece_is_nothing, fresh),
        cmocka_unit_test_setup(bytes_beyond_the_end_are_cut_and_told, fresh),
        cmocka_unit_test_setup(offset_beyond_the_end_is_overflow_only, fresh),
        cmocka_unit_test_setup(reset_forgets_everything, fresh),
        cmocka_unit_test_setup(random_pieces_agree_with_a_plain_model, fresh),
        cmocka_unit_test_setup(cut_shuffled_and_overlapped_is_always_restored, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
