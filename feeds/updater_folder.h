/* updater_folder.h -- the folder of fetched lists: one writer at a time, and each file whole or not at all.
 *
 * Shape      A file is staged (written beside its place and synced), then installed (renamed over the one in force). Between the
 *            two the power may go: what was in force still is, and the staged rest is overwritten the next time.
 * Threads    One. Between processes a lock on the folder.
 * Ownership  updater_folder_load() gives its bytes to the caller, who frees them.
 * Failure    -errno without a log line: the caller knows for which list it was. Names are ours, with no '/' in them.
 */
#ifndef TELLTALE_FEEDS_UPDATER_FOLDER_H
#define TELLTALE_FEEDS_UPDATER_FOLDER_H

#include <stddef.h>

struct updater_folder {
    int fd;      /* of the folder; holds the lock too */
    int lock_fd; /* of the file .lock in it */
};

/* Makes the folder if only its last part is missing. -EWOULDBLOCK: another update is under way. */
int updater_folder_open(struct updater_folder *f, const char *path);
void updater_folder_close(struct updater_folder *f);

/* -ENOENT: not there; -EFBIG: more than `most` bytes. A NUL follows the bytes. */
int updater_folder_load(const struct updater_folder *f, const char *name, size_t most, char **bytes, size_t *n);

/* On failure nothing stays behind. */
int updater_folder_stage(const struct updater_folder *f, const char *name, const char *bytes, size_t n);
int updater_folder_install(const struct updater_folder *f, const char *name);
void updater_folder_unstage(const struct updater_folder *f, const char *name);
/* After the last install: the renames themselves reach the disk. */
int updater_folder_sync(const struct updater_folder *f);

#endif
