/* stream_reader.c -- see stream_reader.h. Only reads, so that the asker may ask twice. An entry that has not the shape which
 * Redis gives to entries is passed over: somebody else's data in the place of ours must not end the program. */
#include "store/stream_reader.h"

#include "store/asker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_stream_reader {
    char key[STORE_KEY_MAX];
    struct store_asker *asker;
};

struct store_entry {
    const char *id;
    const struct store_reply *fields;
};

int store_stream_open(const char *socket, const char *installation, enum store_key which, struct store_stream_reader **out)
{
    assert(store_installation_is_valid(installation) && strcmp(store_keys[which].type, "stream") == 0);
    *out = NULL;
    struct store_stream_reader *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    store_key_write(r->key, installation, which, NULL);
    int rc = store_asker_open(socket, &r->asker);
    if (rc < 0) {
        store_stream_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void store_stream_close(struct store_stream_reader *r)
{
    if (!r)
        return;
    store_asker_close(r->asker);
    free(r);
}

static int ask(struct store_stream_reader *r, const char **argv, store_entry_fn *each, void *context)
{
    struct store_reply *reply;
    int rc = store_asker_ask(r->asker, 6, argv, &reply);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < store_reply_count(reply); i++) {
        const struct store_reply *row = store_reply_item(reply, i);
        if (store_reply_count(row) != 2 || store_reply_kind(store_reply_item(row, 0)) != STORE_REPLY_TEXT)
            continue;
        struct store_entry e = {store_reply_text(store_reply_item(row, 0), NULL), store_reply_item(row, 1)};
        if (strlen(e.id) < STORE_ENTRY_ID_MAX)
            each(context, &e);
    }
    store_reply_free(reply);
    return 0;
}

int store_stream_newest(struct store_stream_reader *r, unsigned most, store_entry_fn *each, void *context)
{
    char count[12];
    snprintf(count, sizeof(count), "%u", most);
    const char *argv[] = {"XREVRANGE", r->key, "+", "-", "COUNT", count};
    return ask(r, argv, each, context);
}

int store_stream_after(struct store_stream_reader *r, const char *id, unsigned most, store_entry_fn *each, void *context)
{
    char count[12], after[STORE_ENTRY_ID_MAX + 1];
    snprintf(count, sizeof(count), "%u", most);
    snprintf(after, sizeof(after), id[0] ? "(%s" : "-", id);
    const char *argv[] = {"XRANGE", r->key, after, "+", "COUNT", count};
    return ask(r, argv, each, context);
}

const char *store_entry_id(const struct store_entry *e)
{
    return e->id;
}

const char *store_entry_field(const struct store_entry *e, const char *name)
{
    for (size_t i = 0; i + 1 < store_reply_count(e->fields); i += 2)
        if (strcmp(store_reply_text(store_reply_item(e->fields, i), NULL), name) == 0)
            return store_reply_text(store_reply_item(e->fields, i + 1), NULL);
    return "";
}

uint64_t store_entry_hour_s(const struct store_entry *e)
{
    return strtoull(e->id, NULL, 10) / 1000;
}
