/* listener.h -- what the server needs before it can serve: its socket, certificate and key.
 *
 * Purpose    The library could open all three itself, but what failed would have no name: an address that is not ours, a port that is taken, a key
 *            that everybody may read.
 * Threads    Before the server starts.
 * Failure    -errno after one log line that names the address or the file.
 */
#ifndef TELLTALE_DASHBOARD_LISTENER_H
#define TELLTALE_DASHBOARD_LISTENER_H

#include "common/config.h"

#include <stdbool.h>

/* Is [web] listen this machine alone? */
bool listener_is_loopback(const struct config *c);

/* A listening socket at [web] listen and port. */
int listener_open(const struct config *c);

/* A PEM file's text, to free(); a secret one is refused when others may read it. */
int listener_read_pem(const char *path, bool secret, char **out);

#endif
