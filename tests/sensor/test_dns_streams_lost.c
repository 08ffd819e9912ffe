/* test_dns_streams_lost.c -- DNS over TCP of which not all comes: long messages, short captures, lost segments, full tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/dns_talk.h"

/* -- too long, cut, lost, garbage -- */

static void the_longest_message_that_fits_is_heard_whole(void **state)
{
    (void)state;
    handshake();
    write_whole(false, 1, 16382);
    write_whole(false, 2, 40);
    while (talk.given[false] + 1000 < talk.n[false])
        give_next(false, 1000);
    give_rest(false);
    assert_int_equal(heard_count, 2);
    assert_heard(0, 1, 16382);
    assert_heard(1, 2, 40);
}

static void of_a_longer_message_the_first_part_is_heard_and_then_the_next_message(void **state)
{
    (void)state;
    static const size_t lengths[] = {16383, 20000, 40000, 65535};
    for (size_t i = 0; i < 4; i++) {
        for (size_t segment = 100; segment < 100000; segment *= 7) {
            dns_streams_end(streams, &talk.flow);
            begin_talk(&talk, ISN);
            heard_count = 0;
            handshake();
            write_whole(false, 1, 40);
            write_whole(false, 2, lengths[i]);
            write_whole(false, 3, 50);
            write_whole(false, 4, lengths[i]);
            write_whole(false, 5, 60);
            while (talk.given[false] + segment < talk.n[false])
                give_next(false, segment);
            give_rest(false);
            assert_int_equal(heard_count, 5);
            for (unsigned j = 0; j < 5; j++)
                assert_int_equal(heard[j].number, j + 1);
            assert_true(heard[1].n >= 8192 && heard[1].n < 16384 && heard[3].n >= 8192);
            assert_heard(4, 5, 60);
        }
    }
}

static void of_a_message_that_the_capture_cut_the_first_part_is_heard(void **state)
{
    (void)state;
    for (size_t captured = 0; captured < 1002; captured++) {
        dns_streams_end(streams, &talk.flow);
        begin_talk(&talk, ISN);
        heard_count = 0;
        handshake();
        write_whole(false, 1, 1000);
        write_whole(false, 2, 40);
        give_cut(&talk, false, 0, captured, 1002, TCP_ACK);
        talk.given[false] = 1002;
        unsigned first = captured >= 14;
        assert_int_equal(heard_count, first);
        if (first)
            assert_heard(0, 1, captured - 2);
        give_rest(false);
        assert_heard(first, 2, 40);
    }
}

/* What the cut hides may be the end of one message and the beginning of the next; where that begins is known from the length. */
static void a_message_over_several_cut_segments_is_heard_once(void **state)
{
    (void)state;
    handshake();
    write_whole(false, 1, 3000);
    write_whole(false, 2, 40);
    give_cut(&talk, false, 0, 512, 1400, TCP_ACK);
    give_cut(&talk, false, 1400, 512, 1400, TCP_ACK);
    give_cut(&talk, false, 2800, 244, 244, TCP_ACK);
    assert_int_equal(heard_count, 2);
    assert_heard(0, 1, 510);
    assert_heard(1, 2, 40);
}

static void a_cut_that_hides_a_boundary_is_passed_over(void **state)
{
    (void)state;
    handshake();
    write_whole(false, 1, 100);
    write_whole(false, 2, 100);
    write_whole(false, 3, 100);
    give_cut(&talk, false, 0, 60, 204, TCP_ACK);
    give_cut(&talk, false, 204, 102, 102, TCP_ACK);
    assert_int_equal(heard_count, 2);
    assert_heard(0, 1, 58);
    assert_heard(1, 3, 100);
}

static void a_length_that_no_message_has_is_passed_over(void **state)
{
    (void)state;
    for (size_t length = 0; length < 12; length++) {
        dns_streams_end(streams, &talk.flow);
        begin_talk(&talk, ISN);
        heard_count = 0;
        handshake();
        write_whole(true, 1, 40);
        write_message(true, 2, length, 300);
        give_rest(true);
        assert_run(1, 1, 40);
        write_whole(true, 2, 40); /* the next segment may begin a message again */
        give_rest(true);
        assert_run(1, 2, 40);
    }
}

static void hear_anything(void *context, const uint8_t *message, size_t n)
{
    unsigned *sum = context;
    assert_true(n >= 12 && n < 65536);
    for (size_t i = 0; i < n; i++)
        *sum += message[i];
}

static void noise_is_survived(void **state)
{
    (void)state;
    static const uint8_t flags[] = {0, TCP_ACK, TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK | TCP_FIN};
    unsigned sum = 0;
    srand(53);
    for (int round = 0; round < 20000; round++) {
        struct packet p = made_packet(IP_PROTO_TCP, "192.168.1.20", 50000, "198.51.100.53", 53);
        size_t n = (size_t)rand() % (rand() % 10 ? 60 : 20000);
        uint8_t *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        for (size_t i = 0; i < n; i++)
            exact[i] = (uint8_t)(rand() % 3 ? 0 : rand());
        made_payload(&p, exact, n);
        p.payload_wire_len += rand() % 10 == 0 ? (uint32_t)rand() % 70000 : 0;
        p.tcp_flags = flags[(size_t)rand() % sizeof(flags)];
        p.tcp_seq = rand() % 50 ? (uint32_t)rand() % 40000 : (uint32_t)rand() << 4;
        p.tcp_ack = (uint32_t)rand();
        dns_streams_packet(streams, &talk.flow, &p, rand() % 2, hear_anything, &sum);
        free(exact);
    }
}

static void a_segment_that_was_lost_costs_its_own_messages_only(void **state)
{
    (void)state;
    handshake();
    for (unsigned i = 0; i < 100; i++)
        write_whole(false, i, 998); /* a message a segment */
    for (size_t i = 0; i < 100; i++)
        if (i != 10 && i != 50 && i != 51)
            give(false, i * 1000, 1000);
    assert_int_equal(heard_count, 97);
    for (unsigned i = 0; i < 97; i++)
        assert_heard(i, i < 10 ? i : i < 49 ? i + 1 : i + 3, 998);
}

static void a_message_whose_end_was_lost_is_heard_as_far_as_it_came(void **state)
{
    (void)state;
    handshake();
    write_whole(false, 0, 3998);
    for (unsigned i = 1; i < 40; i++)
        write_whole(false, i, 998);
    for (size_t i = 0; i < 43; i++)
        if (i != 2)
            give(false, i * 1000, 1000);
    assert_int_equal(heard_count, 40);
    assert_heard(0, 0, 1998);
    for (unsigned i = 1; i < 40; i++) /* the first message's length still says where the second begins */
        assert_heard(i, i, 998);
}

/* -- places -- */

static struct talk others[5];

static void say_part(struct talk *t, size_t at, size_t n)
{
    memcpy(t->bytes[true], talk.bytes[true], 100);
    give_cut(t, true, at, n, n, TCP_ACK);
}

static void the_conversation_touched_longest_ago_is_given_up(void **state)
{
    (void)state;
    write_whole(true, 7, 40);
    for (int i = 0; i < 4; i++) {
        begin_talk(&others[i], ISN + (uint32_t)i);
        say_part(&others[i], 0, 10);
    }
    say_part(&others[0], 10, 10); /* now the second is the oldest */
    begin_talk(&others[4], ISN);
    say_part(&others[4], 0, 10);
    assert_int_equal(others[1].flow.dns_stream, NO_INDEX);
    for (int i = 0; i < 5; i++)
        assert_true(i == 1 || others[i].flow.dns_stream < 4);
    assert_int_equal(heard_count, 0);
    say_part(&others[0], 20, 22);
    say_part(&others[4], 10, 32);
    assert_int_equal(heard_count, 2);
    for (int i = 0; i < 5; i++)
        dns_streams_end(streams, &others[i].flow);
}

static void one_that_was_given_up_goes_on_with_its_next_message(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        begin_talk(&others[i], ISN + (uint32_t)i);
        write_whole(true, 7, 40);
        say_part(&others[i], 0, 42);
    }
    assert_int_equal(heard_count, 5);
    assert_int_equal(others[0].flow.dns_stream, NO_INDEX);
    give_cut(&others[0], true, 0, 42, 42, TCP_ACK); /* another message, as far as anybody remembers */
    assert_int_equal(heard_count, 6);
    for (int i = 0; i < 5; i++)
        dns_streams_end(streams, &others[i].flow);
}

static void a_flood_of_syns_takes_no_place_from_one_that_spoke(void **state)
{
    (void)state;
    static struct talk flood[20];
    handshake();
    write_whole(true, 7, 40);
    give_next(true, 20);
    for (int i = 0; i < 20; i++) {
        begin_talk(&flood[i], ISN * (uint32_t)i);
        give_cut(&flood[i], true, 0, 0, 0, TCP_SYN);
    }
    assert_true(talk.flow.dns_stream < 4);
    give_rest(true);
    assert_run(7, 1, 40);
    for (int i = 0; i < 20; i++)
        dns_streams_end(streams, &flood[i].flow);
}

static void an_end_gives_the_place_back_clean(void **state)
{
    (void)state;
    write_whole(true, 7, 40);
    for (unsigned round = 0; round < 50; round++) {
        begin_talk(&others[round % 5], ISN);
        say_part(&others[round % 5], 0, 21 + round % 20); /* a message begins and does not end */
        assert_true(others[round % 5].flow.dns_stream < 4);
        dns_streams_end(streams, &others[round % 5].flow);
        assert_int_equal(others[round % 5].flow.dns_stream, NO_INDEX);
        dns_streams_end(streams, &others[round % 5].flow); /* twice is once */
    }
    assert_int_equal(heard_count, 0);
    begin_talk(&others[0], ISN);
    say_part(&others[0], 0, 42); /* nothing is left of those before */
    assert_run(7, 1, 40);
    dns_streams_end(streams, &others[0].flow);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_longest_message_that_fits_is_heard_whole),
        TEST(of_a_longer_message_the_first_part_is_heard_and_then_the_next_message),
        TEST(of_a_message_that_the_capture_cut_the_first_part_is_heard),
        TEST(a_message_over_several_cut_segments_is_heard_once),
        TEST(a_cut_that_hides_a_boundary_is_passed_over),
        TEST(a_length_that_no_message_has_is_passed_over),
        TEST(noise_is_survived),
        TEST(a_segment_that_was_lost_costs_its_own_messages_only),
        TEST(a_message_whose_end_was_lost_is_heard_as_far_as_it_came),
        TEST(the_conversation_touched_longest_ago_is_given_up),
        TEST(one_that_was_given_up_goes_on_with_its_next_message),
        TEST(a_flood_of_syns_takes_no_place_from_one_that_spoke),
        TEST(an_end_gives_the_place_back_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
