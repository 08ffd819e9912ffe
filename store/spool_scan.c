/* spool_scan.c -- see spool_scan.h.
 *
 * A head whose length lies would make a reader jump over everything behind it; here only a checksum that fits makes a record,
 * so a lie costs its own record and no more. Looking at every byte for the magic is slow only where there is damage.
 */
#include "store/spool_scan.h"

#include "common/crc32c.h"

#include <string.h>

static uint32_t checksum(uint32_t kind, uint32_t length, const void *payload)
{
    uint32_t head[2] = {kind, length};
    return crc32c(crc32c(0, head, sizeof(head)), payload, length);
}

void spool_record_head(uint8_t out[SPOOL_HEAD_BYTES], enum spool_kind kind, const void *payload, uint32_t length)
{
    uint32_t head[4] = {SPOOL_MAGIC, (uint32_t)kind, length, checksum((uint32_t)kind, length, payload)};
    memcpy(out, head, sizeof(head));
}

bool spool_record_at(const uint8_t *bytes, size_t n, struct spool_record *out)
{
    uint32_t head[4];
    if (n < SPOOL_HEAD_BYTES)
        return false;
    memcpy(head, bytes, sizeof(head));
    if (head[0] != SPOOL_MAGIC || head[1] < SPOOL_STATE || head[1] > SPOOL_RENAME || head[2] > SPOOL_RECORD_MAX ||
        head[2] > n - SPOOL_HEAD_BYTES || checksum(head[1], head[2], bytes + SPOOL_HEAD_BYTES) != head[3])
        return false;
    *out = (struct spool_record){.kind = (enum spool_kind)head[1], .payload = bytes + SPOOL_HEAD_BYTES, .length = head[2]};
    return true;
}

uint64_t spool_scan(const uint8_t *bytes, size_t n, void (*on_record)(void *context, const struct spool_record *r), void *context)
{
    const uint32_t magic = SPOOL_MAGIC;
    uint64_t damaged = 0;
    bool in_damage = false;
    for (size_t at = 0; at < n;) {
        struct spool_record r;
        if (spool_record_at(bytes + at, n - at, &r)) {
            r.offset = at;
            on_record(context, &r);
            at += SPOOL_HEAD_BYTES + r.length;
            in_damage = false;
            continue;
        }
        damaged += !in_damage;
        in_damage = true;
        const uint8_t *next = memmem(bytes + at + 1, n - at - 1, &magic, sizeof(magic));
        at = next ? (size_t)(next - bytes) : n;
    }
    return damaged;
}
