/* asker.c -- see asker.h.
 *
 * A connection may be hours old when the next question comes (the dashboard keeps one), and Redis may have been
 * restarted in between: a question that fails on a connection which has answered before is asked once more on a new one.
 * So a question that must not be done twice is not for an old asker: open one for it.
 */
#include "store/asker.h"

#include "common/log.h"
#include "store/connection.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ARGUMENTS_MAX 512

struct store_asker {
    char socket[108];
    struct store_connection *connection; /* NULL after a failure, until the next question */
    bool has_answered;
};

static int connect_asker(struct store_asker *a)
{
    if (a->connection)
        return 0;
    a->has_answered = false;
    int rc = store_connection_open(a->socket, &a->connection);
    if (rc == 0 || rc == -ENOMEM)
        return rc;
    log_error("store: %s: cannot connect: %s (is Redis running, with this path as its `unixsocket`?)", a->socket,
              strerror(-rc));
    return -EIO;
}

int store_asker_open(const char *socket, struct store_asker **out)
{
    *out = NULL;
    struct store_asker *a = calloc(1, sizeof(*a));
    if (!a)
        return -ENOMEM;
    snprintf(a->socket, sizeof(a->socket), "%s", socket);
    int rc = connect_asker(a);
    if (rc < 0) {
        store_asker_close(a);
        return rc;
    }
    *out = a;
    return 0;
}

static void drop_connection(struct store_asker *a)
{
    store_connection_close(a->connection);
    a->connection = NULL;
}

void store_asker_close(struct store_asker *a)
{
    if (!a)
        return;
    drop_connection(a);
    free(a);
}

static int ask_once(struct store_asker *a, int argc, const char **argv, struct store_reply **reply)
{
    size_t lengths[ARGUMENTS_MAX];
    assert((size_t)argc <= sizeof(lengths) / sizeof(lengths[0]));
    for (int i = 0; i < argc; i++)
        lengths[i] = strlen(argv[i]);
    int rc = connect_asker(a);
    if (rc == 0)
        rc = store_connection_ask(a->connection, argc, argv, lengths, reply);
    return rc;
}

int store_asker_ask(struct store_asker *a, int argc, const char **argv, struct store_reply **reply)
{
    bool was_old = a->connection && a->has_answered;
    int rc = ask_once(a, argc, argv, reply);
    if (rc < 0 && was_old) {
        drop_connection(a);
        rc = ask_once(a, argc, argv, reply);
    }
    if (rc < 0) {
        if (rc == -EACCES)
            log_error("store: %s: %s ([store] user and password_file)", a->socket, store_connection_problem(a->connection));
        else if (a->connection)
            log_error("store: %s: %s to %s (is Redis running and not stuck?)", a->socket,
                      rc == -ETIMEDOUT ? "no answer" : store_connection_problem(a->connection), argv[0]);
        drop_connection(a);
        return rc == -ETIMEDOUT || rc == -ENOMEM ? rc : -EIO;
    }
    a->has_answered = true;
    if (store_reply_kind(*reply) != STORE_REPLY_ERROR)
        return 0;
    const char *text = store_reply_text(*reply, NULL);
    rc = strncmp(text, "NOPERM", 6) == 0 ? -EPERM : strncmp(text, "REFUSED", 7) == 0 ? -EPROTO : -EIO;
    if (rc != -EPERM)
        log_error("store: %s: %s: %s%s", a->socket, argv[0], text,
                  strncmp(text, "NOAUTH", 6) == 0 ? " (name the user in [store] user and password_file)" : "");
    store_reply_free(*reply);
    return rc;
}

int store_asker_server_pid(const struct store_asker *a)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (!a->connection || getsockopt(store_connection_fd(a->connection), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return 0;
    return peer.pid;
}
