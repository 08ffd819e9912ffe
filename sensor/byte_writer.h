/* byte_writer.h -- bytes that grow at their end: the other half of common/byte_reader.h, for the state a process leaves behind.
 *
 * Units      Numbers are big-endian; texts and blocks have their length before them.
 * Ownership  The caller frees `bytes`.
 * Failure    Without memory `failed` is set and stays; nothing more is written.
 */
#ifndef TELLTALE_SENSOR_BYTE_WRITER_H
#define TELLTALE_SENSOR_BYTE_WRITER_H

#include "common/byte_reader.h"

#include <stdlib.h>
#include <string.h>

struct byte_writer {
    uint8_t *bytes;
    size_t len, room;
    bool failed;
};

static inline void writer_bytes(struct byte_writer *w, const void *bytes, size_t n)
{
    if (!w->failed && w->len + n > w->room) {
        size_t room = 2 * (w->len + n) + 256;
        uint8_t *larger = realloc(w->bytes, room);
        w->failed = !larger;
        if (larger) {
            w->bytes = larger;
            w->room = room;
        }
    }
    if (w->failed || n == 0)
        return;
    memcpy(w->bytes + w->len, bytes, n);
    w->len += n;
}

static inline void writer_u8(struct byte_writer *w, uint8_t value)
{
    writer_bytes(w, &value, 1);
}

static inline void writer_u32be(struct byte_writer *w, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    writer_bytes(w, bytes, sizeof(bytes));
}

static inline void writer_u64be(struct byte_writer *w, uint64_t value)
{
    writer_u32be(w, (uint32_t)(value >> 32));
    writer_u32be(w, (uint32_t)value);
}

/* A text of at most 255 bytes. */
static inline void writer_text(struct byte_writer *w, const char *text)
{
    size_t n = strlen(text);
    if (n > 255)
        n = 255;
    writer_u8(w, (uint8_t)n);
    writer_bytes(w, text, n);
}

static inline uint64_t reader_u64be(struct byte_reader *r)
{
    uint64_t high = reader_u32be(r);
    return high << 32 | reader_u32be(r);
}

/* Reads a text back into room for `size` bytes; one that does not fit, or has a NUL inside, makes the reader short. */
static inline void reader_text(struct byte_reader *r, char *out, size_t size)
{
    size_t n = reader_u8(r);
    const uint8_t *bytes = reader_take(r, n);
    out[0] = '\0';
    if (!bytes || n >= size || memchr(bytes, '\0', n)) {
        r->short_read = true;
        return;
    }
    memcpy(out, bytes, n);
    out[n] = '\0';
}

#endif
