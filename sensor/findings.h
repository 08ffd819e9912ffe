/* findings.h -- from a name on a flow to a contact and a visit.
 *
 * Purpose    Holds everything the worker knows about devices: which tracker hosts they contacted, which support sites they
 *            reached, what their DNS answers said. Nothing of it leaves but through the two callbacks below and the walks.
 * Withholding (docs/ARCHITECTURE.md, rule 3) A contact from WITHHOLD_BEFORE_NS before a visit until WITHHOLD_AFTER_NS after the site's last
 *            sign is marked `withheld`, and on_due() is never called for it. Which is why a live sighting waits
 *            REPORT_DELAY_NS: a visit that begins just after still takes the device off it. What a contact that was open before
 *            gained in the last WITHHOLD_BEFORE_NS (connections, bytes, stronger evidence) is not told either, and taken off it when a
 *            visit begins. `withhold` = false (demo, an operator's own capture) marks nothing.
 * Staff tests (rule 8) While a test goes on, its device's contacts and visits go to sensor/staff_test.h and are counted nowhere else; after
 *            it the device's contacts are withheld as after a visit.
 * Units      Nanoseconds of the capture's clock.
 * Threads    One worker.
 */
#ifndef TELLTALE_SENSOR_FINDINGS_H
#define TELLTALE_SENSOR_FINDINGS_H

#include "dissectors/dns.h"
#include "feeds/sites.h"
#include "sensor/attribution.h"
#include "sensor/contact_table.h"
#include "sensor/device_table.h"
#include "sensor/dns_reply.h"
#include "sensor/flow_names.h"
#include "sensor/staff_test.h"

#define WITHHOLD_BEFORE_NS (10ull * NS_PER_S)
#define WITHHOLD_AFTER_NS (30ull * 60 * NS_PER_S)
#define REPORT_DELAY_NS (12ull * NS_PER_S)
#define VISIT_WINDOW_NS (10ull * NS_PER_S)

struct findings;
struct leaks;

struct findings_options {
    const struct feed_set *trackers; /* held while they are in force */
    const struct site_set *sites;
    struct places *places; /* or NULL */
    uint32_t max_devices, max_contacts;
    uint64_t visit_gap_ns;
    uint64_t visit_window_ns; /* after a visit, in which a contact counts as following it; 0: VISIT_WINDOW_NS */
    bool withhold;
    bool decoys;   /* and withhold now and then for devices without a visit (sensor/decoy.h) */
    bool confirm;  /* tell of a contact only when somebody answered it; else whatever was said counts, as in a capture that has one direction */
    bool leaks; /* keep what requests in clear text told of pages (sensor/leaks.h) */
    uint64_t withhold_until_ns; /* everything is withheld until then: a restart forgot who is visiting what. 0: no */
    /* A contact is old enough to be told live; once for each contact that is not withheld. */
    void (*on_due)(void *context, const struct contact *c, const struct device *d);
    /* A contact is over. For each contact, withheld or not. */
    void (*on_close)(void *context, const struct contact *c, const struct device *d);
    /* A contact begins to be withheld: as it opens, or when a visit begins just after. */
    void (*on_withheld)(void *context, const struct contact *c, const struct device *d);
    /* A visit to a support site begins. */
    void (*on_visit)(void *context, uint32_t site, const struct device *d, uint64_t now_ns);
    /* A local day is over, or the end has come: the callback closes findings_attribution() and reads findings_site(); both begin anew
     * after it. NULL: everything is one day, for whoever asks at the end. */
    void (*on_day)(void *context, struct findings *f, const char day[11]);
    /* Which wall time a moment of the capture's clock is; NULL: it is one. Days are by it. */
    uint64_t (*wall)(uint64_t now_ns);
    void *context;
    const struct staff_listener *staff; /* copied; NULL: no test can be asked for */
};

struct site_count {
    uint64_t visits;
    uint32_t devices; /* distinct */
};

struct findings *findings_new(const struct findings_options *options);
void findings_free(struct findings *f);

/* Other tracker rules from now on; takes over the caller's hold on them. Hosts that were met are looked up again. An open
 * contact stays what it is, and holds the rules that it was opened by: whoever keeps a match of one longer than a callback
 * holds match.set. */
void findings_take_rules(struct findings *f, struct feed_set *set);

/* Device of a frame; NO_INDEX when the table is full. */
uint32_t findings_device(struct findings *f, const struct device_key *key, uint64_t now_ns);
uint32_t findings_devices(const struct findings *f); /* how many are known now */
struct device *findings_device_at(struct findings *f, uint32_t device);

/* The packet that is being read belongs to this flow, to this server; NULL: none is read any more. A contact takes its place
 * from the server of its first connection; of one that is told after its flow has ended, none is known. */
void findings_reading(struct findings *f, const struct flow *flow, const struct ip_addr *server);
/* A name that the device said on a flow to beyond the LAN. Counts the flow as a connection of its contact. */
void findings_name(struct findings *f, struct flow *flow, const struct name_event *e, uint64_t now_ns);
/* A request of the device to beyond the LAN, its head read as far as it goes. */
void findings_request(struct findings *f, const struct flow *flow, const struct http_request *r, struct bytes_view body);
/* NULL unless options asked for it. */
const struct leaks *findings_leaks(const struct findings *f);
/* A DNS message between the device and a server. told() hears every question and target name. */
void findings_dns(struct findings *f, uint32_t device, const uint8_t *message, size_t n, bool from_device, uint64_t now_ns,
                  void (*told)(void *context, enum name_protocol protocol, const struct dns_name *name), void *context);
/* Did an HTTPS answer to this device name host as the one that encrypted hellos show outside? */
bool findings_is_front(const struct findings *f, uint32_t device, const char *host);
/* A flow of this device has a name: keeps count of names that no visible question asked for. */
void findings_note_named(struct findings *f, uint32_t device, const char *host, uint64_t now_ns);
/* Which tracker host this device's DNS gives for an address: NO_INDEX unless every name leads to one tracker. */
uint32_t findings_host_of_address(struct findings *f, uint32_t device, const struct ip_addr *address, uint64_t now_ns);
/* A flow without a name whose address had been resolved to a tracker host. */
void findings_address(struct findings *f, struct flow *flow, uint64_t now_ns);
/* Traffic on a flow that has a page: at a support site the device is still there. request: the device said something new on it after
 * a silence, which may be a visit too. */
void findings_alive(struct findings *f, const struct flow *flow, bool request, uint64_t now_ns);
/* The server has spoken on it: what the device said there was said to somebody. */
void findings_confirm(struct findings *f, const struct flow *flow, uint64_t now_ns);
/* The flow ends: its bytes go to its contact. */
void findings_flow_end(struct findings *f, const struct flow *flow, uint64_t last_ns);

/* Once a second or so: tells what is due, closes what is over. */
void findings_tick(struct findings *f, uint64_t now_ns);
/* The end, or a leap of the clock: closes every contact; no visit goes on. */
void findings_finish(struct findings *f, uint64_t now_ns);
/* After findings_finish(), at the very end: the last day is over. */
void findings_end_day(struct findings *f);

/* What somebody asked for, decided at once; the listener hears how. */
void findings_staff_request(struct findings *f, const struct staff_request *r, uint64_t now_ns);
/* Is a test going on here? Then requests in clear text are of use: findings_request(). */
bool findings_is_testing(const struct findings *f);

/* Contacts closed early, and refused, because the table was full. */
void findings_table_losses(const struct findings *f, uint64_t *pushed_out, uint64_t *refused);

struct site_count findings_site(const struct findings *f, uint32_t site);
/* What followed the visits to support sites: to be closed in on_day(), or after findings_finish(). */
struct attribution *findings_attribution(struct findings *f);
void findings_each_device(const struct findings *f, void (*each)(void *context, const struct device *d), void *context);

#endif
