/* dns_streams.c -- see dns_streams.h.
 *
 * Each direction is put in order by a reassembly buffer whose offset 0 is a message boundary: the byte after the SYN, the
 * byte that the other end waited for when it spoke, or the first segment seen. What is read makes room for what comes, so
 * that a connection may carry any number of messages.
 *
 * When bytes are missing for so long that the buffer is full, the first byte behind them is taken to begin a message, as the
 * first of most segments does. A length that no message has means that we are not where we thought: the position is
 * forgotten, and the next segment is taken to begin a message.
 */
#include "sensor/dns_streams.h"

#include "dissectors/reassembly.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES   2
#define HEADER_BYTES   12        /* the least a message has */
#define ENOUGH_OF_LONG 8192      /* of a message longer than the buffer this much is read */
#define SYN_AGAIN      (1 << 20) /* a SYN this little behind us is an old one sent again */

struct reading {
    void (*on_message)(void *context, const uint8_t *message, size_t n);
    void *context;
};

struct side {
    bool known;
    uint32_t base;     /* sequence number of the buffer's first byte */
    uint32_t consumed; /* bytes of whole messages at its beginning */
    struct reassembly stream;
};

struct conversation {
    struct flow *owner; /* NULL: free */
    bool spoke;         /* a payload was seen */
    uint32_t used_at;
    struct side sides[2]; /* [from_device] */
};

struct dns_streams {
    struct conversation *conversations;
    uint32_t count, now;
};

struct dns_streams *dns_streams_new(uint32_t conversations)
{
    struct dns_streams *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->conversations = calloc(conversations, sizeof(*s->conversations));
    s->count = conversations;
    if (!s->conversations) {
        free(s);
        return NULL;
    }
    return s;
}

void dns_streams_free(struct dns_streams *s)
{
    if (!s)
        return;
    free(s->conversations);
    free(s);
}

/* Places ------------------------------------------------------------------------------------------------------------ */

/* Is a the better one to give up? One that never spoke goes first: it has nothing to lose, and a flood of SYNs has many. */
static bool goes_before(const struct conversation *a, const struct conversation *b)
{
    if (!a->owner || !b->owner)
        return !a->owner && b->owner;
    if (a->spoke != b->spoke)
        return !a->spoke;
    return a->used_at < b->used_at;
}

static struct conversation *conversation_of(struct dns_streams *s, struct flow *f)
{
    struct conversation *c = f->dns_stream == NO_INDEX ? NULL : &s->conversations[f->dns_stream];
    if (!c) {
        c = &s->conversations[0];
        for (uint32_t i = 1; i < s->count; i++)
            if (goes_before(&s->conversations[i], c))
                c = &s->conversations[i];
        if (c->owner)
            c->owner->dns_stream = NO_INDEX;
        c->owner = f;
        c->spoke = c->sides[0].known = c->sides[1].known = false;
        f->dns_stream = (uint32_t)(c - s->conversations);
    }
    c->used_at = ++s->now;
    return c;
}

void dns_streams_end(struct dns_streams *s, struct flow *f)
{
    if (f->dns_stream == NO_INDEX)
        return;
    s->conversations[f->dns_stream].owner = NULL;
    f->dns_stream = NO_INDEX;
}

/* One side ---------------------------------------------------------------------------------------------------------- */

static void begin_side(struct side *side, uint32_t base)
{
    reassembly_reset(&side->stream);
    side->base = base;
    side->consumed = 0;
    side->known = true;
}

static bool is_there(const struct reassembly *r, uint32_t at)
{
    return r->have[at / 64] >> at % 64 & 1;
}

/* Moves what lies from this offset on to the beginning of the buffer, pieces behind a hole too. */
static void drop(struct side *side, uint32_t upto)
{
    const struct reassembly old = side->stream;
    begin_side(side, side->base + upto);
    for (uint32_t from = upto, to; from < old.highest; from = to) {
        bool there = is_there(&old, from);
        for (to = from + 1; to < old.highest && is_there(&old, to) == there; to++)
            ;
        if (there)
            reassembly_put(&side->stream, from - upto, old.bytes + from, to - from);
    }
}

static uint32_t unread(const struct side *side)
{
    return side->stream.contiguous - side->consumed;
}

static uint32_t declared_length(const struct side *side)
{
    const uint8_t *at = side->stream.bytes + side->consumed;
    return (uint32_t)at[0] << 8 | at[1];
}

/* The bytes up to this offset will not come, or are not waited for. What there is of the message at the front is read; the next
 * one is taken to begin there or, when its length says so, behind. */
static void pass_over(struct side *side, uint32_t upto, const struct reading *reading)
{
    uint32_t have = unread(side);
    if (have >= LENGTH_BYTES) {
        uint32_t end = side->consumed + LENGTH_BYTES + declared_length(side);
        upto = end > upto ? end : upto;
    }
    if (have >= LENGTH_BYTES + HEADER_BYTES)
        reading->on_message(reading->context, side->stream.bytes + side->consumed + LENGTH_BYTES, have - LENGTH_BYTES);
    drop(side, upto);
}

/* Reads the whole messages there are. */
static void read_messages(struct side *side, const struct reading *reading)
{
    while (unread(side) >= LENGTH_BYTES) {
        uint32_t len = declared_length(side), have = unread(side) - LENGTH_BYTES;
        bool too_long = len > REASSEMBLY_BYTES - LENGTH_BYTES;
        if (len < HEADER_BYTES) {
            side->known = false;
            return;
        }
        if (have >= len) {
            reading->on_message(reading->context, side->stream.bytes + side->consumed + LENGTH_BYTES, len);
            side->consumed += LENGTH_BYTES + len;
        } else if (too_long && have >= ENOUGH_OF_LONG) {
            pass_over(side, side->stream.contiguous, reading); /* what still comes of it lies before the new base */
        } else {
            break;
        }
    }
    if (side->consumed > 0 && side->consumed == side->stream.highest)
        begin_side(side, side->base + side->consumed);
}

/* Something was lost, and so much came after it that the buffer is full. */
static void give_up_hole(struct side *side, uint32_t seq, const struct reading *reading)
{
    uint32_t before = side->base, behind = side->stream.contiguous;
    while (behind < side->stream.highest && !is_there(&side->stream, behind))
        behind++;
    pass_over(side, behind, reading);
    read_messages(side, reading);
    if (!side->known || side->base == before)
        begin_side(side, seq);
}

/* Takes the bytes of one segment, in as many parts as the buffer needs. */
static void take(struct side *side, uint32_t seq, struct bytes_view bytes, const struct reading *reading)
{
    while (bytes.len > 0 && side->known) {
        int64_t offset = (int32_t)(seq - side->base), room = REASSEMBLY_BYTES - offset;
        size_t n = bytes.len;
        if (offset < 0) { /* sent again, or the tail of what was passed over */
            n = (uint64_t)-offset < n ? (size_t)-offset : n;
        } else if ((int64_t)n > room && side->consumed > 0) {
            drop(side, side->consumed);
            continue;
        } else if ((int64_t)n > room && offset > side->stream.contiguous) {
            give_up_hole(side, seq, reading);
            continue;
        } else {
            n = (int64_t)n < room ? n : (size_t)room;
            reassembly_put(&side->stream, (uint32_t)offset, bytes.at, n);
            read_messages(side, reading);
        }
        bytes.at += n;
        bytes.len -= n;
        seq += (uint32_t)n;
    }
}

/* The capture cut a segment: of its bytes those from `cut` to `end` will not come. */
static void take_cut(struct side *side, uint32_t cut, uint32_t end, const struct reading *reading)
{
    if (!side->known || side->base + side->stream.contiguous != cut)
        return;
    pass_over(side, end - side->base, reading);
    read_messages(side, reading);
}

/* The conversation -------------------------------------------------------------------------------------------------- */

/* Where the sides begin. A SYN tells it of its own side; an acknowledgement, of the other. A SYN sent again tells nothing new. */
static void find_beginnings(struct side *own, struct side *other, const struct packet *p, uint32_t seq)
{
    int32_t ahead = (int32_t)(seq - own->base);
    if (!own->known || ((p->tcp_flags & TCP_SYN) && (ahead > 0 || ahead < -SYN_AGAIN)))
        begin_side(own, seq);
    if (!other->known && (p->tcp_flags & TCP_ACK))
        begin_side(other, p->tcp_ack);
}

void dns_streams_packet(struct dns_streams *s, struct flow *f, const struct packet *p, bool from_device,
                        void (*on_message)(void *context, const uint8_t *message, size_t n), void *context)
{
    const struct reading reading = {.on_message = on_message, .context = context};
    struct conversation *c = conversation_of(s, f);
    struct side *side = &c->sides[from_device];
    uint32_t seq = p->tcp_seq + (p->tcp_flags & TCP_SYN ? 1 : 0), cut = seq + (uint32_t)p->payload.len;
    find_beginnings(side, &c->sides[!from_device], p, seq);
    if (p->payload_wire_len == 0)
        return;
    c->spoke = true;
    take(side, seq, p->payload, &reading);
    if (p->payload_wire_len > p->payload.len)
        take_cut(side, cut, seq + p->payload_wire_len, &reading);
}
