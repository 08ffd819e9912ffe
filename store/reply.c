/* reply.c -- see reply.h. With connection.c, the only files that meet hiredis.
 *
 * struct store_reply is hiredis' redisReply under a name of ours. It is never defined: the casts below are the
 * whole of the trick, and they stay in these two files.
 */
#include "store/reply.h"

#include <assert.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

static const redisReply *of(const struct store_reply *r)
{
    return (const redisReply *)(const void *)r;
}

enum store_reply_kind store_reply_kind(const struct store_reply *r)
{
    switch (of(r)->type) {
    case REDIS_REPLY_STRING:
        return STORE_REPLY_TEXT;
    case REDIS_REPLY_STATUS:
        return STORE_REPLY_STATUS;
    case REDIS_REPLY_ERROR:
        return STORE_REPLY_ERROR;
    case REDIS_REPLY_INTEGER:
        return STORE_REPLY_INTEGER;
    case REDIS_REPLY_ARRAY:
        return STORE_REPLY_LIST;
    default: /* RESP3's further kinds never come over a RESP2 connection */
        return STORE_REPLY_NIL;
    }
}

const char *store_reply_text(const struct store_reply *r, size_t *length)
{
    enum store_reply_kind kind = store_reply_kind(r);
    bool has_text = kind == STORE_REPLY_TEXT || kind == STORE_REPLY_STATUS || kind == STORE_REPLY_ERROR;
    if (length)
        *length = has_text ? (size_t)of(r)->len : 0;
    return has_text ? of(r)->str : "";
}

int64_t store_reply_integer(const struct store_reply *r)
{
    return store_reply_kind(r) == STORE_REPLY_INTEGER ? of(r)->integer : 0;
}

size_t store_reply_count(const struct store_reply *r)
{
    return store_reply_kind(r) == STORE_REPLY_LIST ? of(r)->elements : 0;
}

const struct store_reply *store_reply_item(const struct store_reply *r, size_t i)
{
    assert(i < store_reply_count(r));
    return (const struct store_reply *)(const void *)of(r)->element[i];
}

bool store_reply_number(const struct store_reply *r, uint64_t *out)
{
    size_t n;
    const char *text = store_reply_text(r, &n);
    if (n == 0 || n > 19)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

void store_reply_free(struct store_reply *r)
{
    if (r)
        freeReplyObject(r);
}
