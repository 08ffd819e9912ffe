/* decoy.h -- silences that mean nothing: a device's records are withheld for a while, without any visit.
 *
 * Purpose    Around a visit to a support site half an hour of a device's records is withheld. Whoever watches the records arrive would
 *            take the device that fell silent for the visitor, or the one with fewer records than others. So every device falls silent
 *            once a day, at a moment that chance chooses; and when one visits, each of the others falls silent once more within half an hour.
 * Shape      Silences of a device's day, its own visits among them, are at most DECOYS_MOST; only its own visits may be more. A visit spends
 *            a silence that is still due. A silence begins with the first contact after its moment, as a visit does, and lasts as long as
 *            one with a few minutes on the site.
 * Units      Nanoseconds of the capture's clock. Threads: those of the caller.
 */
#ifndef TELLTALE_SENSOR_DECOY_H
#define TELLTALE_SENSOR_DECOY_H

#include <stdbool.h>
#include <stdint.h>

#define DECOYS_A_DAY 1
#define DECOYS_MOST  2 /* more would cost each device more records than they hide */

struct decoy {
    uint64_t day;              /* which day it was drawn for; 0: none yet */
    uint64_t at_ns;            /* from when on the next silence may begin */
    uint64_t from_ns, until_ns; /* the silence, from its first contact */
    uint8_t left, begun;       /* silences of the day: due, and had */
};

/* A contact now: does a silence begin with it? day: any number that is another's on another day. */
bool decoy_begins(struct decoy *d, uint64_t day, uint64_t now_ns);
/* The device visits a site. */
void decoy_spend(struct decoy *d, uint64_t day, uint64_t now_ns);
/* Another device visits a site. */
void decoy_owe(struct decoy *d, uint64_t day, uint64_t now_ns);
bool decoy_covers(const struct decoy *d, uint64_t now_ns);

#endif
