/* records.h -- small records on their way to Redis, beside the batches: staff tests, gaps.
 *
 * Shape      A bounded queue of calls of one function on one key, each written over what was there: a call that is repeated changes nothing.
 * Threads    One.
 * Ownership  store_records_begin() lends a record until it is committed.
 * Failure    Nothing waits: what Redis has not taken is kept, up to `most` records, and tried again every second; beyond that the newest is dropped and
 *            counted. What waits when the publisher ends is lost, and said so.
 */
#ifndef TELLTALE_STORE_RECORDS_H
#define TELLTALE_STORE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

struct store_records;
struct store_record;

/* what: such as "staff tests", for the log; a static text. NULL: out of memory. */
struct store_records *store_records_new(const char *socket, const char *what, size_t most);
void store_records_free(struct store_records *r);

/* NULL: dropped, no room. Then arguments, then commit. */
struct store_record *store_records_begin(struct store_records *r, const char *function, const char *key);
void store_record_put(struct store_record *r, const char *text);
void store_record_put_number(struct store_record *r, uint64_t n);
void store_records_commit(struct store_records *r, struct store_record *record);

/* Does the next step. Call it often. Returns how many records wait. */
size_t store_records_run(struct store_records *r);
uint64_t store_records_dropped(const struct store_records *r);

#endif
