/* site_ledger.h -- what was counted of support sites, until enough devices stand behind it.
 *
 * Purpose    docs/ARCHITECTURE.md, rule 3. A site's figures leave for a period in which at least k distinct devices visited it,
 *            and only then: a day with k leaves as that day. Any other day goes into its week; at the week's end what it has gathered leaves
 *            with k, or goes into the term; at the term's end it leaves with k, or is forgotten. Nothing is in two periods, so that
 *            there is no total from which a part could be taken off.
 * Devices    Distinct devices are counted over all days of a period, by hashes under a random key of this site and term: one device
 *            on thirty days is one. A made-up hardware address may be another one tomorrow: of those, a period of several days counts
 *            only as many as its fullest day had (site_devices()). The counts are lower bounds (device_set.h).
 * Shape      Any number of days may be open (OPEN_DAYS_MOST; then the oldest is closed): workers pass midnight one after the other.
 *            Days close in order. Sites and tracker hosts are entered with their texts: the lists may change under a ledger.
 * Pairs      What followed visits (moments.h), by site and tracker host, goes with its site. What has left this term is
 *            remembered, and judged as a whole each time more leaves: that is the verdict.
 * Threads    The caller's lock.
 * Failure    What does not fit (PAIRS_MOST, SITES_MOST a period) or finds no memory is left out and counted in site_ledger_lost(): figures are lower bounds.
 */
#ifndef TELLTALE_SENSOR_SITE_LEDGER_H
#define TELLTALE_SENSOR_SITE_LEDGER_H

#include "common/evidence.h"
#include "common/moments.h"
#include "common/period.h"
#include "sensor/attribution.h"
#include "sensor/device_set.h"

#define OPEN_DAYS_MOST 8
#define PAIRS_MOST 8192u
#define SITES_MOST 4096u

/* One site and tracker host. The texts are attribution's copies. */
struct ledger_pair {
    char site[HOSTNAME_MAX + 1];
    struct attribution_tracker tracker;
    struct moment_counts counts;
};

struct ledger_site {
    char site[HOSTNAME_MAX + 1];
    uint64_t visits;
    struct device_set devices;
    uint32_t made_up; /* of them have a made-up address, on the day that had most */
};

/* How many distinct devices there were, at least. */
uint32_t site_devices(const struct ledger_site *s);

/* What leaves: each site of a period, then its pairs with their verdicts. */
struct ledger_outlet {
    void (*on_site)(void *context, const struct period *p, const struct ledger_site *s);
    void (*on_pair)(void *context, const struct period *p, const struct ledger_pair *pair, enum evidence_verdict verdict);
    void *context;
};

struct site_ledger;

/* k: at least 1. NULL: out of memory. */
struct site_ledger *site_ledger_new(uint32_t k, const struct ledger_outlet *outlet);
void site_ledger_free(struct site_ledger *l);

/* A visit on a local day. A day before those that are open is counted as the oldest of these; when none is open, as lost. */
void site_ledger_visit(struct site_ledger *l, const char *day, const char *site, const struct device_key *device);
/* What followed the visits of one worker on that day. */
void site_ledger_pair(struct site_ledger *l, const char *day, const char *site, const struct attribution_tracker *tracker,
                      const struct moment_counts *counts);

/* Closes the open days before this one, and the week and the term that are over on it. */
void site_ledger_close_before(struct site_ledger *l, const char *day);
/* The end of a replay: no day is to come, everything is over. */
void site_ledger_close_all(struct site_ledger *l);

uint64_t site_ledger_lost(const struct site_ledger *l);

/* For ledger_file.c: the whole state as bytes, to free(); NULL: out of memory. */
uint8_t *site_ledger_save(const struct site_ledger *l, size_t *n);
/* Into a new ledger only. Believes nothing: false, and the ledger is empty, when the bytes are not a state. */
struct byte_reader;
bool site_ledger_load(struct site_ledger *l, struct byte_reader *r);

#endif
