/* worker_share.h -- which worker has a device.
 *
 * Purpose    Everything about a device is one worker's, so the choice rests on the device alone, and is the same for as long as the process lives.
 * Shape      A hash of the device's key under a random key of this process. Addresses that were made to collide, or that follow on one another
 *            like those of a batch of tablets, are spread like any others; nobody outside can choose whose worker he shares.
 * Threads    worker_share_init() before others; worker_share_of() anywhere.
 */
#ifndef TELLTALE_SENSOR_WORKER_SHARE_H
#define TELLTALE_SENSOR_WORKER_SHARE_H

#include "sensor/frame.h"

struct worker_share {
    unsigned workers;
    uint8_t key[16];
};

void worker_share_init(struct worker_share *s, unsigned workers);

/* From 0 to workers - 1. */
unsigned worker_share_of(const struct worker_share *s, const struct device_key *device);

#endif
