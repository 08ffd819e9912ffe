/* test_capture_trim.c -- how much of each frame the kernel is asked for, with libpcap's own interpreter in its place. */
#include "sensor/capture_trim.h"

#include "sensor/capture_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FRAME 1514u

static uint8_t frame[FRAME];

/* words: of the IPv4 header. Returns where the payload begins. */
static unsigned make(bool v6, unsigned words, uint8_t proto, uint16_t src_port, uint16_t dst_port, uint8_t first)
{
    memset(frame, 0, sizeof(frame));
    frame[12] = v6 ? 0x86 : 0x08;
    frame[13] = v6 ? 0xdd : 0x00;
    frame[14] = (uint8_t)(v6 ? 0x60 : 0x40 | words);
    frame[v6 ? 20 : 23] = proto;
    uint8_t *body = frame + 14 + (v6 ? 40 : words * 4);
    body[0] = (uint8_t)(src_port >> 8);
    body[1] = (uint8_t)src_port;
    body[2] = (uint8_t)(dst_port >> 8);
    body[3] = (uint8_t)dst_port;
    if (proto == 6)
        body[12] = 8 << 4; /* twelve bytes of options */
    else
        body[8] = first;
    return (unsigned)(body - frame) + (proto == 6 ? 32 : 8);
}

static unsigned kept_of(unsigned len)
{
    uint8_t *heap = malloc(len ? len : 1); /* exactly as long: a load behind the end is seen */
    assert_non_null(heap);
    memcpy(heap, frame, len);
    unsigned kept = bpf_filter(capture_trim_program().bf_insns, heap, len, len);
    free(heap);
    return kept;
}

static void the_kernel_would_take_the_program(void **state)
{
    (void)state;
    struct bpf_program p = capture_trim_program();
    assert_true(bpf_validate(p.bf_insns, (int)p.bf_len));
}

static void a_servers_segment_keeps_its_beginning(void **state)
{
    (void)state;
    static const uint16_t ports[] = {443, 80, 8080};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned words = 5; words <= 15; words++) {
            unsigned at = make(false, words, 6, ports[i], 50000, 0);
            assert_int_equal(kept_of(FRAME), at + CAPTURE_TRIM_KEEP);
        }
    unsigned at = make(true, 0, 6, 443, 50000, 0);
    assert_int_equal(kept_of(FRAME), at + CAPTURE_TRIM_KEEP);
}

static void what_a_client_says_is_whole(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        make(v6, 5, 6, 50000, 443, 0);
        assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
        make(v6, 5, 17, 50000, 443, 0xc0); /* an Initial */
        assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
        make(v6, 5, 17, 53, 50000, 0x40); /* an answer of DNS */
        assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
        make(v6, 5, 6, 53, 50000, 0);
        assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
    }
}

static void quic_after_the_handshake_keeps_little(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++)
        for (int up = 0; up < 2; up++) {
            unsigned at = make(v6, 5, 17, up ? 50000 : 443, up ? 443 : 50000, 0x5a);
            assert_int_equal(kept_of(FRAME), at + CAPTURE_TRIM_QUIC);
        }
}

static void pieces_of_datagrams_and_other_protocols_are_whole(void **state)
{
    (void)state;
    make(false, 5, 6, 443, 50000, 0);
    frame[20] = 0x20; /* more to come */
    assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
    make(false, 5, 1, 443, 50000, 0);
    assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
    make(true, 0, 44, 443, 50000, 0); /* a fragment header */
    assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
    make(false, 5, 6, 443, 50000, 0);
    frame[12] = 0x81; /* a tag within */
    assert_int_equal(kept_of(FRAME), CAPTURE_FRAME_MAX);
}

/* A load behind the end would make the kernel refuse the frame. */
static void no_frame_is_refused_however_short(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++)
        for (unsigned words = 5; words <= 15; words += 5)
            for (unsigned len = 0; len <= 200; len++) {
                make(v6, words, 6, 443, 50000, 0);
                assert_true(kept_of(len) > 0);
                make(v6, words, 17, 443, 50000, 0x40);
                assert_true(kept_of(len) > 0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_would_take_the_program),
        cmocka_unit_test(a_servers_segment_keeps_its_beginning),
        cmocka_unit_test(what_a_client_says_is_whole),
        cmocka_unit_test(quic_after_the_handshake_keeps_little),
        cmocka_unit_test(pieces_of_datagrams_and_other_protocols_are_whole),
        cmocka_unit_test(no_frame_is_refused_however_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
