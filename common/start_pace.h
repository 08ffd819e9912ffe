/* start_pace.h -- a process that dies again and again is started more slowly, and never given up.
 *
 * Purpose    A service manager starts what died at once, and after a number of times never again: a full disk or a late address at night would
 *            leave a dark sensor until somebody comes. So the process itself keeps count of its starts, and waits when they were many.
 * Shape      A file in the folder that the manager gave (RUNTIME_DIRECTORY): the times of the latest starts. Without a manager nothing is
 *            counted: a person who starts a program twice means it.
 * Threads    One: the main thread, before there are others.
 * Failure    A file that cannot be read counts as none, one that cannot be written is let be: at worst nobody waits.
 */
#ifndef TELLTALE_COMMON_START_PACE_H
#define TELLTALE_COMMON_START_PACE_H

#include <stdint.h>

#define START_PACE_FAST     20 /* starts within a minute that cost nothing */
#define START_PACE_WINDOW_S 60
#define START_PACE_WAIT_S   5 /* before each further one */

/* Counts a start at `now_ns` (monotonic) in FOLDER/starts; how many seconds to wait before going on. FOLDER NULL: nothing is counted. */
unsigned start_pace_count(const char *folder, uint64_t now_ns);

/* The same for RUNTIME_DIRECTORY and now; logs and sleeps. */
void start_pace_keep(void);

#endif
