/* teller.h -- from a contact to a sighting: the last place that knows a device, a host and an exact time.
 *
 * Purpose    The device becomes its day's pseudonym, the time its hour; host and chain stay behind. Whatever is not in struct
 *            sighting_contact cannot leave the capture process.
 *            Live, a contact has a steady time (common/clock.h) and gets its date here. While the wall clock is not to be
 *            believed it waits, with its device, because the day decides on the pseudonym too; what waits is told in order
 *            once the clock is right, and then has the hour and day in which it happened.
 * Shape      Up to TELLER_MOST contacts wait. The newest are dropped and counted when it is full.
 * Threads    teller_tell() any (a lock inside, taken once a contact); the others the capture thread.
 * Ownership  Borrows pseudonyms and outbox.
 */
#ifndef TELLTALE_SENSOR_TELLER_H
#define TELLTALE_SENSOR_TELLER_H

#include "sensor/contact_table.h"
#include "sensor/device_table.h"
#include "sensor/labels.h"
#include "sensor/outbox.h"
#include "sensor/pseudonym.h"

#include <stdbool.h>
#include <stdint.h>

#define TELLER_MOST 4096

struct teller;
/* live: contacts have steady times; else a capture file's own, which need no clock. NULL: out of memory. */
struct teller *teller_new(struct pseudonyms *pseudonyms, struct outbox *outbox, bool live, uint32_t clock_wait_s);
void teller_free(struct teller *t); /* what still waits is wiped */

/* Borrowed: from now on the label of a device is told beside its contacts. Before the first is told. */
void teller_label_with(struct teller *t, struct labels *labels);

void teller_tell(struct teller *t, const struct contact *c, const struct device *d);

/* Tells what waits, if the clock is now believed. Call it a few times a second. Returns whether the clock is believed. */
bool teller_run(struct teller *t);

struct teller_counts {
    uint64_t waiting, dropped;
};
struct teller_counts teller_counts(struct teller *t);

#endif
