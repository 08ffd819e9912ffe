/* purge.h -- removes what an installation has in Redis, and proves it.
 *
 * Purpose    For `telltale purge`. Keys first; then the files, which remember removed keys until Redis writes them anew.
 * Threads    One. Waits: a rewrite of the files takes as long as the other installations' data are long.
 * Failure    -errno after one log line. -ETIMEDOUT: Redis did not finish its files within PURGE_PATIENCE_S.
 */
#ifndef TELLTALE_STORE_PURGE_H
#define TELLTALE_STORE_PURGE_H

#include "store/asker.h"
#include "store/schema.h"

#include <stdbool.h>
#include <stdint.h>

#define PURGE_PATIENCE_S 600

/* How many keys of each kind the installation has; `other`: those that no kind explains. */
struct store_holdings {
    uint64_t keys[STORE_KEY_COUNT], other, total;
};
int store_purge_count(struct store_asker *a, const char *installation, struct store_holdings *out);

/* Removes every key of the installation. */
int store_purge_all(struct store_asker *a, const char *installation);

/* Removes one local day: its counters, its devices, and the alerts from begin_ns until end_ns. *alerts: how many. */
int store_purge_day(struct store_asker *a, const char *installation, const char *day, uint64_t begin_ns, uint64_t end_ns,
                    uint64_t *alerts);

/* Has the append-only file written anew, and the dump if there is one, and waits until that is done. */
int store_purge_files(struct store_asker *a);

/* Looks for a text in Redis' files. Their folder is that of the process at the other end of the socket; -EACCES when we may
 * not look there (nothing is logged). found: files with the text. */
struct store_search {
    char folder[4096];
    uint64_t files, bytes, found;
};
int store_purge_search(const struct store_asker *a, const char *text, struct store_search *out);

#endif
