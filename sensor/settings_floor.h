/* settings_floor.h -- what the page Settings may change, and how far: floors that no role and no settings file lowers.
 *
 * Purpose    Whoever took the dashboard over could ask for anything. So telltaled holds every request against these, whatever the page
 *            said: k from 5 on, keeping no longer than the table of docs/STORE.md, one pseudonym for longer than a day only with a reason and
 *            for twelve weeks at most, a notice that names somebody, lists that are known or from hosts that the installation names, and as support sites no name that is everybody's.
 * Shape      The settings in force and the operator's own support sites; a change is made in them whole, or not at all.
 * Threads    Pure functions, but for tables that are loaded once (public suffixes, known lists) and the installation's file, in which lists may stand.
 * Failure    false, and a sentence for the page says why. Only words of ours are in it, and numbers.
 */
#ifndef TELLTALE_SENSOR_SETTINGS_FLOOR_H
#define TELLTALE_SENSOR_SETTINGS_FLOOR_H

#include "common/change.h"
#include "common/config.h"
#include "common/hostname.h"

#define OWN_SITES_MAX 100
#define OWN_SITE_LABEL_MAX 61
#define OWN_SITE_CATEGORY_MAX 33
#define SETTINGS_WHY_MAX 200
#define STABLE_DAYS_MOST (12 * 7)
#define STABLE_REASON_MOST 150 /* bytes: it stands in the record whole */

struct own_site {
    char site[HOSTNAME_MAX + 1], label[OWN_SITE_LABEL_MAX], category[OWN_SITE_CATEGORY_MAX];
};

struct settings {
    struct config config;
    struct own_site sites[OWN_SITES_MAX];
    size_t site_count;
};

/* today: "2026-11-22", local. */
bool settings_change(struct settings *s, const struct change *change, const char today[11], char why[SETTINGS_WHY_MAX]);

/* Does this configuration keep one pseudonym a device today? False as well when what it says is beyond the floors, which *why then names
 * ("" otherwise). */
bool settings_are_stable(const struct config *c, const char today[11], char why[SETTINGS_WHY_MAX]);

#endif
