/* spool_scan.h -- finds the sound records in the bytes of a spool's segment, whatever was done to them.
 *
 * Shape      { u32 magic, u32 kind, u32 length, u32 crc, u8 payload[length] } repeated, in the machine's byte order. The
 *            checksum covers kind, length and payload. Where the next bytes are no sound record, the next one is looked for byte
 *            by byte; what lies between is one damaged part. The magic holds bytes that no clean text can hold.
 * Threads    Pure functions.
 * Ownership  Records point into the bytes.
 */
#ifndef TELLTALE_STORE_SPOOL_SCAN_H
#define TELLTALE_STORE_SPOOL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_MAGIC      0xf5c0fe03u /* raised with every change of a record's layout */
#define SPOOL_HEAD_BYTES 16u
#define SPOOL_RECORD_MAX (1u << 20) /* longest payload; the largest batch has about 560 kB */

enum spool_kind {
    SPOOL_STATE = 1,  /* struct spool_state: how far the sightings came */
    SPOOL_BATCH = 2,  /* store/batch_pack.h */
    SPOOL_RENAME = 3, /* struct spool_rename: the rest of an incarnation goes by another name */
};

struct spool_record {
    enum spool_kind kind;
    const uint8_t *payload;
    uint32_t length;
    size_t offset; /* of the record's head */
};

/* Calls on_record() for each sound record in order; returns how many damaged parts there are. */
uint64_t spool_scan(const uint8_t *bytes, size_t n, void (*on_record)(void *context, const struct spool_record *r), void *context);

/* Is there a sound record at bytes, of n that may be read? Fills *out (offset: 0). */
bool spool_record_at(const uint8_t *bytes, size_t n, struct spool_record *out);

/* Writes the head of a record whose payload is given. */
void spool_record_head(uint8_t out[SPOOL_HEAD_BYTES], enum spool_kind kind, const void *payload, uint32_t length);

#endif
