/* test_flow_names.c -- names on TCP flows, however the bytes come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/conversation.h"
#include "tests/support/hello_maker.h"

#define NAME "tracker.example" /* that of hello_usual() */

static struct made_hello hello; /* as a browser's stream begins: one record */
static struct conversation c;

/* A record with a hello for this name, with so many bytes of extensions in front of the name and behind it. */
static void make_hello(struct made_hello *out, const char *name, size_t front, size_t behind)
{
    static struct made_hello message, extensions;
    static const uint8_t padding[20000];
    extensions.n = 0;
    hello_extension(&extensions, 21, padding, front);
    if (name)
        hello_server_name(&extensions, name);
    hello_extension(&extensions, 22, padding, behind);
    hello_with(&message, &extensions);
    out->n = 0;
    hello_record(out, message.bytes, message.n);
}

static int begin(void **state)
{
    (void)state;
    static struct made_hello message;
    hello_usual(&message);
    hello.n = 0;
    hello_record(&hello, message.bytes, message.n);
    listen_for_names(4);
    c = a_conversation(IP_PROTO_TCP, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    end_conversation(&c);
    flow_names_free(names);
    flow_names_free(NULL);
    return 0;
}

/* -- hellos -- */

static void a_hello_in_one_segment_takes_no_slot(void **state)
{
    (void)state;
    handshake(&c);
    say_bytes(&c, hello.bytes, hello.n);
    assert_only(NAME_TLS, NAME);
    assert_true(heard[0].from_device && heard[0].ech);
    assert_int_equal(c.flow.hello, NO_INDEX);
    assert_int_equal(c.flow.flags & (FLOW_NAMED | FLOW_NAMES_DONE | FLOW_HELLO_BEGAN),
                     FLOW_NAMED | FLOW_NAMES_DONE | FLOW_HELLO_BEGAN);
}

static void a_capture_may_begin_after_the_syn(void **state)
{
    (void)state;
    say_bytes(&c, hello.bytes, hello.n);
    assert_only(NAME_TLS, NAME);
}

static void a_hello_is_found_wherever_it_is_cut(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < hello.n; cut++) {
        for (int syn = 0; syn < 2; syn++) {
            heard_count = 0;
            c = a_conversation(IP_PROTO_TCP, true);
            if (syn)
                handshake(&c);
            segment(&c, 0, hello.bytes, cut);
            segment(&c, (uint32_t)cut, hello.bytes + cut, hello.n - cut);
            assert_only(NAME_TLS, NAME);
            end_conversation(&c);
            assert_int_equal(heard_count, 1);
        }
    }
}

static void segments_in_the_wrong_order_are_put_right(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < hello.n; cut++) {
        heard_count = 0;
        c = a_conversation(IP_PROTO_TCP, true);
        handshake(&c);
        segment(&c, (uint32_t)cut, hello.bytes + cut, hello.n - cut);
        assert_int_equal(heard_count, 0);
        segment(&c, 0, hello.bytes, cut);
        assert_only(NAME_TLS, NAME);
        end_conversation(&c);
    }
}

static void segments_of_one_byte_in_any_order_are_put_right(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        heard_count = 0;
        c = a_conversation(IP_PROTO_TCP, true);
        handshake(&c);
        for (size_t i = 0; i < hello.n; i++) {
            size_t at = order == 0 ? i : order == 1 ? hello.n - 1 - i : i * 101 % hello.n;
            assert_int_not_equal(hello.n % 101, 0);
            if (!(c.flow.flags & FLOW_NAMES_DONE))
                c.flow.payloads = 1; /* patience is another test's subject */
            segment(&c, (uint32_t)at, hello.bytes + at, 1);
        }
        assert_only(NAME_TLS, NAME);
        end_conversation(&c);
    }
}

static void a_segment_sent_again_changes_nothing(void **state)
{
    (void)state;
    handshake(&c);
    segment(&c, 0, hello.bytes, 60);
    segment(&c, 0, hello.bytes, 60);
    segment(&c, 30, hello.bytes + 30, 60); /* overlaps both ways */
    segment(&c, 0, hello.bytes, 10);
    assert_int_equal(heard_count, 0);
    segment(&c, 80, hello.bytes + 80, hello.n - 80);
    segment(&c, 80, hello.bytes + 80, hello.n - 80);
    assert_only(NAME_TLS, NAME);
}

/* Some stacks keep a connection alive with one byte before the ones that count. */
static void what_lies_before_the_stream_is_not_part_of_it(void **state)
{
    (void)state;
    handshake(&c);
    segment(&c, (uint32_t)-1, "\0", 1);
    segment(&c, (uint32_t)-1, "\0", 1);
    uint8_t bytes[70000];
    bytes[0] = 0;
    memcpy(bytes + 1, hello.bytes, hello.n);
    segment(&c, (uint32_t)-1, bytes, hello.n + 1);
    assert_only(NAME_TLS, NAME);
}

static void sequence_numbers_may_wrap_inside_a_hello(void **state)
{
    (void)state;
    for (uint32_t before = 1; before < hello.n; before++) {
        heard_count = 0;
        c = a_conversation(IP_PROTO_TCP, true);
        c.first_seq = 0 - before;
        handshake(&c);
        segment(&c, 100, hello.bytes + 100, hello.n - 100);
        segment(&c, 0, hello.bytes, 50);
        segment(&c, 50, hello.bytes + 50, 50);
        assert_only(NAME_TLS, NAME);
        end_conversation(&c);
    }
}

static void data_in_the_syn_are_the_streams_first(void **state)
{
    (void)state;
    syn_with(&c, hello.bytes, hello.n);
    assert_only(NAME_TLS, NAME);
    end_conversation(&c);
    heard_count = 0;
    c = a_conversation(IP_PROTO_TCP, true);
    syn_with(&c, hello.bytes, 70);
    syn_answer(&c);
    say_bytes(&c, hello.bytes + 70, hello.n - 70);
    assert_only(NAME_TLS, NAME);
}

static void a_name_in_the_first_segment_is_told_without_waiting_for_the_rest(void **state)
{
    (void)state;
    static struct made_hello large;
    make_hello(&large, "early.example", 100, 1500);
    handshake(&c);
    segment(&c, 0, large.bytes, 1200);
    assert_only(NAME_TLS, "early.example");
    assert_int_equal(c.flow.hello, NO_INDEX);
}

static void a_large_hello_with_its_name_at_the_end_is_waited_for(void **state)
{
    (void)state;
    static struct made_hello large;
    make_hello(&large, "late.example", 9000, 0);
    handshake(&c);
    for (uint32_t at = 0; at < large.n; at += 1400)
        segment(&c, at, large.bytes + at, large.n - at < 1400 ? large.n - at : 1400);
    assert_only(NAME_TLS, "late.example");
}

static void a_hello_larger_than_the_memory_for_it_ends_the_search(void **state)
{
    (void)state;
    static struct made_hello one, large; /* over two records, since one cannot be so large */
    make_hello(&one, "never.example", 16800, 0);
    large.n = 0;
    hello_record(&large, one.bytes + 5, 9000);
    hello_record(&large, one.bytes + 5 + 9000, one.n - 5 - 9000);
    handshake(&c);
    for (uint32_t at = 0; at < large.n; at += 1400)
        segment(&c, at, large.bytes + at, large.n - at < 1400 ? large.n - at : 1400);
    assert_int_equal(heard_count, 0);
    assert_int_equal(c.flow.hello, NO_INDEX);
    assert_int_equal(c.flow.flags & (FLOW_NAMES_DONE | FLOW_HELLO_BEGAN | FLOW_HELLO_WHOLE),
                     FLOW_NAMES_DONE | FLOW_HELLO_BEGAN);
}

static void a_hello_without_a_name_is_whole_all_the_same(void **state)
{
    (void)state;
    static struct made_hello nameless;
    make_hello(&nameless, NULL, 5, 5);
    handshake(&c);
    say_bytes(&c, nameless.bytes, 40);
    say_bytes(&c, nameless.bytes + 40, nameless.n - 40);
    assert_int_equal(heard_count, 0);
    assert_int_equal(c.flow.flags & (FLOW_NAMED | FLOW_HELLO_WHOLE | FLOW_NAMES_DONE),
                     FLOW_HELLO_WHOLE | FLOW_NAMES_DONE);
    assert_int_equal(c.flow.hello, NO_INDEX);
}

static void a_hello_that_never_becomes_whole_is_incomplete(void **state)
{
    (void)state;
    handshake(&c);
    segment(&c, 0, hello.bytes, 60); /* the name lies behind */
    end_conversation(&c);
    assert_int_equal(heard_count, 0);
    assert_int_equal(c.flow.flags & (FLOW_HELLO_BEGAN | FLOW_HELLO_WHOLE | FLOW_NAMED), FLOW_HELLO_BEGAN);
}

/* The hole is never filled, but the name lies before it: what there is is read when the flow ends. */
static void what_there_is_of_a_hello_is_read_at_the_end(void **state)
{
    (void)state;
    static struct made_hello large;
    make_hello(&large, "ending.example", 2000, 2000);
    handshake(&c);
    segment(&c, 0, large.bytes, 1000);
    segment(&c, 1000, large.bytes + 1000, 1400);
    end_conversation(&c);
    assert_only(NAME_TLS, "ending.example");
}

static void what_is_no_name_in_a_hello_is_counted_and_not_told(void **state)
{
    (void)state;
    static struct made_hello odd;
    make_hello(&odd, "a b<c>", 0, 0);
    say_bytes(&c, odd.bytes, odd.n);
    assert_int_equal(heard_count, 0);
    assert_true(flow_names_counts(names).bad_names == 1);
    c = a_conversation(IP_PROTO_TCP, true);
    make_hello(&odd, "192.0.2.7", 0, 0); /* an address is no name, but nothing odd either */
    say_bytes(&c, odd.bytes, odd.n);
    assert_int_equal(heard_count, 0);
    assert_true(flow_names_counts(names).bad_names == 1);
}

static void a_malformed_hello_is_counted(void **state)
{
    (void)state;
    hello.bytes[5 + 4 + 34] = 200; /* a session id of 200 bytes */
    say_bytes(&c, hello.bytes, hello.n);
    assert_int_equal(heard_count, 0);
    assert_true(flow_names_counts(names).malformed == 1);
}

/* -- whose bytes -- */

static void the_servers_bytes_are_not_read(void **state)
{
    (void)state;
    handshake(&c);
    answer_bytes(&c, hello.bytes, hello.n); /* whatever it sends */
    assert_int_equal(heard_count, 0);
    say_bytes(&c, hello.bytes, hello.n);
    assert_only(NAME_TLS, NAME);
}

static void without_a_syn_its_answer_says_who_is_the_client(void **state)
{
    (void)state;
    syn_answer(&c);
    answer_bytes(&c, hello.bytes, hello.n);
    assert_int_equal(heard_count, 0);
    segment(&c, 60, hello.bytes + 60, hello.n - 60);
    segment(&c, 0, hello.bytes, 60);
    assert_only(NAME_TLS, NAME);
}

static void a_hello_to_a_server_of_the_device_is_not_the_devices(void **state)
{
    (void)state;
    c = a_conversation(IP_PROTO_TCP, false);
    handshake(&c);
    say_bytes(&c, hello.bytes, hello.n);
    assert_only(NAME_TLS, NAME);
    assert_false(heard[0].from_device);
}

static void the_bytes_that_came_first_stay(void **state)
{
    (void)state;
    uint8_t other[200];
    memset(other, 'x', sizeof(other));
    handshake(&c);
    segment(&c, 0, hello.bytes, 100);
    segment(&c, 10, other, 90); /* somebody writes over what was already read */
    segment(&c, 100, hello.bytes + 100, hello.n - 100);
    assert_only(NAME_TLS, NAME);
}

static void when_too_many_hellos_are_open_the_oldest_is_given_up_and_counted(void **state)
{
    (void)state;
    static struct conversation many[5]; /* one more than there are slots */
    for (unsigned i = 0; i < 5; i++) {
        many[i] = a_conversation(IP_PROTO_TCP, true);
        handshake(&many[i]);
        segment(&many[i], 0, hello.bytes, 60);
    }
    assert_true(flow_names_counts(names).hellos_evicted == 1);
    for (unsigned i = 0; i < 5; i++)
        segment(&many[i], 60, hello.bytes + 60, hello.n - 60);
    assert_int_equal(heard_count, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_ptr_equal(heard[i].flow, &many[i + 1].flow);
    assert_true(many[0].flow.flags & FLOW_NAMES_DONE);
    for (unsigned i = 0; i < 5; i++)
        end_conversation(&many[i]);
}

static void a_flow_that_says_nothing_known_is_left_alone_after_a_while(void **state)
{
    (void)state;
    handshake(&c);
    for (int i = 0; i < 63; i++)
        say(&c, "something else entirely\n");
    assert_false(c.flow.flags & FLOW_NAMES_DONE);
    say(&c, "something else entirely\n");
    assert_true(c.flow.flags & FLOW_NAMES_DONE);
    assert_int_equal(heard_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_hello_in_one_segment_takes_no_slot),
        TEST(a_capture_may_begin_after_the_syn),
        TEST(a_hello_is_found_wherever_it_is_cut),
        TEST(segments_in_the_wrong_order_are_put_right),
        TEST(segments_of_one_byte_in_any_order_are_put_right),
        TEST(a_segment_sent_again_changes_nothing),
        TEST(what_lies_before_the_stream_is_not_part_of_it),
        TEST(sequence_numbers_may_wrap_inside_a_hello),
        TEST(data_in_the_syn_are_the_streams_first),
        TEST(a_name_in_the_first_segment_is_told_without_waiting_for_the_rest),
        TEST(a_large_hello_with_its_name_at_the_end_is_waited_for),
        TEST(a_hello_larger_than_the_memory_for_it_ends_the_search),
        TEST(a_hello_without_a_name_is_whole_all_the_same),
        TEST(a_hello_that_never_becomes_whole_is_incomplete),
        TEST(what_there_is_of_a_hello_is_read_at_the_end),
        TEST(what_is_no_name_in_a_hello_is_counted_and_not_told),
        TEST(a_malformed_hello_is_counted),
        TEST(the_servers_bytes_are_not_read),
        TEST(without_a_syn_its_answer_says_who_is_the_client),
        TEST(a_hello_to_a_server_of_the_device_is_not_the_devices),
        TEST(the_bytes_that_came_first_stay),
        TEST(when_too_many_hellos_are_open_the_oldest_is_given_up_and_counted),
        TEST(a_flow_that_says_nothing_known_is_left_alone_after_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
