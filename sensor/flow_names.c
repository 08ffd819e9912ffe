/* flow_names.c -- see flow_names.h.
 *
 * TCP. The client's stream is looked at from its first payload byte (known from the SYN, else the first segment that
 * looks like a hello or a request). judge() is asked with the bytes there are: it reads a name, wants more, or says
 * that this is something else. Wanting more moves the bytes into a slot, where segments find their place by sequence
 * number. Something else makes the flow a dialogue: each later segment that begins like a hello starts a stream anew,
 * which is how a hello after STARTTLS, CONNECT or a SOCKS greeting begins, whatever the words before it. Where the client's
 * next word will begin is known from its last one, or from the acknowledgement in the server's answer; so a hello whose
 * segments come in the wrong order finds its place after a dialogue too.
 *
 * A server name is taken as soon as it is whole: waiting for the rest of the hello would only make it late. One that
 * never becomes whole is looked at once more when the flow ends.
 *
 * QUIC. The keys of the Initials come from the first destination id the client chose. A later Initial is tried with
 * them first (the id changes after the server's answer, the keys do not), then with its own id (after a Retry).
 */
#include "sensor/flow_names.h"
#include "sensor/last_words.h"

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
    void (*on_request)(void *context, struct flow *f, const struct http_request *r, struct bytes_view body, bool from_device); /* or NULL */
    void *context;
    uint8_t scratch[TLS_SCRATCH_BYTES];
    uint8_t rest[REASSEMBLY_BYTES]; /* what a slot held behind a request */
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

void flow_names_on_request(struct flow_names *n,
                           void (*on_request)(void *context, struct flow *f, const struct http_request *r, struct bytes_view body, bool from_device))
{
    n->on_request = on_request;
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
    last_words(DISSECTOR_NONE, raw.len); /* whoever is told is not the dissector */
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
    if (outcome == DISSECT_OK || hello->sni.len > 0)
        f->flags |= FLOW_HELLO_WHOLE;
    if (hello->sni.len > 0) {
        tell(n, f, protocol, hello->sni, from_device, hello->ech || outcome == DISSECT_TRUNCATED, NULL);
        return DONE;
    }
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

/* behind: what follows the head; not all of it need be this request's. */
static void tell_whole(struct flow_names *n, struct flow *f, const struct http_request *r, struct bytes_view behind, bool from_device)
{
    if (!n->on_request || r->connect)
        return;
    if (behind.len > r->content_length)
        behind.len = (size_t)r->content_length;
    n->on_request(n->context, f, r, behind, from_device);
}

/* Reads requests one after another, as far as they are whole. *used: bytes of whole requests. */
static enum verdict judge_requests(struct flow_names *n, struct flow *f, const uint8_t *bytes, size_t len, bool from_device, bool last,
                                   size_t *used)
{
    *used = 0;
    while (*used < len) {
        struct http_request r;
        last_words(DISSECTOR_HTTP, len - *used);
        enum dissect_outcome outcome = http_request_parse(bytes + *used, len - *used, &r);
        if (outcome == DISSECT_NOT_MINE)
            return *used ? DONE : SOMETHING_ELSE;
        if (outcome == DISSECT_TRUNCATED && !(last && r.host.len > 0)) {
            if (r.host.len > 0 && !f->host_told) /* whatever headers still come: the child is there now */
                tell_request(n, f, &r, from_device);
            f->host_told |= r.host.len > 0;
            return WANTS_MORE;
        }
        f->flags |= FLOW_HTTP;
        if (outcome == DISSECT_MALFORMED)
            n->counts.malformed++;
        if (!f->host_told)
            tell_request(n, f, &r, from_device);
        f->host_told = false;
        size_t head = *used + r.head_len;
        tell_whole(n, f, &r, (struct bytes_view){.at = bytes + head, .len = r.head_len ? len - head : 0}, from_device);
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

/* What are the first bytes of a client's stream? *need: bytes to wait for when more are wanted. *used: bytes that are done with. */
static enum verdict judge(struct flow_names *n, struct flow *f, const uint8_t *bytes, size_t len, bool from_device, bool last, size_t *need,
                          size_t *used)
{
    *need = len + 1;
    *used = len;
    if (tls_looks_like_hello(bytes, len) && !last_words_is_off(DISSECTOR_TLS)) {
        struct tls_hello hello;
        last_words(DISSECTOR_TLS, len);
        enum dissect_outcome outcome = tls_stream_hello(bytes, len, n->scratch, &hello, need);
        enum verdict v = judge_hello(n, f, NAME_TLS, outcome, &hello, from_device);
        if (v == DONE)
            f->flags |= FLOW_NAMES_DONE;
        if (v == WANTS_MORE)
            *used = 0;
        return v;
    }
    enum verdict v = SOMETHING_ELSE;
    if (http_looks_like_request(bytes, len) && !last_words_is_off(DISSECTOR_HTTP))
        v = judge_requests(n, f, bytes, len, from_device, last, used);
    if (v == SOMETHING_ELSE)
        *used = len;
    return v;
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

/* Is the device the client, or while that is not known: did it open the flow? base_seq and the slot are that end's. */
static bool client_is_device(const struct flow *f)
{
    return f->flags & (f->flags & FLOW_CLIENT_KNOWN ? FLOW_CLIENT_IS_DEVICE : FLOW_FROM_DEVICE);
}

/* What this end says next begins at seq; worth a note when it is the client. */
static void expect(struct flow *f, bool from_device, uint32_t seq)
{
    if (client_is_device(f) != from_device)
        return;
    f->base_seq = seq;
    f->flags |= FLOW_BASE_KNOWN;
}

static void begin_stream(struct flow_names *n, struct flow *f, struct bytes_view payload, uint32_t seq, bool cut, bool from_device);

/* A slot's stream was judged, and the first `used` bytes of it are done with: what is left begins another. */
static void settle(struct flow_names *n, struct flow *f, enum verdict v, size_t used)
{
    bool from_device = client_is_device(f);
    const struct reassembly *stream = &hello_pool_at(n->pool, f->hello)->stream;
    struct bytes_view rest = {.at = n->rest, .len = stream->contiguous - used};
    memcpy(n->rest, stream->bytes + used, rest.len);
    drop_slot(n, f);
    expect(f, from_device, f->base_seq + (uint32_t)used);
    if (v == SOMETHING_ELSE)
        f->flags |= FLOW_DIALOGUE;
    if (rest.len > 0 && !(f->flags & FLOW_NAMES_DONE))
        begin_stream(n, f, rest, f->base_seq, false, from_device);
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
    bool full = slot->stream.contiguous == REASSEMBLY_BYTES, from_device = client_is_device(f);
    size_t used;
    enum verdict v = judge(n, f, slot->stream.bytes, slot->stream.contiguous, from_device, full, &slot->need, &used);
    if (v != SOMETHING_ELSE)
        know_client(f, from_device);
    if (v == WANTS_MORE && full && used == 0) {
        f->flags |= FLOW_NAMES_DONE;
        v = DONE;
    }
    if (v != WANTS_MORE || used > 0)
        settle(n, f, v, used);
}

/* A segment that begins a stream, its first byte at seq: read in place; only if it is not enough it moves to a slot.
 * cut: the capture cut it, the rest will not come. */
static void begin_stream(struct flow_names *n, struct flow *f, struct bytes_view payload, uint32_t seq, bool cut, bool from_device)
{
    size_t need, used;
    enum verdict v = judge(n, f, payload.at, payload.len, from_device, cut, &need, &used);
    if (v != SOMETHING_ELSE) {
        drop_slot(n, f); /* it may have been the other end's */
        know_client(f, from_device);
    } else {
        f->flags |= FLOW_DIALOGUE;
    }
    expect(f, from_device, seq + (uint32_t)used);
    payload.at += used;
    payload.len -= used;
    if (v == WANTS_MORE)
        into_slot(n, f, 0, payload, need - used);
    else if (payload.len > 0 && !(f->flags & FLOW_NAMES_DONE)) /* a hello right behind CONNECT */
        begin_stream(n, f, payload, seq + (uint32_t)used, cut, from_device);
}

/* What certainly begins a hello or a request. */
static bool begins_anew(struct bytes_view payload)
{
    return (payload.len >= 6 && tls_looks_like_hello(payload.at, payload.len)) ||
           (payload.len >= 8 && http_looks_like_request(payload.at, payload.len));
}

/* Is it worth while to look for a stream here? In a dialogue a few bytes are believed only where the client's next word is due. */
static bool may_begin(const struct flow *f, struct bytes_view payload, bool due)
{
    if (!(f->flags & FLOW_DIALOGUE) || begins_anew(payload))
        return true;
    return due && (tls_looks_like_hello(payload.at, payload.len) ||
                   ((f->flags & FLOW_CLIENT_KNOWN) && http_looks_like_request(payload.at, payload.len)));
}

/* Is the slot of this flow putting something together, or still waiting for a first byte? */
static bool is_reading(struct flow_names *n, const struct flow *f)
{
    return f->hello != NO_INDEX && hello_pool_at(n->pool, f->hello)->stream.contiguous > 0;
}

static void client_segment(struct flow_names *n, struct flow *f, const struct packet *p, bool from_device)
{
    struct bytes_view payload = p->payload;
    uint32_t seq = p->tcp_seq + ((p->tcp_flags & TCP_SYN) ? 1 : 0); /* TCP Fast Open carries data in the SYN */
    uint32_t end = seq + p->payload_wire_len;
    bool placed = (f->flags & FLOW_BASE_KNOWN) && client_is_device(f) == from_device, talking = f->flags & (FLOW_DIALOGUE | FLOW_HTTP);
    int32_t offset = placed ? (int32_t)(seq - f->base_seq) : 0;
    if (talking && offset != 0 && !is_reading(n, f) && (begins_anew(payload) || offset >= REASSEMBLY_BYTES)) {
        drop_slot(n, f); /* whatever is missing before it, was sent before, or has come already */
        offset = 0;
    }
    if (offset < 0) { /* (partly) older than the stream's start */
        if ((size_t)-(int64_t)offset >= payload.len)
            return;
        payload.at += -(int64_t)offset;
        payload.len -= (size_t)-(int64_t)offset;
        seq = f->base_seq;
        offset = 0;
    }
    if (placed && (f->hello != NO_INDEX || (offset > 0 && offset < REASSEMBLY_BYTES)))
        into_slot(n, f, (uint32_t)offset, payload, 1); /* what comes first may still be missing */
    else if (may_begin(f, payload, placed))
        begin_stream(n, f, payload, seq, p->payload_wire_len > p->payload.len, from_device);
    if (placed && f->hello == NO_INDEX && (int32_t)(end - f->base_seq) > 0)
        expect(f, from_device, end);
}

/* In a dialogue the acknowledgement in the server's words says where the client's next ones begin, whatever was not captured. */
static void expect_answer(struct flow_names *n, struct flow *f, const struct packet *p)
{
    bool ahead = !(f->flags & FLOW_BASE_KNOWN) || (int32_t)(p->tcp_ack - f->base_seq) > 0;
    if (!(f->flags & FLOW_DIALOGUE) || !(p->tcp_flags & TCP_ACK) || !ahead || is_reading(n, f))
        return;
    drop_slot(n, f);
    expect(f, client_is_device(f), p->tcp_ack);
}

static void note_syn(struct flow *f, const struct packet *p, bool from_device)
{
    bool answer = p->tcp_flags & TCP_ACK;
    if (answer && (f->flags & FLOW_CLIENT_KNOWN))
        return;
    know_client(f, answer ? !from_device : from_device);
    f->base_seq = answer ? p->tcp_ack : p->tcp_seq + 1;
    f->flags |= FLOW_BASE_KNOWN;
}

static void tcp_packet(struct flow_names *n, struct flow *f, const struct packet *p, bool from_device)
{
    if (p->tcp_flags & TCP_SYN)
        note_syn(f, p, from_device);
    if (p->payload.len == 0)
        return;
    if (!is_server_side(f, from_device))
        client_segment(n, f, p, from_device);
    if (client_is_device(f) != from_device)
        expect_answer(n, f, p);
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
    if (last_words_is_off(DISSECTOR_QUIC))
        return;
    last_words(DISSECTOR_QUIC, p->payload.len);
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
    bool waits_in_vain = (f->flags & FLOW_DIALOGUE) && !is_reading(n, f);
    if (f->payloads >= PAYLOADS_MOST && (f->hello == NO_INDEX || waits_in_vain) && !(f->flags & FLOW_HTTP)) {
        drop_slot(n, f);
        f->flags |= FLOW_NAMES_DONE;
    }
}

void flow_names_end(struct flow_names *n, struct flow *f)
{
    if (f->hello == NO_INDEX)
        return;
    struct hello_slot *slot = hello_pool_at(n->pool, f->hello);
    size_t need, used;
    if (f->proto == IP_PROTO_TCP && slot->stream.contiguous > 0)
        judge(n, f, slot->stream.bytes, slot->stream.contiguous, client_is_device(f), true, &need, &used);
    drop_slot(n, f);
}
