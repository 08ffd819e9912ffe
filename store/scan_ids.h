/* scan_ids.h -- which keys of one kind there are: staff tests, kept recordings.
 *
 * Threads    One. Ownership: an id lives during the call of each(), which checks it: a name in Redis can be anybody's.
 * Failure    -errno as the asker says; each() may have been called before.
 */
#ifndef TELLTALE_STORE_SCAN_IDS_H
#define TELLTALE_STORE_SCAN_IDS_H

#include "store/asker.h"
#include "store/schema.h"

/* Calls each() with what stands in the place of the pattern's `<word>`, which ends it. An id may come twice (SCAN promises no less). */
int store_scan_ids(struct store_asker *a, const char *installation, enum store_key key, void (*each)(void *context, const char *id), void *context);

#endif
