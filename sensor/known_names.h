/* known_names.h -- public services whose names mean that other names are hidden.
 *
 * Purpose    A flow to an encrypted resolver, a relay or the public name of Encrypted Client Hello is a blind spot of a known kind.
 * Threads    Pure functions over constant data.
 */
#ifndef TELLTALE_SENSOR_KNOWN_NAMES_H
#define TELLTALE_SENSOR_KNOWN_NAMES_H

#include "common/address.h"

#include <stdbool.h>

enum known_service { KNOWN_NONE, KNOWN_RESOLVER, KNOWN_RELAY, KNOWN_ECH_FRONT };

/* What a normalised host name stands for. */
enum known_service known_service_of_name(const char *host);
/* Is this the address of a public resolver that also answers over HTTPS? */
bool known_resolver_address(const struct ip_addr *a);

#endif
