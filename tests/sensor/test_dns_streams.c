/* test_dns_streams.c -- messages of DNS over TCP, however they are cut, lost, doubled or mixed up.
 *
 * What a message says is of no interest here: each is a pattern of its own that starts with its number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sensor/dns_streams.h"
#include "tests/sensor/made_packet.h"

#define HEARD_MAX 1024
#define ISN       5000u

/* -- a conversation as the wire has it -- */

struct talk {
    struct flow flow;
    uint32_t isn[2]; /* [from_device] the sequence number before the first byte */
    uint8_t bytes[2][400000];
    size_t n[2];     /* bytes said */
    size_t given[2]; /* ... and shown, by give_next() */
};

struct message_heard {
    unsigned number;
    size_t n;
    bool from_device;
};

static struct dns_streams *streams;
static struct talk talk;
static struct message_heard heard[HEARD_MAX];
static unsigned heard_count;
static bool giving_from_device;

static uint8_t pattern(unsigned number, size_t at)
{
    return at == 0 ? (uint8_t)(number >> 8) : at == 1 ? (uint8_t)number : (uint8_t)(number * 31 + at * 7);
}

/* A message comes whole and unchanged, or (of a longer one) its first part. */
static void hear(void *context, const uint8_t *message, size_t n)
{
    assert_ptr_equal(context, &talk);
    assert_true(n >= 2 && heard_count < HEARD_MAX);
    struct message_heard *h = &heard[heard_count++];
    *h = (struct message_heard){.number = (unsigned)message[0] << 8 | message[1], .n = n, .from_device = giving_from_device};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(message[i], pattern(h->number, i));
}

static void begin_talk(struct talk *t, uint32_t isn)
{
    t->flow = (struct flow){.device = NO_INDEX, .contact = NO_INDEX, .hello = NO_INDEX, .inspection = NO_INDEX, .by_address = NO_INDEX,
                            .dns_stream = NO_INDEX, .proto = IP_PROTO_TCP};
    t->isn[0] = isn;
    t->isn[1] = isn + 77777;
    memset(t->n, 0, sizeof(t->n));
    memset(t->given, 0, sizeof(t->given));
}

static int begin(void **state)
{
    (void)state;
    streams = dns_streams_new(4);
    assert_non_null(streams);
    begin_talk(&talk, ISN);
    heard_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    dns_streams_end(streams, &talk.flow);
    assert_int_equal(talk.flow.dns_stream, NO_INDEX);
    dns_streams_free(streams);
    dns_streams_free(NULL);
    return 0;
}

/* Something of a side's stream: the length says `declared`, and `n` bytes of the message follow. */
static void write_message(bool from_device, unsigned number, size_t declared, size_t n)
{
    uint8_t *to = talk.bytes[from_device] + talk.n[from_device];
    assert_true(talk.n[from_device] + 2 + n <= sizeof(talk.bytes[0]) && declared < 65536);
    to[0] = (uint8_t)(declared >> 8);
    to[1] = (uint8_t)declared;
    for (size_t i = 0; i < n; i++)
        to[2 + i] = pattern(number, i);
    talk.n[from_device] += 2 + n;
}

static void write_whole(bool from_device, unsigned number, size_t n)
{
    write_message(from_device, number, n, n);
}

/* One segment, in a heap buffer of exactly its size. `wire` bytes on the wire, the first n captured. */
static void give_cut(struct talk *t, bool from_device, size_t at, size_t n, size_t wire, uint8_t flags)
{
    struct packet p = made_packet(IP_PROTO_TCP, "192.168.1.20", 50000, "198.51.100.53", 53);
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    if (n > 0)
        memcpy(exact, t->bytes[from_device] + at, n);
    if (!from_device)
        p = made_answer(&p);
    made_payload(&p, exact, n);
    p.payload_wire_len = (uint32_t)wire;
    p.tcp_flags = flags;
    p.tcp_seq = t->isn[from_device] + (flags & TCP_SYN ? 0 : 1) + (uint32_t)at;
    p.tcp_ack = flags & TCP_ACK ? t->isn[!from_device] + 1 + (uint32_t)t->given[!from_device] : 0;
    giving_from_device = from_device;
    dns_streams_packet(streams, &t->flow, &p, from_device, hear, &talk);
    memset(exact, 0xee, n);
    free(exact);
}

static void give(bool from_device, size_t at, size_t n)
{
    give_cut(&talk, from_device, at, n, n, TCP_ACK | TCP_PSH);
    if (at + n > talk.given[from_device])
        talk.given[from_device] = at + n;
}

static void give_next(bool from_device, size_t n)
{
    give(from_device, talk.given[from_device], n);
}

static void give_rest(bool from_device)
{
    give_next(from_device, talk.n[from_device] - talk.given[from_device]);
}

static void handshake(void)
{
    give_cut(&talk, true, 0, 0, 0, TCP_SYN);
    give_cut(&talk, false, 0, 0, 0, TCP_SYN | TCP_ACK);
}

static void assert_heard(unsigned at, unsigned number, size_t n)
{
    if (at >= heard_count)
        fail_msg("heard %u messages, not number %u", heard_count, number);
    assert_int_equal(heard[at].number, number);
    assert_int_equal(heard[at].n, n);
}

/* All that was heard: this many messages of n bytes, numbered from `first`. */
static void assert_run(unsigned first, unsigned count, size_t n)
{
    for (unsigned i = 0; i < count; i++)
        assert_heard(i, first + i, n);
    assert_int_equal(heard_count, count);
}

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
                give(false, cuts[i].at, cuts[i].n + (size_t)rand() % (talk.n[false] - cuts[i].at - cuts[i].n + 1) % 200);
        }
        assert_int_equal(heard_count, messages);
        for (unsigned i = 0; i < messages; i++)
            assert_heard(i, i, lengths[i]);
    }
}

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
