/* sealed_file.h -- a file copied into memory that nobody can change or shorten any more.
 *
 * Purpose    A library that maps the file it is given dies with SIGBUS when that is shortened where it lies, as a careless download does, and
 *            after a change it reads something that was never checked. A sealed copy (memfd) costs the file's size in memory instead.
 * Threads    Pure functions but for what they open.
 * Failure    -errno, and the reason as a text for a message that names the file.
 */
#ifndef TELLTALE_SENSOR_SEALED_FILE_H
#define TELLTALE_SENSOR_SEALED_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define SEALED_FILE_WHY_MAX 200

/* Which file, and in which state: two that are the same have the same bytes. */
struct file_identity {
    uint64_t device, inode, bytes, changed_ns;
};

struct file_identity sealed_file_identity_of(const struct stat *s);
bool sealed_file_is_same(const struct file_identity *a, const struct file_identity *b);

/* A descriptor of the copy, which the caller closes; *identity says of what. */
int sealed_file_copy(const char *path, uint64_t most_bytes, struct file_identity *identity, char why[SEALED_FILE_WHY_MAX]);

#endif
