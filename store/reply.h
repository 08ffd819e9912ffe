/* reply.h -- one answer of Redis, without hiredis' types.
 *
 * Shape      A reply is text, a status, an error, an integer, nothing, or a list of replies (RESP2).
 * Ownership  The caller frees the outermost reply; items and texts live as long as it does.
 */
#ifndef TELLTALE_STORE_REPLY_H
#define TELLTALE_STORE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_reply;

enum store_reply_kind {
    STORE_REPLY_NIL,
    STORE_REPLY_TEXT,
    STORE_REPLY_STATUS,
    STORE_REPLY_ERROR,
    STORE_REPLY_INTEGER,
    STORE_REPLY_LIST,
};

enum store_reply_kind store_reply_kind(const struct store_reply *r);

/* The bytes of a text, status or error, with a NUL after them; "" for the other kinds. length may be NULL. */
const char *store_reply_text(const struct store_reply *r, size_t *length);

int64_t store_reply_integer(const struct store_reply *r); /* 0 when it is none */

size_t store_reply_count(const struct store_reply *r); /* of a list; 0 for the other kinds */
const struct store_reply *store_reply_item(const struct store_reply *r, size_t i);

/* Reads a text of decimal digits. False for anything else. */
bool store_reply_number(const struct store_reply *r, uint64_t *out);

void store_reply_free(struct store_reply *r);

#endif
