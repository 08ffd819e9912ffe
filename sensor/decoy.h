/* decoy.h -- silences that mean nothing: DECOYS_A_DAY times each device's records are withheld for a while, without any visit.
 *
 * Purpose    Around a visit to a support site half an hour of a device's records is withheld. Whoever watches the records arrive would
 *            take the device that fell silent for the visitor. So every device falls silent a few times a day, at moments that chance
 *            chooses. A visit spends one of these silences; only a visit after the last one adds another.
 * Shape      The next moment is drawn at the device's first sign on a day, and after each silence. The silence begins with the first
 *            contact after it, as a visit does, and lasts as long as one with a few minutes on the site.
 * Units      Nanoseconds of the capture's clock. Threads: those of the caller.
 */
#ifndef TELLTALE_SENSOR_DECOY_H
#define TELLTALE_SENSOR_DECOY_H

#include <stdbool.h>
#include <stdint.h>

#define DECOYS_A_DAY 1

struct decoy {
    uint64_t day;              /* which day it was drawn for; 0: none yet */
    uint64_t at_ns;            /* from when on the next silence may begin */
    uint64_t from_ns, until_ns; /* the silence, from its first contact */
    uint8_t left;              /* silences of the day */
};

/* A contact now: does one of the day's silences begin with it? day: any number that is another's on another day. */
bool decoy_begins(struct decoy *d, uint64_t day, uint64_t now_ns);
/* A visit: one of the day's silences. */
void decoy_spend(struct decoy *d, uint64_t day, uint64_t now_ns);
bool decoy_covers(const struct decoy *d, uint64_t now_ns);

#endif
