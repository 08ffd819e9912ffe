/* devices.h -- the two halves of `telltale devices`: today's list, and labels of devices that the school owns.
 *
 * Failure    Each returns the exit status, after one log line.
 */
#ifndef TELLTALE_CLI_DEVICES_H
#define TELLTALE_CLI_DEVICES_H

#include "common/config.h"

#include <stdbool.h>

enum devices_format { DEVICES_TABLE, DEVICES_JSON, DEVICES_CSV };

/* Today's devices as the store has them. The look is noted first. */
int devices_list(const struct config *c, enum devices_format format);

/* Gives the device of this hardware address a label, or with text NULL takes it away. Asks before, unless `yes`; notes it in the record. */
int devices_label(const struct config *c, const char *address, const char *text, bool yes);
/* Prints the file of labels. */
int devices_labels(const struct config *c);

#endif
