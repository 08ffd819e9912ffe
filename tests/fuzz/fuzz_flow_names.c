/* fuzz_flow_names.c -- any sequence of segments and datagrams, over four flows that share two slots.
 *
 * Input      { u8 how, u8 where, u16 length, payload } repeated. how: bits 0-1 the flow (the last one is UDP), bit 2
 *            the server sends it, bit 3 SYN, bit 4 the place is counted from the stream's beginning and not from its
 *            end, bit 5 ends the flow first, bit 6 the capture cut the payload, bit 7 (UDP) the payload is the
 *            plaintext of an Initial, which is sealed with known keys: a fuzzer cannot forge the tag.
 * Claims     Each name heard is the normalised spelling of itself, and its flow is marked as named; a flow that ended
 *            holds no slot.
 */
#include "common/byte_reader.h"
#include "common/hostname.h"
#include "sensor/flow_names.h"
#include "tests/support/quic_seal.h"
#include "tests/support/quic_vectors.h"

#include <stdlib.h>
#include <string.h>

#define FLOWS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct flow_names *names;
static struct flow flows[FLOWS];
static uint32_t client_end[FLOWS], packet_number;
static struct quic_seal_keys keys;

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void on_name(void *context, struct flow *f, const struct name_event *e)
{
    char again[HOSTNAME_MAX + 1];
    must(context == flows && f >= flows && f < flows + FLOWS);
    must(f->flags & FLOW_NAMED);
    must(e->len > 0 && e->host[e->len] == '\0' && strlen(e->host) == e->len);
    must(hostname_normalise((const uint8_t *)e->host, e->len, again) == e->len && strcmp(again, e->host) == 0);
    must((e->request != NULL) == (e->protocol == NAME_HTTP || e->protocol == NAME_CONNECT));
    must((f->proto == IP_PROTO_UDP) == (e->protocol == NAME_QUIC));
}

static void begin_flow(unsigned i)
{
    flows[i] = (struct flow){.contact = NO_INDEX,
                             .hello = NO_INDEX,
                             .inspection = NO_INDEX,
                             .by_address = NO_INDEX,
                             .proto = i == FLOWS - 1 ? IP_PROTO_UDP : IP_PROTO_TCP};
    client_end[i] = 0xfffffff0u + i; /* sequence numbers wrap soon */
}

static void end_flow(unsigned i)
{
    flow_names_end(names, &flows[i]);
    must(flows[i].hello == NO_INDEX);
    begin_flow(i);
}

static void give(unsigned i, struct packet *p, const uint8_t *bytes, size_t n, bool from_client)
{
    uint8_t *exact = malloc(n ? n : 1);
    must(exact != NULL);
    if (n > 0)
        memcpy(exact, bytes, n);
    p->payload = (struct bytes_view){.at = n ? exact : NULL, .len = n};
    p->payload_wire_len += (uint32_t)n;
    if (n > 0 && flows[i].payloads < UINT8_MAX)
        flows[i].payloads++;
    if (!(flows[i].flags & FLOW_NAMES_DONE))
        flow_names_packet(names, &flows[i], p, from_client);
    free(exact);
}

static size_t seal(const uint8_t *plain, size_t n, uint8_t *out)
{
    struct quic_recipe r = {.version = 1,
                            .first_byte = 0xc0,
                            .pn_len = 4,
                            .pn = packet_number++,
                            .dcid = VECTOR_CID,
                            .plain = plain,
                            .plain_len = n};
    return quic_seal_initial(&r, &keys, out);
}

static void take_step(struct byte_reader *in)
{
    static uint8_t sealed[70000];
    uint8_t how = reader_u8(in), where = reader_u8(in);
    size_t n = reader_u16be(in);
    n = n < reader_left(in) ? n : reader_left(in);
    const uint8_t *bytes = reader_take(in, n);
    unsigned i = how & 3;
    bool from_client = !(how & 4);
    if (how & 0x20)
        end_flow(i);
    struct packet p = {.ip_version = 4,
                       .ip_proto = flows[i].proto,
                       .src_port = 50000,
                       .dst_port = 443,
                       .payload_wire_len = how & 0x40 ? 10 : 0};
    if (flows[i].proto == IP_PROTO_UDP) {
        if ((how & 0x80) && n > 0 && n < 16000) {
            n = seal(bytes, n, sealed);
            bytes = sealed;
        }
        give(i, &p, bytes, n, from_client);
        return;
    }
    p.tcp_flags = how & 8 ? TCP_SYN | (from_client ? 0 : TCP_ACK) : TCP_ACK;
    p.tcp_seq = (how & 0x10 ? 0xfffffff0u + i : client_end[i]) + (uint32_t)(int8_t)where * (how & 0x10 ? 16u : 1u);
    p.tcp_ack = client_end[i];
    if (from_client)
        client_end[i] = p.tcp_seq + (uint32_t)n + !!(how & 8);
    give(i, &p, bytes, n, from_client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!names) {
        names = flow_names_new(2, on_name, flows);
        must(names != NULL);
        quic_seal_keys(&keys, VECTOR_KEYS_V1);
    }
    packet_number = 0;
    for (unsigned i = 0; i < FLOWS; i++)
        begin_flow(i);
    struct byte_reader in = reader_over(data, size);
    while (reader_left(&in) >= 4)
        take_step(&in);
    for (unsigned i = 0; i < FLOWS; i++)
        end_flow(i);
    return 0;
}
