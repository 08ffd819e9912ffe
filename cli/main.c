/* main.c -- `telltale`: finds the command and runs it. */
#include "cli/command.h"

#include "common/log.h"

#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {&command_read, &command_names, &command_lookup, &command_feeds, &command_har, &command_export, &command_daily, &command_sites, &command_devices, &command_evidence, &command_status, &command_purge, &command_notice, &command_dpia, &command_test_visit, &command_setup, &command_doctor};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

int command_usage(const struct command *c, bool asked_for)
{
    FILE *out = asked_for ? stdout : stderr;
    fprintf(out, "usage: telltale %s %s\n", c->name, c->synopsis);
    if (asked_for)
        fprintf(out, "\n%s.\n\n%s", c->summary, c->options);
    else
        fprintf(out, "`telltale %s --help` explains\n", c->name);
    return asked_for ? EXIT_DONE : EXIT_WRONG_USE;
}

bool file_list_add(struct file_list *l, const char *path)
{
    if (l->len == COMMAND_FILES_MOST) {
        log_error("%s: more than %d files of one kind; put them together first", path, COMMAND_FILES_MOST);
        return false;
    }
    l->paths[l->len++] = path;
    return true;
}

static int help(FILE *out)
{
    fputs("telltale shows which trackers the devices of a network are made to contact.\n\n"
          "usage: telltale COMMAND [OPTION]... [ARGUMENT]...\n\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s  %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n`telltale COMMAND --help` explains one. The sensor itself is telltaled(8).\n", out);
    return out == stdout ? EXIT_DONE : EXIT_WRONG_USE;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    log_init("telltale", LOG_LEVEL_INFO);
    if (sodium_init() < 0) {
        log_error("libsodium cannot be used: no source of random numbers");
        return EXIT_WRONG_USE;
    }
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "--version") == 0) {
        puts("telltale " TELLTALE_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(stdout);
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    log_error("there is no command %s; `telltale help` lists them", argv[1]);
    return EXIT_WRONG_USE;
}
