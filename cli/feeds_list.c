/* feeds_list.c -- `telltale feeds list`: which lists of trackers are in force.
 *
 * It reads what the sensor reads: the built-in list, [feeds] trackers, the fetched lists of [subscriptions]; and the files of
 * --feed. A list that cannot be read is named, and the others are still shown.
 */
#include "cli/feeds.h"
#include "cli/options.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/json.h"
#include "common/log.h"
#include "feeds/feed.h"
#include "feeds/rules.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S 86400

static int run(int argc, char **argv);

const struct command command_feeds_list = {
    .name = "feeds list",
    .summary = "Shows each list of trackers in force: where it comes from, how old it is and how much of it was used",
    .synopsis = "[-c FILE] [-o table|json] [--feed FILE]...",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   table (for a terminal) or json\n"
               "      --feed FILE       a list on top of those of the settings (repeatable)\n",
    .run = run,
};

/* Where the sources of the builder come from: each file gave those up to its `end`. */
struct origin {
    const char *path; /* NULL: built in */
    uint32_t end;
    int64_t age_s; /* of the file; -1: not known */
};

struct listing {
    struct feed_builder *builder;
    struct origin origins[1 + RULES_FILES_MOST + COMMAND_FILES_MOST];
    size_t origin_count;
    bool some_failed;
};

static int64_t age_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -1;
    int64_t age = (int64_t)(clock_wall_ns() / NS_PER_S) - (int64_t)st.st_mtim.tv_sec;
    return age > 0 ? age : 0;
}

static void add_file(struct listing *l, const char *path)
{
    if (feed_builder_add_file(l->builder, path, NULL) < 0) {
        l->some_failed = true;
        return;
    }
    l->origins[l->origin_count++] = (struct origin){path, feed_builder_sources(l->builder), age_of(path)};
}

static void write_age(const struct origin *o, const struct feed_source *s)
{
    if (!o->path)
        printf("of %s", s->version);
    else if (o->age_s < 0)
        printf("age not known");
    else if (o->age_s < 2 * DAY_S)
        printf("%d hours old", (int)(o->age_s / 3600));
    else
        printf("%d days old", (int)(o->age_s / DAY_S));
}

static void write_source(const struct origin *o, const struct feed_source *s)
{
    printf("%s@%s  %s, ", s->name, s->version, o->path ? o->path : "built in");
    write_age(o, s);
    printf("\n  %u rules taken, %u there already, %u exceptions, %u skipped", s->taken, s->duplicate, s->exceptions, s->skipped);
    const char *between = ": ";
    for (int i = 0; i < FEED_SKIP_COUNT; i++)
        if (s->skips[i] > 0) {
            printf("%s%u %s", between, s->skips[i], feed_skip_phrase((enum feed_skip)i));
            between = ", ";
        }
    printf("\n  %s; licence: %s", s->syntax, s->licence[0] ? s->licence : s->builtin ? "that of telltale" : "the list does not say");
    printf("%s%s\n", s->dated[0] && !s->builtin ? "; dated " : "", s->builtin ? "" : s->dated);
}

static struct json *json_source(const struct origin *o, const struct feed_source *s)
{
    struct json *row = json_new_object(), *skips = json_new_object();
    json_put_text(row, "name", s->name);
    json_put_text(row, "version", s->version);
    json_put_text(row, "file", o->path);
    json_put_bool(row, "builtin", s->builtin);
    json_put_text(row, "syntax", s->syntax);
    json_put_text(row, "licence", s->licence[0] ? s->licence : NULL);
    json_put_text(row, "dated", s->dated[0] ? s->dated : NULL);
    if (o->path && o->age_s >= 0)
        json_put_int(row, "age_s", o->age_s);
    else
        json_put_null(row, "age_s");
    json_put_int(row, "taken", s->taken);
    json_put_int(row, "duplicate", s->duplicate);
    json_put_int(row, "exceptions", s->exceptions);
    json_put_int(row, "skipped", s->skipped);
    for (int i = 0; i < FEED_SKIP_COUNT; i++)
        if (s->skips[i] > 0)
            json_put_int(skips, feed_skip_word((enum feed_skip)i), s->skips[i]);
    json_put(row, "reasons", skips);
    return row;
}

static int show(const struct listing *l, bool as_json)
{
    struct json *all = as_json ? json_new_array() : NULL;
    size_t origin = 0;
    int rc = 0;
    for (uint32_t i = 0; i < feed_builder_sources(l->builder); i++) {
        while (i >= l->origins[origin].end)
            origin++;
        if (as_json)
            json_append(all, json_source(&l->origins[origin], feed_builder_source(l->builder, i)));
        else
            write_source(&l->origins[origin], feed_builder_source(l->builder, i));
    }
    if (as_json)
        rc = json_write(all, stdout);
    json_free(all);
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc;
}

static int list(const struct config *c, const struct file_list *feeds, bool as_json)
{
    struct listing l = {.builder = feed_builder_new()};
    struct rules_files files;
    rules_files_of(c, &files);
    int rc = l.builder ? feed_builder_add_builtin(l.builder, NULL) : -ENOMEM;
    if (rc == 0) {
        l.origins[l.origin_count++] = (struct origin){NULL, 1, -1};
        for (size_t i = 0; i < files.n; i++)
            if (i < files.configured || access(files.path[i], F_OK) == 0)
                add_file(&l, files.path[i]);
            else
                log_info("%s: not fetched yet; `telltale feeds update` does", files.path[i]);
        for (size_t i = 0; i < feeds->len; i++)
            add_file(&l, feeds->paths[i]);
        rc = show(&l, as_json);
    }
    feed_builder_free(l.builder);
    return rc < 0 || l.some_failed ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    enum { FEED = 256 };
    static const struct option longs[] = {{"output", required_argument, NULL, 'o'},
                                          {"config", required_argument, NULL, 'c'},
                                          {"feed", required_argument, NULL, FEED},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct file_list feeds = {.len = 0};
    struct config config;
    const char *path = NULL;
    bool as_json = false;
    for (int opt; (opt = getopt_long(argc, argv, "o:c:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_feeds_list, true);
        if (opt == 'c') {
            path = optarg;
        } else if (opt == 'o') {
            if (!options_json(optarg, &as_json))
                return EXIT_WRONG_USE;
        } else if (opt != FEED) {
            return command_usage(&command_feeds_list, false);
        } else if (!file_list_add(&feeds, optarg)) {
            return EXIT_WRONG_USE;
        }
    }
    if (optind < argc)
        return command_usage(&command_feeds_list, false);
    return options_settings(path, &config) < 0 ? EXIT_WRONG_USE : list(&config, &feeds, as_json);
}
