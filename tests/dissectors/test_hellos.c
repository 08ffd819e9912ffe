/* test_hellos.c -- 35 ways a ClientHello can lie on the wire, each with a known name.
 *
 * tests/corpus/hellos/hellos.pcap holds one made flow for each; hellos.json says which name a dissector must find there
 * (null: none may be found). The way through the rooms is the one a worker takes, so that this file also shows how
 * packet.h, reassembly.h, tls.h and quic.h are meant to be driven together.
 */
#include "common/hostname.h"
#include "dissectors/packet.h"
#include "dissectors/quic.h"
#include "dissectors/reassembly.h"
#include "dissectors/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CORPUS TESTS_DIR "/corpus/hellos/"

/* One direction of one conversation. */
struct flow {
    struct ip_addr src, dst;
    uint16_t src_port, dst_port;
    uint8_t ip_proto;
    bool has_first_seq; /* TCP: the sequence number of stream offset 0 is known */
    uint32_t first_seq;
    bool has_key_cid; /* QUIC: an Initial was opened with the keys of key_cid */
    struct quic_cid key_cid;
    size_t need; /* bytes of stream that make it worth asking again */
    bool complete;
    char name[HOSTNAME_MAX + 1];
    struct reassembly stream;
};

#define FLOWS_MAX 128
static struct flow *flows[FLOWS_MAX];
static size_t flow_count;
static struct quic *q;

static struct flow *flow_of(const struct packet *p)
{
    for (size_t i = 0; i < flow_count; i++) {
        struct flow *f = flows[i];
        if (f->src_port == p->src_port && f->dst_port == p->dst_port && f->ip_proto == p->ip_proto &&
            ip_equal(&f->src, &p->src) && ip_equal(&f->dst, &p->dst))
            return f;
    }
    assert_true(flow_count < FLOWS_MAX);
    struct flow *f = flows[flow_count++] = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->src = p->src;
    f->dst = p->dst;
    f->src_port = p->src_port;
    f->dst_port = p->dst_port;
    f->ip_proto = p->ip_proto;
    return f;
}

static void take_hello(struct flow *f, enum dissect_outcome rc, const struct tls_hello *hello)
{
    if (rc == DISSECT_OK)
        f->complete = true;
    if (hello->sni.len > 0)
        hostname_normalise(hello->sni.at, hello->sni.len, f->name);
}

/* TCP: the SYN's number fixes offset 0; each segment goes to its place; the question is asked again only when enough
 * bytes are there to change the answer. */
static void segment(struct flow *f, const struct packet *p)
{
    if (p->tcp_flags & TCP_SYN) {
        f->first_seq = p->tcp_seq + 1;
        f->has_first_seq = true;
        return;
    }
    if (!f->has_first_seq || f->complete || p->payload.len == 0)
        return;
    if (!reassembly_put(&f->stream, p->tcp_seq - f->first_seq, p->payload.at, p->payload.len))
        return;
    if (f->stream.contiguous < f->need)
        return;
    static uint8_t scratch[TLS_SCRATCH_BYTES];
    struct tls_hello hello;
    take_hello(f, tls_stream_hello(f->stream.bytes, f->stream.contiguous, scratch, &hello, &f->need), &hello);
}

/* The rule of quic.h: the flow's keys, and where they do not fit, those of the packet's own id. */
static bool open_initial(struct flow *f, const struct quic_packet *p)
{
    if (f->has_key_cid && quic_open_initial(q, p, &f->key_cid) == DISSECT_OK)
        return true;
    if (quic_open_initial(q, p, &p->dcid) != DISSECT_OK)
        return false;
    if (f->has_key_cid) /* after a Retry the hello comes again, from offset 0 */
        reassembly_reset(&f->stream);
    f->key_cid = p->dcid;
    f->has_key_cid = true;
    return true;
}

static void datagram(struct flow *f, const struct packet *p)
{
    struct byte_reader r = reader_over(p->payload.at, p->payload.len);
    struct quic_packet initial;
    while (!f->complete && quic_next_packet(&r, &initial) == DISSECT_OK) {
        if (initial.type != QUIC_INITIAL || !open_initial(f, &initial))
            continue;
        struct quic_crypto_frame frame;
        bool grew = false;
        while (quic_next_crypto(q, &frame) == DISSECT_OK) {
            uint32_t offset = frame.offset < UINT32_MAX ? (uint32_t)frame.offset : UINT32_MAX;
            grew = reassembly_put(&f->stream, offset, frame.data.at, frame.data.len) || grew;
        }
        struct tls_hello hello;
        if (grew)
            take_hello(f, tls_hello_parse(f->stream.bytes, f->stream.contiguous, &hello), &hello);
    }
}

/* -- the files -- */

static uint32_t le32(const uint8_t *b)
{
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

/* A classic pcap file, little-endian: a header of 24 bytes, then { s, us, captured, wire length, frame } repeated.
 * Each frame is handed over in a buffer of exactly its size. */
static void replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    uint8_t header[24], record[16];
    assert_int_equal(fread(header, 1, sizeof(header), f), sizeof(header));
    assert_int_equal(le32(header), 0xa1b2c3d4);
    uint32_t link_type = le32(header + 20);
    while (fread(record, 1, sizeof(record), f) == sizeof(record)) {
        uint32_t captured = le32(record + 8);
        uint8_t *frame = malloc(captured);
        assert_non_null(frame);
        assert_int_equal(fread(frame, 1, captured, f), captured);
        struct packet p;
        assert_int_equal(packet_decode(link_type, frame, captured, le32(record + 12), &p), DISSECT_OK);
        if (p.ip_proto == IP_PROTO_TCP)
            segment(flow_of(&p), &p);
        else if (p.ip_proto == IP_PROTO_UDP)
            datagram(flow_of(&p), &p);
        free(frame);
    }
    fclose(f);
}

/* The text of one field of a one-line JSON object, without quotes; the file is ours and has no escapes. */
static void field(const char *line, const char *key, char out[64])
{
    char quoted[32];
    snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
    const char *at = strstr(line, quoted);
    assert_non_null(at);
    at += strlen(quoted);
    bool text = *at == '"';
    at += text;
    size_t n = strcspn(at, text ? "\"" : ",}");
    assert_true(n < 64);
    memcpy(out, at, n);
    out[n] = '\0';
}

static const struct flow *flow_of_case(const char *line)
{
    char ip[64], port[64];
    struct ip_prefix src;
    field(line, "src_ip", ip);
    field(line, "src_port", port);
    assert_true(ip_prefix_parse(ip, &src));
    for (size_t i = 0; i < flow_count; i++) {
        if (ip_equal(&flows[i]->src, &src.addr) && flows[i]->src_port == atoi(port))
            return flows[i];
    }
    fail_msg("no flow for %s", line);
    return NULL;
}

/* -- tests -- */

static int read_capture(void **state)
{
    (void)state;
    q = quic_new();
    if (!q)
        return -1;
    replay(CORPUS "hellos.pcap");
    return 0;
}

static int forget(void **state)
{
    (void)state;
    while (flow_count > 0)
        free(flows[--flow_count]);
    quic_free(q);
    return 0;
}

static void every_shape_of_hello_gives_its_name(void **state)
{
    (void)state;
    FILE *f = fopen(CORPUS "hellos.json", "r");
    assert_non_null(f);
    char line[1024], what[64], name[64], must[64];
    int cases = 0, wrong = 0;
    while (fgets(line, sizeof(line), f)) {
        if (!strstr(line, "\"case\""))
            continue;
        field(line, "case", what);
        field(line, "name", name);
        field(line, "must", must);
        cases++;
        const struct flow *flow = flow_of_case(line);
        const char *wanted = strcmp(name, "null") == 0 ? "" : name;
        bool found = strcmp(flow->name, wanted) == 0;
        bool excused = strcmp(must, "false") == 0 && flow->name[0] == '\0'; /* the hello is not all there */
        if (!found && !excused) {
            print_error("%s: \"%s\" instead of \"%s\"\n", what, flow->name, wanted);
            wrong++;
        }
    }
    fclose(f);
    assert_int_equal(cases, 35);
    assert_int_equal(wrong, 0);
}

static void whole_hellos_are_known_to_be_whole(void **state)
{
    (void)state;
    int complete = 0;
    for (size_t i = 0; i < flow_count; i++)
        complete += flows[i]->complete;
    assert_int_equal(complete, 33); /* all but the two of which a part was never seen */
}

static void name_in_the_first_segment_of_a_cut_hello_is_found(void **state)
{
    (void)state;
    int found = 0;
    for (size_t i = 0; i < flow_count; i++)
        found += !flows[i]->complete && strcmp(flows[i]->name, "t11.pixel.example") == 0;
    assert_int_equal(found, 1);
}

/* Servers answer in these captures, in clear and protected: none of it may look like a client's hello. */
static void answers_give_no_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < flow_count; i++) {
        bool answer = flows[i]->src_port == 443 || flows[i]->src_port == 8443;
        if (answer)
            assert_string_equal(flows[i]->name, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_of_hello_gives_its_name),
        cmocka_unit_test(whole_hellos_are_known_to_be_whole),
        cmocka_unit_test(name_in_the_first_segment_of_a_cut_hello_is_found),
        cmocka_unit_test(answers_give_no_name),
    };
    return cmocka_run_group_tests(tests, read_capture, forget);
}
