/* asker.h -- one question to Redis at a time, for programs that can wait for the answer.
 *
 * Purpose    What the reader, the audit and the purge have in common. The publisher does not wait: it has store/connection.h.
 * Threads    One per asker.
 * Ownership  The caller frees the answer.
 * Failure    -EIO, -ETIMEDOUT, -ENOMEM after one log line that names the socket and the way out. An error answer of Redis
 *            is a failure too: logged, -EIO, or -EPROTO where a function of ours refused what it was given; only NOPERM is -EPERM and
 *            not logged, because it can be what was expected.
 */
#ifndef TELLTALE_STORE_ASKER_H
#define TELLTALE_STORE_ASKER_H

#include "store/reply.h"

#include <stddef.h>

struct store_asker;

int store_asker_open(const char *socket, struct store_asker **out);
void store_asker_close(struct store_asker *a);

/* argv: texts. A question may be asked twice when the connection was old: see asker.c. */
int store_asker_ask(struct store_asker *a, int argc, const char **argv, struct store_reply **reply);

/* The process at the other end of the socket; 0 when it is not known. */
int store_asker_server_pid(const struct store_asker *a);

#endif
