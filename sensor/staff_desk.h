/* staff_desk.h -- where `telltale test-visit` asks the running capture process to watch one device of a member of staff.
 *
 * Purpose    A socket in the run folder, STAFF_SOCKET_NAME, of mode 0600; only a process of our own user or root is heard. A caller sends one
 *            struct staff_call and is sent one struct staff_answer. The hardware address stands in the call and nowhere else: no file has it.
 * Shape      Fixed sizes, the machine's own byte order: both ends are one build. One caller at a time; one test at a time.
 * Trust      staff_call_read() believes nothing of a call: size, alphabet of each text, a device that is one (no group address), 1 to
 *            STORE_TEST_MINUTES_MOST minutes, a site of the site feed.
 * Threads    The capture thread; the listener's functions (staff_test.h) any.
 * Failure    No desk is no reason not to capture: staff_desk_new() says so and the sensor goes on without.
 */
#ifndef TELLTALE_SENSOR_STAFF_DESK_H
#define TELLTALE_SENSOR_STAFF_DESK_H

#include "sensor/outbox.h"
#include "sensor/staff_test.h"

#define STAFF_SOCKET_NAME "test-visit.sock"
#define STAFF_MAGIC 0x74760001u
#define STAFF_ANSWER_MS 5000 /* after which a caller is told that no worker took the request */

enum staff_call_kind { STAFF_CALL_START = 1, STAFF_CALL_STOP = 2 };

struct staff_call {
    uint32_t magic;
    uint16_t kind, minutes;
    uint8_t mac[6];
    char id[STORE_TEST_ID_MAX]; /* chosen by the caller, who notes it in the audit first */
    char site[STORE_HOST_MAX];
    char reason[STORE_WORD_MAX];
};

struct staff_answer {
    uint32_t magic, outcome; /* enum staff_outcome */
    char site[STORE_HOST_MAX]; /* as the site feed has it */
};

/* A device that a test may watch: six bytes of one network card, not of a group, not all zero. */
bool staff_mac_is_valid(const uint8_t mac[6]);
/* 1 to 63 bytes of clean text, or nothing. */
bool staff_reason_is_valid(const char *reason, size_t size);

/* STAFF_STARTED when the n bytes are a call that may be handed on, and then *out is it, without its hour. */
enum staff_outcome staff_call_read(const void *bytes, size_t n, const struct site_set *sites, struct staff_request *out);

struct staff_desk;

struct staff_desk_options {
    const char *run_dir;
    const struct site_set *sites;
    struct outbox *outbox;
    bool live;
    uint32_t clock_wait_s;
    /* Hands a checked request to whoever has the device. */
    void (*ask)(void *context, const struct staff_request *r);
    uint64_t (*now_ns)(void *context); /* of the wall clock or, in a replay, of the capture; 0: not known yet */
    void *context;
};
struct staff_desk *staff_desk_new(const struct staff_desk_options *o); /* NULL after one log line */
void staff_desk_free(struct staff_desk *d);                            /* removes the socket */

/* For findings_options. */
const struct staff_listener *staff_desk_listener(const struct staff_desk *d);

/* Hears who calls, and answers. Call it a few times a second. */
void staff_desk_run(struct staff_desk *d);

#endif
