/* byte_reader.h -- a cursor over bytes that may end anywhere.
 *
 * Purpose    All data from the wire is read through it. It compares sizes before it moves, never
 *            forms a pointer past the end, remembers the first short read and yields zero after it,
 *            so that a parser can read a whole group of fields and ask once whether they were there.
 * Threads    None of its business: a reader is a local variable.
 * Ownership  Borrows the bytes; the reader dies before they do.
 * Failure    `short_read` is sticky. The frame's own reader running short means truncated; a child
 *            reader (reader_sub) running short means malformed: a length that lies.
 */
#ifndef TELLTALE_COMMON_BYTE_READER_H
#define TELLTALE_COMMON_BYTE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_reader {
    const uint8_t *at;  /* next unread byte; at <= end always holds */
    const uint8_t *end; /* one past the last byte we may touch      */
    bool short_read;    /* sticky                                   */
};

static inline struct byte_reader reader_over(const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    return (struct byte_reader){.at = at, .end = n ? at + n : at, .short_read = false};
}

static inline size_t reader_left(const struct byte_reader *r)
{
    return r->short_read ? 0 : (size_t)(r->end - r->at);
}

/* Takes n bytes, or NULL. Compares sizes; never forms a pointer past end. */
static inline const uint8_t *reader_take(struct byte_reader *r, size_t n)
{
    if (r->short_read || (size_t)(r->end - r->at) < n) {
        r->short_read = true;
        return NULL;
    }
    const uint8_t *bytes = r->at;
    r->at += n;
    return bytes;
}

static inline void reader_skip(struct byte_reader *r, size_t n)
{
    (void)reader_take(r, n);
}

static inline uint8_t reader_u8(struct byte_reader *r)
{
    const uint8_t *b = reader_take(r, 1);
    return b ? b[0] : 0;
}

static inline uint16_t reader_u16be(struct byte_reader *r)
{
    const uint8_t *b = reader_take(r, 2);
    return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t reader_u24be(struct byte_reader *r)
{
    const uint8_t *b = reader_take(r, 3);
    return b ? (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2] : 0;
}

static inline uint32_t reader_u32be(struct byte_reader *r)
{
    const uint8_t *b = reader_take(r, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

/* Carves n bytes into a child, so that an inner length cannot outrun its outer one. When they are
 * not there, both are short. */
static inline struct byte_reader reader_sub(struct byte_reader *r, size_t n)
{
    const uint8_t *bytes = reader_take(r, n);
    if (!bytes)
        return (struct byte_reader){.at = r->end, .end = r->end, .short_read = true};
    return (struct byte_reader){.at = bytes, .end = bytes + n, .short_read = false};
}

#endif
