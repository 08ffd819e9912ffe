/* batch_pack.h -- a batch as bytes, for the spool, and back.
 *
 * Shape      struct batch_head, then the lengths of the arguments (u16 each), then their bytes. In the machine's byte order: the
 *            spool never leaves it.
 * Threads    Pure functions.
 * Ownership  batch_unpack() gives a batch, to free with free().
 * Failure    batch_unpack() believes nothing: NULL when counts, lengths, days or numbers do not fit each other (or without
 *            memory). What the texts say is checked by the function in Redis.
 */
#ifndef TELLTALE_STORE_BATCH_PACK_H
#define TELLTALE_STORE_BATCH_PACK_H

#include "store/batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch_head {
    uint8_t incarnation[16];
    uint64_t sequence;
    uint64_t contacts_before; /* in all batches of this incarnation before this one */
    uint64_t source, source_sequence; /* of the capture process's sightings, up to which all are in this or earlier batches */
    uint32_t contacts, days, moments, descriptions, arguments, size;
    char day[STORE_BATCH_DAYS][12];
    char period[12];
};

size_t batch_packed_size(const struct store_batch *b);

/* Fills what the batch knows into *head and writes batch_packed_size() bytes. */
void batch_pack(const struct store_batch *b, struct batch_head *head, uint8_t *out);

/* Only the head: is it one of a batch that has n bytes in all? */
bool batch_read_head(const uint8_t *bytes, size_t n, struct batch_head *out);

struct store_batch *batch_unpack(const uint8_t *bytes, size_t n);

#endif
