/* services.h -- public services that hide names or replace answers: encrypted resolvers, relays, fronts of Encrypted
 * Client Hello, block pages; and those that only bring along what another host has begun. What a flow to one of them means is the sensor's business; which ones there are is data.
 *
 * Shape      The rows of feeds/data/services.tsv. A name covers itself and everything below it; an address row may be a prefix.
 *            Of several rows that cover something the closest one counts.
 * Threads    services_load() by one thread, before the others; then read-only for all.
 * Failure    services_load(): -EINVAL after naming a row that is wrong, -ENOMEM. Look-ups cannot fail.
 */
#ifndef TELLTALE_FEEDS_SERVICES_H
#define TELLTALE_FEEDS_SERVICES_H

#include "common/address.h"

enum service {
    SERVICE_NONE,
    SERVICE_RESOLVER,   /* DNS over HTTPS, TLS or QUIC */
    SERVICE_RELAY,      /* everything of the device goes through it */
    SERVICE_ECH_FRONT,  /* the name outside an encrypted hello */
    SERVICE_BLOCK_PAGE, /* what a filter answers with */
    SERVICE_FILES       /* pictures and scripts of a company's own pages and plug-ins, no more */
};

/* Loads the built-in table; a second call does nothing. */
int services_load(void);

enum service service_of_name(const char *host); /* normalised */
enum service service_of_address(const struct ip_addr *a);

#endif
