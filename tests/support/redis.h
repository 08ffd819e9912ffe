/* redis.h -- a real Redis of a test's own: in a fresh directory, on a unix socket, with no TCP port.
 *
 * Purpose    Tests of everything that meets Redis. The server runs with store/redis.conf, as in real life.
 * Ownership  test_redis_start() makes the directory and the process; test_redis_remove() ends both. A server also ends
 *            with the test program that started it, however that ends.
 * Failure    A message on stderr, and false or NULL.
 */
#ifndef TELLTALE_TESTS_SUPPORT_REDIS_H
#define TELLTALE_TESTS_SUPPORT_REDIS_H

#include "store/reply.h"

#include <stdbool.h>
#include <sys/types.h>

struct store_connection;

struct test_redis {
    char directory[64], socket[80];
    pid_t pid;                           /* 0 while no server runs */
    struct store_connection *connection; /* for test_redis_ask() */
};

/* Makes a directory and a server in it, and waits until it answers. */
bool test_redis_start(struct test_redis *r);

/* Only the directory and the socket's name: a server can be started in it later. */
bool test_redis_prepare(struct test_redis *r);

/* Starts a server in the directory there is, over the data that are there. false when it does not answer in 10 s. */
bool test_redis_restart(struct test_redis *r);

void test_redis_stop(struct test_redis *r);  /* SIGTERM: data are saved */
void test_redis_kill(struct test_redis *r);  /* SIGKILL */
void test_redis_pause(struct test_redis *r); /* SIGSTOP: connections stay, nothing is answered */
void test_redis_resume(struct test_redis *r);

/* Stops the server and deletes the directory. */
void test_redis_remove(struct test_redis *r);

/* Sends one command (strings, NULL at the end) and returns the answer, to free with store_reply_free(). */
struct store_reply *test_redis_ask(struct test_redis *r, ...) __attribute__((sentinel));

/* The same for answers that are an integer (or a text of digits); -1 for any other answer. */
long long test_redis_number(struct test_redis *r, ...) __attribute__((sentinel));

#endif
