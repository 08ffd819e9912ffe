/* test_fragments.c -- datagrams in pieces: in any order, mixed, twice, overlapping, cut, never whole, and too many. */
#include "dissectors/fragments.h"
#include "tests/dissectors/exact_bytes.h"

#define S NS_PER_S

static struct fragments f;
static struct whole_datagram whole;
static uint8_t original[2 * 65536]; /* what all datagrams here carry */
static uint64_t now;

static int fresh(void **state)
{
    (void)state;
    memset(&f, 0, sizeof(f));
    memset(f.room, 0xee, sizeof(f.room));
    whole = (struct whole_datagram){0};
    now = 1700000000 * S;
    for (size_t i = 0; i < sizeof(original); i++)
        original[i] = (uint8_t)(i * 31 + (i >> 8));
    return 0;
}

static struct packet of_v4(uint32_t id)
{
    return (struct packet){
        .ip_version = 4,
        .ip_proto = IP_PROTO_UDP,
        .fragment = true,
        .fragment_id = id,
        .src = ip_from_v4((const uint8_t[]){198, 51, 100, 7}),
        .dst = ip_from_v4((const uint8_t[]){192, 168, 50, 20}),
    };
}

static struct packet of_v6(uint32_t id)
{
    struct packet p = of_v4(id);
    p.ip_version = 6;
    p.src = ip_from_v6((const uint8_t[]){0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7});
    p.dst = ip_from_v6((const uint8_t[]){0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20});
    return p;
}

/* A piece with these bytes, in a heap buffer of exactly its size that is gone afterwards. */
static enum fragment_outcome put_bytes(struct packet p, uint32_t offset, const uint8_t *bytes, size_t n, bool more)
{
    uint8_t *exact = exact_bytes(bytes, n);
    p.fragment_offset = (uint16_t)offset;
    p.more_fragments = more;
    p.payload = (struct bytes_view){.at = exact, .len = n};
    p.payload_wire_len = (uint32_t)n;
    enum fragment_outcome rc = fragments_put(&f, &p, (uint32_t)n + 34, now, &whole);
    free(exact);
    return rc;
}

static enum fragment_outcome put(struct packet p, uint32_t offset, size_t n, bool more)
{
    return put_bytes(p, offset, original + offset, n, more);
}

/* Does packet_decode_ip() read it as what was sent: between these addresses, total bytes of the original? */
static void assert_whole(struct packet expected, uint32_t total)
{
    struct packet p;
    size_t header = expected.ip_version == 4 ? 20 : 40;
    assert_int_equal(whole.ip.len, header + total);
    assert_memory_equal(whole.ip.at + header, original, total);
    assert_int_equal(packet_decode_ip(whole.ip.at, whole.ip.len, whole.ip.len, &p), DISSECT_OK);
    assert_int_equal(p.ip_version, expected.ip_version);
    assert_int_equal(p.ip_proto, expected.ip_proto);
    assert_true(ip_equal(&p.src, &expected.src) && ip_equal(&p.dst, &expected.dst));
    assert_false(p.fragment);
    assert_ptr_equal(p.ip.at, whole.ip.at);
    assert_int_equal(p.ip.len, whole.ip.len);
}

/* A UDP header over the original, for datagrams of `total` bytes. */
static void begin_with_udp(uint32_t total)
{
    const uint8_t header[8] = {0, 53, 0xc3, 0x51, (uint8_t)(total >> 8), (uint8_t)total, 0, 0};
    memcpy(original, header, sizeof(header));
}

/* ---- whole ---- */

static void pieces_in_order_make_the_datagram(void **state)
{
    (void)state;
    struct packet p;
    begin_with_udp(3000);
    assert_int_equal(put(of_v4(1), 0, 1480, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(1), 1480, 1480, true), FRAGMENT_HELD);
    assert_int_equal(f.counts.held, 1);
    assert_int_equal(put(of_v4(1), 2960, 40, false), FRAGMENT_WHOLE);
    assert_whole(of_v4(1), 3000);
    assert_int_equal(whole.wire_len, 3000 + 3 * 34);
    assert_int_equal(packet_decode_ip(whole.ip.at, whole.ip.len, whole.ip.len, &p), DISSECT_OK);
    assert_int_equal(p.src_port, 53);
    assert_int_equal(p.dst_port, 0xc351);
    assert_int_equal(p.payload.len, 2992);
    assert_int_equal(p.payload_wire_len, 2992);
    assert_memory_equal(p.payload.at, original + 8, 2992);
    assert_int_equal(f.counts.completed, 1);
    assert_int_equal(f.counts.held, 0);
    assert_int_equal(fragments_dropped(&f), 0);
}

static void pieces_reversed_make_the_datagram(void **state)
{
    (void)state;
    begin_with_udp(3000);
    assert_int_equal(put(of_v6(1), 2960, 40, false), FRAGMENT_HELD);
    assert_int_equal(put(of_v6(1), 1480, 1480, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v6(1), 0, 1480, true), FRAGMENT_WHOLE);
    assert_whole(of_v6(1), 3000);
}

static void every_order_of_four_pieces_makes_the_datagram(void **state)
{
    (void)state;
    begin_with_udp(1003);
    for (unsigned order = 0; order < 256; order++) {
        unsigned picks[4] = {order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3}, seen = 0;
        for (unsigned i = 0; i < 4; i++)
            seen |= 1u << picks[i];
        if (seen != 15)
            continue;
        for (unsigned i = 0; i < 4; i++) {
            uint32_t offset = picks[i] * 256;
            enum fragment_outcome rc = put(of_v4(order), offset, offset == 768 ? 235 : 256, offset != 768);
            assert_int_equal(rc, i == 3 ? FRAGMENT_WHOLE : FRAGMENT_HELD);
        }
        assert_whole(of_v4(order), 1003);
    }
    assert_int_equal(f.counts.completed, 24);
}

static void pieces_of_eight_bytes_are_enough(void **state)
{
    (void)state;
    begin_with_udp(FRAGMENTS_BYTES);
    for (uint32_t at = FRAGMENTS_BYTES - 8; at > 0; at -= 8)
        assert_int_equal(put(of_v4(1), at, 8, at + 8 < FRAGMENTS_BYTES), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(1), 0, 8, true), FRAGMENT_WHOLE); /* a UDP header and nothing else in the first */
    assert_whole(of_v4(1), FRAGMENTS_BYTES);
}

static void a_last_piece_may_have_any_length(void **state)
{
    (void)state;
    begin_with_udp(0);
    for (uint32_t n = 1; n <= 130; n++) {
        assert_int_equal(put(of_v4(n), 64, n, false), FRAGMENT_HELD);
        assert_int_equal(put(of_v4(n), 0, 64, true), FRAGMENT_WHOLE);
        assert_int_equal(whole.ip.len, 20 + 64 + n);
        assert_memory_equal(whole.ip.at + 20, original, 64 + n);
    }
}

static void mixed_datagrams_are_told_apart(void **state)
{
    (void)state;
    struct packet kinds[6] = {of_v4(7), of_v4(8), of_v6(7), of_v4(7), of_v4(7), of_v4(7)};
    kinds[3].ip_proto = IP_PROTO_TCP;
    kinds[4].src.bytes[15]++;
    kinds[5].dst.bytes[15]++;
    for (unsigned i = 0; i < 6; i++) {
        original[0] = (uint8_t)i;
        assert_int_equal(put(kinds[i], 0, 16, true), FRAGMENT_HELD);
    }
    assert_int_equal(f.counts.held, 6);
    for (unsigned i = 6; i-- > 0;) {
        assert_int_equal(put(kinds[i], 16, 9, false), FRAGMENT_WHOLE);
        size_t header = kinds[i].ip_version == 4 ? 20 : 40;
        assert_int_equal(whole.ip.at[header], i);
        assert_memory_equal(whole.ip.at + header + 1, original + 1, 24);
        assert_int_equal(whole.ip.at[kinds[i].ip_version == 4 ? 9 : 6], kinds[i].ip_proto);
    }
}

/* RFC 8200 4.5: only the first piece's next header counts, and it need not be the others'. */
static void next_header_of_the_first_piece_is_the_datagrams(void **state)
{
    (void)state;
    struct packet later = of_v6(1);
    later.ip_proto = 60;
    begin_with_udp(24);
    assert_int_equal(put(later, 16, 8, false), FRAGMENT_HELD);
    assert_int_equal(put(of_v6(1), 0, 16, true), FRAGMENT_WHOLE);
    assert_whole(of_v6(1), 24);
    later.fragment_id = 2;
    assert_int_equal(put(of_v6(2), 0, 16, true), FRAGMENT_HELD);
    assert_int_equal(put(later, 16, 8, false), FRAGMENT_WHOLE);
    assert_whole(of_v6(2), 24);
}

static void extensions_behind_the_fragment_header_are_read_when_whole(void **state)
{
    (void)state;
    struct packet p, options = of_v6(1);
    options.ip_proto = 60;
    memset(original, 0, 8);
    original[0] = IP_PROTO_UDP; /* eight bytes of destination options, then the UDP header in a piece of its own */
    memcpy(original + 8, "\xc3\x51\x00\x35\x00\x0c\x00\x00" "ping", 12);
    assert_int_equal(put(options, 0, 8, true), FRAGMENT_HELD);
    assert_int_equal(put(options, 8, 12, false), FRAGMENT_WHOLE);
    assert_int_equal(packet_decode_ip(whole.ip.at, whole.ip.len, whole.ip.len, &p), DISSECT_OK);
    assert_int_equal(p.ip_proto, IP_PROTO_UDP);
    assert_int_equal(p.dst_port, 53);
    assert_int_equal(p.payload.len, 4);
    assert_memory_equal(p.payload.at, "ping", 4);
}

static void an_atomic_fragment_is_no_fragment(void **state)
{
    (void)state;
    const uint8_t atomic[] = {0x60, 0, 0, 0, 0, 17, 44, 64, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0,
                              0,    0, 0, 0, 0, 0,  7,  0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0,
                              0,    0, 0, 0, 0, 8,  17, 0, 0, 0, 0, 0, 0, 9, 0xc3, 0x51, 0, 53,
                              0,    9, 0, 0, 'q'};
    struct packet p;
    uint8_t *exact = exact_bytes(atomic, sizeof(atomic));
    assert_int_equal(packet_decode_ip(exact, sizeof(atomic), sizeof(atomic), &p), DISSECT_OK);
    assert_false(p.fragment);
    assert_int_equal(p.dst_port, 53);
    assert_int_equal(p.payload.len, 1);
    free(exact);
}

static void whole_wire_length_counts_every_piece(void **state)
{
    (void)state;
    put(of_v4(1), 0, 800, true);
    put(of_v4(1), 0, 800, true); /* on the wire twice */
    assert_int_equal(put(of_v4(1), 800, 100, false), FRAGMENT_WHOLE);
    assert_int_equal(whole.wire_len, 800 + 800 + 100 + 3 * 34);
}

/* ---- twice, and overlapping ---- */

static void the_same_piece_again_is_ignored(void **state)
{
    (void)state;
    begin_with_udp(2000);
    assert_int_equal(put(of_v4(1), 800, 800, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(1), 800, 800, true), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(1), 1600, 400, false), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(1), 1600, 400, false), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(1), 800, 800, true), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(1), 0, 800, true), FRAGMENT_WHOLE);
    assert_whole(of_v4(1), 2000);
    assert_int_equal(f.counts.repeated, 3);
}

static void duplicates_of_a_whole_datagram_open_no_other(void **state)
{
    (void)state;
    for (int twice = 0; twice < 2; twice++) { /* as a capture of two interfaces shows it */
        put(of_v4(1), 0, 800, true);
        now += 5 * NS_PER_MS;
    }
    assert_int_equal(put(of_v4(1), 800, 100, false), FRAGMENT_WHOLE);
    assert_int_equal(put(of_v4(1), 800, 100, false), FRAGMENT_IGNORED);
    assert_int_equal(f.counts.held, 0);
    now += FRAGMENTS_ECHO_NS;
    assert_int_equal(put(of_v4(1), 0, 800, true), FRAGMENT_HELD); /* the number is used again */
    assert_int_equal(put(of_v4(1), 800, 300, false), FRAGMENT_WHOLE);
    assert_int_equal(whole.ip.len, 1120);
    assert_int_equal(fragments_dropped(&f), 0);
}

/* Each is put after pieces 80..160 and 240..320 of a datagram whose end is not known. */
static void overlaps_drop_the_datagram(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, n;
    } overlaps[] = {
        {0, 88},    {72, 16},  {72, 96},  {80, 72},  {88, 72},  {88, 64},  {80, 88},   {152, 16}, {80, 240},
        {0, 400},   {160, 88}, {232, 16}, {240, 72}, {312, 80}, {80, 160}, {160, 160}, {80, 8},   {312, 8},
    };
    for (uint32_t i = 0; i < sizeof(overlaps) / sizeof(overlaps[0]); i++) {
        assert_int_equal(put(of_v4(i), 240, 80, true), FRAGMENT_HELD);
        assert_int_equal(put(of_v4(i), 80, 80, true), FRAGMENT_HELD);
        assert_int_equal(put(of_v4(i), overlaps[i].offset, overlaps[i].n, true), FRAGMENT_DROPPED);
        assert_int_equal(f.counts.overlapped, i + 1);
        /* ... with all that is still to come of it */
        assert_int_equal(put(of_v4(i), 0, 80, true), FRAGMENT_IGNORED);
        assert_int_equal(put(of_v4(i), 160, 80, true), FRAGMENT_IGNORED);
        assert_int_equal(put(of_v4(i), 320, 8, false), FRAGMENT_IGNORED);
    }
    assert_int_equal(f.counts.held, 0);
    assert_int_equal(f.counts.completed, 0);
}

static void one_byte_otherwise_is_no_duplicate(void **state)
{
    (void)state;
    uint8_t lies[80];
    memcpy(lies, original, 80);
    lies[79] ^= 1;
    assert_int_equal(put(of_v6(1), 0, 80, true), FRAGMENT_HELD);
    assert_int_equal(put_bytes(of_v6(1), 0, lies, 80, true), FRAGMENT_DROPPED);
    assert_int_equal(f.counts.overlapped, 1);
    assert_int_equal(put(of_v6(1), 80, 8, false), FRAGMENT_IGNORED);
}

static void two_neighbours_are_not_one_duplicate(void **state)
{
    (void)state;
    assert_int_equal(put(of_v4(1), 512, 64, true), FRAGMENT_HELD); /* over a word's border, too */
    assert_int_equal(put(of_v4(1), 448, 64, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(1), 448, 128, true), FRAGMENT_DROPPED);
    assert_int_equal(put(of_v4(2), 0, 1024, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(2), 0, 1024, true), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(2), 0, 512, true), FRAGMENT_DROPPED);
    assert_int_equal(put(of_v4(3), FRAGMENTS_BYTES - 16, 16, false), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(3), FRAGMENTS_BYTES - 16, 16, false), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(3), FRAGMENTS_BYTES - 8, 8, false), FRAGMENT_DROPPED);
    assert_int_equal(f.counts.overlapped, 3);
}

/* The same bytes lie where a datagram before left them; they are not this one's. */
static void what_lay_there_before_is_no_piece(void **state)
{
    (void)state;
    assert_int_equal(put(of_v4(1), 0, 80, true), FRAGMENT_HELD);
    now += FRAGMENTS_LIFE_NS;
    assert_int_equal(put(of_v4(2), 0, 8, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(2), 0, 80, true), FRAGMENT_DROPPED);
    assert_int_equal(f.counts.overlapped, 1);
}

static void pieces_that_disagree_about_the_end_drop_the_datagram(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, n;
        bool more;
    } liars[] = {
        {160, 8, false},  /* a second end, behind the first             */
        {80, 8, false},   /* a second end, before it                    */
        {96, 9, false},   /* a second end, in the same unit             */
        {160, 8, true},   /* something behind the end                   */
        {40, 64, true},   /* ... that begins before it                  */
        {96, 8, true},    /* the last piece again, but more is to come  */
    };
    for (uint32_t i = 0; i < sizeof(liars) / sizeof(liars[0]); i++) {
        assert_int_equal(put(of_v4(i), 96, 8, false), FRAGMENT_HELD);
        assert_int_equal(put(of_v4(i), liars[i].offset, liars[i].n, liars[i].more), FRAGMENT_DROPPED);
        assert_int_equal(put(of_v4(i), 0, 96, true), FRAGMENT_IGNORED);
    }
    assert_int_equal(put(of_v4(99), 96, 8, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(99), 96, 8, false), FRAGMENT_DROPPED); /* more was to come */
    assert_int_equal(put(of_v4(98), 96, 8, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(98), 80, 8, false), FRAGMENT_DROPPED); /* the end before what is there */
    assert_int_equal(f.counts.overlapped, 8);
}

/* ---- of no use ---- */

static void empty_and_uneven_pieces_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(put(of_v4(1), 0, 0, true), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(1), 80, 0, false), FRAGMENT_IGNORED);
    for (unsigned n = 1; n < 8; n++)
        assert_int_equal(put(of_v4(1), 0, 80 + n, true), FRAGMENT_IGNORED);
    assert_int_equal(f.counts.bad_pieces, 9);
    assert_int_equal(f.counts.held, 0);
    assert_int_equal(put(of_v4(1), 0, 80, true), FRAGMENT_HELD); /* they harm nothing */
    assert_int_equal(put(of_v4(1), 0, 0, false), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(1), 80, 3, false), FRAGMENT_WHOLE);
}

static void too_long_datagrams_are_dropped_once(void **state)
{
    (void)state;
    assert_int_equal(put(of_v4(1), 0, 1480, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(1), FRAGMENTS_BYTES - 8, 16, true), FRAGMENT_DROPPED);
    assert_int_equal(put(of_v4(1), 1480, 1480, true), FRAGMENT_IGNORED);
    assert_int_equal(put(of_v4(2), FRAGMENTS_BYTES, 1, false), FRAGMENT_DROPPED);
    assert_int_equal(put(of_v4(3), FRAGMENTS_BYTES - 8, 9, false), FRAGMENT_DROPPED);
    assert_int_equal(put(of_v4(4), 65528, 7, false), FRAGMENT_DROPPED); /* ends at 65535, the most there is */
    assert_int_equal(put(of_v4(5), 65528, 65000, true), FRAGMENT_DROPPED); /* "ping of death" */
    assert_int_equal(put(of_v4(6), 0, 65528, true), FRAGMENT_DROPPED);
    assert_int_equal(f.counts.too_long, 6);
    assert_int_equal(f.counts.held, 0);
}

/* A piece of which less was captured than was on the wire. */
static enum fragment_outcome put_cut(struct packet p, uint32_t offset, uint32_t n, uint32_t captured, bool more)
{
    uint8_t *exact = exact_bytes(original + offset, captured);
    p.fragment_offset = (uint16_t)offset;
    p.more_fragments = more;
    p.payload = (struct bytes_view){.at = exact, .len = captured};
    p.payload_wire_len = n;
    enum fragment_outcome rc = fragments_put(&f, &p, n + 34, now, &whole);
    free(exact);
    return rc;
}

static void a_cut_piece_never_completes_anything(void **state)
{
    (void)state;
    for (uint32_t captured = 0; captured < 80; captured++) {
        assert_int_equal(put(of_v4(captured), 80, 20, false), FRAGMENT_HELD);
        assert_int_equal(put_cut(of_v4(captured), 0, 80, captured, true), FRAGMENT_DROPPED);
        assert_int_equal(put(of_v4(captured), 0, 80, true), FRAGMENT_IGNORED);
    }
    assert_int_equal(put(of_v6(1), 0, 80, true), FRAGMENT_HELD);
    assert_int_equal(put_cut(of_v6(1), 80, 21, 16, false), FRAGMENT_DROPPED); /* the cut is a multiple of 8 */
    assert_int_equal(put_cut(of_v6(2), 0, 80, 72, true), FRAGMENT_DROPPED);   /* counted once, not again in time */
    now += 2 * FRAGMENTS_LIFE_NS;
    fragments_expire(&f, now);
    assert_int_equal(f.counts.cut, 82);
    assert_int_equal(fragments_dropped(&f), 82);
    assert_int_equal(f.counts.completed, 0);
}

/* ---- time and room ---- */

static void a_gap_that_is_never_filled_times_out(void **state)
{
    (void)state;
    assert_int_equal(put(of_v4(1), 0, 80, true), FRAGMENT_HELD);
    now += FRAGMENTS_LIFE_NS / 2;
    assert_int_equal(put(of_v4(1), 160, 20, false), FRAGMENT_HELD); /* which does not lengthen its life */
    fragments_expire(&f, now + FRAGMENTS_LIFE_NS / 2 - 1);
    assert_int_equal(f.counts.held, 1);
    fragments_expire(&f, now + FRAGMENTS_LIFE_NS / 2);
    assert_int_equal(f.counts.held, 0);
    assert_int_equal(f.counts.timed_out, 1);
    assert_int_equal(fragments_dropped(&f), 1);
}

static void the_late_missing_piece_begins_another_datagram(void **state)
{
    (void)state;
    assert_int_equal(put(of_v4(1), 80, 20, false), FRAGMENT_HELD);
    now += FRAGMENTS_LIFE_NS;
    assert_int_equal(put(of_v4(1), 0, 80, true), FRAGMENT_HELD); /* nobody called fragments_expire() */
    assert_int_equal(f.counts.timed_out, 1);
    assert_int_equal(f.counts.held, 1);
    assert_int_equal(put(of_v4(1), 80, 20, false), FRAGMENT_WHOLE);
}

static void a_dropped_datagrams_number_may_be_used_again(void **state)
{
    (void)state;
    put(of_v4(1), 0, 80, true);
    assert_int_equal(put(of_v4(1), 72, 80, true), FRAGMENT_DROPPED);
    now += FRAGMENTS_LIFE_NS - 1;
    assert_int_equal(put(of_v4(1), 0, 80, true), FRAGMENT_IGNORED);
    now += 1;
    assert_int_equal(put(of_v4(1), 0, 80, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(1), 80, 80, false), FRAGMENT_WHOLE);
    assert_int_equal(fragments_dropped(&f), 1);
}

static void a_clock_that_steps_back_keeps_nothing_for_ever(void **state)
{
    (void)state;
    assert_int_equal(put(of_v4(1), 0, 80, true), FRAGMENT_HELD);
    now -= S; /* frames of two interfaces are never quite in order */
    assert_int_equal(put(of_v4(1), 80, 20, false), FRAGMENT_WHOLE);
    assert_int_equal(put(of_v4(2), 0, 80, true), FRAGMENT_HELD);
    now -= 86400 * S; /* another capture file */
    fragments_expire(&f, now);
    assert_int_equal(f.counts.timed_out, 1);
    assert_int_equal(put(of_v4(2), 0, 80, true), FRAGMENT_HELD);
}

static void the_end_drops_all_that_waits(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < 10; id++)
        put(of_v6(id), 0, 80, true);
    fragments_expire(&f, UINT64_MAX);
    assert_int_equal(f.counts.timed_out, 10);
    assert_int_equal(f.counts.held, 0);
}

static void a_full_table_gives_up_the_oldest(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < FRAGMENTS_DATAGRAMS + 10; id++) {
        assert_int_equal(put(of_v4(id), 0, 80, true), FRAGMENT_HELD);
        now += NS_PER_MS;
    }
    assert_int_equal(f.counts.held, FRAGMENTS_DATAGRAMS);
    assert_int_equal(f.counts.evicted, 10);
    for (uint32_t id = 10; id < FRAGMENTS_DATAGRAMS + 10; id++)
        assert_int_equal(put(of_v4(id), 80, 5, false), FRAGMENT_WHOLE);
    assert_int_equal(f.counts.evicted, 10);
    assert_int_equal(fragments_dropped(&f), 10);
}

static void what_is_over_makes_room_before_what_waits(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < FRAGMENTS_DATAGRAMS; id++)
        put(of_v4(id), 0, 80, true);
    put(of_v4(20), 72, 80, true);                                      /* dropped */
    assert_int_equal(put(of_v4(30), 80, 8, false), FRAGMENT_WHOLE);    /* done    */
    assert_int_equal(put(of_v4(100), 0, 80, true), FRAGMENT_HELD);
    assert_int_equal(put(of_v4(101), 0, 80, true), FRAGMENT_HELD);
    assert_int_equal(f.counts.evicted, 0);
    assert_int_equal(put(of_v4(102), 0, 80, true), FRAGMENT_HELD);
    assert_int_equal(f.counts.evicted, 1);
    assert_int_equal(put(of_v4(1), 80, 8, false), FRAGMENT_WHOLE); /* the first has gone, the second has not */
    assert_int_equal(put(of_v4(0), 80, 8, false), FRAGMENT_HELD);
}

static void a_flood_leaves_the_counts_right(void **state)
{
    (void)state;
    srand(20261122);
    uint64_t begun = 0;
    for (int i = 0; i < 20000; i++) {
        uint32_t id = (uint32_t)rand() % (i < 10000 ? 20 : 400); /* few come again and again, then too many at once */
        struct packet p = rand() % 2 ? of_v4(id) : of_v6(id);
        uint64_t before = f.opened;
        uint32_t offset = (uint32_t)rand() % 3 * 8;
        put(p, offset, rand() % 8 ? 8 : 16, offset < 16);
        begun += f.opened - before;
        now += (uint64_t)rand() % 300 * NS_PER_MS;
        const struct fragments_counts *c = &f.counts;
        assert_int_equal(begun, c->held + c->completed + fragments_dropped(&f));
        assert_true(c->held <= FRAGMENTS_DATAGRAMS);
    }
    assert_true(f.counts.completed > 100 && f.counts.overlapped > 100);
    assert_true(f.counts.timed_out > 100 && f.counts.evicted > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pieces_in_order_make_the_datagram, fresh),
        cmocka_unit_test_setup(pieces_reversed_make_the_datagram, fresh),
        cmocka_unit_test_setup(every_order_of_four_pieces_makes_the_datagram, fresh),
        cmocka_unit_test_setup(pieces_of_eight_bytes_are_enough, fresh),
        cmocka_unit_test_setup(a_last_piece_may_have_any_length, fresh),
        cmocka_unit_test_setup(mixed_datagrams_are_told_apart, fresh),
        cmocka_unit_test_setup(next_header_of_the_first_piece_is_the_datagrams, fresh),
        cmocka_unit_test_setup(extensions_behind_the_fragment_header_are_read_when_whole, fresh),
        cmocka_unit_test_setup(an_atomic_fragment_is_no_fragment, fresh),
        cmocka_unit_test_setup(whole_wire_length_counts_every_piece, fresh),
        cmocka_unit_test_setup(the_same_piece_again_is_ignored, fresh),
        cmocka_unit_test_setup(duplicates_of_a_whole_datagram_open_no_other, fresh),
        cmocka_unit_test_setup(overlaps_drop_the_datagram, fresh),
        cmocka_unit_test_setup(one_byte_otherwise_is_no_duplicate, fresh),
        cmocka_unit_test_setup(two_neighbours_are_not_one_duplicate, fresh),
        cmocka_unit_test_setup(what_lay_there_before_is_no_piece, fresh),
        cmocka_unit_test_setup(pieces_that_disagree_about_the_end_drop_the_datagram, fresh),
        cmocka_unit_test_setup(empty_and_uneven_pieces_are_ignored, fresh),
        cmocka_unit_test_setup(too_long_datagrams_are_dropped_once, fresh),
        cmocka_unit_test_setup(a_cut_piece_never_completes_anything, fresh),
        cmocka_unit_test_setup(a_gap_that_is_never_filled_times_out, fresh),
        cmocka_unit_test_setup(the_late_missing_piece_begins_another_datagram, fresh),
        cmocka_unit_test_setup(a_dropped_datagrams_number_may_be_used_again, fresh),
        cmocka_unit_test_setup(a_clock_that_steps_back_keeps_nothing_for_ever, fresh),
        cmocka_unit_test_setup(the_end_drops_all_that_waits, fresh),
        cmocka_unit_test_setup(a_full_table_gives_up_the_oldest, fresh),
        cmocka_unit_test_setup(what_is_over_makes_room_before_what_waits, fresh),
        cmocka_unit_test_setup(a_flood_leaves_the_counts_right, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
