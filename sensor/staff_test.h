/* staff_test.h -- one session of a device whose owner, a member of staff, agreed to be watched (docs/TEST_VISIT.md).
 *
 * Purpose    Keeps what the device's connections showed from its visit to the tested site on: hosts with their ways, evidence, times, and pages
 *            told in clear text. The worker that has the device gives it everything that would otherwise be counted, so that nothing of the
 *            session is counted anywhere else.
 * What counts From the first sign of the site on. What the device does before is dropped: it is counted nowhere, and it is no evidence. Other
 *            support sites are not noted at all.
 * Shape      STAFF_TEST_HOSTS hosts, STAFF_TEST_LEAKS leaks; what is beyond is counted. Records leave through the listener, the changed ones with each tick,
 *            and all once more at the end, for a publisher that was killed meanwhile.
 * Units      Nanoseconds of the worker's clock.
 * Threads    One worker; the listener's functions are called on its thread.
 * Failure    staff_test_new(): NULL when memory is out.
 */
#ifndef TELLTALE_SENSOR_STAFF_TEST_H
#define TELLTALE_SENSOR_STAFF_TEST_H

#include "dissectors/http.h"
#include "feeds/feed.h"
#include "feeds/sites.h"
#include "sensor/frame.h"
#include "sensor/host_table.h"
#include "sensor/sighting.h"

#define STAFF_TEST_HOSTS 256
#define STAFF_TEST_LEAKS 256

/* What was asked for, checked by whoever took it (sensor/staff_desk.h). */
struct staff_request {
    bool stop;                /* end the test that is going on; the rest means nothing */
    struct device_key device;
    uint32_t site;            /* index in the site set */
    uint64_t hour_s;          /* now, rounded down */
    uint16_t minutes;
    char id[STORE_TEST_ID_MAX];
    char reason[STORE_WORD_MAX];
};

enum staff_outcome {
    STAFF_STARTED,
    STAFF_STOPPED,
    STAFF_NONE_RUNS,    /* nothing to stop */
    STAFF_BUSY,         /* another test is going on */
    STAFF_NEAR_A_VISIT, /* the device was at a support site within half an hour */
    STAFF_UNKNOWN,      /* a restart forgot who was where: not for half an hour */
    STAFF_NO_ROOM,      /* device table or memory */
    STAFF_NO_SUCH_SITE,
    STAFF_WRONG,        /* the request is not what a request is */
    STAFF_NO_CLOCK,     /* the machine's clock is not set yet */
    STAFF_NO_ANSWER,
    STAFF_OUTCOMES
};

struct staff_listener {
    void (*decided)(void *context, enum staff_outcome outcome); /* on a request */
    void (*ended)(void *context);                               /* the test that had started is over */
    void (*tell)(void *context, const union sighting *s);
    void *context;
};

struct staff_test;

struct staff_test *staff_test_new(const struct staff_request *r, const struct site_set *sites, uint64_t visit_gap_ns, const struct staff_listener *l);
void staff_test_free(struct staff_test *t);

/* A sign of a support site: counts as a visit when it is the tested one, and was not seen for the gap. */
void staff_test_site(struct staff_test *t, uint32_t site, uint64_t now_ns);
/* A sign of a tracker host; connection: the first on its connection. */
void staff_test_contact(struct staff_test *t, const struct host_entry *host, enum evidence evidence, bool connection, uint64_t now_ns);
/* A request in clear text to a tracker's host. */
void staff_test_request(struct staff_test *t, const struct feed_set *trackers, const char *host, bool cloaked, const struct http_request *r, struct bytes_view body);

/* Tells what is new. */
void staff_test_tick(struct staff_test *t);
/* Tells everything, and that it is over. */
void staff_test_end(struct staff_test *t, enum store_test_state how);

#endif
