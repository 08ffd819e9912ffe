/* trim.c -- `telltale-demo-trim IN OUT`: a recording with the bytes blanked that the sensor does not read, so that it packs small.
 *
 * Problem    A recording of five minutes is 7 MB, nearly all of it ciphertext, which no packer makes smaller, and a repository keeps it for
 *            ever. The sensor reads names and the first packets of a flow.
 * Approach   Every frame stays, with its time, its length and its headers: counts of packets, bytes and flows are those of the whole recording.
 *            Of each direction of a flow the first few payloads stay, as whole as the sensor looks at them; behind that there are zeros.
 *            DNS and clear-text requests stay whole, and so does whatever is neither TCP nor UDP. Of a TLS hello the public keys go, which are
 *            most of it (RFC 8446 4.2.8); in QUIC they are under a seal that would break. The same input gives the same output.
 *            tests/golden/check_demo compares the reports of both.
 * Use        build/release/bin/telltale-demo-trim capture.pcap school-hour.pcap && xz -9e school-hour.pcap
 */
#include "common/byte_reader.h"
#include "common/log.h"
#include "dissectors/packet.h"
#include "sensor/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLOWS 8192u /* of one recording; a power of two */

/* How many payloads of a direction stay, and how much of each. */
#define UP_PAYLOADS    2 /* a hello is longer than a segment */
#define DOWN_PAYLOADS  1
#define DOWN_TCP_BYTES 96u /* the head of a ServerHello; a certificate is of no use to us */
#define DOWN_UDP_BYTES 32u /* a QUIC header with its connection ids */

#define TLS_EXT_KEY_SHARE 51

struct flow {
    struct ip_addr a, b;
    uint16_t a_port, b_port;
    uint8_t proto, seen[2]; /* payloads from a, from b */
    bool used;
    uint32_t keys_from, keys_to; /* TCP: sequence numbers of the hello's public keys; equal: none */
};

static struct flow flows[FLOWS];

/* The flow of a packet, and which way it goes: 0 from whoever began. */
static struct flow *flow_of(const struct packet *p, int *way)
{
    uint32_t h = (uint32_t)(p->src_port + p->dst_port) * 2654435761u + p->ip_proto;
    for (size_t i = 0; i < sizeof(p->src.bytes); i++)
        h += (uint32_t)(p->src.bytes[i] + p->dst.bytes[i]) * (uint32_t)(16777619u + 2 * i); /* the same both ways */
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct flow *f = &flows[(h + i) % FLOWS];
        if (!f->used)
            *f = (struct flow){.a = p->src, .b = p->dst, .a_port = p->src_port, .b_port = p->dst_port, .proto = p->ip_proto, .used = true};
        if (f->proto != p->ip_proto)
            continue;
        bool up = ip_equal(&f->a, &p->src) && ip_equal(&f->b, &p->dst) && f->a_port == p->src_port && f->b_port == p->dst_port;
        bool down = ip_equal(&f->a, &p->dst) && ip_equal(&f->b, &p->src) && f->a_port == p->dst_port && f->b_port == p->src_port;
        if (up || down) {
            *way = down;
            return f;
        }
    }
    return NULL;
}

/* Where the public keys are in a ClientHello that begins here. What the next segment has of its extensions stays. */
static void find_keys(struct flow *f, const struct packet *p)
{
    struct byte_reader r = reader_over(p->payload.at, p->payload.len);
    bool is_handshake = reader_u8(&r) == 22;
    reader_skip(&r, 2 + 2); /* version, length */
    if (!is_handshake || reader_u8(&r) != 1)
        return;
    reader_skip(&r, 3 + 2 + 32); /* length, version, random */
    reader_skip(&r, reader_u8(&r));
    reader_skip(&r, reader_u16be(&r));
    reader_skip(&r, reader_u8(&r));
    reader_skip(&r, 2);
    while (!r.short_read) {
        uint16_t type = reader_u16be(&r), bytes = reader_u16be(&r);
        if (r.short_read)
            return;
        if (type == TLS_EXT_KEY_SHARE) {
            f->keys_from = p->tcp_seq + (uint32_t)(r.at - p->payload.at);
            f->keys_to = f->keys_from + bytes;
            return;
        }
        reader_skip(&r, bytes);
    }
}

/* Blanks what this segment has of them. payload: in the copy. */
static void blank_keys(const struct flow *f, const struct packet *p, uint8_t *payload)
{
    for (size_t i = 0; i < p->payload.len; i++)
        if (p->tcp_seq + (uint32_t)i - f->keys_from < f->keys_to - f->keys_from)
            payload[i] = 0;
}

static bool is_read_whole(const struct packet *p, int way)
{
    uint16_t server = way == 0 ? p->dst_port : p->src_port;
    return (p->ip_proto != IP_PROTO_TCP && p->ip_proto != IP_PROTO_UDP) || p->fragment || server == 53 || server == 67 || server == 5353 ||
           (server == 80 && way == 0);
}

/* payload: in the copy. */
static void blank(const struct packet *p, uint8_t *payload)
{
    int way;
    struct flow *f = flow_of(p, &way);
    if (!f || is_read_whole(p, way) || p->payload.len == 0)
        return;
    if (f->seen[way] < 255)
        f->seen[way]++;
    if (way == 0 && p->ip_proto == IP_PROTO_TCP && f->seen[way] == 1)
        find_keys(f, p);
    if (way == 0)
        blank_keys(f, p, payload);
    size_t stays = way == 0 ? SIZE_MAX : p->ip_proto == IP_PROTO_TCP ? DOWN_TCP_BYTES : DOWN_UDP_BYTES;
    if (f->seen[way] > (way == 0 ? UP_PAYLOADS : DOWN_PAYLOADS))
        stays = 0;
    if (stays < p->payload.len)
        memset(payload + stays, 0, p->payload.len - stays);
}

static bool put(FILE *out, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, out) == n;
}

static bool put_frame(FILE *out, const struct captured_frame *f)
{
    struct packet p;
    uint8_t *copy = malloc(f->captured + 1u);
    if (!copy)
        return false;
    memcpy(copy, f->bytes, f->captured);
    if (packet_decode(f->link_type, f->bytes, f->captured, f->wire_len, &p) == DISSECT_OK && p.payload.at)
        blank(&p, copy + (p.payload.at - f->bytes));
    const uint32_t head[4] = {(uint32_t)(f->time_ns / 1000000000u), (uint32_t)(f->time_ns % 1000000000u / 1000u), f->captured, f->wire_len};
    bool good = put(out, head, sizeof(head)) && put(out, copy, f->captured);
    free(copy);
    return good;
}

static int trim(struct capture_file *in, FILE *out)
{
    struct captured_frame f;
    int rc = capture_file_next(in, &f);
    const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, CAPTURE_FRAME_MAX, f.link_type}; /* pcap, microseconds, this machine's byte order */
    if (rc == 1 && !put(out, head, sizeof(head)))
        return -EIO;
    for (; rc == 1; rc = capture_file_next(in, &f))
        if (!put_frame(out, &f))
            return -EIO;
    return rc;
}

int main(int argc, char **argv)
{
    struct capture_file *in = NULL;
    log_init("telltale-demo-trim", LOG_LEVEL_INFO);
    if (argc != 3) {
        fputs("usage: telltale-demo-trim IN OUT\n", stderr);
        return 2;
    }
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC), rc = fd < 0 ? -errno : capture_file_open(fd, &in);
    FILE *out = rc == 0 ? fopen(argv[2], "wb") : NULL;
    if (rc == 0)
        rc = out ? trim(in, out) : -errno;
    if (out && fclose(out) != 0 && rc == 0)
        rc = -errno;
    if (rc < 0)
        log_error("%s: %s", out || fd < 0 || in ? argv[out ? 2 : 1] : argv[1], in && capture_file_complaint(in)[0] ? capture_file_complaint(in) : strerror(-rc));
    capture_file_close(in);
    if (fd >= 0)
        close(fd);
    return rc < 0;
}
