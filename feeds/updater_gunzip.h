/* updater_gunzip.h -- unpacks a whole gzip text (the only file that meets zlib).
 *
 * Purpose    libcurl can unpack by itself, but does not mind when the packed text ends too early. A list that was cut must not pass for
 *            a short one, so this takes only what ends as RFC 1952 has it: length and checksum right, nothing behind.
 * Threads    Pure function.
 * Ownership  *out is the caller's, who frees it; a NUL follows the bytes.
 * Failure    -EFBIG: more than `most` bytes would come out; -EBADMSG: cut, damaged or no gzip; -ENOMEM. No log line, nothing to free.
 */
#ifndef TELLTALE_FEEDS_UPDATER_GUNZIP_H
#define TELLTALE_FEEDS_UPDATER_GUNZIP_H

#include <stddef.h>

int updater_gunzip(const char *bytes, size_t n, size_t most, char **out, size_t *out_n);

#endif
