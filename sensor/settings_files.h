/* settings_files.h -- the two files with what was changed on the page Settings, in [settings] dir.
 *
 * Shape      settings.conf, which config_load() reads over the file of the installation, and sites.tsv, support sites of the operator's own
 *            (feeds/sites.h), which goes with the last of them. Mode 0644: nothing in them is secret. Each is written beside itself, synced and renamed, so that a power cut
 *            leaves the old or the new one; what was written is read back before it takes the place.
 * Threads    One writer: the publisher. Any process reads.
 * Failure    -errno after one log line that names the file.
 */
#ifndef TELLTALE_SENSOR_SETTINGS_FILES_H
#define TELLTALE_SENSOR_SETTINGS_FILES_H

#include "common/settings_stamp.h"
#include "sensor/settings_floor.h"

/* The settings in force: `config` is what config_load() gave. A file of sites that cannot be used is warned of, and holds none. */
int settings_load(const struct config *config, struct settings *out);

/* Makes the folder, which every process of telltale may read; one that is there already keeps its mode. Failure shows when something is saved. */
void settings_make_folder(const struct config *c);

/* Says in the log which settings of the installation's file do not hold because a page had them changed, and how to end that. */
void settings_say_changed(const struct config *c);

/* before: what is in the files now. Writes what differs. */
int settings_save(const struct settings *before, const struct settings *now);

#endif
