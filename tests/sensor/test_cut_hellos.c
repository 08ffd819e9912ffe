/* test_cut_hellos.c -- a hello gives its name however it comes: thousands of ways drawn by lot.
 *
 * Hellos     Those that a Chromium sent in the demo capture, up to 1.9 kB.
 * TCP        Cut at random places, in records of any size, shuffled, overlapping, sent again, with what the client says
 *            next already there, from any sequence number on, many of them just before the wrap.
 * QUIC       The same message in CRYPTO frames, shuffled over datagrams, of three versions.
 * A failure names the seed and the draw; CUT_HELLOS_SEED=n and CUT_HELLOS_DRAWS=n in the environment draw others.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "dissectors/quic.h"
#include "dissectors/reassembly.h"
#include "dissectors/tls.h"
#include "sensor/capture_file.h"
#include "tests/sensor/conversation.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#define PIECES_MOST  24
#define STREAM_BYTES 8192

/* -- chance -- */

static unsigned seed = 1, draws = 40000, draw;
static uint64_t chance;

static unsigned below(size_t n)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (unsigned)((chance >> 11) % n);
}

static bool one_in(unsigned n)
{
    return below(n) == 0;
}

static unsigned from_environment(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);
    return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void begin_draws(void)
{
    chance = (uint64_t)seed * 0x9e3779b97f4a7c15 + 1;
}

/* -- the hellos of the demo capture -- */

struct real_hello {
    char name[HOSTNAME_MAX + 1];
    uint8_t message[STREAM_BYTES]; /* the handshake message */
    size_t n;
};

static struct real_hello hellos[24];
static size_t hellos_count;

/* One direction of a TCP connection that began in the capture. */
static struct stream {
    struct packet of;
    uint32_t first_seq;
    bool read;
    struct reassembly bytes;
} * streams[600];
static size_t streams_count;

static struct stream *stream_of(const struct packet *p)
{
    for (size_t i = streams_count; i-- > 0;) {
        const struct packet *of = &streams[i]->of;
        if (of->src_port == p->src_port && of->dst_port == p->dst_port && ip_equal(&of->src, &p->src) &&
            ip_equal(&of->dst, &p->dst))
            return streams[i];
    }
    return NULL;
}

static void begin_stream(const struct packet *p)
{
    assert_true(streams_count < sizeof(streams) / sizeof(streams[0]));
    struct stream *s = streams[streams_count++] = calloc(1, sizeof(*s));
    assert_non_null(s);
    s->of = *p;
    s->first_seq = p->tcp_seq + 1;
}

static void keep_hello(struct stream *s)
{
    static uint8_t scratch[TLS_SCRATCH_BYTES];
    struct tls_hello hello;
    size_t need;
    if (s->read || tls_stream_hello(s->bytes.bytes, s->bytes.contiguous, scratch, &hello, &need) != DISSECT_OK)
        return;
    s->read = true;
    if (hello.sni.len == 0 || hellos_count == sizeof(hellos) / sizeof(hellos[0]))
        return;
    struct real_hello *h = &hellos[hellos_count++];
    h->n = hello.message_len;
    assert_true(h->n <= sizeof(h->message) && 5 + h->n <= s->bytes.contiguous);
    memcpy(h->message, s->bytes.bytes + 5, h->n); /* a browser's hello is one record */
    assert_true(hostname_normalise(hello.sni.at, hello.sni.len, h->name) > 0);
}

static void take_segment(const struct packet *p)
{
    if ((p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        begin_stream(p);
    struct stream *s = p->payload.len > 0 ? stream_of(p) : NULL;
    if (s && reassembly_put(&s->bytes, p->tcp_seq - s->first_seq, p->payload.at, p->payload.len))
        keep_hello(s);
}

static int read_hellos(void **state)
{
    (void)state;
    struct capture_file *file;
    struct captured_frame f;
    struct packet p;
    size_t longest = 0;
    int fd = open(TESTS_DIR "/../deploy/demo/the-mix.pcap", O_RDONLY | O_CLOEXEC);
    assert_int_equal(capture_file_open(fd, &file), 0);
    while (capture_file_next(file, &f) == 1)
        if (packet_decode(f.link_type, f.bytes, f.captured, f.wire_len, &p) == DISSECT_OK && p.ip_proto == IP_PROTO_TCP)
            take_segment(&p);
    capture_file_close(file);
    close(fd);
    while (streams_count > 0)
        free(streams[--streams_count]);
    for (size_t i = 0; i < hellos_count; i++)
        longest = hellos[i].n > longest ? hellos[i].n : longest;
    assert_true(hellos_count >= 5 && longest > 1700); /* with a post-quantum key: never in one segment */
    listen_for_names(4);
    return 0;
}

static int stop_listening(void **state)
{
    (void)state;
    flow_names_free(names);
    return 0;
}

/* -- what both have in common -- */

/* A stretch of the stream. */
struct piece {
    size_t at, n;
};

static struct piece pieces[4 * PIECES_MOST];
static size_t pieces_count;

static void add_piece(size_t from, size_t to)
{
    assert_true(pieces_count < sizeof(pieces) / sizeof(pieces[0]));
    pieces[pieces_count++] = (struct piece){from, to - from};
}

/* All of a stream of `total` bytes, in pieces. Some reach into their neighbours, some come again (then cut
 * elsewhere), the order is anybody's. */
static void cut_to_pieces(size_t total)
{
    pieces_count = 0;
    for (size_t at = 0, left = 1 + below(PIECES_MOST); at < total; left--) {
        size_t n = left <= 1 ? total - at : 1 + below(one_in(3) ? 5 : 2 * (total - at) / left);
        size_t end = at + n < total ? at + n : total;
        size_t before = one_in(3) ? below(at + 1) : 0, behind = one_in(3) ? below(total - end + 1) : 0;
        add_piece(at - before, end + behind);
        at = end;
    }
    for (size_t again = below(pieces_count + 1); again > 0; again--) {
        size_t from = below(total);
        add_piece(from, from + 1 + below(total - from));
    }
    for (size_t i = pieces_count; one_in(8) ? false : i > 1; i--) { /* sometimes some stay in order */
        size_t k = below(i);
        struct piece moved = pieces[k];
        pieces[k] = pieces[i - 1];
        pieces[i - 1] = moved;
    }
}

static void assert_only_name(enum name_protocol protocol, const struct real_hello *h, struct conversation *c)
{
    bool from_device = c->from_device;
    bool found = heard_count == 1 && heard[0].protocol == protocol && strcmp(heard[0].host, h->name) == 0 &&
                 heard[0].from_device == from_device;
    end_conversation(c);
    if (!found || heard_count != 1)
        fail_msg("seed %u, draw %u: %u names heard, not once \"%s\" of %zu bytes in %zu pieces", seed, draw,
                 heard_count, h->name, h->n, pieces_count);
    heard_count = 0;
}

/* -- TCP -- */

static uint8_t stream[2 * STREAM_BYTES];
static size_t stream_len;

static void put_record(unsigned type, const uint8_t *bytes, size_t n)
{
    const uint8_t head[] = {(uint8_t)type, 3, 1, (uint8_t)(n >> 8), (uint8_t)n};
    assert_true(sizeof(head) + n <= sizeof(stream) - stream_len);
    memcpy(stream + stream_len, head, sizeof(head));
    memcpy(stream + stream_len + sizeof(head), bytes, n);
    stream_len += sizeof(head) + n;
}

/* The hello in one record or in some, and perhaps what comes after it. */
static void lay_out(const struct real_hello *h)
{
    stream_len = 0;
    size_t most = one_in(2) ? h->n : one_in(4) ? 40 : h->n;
    bool whole = most == h->n && one_in(2);
    for (size_t at = 0; at < h->n;) {
        size_t n = whole ? h->n : 1 + below(most);
        if (n > h->n - at)
            n = h->n - at;
        put_record(22, h->message + at, n);
        at += n;
    }
    if (one_in(4))
        put_record(20, (const uint8_t *)"\1", 1);
    if (one_in(4))
        put_record(23, h->message, 1 + below(h->n));
}

/* The connection's first packets, as far as a sensor may see them. */
static void greet(struct conversation *c)
{
    unsigned seen = below(3);
    if (seen != 1)
        syn_with(c, NULL, 0);
    if (seen != 2)
        syn_answer(c);
}

static void a_hello_in_tcp_segments_gives_its_name_however_it_is_cut(void **state)
{
    (void)state;
    begin_draws();
    for (draw = 0; draw < draws; draw++) {
        const struct real_hello *h = &hellos[below(hellos_count)];
        struct conversation c = a_conversation(IP_PROTO_TCP, !one_in(8));
        lay_out(h);
        cut_to_pieces(stream_len);
        c.first_seq = one_in(2) ? 0 - below(stream_len + 2) : below(UINT32_MAX);
        greet(&c);
        for (size_t i = 0; i < pieces_count; i++) {
            segment(&c, (uint32_t)pieces[i].at, stream + pieces[i].at, pieces[i].n);
            if (one_in(10))
                answer_bytes(&c, NULL, 0);
        }
        assert_only_name(NAME_TLS, h, &c);
    }
}

/* -- QUIC -- */

#define DATAGRAM_ROOM 1400 /* for frames */

static struct quic_seal_keys keys[3];
static const uint32_t versions[] = {QUIC_V1, QUIC_V2, QUIC_DRAFT_29};
static uint8_t plain[PIECES_MOST * 4 + 8][DATAGRAM_ROOM]; /* the frames of each datagram */
static size_t plain_len[PIECES_MOST * 4 + 8];
static size_t datagrams;

static void put_frame(const uint8_t *message, struct piece p)
{
    uint8_t *to = plain[datagrams - 1] + plain_len[datagrams - 1];
    const uint8_t head[] = {0x06, (uint8_t)(0x40 | p.at >> 8), (uint8_t)p.at, (uint8_t)(0x40 | p.n >> 8), (uint8_t)p.n};
    memcpy(to, head, sizeof(head));
    memcpy(to + sizeof(head), message + p.at, p.n);
    to[sizeof(head) + p.n] = (uint8_t)one_in(2); /* PADDING or PING */
    plain_len[datagrams - 1] += sizeof(head) + p.n + 1;
}

static void next_datagram(void)
{
    assert_true(datagrams < sizeof(plain) / sizeof(plain[0]));
    plain_len[datagrams++] = 0;
}

/* Frames into datagrams, as many in each as chance will have and room allows; long ones are halved. */
static void pack(const uint8_t *message)
{
    datagrams = 0;
    next_datagram();
    for (size_t i = 0; i < pieces_count; i++) {
        struct piece p = pieces[i];
        for (size_t n; p.n > 0; p.at += n, p.n -= n) {
            n = p.n < 1000 ? p.n : 1000;
            if (plain_len[datagrams - 1] + n + 6 > DATAGRAM_ROOM || one_in(6))
                next_datagram();
            put_frame(message, (struct piece){p.at, n});
        }
    }
}

/* The client's first destination id makes the keys; once the server has answered, it addresses another. */
static void send_datagram(struct conversation *c, size_t i, unsigned version, bool answered)
{
    static const uint8_t first_byte[] = {0xc0, 0xd0, 0xc0}; /* an Initial's type bits are 01 in version 2 */
    uint8_t sealed[DATAGRAM_ROOM + 300];
    struct quic_recipe r = {versions[version],
                            first_byte[version],
                            1 + below(4),
                            (uint32_t)i,
                            answered ? "5e7e4ad0" : VECTOR_CID,
                            one_in(4) ? below(80) : 0,
                            plain[i],
                            plain_len[i]};
    while (r.plain_len < 20)
        plain[i][r.plain_len++] = 0;
    if (r.pn_len == 1)
        r.pn &= 0xff;
    datagram(c, true, sealed, quic_seal_initial(&r, &keys[version], sealed));
}

static void a_hello_in_crypto_frames_gives_its_name_however_they_come(void **state)
{
    (void)state;
    quic_seal_keys(&keys[0], VECTOR_KEYS_V1);
    quic_seal_keys(&keys[1], VECTOR_KEYS_V2);
    quic_seal_keys(&keys[2], VECTOR_KEYS_DRAFT_29);
    begin_draws();
    for (draw = 0; draw < draws / 5; draw++) {
        const struct real_hello *h = &hellos[below(hellos_count)];
        struct conversation c = a_conversation(IP_PROTO_UDP, !one_in(8));
        unsigned version = below(3), answered_at = 1 + below(8);
        cut_to_pieces(h->n);
        pack(h->message);
        for (size_t i = 0; i < datagrams; i++) {
            send_datagram(&c, i, version, i >= answered_at);
            if (one_in(6))
                send_datagram(&c, below(i + 1), version, i >= answered_at);
        }
        assert_only_name(NAME_QUIC, h, &c);
    }
}

int main(void)
{
    seed = from_environment("CUT_HELLOS_SEED", seed);
    draws = from_environment("CUT_HELLOS_DRAWS", draws);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hello_in_tcp_segments_gives_its_name_however_it_is_cut),
        cmocka_unit_test(a_hello_in_crypto_frames_gives_its_name_however_they_come),
    };
    return cmocka_run_group_tests(tests, read_hellos, stop_listening);
}
