/* spool.h -- batches on the disk while Redis has not got them: append-only files, each record with length and CRC-32C.
 *
 * Purpose    What was told is safe from a kill -9 of the publisher from the moment spool_append() returns (the kernel has it),
 *            and from a power cut from the next sync. What every record means to the next publisher is written in
 *            docs/STORE.md, "The spool".
 * Shape      A folder (0700) of segments `<16 hex digits>.spool` (0600), numbered upwards. A segment ends at 1 MiB or after ten
 *            seconds, and goes when nothing in it is needed any more: in good times before the kernel writes it to the disk at
 *            all. Every segment begins with a state record, so that the last one alone tells how far the sightings came.
 *            A segment with a damaged part is kept as `.damaged` when it is done with, until its last record is two days old (looked at once an hour).
 * Units      Bytes; monotonic nanoseconds.
 * Threads    One, and one process a folder (a lock).
 * Ownership  Copies what it is given.
 * Failure    -errno. A write that fails is taken back: the file ends where it ended before. -EDQUOT: the bound is reached. Each
 *            change between well and not well is logged once, naming the folder.
 */
#ifndef TELLTALE_STORE_SPOOL_H
#define TELLTALE_STORE_SPOOL_H

#include "store/queue.h"
#include "store/spool_scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

/* Opens (or makes) the folder and tells every sound record in it, oldest first. */
int spool_open(const char *folder, uint64_t most_bytes, void (*on_record)(void *context, const struct spool_record *r, struct store_place place),
               void *context, struct spool **out);
void spool_close(struct spool *s);

/* What each new segment begins with: see enum spool_kind. */
void spool_set_state(struct spool *s, const void *payload, size_t n);

/* A record that somebody needs until spool_release(place); place NULL: nobody does, it goes with its segment. */
int spool_append(struct spool *s, enum spool_kind kind, const void *payload, size_t n, struct store_place *place);
void spool_hold(struct spool *s, struct store_place place); /* the same for a record found by spool_open() */
void spool_release(struct spool *s, struct store_place place);

/* Reads a record back into out (place.length bytes: its payload). -EILSEQ: it is not what was written. */
int spool_read(struct spool *s, struct store_place place, void *out);

/* Ends old segments and removes those that are done with; syncs, at most once a second, when somebody waits. */
void spool_run(struct spool *s, uint64_t now_ns, bool somebody_waits);

struct spool_counts {
    uint64_t bytes, damaged, errors, syncs; /* in the folder; damaged parts; failed calls; calls of fsync */
    bool well;                              /* did the last write succeed? */
};
struct spool_counts spool_counts(const struct spool *s);

#endif
