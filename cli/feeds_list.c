/* feeds_list.c -- `telltale feeds list`: which lists of trackers are in force. */
#include "cli/feeds.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "feeds/feed.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_feeds_list = {
    .name = "feeds list",
    .summary = "Shows each list of trackers in force: where it comes from and how much of it was used",
    .synopsis = "[-o table|json] [--feed FILE]...",
    .options = "  -o, --output FORMAT   table (for a terminal) or json\n"
               "      --feed FILE       a list of tracker domains on top of the built-in one (repeatable)\n",
    .run = run,
};

static void write_row(const struct feed_source *s)
{
    printf("%s@%s: %u taken, %u skipped, %u duplicate\n", s->name, s->version, s->taken, s->skipped, s->duplicate);
}

static struct json *json_row(const struct feed_source *s)
{
    struct json *row = json_new_object();
    json_put_text(row, "name", s->name);
    json_put_text(row, "version", s->version);
    json_put_int(row, "taken", s->taken);
    json_put_int(row, "skipped", s->skipped);
    json_put_int(row, "duplicate", s->duplicate);
    return row;
}

static int list(const struct file_list *feeds, bool as_json)
{
    struct feed_builder *b = feed_builder_new();
    struct json *all = json_new_array();
    struct feed_source source;
    int rc = b ? feed_builder_add_builtin(b, &source) : -ENOMEM;
    for (size_t i = 0; rc == 0; i++) {
        if (as_json)
            json_append(all, json_row(&source));
        else
            write_row(&source);
        if (i == feeds->len)
            break;
        rc = feed_builder_add_file(b, feeds->paths[i], &source);
    }
    if (rc == 0 && as_json)
        rc = json_write(all, stdout);
    json_free(all);
    feed_builder_free(b);
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    enum { FEED = 256 };
    static const struct option longs[] = {
        {"output", required_argument, NULL, 'o'}, {"feed", required_argument, NULL, FEED}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct file_list feeds = {.len = 0};
    bool as_json = false;
    for (int opt; (opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_feeds_list, true);
        if (opt == 'o' && (strcmp(optarg, "json") == 0 || strcmp(optarg, "table") == 0)) {
            as_json = optarg[0] == 'j';
        } else if (opt == 'o') {
            log_error("-o %s: expected table or json", optarg);
            return EXIT_WRONG_USE;
        } else if (opt != FEED) {
            return command_usage(&command_feeds_list, false);
        } else if (!file_list_add(&feeds, optarg)) {
            return EXIT_WRONG_USE;
        }
    }
    return optind < argc ? command_usage(&command_feeds_list, false) : list(&feeds, as_json);
}
