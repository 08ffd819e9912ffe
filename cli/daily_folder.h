/* daily_folder.h -- the folder of daily summaries: what is in it, what has been done, and what is too old.
 *
 * Shape      telltale-2026-11-22.pdf and the like, one for each day and format, mode 0600, in a folder of mode 0700; and the file
 *            `.done`, which says up to which day summaries were written and mailed. Whatever else lies there is left alone.
 *            A summary that a person removed is not written again: what was done is remembered, not looked up.
 * Units      Days are numbers (reports/days.h).
 * Threads    One; other processes are kept out by a lock as long as it is open.
 * Failure    -errno after one log line that names the folder or file. A `.done` that cannot be understood is nothing done, with a
 *            warning.
 */
#ifndef TELLTALE_CLI_DAILY_FOLDER_H
#define TELLTALE_CLI_DAILY_FOLDER_H

#include <stdint.h>

#define DAILY_NOTHING_DONE (-1)

struct daily_folder {
    const char *path; /* borrowed */
    int fd;
    int32_t written, mailed; /* the last day; DAILY_NOTHING_DONE */
};

/* Makes the folder if need be (not those above it). */
int daily_folder_open(struct daily_folder *f, const char *path);
void daily_folder_close(struct daily_folder *f);

/* Keeps written and mailed, so that a power cut leaves the old or the new. */
int daily_folder_keep(const struct daily_folder *f);

/* Removes summaries of days before this one, and what an interrupted run left half-written. Returns how many files. */
int daily_folder_clean(const struct daily_folder *f, int32_t first_kept);

/* Removes every summary of one day, or (day NULL) all of them and what was done. A folder that is not there has none. Returns how many
 * files. */
int daily_folder_remove(const char *path, const char *day);

#endif
