/* test_capture_file_blocks.c -- saved captures of the pcapng form: interfaces, sections, clocks and blocks that lie. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/clock.h"
#include "dissectors/packet.h"
#include "tests/sensor/made_file.h"

static int end(void **state)
{
    (void)state;
    close_made();
    return 0;
}

static void each_interface_has_its_own_link_type_and_clock(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        begin_file(false);
        put_section(big);
        put_interface(LINK_ETHERNET, 65535, 0);
        put_interface(LINK_LINUX_SLL2, 1500, 9);
        put_packet(0, 1700000000123456, "from the first", 14, 14);
        put_packet(1, 1700000000123456789, "from the second", 15, 15);
        put_interface(LINK_RAW, 0, 0x80 | 10); /* may come late; 1/1024 s */
        put_packet(2, 5 * 1024 + 512, "x", 1, 1);
        open_made();
        assert_frame("from the first", 1700000000123456000, LINK_ETHERNET);
        assert_frame("from the second", 1700000000123456789, LINK_LINUX_SLL2);
        assert_frame("x", 5 * NS_PER_S + NS_PER_S / 2, LINK_RAW);
        assert_end();
    }
}

static void a_section_has_its_own_byte_order_and_interfaces(void **state)
{
    (void)state;
    begin_file(false);
    put_section(false);
    put_interface(LINK_ETHERNET, 0, 0);
    put_interface(LINK_RAW, 0, 0);
    put_packet(1, 1000000, "little", 6, 6);
    put_section(true);
    put_interface(LINK_LINUX_SLL, 0, 0);
    put_packet(0, 2000000, "big", 3, 3);
    put_packet(1, 9000000, "?", 1, 1);
    put_section(false);
    open_made();
    assert_frame("little", NS_PER_S, LINK_RAW);
    assert_frame("big", 2 * NS_PER_S, LINK_LINUX_SLL);
    assert_frame("?", 2 * NS_PER_S, CAPTURE_LINK_UNKNOWN);
    assert_end();
}

static void clocks_of_every_resolution_are_understood(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        uint64_t stamp, time_ns;
    } clocks[] = {
        {0x01, 17, 1700000000},
        {0x03, 1500, 1500000000},
        {0x09, 1700000000999999999, 1700000000999999999},
        {0x0c, 1500000000001, 1500000000},
        {0x13, 15000000000000000000ull, 1500000000},
        {0x14, 1500000000, 1500000000}, /* finer than 64 bits: nanoseconds */
        {0x7f, 1500000000, 1500000000},
        {0x80, 3, 3000000000},
        {0x81, 3, 1500000000},
        {0xa1, 3ull << 32, 1500000000},
        {0xbf, 3ull << 62, 1500000000},
        {0xc0, 1500000000, 1500000000},
        {0x80, UINT64_MAX, (INT64_MAX / NS_PER_S - 1) * NS_PER_S}, /* later than we can say */
    };
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        begin_file(false);
        put_section(i & 1);
        put_interface(LINK_ETHERNET, 0, clocks[i].resolution);
        put_packet(0, clocks[i].stamp, "t", 1, 1);
        open_made();
        assert_frame("t", clocks[i].time_ns, LINK_ETHERNET);
        assert_end();
    }
}

static void put_interface_with_offset(int64_t offset_s)
{
    size_t at = begin_block(1);
    put_u16(LINK_ETHERNET);
    put_u16(0);
    put_u32(0);
    put_u16(14);
    put_u16(8);
    put_u32((uint32_t)(made.big_endian ? (uint64_t)offset_s >> 32 : (uint64_t)offset_s));
    put_u32((uint32_t)(made.big_endian ? (uint64_t)offset_s : (uint64_t)offset_s >> 32));
    end_block(at);
}

static void an_interfaces_offset_is_added_to_its_times(void **state)
{
    (void)state;
    static const struct {
        int64_t offset_s;
        uint64_t time_ns;
    } offsets[] = {{3600, 3610 * NS_PER_S},
                   {-4, 6 * NS_PER_S},
                   {-11, 0},
                   {INT64_MIN, 0},
                   {INT64_MAX, (INT64_MAX / NS_PER_S - 1) * NS_PER_S}};
    for (size_t i = 0; i < 2 * sizeof(offsets) / sizeof(offsets[0]); i++) {
        begin_file(false);
        put_section(i & 1);
        put_interface_with_offset(offsets[i / 2].offset_s);
        put_packet(0, 10000000, "", 0, 0);
        open_made();
        assert_frame("", offsets[i / 2].time_ns, LINK_ETHERNET);
    }
}

static void simple_and_old_packet_blocks_are_read_too(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        begin_file(false);
        put_section(big);
        put_interface(LINK_ETHERNET, 4, 0);
        put_interface(LINK_RAW, 0, 0);
        size_t at = begin_block(2);
        put_u16(1);
        put_u16(0xffff);
        put_u32(0);
        put_u32(3000000);
        put_u32(3);
        put_u32(3);
        put("old", 3);
        end_block(at);
        at = begin_block(3);
        put_u32(60);
        put("simp", 4); /* the snap length cut it */
        end_block(at);
        at = begin_block(3);
        put_u32(2);
        put("si", 2);
        end_block(at);
        open_made();
        assert_frame("old", 3 * NS_PER_S, LINK_RAW);
        assert_frame("simp", 3 * NS_PER_S, LINK_ETHERNET); /* it has no time: that of the one before */
        assert_frame("si", 3 * NS_PER_S, LINK_ETHERNET);
        assert_end();
    }
}

static void other_blocks_and_options_are_passed_over(void **state)
{
    (void)state;
    static const uint32_t types[] = {0, 4, 5, 9, 10, 0xbad, 0x40000bad, 0x7fffffff, UINT32_MAX};
    begin_file(false);
    put_section(false);
    put_interface(LINK_ETHERNET, 0, 0);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        end_block(begin_block(types[i]));
        size_t at = begin_block(types[i]);
        put(made.bytes, 28);
        end_block(at);
        put_packet(0, i, "between", 7, 7);
        put_at(made.n - 4, 12 + 20 + 8 + 12); /* one with options */
        put_at(made.n - 4 - 28 - 4, 12 + 20 + 8 + 12);
        made.n -= 4;
        put_option(1, "comment", 7);
        put_u32(12 + 20 + 8 + 12);
    }
    open_made();
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_frame("between", i * 1000, LINK_ETHERNET);
    assert_end();
}

/* Some writers forget to pad, in the length or altogether; what is padded but for its length can be read. */
static void a_block_is_padded_whatever_its_length_says(void **state)
{
    (void)state;
    begin_file(false);
    put_section(false);
    put_interface(LINK_ETHERNET, 0, 0);
    for (uint32_t n = 1; n < 4; n++) {
        put_packet(0, 0, "abc", n, n);
        put_at(made.n - 36 + 4, 32 + n);
        put_at(made.n - 4, 32 + n);
    }
    put_packet(0, 0, "end", 3, 3);
    open_made();
    assert_frame("a", 0, LINK_ETHERNET);
    assert_frame("ab", 0, LINK_ETHERNET);
    assert_frame("abc", 0, LINK_ETHERNET);
    assert_frame("end", 0, LINK_ETHERNET);
    assert_end();
}

static void a_file_may_describe_more_interfaces_than_anyone_has(void **state)
{
    (void)state;
    begin_file(false);
    put_section(false);
    for (int i = 0; i < 65536 + 2; i++) {
        size_t at = begin_block(1);
        put_u16(LINK_ETHERNET);
        put_u16(0);
        put_u32(0);
        end_block(at);
    }
    put_packet(65535, 0, "last", 4, 4);
    put_packet(65536, 0, "one more", 8, 8);
    open_made();
    assert_frame("last", 0, LINK_ETHERNET);
    assert_frame("one more", 0, CAPTURE_LINK_UNKNOWN);
    assert_end();
}

/* -- what is wrong -- */

static void a_section_without_a_byte_order_or_of_another_version_is_refused(void **state)
{
    (void)state;
    begin_file(false);
    put_section(false);
    made.bytes[8] ^= 1;
    assert_int_equal(open_part(made.n), -EBADMSG);
    made.bytes[8] ^= 1;
    made.bytes[12] = 2;
    assert_int_equal(open_part(made.n), -EBADMSG);
}

static void lengths_that_contradict_each_other_are_damage(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* in the last of two packet blocks, of 40 bytes */
        uint32_t says;
        const char *why;
    } lies[] = {
        {4, 0, "a block that is too short"},
        {4, 11, "a block that is too short"},
        {4, 28, "a packet block that is too short"},
        {4, 36, "a packet that is longer than its block"},
        {20, 9, "a packet that is longer than its block"},
        {20, UINT32_MAX, "a packet that is longer than its block"},
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        begin_file(false);
        put_section(i & 1);
        put_interface(LINK_ETHERNET, 0, 0);
        put_packet(0, 0, "before", 6, 6);
        put_packet(0, 0, "12345678", 8, 8);
        put_at(made.n - 40 + lies[i].at, lies[i].says);
        open_made();
        assert_frame("before", 0, LINK_ETHERNET);
        assert_damaged(lies[i].why);
    }
}

static void a_block_with_two_lengths_is_damage_behind_its_frame(void **state)
{
    (void)state;
    begin_file(false);
    put_section(false);
    put_interface(LINK_ETHERNET, 0, 0);
    put_packet(0, 0, "still", 5, 5);
    put_at(made.n - 4, 44);
    put_packet(0, 0, "not", 3, 3);
    open_made();
    assert_frame("still", 0, LINK_ETHERNET);
    assert_damaged("a block with two lengths");
}

static void short_blocks_of_the_other_kinds_are_damage(void **state)
{
    (void)state;
    static const uint32_t types[] = {1, 2, 3, 6};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        begin_file(false);
        put_section(false);
        end_block(begin_block(types[i]));
        open_made();
        assert_damaged(types[i] == 1 ? "a description of an interface that is too short"
                                     : "a packet block that is too short");
    }
}

static void a_simple_packet_longer_than_its_block_is_damage(void **state)
{
    (void)state;
    begin_file(false);
    put_section(false);
    put_interface(LINK_ETHERNET, 0, 0);
    size_t at = begin_block(3);
    put_u32(5);
    put("four", 4);
    end_block(at);
    open_made();
    assert_damaged("a packet that is longer than its block");
}

static void an_option_that_lies_ends_the_options(void **state)
{
    (void)state;
    begin_file(false);
    put_section(false);
    size_t at = begin_block(1);
    put_u16(LINK_RAW);
    put_u16(0);
    put_u32(0);
    put_u16(2);
    put_u16(60000);
    put_option(9, "\x09", 1);
    end_block(at);
    put_packet(0, 1000000, "", 0, 0);
    open_made();
    assert_frame("", NS_PER_S, LINK_RAW);
    assert_end();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, end)
    const struct CMUnitTest tests[] = {
        TEST(each_interface_has_its_own_link_type_and_clock),
        TEST(a_section_has_its_own_byte_order_and_interfaces),
        TEST(clocks_of_every_resolution_are_understood),
        TEST(an_interfaces_offset_is_added_to_its_times),
        TEST(simple_and_old_packet_blocks_are_read_too),
        TEST(other_blocks_and_options_are_passed_over),
        TEST(a_block_is_padded_whatever_its_length_says),
        TEST(a_file_may_describe_more_interfaces_than_anyone_has),
        TEST(a_section_without_a_byte_order_or_of_another_version_is_refused),
        TEST(lengths_that_contradict_each_other_are_damage),
        TEST(a_block_with_two_lengths_is_damage_behind_its_frame),
        TEST(short_blocks_of_the_other_kinds_are_damage),
        TEST(a_simple_packet_longer_than_its_block_is_damage),
        TEST(an_option_that_lies_ends_the_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
