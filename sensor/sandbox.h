/* sandbox.h -- the walls around the process that reads hostile bytes (the only file that meets libseccomp).
 *
 * Purpose    Whoever finds a fault in a dissector or in libndpi shall have gained nothing but what the process has in memory.
 * Shape      Two steps. sandbox_drop_rights(): no capability, none to be had again, no core file, no other process looks in.
 *            sandbox_enter(): a list of the system calls that are left (sandbox.c); any other ends the process. Nothing can be opened, made,
 *            connected, sent on the wire, executed, traced or made executable any more.
 * Threads    sandbox_drop_rights(): while there is one. sandbox_enter(): holds for all threads that there are and will be.
 * Failure    -errno after one log line. In builds with sanitizers, which need what is taken away, both do little, and sandbox_is_on() says false.
 */
#ifndef TELLTALE_SENSOR_SANDBOX_H
#define TELLTALE_SENSOR_SANDBOX_H

#include <stdbool.h>

enum sandbox_mode {
    SANDBOX_KILL, /* what is not on the list ends the process with SIGSYS */
    SANDBOX_LOG   /* it is done, and the kernel's log has its number: to find what a new library needs */
};

/* From the environment: TELLTALE_FILTER=log, else SANDBOX_KILL. */
enum sandbox_mode sandbox_mode_wanted(void);

/* RLIMIT_CORE 0, PR_SET_DUMPABLE 0: at the very start. */
void sandbox_hide(void);
int sandbox_drop_rights(void);
/* rings: the packet sockets, ascending, on which nothing may be sent; n 0: there is none. */
int sandbox_enter(enum sandbox_mode mode, const int rings[], unsigned n);
bool sandbox_is_on(void); /* in mode SANDBOX_KILL */

/* libmaxminddb takes a path. Until this thread calls sandbox_lend(-1), the next open() of any path in it gives a copy of fd behind the filter;
 * before the filter nothing changes. fd stays the caller's. */
void sandbox_lend(int fd);

#endif
