/* fuzz_fragments.c -- any sequence of pieces of many datagrams, compared with a plain model.
 *
 * Input      { u8 datagram, u8 how, u16 offset in units, u8 length, u8 wait } repeated. how: bit 0 more to come, bit 1
 *            IPv6, bit 2 the bytes are a lie, bit 3 cut by the capture, bit 4 the length is a hundredfold, bit 5 TCP,
 *            bits 6 and 7 the wait is tenths of seconds, seconds, back in time, or none.
 * Claims     The table says and counts what the model does, which keeps lists of pieces instead of bitmaps; a whole datagram
 *            has exactly the bytes of its pieces, and packet_decode_ip() reads it.
 */
#include "common/byte_reader.h"
#include "dissectors/fragments.h"

#include <stdlib.h>
#include <string.h>

#define PIECES 512 /* of one datagram in the model; an input that has more is over */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct piece {
    uint32_t offset, end;
    bool final, lie;
};

enum model_state { UNUSED, WAITING, GONE, READY };

struct model {
    enum model_state state;
    struct packet key;
    uint64_t opened, deadline_ns, wire_len;
    struct piece pieces[PIECES];
    unsigned n;
};

static struct fragments f;
static struct model models[FRAGMENTS_DATAGRAMS];
static struct fragments_counts counts;
static uint64_t opened, now_ns;
static bool full; /* a list of the model's */

static void claim(bool holds)
{
    if (!holds)
        abort();
}

/* What a datagram has at an offset. */
static uint8_t byte_at(const struct packet *key, uint32_t offset, bool lie)
{
    uint32_t h = ((key->fragment_id * 4u + key->src.bytes[15]) * 2654435761u + key->ip_version) ^ (offset * 40503u);
    return (uint8_t)((h >> 13) ^ (lie ? 0xff : 0));
}

static bool same_datagram(const struct packet *a, const struct packet *b)
{
    return a->ip_version == b->ip_version && a->fragment_id == b->fragment_id && ip_equal(&a->src, &b->src) && ip_equal(&a->dst, &b->dst) &&
           (a->ip_version == 6 || a->ip_proto == b->ip_proto);
}

/* ---- the model ---- */

static void model_expire(void)
{
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++) {
        struct model *m = &models[i];
        bool over = now_ns >= m->deadline_ns || m->deadline_ns - now_ns > 2 * FRAGMENTS_LIFE_NS;
        if (m->state == WAITING && over)
            counts.timed_out++;
        if (over)
            m->state = UNUSED;
    }
}

static struct model *model_place(const struct packet *p)
{
    struct model *best = NULL;
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++)
        if (models[i].state != UNUSED && same_datagram(&models[i].key, p))
            return &models[i];
    for (unsigned pass = 0; pass < 3 && !best; pass++) {
        for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++) {
            struct model *m = &models[i];
            bool fits = pass == 0 ? m->state == UNUSED : pass == 1 ? m->state != WAITING : true;
            if (fits && (!best || m->opened < best->opened))
                best = m;
        }
    }
    counts.evicted += best->state == WAITING;
    best->state = WAITING;
    best->key = *p;
    best->opened = opened++;
    best->deadline_ns = now_ns + FRAGMENTS_LIFE_NS;
    best->wire_len = 0;
    best->n = 0;
    return best;
}

/* How a piece stands to those that are there: 0 beside them, 1 the same again, 2 against them. */
static int model_compare(const struct model *m, const struct piece *p)
{
    bool again = false, against = false;
    for (unsigned i = 0; i < m->n; i++) {
        const struct piece *q = &m->pieces[i];
        if (q->offset == p->offset && q->end == p->end && q->final == p->final && q->lie == p->lie)
            again = true;
        else if ((q->offset < p->end && p->offset < q->end) || (q->final && p->end >= q->end) || (p->final && (q->end >= p->end || q->final)))
            against = true;
    }
    return against ? 2 : again ? 1 : 0;
}

static bool model_is_whole(const struct model *m)
{
    uint32_t have = 0, total = UINT32_MAX;
    for (unsigned i = 0; i < m->n; i++) {
        have += m->pieces[i].end - m->pieces[i].offset;
        if (m->pieces[i].final)
            total = m->pieces[i].end;
    }
    return have == total; /* they do not overlap, and none is behind the end */
}

static enum fragment_outcome model_drop(struct model *m, uint64_t *cause)
{
    m->state = GONE;
    ++*cause;
    return FRAGMENT_DROPPED;
}

static enum fragment_outcome model_put(const struct packet *p, uint32_t wire_len, bool lie, struct model **of)
{
    struct piece piece = {p->fragment_offset, p->fragment_offset + p->payload_wire_len, !p->more_fragments, lie};
    if (p->payload_wire_len == 0 || (p->more_fragments && p->payload_wire_len % 8 != 0)) {
        counts.bad_pieces++;
        return FRAGMENT_IGNORED;
    }
    struct model *m = *of = model_place(p);
    if (m->state != WAITING) {
        counts.repeated++;
        return FRAGMENT_IGNORED;
    }
    m->wire_len += wire_len;
    if (piece.end > FRAGMENTS_BYTES)
        return model_drop(m, &counts.too_long);
    if (p->payload.len < p->payload_wire_len)
        return model_drop(m, &counts.cut);
    int standing = model_compare(m, &piece);
    if (standing == 2)
        return model_drop(m, &counts.overlapped);
    if (standing == 1) {
        counts.repeated++;
        return FRAGMENT_IGNORED;
    }
    m->pieces[m->n++] = piece;
    full = m->n == PIECES;
    if (!model_is_whole(m))
        return FRAGMENT_HELD;
    m->state = READY;
    m->deadline_ns = now_ns + FRAGMENTS_ECHO_NS;
    counts.completed++;
    return FRAGMENT_WHOLE;
}

/* ---- both ---- */

static void check_whole(const struct model *m, const struct whole_datagram *whole)
{
    struct packet p;
    size_t header = m->key.ip_version == 4 ? 20 : 40, total = 0;
    for (unsigned i = 0; i < m->n; i++) {
        const struct piece *q = &m->pieces[i];
        for (uint32_t at = q->offset; at < q->end; at++)
            claim(whole->ip.at[header + at] == byte_at(&m->key, at, q->lie));
        total += q->end - q->offset;
    }
    claim(whole->ip.len == header + total);
    claim(whole->wire_len == m->wire_len);
    enum dissect_outcome rc = packet_decode_ip(whole->ip.at, whole->ip.len, whole->ip.len, &p);
    claim(rc != DISSECT_NOT_MINE && rc != DISSECT_TRUNCATED);
    claim(rc != DISSECT_OK || (ip_equal(&p.src, &m->key.src) && ip_equal(&p.dst, &m->key.dst) && !p.fragment));
}

static void check_counts(void)
{
    counts.held = 0;
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++)
        counts.held += models[i].state == WAITING;
    claim(memcmp(&counts, &f.counts, sizeof(counts)) == 0);
    claim(opened == counts.held + counts.completed + fragments_dropped(&f));
}

static void put(struct packet *p, bool lie)
{
    struct whole_datagram whole = {0};
    struct model *m = NULL;
    uint8_t *bytes = malloc(p->payload.len ? p->payload.len : 1);
    claim(bytes != NULL);
    for (uint32_t i = 0; i < p->payload.len; i++)
        bytes[i] = byte_at(p, p->fragment_offset + i, lie);
    p->payload.at = bytes;
    enum fragment_outcome expected = model_put(p, p->payload_wire_len + 14, lie, &m);
    claim(fragments_put(&f, p, p->payload_wire_len + 14, now_ns, &whole) == expected);
    free(bytes);
    if (expected == FRAGMENT_WHOLE)
        check_whole(m, &whole);
    check_counts();
}

/* While time goes on, fragments_put() sees by itself what is over. */
static void wait(unsigned kind, uint8_t n)
{
    if (kind == 1)
        now_ns += n * (NS_PER_S / 10);
    else if (kind == 2)
        now_ns += n * NS_PER_S;
    else if (kind == 3) {
        now_ns -= n * NS_PER_S;
        fragments_expire(&f, now_ns);
    }
    model_expire();
}

static void step(struct byte_reader *in)
{
    uint8_t number = reader_u8(in), how = reader_u8(in);
    struct packet p = {.ip_version = how & 2 ? 6 : 4, .ip_proto = how & 32 ? IP_PROTO_TCP : IP_PROTO_UDP, .fragment = true, .fragment_id = number % 100};
    uint8_t from = (uint8_t)(1 + number / 100);
    p.src = p.ip_version == 6 ? (struct ip_addr){{0xfd, [15] = from}} : ip_from_v4((const uint8_t[]){192, 168, 1, from});
    p.dst = p.ip_version == 6 ? (struct ip_addr){{0x20, [15] = 7}} : ip_from_v4((const uint8_t[]){198, 51, 100, 7});
    p.more_fragments = how & 1;
    p.fragment_offset = (uint16_t)(reader_u16be(in) % (FRAGMENTS_BYTES / 8 + 16) * 8);
    p.payload_wire_len = reader_u8(in) * (how & 16 ? 100u : 1u);
    p.payload.len = how & 8 ? p.payload_wire_len / 2 : p.payload_wire_len;
    p.fragment = p.more_fragments || p.fragment_offset > 0;
    uint8_t pause = reader_u8(in);
    if (!p.fragment)
        return;
    wait(how >> 6, pause);
    put(&p, how & 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct byte_reader in = reader_over(data, size);
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++) { /* bodies keep what the run before left: it must not show */
        models[i].state = UNUSED;
        models[i].deadline_ns = models[i].opened = f.datagrams[i].state = 0;
    }
    counts = f.counts = (struct fragments_counts){0};
    f.opened = opened = f.earliest_ns = 0;
    now_ns = 1790000000 * NS_PER_S;
    full = false;
    while (reader_left(&in) >= 6 && !full)
        step(&in);
    fragments_expire(&f, UINT64_MAX);
    now_ns = UINT64_MAX;
    model_expire();
    check_counts();
    return 0;
}
