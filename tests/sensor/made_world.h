/* made_world.h -- a school afternoon that never was: devices that open pages, pages that load trackers, apps that beacon.
 *
 * Purpose    Attribution is judged by what it makes of a world whose truth is known: which support page loads which tracker. Everything is
 *            drawn from a seed, so that a test that fails fails again.
 * Shape      Ten support sites, of which four load no tracker, and twelve other pages. `popular` trackers lie on most other pages
 *            too. Visits draw other tabs after them, or before, within two seconds.
 */
#ifndef TELLTALE_TESTS_MADE_WORLD_H
#define TELLTALE_TESTS_MADE_WORLD_H

#include "common/evidence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_SITES 10
#define WORLD_CLEAN 4 /* of the sites: the last ones */
#define WORLD_TRACKERS 26

struct world_settings {
    uint64_t seed;
    unsigned devices, seconds;
    double tabs;          /* share of visits beside which another page is opened within two seconds */
    double popular;       /* share of other pages that a popular tracker lies on */
    double lost;          /* share of signs that are not seen */
    bool all_clean;       /* no support site loads anything */
    bool shuffled;        /* visits are moved to other times of the same device; what their pages loaded stays where it was */
};

struct world_score {
    unsigned due, found;          /* pairs that eight visits or more caused; those called shown or likely */
    unsigned due_shown;           /* those called shown */
    unsigned claimed, wrong;      /* pairs called shown or likely; those that no visit caused */
    unsigned shown, wrong_shown;
    unsigned accused_clean;       /* clean sites with a claim */
    unsigned naively_accused;     /* those that a rule without controls would accuse: half of the visits followed */
};

/* Plays a world through the attribution, judges, and adds the outcome to the score. */
void world_play(const struct world_settings *settings, struct world_score *score);

#endif
