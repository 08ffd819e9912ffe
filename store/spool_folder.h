/* spool_folder.h -- the folder of a spool: whose it is, and which files in it are the spool's.
 *
 * Shape      `<16 hex digits>.spool` is a segment, `<16 hex digits>.damaged` one that was set aside. Other files are left alone.
 * Threads    One; a lock keeps other processes out.
 * Ownership  The caller closes the folder's descriptor, which ends the lock.
 * Failure    -errno. The caller logs it, but for spool_folder_destroy().
 */
#ifndef TELLTALE_STORE_SPOOL_FOLDER_H
#define TELLTALE_STORE_SPOOL_FOLDER_H

#include <stdint.h>

#define SPOOL_FOLDER_NAME_MAX 40

void spool_folder_segment(char out[SPOOL_FOLDER_NAME_MAX], uint64_t number);
/* What a segment with a damaged part is called when it is done with. */
void spool_folder_aside(char out[SPOOL_FOLDER_NAME_MAX], uint64_t number);

/* Makes the folder (0700) where it is missing, and those above it, and locks it: its descriptor. -EWOULDBLOCK: another process has it. */
int spool_folder_open(const char *folder);

/* The numbers of the segments there are, in order; *out to free. Their count. */
int spool_folder_segments(int dir, uint64_t **out);

/* Removes files that were set aside more than two days ago: they hold pseudonyms. */
int spool_folder_remove_damaged(int dir);

/* Removes everything of a spool's from the folder, and the folder. 0 when it is gone or never was; -EWOULDBLOCK: a publisher
 * uses it, end that first. Logs what could not be removed. */
int spool_folder_destroy(const char *folder);

#endif
