/* device_table.h -- what a worker knows of each device: when it was seen, what its DNS answers said, which support sites
 * it is visiting. All of it stays in the capture process and is forgotten with the device.
 *
 * Shape      A fixed number of devices, found by key. Each has a ring of DNS answers (address -> tracker host or "other"),
 *            a ring of CNAME-cloaked hosts, and the sites it was seen at lately.
 * Units      Times in nanoseconds since the epoch, of the capture's clock.
 * Threads    One worker.
 * Failure    When the table is full the device that was idle longest makes room, if it was idle for IDLE_DEVICE_S and nothing refers to it
 *            any more; else NO_INDEX, and the caller counts.
 */
#ifndef TELLTALE_SENSOR_DEVICE_TABLE_H
#define TELLTALE_SENSOR_DEVICE_TABLE_H

#include "sensor/decoy.h"
#include "sensor/frame.h"

#define DEVICE_ANSWERS 128 /* DNS answers remembered */
#define DEVICE_CLOAKED 16
#define DEVICE_SITES 8
#define DEVICE_QUESTIONS 512 /* names and questions remembered, as hashes */
#define DEVICE_FRONTS 8

struct dns_answer {
    struct ip_addr address;
    uint32_t host;   /* tracker host, or NO_INDEX for any other name */
    uint32_t seen_s; /* 0: empty */
};

struct site_visit {
    uint32_t site; /* index in the site set */
    uint64_t first_ns, last_ns; /* of names; last_ns 0: empty */
    uint64_t alive_ns;          /* last sign of any kind: traffic on a connection to the site too */
    bool tested;                /* all of it during a staff test: no visit, but what follows is withheld as after one */
};

struct device {
    struct device_key key;
    uint32_t number;         /* 1, 2, 3 ... by first appearance in this worker */
    uint64_t first_ns, last_ns;
    uint64_t flows;          /* of coverage */
    uint64_t contacts;       /* that are not withheld */
    uint32_t references;     /* flows and contacts that point here */
    bool taken, hidden_dns;
    bool doubtful;           /* two at once: device_spoke_from() */
    struct ip_addr lately[2]; /* its IPv4 addresses, the latest first */
    uint64_t lately_ns[2];
    bool is_new;             /* entered since the caller last cleared it */
    uint8_t answer_next, cloaked_next;
    struct dns_answer answers[DEVICE_ANSWERS];
    uint32_t cloaked[DEVICE_CLOAKED]; /* tracker hosts known by their CNAME only */
    struct site_visit sites[DEVICE_SITES];
    struct decoy decoy;
    uint64_t questions[DEVICE_QUESTIONS]; /* what was asked in visible DNS: hashes of name and of (id, name) */
    uint64_t fronts[DEVICE_FRONTS];       /* hashes of public names that its HTTPS answers gave for encrypted hellos */
    uint16_t question_next;
    uint8_t front_next;
    bool resolver_seen;                   /* it talked to an encrypted resolver */
    uint16_t named_flows, unasked_flows;  /* lately: flows with a name; those whose name was never asked for where we see it */
};

struct device_table;

struct device_table *device_table_new(uint32_t devices);
void device_table_free(struct device_table *t);

/* Index of the device with this key, entered if it is new; NO_INDEX when there is no room. */
uint32_t device_table_get(struct device_table *t, const struct device_key *key, uint64_t now_ns);
uint32_t device_table_count(const struct device_table *t);
struct device *device_table_at(struct device_table *t, uint32_t index);
/* Calls f for each device, in order of appearance as long as none had to make room. */
void device_table_each(const struct device_table *t, void (*f)(void *context, const struct device *d), void *context);

/* No device is at a site any more. */
void device_table_forget_sites(struct device_table *t);

/* A connection of the device from this address. True once, when its hardware address is seen to speak from two IPv4 addresses by turns: two devices
 * with one hardware address, or a router that hides several. A change of address, which does not go back, is none. */
bool device_spoke_from(struct device *d, const struct ip_addr *address, uint64_t now_ns);

/* DNS memory. host NO_INDEX: the address belongs to a name that is no tracker. */
void device_remember_answer(struct device *d, const struct ip_addr *address, uint32_t host, uint64_t now_ns);
void device_remember_cloaked(struct device *d, uint32_t host);

/* Questions: a name alone (id -1), or a question with its message id. */
void device_remember_question(struct device *d, const char *name, int id);
bool device_asked(const struct device *d, const char *name, int id);
/* Public names of Encrypted Client Hello. */
void device_remember_front(struct device *d, const char *name);
bool device_knows_front(const struct device *d, const char *name);

#endif
