/* places_database.h -- one MaxMind DB file, looked through before anybody uses it.
 *
 * Purpose    The only file that meets libmaxminddb: which keys vendors use, and what must hold before a look-up is safe.
 * Threads    Loading and freeing by one; look-ups of a database that is loaded from any.
 * Failure    places_database_load() returns NULL, -errno in *rc, and the reason as a text for a message that names the file.
 */
#ifndef TELLTALE_SENSOR_PLACES_DATABASE_H
#define TELLTALE_SENSOR_PLACES_DATABASE_H

#include "sensor/places.h"
#include "sensor/sealed_file.h"

struct places_database;

/* A database that every look-up may use. wanted: enum places_part, each of which it must have; 0: whatever it has. */
struct places_database *places_database_load(const char *path, unsigned wanted, struct file_identity *identity, int *rc, char why[SEALED_FILE_WHY_MAX]);
void places_database_free(struct places_database *d);

/* Empty where it knows nothing of the address. */
struct place places_database_look_up(const struct places_database *d, const struct ip_addr *a);

/* When it was built, seconds since the epoch; 0: it has not this part. */
uint64_t places_database_built(const struct places_database *d, enum places_part part);

/* A line in the log: what it has, of which type, built when. */
void places_database_say(const char *path, const struct places_database *d);

#endif
