/* feeds.c -- `telltale feeds`: finds the command under it and runs it. */
#include "cli/feeds.h"

#include "common/log.h"

#include <stdio.h>
#include <string.h>

static int run(int argc, char **argv);

static const struct command *const commands[] = {&command_feeds_compile, &command_feeds_list, &command_feeds_update};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command command_feeds = {
    .name = "feeds",
    .summary = "Lists, compiles and updates the lists of trackers",
    .run = run,
};

static int usage(FILE *out)
{
    fprintf(out, "%s.\n\n", command_feeds.summary);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "usage: telltale %s %s\n  %s.\n\n%s\n", commands[i]->name, commands[i]->synopsis, commands[i]->summary,
                commands[i]->options);
    return out == stdout ? EXIT_DONE : EXIT_WRONG_USE;
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return usage(stdout);
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], strchr(commands[i]->name, ' ') + 1) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    log_error("feeds: there is no command %s; `telltale feeds --help` lists them", argv[1]);
    return EXIT_WRONG_USE;
}
