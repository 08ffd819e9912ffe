/* feeds_update.c -- `telltale feeds update`: becomes the program that may speak to the network.
 *
 * Nothing is forked: the process that a person started is the one that updates, and Ctrl-C ends it. What it is called with is judged
 * there, but for --help.
 */
#include "cli/feeds_update.h"
#include "cli/feeds.h"
#include "common/config.h"
#include "common/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_feeds_update = {
    .name = FEEDS_UPDATE_NAME,
    .summary = "Fetches the subscribed lists over https; a broken one never replaces a good one",
    .synopsis = FEEDS_UPDATE_SYNOPSIS,
    .options = "  -c, --config FILE     settings with the subscriptions (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   table (for a terminal) or json\n"
               "  NAME                  only this subscription (repeatable)\n",
    .run = run,
};

static int run(int argc, char **argv)
{
    char path[PATH_MAX];
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return command_usage(&command_feeds_update, true);
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(FEEDS_UPDATE_PROGRAM));
    char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    if (!slash) {
        log_error("feeds update: /proc/self/exe: %s", n < 0 ? strerror(errno) : "no path");
        return EXIT_SOME_FAILED;
    }
    memcpy(slash + 1, FEEDS_UPDATE_PROGRAM, sizeof(FEEDS_UPDATE_PROGRAM));
    execv(path, argv);
    log_error("feeds update: %s: %s; it belongs beside telltale", path, strerror(errno));
    return EXIT_SOME_FAILED;
}
