/* findings_state.h -- what the parts of findings share (internal to them: findings.c, findings_gains.c, findings_visits.c, findings_dns.c,
 * findings_tests.c).
 *
 * Threads    One worker. Ownership, units: findings.h. A device, host or contact is its place in its table.
 */
#ifndef TELLTALE_SENSOR_FINDINGS_STATE_H
#define TELLTALE_SENSOR_FINDINGS_STATE_H

#include "sensor/findings.h"

#define GAINS_MOST 8192 /* in WITHHOLD_BEFORE_NS; older ones beyond that stay with their contact */

/* Something that an open contact gained, and what it was before: a visit that begins soon takes it back. */
struct gain {
    uint64_t at_ns, opened_ns; /* opened_ns: of the contact, whose place may be another's since */
    uint64_t last_ns, bytes_up, bytes_down;
    uint32_t contact, device, connections;
    uint8_t evidence, seen_by;
    bool confirmed;
};

struct findings {
    struct findings_options o;
    struct device_table *devices;
    struct host_table *hosts;
    struct contact_table *contacts;
    struct attribution *attribution;
    struct leaks *leaks; /* or NULL */
    struct staff_listener staff;
    struct staff_test *test; /* or NULL; of test_device, until test_end_ns */
    uint32_t test_device;
    uint64_t test_end_ns;
    struct site_count *sites;
    uint8_t *site_devices; /* a bit for each (site, device) */
    uint64_t swept_ns, now_ns;
    const struct flow *reading; /* what the worker reads a packet of, and its server */
    struct ip_addr server;
    bool new_connection; /* what is touched now has its first name on its connection; of a tested device only */
    struct local_time today; /* next_day_ns 0: no day has begun */
    struct gain *gains; /* a ring, oldest first; NULL: nothing is withheld */
    uint32_t gains_first, gains_len;
    struct dns_reply *reply; /* these two: scratch of findings_dns(), too large for a stack */
    struct dns_record record;
};

/* Contacts (findings.c) -------------------------------------------------------------------------------------------- */

/* The tracker host of a name that this rule matches; chain: its CNAME way, the matching name last, or NULL. */
uint32_t contacts_enter_host(struct findings *f, const char *name, size_t len, const struct feed_match *match, const char *const *chain, unsigned chain_len);
/* The device contacts the host: opens or extends the contact. NULL: there is none (no room, or a staff test has it). */
struct contact *contacts_touch(struct findings *f, uint32_t device, uint32_t host, enum evidence evidence, unsigned seen_by, uint64_t now_ns);
uint32_t contacts_place(struct findings *f, const struct contact *c);

/* What contacts gained lately (findings_gains.c) ------------------------------------------------------------------- */

/* Before the contact is changed. */
void gains_note(struct findings *f, const struct contact *c, uint64_t now_ns);
bool gains_has(struct findings *f, const struct contact *c, uint64_t since_ns);
/* Takes back what a contact gained from since_ns on. *out may be the contact itself, or a copy of it. */
void gains_take_back(struct findings *f, uint32_t place, uint64_t since_ns, struct contact *out);

/* Visits and what is withheld because of them (findings_visits.c) --------------------------------------------------- */

bool visits_is_site(const struct findings *f, const char *name);
/* Is what the device does now withheld? */
bool visits_near(const struct findings *f, const struct device *d, uint64_t now_ns);
/* A name that the device said: opens or extends a visit when it is a support site's. Returns its page (sensor/page_table.h). */
uint16_t visits_note_name(struct findings *f, uint32_t device, const char *host, size_t len, bool is_tracker, uint64_t now_ns);
/* The day's silence of a device that visits nothing: it begins as a visit's does. */
void visits_begin_decoy(struct findings *f, uint32_t device, uint64_t now_ns);

/* Staff tests (findings_tests.c) ----------------------------------------------------------------------------------- */

bool tests_has(const struct findings *f, uint32_t device);
void tests_keep(struct findings *f, uint64_t now_ns);
void tests_end(struct findings *f, enum store_test_state how);

#endif
