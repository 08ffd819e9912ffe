/* host_table.h -- the tracker hosts this worker has met: each name once, with its rule and its way through CNAMEs.
 *
 * Purpose    Contacts, DNS memory and flows speak of a tracker host by a number. Only hosts that the feed matches (or that
 *            lead to one by CNAME) come in here; other names are forgotten as soon as they are read (docs/ARCHITECTURE.md, rule 1).
 * Shape      A number is index plus generation: a host that was dropped is not mistaken for its successor.
 * Threads    One worker. Ownership: pointers live until the next host_table_put().
 * Failure    When it is full the host that was used longest ago makes room.
 */
#ifndef TELLTALE_SENSOR_HOST_TABLE_H
#define TELLTALE_SENSOR_HOST_TABLE_H

#include "common/hostname.h"
#include "feeds/feed.h"

#define HOST_CHAIN_MAX 8

struct host_entry {
    char name[HOSTNAME_MAX + 1];
    uint16_t name_len;
    uint8_t chain_len;   /* 0: matched by its own name */
    bool chain_on_site;  /* some name of the chain, or the host itself, is under a support site */
    bool only_files;     /* it brings files along for another host of its company (feeds/services.h): no finding of its own */
    struct feed_match match;
    char *chain[HOST_CHAIN_MAX]; /* the asked name first, then each CNAME target to the one that matched; owned */
};

struct host_table;

struct host_table *host_table_new(uint32_t hosts);
void host_table_free(struct host_table *t);

/* The number of a host under a rule (what one device's DNS says of a name need not hold for another), entered if it is new. chain may be NULL. A host met again takes over a chain it did not have. */
uint32_t host_table_put(struct host_table *t, const char *name, size_t len, const struct feed_match *match,
                        const char *const *chain, unsigned chain_len);
/* Looks every host up in other rules; one that they do not cover is dropped. Its matches point into these from then on. */
void host_table_rematch(struct host_table *t, const struct feed_set *set);
/* NULL when the number's host has been dropped since, or for NO_INDEX. */
struct host_entry *host_table_at(struct host_table *t, uint32_t host);

#endif
