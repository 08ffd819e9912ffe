/* publisher_take.h -- sightings become records of the store.
 *
 * Purpose    A record has one form on the socket (sighting.h) and another for the writer (store/writer.h); here the one becomes the other.
 * Contract   The sighting has passed sighting_check().
 * Threads    The publisher's. Ownership: copies.
 */
#ifndef TELLTALE_SENSOR_PUBLISHER_TAKE_H
#define TELLTALE_SENSOR_PUBLISHER_TAKE_H

#include "sensor/sighting.h"
#include "store/gaps.h"
#include "store/tests.h"
#include "store/writer.h"

#include <stdbool.h>

/* A contact, or what left of a support site. */
void publisher_take_record(struct store_writer *store, const union sighting *s);

void publisher_take_gap(struct store_gaps *gaps, const struct sighting_gap *s);

/* A record of a staff test. False: there are more tests than anybody makes. */
bool publisher_take_test(struct store_tests *tests, const union sighting *s);

#endif
