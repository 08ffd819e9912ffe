/* test_dns_streams.c -- messages of DNS over TCP, however they are cut, doubled or mixed up. Lost: test_dns_streams_lost.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/dns_talk.h"

/* -- in order -- */

static void a_message_in_one_segment_is_heard(void **state)
{
    (void)state;
    handshake();
    write_whole(true, 1, 40);
    give_rest(true);
    assert_run(1, 1, 40);
    assert_true(heard[0].from_device);
}

static void the_shortest_message_is_a_header(void **state)
{
    (void)state;
    handshake();
    write_whole(true, 1, 12);
    give_rest(true);
    assert_run(1, 1, 12);
}

static void a_capture_may_begin_after_the_syn(void **state)
{
    (void)state;
    write_whole(true, 1, 40);
    give_rest(true);
    write_whole(false, 2, 60);
    give_rest(false);
    assert_int_equal(heard_count, 2);
    assert_heard(0, 1, 40);
    assert_heard(1, 2, 60);
    assert_false(heard[1].from_device);
}

static void a_message_is_heard_wherever_it_is_cut(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 42; cut++) { /* the length's two bytes among them */
        for (int syn = 0; syn < 2; syn++) {
            dns_streams_end(streams, &talk.flow);
            begin_talk(&talk, ISN);
            heard_count = 0;
            if (syn)
                handshake();
            write_whole(true, 1, 40);
            give_next(true, cut);
            assert_int_equal(heard_count, 0);
            give_rest(true);
            assert_run(1, 1, 40);
        }
    }
}

static void one_byte_a_segment_is_enough(void **state)
{
    (void)state;
    handshake();
    for (unsigned i = 1; i <= 5; i++)
        write_whole(true, i, 30);
    while (talk.given[true] < talk.n[true])
        give_next(true, 1);
    assert_run(1, 5, 30);
}

static void several_messages_may_share_a_segment(void **state)
{
    (void)state;
    handshake();
    for (unsigned i = 1; i <= 9; i++)
        write_whole(true, i, 33);
    give_rest(true);
    assert_run(1, 9, 33);
}

static void a_segment_may_end_within_the_next_message(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 35; cut++) {
        dns_streams_end(streams, &talk.flow);
        begin_talk(&talk, ISN);
        heard_count = 0;
        handshake();
        write_whole(true, 1, 33);
        write_whole(true, 2, 33);
        write_whole(true, 3, 33);
        give_next(true, 35 + cut);
        assert_run(1, 1, 33);
        give_rest(true);
        assert_run(1, 3, 33);
    }
}

static void both_sides_are_heard(void **state)
{
    (void)state;
    handshake();
    for (unsigned i = 0; i < 50; i++) {
        write_whole(true, 2 * i, 30);
        write_whole(false, 2 * i + 1, 300);
        give_next(true, 17);
        give_next(false, 9);
        give_rest(true);
        give_rest(false);
    }
    assert_int_equal(heard_count, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_heard(i, i, i % 2 ? 300 : 30);
        assert_int_equal(heard[i].from_device, i % 2 == 0);
    }
}

static void a_syn_may_carry_the_first_bytes(void **state)
{
    (void)state;
    write_whole(true, 1, 40); /* TCP Fast Open */
    give_cut(&talk, true, 0, 25, 25, TCP_SYN);
    talk.given[true] = 25;
    give_rest(true);
    assert_run(1, 1, 40);
}

static void two_hundred_messages_on_one_connection_are_all_heard(void **state)
{
    (void)state;
    for (size_t segment = 1; segment < 3000; segment = segment * 3 + 1) {
        dns_streams_end(streams, &talk.flow);
        begin_talk(&talk, ISN);
        heard_count = 0;
        handshake();
        for (unsigned i = 0; i < 200; i++)
            write_whole(false, i, 500); /* 100 KB */
        while (talk.given[false] < talk.n[false]) {
            size_t left = talk.n[false] - talk.given[false];
            give_next(false, left < segment ? left : segment);
        }
        assert_run(0, 200, 500);
    }
}

static void segments_larger_than_the_buffer_are_read_to_their_end(void **state)
{
    (void)state;
    handshake();
    for (unsigned i = 0; i < 90; i++)
        write_whole(false, i, 700 + i % 2 * 3000);
    give_rest(false); /* offloading joins segments: more than 64 KiB at once */
    assert_int_equal(heard_count, 90);
    for (unsigned i = 0; i < 90; i++)
        assert_heard(i, i, 700 + i % 2 * 3000);
}

static void sequence_numbers_may_wrap(void **state)
{
    (void)state;
    for (uint32_t before = 0; before < 200; before++) { /* somewhere in, before and behind these messages */
        dns_streams_end(streams, &talk.flow);
        begin_talk(&talk, 0u - before);
        talk.isn[1] = 0u - before / 2;
        heard_count = 0;
        handshake();
        for (unsigned i = 1; i <= 3; i++)
            write_whole(true, i, 50);
        give(true, 30, 60);
        give(true, 0, 30);
        give(true, 90, talk.n[true] - 90);
        assert_run(1, 3, 50);
    }
}

/* -- out of order -- */

static void segments_in_the_wrong_order_are_put_right(void **state)
{
    (void)state;
    for (size_t first = 1; first < 50; first += 7) {
        for (size_t second = first + 1; second < 100; second += 9) {
            dns_streams_end(streams, &talk.flow);
            begin_talk(&talk, ISN);
            heard_count = 0;
            handshake();
            for (unsigned i = 1; i <= 3; i++)
                write_whole(true, i, 40);
            give(true, second, talk.n[true] - second);
            give(true, first, second - first);
            assert_int_equal(heard_count, 0);
            give(true, 0, first);
            assert_run(1, 3, 40);
        }
    }
}

static void an_answer_in_the_wrong_order_needs_no_syn(void **state)
{
    (void)state;
    write_whole(true, 1, 40);
    give_rest(true); /* says by its acknowledgement where the answer will begin */
    write_whole(false, 2, 3000);
    give(false, 1400, 1602);
    give(false, 0, 1400);
    assert_int_equal(heard_count, 2);
    assert_heard(1, 2, 3000);
}

static void what_is_sent_again_is_heard_once(void **state)
{
    (void)state;
    handshake();
    for (unsigned i = 1; i <= 4; i++)
        write_whole(true, i, 40);
    for (size_t at = 0; at + 20 <= talk.n[true]; at += 10) { /* each segment overlaps the one before by half */
        give(true, at, 20);
        give(true, at, 20);
        give(true, 0, 20);
    }
    give(true, talk.n[true] - 10, 10);
    assert_run(1, 4, 40);
    give(true, 0, talk.n[true]);
    assert_run(1, 4, 40);
}

static void a_syn_sent_again_changes_nothing(void **state)
{
    (void)state;
    handshake();
    write_whole(true, 1, 40);
    write_whole(true, 2, 40);
    write_whole(false, 3, 40);
    give_next(true, 60);
    give_next(false, 20);
    handshake();
    give_rest(true);
    give_rest(false);
    assert_int_equal(heard_count, 3);
    assert_heard(2, 3, 40);
}

static void a_syn_with_another_number_begins_anew(void **state)
{
    (void)state;
    handshake(); /* a first try that nobody answered */
    talk.isn[true] = 0xdeadbeef;
    handshake();
    write_whole(true, 1, 40);
    give(true, 20, 22);
    give(true, 0, 20);
    assert_run(1, 1, 40);
}

static void pieces_behind_a_hole_survive_that_room_is_made(void **state)
{
    (void)state;
    handshake();
    for (unsigned i = 0; i < 40; i++)
        write_whole(true, i, 1000);
    give(true, 0, 7000);
    give(true, 8000, 8000); /* behind a hole of 1000 bytes, nearly to the buffer's end */
    give(true, 16000, 2000);
    give(true, 7000, 1000);
    talk.given[true] = 18000;
    give_rest(true);
    assert_run(0, 40, 1000);
}

/* Lists of messages, cut and mixed within what the buffer can put right. */
static void however_a_stream_is_cut_and_mixed_the_messages_are_the_same(void **state)
{
    (void)state;
    enum { CUTS_MAX = 4000, WINDOW = 8 };
    static struct {
        size_t at, n;
    } cuts[CUTS_MAX];
    srand(7766);
    for (int round = 0; round < 200; round++) {
        dns_streams_end(streams, &talk.flow);
        begin_talk(&talk, (uint32_t)rand() << 8);
        heard_count = 0;
        handshake();
        unsigned messages = 1 + (unsigned)rand() % 120;
        size_t largest = rand() % 3 ? 300 : 4000, lengths[120], made = 0;
        for (unsigned i = 0; i < messages; i++) {
            lengths[i] = 12 + (size_t)rand() % largest;
            write_whole(false, i, lengths[i]);
        }
        size_t longest_cut = talk.n[false] / CUTS_MAX * 2 + 3 + (size_t)rand() % 1000;
        for (size_t at = 0; at < talk.n[false]; at += cuts[made++].n) {
            size_t left = talk.n[false] - at, n = 1 + longest_cut / 2 + (size_t)rand() % (longest_cut / 2 + 1);
            assert_true(made < CUTS_MAX);
            cuts[made].at = at;
            cuts[made].n = n < left ? n : left;
        }
        for (size_t first = 0; first < made; first += WINDOW) { /* mix each window */
            size_t in_window = made - first < WINDOW ? made - first : WINDOW;
            for (size_t i = in_window - 1; i > 0; i--) {
                size_t other = first + (size_t)rand() % (i + 1), at = cuts[first + i].at, n = cuts[first + i].n;
                cuts[first + i] = cuts[other];
                cuts[other].at = at;
                cuts[other].n = n;
            }
        }
        for (size_t i = 0; i < made; i++) {
            give(false, cuts[i].at, cuts[i].n);
            if (rand() % 8 == 0) /* sent again, with its neighbours' bytes */
                give(false, cuts[i].at,
                     cuts[i].n + (size_t)rand() % (talk.n[false] - cuts[i].at - cuts[i].n + 1) % 200);
        }
        assert_int_equal(heard_count, messages);
        for (unsigned i = 0; i < messages; i++)
            assert_heard(i, i, lengths[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_message_in_one_segment_is_heard),
        TEST(the_shortest_message_is_a_header),
        TEST(a_capture_may_begin_after_the_syn),
        TEST(a_message_is_heard_wherever_it_is_cut),
        TEST(one_byte_a_segment_is_enough),
        TEST(several_messages_may_share_a_segment),
        TEST(a_segment_may_end_within_the_next_message),
        TEST(both_sides_are_heard),
        TEST(a_syn_may_carry_the_first_bytes),
        TEST(two_hundred_messages_on_one_connection_are_all_heard),
        TEST(segments_larger_than_the_buffer_are_read_to_their_end),
        TEST(sequence_numbers_may_wrap),
        TEST(segments_in_the_wrong_order_are_put_right),
        TEST(an_answer_in_the_wrong_order_needs_no_syn),
        TEST(what_is_sent_again_is_heard_once),
        TEST(a_syn_sent_again_changes_nothing),
        TEST(a_syn_with_another_number_begins_anew),
        TEST(pieces_behind_a_hole_survive_that_room_is_made),
        TEST(however_a_stream_is_cut_and_mixed_the_messages_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
