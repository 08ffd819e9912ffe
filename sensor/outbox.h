/* outbox.h -- sightings on their way from the capture process to the publisher.
 *
 * Purpose    Never blocks capture: a bounded queue, a non-blocking socket that is connected again when it breaks. A record is kept
 *            until the publisher has acknowledged it (its batch is in the spool then), and told again to the next publisher
 *            when this one dies; its number keeps it from counting twice. What does not fit is dropped and counted. A replay waits
 *            instead, its file is not going anywhere; but once nothing has left a full queue for ten seconds nobody is there, and
 *            it drops too.
 * Threads    Any (a lock; sightings are rare).
 * Ownership  outbox_put() copies the record, and gives it its source and number.
 */
#ifndef TELLTALE_SENSOR_OUTBOX_H
#define TELLTALE_SENSOR_OUTBOX_H

#include "sensor/sighting.h"

struct outbox;

struct outbox *outbox_new(const char *socket_path, bool wait_when_full); /* NULL: out of memory, or the path is too long for a socket */
void outbox_free(struct outbox *o);

void outbox_put(struct outbox *o, const union sighting *s);
/* Sends what can be sent now. Call it at least ten times a second. */
void outbox_flush(struct outbox *o);
/* Sends until all is acknowledged or timeout_ms have passed; true when all is. */
bool outbox_drain(struct outbox *o, int timeout_ms);

struct outbox_counts {
    uint64_t sent, dropped, waiting; /* sent: at least once; waiting: not sent, or not acknowledged */
};
struct outbox_counts outbox_counts(struct outbox *o);

#endif
