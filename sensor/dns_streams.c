/* dns_streams.c -- see dns_streams.h.
 *
 * Each direction is put in order by a reassembly buffer whose offset 0 is a message boundary: the byte after the SYN, or
 * the first segment seen. When everything up to the last byte is read, the buffer begins anew there, so that a
 * connection may carry any number of messages.
 */
#include "sensor/dns_streams.h"

#include "dissectors/reassembly.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 12       /* the least a message has */
#define ENOUGH_OF_LONG 8192   /* of a message longer than the buffer this much is read */

struct side {
    bool known, dead;
    uint32_t base;     /* sequence number of the buffer's first byte */
    uint32_t consumed; /* bytes of whole messages at its beginning */
    struct reassembly stream;
};

struct conversation {
    struct flow *owner; /* NULL: free */
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

static void begin_side(struct side *side, uint32_t base)
{
    reassembly_reset(&side->stream);
    side->base = base;
    side->consumed = 0;
    side->known = true;
}

static void clear(struct conversation *c)
{
    for (int i = 0; i < 2; i++) {
        begin_side(&c->sides[i], 0);
        c->sides[i].known = c->sides[i].dead = false;
    }
}

static struct conversation *conversation_of(struct dns_streams *s, struct flow *f)
{
    struct conversation *c = f->dns_stream == NO_INDEX ? NULL : &s->conversations[f->dns_stream];
    if (!c) {
        c = &s->conversations[0];
        for (uint32_t i = 0; i < s->count && c->owner; i++)
            if (!s->conversations[i].owner || s->conversations[i].used_at < c->used_at)
                c = &s->conversations[i];
        if (c->owner)
            c->owner->dns_stream = NO_INDEX;
        clear(c);
        c->owner = f;
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

/* Reads the whole messages there are. */
static void read_messages(struct side *side, void (*on_message)(void *context, const uint8_t *message, size_t n), void *context)
{
    struct reassembly *r = &side->stream;
    while (!side->dead && r->contiguous - side->consumed >= 2) {
        const uint8_t *at = r->bytes + side->consumed;
        uint32_t len = (uint32_t)at[0] << 8 | at[1], have = r->contiguous - side->consumed - 2;
        if (len < HEADER_BYTES) {
            side->dead = true;
        } else if (have >= len) {
            on_message(context, at + 2, len);
            side->consumed += 2 + len;
        } else if (len + 2 > REASSEMBLY_BYTES && have >= ENOUGH_OF_LONG) {
            on_message(context, at + 2, have);
            begin_side(side, side->base + side->consumed + 2 + len); /* what still comes of it lies before the new base */
            return;
        } else {
            break;
        }
    }
    if (side->consumed > 0 && side->consumed == r->contiguous && r->highest == r->contiguous)
        begin_side(side, side->base + side->consumed);
}

/* Moves what is not read yet to the beginning of the buffer, to make room behind it. */
static void make_room(struct side *side)
{
    uint8_t rest[REASSEMBLY_BYTES];
    uint32_t n = side->stream.contiguous - side->consumed, base = side->base + side->consumed;
    memcpy(rest, side->stream.bytes + side->consumed, n);
    begin_side(side, base);
    reassembly_put(&side->stream, 0, rest, n);
}

void dns_streams_packet(struct dns_streams *s, struct flow *f, const struct packet *p, bool from_device,
                        void (*on_message)(void *context, const uint8_t *message, size_t n), void *context)
{
    struct side *side = &conversation_of(s, f)->sides[from_device];
    bool syn = p->tcp_flags & TCP_SYN;
    uint32_t seq = p->tcp_seq + (syn ? 1 : 0);
    if (syn || !side->known)
        begin_side(side, seq);
    struct bytes_view payload = p->payload;
    int32_t offset = (int32_t)(seq - side->base);
    if (side->dead || payload.len == 0)
        return;
    if (offset < 0) { /* sent again, or the tail of what was skipped */
        size_t old = (size_t)-(int64_t)offset;
        if (old >= payload.len)
            return;
        payload.at += old;
        payload.len -= old;
        offset = 0;
    }
    if ((size_t)offset + payload.len > REASSEMBLY_BYTES && side->consumed > 0) {
        offset -= (int32_t)side->consumed;
        make_room(side);
    }
    if (offset >= REASSEMBLY_BYTES) { /* too much is missing: begin again where we are */
        begin_side(side, seq);
        offset = 0;
    }
    reassembly_put(&side->stream, (uint32_t)offset, payload.at, payload.len);
    read_messages(side, on_message, context);
}
