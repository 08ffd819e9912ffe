/* fragments.c -- one bit for each eight bytes of a datagram that have come, one for each piece that begins there.
 *
 * Problem    Pieces of many datagrams come mixed, in any order, twice, and from people who would like us to see another
 *            datagram than the receiver: overlapping pieces are read differently by different systems.
 * Approach   Nothing is resolved. RFC 5722 has the receiver drop a datagram whose pieces overlap, and receivers do, so we
 *            do too and miss nothing that anybody read. Fragment offsets count in units of eight bytes: two bitmaps
 *            over a datagram's units say what is there and where pieces begin. That tells the same piece come twice,
 *            which networks and captures of two interfaces make, from an overlap, at the same cost for any number of
 *            pieces.
 * Tombstones A datagram that was dropped keeps its place until its time is over, since the pieces that are still to
 *            come must be dropped with it; one that is whole keeps it for a moment, since its duplicates still come.
 *            They are the first to go when place is needed.
 * Left out   Reporting to the sender (ICMP), ECN bits of the pieces (RFC 3168 5.3), IPv6 headers between the fragment
 *            header and the transport: they are part of what is put together, and packet_decode_ip() reads them.
 * RFCs       791 3.2, 5722, 6946, 8200 4.5.
 */
#include "dissectors/fragments.h"

#include <assert.h>
#include <string.h>

#define UNIT      8u
#define WORD_BITS 64u
#define NONE      FRAGMENTS_DATAGRAMS

_Static_assert(FRAGMENTS_BYTES % (UNIT * WORD_BITS) == 0, "the bitmaps have no partial last word");
_Static_assert(FRAGMENTS_BYTES + FRAGMENTS_HEADER <= 0xffff, "lengths fit a made header's 16 bits");
_Static_assert(sizeof(struct fragment_key) == 40, "keys have no padding of the compiler's");

enum state { FREE, OPEN, DROPPED, DONE };

/* A piece: bytes offset..end of its datagram, units first..last (ends exclusive). */
struct piece {
    const uint8_t *bytes;
    uint32_t offset, end;
    uint32_t first, last;
    bool final; /* none follows it */
};

/* Bits first..last (last exclusive) of one word; both at most WORD_BITS, not empty. */
static uint64_t bits_between(uint32_t first, uint32_t last)
{
    uint64_t up_to_last = last == WORD_BITS ? UINT64_MAX : ((uint64_t)1 << last) - 1;
    return up_to_last & ~(((uint64_t)1 << first) - 1);
}

/* The part of first..last that lies in the word of `first`. */
static uint64_t in_this_word(uint32_t first, uint32_t last)
{
    uint32_t word_end = first - first % WORD_BITS + WORD_BITS;
    return bits_between(first % WORD_BITS, last < word_end ? last % WORD_BITS : WORD_BITS);
}

static uint32_t next_word(uint32_t unit)
{
    return unit - unit % WORD_BITS + WORD_BITS;
}

static bool any_set(const uint64_t *bits, uint32_t first, uint32_t last)
{
    for (; first < last; first = next_word(first))
        if (bits[first / WORD_BITS] & in_this_word(first, last))
            return true;
    return false;
}

static void set_all(uint64_t *bits, uint32_t first, uint32_t last)
{
    for (; first < last; first = next_word(first))
        bits[first / WORD_BITS] |= in_this_word(first, last);
}

static bool is_set(const uint64_t *bits, uint32_t unit)
{
    return bits[unit / WORD_BITS] >> (unit % WORD_BITS) & 1;
}

/* A clock that stepped far back must not keep a datagram for hours. */
static bool is_over(uint64_t deadline_ns, uint64_t now_ns)
{
    return now_ns >= deadline_ns || deadline_ns - now_ns > 2 * FRAGMENTS_LIFE_NS;
}

void fragments_expire(struct fragments *f, uint64_t now_ns)
{
    f->earliest_ns = UINT64_MAX;
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++) {
        struct fragment_datagram *d = &f->datagrams[i];
        if (d->state != FREE && is_over(d->deadline_ns, now_ns)) {
            if (d->state == OPEN) {
                f->counts.timed_out++;
                f->counts.held--;
            }
            d->state = FREE;
        }
        if (d->state != FREE && d->deadline_ns < f->earliest_ns)
            f->earliest_ns = d->deadline_ns;
    }
}

static void set_deadline(struct fragments *f, struct fragment_datagram *d, uint64_t deadline_ns)
{
    d->deadline_ns = deadline_ns;
    if (deadline_ns < f->earliest_ns)
        f->earliest_ns = deadline_ns;
}

static struct fragment_key key_of(const struct packet *p)
{
    return (struct fragment_key){
        .src = p->src,
        .dst = p->dst,
        .id = p->fragment_id,
        .ip_version = p->ip_version,
        .ip_proto = p->ip_version == 4 ? p->ip_proto : 0,
    };
}

static unsigned find(const struct fragments *f, const struct fragment_key *key)
{
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++)
        if (f->keys[i].id == key->id && f->datagrams[i].state != FREE && memcmp(&f->keys[i], key, sizeof(*key)) == 0)
            return i;
    return NONE;
}

/* A free place, or the one that is missed least: of those that are over the oldest, else of all. */
static unsigned make_room(struct fragments *f)
{
    unsigned victim = NONE;
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++) {
        const struct fragment_datagram *d = &f->datagrams[i], *v = &f->datagrams[victim == NONE ? i : victim];
        if (d->state == FREE)
            return i;
        bool d_open = d->state == OPEN, v_open = v->state == OPEN;
        if (victim == NONE || (d_open == v_open ? d->opened < v->opened : v_open))
            victim = i;
    }
    if (f->datagrams[victim].state == OPEN) {
        f->counts.evicted++;
        f->counts.held--;
    }
    return victim;
}

static unsigned begin_datagram(struct fragments *f, const struct fragment_key *key, uint64_t now_ns)
{
    unsigned i = make_room(f);
    f->keys[i] = *key;
    f->datagrams[i] = (struct fragment_datagram){.state = OPEN, .opened = f->opened++};
    set_deadline(f, &f->datagrams[i], now_ns + FRAGMENTS_LIFE_NS);
    f->counts.held++;
    return i;
}

static enum fragment_outcome drop(struct fragments *f, struct fragment_datagram *d, uint64_t *cause)
{
    d->state = DROPPED;
    f->counts.held--;
    ++*cause;
    return FRAGMENT_DROPPED;
}

/* All pieces agree where the datagram ends: one final piece at most, and nothing at or behind its end. */
static bool agrees_about_end(const struct fragment_datagram *d, const struct piece *piece)
{
    if (piece->final)
        return d->total != 0 ? d->total == piece->end : d->highest <= piece->offset;
    return d->total == 0 || piece->end < d->total;
}

/* The very piece that is there already: it begins and ends where that one did, and says the same. */
static bool is_duplicate(const struct fragment_datagram *d, const struct piece *piece, const uint8_t *body)
{
    return is_set(d->begins, piece->first) && !any_set(d->begins, piece->first + 1, piece->last) &&
           is_set(d->have, piece->last - 1) &&
           (piece->last == FRAGMENTS_BYTES / UNIT || !is_set(d->have, piece->last) || is_set(d->begins, piece->last)) &&
           memcmp(body + piece->offset, piece->bytes, piece->end - piece->offset) == 0;
}

static void keep(struct fragment_datagram *d, const struct piece *piece, const struct packet *p, uint8_t *body)
{
    memcpy(body + piece->offset, piece->bytes, piece->end - piece->offset);
    set_all(d->have, piece->first, piece->last);
    set_all(d->begins, piece->first, piece->first + 1);
    d->units += piece->last - piece->first;
    if (piece->end > d->highest)
        d->highest = piece->end;
    if (piece->final)
        d->total = piece->end;
    if (piece->offset == 0)
        d->ip_proto = p->ip_proto;
}

static void put_u16(uint8_t *at, uint32_t n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

/* RFC 791 3.1 and RFC 8200 3, without what nobody reads again: options, extensions, checksum. The header ends where the
 * body begins. Returns its length. */
static size_t make_header(uint8_t *body, const struct fragment_key *key, uint8_t ip_proto, uint32_t total)
{
    enum { HOPS = 64 };
    if (key->ip_version == 4) {
        uint8_t *at = body - 20;
        memset(at, 0, 12);
        at[0] = 0x45;
        put_u16(at + 2, 20 + total);
        at[8] = HOPS;
        at[9] = ip_proto;
        memcpy(at + 12, key->src.bytes + 12, 4);
        memcpy(at + 16, key->dst.bytes + 12, 4);
        return 20;
    }
    uint8_t *at = body - 40;
    memset(at, 0, 8);
    at[0] = 0x60;
    put_u16(at + 4, total);
    at[6] = ip_proto;
    at[7] = HOPS;
    memcpy(at + 8, key->src.bytes, 16);
    memcpy(at + 24, key->dst.bytes, 16);
    return 40;
}

static enum fragment_outcome finish(struct fragments *f, unsigned i, uint64_t now_ns, struct whole_datagram *whole)
{
    struct fragment_datagram *d = &f->datagrams[i];
    uint8_t *body = f->room[i] + FRAGMENTS_HEADER;
    size_t header = make_header(body, &f->keys[i], d->ip_proto, d->total);
    whole->ip = (struct bytes_view){.at = body - header, .len = header + d->total};
    whole->wire_len = d->wire_len;
    d->state = DONE;
    set_deadline(f, d, now_ns + FRAGMENTS_ECHO_NS);
    f->counts.held--;
    f->counts.completed++;
    return FRAGMENT_WHOLE;
}

/* A piece of an open datagram. */
static enum fragment_outcome add(struct fragments *f, unsigned i, const struct packet *p, uint64_t now_ns,
                                 struct whole_datagram *whole)
{
    struct fragment_datagram *d = &f->datagrams[i];
    uint8_t *body = f->room[i] + FRAGMENTS_HEADER;
    uint64_t end = (uint64_t)p->fragment_offset + p->payload_wire_len;
    if (end > FRAGMENTS_BYTES)
        return drop(f, d, &f->counts.too_long);
    if (p->payload.len != p->payload_wire_len)
        return drop(f, d, &f->counts.cut);
    struct piece piece = {
        .bytes = p->payload.at,
        .offset = p->fragment_offset,
        .end = (uint32_t)end,
        .first = p->fragment_offset / UNIT,
        .last = ((uint32_t)end + UNIT - 1) / UNIT,
        .final = !p->more_fragments,
    };
    if (!agrees_about_end(d, &piece))
        return drop(f, d, &f->counts.overlapped);
    if (any_set(d->have, piece.first, piece.last)) {
        if (!is_duplicate(d, &piece, body))
            return drop(f, d, &f->counts.overlapped);
        f->counts.repeated++;
        return FRAGMENT_IGNORED;
    }
    keep(d, &piece, p, body);
    return d->total != 0 && d->units == (d->total + UNIT - 1) / UNIT ? finish(f, i, now_ns, whole) : FRAGMENT_HELD;
}

enum fragment_outcome fragments_put(struct fragments *f, const struct packet *p, uint32_t wire_len, uint64_t now_ns,
                                    struct whole_datagram *whole)
{
    assert(p->fragment && p->fragment_offset % UNIT == 0);
    if (now_ns >= f->earliest_ns)
        fragments_expire(f, now_ns);
    if (p->payload_wire_len == 0 || (p->more_fragments && p->payload_wire_len % UNIT != 0)) {
        f->counts.bad_pieces++;
        return FRAGMENT_IGNORED;
    }
    struct fragment_key key = key_of(p);
    unsigned i = find(f, &key);
    if (i == NONE)
        i = begin_datagram(f, &key, now_ns);
    struct fragment_datagram *d = &f->datagrams[i];
    if (d->state != OPEN) {
        f->counts.repeated++;
        return FRAGMENT_IGNORED;
    }
    d->wire_len += wire_len;
    return add(f, i, p, now_ns, whole);
}
