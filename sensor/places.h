/* places.h -- in which country a server's address is said to be, and which network announces it.
 *
 * Purpose    Looks addresses up in MaxMind DB files of any vendor: a country from `country/iso_code`, `country_code` or
 *            `country`, a network's number from `autonomous_system_number` or `asn`, as a number or as "AS64496".
 * Shape      Up to PLACES_FILES_MOST files, each loaded whole into memory of ours that nothing can change or shorten any
 *            more, and looked through once before it is used. Of several files that know an address the first counts.
 *            With no file every answer is empty; so it is for private addresses.
 * Threads    places_of() and places_built() from any thread. The rest from one: places_new() and places_add(), then, if the files
 *            shall be read again when they change, places_watch(), which starts a thread that places_free() ends.
 * Failure    places_add(): -errno after one log line that names the file. A file that changes into something that cannot be
 *            used is named in a warning, once, and what was loaded before stays.
 */
#ifndef TELLTALE_SENSOR_PLACES_H
#define TELLTALE_SENSOR_PLACES_H

#include "common/address.h"

#define PLACES_FILES_MOST 8
#define PLACES_FILE_BYTES_MAX (256ull << 20)

struct place {
    char country[3]; /* ISO 3166-1, two capitals; "" when not known */
    uint32_t asn;    /* 0 when not known */
};

enum places_part { PLACES_COUNTRY = 1, PLACES_ASN = 2 }; /* bits */

struct places;

struct places *places_new(void); /* NULL: out of memory */
void places_free(struct places *p);

/* Loads a file for these parts (enum places_part, or-ed), each of which it must have; 0 takes whatever it has. */
int places_add(struct places *p, const char *path, unsigned parts);

/* Looks every so often whether a file changed and loads it anew; once a change has lasted for two looks. */
int places_watch(struct places *p, unsigned every_ms);

/* What is known of an address. p may be NULL. */
struct place places_of(struct places *p, const struct ip_addr *a);

/* When the database for this part was built, seconds since the epoch; 0 when there is none. */
uint64_t places_built(struct places *p, enum places_part part);

#endif
