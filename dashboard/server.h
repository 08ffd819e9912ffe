/* server.h -- HTTP: from sockets to requests, and from answers to bytes (the only file that meets libmicrohttpd).
 *
 * Threads    One thread of the library serves all connections (epoll); web_answer() runs on it. The live thread wakes viewers and ends
 *            connections that took too long.
 * Limits     SERVER_CONNECTIONS_MAX at once, of one address as peers.h says; headers 16 KiB, body EXCHANGE_BODY_MAX; a request
 *            must be whole, and its answer read, within SERVER_PATIENCE_NS of the connection's last one, however slowly its bytes drip.
 * Failure    -errno after one log line that names the address or the file.
 */
#ifndef TELLTALE_DASHBOARD_SERVER_H
#define TELLTALE_DASHBOARD_SERVER_H

#include "dashboard/web.h"

#define SERVER_CONNECTIONS_MAX 768
#define SERVER_PATIENCE_NS (30 * NS_PER_S)

struct server;
/* Begins to serve; w->tls says whether by TLS, with the files of the settings. */
int server_start(struct web *w, struct server **out);
/* Ends what is open and frees. */
void server_stop(struct server *s);

#endif
