/* live.h -- live alerts: one thread asks the store what is new, and wakes the viewers that wait (server-sent events).
 *
 * Shape      A ring of the last LIVE_KEPT events. A viewer is a place in it; one that fell behind goes on with the oldest there is and
 *            is told how many it missed. Up to LIVE_VIEWERS_MAX viewers. The store is asked four times a second, only while somebody watches.
 * Threads    live_*: the server's thread. The thread of its own calls wake() and tick(); sleep() is called by live_read().
 * Ownership  A viewer belongs to its connection; live_leave() ends it.
 * Failure    live_join(): NULL when it is full or memory is out. A store that does not answer is tried again; viewers are told nothing.
 */
#ifndef TELLTALE_DASHBOARD_LIVE_H
#define TELLTALE_DASHBOARD_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LIVE_KEPT 256
#define LIVE_VIEWERS_MAX 256

struct live;
struct live_viewer;

struct live_hooks {
    void (*sleep)(void *connection); /* nothing to send now */
    void (*wake)(void *connection);
    void (*tick)(void *context); /* four times a second, on the live thread */
    void *context;
};

int live_start(const char *socket, const char *installation, const struct live_hooks *hooks, struct live **out);
/* Ends every viewer; wakes them so that they notice. */
void live_end(struct live *l);
void live_free(struct live *l); /* after the server: joins the thread */

/* session: the number of the session that watches (sessions.h). */
struct live_viewer *live_join(struct live *l, void *connection, uint64_t session);
void live_leave(struct live_viewer *v);
uint64_t live_session(const struct live_viewer *v);

/* The next bytes for a viewer: > 0; 0 when there are none (sleep() was called); -1: it is over. */
ssize_t live_read(struct live_viewer *v, char *out, size_t size);

#endif
