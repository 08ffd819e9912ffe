/* test_capture_file.c -- saved captures of either form, right and wrong. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <pcap/pcap.h>
#include <cmocka.h>

#include "common/clock.h"
#include "dissectors/packet.h"
#include "tests/sensor/made_file.h"

#define MICRO    0xa1b2c3d4
#define NANO     0xa1b23c4d
#define MODIFIED 0xa1b2cd34
#define CUT_OFF  "the file is cut off"

static int end(void **state)
{
    (void)state;
    close_made();
    capture_file_close(NULL);
    return 0;
}

/* -- pcap -- */

static void both_byte_orders_and_both_clocks_are_read(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        begin_file(i & 1);
        put_pcap_head(i & 2 ? NANO : MICRO, 2, 4, LINK_ETHERNET);
        put_record(1700000000, 999999, "first", 5, 5);
        put_record(UINT32_MAX, 7, "", 0, 0);
        open_made();
        assert_frame("first", 1700000000 * NS_PER_S + (i & 2 ? 999999 : 999999000), LINK_ETHERNET);
        assert_frame("", UINT32_MAX * NS_PER_S + (i & 2 ? 7 : 7000), LINK_ETHERNET);
        assert_end();
    }
}

static void a_frame_tells_how_long_it_was_on_the_wire(void **state)
{
    (void)state;
    begin_file(false);
    put_pcap_head(MICRO, 2, 4, LINK_ETHERNET);
    put_record(1, 0, "cut", 3, 1500);
    put_record(1, 0, "lies", 4, 2); /* the wire cannot have had less */
    open_made();
    assert_int_equal(next_frame().wire_len, 1500);
    assert_int_equal(next_frame().wire_len, 4);
    assert_end();
}

static void records_of_the_modified_form_have_eight_bytes_more(void **state)
{
    (void)state;
    begin_file(true);
    put_pcap_head(MODIFIED, 2, 4, LINK_ETHERNET);
    for (int i = 0; i < 2; i++) {
        put_record(5, 1, "", 0, 3);
        put_at(made.n - 8, 3);
        put("8 bytes!one", 11);
    }
    open_made();
    assert_frame("one", 5 * NS_PER_S + 1000, LINK_ETHERNET);
    assert_frame("one", 5 * NS_PER_S + 1000, LINK_ETHERNET);
    assert_end();
}

static void old_versions_had_the_lengths_the_other_way_round(void **state)
{
    (void)state;
    static const struct {
        unsigned major, minor;
        bool swapped;
    } versions[] = {{2, 0, true},   {2, 2, true},   {2, 3, true},     {2, 4, false},
                    {2, 99, false}, {543, 0, true}, {17410, 4, false}};
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        begin_file(false);
        put_pcap_head(MICRO, versions[i].major, versions[i].minor, LINK_ETHERNET);
        put_record(1, 0, "four", 4, 60);
        if (versions[i].swapped) {
            put_at(made.n - 12, 60);
            put_at(made.n - 8, 4);
        }
        put_record(1, 0, "end", 3, 3);
        open_made();
        struct captured_frame f = next_frame();
        assert_int_equal(f.captured, 4);
        assert_int_equal(f.wire_len, 60);
        assert_frame("end", NS_PER_S, LINK_ETHERNET);
        assert_end();
    }
}

/* Version 2.3 had both spellings. */
static void of_version_2_3_the_smaller_length_is_what_was_captured(void **state)
{
    (void)state;
    begin_file(false);
    put_pcap_head(MICRO, 2, 3, LINK_ETHERNET);
    put_record(1, 0, "four", 4, 60);
    open_made();
    assert_int_equal(next_frame().captured, 4);
    assert_end();
}

static void a_link_type_is_sixteen_bits_whatever_is_said_of_check_sequences(void **state)
{
    (void)state;
    begin_file(false);
    put_pcap_head(MICRO, 2, 4, 0x24000000 | LINK_LINUX_SLL2);
    put_record(1, 0, "x", 1, 1);
    open_made();
    assert_frame("x", NS_PER_S, LINK_LINUX_SLL2);
}

static void a_fraction_of_more_than_a_second_is_none(void **state)
{
    (void)state;
    begin_file(false);
    put_pcap_head(MICRO, 2, 4, LINK_ETHERNET);
    put_record(9, 1000000, "", 0, 0);
    put_record(9, UINT32_MAX, "", 0, 0);
    open_made();
    assert_frame("", 9 * NS_PER_S, LINK_ETHERNET);
    assert_frame("", 9 * NS_PER_S, LINK_ETHERNET);
}

static void a_frame_longer_than_any_ends_the_reading(void **state)
{
    (void)state;
    static uint8_t large[CAPTURE_FRAME_MAX + 1];
    begin_file(false);
    put_pcap_head(MICRO, 2, 4, LINK_ETHERNET);
    put_record(1, 0, large, CAPTURE_FRAME_MAX, CAPTURE_FRAME_MAX);
    put_record(1, 0, large, CAPTURE_FRAME_MAX + 1, CAPTURE_FRAME_MAX + 1);
    open_made();
    assert_int_equal(next_frame().captured, CAPTURE_FRAME_MAX);
    assert_damaged("a frame longer than any can be");
}

static void of_a_long_frame_on_a_bus_the_beginning_is_kept(void **state)
{
    (void)state;
    enum { LINK_DBUS = 231 };
    static uint8_t large[2 << 20];
    begin_file(false);
    put_pcap_head(MICRO, 2, 4, LINK_DBUS);
    put_record(1, 0, large, sizeof(large), sizeof(large));
    put_record(1, 0, "next", 4, 4);
    open_made();
    struct captured_frame f = next_frame();
    assert_int_equal(f.captured, CAPTURE_FRAME_MAX);
    assert_int_equal(f.wire_len, sizeof(large));
    assert_frame("next", NS_PER_S, LINK_DBUS);
    assert_end();
}

static void frames_that_lie_across_the_windows_end_are_whole(void **state)
{
    (void)state;
    static uint8_t content[200000];
    begin_file(false);
    put_pcap_head(MICRO, 2, 4, LINK_ETHERNET);
    for (uint32_t i = 0; i < 13; i++) {
        for (size_t k = 0; k < sizeof(content); k++)
            content[k] = (uint8_t)(k * 31 + i);
        put_record(i, 0, content, sizeof(content) - i, sizeof(content));
    }
    open_made();
    for (uint32_t i = 0; i < 13; i++) {
        struct captured_frame f = next_frame();
        assert_int_equal(f.captured, sizeof(content) - i);
        for (size_t k = 0; k < f.captured; k++)
            if (f.bytes[k] != (uint8_t)(k * 31 + i))
                fail_msg("frame %u: byte %zu", i, k);
    }
    assert_end();
}

/* -- what is wrong -- */

static void what_is_no_capture_is_refused(void **state)
{
    (void)state;
    begin_file(false);
    put("#!/bin/sh and more than a header's bytes", 40);
    assert_int_equal(open_part(40), -EBADMSG);
    assert_string_not_equal(capture_file_complaint(file), "");
    assert_int_equal(open_part(3), -EBADMSG);
    assert_int_equal(open_part(0), -ENODATA);
    close_made();
    assert_int_equal(capture_file_open(-1, &file), -EBADF);
    assert_string_not_equal(capture_file_complaint(file), "");
}

static void make_one_of_each(bool pcapng)
{
    begin_file(false);
    if (!pcapng) {
        put_pcap_head(MICRO, 2, 4, LINK_ETHERNET);
        put_record(1, 1, "frame one", 9, 60);
        put_record(2, 2, "frame two", 9, 60);
        return;
    }
    put_section(false);
    put_interface(LINK_ETHERNET, 65535, 9);
    put_packet(0, 1, "frame one", 9, 60);
    end_block(begin_block(0xbad));
    put_section(true);
    put_interface(LINK_RAW, 65535, 6);
    put_packet(0, 1, "frame two", 9, 60);
}

static void every_truncation_gives_what_lies_before_it(void **state)
{
    (void)state;
    for (int pcapng = 0; pcapng < 2; pcapng++) {
        int before = 0, clean = 0;
        make_one_of_each(pcapng);
        for (size_t n = 1; n <= made.n; n++) {
            struct captured_frame f;
            int frames = 0, rc = open_part(n);
            while (rc >= 0 && (rc = capture_file_next(file, &f)) == 1) {
                assert_memory_equal(f.bytes, frames ? "frame two" : "frame one", 9);
                frames++;
            }
            assert_true(rc == 0 || rc == -EBADMSG);
            if (rc < 0 && n >= 4)
                assert_string_equal(capture_file_complaint(file), CUT_OFF);
            assert_true(frames >= before);
            before = frames;
            clean += rc == 0;
        }
        assert_int_equal(before, 2);
        assert_int_equal(clean, pcapng ? 7 : 3); /* only between records or blocks */
    }
}

/* -- the outside -- */

static void *write_slowly(void *fd)
{
    for (size_t at = 0; at < made.n; at += 7)
        if (write(*(int *)fd, made.bytes + at, made.n - at < 7 ? made.n - at : 7) < 0)
            break;
    close(*(int *)fd);
    return NULL;
}

static void a_pipe_in_small_pieces_is_read_like_a_file(void **state)
{
    (void)state;
    int ends[2];
    pthread_t writer;
    make_one_of_each(true);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    file_fd = ends[0];
    assert_int_equal(pthread_create(&writer, NULL, write_slowly, &ends[1]), 0);
    assert_int_equal(capture_file_open(file_fd, &file), 0);
    assert_frame("frame one", 1, LINK_ETHERNET);
    assert_frame("frame two", 1000, LINK_RAW);
    assert_end();
    pthread_join(writer, NULL);
}

static void on_signal(int number)
{
    (void)number;
}

/* The writer pauses at every place in the file; a signal ends the wait and nothing is lost. It comes again and again: on a busy machine one may come
 * before the wait has begun. */
static void a_signal_ends_the_wait_and_loses_nothing(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGALRM, &action, NULL);
    make_one_of_each(true);
    for (size_t pause = 60; pause < made.n; pause += 5) {
        int ends[2], frames = 0, interrupted = 0, rc;
        struct captured_frame f;
        close_made();
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        file_fd = ends[0];
        assert_int_equal(write(ends[1], made.bytes, pause), pause);
        assert_int_equal(capture_file_open(file_fd, &file), 0);
        while ((ualarm(3000, 3000), rc = capture_file_next(file, &f)) != 0) {
            if (rc == -EINTR && interrupted++ == 0) {
                assert_int_equal(write(ends[1], made.bytes + pause, made.n - pause), made.n - pause);
                close(ends[1]);
            }
            assert_true(rc == 1 || rc == -EINTR);
            frames += rc == 1;
        }
        assert_true(interrupted > 0);
        assert_int_equal(frames, 2);
    }
    ualarm(0, 0);
}

static void real_captures_are_read_as_libpcap_reads_them(void **state)
{
    (void)state;
    static const char *const paths[] = {TESTS_DIR "/corpus/hellos/hellos.pcap",
                                        TESTS_DIR "/../deploy/demo/the-mix.pcap"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char error[PCAP_ERRBUF_SIZE];
        struct pcap_pkthdr *h;
        const u_char *bytes;
        close_made();
        pcap_t *theirs = pcap_open_offline_with_tstamp_precision(paths[i], PCAP_TSTAMP_PRECISION_NANO, error);
        assert_non_null(theirs);
        file_fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        assert_int_equal(capture_file_open(file_fd, &file), 0);
        int frames = 0;
        for (; pcap_next_ex(theirs, &h, &bytes) == 1; frames++) {
            struct captured_frame f = next_frame();
            assert_int_equal(f.time_ns, (uint64_t)h->ts.tv_sec * NS_PER_S + (uint64_t)h->ts.tv_usec);
            assert_int_equal(f.captured, h->caplen);
            assert_int_equal(f.wire_len, h->len);
            assert_memory_equal(f.bytes, bytes, h->caplen);
        }
        struct captured_frame f;
        assert_int_equal(capture_file_next(file, &f), 0);
        assert_true(frames > 100);
        pcap_close(theirs);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, end)
    const struct CMUnitTest tests[] = {
        TEST(both_byte_orders_and_both_clocks_are_read),
        TEST(a_frame_tells_how_long_it_was_on_the_wire),
        TEST(records_of_the_modified_form_have_eight_bytes_more),
        TEST(old_versions_had_the_lengths_the_other_way_round),
        TEST(of_version_2_3_the_smaller_length_is_what_was_captured),
        TEST(a_link_type_is_sixteen_bits_whatever_is_said_of_check_sequences),
        TEST(a_fraction_of_more_than_a_second_is_none),
        TEST(a_frame_longer_than_any_ends_the_reading),
        TEST(of_a_long_frame_on_a_bus_the_beginning_is_kept),
        TEST(frames_that_lie_across_the_windows_end_are_whole),
        TEST(what_is_no_capture_is_refused),
        TEST(every_truncation_gives_what_lies_before_it),
        TEST(a_pipe_in_small_pieces_is_read_like_a_file),
        TEST(a_signal_ends_the_wait_and_loses_nothing),
        TEST(real_captures_are_read_as_libpcap_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
