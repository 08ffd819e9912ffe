/* key_files.h -- the files of the days' keys, in a folder that is in memory.
 *
 * Purpose    What pseudonym.c asks of a folder, so that it can be asked of another process too: behind its system-call filter the
 *            capture process opens nothing (broker.h).
 * Shape      One file a day, `day-key-<YYYY-MM-DD>`, mode 0400. Days are checked: no other name can be made of one.
 * Threads    Any, as far as the folder's descriptor is concerned.
 * Failure    -errno.
 */
#ifndef TELLTALE_SENSOR_KEY_FILES_H
#define TELLTALE_SENSOR_KEY_FILES_H

#include <stdbool.h>

struct key_files {
    int (*open)(void *context, const char *day); /* for reading: descriptor or -errno */
    int (*make)(void *context, const char *day); /* a new one, the old one is removed: for writing */
    int (*remove)(void *context, const char *day);
    /* Removes those of all days but these two. */
    int (*expire)(void *context, const char *today, const char *grace_day);
    void *context;
};

bool key_files_day_is_valid(const char *day); /* ten bytes, digits and hyphens where they belong */

int key_files_open(int folder, const char *day);
int key_files_make(int folder, const char *day);
int key_files_remove(int folder, const char *day);
int key_files_expire(int folder, const char *today, const char *grace_day);

/* The folder when it is in memory: a descriptor. -1 after a warning when it is not; another -errno after an error. */
int key_files_folder(const char *path);

#endif
