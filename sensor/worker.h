/* worker.h -- one thread that turns frames into findings: flow table, names, applications, coverage.
 *
 * Purpose    Owns a share of the devices, chosen by the capture thread, and everything about them; shares nothing with
 *            other workers but the read-only feeds, so it needs no lock.
 * Threads    worker_run() is the thread's body. worker_counts(), worker_shed() and worker_offer_rules(): any thread, any time; everything else
 *            only before the thread starts or after it has ended.
 * Failure    worker_new() returns NULL when memory is out. Nothing on the way of a packet fails: what cannot be kept is counted.
 */
#ifndef TELLTALE_SENSOR_WORKER_H
#define TELLTALE_SENSOR_WORKER_H

#include "sensor/findings.h"
#include "sensor/ndpi_adapter.h"
#include "sensor/spsc_ring.h"

#include <stdatomic.h>

#define APPLICATIONS_MOST 512
#define WORKER_RINGS_MOST 4 /* one a capture thread */

struct worker_options {
    struct findings_options findings; /* on_due, on_close and context are passed through */
    uint32_t max_flows;
    unsigned number; /* of the workers, from 0: its line in sensor/last_words.h */
    bool live; /* time goes on while no frame comes */
    /* Each name seen, matched or not, as it is seen; NULL when nobody asks. Never set by the daemon. */
    void (*on_name)(void *context, enum name_protocol protocol, const char *name);
    void *name_context;
};

/* What was counted. Written by the worker only, one relaxed atomic each. */
#define WORKER_COUNTS(X)                                                                                               \
    X(decoded)                                                                                                         \
    X(undecodable_truncated)                                                                                           \
    X(undecodable_malformed)                                                                                           \
    X(undecodable_foreign)  /* no IP: ARP and the like */                                                              \
    X(bytes)                /* of decoded frames, on the wire */                                                       \
    X(fragments)            /* pieces of datagrams */                                                                  \
    X(fragments_dropped)    /* datagrams that came in pieces and were not put together */                              \
    X(other_protocols)      /* IP, but neither TCP nor UDP */                                                          \
    X(flows)                /* of coverage: answered, from a device to beyond the LAN */                               \
    X(names_seen)           /* attribution_names() */                                                                  \
    X(names_along)                                                                                                     \
    X(named)                                                                                                           \
    X(flows_pushed_out)     /* flow table full: an active flow was forgotten */                                        \
    X(devices_refused)      /* device table full */                                                                    \
    X(contacts_pushed_out)  /* contact table full: one was closed early */                                             \
    X(contacts_refused)     /* ... or a new one was not kept */                                                        \
    X(hellos_evicted)                                                                                                  \
    X(inspections_refused)  /* no nDPI state left */                                                                   \
    X(unconfirmed)          /* flows with a name to which nobody answered in time, or at all */                        \
    X(devices)              /* in the table of devices now */                                                         \
    X(devices_doubtful)     /* one hardware address at two IPv4 addresses at once */                                   \
    X(rules_taken)          /* sets of rules taken over */                                                             \
    X(blind_ech) X(blind_doh) X(blind_dot) X(blind_doq) X(blind_relay) X(blind_vpn) X(blind_no_name) X(blind_incomplete)

struct worker_counts {
#define X(name) _Atomic uint64_t name;
    WORKER_COUNTS(X)
#undef X
};

struct application_count {
    struct application app;
    uint64_t flows, bytes;
};

struct worker;

struct worker *worker_new(const struct worker_options *options, struct spsc_ring *ring);
/* One more ring, of another capture thread. Before it runs. */
void worker_add_ring(struct worker *w, struct spsc_ring *ring);
void worker_free(struct worker *w);

/* Gives the worker other rules, from any thread, without waiting; takes over the caller's hold on the set. It goes by them
 * from its next frame on. Of two sets offered before that the first is passed over. */
void worker_offer_rules(struct worker *w, struct feed_set *set);

/* Gives the worker that has the device a request of sensor/staff_desk.h, from any thread, without waiting; of two before it looks the first is
 * passed over. The listener of its findings hears what came of it. */
void worker_ask_staff(struct worker *w, const struct staff_request *r);

/* Takes frames from its rings, those that are there in the order of their times, until each gave FRAME_END; then ends every flow and contact, and returns. */
void worker_run(struct worker *w);

const struct worker_counts *worker_counts(const struct worker *w);

/* Which flows it needs no more payload of; for the capture thread. */
struct shed;
const struct shed *worker_shed(const struct worker *w);

/* After the end. */
const struct application_count *worker_applications(const struct worker *w, size_t *n);
void worker_application_name(struct worker *w, struct application app, char name[APPLICATION_NAME_MAX], char category[APPLICATION_NAME_MAX]);
struct findings *worker_findings(const struct worker *w);

#endif
