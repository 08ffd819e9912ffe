/* contact_table.h -- open contacts: one device, one tracker host, connections within ten minutes of each other folded.
 *
 * Shape      A fixed number of places, found by device and host. A contact stays open while one of its flows lives or less than
 *            CONTACT_FOLD_NS have passed since its last packet; then it is closed and reported once, whole.
 * Withholding A contact near a visit to a support site has its own entry (`withheld`): it never opens, extends or folds into a
 *            contact that carries its device (docs/ARCHITECTURE.md, rule 3).
 * Threads    One worker.
 * Failure    When it is full the contact that was idle longest is closed early and counted; when live flows hold every place, the
 *            new one is refused and counted.
 */
#ifndef TELLTALE_SENSOR_CONTACT_TABLE_H
#define TELLTALE_SENSOR_CONTACT_TABLE_H

#include "common/clock.h"
#include "common/hostname.h"
#include "feeds/feed.h"
#include "sensor/host_table.h"
#include "sensor/places.h"

#define CONTACT_FOLD_NS (10ull * 60 * NS_PER_S)

struct contact {
    uint32_t device;     /* index in the device table */
    uint32_t open_flows;
    uint64_t first_ns, last_ns;
    uint64_t bytes_up, bytes_down;
    uint32_t connections;
    struct place place;  /* of the server of its first connection */
    uint8_t evidence;    /* enum evidence: the strongest so far */
    uint8_t seen_by;     /* enum seen_by, or-ed */
    bool taken, withheld, reported; /* reported: the live sighting went out */
    bool chain_on_site;
    bool confirmed; /* somebody answered: a lookup, or a connection on which the name was said */
    const char *url_role; /* what the path of a request in clear text said it is for (feeds/url_role.h), or NULL */
    uint8_t chain_len;
    struct feed_match match; /* match.set is held */
    char host[HOSTNAME_MAX + 1];
    char *chain[HOST_CHAIN_MAX]; /* owned */
};

struct contact_table;

struct contact_table *contact_table_new(uint32_t contacts, void (*on_close)(void *context, struct contact *c), void *context);
void contact_table_free(struct contact_table *t); /* calls nothing */

/* The open contact of this device with this host, opened if there is none. NO_INDEX when every place is held by a live flow. */
uint32_t contact_table_get(struct contact_table *t, uint32_t device, const struct host_entry *host, bool withheld, uint64_t now_ns,
                           bool *is_new);
struct contact *contact_table_at(struct contact_table *t, uint32_t index);
/* Gives a contact that has no owner the rule and the way of this host, which name one. */
void contact_adopt(struct contact *c, const struct host_entry *host);
/* Calls f for each open contact. f may change it, but for its key. */
void contact_table_each(struct contact_table *t, void (*f)(void *context, struct contact *c), void *context);
/* Makes a contact withheld: its key changes; when a withheld one of the same host is open already, both stand side by side. */
void contact_table_withhold(struct contact_table *t, struct contact *c);

/* How many were closed early because the table was full, and how many found no place at all. */
uint64_t contact_table_pushed_out(const struct contact_table *t);
uint64_t contact_table_refused(const struct contact_table *t);

/* Closes what was idle long enough. */
void contact_table_sweep(struct contact_table *t, uint64_t now_ns);
void contact_table_finish(struct contact_table *t);

#endif
