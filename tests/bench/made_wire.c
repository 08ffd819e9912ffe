/* made_wire.c -- see made_wire.h. RFCs 768, 791, 8200, 9293. */
#include "tests/bench/made_wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static void put_u16(uint8_t *at, unsigned v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static void put_u32(uint8_t *at, uint32_t v)
{
    put_u16(at, v >> 16);
    put_u16(at + 2, v & 0xffff);
}

int wire_open(struct wire *w, const char *path, uint64_t begin_us)
{
    /* This machine's byte order: the magic number says which. */
    const uint32_t head[6] = {0xa1b2c3d4, 2 | 4u << 16, 0, 0, 262144, 1};
    *w = (struct wire){.out = fopen(path, "wb"), .time_us = begin_us};
    if (!w->out)
        return -errno;
    fwrite(head, sizeof(head), 1, w->out);
    return 0;
}

int wire_close(struct wire *w)
{
    bool bad = ferror(w->out) != 0;
    return fclose(w->out) != 0 || bad ? -EIO : 0;
}

static uint16_t header_checksum(const uint8_t *at)
{
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~(sum + (sum >> 16));
}

static size_t put_ip(uint8_t *at, const struct wire_pair *p, uint8_t proto, size_t body, uint16_t id)
{
    if (p->v6) {
        memset(at, 0, 8);
        at[0] = 0x60;
        put_u16(at + 4, (unsigned)body);
        at[6] = proto;
        at[7] = 64;
        memcpy(at + 8, p->from.address, 16);
        memcpy(at + 24, p->to.address, 16);
        return 40;
    }
    memset(at, 0, 20);
    at[0] = 0x45;
    put_u16(at + 2, (unsigned)(20 + body));
    put_u16(at + 4, id);
    at[6] = 0x40; /* not to be cut */
    at[8] = 64;
    at[9] = proto;
    memcpy(at + 12, p->from.address, 4);
    memcpy(at + 16, p->to.address, 4);
    put_u16(at + 10, header_checksum(at));
    return 20;
}

/* head: the transport header. */
static uint32_t write_frame(struct wire *w, const struct wire_pair *p, uint8_t proto, const uint8_t *head, size_t head_len,
                            const void *payload, size_t n)
{
    uint8_t frame[16 + 14 + 40 + 20];
    assert(n <= WIRE_PAYLOAD_MOST);
    uint8_t *at = frame + 16;
    memcpy(at, p->to.mac, 6);
    memcpy(at + 6, p->from.mac, 6);
    put_u16(at + 12, p->v6 ? 0x86dd : 0x0800);
    at += 14;
    at += put_ip(at, p, proto, head_len + n, (uint16_t)w->frames);
    memcpy(at, head, head_len);
    at += head_len;
    uint32_t len = (uint32_t)(at - frame - 16 + (ptrdiff_t)n);
    const uint32_t record[4] = {(uint32_t)(w->time_us / 1000000), (uint32_t)(w->time_us % 1000000), len, len};
    memcpy(frame, record, sizeof(record));
    fwrite(frame, (size_t)(at - frame), 1, w->out);
    if (n > 0)
        fwrite(payload, n, 1, w->out);
    w->frames++;
    w->bytes += len;
    return len;
}

uint32_t wire_tcp(struct wire *w, const struct wire_pair *p, uint8_t flags, uint32_t seq, uint32_t ack, const void *payload, size_t n)
{
    uint8_t head[20] = {0};
    put_u16(head, p->from.port);
    put_u16(head + 2, p->to.port);
    put_u32(head + 4, seq);
    put_u32(head + 8, ack);
    head[12] = 5 << 4;
    head[13] = flags;
    put_u16(head + 14, 65535);
    return write_frame(w, p, 6, head, sizeof(head), payload, n);
}

uint32_t wire_udp(struct wire *w, const struct wire_pair *p, const void *payload, size_t n)
{
    uint8_t head[8] = {0};
    put_u16(head, p->from.port);
    put_u16(head + 2, p->to.port);
    put_u16(head + 4, (unsigned)(8 + n));
    return write_frame(w, p, 17, head, sizeof(head), payload, n);
}
