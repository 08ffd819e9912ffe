/* connection.h -- one connection to Redis over a unix socket, that never waits longer than it is told.
 *
 * Shape      append() puts a command into the connection's buffer, pump() moves bytes both ways as far as the socket
 *            allows, next() takes one answer. Answers come in the order of the commands. ask() is all three for callers
 *            with nothing else to do.
 * Units      Milliseconds. Clock: monotonic.
 * Threads    One at a time.
 * Ownership  The connection owns the socket; answers belong to the caller (store/reply.h).
 * Failure    -errno, and problem() says it in words; nothing is logged here, because only the caller knows whether the
 *            same failure was told already. After any failure the connection is dead: what was sent and not answered
 *            may or may not have been done. Close it and open another. EIO: Redis closed it or broke the protocol.
 *            ETIMEDOUT: a question was open and nothing was heard for STORE_SILENCE_MS.
 */
#ifndef TELLTALE_STORE_CONNECTION_H
#define TELLTALE_STORE_CONNECTION_H

#include "store/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_SILENCE_MS 500

struct store_connection;

/* Who this program is to Redis, for every connection that is opened from now on: the name of an ACL user and the file with
 * its password (one line). user NULL or "": nobody in particular, Redis' default user. Call it at start, before there are
 * threads. -errno after one log line that names the file; -EACCES when others than its owner and group may read it. */
int store_login_set(const char *user, const char *password_file);

/* Does not wait: a unix socket connects at once or not at all. *out is NULL on failure. With a login, AUTH is the first
 * command; its answer is taken by next(), which fails with -EACCES when Redis refuses the user. */
int store_connection_open(const char *socket, struct store_connection **out);
void store_connection_close(struct store_connection *c);

int store_connection_fd(const struct store_connection *c);
const char *store_connection_problem(const struct store_connection *c);

/* Arguments are binary: nothing in them is ever taken for syntax. -ENOMEM is the only failure. */
int store_connection_append(struct store_connection *c, int argc, const char **argv, const size_t *lengths);
int store_connection_pump(struct store_connection *c);

/* 1: *reply is the next answer. 0: none has come whole yet. */
int store_connection_next(struct store_connection *c, struct store_reply **reply);

unsigned store_connection_open_questions(const struct store_connection *c);

/* Sleeps until the socket can be read, or written when something waits to be; at most so long. */
void store_connection_wait(const struct store_connection *c, int timeout_ms);

/* How long until silence becomes a failure: -1 when no question is open, 0 when it has. */
int store_connection_patience_ms(const struct store_connection *c);

/* Sends one command on an idle connection and waits for its answer. An error answer of Redis is an answer. */
int store_connection_ask(struct store_connection *c, int argc, const char **argv, const size_t *lengths,
                         struct store_reply **reply);

#endif
