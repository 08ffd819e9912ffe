/* sighting_test.h -- the records of a staff test on the sightings socket: what one session of a member of staff's own device showed.
 *
 * Purpose    DESIGN's rule 8: the evidence of one session leaves whole, with hosts and ways, because nobody but the person who tests is in it.
 *            A record has the test's id, and never the device: no hardware address, no network address, no pseudonym.
 * Shape      The same sizes and byte order as the other sightings (sensor/sighting.h). Each record may come again, with the same or later
 *            figures: whoever stores it writes it over what was there.
 * Units      hour_s: seconds since the epoch, a whole hour. after_ms: milliseconds from the session's latest visit to the site.
 * Trust      sighting_test_check() believes nothing, as sighting_check().
 */
#ifndef TELLTALE_SENSOR_SIGHTING_TEST_H
#define TELLTALE_SENSOR_SIGHTING_TEST_H

#include "store/tests.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

union sighting;

#define SIGHTING_TEST_LINKS_MOST 8
#define SIGHTING_PARAMETER_MAX 160
#define SIGHTING_PAGE_MAX 384

/* These follow a struct sighting_head in the record. */
struct sighting_test_session {
    uint64_t hour_s; /* in which it began */
    uint32_t visits; /* to the site */
    uint32_t beyond; /* tracker hosts and leaks that found no room */
    uint16_t minutes;
    uint8_t state; /* enum store_test_state */
    char id[STORE_TEST_ID_MAX];
    char site[STORE_HOST_MAX];
    char reason[STORE_WORD_MAX];
};

struct sighting_test_host {
    uint32_t after_ms, connections;
    uint32_t visits_with; /* of the session's visits, how many it followed */
    uint8_t purpose, evidence;
    char id[STORE_TEST_ID_MAX];
    char host[STORE_HOST_MAX], matched[STORE_HOST_MAX];
    char tracker[STORE_WORD_MAX], organisation[STORE_WORD_MAX], feed[STORE_WORD_MAX];
};

/* One name on the way from a host to the name that has the rule; place 0 is the first CNAME target. */
struct sighting_test_link {
    uint8_t place;
    char id[STORE_TEST_ID_MAX];
    char host[STORE_HOST_MAX], name[STORE_HOST_MAX];
};

/* A request in clear text that told a tracker a page of the site. */
struct sighting_test_leak {
    uint16_t number;
    char id[STORE_TEST_ID_MAX];
    char host[STORE_HOST_MAX];
    char parameter[SIGHTING_PARAMETER_MAX];
    char page[SIGHTING_PAGE_MAX];
};

/* How long a record of this kind is, head and all; 0 for a kind that is none of these. */
size_t sighting_test_bytes(unsigned kind);

/* NULL, or what is wrong with the record of that kind. */
const char *sighting_test_check(const union sighting *s, uint64_t now_s, bool replay);

#endif
