/* config_edit.h -- changes settings in a telltale.conf and leaves everything else in it as it is.
 *
 * Shape      A change names section, key and value. A line that sets the key gets the new value (the last one, where several do); else the
 *            example line `#key =` of that section loses its #; else the setting is added at the end of its section. Comments, blank
 *            lines and other settings keep their bytes.
 * Power cut  The new text is written beside the file, read back by config_load(), synced and renamed: the old file or the new one is there,
 *            never half of one, and never one that telltaled would refuse. Owner and mode stay.
 * Failure    -errno after one log line that names the file; it is then untouched.
 */
#ifndef TELLTALE_COMMON_CONFIG_EDIT_H
#define TELLTALE_COMMON_CONFIG_EDIT_H

#include <stddef.h>

struct config_change {
    const char *section, *key, *value;
};

/* A file that is not there begins as the example: every setting, commented out. */
int config_edit(const char *path, const struct config_change *changes, size_t n);

/* Takes the lines that set these keys, whatever their values, out of a file of what a page changed (config_read_changes()), so that those of the
 * installation's file hold again. Returns how many lines went; 0 also when there is no such file. */
int config_drop(const char *path, const struct config_change *changes, size_t n);

/* Can a settings file hold this value as it is? Not with control characters, blanks at its ends, or a comment's ` ;` inside. */
int config_value_fits(const char *value); /* 1 or 0 */

#endif
