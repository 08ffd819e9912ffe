/* command.h -- what the commands of `telltale` share: the table of them, exit statuses, options.
 *
 * Failure    Each command returns the exit status: 0 done, 1 some input failed (named on standard error), 2 wrong use or config.
 */
#ifndef TELLTALE_CLI_COMMAND_H
#define TELLTALE_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_DONE = 0, EXIT_SOME_FAILED = 1, EXIT_WRONG_USE = 2 };

struct command {
    const char *name;
    const char *summary;  /* one line for `telltale help` */
    const char *synopsis; /* after "telltale NAME " */
    const char *options;  /* a line each, for `telltale NAME --help` */
    int (*run)(int argc, char **argv);
};

extern const struct command command_read, command_names, command_lookup, command_feeds, command_har, command_status, command_purge, command_notice, command_dpia, command_export, command_daily, command_evidence, command_test_visit, command_sites, command_setup, command_doctor, command_devices;

/* Says how the command is used: on standard output for --help, else shortly on standard error. Returns the exit status. */
int command_usage(const struct command *c, bool asked_for);

/* At most so many --feed and --sites options. */
#define COMMAND_FILES_MOST 32

struct file_list {
    const char *paths[COMMAND_FILES_MOST];
    size_t len;
};
/* False (after saying so) when there are too many. */
bool file_list_add(struct file_list *l, const char *path);

#endif
