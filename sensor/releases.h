/* releases.h -- from visits and withheld contacts to what may leave of them: where all workers meet.
 *
 * Purpose    Holds the two ledgers (site_ledger.h, withheld.h), closes their days when every worker is through with them, turns what leaves into
 *            sightings, and keeps the checkpoint. Nothing of it is in a live figure, a counter or a log before.
 * Shape      Live, a day is closed a minute after its end by the wall clock, once no worker owes it figures (after ten
 *            minutes without them); while the clock is not believed nothing is counted. In a replay of one worker a day is closed
 *            when the capture's clock is past it, with several at the end; at the end the week and the term are over too.
 *            What leaves goes to the outbox in portions that it has room for.
 * Threads    releases_visit(), _told(), _closed(), _day(): workers. The others: the capture thread. A lock inside, never on the packet's way.
 * Ownership  Borrows outbox and sites.
 */
#ifndef TELLTALE_SENSOR_RELEASES_H
#define TELLTALE_SENSOR_RELEASES_H

#include "sensor/findings.h"
#include "sensor/outbox.h"

struct releases_options {
    const struct site_set *sites;
    struct outbox *outbox;
    uint32_t k, workers;
    bool live, withhold;
    uint32_t clock_wait_s;
    const char *run_dir; /* of the checkpoint; NULL: none (a replay) */
};

struct releases;

/* NULL after a log line, or without memory. */
struct releases *releases_new(const struct releases_options *options);
void releases_free(struct releases *r);

void releases_visit(struct releases *r, uint32_t site, const struct device *d, uint64_t now_ns);
/* May this contact, which is not withheld, be told of its device? If not, it is kept for the end of its day. */
bool releases_told(struct releases *r, const struct contact *c, const struct device *d);
/* A contact begins to be withheld; and, later, is over. */
void releases_withheld(struct releases *r, const struct contact *c, const struct device *d);
void releases_closed(struct releases *r, const struct contact *c);
void releases_day(struct releases *r, struct findings *f, const char *day);

/* Closes what is over, hands out, writes the checkpoint. A few times a second. */
void releases_run(struct releases *r);
/* The workers have ended. Live: what is open waits in the checkpoint for the next start. A replay: everything is over. False: the
 * publisher did not take all within timeout_ms. */
bool releases_finish(struct releases *r, int timeout_ms);

#endif
