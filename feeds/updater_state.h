/* updater_state.h -- what the updater remembers of a fetched list, in a small text file beside it.
 *
 * Purpose    So that the next update can ask "is there anything newer?" instead of fetching everything.
 * Shape      `key value` lines after a first line that names the format; the last line is a hash of all before it. Times are
 *            seconds since the epoch. An empty text means: the server said none.
 * Threads    Pure functions.
 * Failure    A text that is not exactly what updater_state_write() wrote is no state: the list is then fetched whole.
 */
#ifndef TELLTALE_FEEDS_UPDATER_STATE_H
#define TELLTALE_FEEDS_UPDATER_STATE_H

#include "common/https_url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPDATER_ETAG_MAX 256
#define UPDATER_DATE_MAX 64
#define UPDATER_HASH_MAX 65
#define UPDATER_STATE_MAX 4096 /* bytes of the file, final NUL included */

struct updater_state {
    char url[HTTPS_URL_MAX + 1]; /* as subscribed, not as redirected */
    char etag[UPDATER_ETAG_MAX];
    char last_modified[UPDATER_DATE_MAX];
    char hash[UPDATER_HASH_MAX]; /* of the list: it is then known to be the one that all this is about */
    int64_t fetched_s;           /* when the list came */
    int64_t checked_s;           /* when the server last said that there is nothing newer, or the list came */
    int64_t rules;
};

void updater_state_hash(const char *bytes, size_t n, char hash[UPDATER_HASH_MAX]);

/* Returns the length. */
size_t updater_state_write(const struct updater_state *s, char out[UPDATER_STATE_MAX]);
bool updater_state_read(const char *text, size_t n, struct updater_state *out);

/* May this header of a stranger be kept, and sent back to him? Printable ASCII, not empty, shorter than `room`. */
bool updater_state_keeps(const char *value, size_t n, size_t room);

#endif
