/* manifest.h -- the SHA-256 manifest of a folder of evidence: shows later that nothing in it was changed.
 *
 * Shape      MANIFEST.sha256, as sha256sum(1) writes it: 64 hexadecimal digits, two blanks, a name. Names are [a-z0-9.-], begin with a
 *            letter and lie directly in the folder. What the folder's owner is meant to change (letters, the log of steps) is not in it.
 * Threads    One.
 * Failure    -errno after one log line that names the folder or file. A manifest is foreign: what is not a line of it is an error.
 */
#ifndef TELLTALE_REPORTS_MANIFEST_H
#define TELLTALE_REPORTS_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#define MANIFEST_NAME      "MANIFEST.sha256"
#define MANIFEST_FILES_MOST 64
#define MANIFEST_HEX       65 /* digits and NUL */
#define MANIFEST_FILE_MAX  64

struct manifest_line {
    char digest[MANIFEST_HEX];
    char name[MANIFEST_FILE_MAX];
};

struct manifest {
    struct manifest_line lines[MANIFEST_FILES_MOST];
    size_t len;
};

/* Reads a manifest's text. Returns 0, or the number of the first line that is wrong (a name twice is wrong too). */
unsigned manifest_parse(const char *text, size_t n, struct manifest *out);

/* The digest of a file in the folder, which must be a regular file. 0 or -errno; nothing is logged. */
int manifest_digest(int folder, const char *name, char out[MANIFEST_HEX]);

/* The digest of bytes. */
void manifest_digest_of(const void *bytes, size_t n, char out[MANIFEST_HEX]);

/* Writes the manifest of these files into the folder; `digest` becomes the manifest's own. */
int manifest_write(int folder, const char *const *names, size_t n, char digest[MANIFEST_HEX]);

/* What is wrong with a file: "changed", "missing", "added", or why it cannot be read. */
typedef void manifest_told(void *context, const char *name, const char *what);

/* Compares the folder with its manifest; `free_names` (n of them) may be there and differ. Calls told() for each difference;
 * *checked counts the files that are as they were. 0, or -errno when there is no manifest that can be read. */
int manifest_verify(const char *folder, const char *const *free_names, size_t n, manifest_told *told, void *context, size_t *checked,
                    char digest[MANIFEST_HEX]);

#endif
