/* capture_health.h -- the capture process's figures, put into one record for the publisher.
 *
 * Threads    The capture thread. Ownership: borrows everything.
 */
#ifndef TELLTALE_SENSOR_CAPTURE_HEALTH_H
#define TELLTALE_SENSOR_CAPTURE_HEALTH_H

#include "sensor/gaps.h"
#include "sensor/outbox.h"
#include "sensor/pipeline.h"
#include "sensor/teller.h"

struct capture_health {
    struct pipeline *pipeline; /* NULL: it waits for its interface, and has seen nothing */
    const struct feed_set *trackers;
    struct places *places;
    struct outbox *outbox;
    struct teller *teller;
    const struct gaps *gaps;
    uint64_t started_s;
};

void capture_health_fill(const struct capture_health *from, union sighting *out);

#endif
