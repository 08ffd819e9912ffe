/* reader.c -- see reader.h.
 *
 * A reader asks one question at a time and waits for the answer. Its connection may be hours old when the next question
 * comes (the dashboard keeps one), and Redis may have been restarted in between: a question that fails on a connection
 * which has answered before is asked once more on a new one. Every question here only reads, so twice does no harm.
 */
#include "store/reader.h"

#include "common/log.h"
#include "store/connection.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_reader {
    char socket[108], installation[STORE_INSTALLATION_MAX + 1];
    struct store_connection *connection; /* NULL after a failure, until the next question */
    bool has_answered;
};

static int connect_reader(struct store_reader *r)
{
    if (r->connection)
        return 0;
    r->has_answered = false;
    int rc = store_connection_open(r->socket, &r->connection);
    if (rc == 0 || rc == -ENOMEM)
        return rc;
    log_error("store: %s: cannot connect: %s (is Redis running, with this path as its `unixsocket`?)", r->socket,
              strerror(-rc));
    return -EIO;
}

int store_reader_open(const char *socket, const char *installation, struct store_reader **out)
{
    assert(store_installation_is_valid(installation));
    *out = NULL;
    struct store_reader *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    snprintf(r->socket, sizeof(r->socket), "%s", socket);
    snprintf(r->installation, sizeof(r->installation), "%s", installation);
    int rc = connect_reader(r);
    if (rc < 0) {
        store_reader_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

static void drop_connection(struct store_reader *r)
{
    store_connection_close(r->connection);
    r->connection = NULL;
}

void store_reader_close(struct store_reader *r)
{
    if (!r)
        return;
    drop_connection(r);
    free(r);
}

static int ask_once(struct store_reader *r, int argc, const char **argv, struct store_reply **reply)
{
    size_t lengths[4];
    assert((size_t)argc <= sizeof(lengths) / sizeof(lengths[0]));
    for (int i = 0; i < argc; i++)
        lengths[i] = strlen(argv[i]);
    int rc = connect_reader(r);
    if (rc == 0)
        rc = store_connection_ask(r->connection, argc, argv, lengths, reply);
    return rc;
}

/* Any answer that is not an error; the caller frees it. */
static int ask(struct store_reader *r, int argc, const char **argv, struct store_reply **reply)
{
    bool was_old = r->connection && r->has_answered;
    int rc = ask_once(r, argc, argv, reply);
    if (rc < 0 && was_old) {
        drop_connection(r);
        rc = ask_once(r, argc, argv, reply);
    }
    if (rc < 0) {
        if (r->connection)
            log_error("store: %s: %s to %s (is Redis running and not stuck?)", r->socket,
                      rc == -ETIMEDOUT ? "no answer" : store_connection_problem(r->connection), argv[0]);
        drop_connection(r);
        return rc == -ETIMEDOUT || rc == -ENOMEM ? rc : -EIO;
    }
    r->has_answered = true;
    if (store_reply_kind(*reply) != STORE_REPLY_ERROR)
        return 0;
    log_error("store: %s: %s: %s", r->socket, argv[0], store_reply_text(*reply, NULL));
    store_reply_free(*reply);
    return -EIO;
}

static int read_hash(struct store_reader *r, const char *key,
                     void (*field)(void *context, const char *name, const char *value), void *context)
{
    struct store_reply *reply;
    const char *argv[] = {"HGETALL", key};
    int rc = ask(r, 2, argv, &reply);
    if (rc < 0)
        return rc;
    size_t n = store_reply_count(reply);
    for (size_t i = 0; i + 1 < n; i += 2)
        field(context, store_reply_text(store_reply_item(reply, i), NULL),
              store_reply_text(store_reply_item(reply, i + 1), NULL));
    store_reply_free(reply);
    return n > 0 ? 0 : -ENOENT;
}

int store_reader_health(struct store_reader *r, void (*field)(void *context, const char *name, const char *value),
                        void *context)
{
    char key[STORE_KEY_MAX];
    store_key_write(key, r->installation, STORE_KEY_HEALTH, NULL);
    return read_hash(r, key, field, context);
}

int store_reader_day(struct store_reader *r, const char *day,
                     void (*field)(void *context, const char *name, const char *value), void *context)
{
    char key[STORE_KEY_MAX];
    if (strlen(day) != 10)
        return -ENOENT; /* no such day */
    store_key_write(key, r->installation, STORE_KEY_DAY, day);
    return read_hash(r, key, field, context);
}

int store_reader_alerts_length(struct store_reader *r, uint64_t *length)
{
    char key[STORE_KEY_MAX];
    struct store_reply *reply;
    const char *argv[] = {"XLEN", key};
    store_key_write(key, r->installation, STORE_KEY_ALERTS, NULL);
    int rc = ask(r, 2, argv, &reply);
    if (rc < 0)
        return rc;
    *length = (uint64_t)store_reply_integer(reply);
    store_reply_free(reply);
    return 0;
}

int store_reader_version(struct store_reader *r, char *out, size_t size)
{
    static const char label[] = "redis_version:";
    struct store_reply *reply;
    const char *argv[] = {"INFO", "server"};
    int rc = ask(r, 2, argv, &reply);
    if (rc < 0)
        return rc;
    const char *at = strstr(store_reply_text(reply, NULL), label);
    if (at) {
        at += strlen(label);
        snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
    }
    store_reply_free(reply);
    return at ? 0 : -EIO;
}
