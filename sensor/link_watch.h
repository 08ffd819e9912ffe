/* link_watch.h -- what happens to the interface while we listen on it: down and up, cable out and in, removed, renamed, another MTU.
 *
 * Shape      A netlink socket that hears the kernel's word on links; opened before the system-call filter, it needs no right.
 * Threads    One: the capture thread.
 * Failure    link_watch_open(): NULL after a warning; then only what libpcap says is known.
 */
#ifndef TELLTALE_SENSOR_LINK_WATCH_H
#define TELLTALE_SENSOR_LINK_WATCH_H

#include <stdbool.h>

enum link_state {
    LINK_UP,
    LINK_DOWN,     /* taken down, or no cable: the ring goes on by itself when it is up again */
    LINK_GONE,     /* removed: what was opened hears nothing ever again */
    LINK_ELSEWHERE /* its name belongs to another interface now, which is the one that was meant */
};

struct link_watch;

struct link_watch *link_watch_open(const char *interface);
void link_watch_close(struct link_watch *w);

/* Reads the kernel's news, says them in the log. NULL is always up. */
enum link_state link_watch_run(struct link_watch *w);

/* Of LINK_DOWN: it is up, and has no link. */
bool link_watch_lacks_cable(const struct link_watch *w);

/* Is there an interface of this name, and up? */
bool link_is_ready(const char *interface);

#endif
