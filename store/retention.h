/* retention.h -- removes from Redis what has had its time, and sees to it that the file on disk forgets it too.
 *
 * Purpose    What a TTL cannot do: docs/STORE.md, "How what is stored ends". Once an hour telltale_sweep is called until
 *            nothing is left to do; after the first sweep of a local day Redis writes its append-only file anew.
 * Threads    One (the publisher's). Never waits: a connection of its own, a step a call.
 * Units      Hours and days of the wall clock, which the caller believes (common/clock.h); waiting by the monotonic one.
 * Failure    Logged once per change of state; tried again, a sweep after ten seconds, the file after an hour.
 */
#ifndef TELLTALE_STORE_RETENTION_H
#define TELLTALE_STORE_RETENTION_H

#include <stdint.h>

struct store_retention;
struct store_retention *store_retention_new(const char *socket, const char *installation); /* NULL: out of memory */
void store_retention_free(struct store_retention *r);

/* Does the next step, if one is due. Call it at least ten times a second, and only while the clock is believed. */
void store_retention_run(struct store_retention *r);

/* For how many days what is kept; never longer than the schema says, which is what holds until this is called. Sweeps as soon as it may. */
struct store_kept {
    uint32_t figures_days, devices_days, alerts_days;
};
void store_retention_keep(struct store_retention *r, struct store_kept kept);

struct store_retention_counts {
    uint64_t sweeps;   /* that came to their end */
    uint64_t removed;  /* entries and keys */
    uint64_t mended;   /* deadlines that were missing or too far away */
    uint64_t rewrites; /* of the append-only file, that Redis said were good */
};
struct store_retention_counts store_retention_counts(const struct store_retention *r);

#endif
