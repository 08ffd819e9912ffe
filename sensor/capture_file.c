/* capture_file.c -- see capture_file.h.
 *
 * Problem    A recording is whatever a person could get: two interfaces at once, recordings put end to end, one from a
 *            machine of the other byte order. libpcap has one link type and one snap length a file: it stops at the first
 *            interface that differs, and at version numbers it has not heard of. Wireshark shows all their packets.
 * Approach   Both forms are a header and records of declared length. One window over the file is refilled so that the
 *            head of a record, then its frame, lie in it whole; what nobody wants is passed over without being kept. So
 *            memory is bounded whatever a length says, and frames are handed over where they lie.
 * Damage     A record whose lengths contradict each other ends the reading: what follows is anybody's guess. A packet of
 *            an interface that was never described costs only itself.
 * Left out   Compressed files, and the dialects of other capture programs.
 * Formats    draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
#include "sensor/capture_file.h"

#include "common/byte_reader.h"
#include "common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_BYTES   (1u << 20)
#define READ_BYTES     (1u << 17) /* at once, unless a frame wants more: the same few bytes of the window stay in the cache */
#define LATEST_S       (INT64_MAX / (int64_t)NS_PER_S - 1)
#define BLOCK_HEAD     8u  /* type, total length */
#define BLOCK_MIN      12u /* ... and total length again */
#define BLOCK_PASSED   2
#define INTERFACES_MAX 65536u /* of one section; those after them are unknown */

_Static_assert(2 * CAPTURE_FRAME_MAX + READ_BYTES < WINDOW_BYTES, "what is left of one record and all of the next fit the window");

enum {
    PCAP_MICRO = 0xa1b2c3d4,
    PCAP_NANO = 0xa1b23c4d,
    PCAP_MODIFIED = 0xa1b2cd34,
    PCAPNG_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
    PCAPNG_ORDER = 0x1a2b3c4d,
};

enum { BLOCK_INTERFACE = 1, BLOCK_OLD_PACKET = 2, BLOCK_SIMPLE_PACKET = 3, BLOCK_ENHANCED_PACKET = 6 };

struct interface {
    uint32_t link_type, snaplen;
    uint64_t ticks;   /* a second */
    int64_t offset_s; /* to be added to its times */
};

struct capture_file {
    int fd;
    bool pcapng, swapped; /* swapped: little-endian; this file's integers are not in network order */
    bool damaged;
    const char *complaint; /* "": none */
    /* the window: at <= end <= WINDOW_BYTES */
    size_t at, end;
    uint64_t read_bytes;
    uint64_t pass_over; /* bytes after `at` that nobody wants */
    uint32_t trailer;   /* pcapng: the length that must follow them once more; 0: nothing must */
    uint64_t time_ns;   /* of the last frame that had one */
    /* pcap */
    uint32_t link_type;
    uint32_t record_head; /* bytes */
    uint32_t fraction_ns; /* what a record's fraction of a second counts */
    uint16_t version_major, version_minor;
    /* pcapng: of this section */
    struct interface *interfaces;
    uint32_t interfaces_len, interfaces_room;
    uint8_t window[WINDOW_BYTES];
};

/* The window -------------------------------------------------------------------------------------------------------- */

static int damaged(struct capture_file *f, const char *why)
{
    f->complaint = why;
    f->damaged = true;
    return -EBADMSG;
}

/* Reads on, since `wanted` bytes are wanted: 1, 0 at the end of the file. The window's unread bytes move to its start. */
static int read_on(struct capture_file *f, size_t wanted)
{
    memmove(f->window, f->window + f->at, f->end - f->at);
    f->end -= f->at;
    f->at = 0;
    size_t most = wanted > READ_BYTES ? wanted : READ_BYTES;
    ssize_t n = read(f->fd, f->window + f->end, most);
    if (n < 0 && errno != EINTR)
        f->complaint = strerror(errno); /* of a number that is known: a constant */
    if (n < 0)
        return -errno;
    f->end += (size_t)n;
    f->read_bytes += (uint64_t)n;
    return n > 0;
}

/* Sees to it that n bytes lie at f->at: 1; 0 when the file ends exactly here; -EBADMSG when it ends before they do. */
static int want(struct capture_file *f, size_t n)
{
    while (f->end - f->at < n) {
        int rc = read_on(f, n - (f->end - f->at));
        if (rc < 0)
            return rc;
        if (rc == 0)
            return f->end == f->at ? 0 : damaged(f, "the file is cut off");
    }
    return 1;
}

/* The same in the middle of something, where the file may not end: 1, or -errno. */
static int must_have(struct capture_file *f, size_t n)
{
    int rc = want(f, n);
    return rc == 0 ? damaged(f, "the file is cut off") : rc;
}

static struct byte_reader reader_here(const struct capture_file *f, size_t n)
{
    return reader_over(f->window + f->at, n);
}

static uint32_t u32(const struct capture_file *f, struct byte_reader *r)
{
    uint32_t v = reader_u32be(r);
    return f->swapped ? __builtin_bswap32(v) : v;
}

static uint16_t u16(const struct capture_file *f, struct byte_reader *r)
{
    uint16_t v = reader_u16be(r);
    return f->swapped ? __builtin_bswap16(v) : v;
}

/* Leaves behind what was not wanted of the last record: 1, or -errno. In pcapng a block's length stands at both of its
 * ends: this is how damage shows. */
static int finish_record(struct capture_file *f)
{
    while (f->pass_over > 0) {
        int rc = must_have(f, 1);
        if (rc < 0)
            return rc;
        size_t here = f->end - f->at < f->pass_over ? f->end - f->at : (size_t)f->pass_over;
        f->at += here;
        f->pass_over -= here;
    }
    if (f->trailer == 0)
        return 1;
    int rc = must_have(f, 4);
    if (rc < 0)
        return rc;
    struct byte_reader r = reader_here(f, 4);
    if (u32(f, &r) != f->trailer)
        return damaged(f, "a block with two lengths");
    f->at += 4;
    f->trailer = 0;
    return 1;
}

/* Frames ------------------------------------------------------------------------------------------------------------ */

/* The longest frame that a file may hold of this link type: buses and kernels' messages have large ones. */
static uint32_t longest_frame(uint32_t link_type)
{
    enum { USB_LINUX = 220, DBUS = 231, USBPCAP = 249, EBHSCR = 279 };
    bool bus = link_type == USB_LINUX || link_type == DBUS || link_type == USBPCAP || link_type == EBHSCR;
    return bus ? CAPTURE_BUS_FRAME_MAX : CAPTURE_FRAME_MAX;
}

static uint64_t time_from(int64_t seconds, uint64_t rest_ns)
{
    if (seconds < 0)
        return 0;
    return (uint64_t)(seconds < LATEST_S ? seconds : LATEST_S) * NS_PER_S + rest_ns;
}

/* What a record's head says of its frame. */
struct described {
    uint32_t captured, wire_len, link_type;
};

/* Hands over a frame behind a head of `head` bytes; `record` bytes are left of the record, head included. Only then is
 * anything of it taken: a reading that a signal ended begins again at the record's start. */
static int hand_over(struct capture_file *f, size_t head, uint64_t record, const struct described *d,
                     struct captured_frame *out)
{
    uint32_t kept = d->captured < CAPTURE_FRAME_MAX ? d->captured : CAPTURE_FRAME_MAX;
    if (d->captured > longest_frame(d->link_type))
        return damaged(f, "a frame longer than any can be");
    int rc = must_have(f, head + kept);
    if (rc < 0)
        return rc;
    *out = (struct captured_frame){
        .bytes = f->window + f->at + head,
        .time_ns = f->time_ns,
        .captured = kept,
        .wire_len = d->wire_len > d->captured ? d->wire_len : d->captured,
        .link_type = d->link_type,
    };
    f->at += head + kept;
    f->pass_over = record - head - kept;
    return 1;
}

/* pcap -------------------------------------------------------------------------------------------------------------- */

/* { u32 magic, u16 major, u16 minor, u32[2] unused, u32 snaplen, u32 link type }; the link type's upper half tells of
 * frame check sequences. */
static int open_pcap(struct capture_file *f, uint32_t magic)
{
    enum { HEAD = 24, RECORD = 16, MODIFIED_RECORD = 24 };
    int rc = must_have(f, HEAD);
    if (rc < 0)
        return rc;
    struct byte_reader r = reader_here(f, HEAD);
    reader_skip(&r, 4);
    f->version_major = u16(f, &r);
    f->version_minor = u16(f, &r);
    reader_skip(&r, 8);
    reader_skip(&r, 4); /* the snap length: files that lie about it are read all the same */
    f->link_type = u32(f, &r) & 0xffff;
    f->fraction_ns = magic == PCAP_NANO ? 1 : 1000;
    f->record_head = magic == PCAP_MODIFIED ? MODIFIED_RECORD : RECORD;
    f->at += HEAD;
    return 0;
}

/* Before version 2.3 a record had its two lengths the other way round; 2.3 had them either way, and so had a program
 * that wrote version 543.0. */
static bool lengths_are_swapped(const struct capture_file *f, uint32_t captured, uint32_t wire_len)
{
    if (f->version_major == 2)
        return f->version_minor < 3 || (f->version_minor == 3 && captured > wire_len);
    return f->version_major == 543;
}

/* { u32 seconds, u32 fraction, u32 captured, u32 on the wire } and the frame. */
static int next_record(struct capture_file *f, struct captured_frame *out)
{
    int rc = want(f, f->record_head);
    if (rc <= 0)
        return rc;
    struct byte_reader r = reader_here(f, f->record_head);
    uint32_t seconds = u32(f, &r);
    uint64_t rest_ns = (uint64_t)u32(f, &r) * f->fraction_ns;
    struct described d = {.link_type = f->link_type};
    d.captured = u32(f, &r);
    d.wire_len = u32(f, &r);
    if (lengths_are_swapped(f, d.captured, d.wire_len)) {
        uint32_t first = d.captured;
        d.captured = d.wire_len;
        d.wire_len = first;
    }
    f->time_ns = time_from(seconds, rest_ns < NS_PER_S ? rest_ns : 0);
    return hand_over(f, f->record_head, (uint64_t)f->record_head + d.captured, &d, out);
}

/* pcapng ------------------------------------------------------------------------------------------------------------ */

/* 2^n or 10^n ticks a second (if_tsresol); what is too fine for 64 bits is taken as nanoseconds. */
static uint64_t ticks_of(uint8_t resolution)
{
    uint8_t n = resolution & 0x7f;
    uint64_t ticks = 1;
    if (resolution & 0x80)
        return n < 64 ? 1ull << n : NS_PER_S;
    if (n > 19)
        return NS_PER_S;
    while (n-- > 0)
        ticks *= 10;
    return ticks;
}

/* part of ticks as nanoseconds. Powers of two are halved until no product can overflow. */
static uint64_t fraction_of_second(uint64_t part, uint64_t ticks)
{
    if (ticks % NS_PER_S == 0)
        return part / (ticks / NS_PER_S);
    while (ticks >= 1ull << 33) {
        part >>= 1;
        ticks >>= 1;
    }
    return part * NS_PER_S / ticks;
}

static void set_time(struct capture_file *f, const struct interface *i, uint32_t high, uint32_t low)
{
    uint64_t stamp = (uint64_t)high << 32 | low;
    uint64_t seconds = stamp / i->ticks;
    int64_t since = seconds < (uint64_t)LATEST_S ? (int64_t)seconds : (int64_t)LATEST_S;
    if (__builtin_add_overflow(since, i->offset_s, &since))
        since = i->offset_s < 0 ? 0 : LATEST_S;
    f->time_ns = time_from(since, fraction_of_second(stamp % i->ticks, i->ticks));
}

/* { u16 code, u16 length, value padded to 4 } repeated, until code 0 or the block's end. */
static void read_clock_options(const struct capture_file *f, struct byte_reader *r, struct interface *i)
{
    enum { END = 0, RESOLUTION = 9, OFFSET = 14 };
    while (reader_left(r) >= 4) {
        uint16_t code = u16(f, r);
        uint16_t len = u16(f, r);
        struct byte_reader value = reader_sub(r, len);
        reader_skip(r, -(unsigned)len % 4);
        if (code == END || value.short_read)
            return;
        if (code == RESOLUTION && len == 1)
            i->ticks = ticks_of(reader_u8(&value));
        if (code == OFFSET && len == 8) {
            uint64_t first = u32(f, &value), second = u32(f, &value);
            i->offset_s = (int64_t)(f->swapped ? second << 32 | first : first << 32 | second);
        }
    }
}

static struct interface *new_interface(struct capture_file *f)
{
    if (f->interfaces_len == f->interfaces_room) {
        uint32_t room = f->interfaces_room ? f->interfaces_room * 2 : 4;
        struct interface *more = reallocarray(f->interfaces, room, sizeof(*more));
        if (!more)
            return NULL;
        f->interfaces = more;
        f->interfaces_room = room;
    }
    return &f->interfaces[f->interfaces_len++];
}

/* Interface description: { u16 link type, u16 unused, u32 snaplen, options }. Options beyond the first kilobytes do not
 * count. */
static int describe_interface(struct capture_file *f, uint32_t body)
{
    enum { FIXED = 8, LOOKED_AT = 16384 };
    size_t n = body < LOOKED_AT ? body : LOOKED_AT;
    if (n < FIXED)
        return damaged(f, "a description of an interface that is too short");
    int rc = must_have(f, BLOCK_HEAD + n);
    if (rc < 0 || f->interfaces_len == INTERFACES_MAX)
        return rc;
    struct byte_reader r = reader_here(f, BLOCK_HEAD + n);
    struct interface *i = new_interface(f);
    if (!i)
        return damaged(f, "out of memory for its interfaces");
    reader_skip(&r, BLOCK_HEAD);
    *i = (struct interface){.link_type = u16(f, &r), .ticks = 1000000};
    reader_skip(&r, 2);
    i->snaplen = u32(f, &r);
    read_clock_options(f, &r, i);
    return 1;
}

/* Enhanced packet: { u32 interface, u32 time high, u32 low, u32 captured, u32 on the wire, frame, options }. The old one
 * has a u16 for the interface and a u16 of drops. Simple packet: { u32 on the wire, frame }, of the section's first
 * interface and cut to its snap length. */
static int packet_block(struct capture_file *f, uint32_t type, uint32_t body, uint64_t record,
                        struct captured_frame *out)
{
    bool simple = type == BLOCK_SIMPLE_PACKET;
    size_t fixed = simple ? 4 : 20;
    if (body < fixed)
        return damaged(f, "a packet block that is too short");
    int rc = must_have(f, BLOCK_HEAD + fixed);
    if (rc < 0)
        return rc;
    struct byte_reader r = reader_here(f, BLOCK_HEAD + fixed);
    reader_skip(&r, BLOCK_HEAD);
    uint32_t number = 0;
    if (type == BLOCK_ENHANCED_PACKET)
        number = u32(f, &r);
    if (type == BLOCK_OLD_PACKET) {
        number = u16(f, &r);
        reader_skip(&r, 2);
    }
    const struct interface *i = number < f->interfaces_len ? &f->interfaces[number] : NULL;
    struct described d = {.link_type = i ? i->link_type : CAPTURE_LINK_UNKNOWN};
    uint32_t high = 0, low = 0;
    if (!simple) {
        high = u32(f, &r);
        low = u32(f, &r);
        d.captured = u32(f, &r);
    }
    d.wire_len = u32(f, &r);
    if (simple)
        d.captured = i && i->snaplen > 0 && i->snaplen < d.wire_len ? i->snaplen : d.wire_len;
    if (d.captured > body - fixed)
        return damaged(f, "a packet that is longer than its block");
    if (i && !simple)
        set_time(f, i, high, low);
    return hand_over(f, BLOCK_HEAD + fixed, record, &d, out);
}

/* Section header: { type, total length, u32 byte order, u16 major, u16 minor, u64 length, options }. The block's own
 * length can be read only when the byte order is known. What a section says of its own length is not needed. */
static int begin_section(struct capture_file *f)
{
    enum { FIXED = 24 };
    int rc = must_have(f, FIXED);
    if (rc < 0)
        return rc;
    struct byte_reader r = reader_here(f, FIXED);
    reader_skip(&r, BLOCK_HEAD);
    uint32_t order = reader_u32be(&r);
    if (order != PCAPNG_ORDER && order != __builtin_bswap32(PCAPNG_ORDER))
        return damaged(f, "a section without a byte order");
    f->swapped = order != PCAPNG_ORDER;
    f->interfaces_len = 0;
    return u16(f, &r) == 1 ? 1 : damaged(f, "a section of a version that is not known");
}

/* Every block: { u32 type, u32 total length, body, u32 total length }, padded to 4 whatever its length says. 1: out is
 * filled; 0: the end; BLOCK_PASSED: it was one without a frame. */
static int next_block(struct capture_file *f, struct captured_frame *out)
{
    int rc = want(f, BLOCK_HEAD);
    if (rc <= 0)
        return rc;
    struct byte_reader r = reader_here(f, BLOCK_HEAD);
    uint32_t type = u32(f, &r);
    if (type == PCAPNG_SECTION && (rc = begin_section(f)) < 0)
        return rc;
    r = reader_here(f, BLOCK_HEAD);
    reader_skip(&r, 4);
    uint32_t total = u32(f, &r);
    if (total < BLOCK_MIN)
        return damaged(f, "a block that is too short");
    uint32_t body = total - BLOCK_MIN;
    uint64_t record = BLOCK_HEAD + (uint64_t)body + (-total & 3); /* all but the trailer */
    bool packet = type == BLOCK_ENHANCED_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_OLD_PACKET;
    if (packet)
        rc = packet_block(f, type, body, record, out);
    else if (type == BLOCK_INTERFACE)
        rc = describe_interface(f, body);
    if (rc < 0)
        return rc;
    f->trailer = total;
    if (packet)
        return 1;
    f->pass_over = record;
    return BLOCK_PASSED;
}

/* Both -------------------------------------------------------------------------------------------------------------- */

static int read_head(struct capture_file *f)
{
    int rc = want(f, 4);
    if (rc <= 0)
        return rc == 0 ? -ENODATA : rc;
    struct byte_reader r = reader_here(f, 4);
    uint32_t magic = reader_u32be(&r);
    if (magic == PCAPNG_SECTION) {
        f->pcapng = true;
        return (rc = begin_section(f)) < 0 ? rc : 0; /* which the first frame's search reads again */
    }
    const uint32_t pcaps[] = {PCAP_MICRO, PCAP_NANO, PCAP_MODIFIED};
    for (size_t i = 0; i < sizeof(pcaps) / sizeof(pcaps[0]); i++) {
        f->swapped = magic != pcaps[i];
        if (magic == pcaps[i] || magic == __builtin_bswap32(pcaps[i]))
            return open_pcap(f, pcaps[i]);
    }
    return damaged(f, "it begins like neither");
}

int capture_file_open(int fd, struct capture_file **out)
{
    struct capture_file *f = *out = calloc(1, sizeof(*f));
    if (!f)
        return -ENOMEM;
    f->fd = fd;
    f->complaint = "";
    return read_head(f);
}

void capture_file_close(struct capture_file *f)
{
    if (!f)
        return;
    free(f->interfaces);
    free(f);
}

int capture_file_next(struct capture_file *f, struct captured_frame *out)
{
    if (f->damaged)
        return -EBADMSG;
    int rc = finish_record(f);
    if (rc > 0 && !f->pcapng)
        return next_record(f, out);
    while (rc > 0 && (rc = next_block(f, out)) == BLOCK_PASSED)
        rc = finish_record(f);
    return rc;
}

const char *capture_file_complaint(const struct capture_file *f)
{
    return f->complaint;
}

bool capture_file_is_drained(const struct capture_file *f)
{
    return f->at == f->end;
}

uint64_t capture_file_position(const struct capture_file *f)
{
    return f->read_bytes;
}
