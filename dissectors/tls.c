/* tls.c -- reads a ClientHello, whole or as far as it has come.
 *
 * The problem: a hello of today (post-quantum key shares) is about 1800 bytes, so that a single TCP segment rarely
 * holds it, and clients shuffle their extensions, so that the name may lie anywhere in it. We want the name from
 * the first segment when it is there, and we want to know the difference between "the bytes end here" (ask
 * again) and "a length lies" (never ask again).
 *
 * The approach: a `struct part` is a stretch of the message whose declared length is known and of which
 * perhaps only the first bytes are here. Reading past what is here but within what is declared is TRUNCATED; reading
 * past what is declared is MALFORMED. Nested vectors hand both limits down, so that the distinction is exact at
 * every depth and a cut hello gives everything that lies before the cut.
 *
 * Records (RFC 8446 5.1) are peeled off first. A hello within one record is parsed where it lies; only one that
 * spans records is copied, to the caller's scratch.
 *
 * Left out: SSLv2-compatible hellos (RFC 5246 E.2: they carry no name), DTLS, and the extensions that nobody
 * downstream asks for. We are as strict as servers are: what they refuse with an alert is MALFORMED here.
 */
#include "dissectors/tls.h"

#include "common/byte_reader.h"

#include <string.h>

#define RECORD_HEADER    5u
#define RECORD_MAX       16384u /* RFC 8446 5.1: TLSPlaintext.fragment */
#define HANDSHAKE_HEADER 4u
#define SESSION_ID_MAX   32u
#define RANDOM_BYTES     32u

_Static_assert(TLS_SCRATCH_BYTES >= RECORD_MAX, "the first record's fragment always fits when a second one follows");

/* The longest body that the vectors of a ClientHello can add up to. */
#define HELLO_BODY_MAX (2u + RANDOM_BYTES + 1u + SESSION_ID_MAX + 2u + 65534u + 1u + 255u + 2u + 65535u)

enum { CONTENT_HANDSHAKE = 22, HANDSHAKE_CLIENT_HELLO = 1 };
enum { EXT_SERVER_NAME = 0, EXT_ALPN = 16, EXT_ENCRYPTED_CLIENT_HELLO = 0xfe0d };
enum { NAME_TYPE_HOST_NAME = 0, ECH_OUTER = 0 };

/* -- a stretch of the message, of which the end may not have come -- */

struct part {
    struct byte_reader here;
    size_t missing;             /* declared bytes that follow here.end and are not here */
    enum dissect_outcome state; /* OK, or why reading stopped; sticky */
};

/* Is there anything left to read, here or to come? */
static bool part_more(const struct part *p)
{
    return p->state == DISSECT_OK && reader_left(&p->here) + p->missing > 0;
}

static size_t part_declared(const struct part *p)
{
    return reader_left(&p->here) + p->missing;
}

static const uint8_t *part_take(struct part *p, size_t n)
{
    if (p->state != DISSECT_OK)
        return NULL;
    if (reader_left(&p->here) < n) {
        p->state = part_declared(p) < n ? DISSECT_MALFORMED : DISSECT_TRUNCATED;
        return NULL;
    }
    return reader_take(&p->here, n);
}

static uint8_t part_u8(struct part *p)
{
    const uint8_t *b = part_take(p, 1);
    return b ? b[0] : 0;
}

static uint16_t part_u16be(struct part *p)
{
    const uint8_t *b = part_take(p, 2);
    return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

/* Carves a vector of n declared bytes. What is not here of it is missing from the child; the parent has then
 * nothing left here and only what follows the child missing. */
static struct part part_sub(struct part *p, size_t n)
{
    struct part child = {.here = reader_over(NULL, 0), .missing = 0, .state = p->state};
    if (p->state != DISSECT_OK)
        return child;
    if (part_declared(p) < n) {
        p->state = child.state = DISSECT_MALFORMED;
        return child;
    }
    size_t present = reader_left(&p->here) < n ? reader_left(&p->here) : n;
    child.here = reader_sub(&p->here, present);
    child.missing = n - present;
    p->missing -= child.missing;
    return child;
}

static struct bytes_view part_rest(const struct part *p)
{
    return (struct bytes_view){.at = p->here.at, .len = reader_left(&p->here)};
}

/* -- extensions -- */

/* RFC 6066 3: ServerNameList { u16 length, { u8 type, u16 length, name } repeated }. The first host_name counts;
 * RFC 6066 forbids a second one and servers look at the first. */
static enum dissect_outcome read_server_name(struct part body, struct tls_hello *out)
{
    struct part list = part_sub(&body, part_u16be(&body));
    if (list.state != DISSECT_OK)
        return list.state;
    if (part_more(&body) || !part_more(&list))
        return DISSECT_MALFORMED;
    while (part_more(&list)) {
        uint8_t type = part_u8(&list);
        struct part name = part_sub(&list, part_u16be(&list));
        if (list.state != DISSECT_OK)
            return list.state;
        if (!part_more(&name))
            return DISSECT_MALFORMED;
        if (name.missing > 0)
            return DISSECT_TRUNCATED;
        if (type == NAME_TYPE_HOST_NAME && out->sni.len == 0)
            out->sni = part_rest(&name);
    }
    return list.state;
}

/* RFC 7301 3.1: ProtocolNameList { u16 length, { u8 length, name } repeated }. */
static enum dissect_outcome read_alpn(struct part body, struct tls_hello *out)
{
    struct part list = part_sub(&body, part_u16be(&body));
    if (list.state != DISSECT_OK)
        return list.state;
    if (part_more(&body) || !part_more(&list))
        return DISSECT_MALFORMED;
    struct bytes_view whole = part_rest(&list);
    while (part_more(&list)) {
        uint8_t len = part_u8(&list);
        if (!part_take(&list, len))
            return list.state;
        if (len == 0)
            return DISSECT_MALFORMED;
    }
    out->alpn = whole;
    return list.state;
}

/* RFC 9849 5: the first byte tells the outer hello (what a client sends) from the inner one (which is encrypted,
 * and never seen on the wire). */
static enum dissect_outcome read_ech(struct part body, struct tls_hello *out)
{
    uint8_t type = part_u8(&body);
    if (body.state == DISSECT_OK && type == ECH_OUTER)
        out->ech = true;
    return body.state;
}

/* RFC 8446 4.2: { u16 type, u16 length, opaque body[length] } repeated. A repeated server_name or ALPN does not
 * replace the first. */
static enum dissect_outcome read_extensions(struct part exts, struct tls_hello *out)
{
    while (part_more(&exts)) {
        uint16_t type = part_u16be(&exts);
        struct part body = part_sub(&exts, part_u16be(&exts));
        if (exts.state != DISSECT_OK)
            return exts.state;
        bool cut = body.missing > 0;
        enum dissect_outcome rc = DISSECT_OK;
        if (type == EXT_SERVER_NAME && out->sni.len == 0)
            rc = read_server_name(body, out);
        else if (type == EXT_ALPN && out->alpn.len == 0)
            rc = read_alpn(body, out);
        else if (type == EXT_ENCRYPTED_CLIENT_HELLO)
            rc = read_ech(body, out);
        if (rc != DISSECT_OK)
            return rc;
        if (cut)
            return DISSECT_TRUNCATED;
    }
    return exts.state;
}

/* -- the message -- */

/* RFC 8446 4.1.2, and RFC 2246 7.4.1.2 for a hello that ends before the extensions. */
static enum dissect_outcome read_hello_body(struct part *body, struct tls_hello *out)
{
    uint16_t version = part_u16be(body);
    if (body->state != DISSECT_OK)
        return body->state;
    if (version >> 8 != 3)
        return DISSECT_NOT_MINE;
    out->legacy_version = version;

    part_take(body, RANDOM_BYTES);
    uint8_t session_id_len = part_u8(body);
    if (session_id_len > SESSION_ID_MAX)
        return DISSECT_MALFORMED;
    part_take(body, session_id_len);
    uint16_t cipher_suites_len = part_u16be(body);
    if (body->state == DISSECT_OK && (cipher_suites_len == 0 || cipher_suites_len % 2 != 0))
        return DISSECT_MALFORMED;
    part_take(body, cipher_suites_len);
    uint8_t compression_methods_len = part_u8(body);
    if (body->state == DISSECT_OK && compression_methods_len == 0)
        return DISSECT_MALFORMED;
    part_take(body, compression_methods_len);
    if (!part_more(body))
        return body->state;

    uint16_t extensions_len = part_u16be(body);
    if (body->state != DISSECT_OK)
        return body->state;
    if (extensions_len != part_declared(body))
        return DISSECT_MALFORMED;
    return read_extensions(*body, out);
}

enum dissect_outcome tls_hello_parse(const uint8_t *handshake, size_t n, struct tls_hello *out)
{
    memset(out, 0, sizeof(*out));
    struct byte_reader r = reader_over(handshake, n);
    if (n > 0 && handshake[0] != HANDSHAKE_CLIENT_HELLO)
        return DISSECT_NOT_MINE;
    reader_skip(&r, 1);
    uint32_t body_len = reader_u24be(&r);
    if (r.short_read)
        return DISSECT_TRUNCATED;
    if (body_len > HELLO_BODY_MAX)
        return DISSECT_MALFORMED;
    out->message_len = HANDSHAKE_HEADER + body_len;

    size_t present = reader_left(&r) < body_len ? reader_left(&r) : body_len;
    struct part body = {.here = reader_sub(&r, present), .missing = body_len - present, .state = DISSECT_OK};
    enum dissect_outcome rc = read_hello_body(&body, out);
    if (rc == DISSECT_MALFORMED || rc == DISSECT_NOT_MINE)
        memset(out, 0, sizeof(*out));
    return rc;
}

/* -- records -- */

/* The handshake bytes that the records hold, put together. */
struct gathered {
    const uint8_t *at; /* in the stream, or scratch from the second record on */
    size_t len;
    size_t stream_at;   /* where the stream stands: the next record's header, or its end */
    size_t record_left; /* bytes of the last record that have not come */
};

/* The whole message's length from its own header, limited to what we would keep of it; the header's own
 * length while that is not here. */
static size_t message_wanted(const struct gathered *g)
{
    if (g->len < HANDSHAKE_HEADER)
        return HANDSHAKE_HEADER;
    size_t whole = HANDSHAKE_HEADER + ((size_t)g->at[1] << 16 | (size_t)g->at[2] << 8 | g->at[3]);
    return whole < TLS_SCRATCH_BYTES ? whole : TLS_SCRATCH_BYTES;
}

static void gather_fragment(struct gathered *g, const uint8_t *fragment, size_t n, uint8_t *scratch)
{
    if (g->len == 0) {
        g->at = fragment;
        g->len = n;
        return;
    }
    if (g->at != scratch) {
        memcpy(scratch, g->at, g->len);
        g->at = scratch;
    }
    if (n > TLS_SCRATCH_BYTES - g->len)
        n = TLS_SCRATCH_BYTES - g->len;
    memcpy(scratch + g->len, fragment, n);
    g->len += n;
}

/* RFC 8446 5.1: { u8 type, u16 version, u16 length, fragment }. Handshake fragments are never empty, and nothing may
 * come between the fragments of one message. OK: the message (or as much as we keep) is together. */
static enum dissect_outcome gather_records(const uint8_t *stream, size_t n, uint8_t *scratch, struct gathered *g)
{
    struct byte_reader r = reader_over(stream, n);
    while (g->len < message_wanted(g)) {
        g->stream_at = n - reader_left(&r);
        if (reader_left(&r) < RECORD_HEADER)
            return DISSECT_TRUNCATED;
        uint8_t type = reader_u8(&r);
        uint16_t version = reader_u16be(&r);
        size_t fragment_len = reader_u16be(&r);
        if (type != CONTENT_HANDSHAKE || version >> 8 != 3 || fragment_len == 0 || fragment_len > RECORD_MAX)
            return DISSECT_MALFORMED;
        size_t present = reader_left(&r) < fragment_len ? reader_left(&r) : fragment_len;
        if (present > 0)
            gather_fragment(g, reader_take(&r, present), present, scratch);
        g->stream_at = n - reader_left(&r);
        g->record_left = fragment_len - present;
        if (g->record_left > 0)
            return g->len < message_wanted(g) ? DISSECT_TRUNCATED : DISSECT_OK;
    }
    return DISSECT_OK;
}

/* The least that the stream must grow to: the bytes still wanted, and the header of each record that must follow. A
 * hello cut into more records than that makes us ask again, once a record. */
static size_t stream_needed(const struct gathered *g)
{
    size_t wanted = message_wanted(g) - g->len;
    if (wanted <= g->record_left)
        return g->stream_at + wanted;
    size_t beyond = wanted - g->record_left;
    size_t headers = (beyond + RECORD_MAX - 1) / RECORD_MAX;
    return g->stream_at + wanted + headers * RECORD_HEADER;
}

enum dissect_outcome tls_stream_hello(const uint8_t *stream, size_t n, uint8_t scratch[TLS_SCRATCH_BYTES],
                                      struct tls_hello *out, size_t *need)
{
    memset(out, 0, sizeof(*out));
    *need = n;
    bool plausible =
        (n < 1 || stream[0] == CONTENT_HANDSHAKE) && (n < 2 || stream[1] == 3) && (n < 3 || stream[2] <= 4);
    if (!plausible)
        return DISSECT_NOT_MINE;

    struct gathered g = {.at = NULL, .len = 0, .stream_at = 0, .record_left = 0};
    enum dissect_outcome gathering = gather_records(stream, n, scratch, &g);
    /* What came before a bad record is asked first: the answer for a stream is then the answer for its prefix. */
    enum dissect_outcome rc = tls_hello_parse(g.at, g.len, out);
    if (rc == DISSECT_TRUNCATED && gathering == DISSECT_MALFORMED) {
        memset(out, 0, sizeof(*out));
        return DISSECT_MALFORMED;
    }
    if (rc == DISSECT_TRUNCATED)
        *need = gathering == DISSECT_OK ? SIZE_MAX : stream_needed(&g);
    return rc;
}

bool tls_looks_like_hello(const uint8_t *b, size_t n)
{
    if (n == 0 || b[0] != CONTENT_HANDSHAKE)
        return false;
    if ((n > 1 && b[1] != 3) || (n > 2 && b[2] > 4))
        return false;
    if (n >= RECORD_HEADER) {
        uint32_t fragment_len = (uint32_t)b[3] << 8 | b[4];
        if (fragment_len == 0 || fragment_len > RECORD_MAX)
            return false;
    }
    return n <= RECORD_HEADER || b[5] == HANDSHAKE_CLIENT_HELLO;
}
