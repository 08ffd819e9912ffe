/* feeds.h -- the commands under `telltale feeds`, one file each: cli/feeds_<name>.c.
 *
 * Shape      A struct command whose name is both words ("feeds list"), so that usage and --help say the whole; the table
 *            is in feeds.c. run() gets the arguments from the second word on.
 * Failure    As in command.h.
 */
#ifndef TELLTALE_CLI_FEEDS_H
#define TELLTALE_CLI_FEEDS_H

#include "cli/command.h"

extern const struct command command_feeds_compile, command_feeds_list, command_feeds_update;

#endif
