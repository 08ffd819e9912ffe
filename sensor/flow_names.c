/* flow_names.c -- see flow_names.h.
 *
 * TCP. The client's stream is looked at from its first payload byte (known from the SYN, else the first segment that
 * looks like a hello or a request). judge() is asked with the bytes there are: it reads a name, wants more, or says
 * that this is something else. Wanting more moves the bytes into a slot, where segments find their place by sequence
 * number. Something else makes the flow a dialogue: each later segment that begins like a hello starts a stream anew,
 * which is how a hello after STARTTLS, CONNECT or a SOCKS greeting begins, whatever the words before it.
 *
 * A server name is taken as soon as it is whole: waiting for the rest of the hello would only make it late. One that
 * never becomes whole is looked at once more when the flow ends.
 *
 * QUIC. The keys of the Initials come from the first destination id the client chose. A later Initial is tried with
 * them first (the id changes after the server's answer, the keys do not), then with its own id (after a Retry).
 */
#include "sensor/flow_names.h"

#include "common/hostname.h"
#include "dissectors/quic.h"
#include "dissectors/tls.h"
#include "sensor/hello_pool.h"

#include <stdlib.h>
#include <string.h>

#define PAYLOADS_MOST 64 /* payload packets looked at before a flow is taken to have no name */

struct flow_names {
    struct hello_pool *pool;
    struct quic *quic;
    struct flow_names_counts counts;
    void (*on_name)(void *context, struct flow *f, const struct name_event *e);
    void *context;
    uint8_t scratch[TLS_SCRATCH_BYTES];
};

enum verdict { SOMETHING_ELSE, WANTS_MORE, DONE };

const char *name_protocol_word(enum name_protocol p)
{
    static const char *const words[NAME_PROTOCOLS] = {
        [NAME_DNS] = "dns",   [NAME_DNS_TARGET] = "dns-target", [NAME_TLS] = "tls",   [NAME_QUIC] = "quic",
        [NAME_HTTP] = "http", [NAME_CONNECT] = "connect",       [NAME_MDNS] = "mdns", [NAME_LLMNR] = "llmnr",
    };
    return words[p];
}

static void on_evict(void *context, struct flow *owner)
{
    struct flow_names *n = context;
    owner->flags |= FLOW_NAMES_DONE;
    n->counts.hellos_evicted++;
}

struct flow_names *flow_names_new(uint32_t slots, void (*on_name)(void *context, struct flow *f, const struct name_event *e), void *context)
{
    struct flow_names *n = calloc(1, sizeof(*n));
    if (!n)
        return NULL;
    n->on_name = on_name;
    n->context = context;
    n->pool = hello_pool_new(slots, on_evict, n);
    n->quic = quic_new();
    if (!n->pool || !n->quic) {
        flow_names_free(n);
        return NULL;
    }
    return n;
}

void flow_names_free(struct flow_names *n)
{
    if (!n)
        return;
    hello_pool_free(n->pool);
    quic_free(n->quic);
    free(n);
}

struct flow_names_counts flow_names_counts(const struct flow_names *n)
{
    return n->counts;
}

static void drop_slot(struct flow_names *n, struct flow *f)
{
    hello_pool_give_back(n->pool, f->hello);
    f->hello = NO_INDEX;
}

/* Normalises what a hello or a request gave and hands it over. */
static void tell(struct flow_names *n, struct flow *f, enum name_protocol protocol, struct bytes_view raw, bool from_device, bool may_be_ech,
                 const struct http_request *request)
{
    char host[HOSTNAME_MAX + 1];
    size_t len = hostname_normalise(raw.at, raw.len, host);
    if (len == 0) {
        if (!hostname_is_address((const char *)raw.at, raw.len))
            n->counts.bad_names++;
        return;
    }
    f->flags |= FLOW_NAMED;
    struct name_event e = {.protocol = protocol, .host = host, .len = len, .from_device = from_device, .may_be_ech = may_be_ech, .request = request};
    n->on_name(n->context, f, &e);
}

/* A hello's bytes were read as far as they go. last: nothing more will come. */
static enum verdict judge_hello(struct flow_names *n, struct flow *f, enum name_protocol protocol, enum dissect_outcome outcome,
                                const struct tls_hello *hello, bool from_device)
{
    if (outcome == DISSECT_MALFORMED)
        n->counts.malformed++;
    if (outcome == DISSECT_NOT_MINE)
        return SOMETHING_ELSE;
    f->flags |= FLOW_HELLO_BEGAN;
    if (hello->sni.len > 0) {
        tell(n, f, protocol, hello->sni, from_device, hello->ech || outcome == DISSECT_TRUNCATED, NULL);
        return DONE;
    }
    if (outcome == DISSECT_OK)
        f->flags |= FLOW_HELLO_WHOLE;
    return outcome == DISSECT_TRUNCATED ? WANTS_MORE : DONE;
}

static bool same_bytes(struct bytes_view a, struct bytes_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Where the target names another host than the Host header (a proxy's client may do so), both were said. */
static void tell_request(struct flow_names *n, struct flow *f, const struct http_request *r, bool from_device)
{
    if (r->host.len > 0)
        tell(n, f, r->connect ? NAME_CONNECT : NAME_HTTP, r->host, from_device, false, r);
    if (r->host_header.len > 0 && (r->connect || !same_bytes(r->host, r->host_header)))
        tell(n, f, NAME_HTTP, r->host_header, from_device, false, r);
}

/* Reads requests one after another, as far as they are whole. *used: bytes of whole requests. */
static enum verdict judge_requests(struct flow_names *n, struct flow *f, const uint8_t *bytes, size_t len, bool from_device, bool last,
                                   size_t *used)
{
    *used = 0;
    while (*used < len) {
        struct http_request r;
        enum dissect_outcome outcome = http_request_parse(bytes + *used, len - *used, &r);
        if (outcome == DISSECT_NOT_MINE)
            return *used ? DONE : SOMETHING_ELSE;
        if (outcome == DISSECT_TRUNCATED && !(last && r.host.len > 0))
            return WANTS_MORE;
        f->flags |= FLOW_HTTP;
        if (outcome == DISSECT_MALFORMED)
            n->counts.malformed++;
        tell_request(n, f, &r, from_device);
        if (r.connect)
            f->flags = (uint16_t)((f->flags & ~FLOW_HTTP) | FLOW_DIALOGUE);
        if (outcome != DISSECT_OK || r.head_len == 0 || r.content_length > len - *used - r.head_len) {
            *used = len;
            return DONE;
        }
        *used += r.head_len + (size_t)r.content_length;
    }
    return DONE;
}

/* What are the first bytes of a client's stream? *need: bytes to wait for when more are wanted. */
static enum verdict judge(struct flow_names *n, struct flow *f, const uint8_t *bytes, size_t len, bool from_device, bool last, size_t *need)
{
    *need = len + 1;
    if (tls_looks_like_hello(bytes, len)) {
        struct tls_hello hello;
        enum dissect_outcome outcome = tls_stream_hello(bytes, len, n->scratch, &hello, need);
        enum verdict v = judge_hello(n, f, NAME_TLS, outcome, &hello, from_device);
        if (v == DONE)
            f->flags |= FLOW_NAMES_DONE;
        return v;
    }
    if (http_looks_like_request(bytes, len)) {
        size_t used;
        return judge_requests(n, f, bytes, len, from_device, last, &used);
    }
    return SOMETHING_ELSE;
}

static void know_client(struct flow *f, bool from_device)
{
    f->flags |= FLOW_CLIENT_KNOWN;
    if (from_device)
        f->flags |= FLOW_CLIENT_IS_DEVICE;
    else
        f->flags &= (uint16_t)~FLOW_CLIENT_IS_DEVICE;
}

static bool is_server_side(const struct flow *f, bool from_device)
{
    return (f->flags & FLOW_CLIENT_KNOWN) && !!(f->flags & FLOW_CLIENT_IS_DEVICE) != from_device;
}

/* Acts on a verdict: keeps waiting, or ends the stream that was looked at. */
static void settle(struct flow_names *n, struct flow *f, enum verdict v)
{
    if (v == WANTS_MORE)
        return;
    drop_slot(n, f);
    f->flags &= (uint16_t)~FLOW_BASE_KNOWN;
    if (v == SOMETHING_ELSE)
        f->flags |= FLOW_DIALOGUE;
}

static void into_slot(struct flow_names *n, struct flow *f, uint32_t offset, struct bytes_view payload, size_t need)
{
    if (f->hello == NO_INDEX) {
        f->hello = hello_pool_take(n->pool, f);
        hello_pool_at(n->pool, f->hello)->need = need;
    }
    struct hello_slot *slot = hello_pool_at(n->pool, f->hello);
    if (!reassembly_put(&slot->stream, offset, payload.at, payload.len))
        return;
    if (slot->stream.contiguous < slot->need && slot->stream.contiguous < REASSEMBLY_BYTES)
        return;
    bool full = slot->stream.contiguous == REASSEMBLY_BYTES;
    enum verdict v = judge(n, f, slot->stream.bytes, slot->stream.contiguous, f->flags & FLOW_CLIENT_IS_DEVICE, full, &slot->need);
    if (v == WANTS_MORE && full) {
        f->flags |= FLOW_NAMES_DONE;
        v = DONE;
    }
    settle(n, f, v);
}

/* A segment that begins a stream, its first byte at seq: read in place; only if it is not enough it moves to a slot.
 * cut: the capture cut it, the rest will not come. */
static void begin_stream(struct flow_names *n, struct flow *f, struct bytes_view payload, uint32_t seq, bool cut, bool from_device)
{
    size_t need;
    enum verdict v = judge(n, f, payload.at, payload.len, from_device, cut, &need);
    if (v == SOMETHING_ELSE && !(f->flags & FLOW_BASE_KNOWN)) {
        f->flags |= FLOW_DIALOGUE;
        return;
    }
    know_client(f, from_device);
    if (v != WANTS_MORE) {
        settle(n, f, v);
        return;
    }
    f->base_seq = seq;
    f->flags |= FLOW_BASE_KNOWN;
    into_slot(n, f, 0, payload, need);
}

/* In a dialogue only what certainly begins a hello or a request starts a stream. */
static bool begins_anew(struct bytes_view payload)
{
    return (payload.len >= 6 && tls_looks_like_hello(payload.at, payload.len)) ||
           (payload.len >= 8 && http_looks_like_request(payload.at, payload.len));
}

static void tcp_packet(struct flow_names *n, struct flow *f, const struct packet *p, bool from_device)
{
    if (p->tcp_flags & TCP_SYN) {
        if (!(p->tcp_flags & TCP_ACK)) {
            f->base_seq = p->tcp_seq + 1;
            f->flags |= FLOW_BASE_KNOWN;
            know_client(f, from_device);
        } else if (!(f->flags & FLOW_CLIENT_KNOWN)) {
            know_client(f, !from_device);
            f->base_seq = p->tcp_ack;
            f->flags |= FLOW_BASE_KNOWN;
        }
    }
    if (p->payload.len == 0 || is_server_side(f, from_device))
        return;
    struct bytes_view payload = p->payload;
    uint32_t seq = p->tcp_seq + ((p->tcp_flags & TCP_SYN) ? 1 : 0); /* TCP Fast Open carries data in the SYN */
    int32_t offset = f->flags & FLOW_BASE_KNOWN ? (int32_t)(seq - f->base_seq) : 0;
    if (offset < 0) { /* (partly) older than the stream's start */
        if ((size_t)-(int64_t)offset >= payload.len)
            return;
        payload.at += -(int64_t)offset;
        payload.len -= (size_t)-(int64_t)offset;
        seq = f->base_seq;
        offset = 0;
    }
    if (f->hello != NO_INDEX)
        into_slot(n, f, (uint32_t)offset, payload, 1);
    else if (f->flags & FLOW_BASE_KNOWN && offset > 0 && offset < REASSEMBLY_BYTES)
        into_slot(n, f, (uint32_t)offset, payload, 1); /* the first segment is still to come */
    else if (!(f->flags & FLOW_DIALOGUE) || begins_anew(payload))
        begin_stream(n, f, payload, seq, p->payload_wire_len > p->payload.len, from_device);
}

static enum verdict read_crypto(struct flow_names *n, struct flow *f, struct hello_slot *slot, bool from_device)
{
    struct quic_crypto_frame frame;
    bool grew = false;
    while (quic_next_crypto(n->quic, &frame) == DISSECT_OK)
        if (frame.offset < REASSEMBLY_BYTES)
            grew |= reassembly_put(&slot->stream, (uint32_t)frame.offset, frame.data.at, frame.data.len);
    if (!grew)
        return WANTS_MORE;
    struct tls_hello hello;
    enum dissect_outcome outcome = tls_hello_parse(slot->stream.bytes, slot->stream.contiguous, &hello);
    return judge_hello(n, f, NAME_QUIC, outcome, &hello, from_device);
}

/* Opens one Initial with the flow's keys, or its own; true when its frames may be read. */
static bool open_initial(struct flow_names *n, struct flow *f, const struct quic_packet *q, bool from_device)
{
    if (f->hello != NO_INDEX) {
        struct hello_slot *slot = hello_pool_at(n->pool, f->hello);
        if (quic_open_initial(n->quic, q, &slot->first_dcid) == DISSECT_OK)
            return true;
        if (quic_open_initial(n->quic, q, &q->dcid) != DISSECT_OK)
            return false;
        reassembly_reset(&slot->stream); /* after a Retry the hello is sent again, from its start */
        slot->first_dcid = q->dcid;
        return true;
    }
    if (quic_open_initial(n->quic, q, &q->dcid) != DISSECT_OK)
        return false;
    know_client(f, from_device);
    f->flags |= FLOW_HELLO_BEGAN;
    f->hello = hello_pool_take(n->pool, f);
    hello_pool_at(n->pool, f->hello)->first_dcid = q->dcid;
    return true;
}

static void quic_datagram(struct flow_names *n, struct flow *f, const struct packet *p, bool from_device)
{
    struct byte_reader datagram = reader_over(p->payload.at, p->payload.len);
    struct quic_packet q;
    enum dissect_outcome outcome;
    while ((outcome = quic_next_packet(&datagram, &q)) == DISSECT_OK) {
        if (q.type != QUIC_INITIAL || !open_initial(n, f, &q, from_device))
            continue;
        enum verdict v = read_crypto(n, f, hello_pool_at(n->pool, f->hello), from_device);
        if (v == WANTS_MORE)
            continue;
        f->flags |= FLOW_NAMES_DONE;
        drop_slot(n, f);
        return;
    }
    if (outcome == DISSECT_TRUNCATED && q.type == QUIC_INITIAL)
        f->flags |= FLOW_HELLO_BEGAN; /* the capture cut it: a hello was there, and cannot be opened */
}

void flow_names_packet(struct flow_names *n, struct flow *f, const struct packet *p, bool from_device)
{
    if (p->ip_proto == IP_PROTO_TCP)
        tcp_packet(n, f, p, from_device);
    else if (p->payload.len > 0 && (p->payload.at[0] & 0x80) && !is_server_side(f, from_device))
        quic_datagram(n, f, p, from_device);
    if (f->payloads >= PAYLOADS_MOST && f->hello == NO_INDEX && !(f->flags & FLOW_HTTP))
        f->flags |= FLOW_NAMES_DONE;
}

void flow_names_end(struct flow_names *n, struct flow *f)
{
    if (f->hello == NO_INDEX)
        return;
    struct hello_slot *slot = hello_pool_at(n->pool, f->hello);
    size_t need;
    if (f->proto == IP_PROTO_TCP && slot->stream.contiguous > 0)
        judge(n, f, slot->stream.bytes, slot->stream.contiguous, f->flags & FLOW_CLIENT_IS_DEVICE, true, &need);
    drop_slot(n, f);
}
