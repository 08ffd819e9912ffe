/* fuzz_spool.c -- any bytes as a segment of the spool, as a failing card or a foreign hand may leave it.
 *
 * Input      { u8 flags, segment }. Flag 1: what is behind every magic number gets a checksum that fits, so that the records
 *            themselves are reached.
 * Claims     Records lie within the bytes, one after the other; a batch that is believed adds up, and packs into what it
 *            was read from.
 */
#include "store/batch_pack.h"
#include "store/spool_scan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

struct reading {
    const uint8_t *bytes;
    size_t size, at;
};

static void check_batch(const struct spool_record *r)
{
    struct batch_head head;
    struct store_batch *b = batch_unpack(r->payload, r->length);
    if (!b)
        return;
    must(batch_read_head(r->payload, r->length, &head) && batch_packed_size(b) == r->length);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < b->arguments; i++)
        sum += b->lengths[i];
    must(sum == b->size && b->contacts <= STORE_BATCH_CONTACTS && b->days <= STORE_BATCH_DAYS);
    struct store_command *cmd = store_command_new();
    struct store_envelope e = {.installation = "s", .incarnation = "00", .sequence = head.sequence, .devices_from_ms = 1795345200000};
    const char **argv;
    const size_t *lengths;
    must(cmd != NULL && store_command_build(cmd, b, NULL, &e, &argv, &lengths) > 0);
    store_command_free(cmd);
    free(b);
}

static void on_record(void *context, const struct spool_record *r)
{
    struct reading *reading = context;
    must(r->offset >= reading->at && r->offset + SPOOL_HEAD_BYTES + r->length <= reading->size);
    must(r->payload == reading->bytes + r->offset + SPOOL_HEAD_BYTES);
    reading->at = r->offset + SPOOL_HEAD_BYTES + r->length;
    if (r->kind == SPOOL_BATCH)
        check_batch(r);
}

static void mend(uint8_t *bytes, size_t n)
{
    const uint32_t magic = SPOOL_MAGIC;
    for (size_t at = 0; at + SPOOL_HEAD_BYTES <= n; at++) {
        uint32_t head[4];
        memcpy(head, bytes + at, sizeof(head));
        if (head[0] == magic && head[2] <= n - at - SPOOL_HEAD_BYTES)
            spool_record_head(bytes + at, (enum spool_kind)head[1], bytes + at + SPOOL_HEAD_BYTES, head[2]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t n = size - 1;
    uint8_t *bytes = malloc(n ? n : 1);
    must(bytes != NULL);
    memcpy(bytes, data + 1, n);
    if (data[0] & 1)
        mend(bytes, n);
    struct reading reading = {bytes, n, 0};
    uint64_t damaged = spool_scan(bytes, n, on_record, &reading);
    must(damaged <= n && (damaged > 0 || reading.at == n));
    free(bytes);
    return 0;
}
