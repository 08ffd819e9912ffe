/* settings_desk.h -- telltaled's end of the page Settings: hears a request, holds it against the floors, writes the files, notes it in the record,
 * and answers.
 *
 * Purpose    The dashboard cannot write the configuration; it can ask. Who decides is a process that no browser reaches.
 * Process    The publisher. The capture process has no Redis: it sees that the files are others now, and begins anew (capture_process.c).
 * Shape      SETTINGS_A_HOUR accepted changes at most, so that nobody can keep the sensor restarting.
 * Threads    The publisher's one. settings_desk_run() never waits for Redis, but for the record's line of an answer (half a second at most).
 * Record     A change is noted before it is made, whole; one that cannot be is refused. Pseudonyms for longer than a day are noted again at each
 *            start, whoever asked for them: the installation's file has no page before it.
 * Failure    A change that cannot be written is refused with the reason, and nothing is changed.
 */
#ifndef TELLTALE_SENSOR_SETTINGS_DESK_H
#define TELLTALE_SENSOR_SETTINGS_DESK_H

#include "common/config.h"
#include "store/retention.h"

#define SETTINGS_A_HOUR 20

struct settings_desk;

/* replay: the settings are told, and no request is heard. retention: told for how long what is kept, may be NULL. config is borrowed. */
struct settings_desk *settings_desk_new(const struct config *config, bool replay, struct store_retention *retention);
void settings_desk_free(struct settings_desk *d);

/* True while Redis has not yet what it was told. */
bool settings_desk_run(struct settings_desk *d);

#endif
