/* rules_watch.h -- takes over new lists of trackers while the sensor runs.
 *
 * Purpose    A thread of its own looks every so often whether a file of the rules is another one (identity, size, time) or
 *            is there at all, loads and checks the whole set anew, and lays it down for the capture thread to pick up. No
 *            thread that handles frames ever waits for it.
 * Shape      A change counts once it has been seen unchanged twice, so that a file that is still being written is left
 *            alone; rules_watch_now() does not wait for that. What cannot be used leaves the rules in force as they are, with one
 *            log line that says so, and is tried again when it changes.
 * Threads    rules_watch_take() and rules_watch_now(): any one thread; neither waits for a file.
 * Ownership  Whoever takes a set holds it.
 */
#ifndef TELLTALE_SENSOR_RULES_WATCH_H
#define TELLTALE_SENSOR_RULES_WATCH_H

#include "feeds/rules.h"

struct rules_watch;

/* What the files are, to be asked before they are loaded for the first time. */
struct rules_identity {
    uint64_t device, inode, bytes, changed_ns; /* all 0: not there */
};
struct rules_seen {
    struct rules_identity file[RULES_FILES_MOST];
};
void rules_watch_look(const struct rules_files *files, struct rules_seen *seen);

/* Starts the thread. NULL after a log line. */
struct rules_watch *rules_watch_new(const struct rules_files *files, const struct rules_seen *loaded, unsigned every_ms);
void rules_watch_free(struct rules_watch *w);

/* Loads everything anew, changed or not. */
void rules_watch_now(struct rules_watch *w);

/* The set that was loaded last, once; NULL when there is none. */
struct feed_set *rules_watch_take(struct rules_watch *w);

#endif
