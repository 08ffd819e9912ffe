/* stream_reader.h -- the newest entries of a stream (alerts or audit), and what came after one of them.
 *
 * Purpose    For the dashboard: its lists, and its live alerts, which ask what is new a few times a second.
 * Shape      An entry is its id and its fields in pairs; what is handed over is valid during the call only.
 * Threads    One per reader. The dashboard's live thread has a reader of its own.
 * Failure    -errno as in store/reader.h; an absent stream has no entries, which is no failure.
 */
#ifndef TELLTALE_STORE_STREAM_READER_H
#define TELLTALE_STORE_STREAM_READER_H

#include "store/schema.h"

#include <stddef.h>
#include <stdint.h>

struct store_stream_reader;
struct store_entry;

/* which: STORE_KEY_ALERTS or STORE_KEY_AUDIT. Opening connects. */
int store_stream_open(const char *socket, const char *installation, enum store_key which, struct store_stream_reader **out);
void store_stream_close(struct store_stream_reader *r);

/* "1795345200000-17": two numbers of at most 20 digits. */
#define STORE_ENTRY_ID_MAX 42

typedef void store_entry_fn(void *context, const struct store_entry *entry);

/* The newest first, `most` of them. */
int store_stream_newest(struct store_stream_reader *r, unsigned most, store_entry_fn *each, void *context);
/* What came after the entry `id`, oldest first; id "": from the beginning. */
int store_stream_after(struct store_stream_reader *r, const char *id, unsigned most, store_entry_fn *each, void *context);

const char *store_entry_id(const struct store_entry *e);
/* "" where the entry has no such field. */
const char *store_entry_field(const struct store_entry *e, const char *name);
/* The hour it stands under, in seconds since the epoch. */
uint64_t store_entry_hour_s(const struct store_entry *e);

#endif
