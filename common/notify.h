/* notify.h -- tells the service manager that this process is ready, and that it is still alive (sd_notify(3), without libsystemd).
 *
 * Shape      A datagram socket of our own to the address in NOTIFY_SOCKET, connected once and kept: libsystemd would open one for each word,
 *            which a process behind its system-call filter may not.
 * Units      WATCHDOG_USEC says after how long a silence the manager kills us; we speak four times in that.
 * Threads    notify_open() before there are others; then any, one at a time.
 * Failure    None: without a service manager every call does nothing, and a word that cannot be sent is lost.
 */
#ifndef TELLTALE_COMMON_NOTIFY_H
#define TELLTALE_COMMON_NOTIFY_H

#include <stdbool.h>

/* Reads the environment and takes the two variables out of it. Before the process gives up its rights. */
void notify_open(void);

/* Did a service manager start us, and wait to hear? */
bool notify_has_manager(void);

void notify_ready(void);
/* Call it often: it speaks when it is time to. */
void notify_alive(void);
void notify_stopping(void);

#endif
