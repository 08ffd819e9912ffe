/* test_flow_names_quic.c -- names in QUIC Initials; and the 35 ways a hello can lie on the wire, by the flow table. */
#include "dissectors/quic.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/conversation.h"
#include "tests/support/hello_maker.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#define CORPUS TESTS_DIR "/corpus/hellos/"
#define NAME   "tracker.example" /* that of hello_usual() */

static struct made_hello hello; /* the handshake message, as QUIC carries it */
static struct quic_seal_keys keys;
static struct conversation c;
static uint32_t packet_number;

static int begin(void **state)
{
    (void)state;
    hello_usual(&hello);
    quic_seal_keys(&keys, VECTOR_KEYS_V1);
    packet_number = 0;
    listen_for_names(4);
    c = a_conversation(IP_PROTO_UDP, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    end_conversation(&c);
    flow_names_free(names);
    return 0;
}

/* -- datagrams made to order -- */

struct frames {
    uint8_t bytes[20000];
    size_t n;
};

static void crypto(struct frames *f, size_t offset, size_t n)
{
    const uint8_t head[] = {6, (uint8_t)(0x40 | offset >> 8), (uint8_t)offset, (uint8_t)(0x40 | n >> 8), (uint8_t)n};
    memcpy(f->bytes + f->n, head, sizeof(head));
    memcpy(f->bytes + f->n + sizeof(head), hello.bytes + offset, n);
    f->n += sizeof(head) + n;
}

static size_t seal(const char *dcid, const struct frames *f, uint8_t *out)
{
    struct quic_recipe r = {.version = QUIC_V1,
                            .first_byte = 0xc0,
                            .pn_len = 4,
                            .pn = packet_number++,
                            .dcid = dcid,
                            .plain = f->bytes,
                            .plain_len = f->n};
    return quic_seal_initial(&r, &keys, out);
}

/* One Initial of the client's with these frames. */
static void send_initial(const char *dcid, const struct frames *f)
{
    uint8_t sealed[21000];
    datagram(&c, true, sealed, seal(dcid, f, sealed));
}

static void send_piece(const char *dcid, size_t offset, size_t n)
{
    struct frames f = {.n = 0};
    crypto(&f, offset, n);
    send_initial(dcid, &f);
}

static void a_hello_in_one_datagram_gives_its_name(void **state)
{
    (void)state;
    send_piece(VECTOR_CID, 0, hello.n);
    assert_only(NAME_QUIC, NAME);
    assert_true(heard[0].from_device && heard[0].ech);
    assert_int_equal(c.flow.flags & (FLOW_NAMED | FLOW_NAMES_DONE), FLOW_NAMED | FLOW_NAMES_DONE);
    assert_int_equal(c.flow.hello, NO_INDEX);
}

static void the_published_example_gives_its_name(void **state)
{
    (void)state;
    uint8_t packet[1300];
    size_t n = quic_seal_hex(vector_v1_packet, packet, sizeof(packet));
    datagram(&c, true, packet, n);
    assert_only(NAME_QUIC, "example.com");
}

static void frames_may_be_shuffled_and_repeated(void **state)
{
    (void)state;
    struct frames f = {.n = 0};
    for (size_t i = 20; i-- > 0;) { /* backwards, each twice */
        size_t from = hello.n * i / 20, to = hello.n * (i + 1) / 20;
        crypto(&f, from, to - from);
        crypto(&f, from, to - from);
    }
    send_initial(VECTOR_CID, &f);
    assert_only(NAME_QUIC, NAME);
}

static void datagrams_may_come_in_any_order(void **state)
{
    (void)state;
    for (size_t cut = 10; cut < hello.n; cut += 9) {
        for (int second_first = 0; second_first < 2; second_first++) {
            heard_count = 0;
            c = a_conversation(IP_PROTO_UDP, true);
            send_piece(VECTOR_CID, second_first ? cut : 0, second_first ? hello.n - cut : cut);
            send_piece(VECTOR_CID, second_first ? 0 : cut, second_first ? cut : hello.n - cut);
            assert_only(NAME_QUIC, NAME);
            end_conversation(&c);
        }
    }
}

/* The server has answered: the client addresses the id it chose, with the keys of the first one. */
static void a_later_datagram_may_have_another_id_and_the_same_keys(void **state)
{
    (void)state;
    send_piece(VECTOR_CID, 0, 60);
    send_piece("0102030405", 60, hello.n - 60);
    assert_only(NAME_QUIC, NAME);
}

static void after_a_retry_the_hello_begins_again_with_new_keys(void **state)
{
    (void)state;
    send_piece(VECTOR_CID, 0, 60);
    hello.bytes[50] ^= 0xff; /* what was sent before the Retry must not be mixed with what follows */
    quic_seal_keys(&keys, VECTOR_KEYS_V1_RETRY);
    send_piece(VECTOR_RETRY_CID, 60, hello.n - 60);
    assert_int_equal(heard_count, 0);
    send_piece(VECTOR_RETRY_CID, 0, 60);
    assert_only(NAME_QUIC, NAME);
}

static void two_packets_in_one_datagram_are_both_read(void **state)
{
    (void)state;
    uint8_t sealed[21000];
    struct frames a = {.n = 0}, b = {.n = 0};
    crypto(&a, 0, 60);
    crypto(&b, 60, hello.n - 60);
    size_t n = seal(VECTOR_CID, &a, sealed);
    n += seal(VECTOR_CID, &b, sealed + n);
    datagram(&c, true, sealed, n);
    assert_only(NAME_QUIC, NAME);
}

static void the_servers_datagrams_are_not_read(void **state)
{
    (void)state;
    uint8_t sealed[21000];
    struct frames f = {.n = 0};
    send_piece(VECTOR_CID, 0, 60);
    crypto(&f, 60, hello.n - 60);
    datagram(&c, false, sealed, seal(VECTOR_CID, &f, sealed)); /* with the client's keys, as nobody but a liar would */
    assert_int_equal(heard_count, 0);
    send_piece(VECTOR_CID, 60, hello.n - 60);
    assert_only(NAME_QUIC, NAME);
}

static void what_does_not_open_changes_nothing(void **state)
{
    (void)state;
    uint8_t noise[1200], sealed[21000];
    struct frames f = {.n = 0};
    send_piece(VECTOR_CID, 0, 60);
    crypto(&f, 60, hello.n - 60);
    size_t n = seal(VECTOR_CID, &f, sealed);
    sealed[n - 1] ^= 1; /* the tag is wrong */
    datagram(&c, true, sealed, n);
    srand(20261122);
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < sizeof(noise); i++)
            noise[i] = (uint8_t)rand();
        noise[0] |= 0xc0;
        datagram(&c, true, noise, (size_t)rand() % sizeof(noise));
    }
    assert_int_equal(heard_count, 0);
    assert_false(c.flow.flags & FLOW_NAMES_DONE); /* a slot is held: patience */
    send_piece(VECTOR_CID, 60, hello.n - 60);
    assert_only(NAME_QUIC, NAME);
}

static void a_hello_that_never_becomes_whole_is_incomplete(void **state)
{
    (void)state;
    send_piece(VECTOR_CID, 0, 60);
    end_conversation(&c);
    assert_int_equal(heard_count, 0);
    assert_int_equal(c.flow.flags & (FLOW_HELLO_BEGAN | FLOW_HELLO_WHOLE | FLOW_NAMED), FLOW_HELLO_BEGAN);
}

static void frames_far_beyond_any_hello_are_cut_off(void **state)
{
    (void)state;
    /* offset 2^62 - 6, five bytes; and offset 16380, ten bytes */
    struct frames f = {
        .bytes = {6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0, 5, 1, 2, 3, 4, 5, 6, 0x7f, 0xfc, 10}, .n = 29};
    send_initial(VECTOR_CID, &f);
    assert_int_equal(heard_count, 0);
    send_piece(VECTOR_CID, 0, hello.n);
    assert_only(NAME_QUIC, NAME);
}

static void short_headers_and_other_datagrams_name_nothing(void **state)
{
    (void)state;
    datagram(&c, true, "\x40\1\2\3\4\5\6\7\10", 9);
    datagram(&c, true, "\0", 1);
    datagram(&c, true, "", 0);
    datagram(&c, true, "\xc0", 1);
    assert_int_equal(heard_count, 0);
    assert_int_equal(c.flow.hello, NO_INDEX);
}

/* -- the corpus: real shapes, through the flow table -- */

static struct flow_table *table;

static void on_flow_end(void *context, struct flow *f, enum flow_end_reason why)
{
    (void)context, (void)why;
    flow_names_end(names, f);
}

static uint32_t le32(const uint8_t *b)
{
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static void give_frame(uint32_t link_type, const uint8_t *bytes, uint32_t captured, uint32_t wire_len)
{
    struct packet p;
    bool is_new;
    assert_int_equal(packet_decode(link_type, bytes, captured, wire_len, &p), DISSECT_OK);
    struct flow *f = flow_table_get(table, &p, flow_table_id(table, &p), 0, &is_new);
    bool from_device = p.src_port >= 40001 && p.src_port < 40100; /* as the corpus numbers them */
    if (p.payload.len > 0)
        f->payloads++;
    if (!(f->flags & FLOW_NAMES_DONE))
        flow_names_packet(names, f, &p, from_device);
}

static void replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    uint8_t header[24], record[16], frame[70000];
    assert_int_equal(fread(header, 1, sizeof(header), f), sizeof(header));
    while (fread(record, 1, sizeof(record), f) == sizeof(record)) {
        uint32_t captured = le32(record + 8);
        assert_true(captured <= sizeof(frame));
        assert_int_equal(fread(frame, 1, captured, f), captured);
        give_frame(le32(header + 20), frame, captured, le32(record + 12));
    }
    fclose(f);
}

static bool was_heard(const char *host, enum name_protocol protocol)
{
    for (unsigned i = 0; i < heard_count; i++)
        if (heard[i].protocol == protocol && strcmp(heard[i].host, host) == 0)
            return heard[i].from_device;
    return false;
}

static void every_shape_of_hello_in_the_corpus_gives_its_name(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    table = flow_table_new(1024, on_flow_end, NULL);
    assert_non_null(table);
    flow_names_free(names);
    listen_for_names(64);
    replay(CORPUS "hellos.pcap");
    flow_table_finish(table);
    flow_table_free(table);
    FILE *f = fopen(CORPUS "hellos.json", "r");
    assert_non_null(f);
    char line[1024], host[64];
    unsigned wanted = 0;
    while (fgets(line, sizeof(line), f)) {
        const char *name = strstr(line, "\"name\": \"");
        if (!name || sscanf(name, "\"name\": \"%63[^\"]\"", host) != 1)
            continue;
        bool must = strstr(line, "\"must\": true") != NULL, quic = strstr(line, "\"kind\": \"quic\"") != NULL;
        bool found = was_heard(host, quic ? NAME_QUIC : NAME_TLS);
        if (must && !found)
            fail_msg("not found: %s", line);
        wanted += found;
    }
    fclose(f);
    assert_int_equal(heard_count, wanted); /* and no other */
    assert_true(wanted >= 32);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_hello_in_one_datagram_gives_its_name),
        TEST(the_published_example_gives_its_name),
        TEST(frames_may_be_shuffled_and_repeated),
        TEST(datagrams_may_come_in_any_order),
        TEST(a_later_datagram_may_have_another_id_and_the_same_keys),
        TEST(after_a_retry_the_hello_begins_again_with_new_keys),
        TEST(two_packets_in_one_datagram_are_both_read),
        TEST(the_servers_datagrams_are_not_read),
        TEST(what_does_not_open_changes_nothing),
        TEST(a_hello_that_never_becomes_whole_is_incomplete),
        TEST(frames_far_beyond_any_hello_are_cut_off),
        TEST(short_headers_and_other_datagrams_name_nothing),
        TEST(every_shape_of_hello_in_the_corpus_gives_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
