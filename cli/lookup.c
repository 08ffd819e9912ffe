/* lookup.c -- `telltale lookup`: what the rules say about a name. */
#include "cli/command.h"
#include "cli/lookup_answer.h"
#include "cli/options.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "feeds/rules.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_lookup = {
    .name = "lookup",
    .summary = "Says which tracker a host name belongs to, and by which rule",
    .synopsis = "[-o table|json] [--feed FILE]... [--explain] NAME...",
    .options = "  -o, --output FORMAT   table (for a terminal) or json\n"
               "      --feed FILE       tracker domains on top of the built-in ones (repeatable)\n"
               "      --explain         each part of the name that was asked for, and what was found\n"
               "  NAME                  a host name, such as secure.adnxs.com, or the address of a page\n",
    .run = run,
};

static void put_steps(struct json *row, const struct lookup_answer *a, const struct feed_set *set)
{
    struct lookup_step steps[LOOKUP_STEPS_MOST];
    size_t n = lookup_steps(a, set, steps, LOOKUP_STEPS_MOST);
    struct json *tried = json_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json *step = json_new_object();
        json_put_text(step, "name", steps[i].name);
        json_put_text(step, "verdict", lookup_verdict_word(steps[i].verdict));
        json_put_text(step, "feed", steps[i].match.feed);
        json_put_bool(step, "counts", steps[i].counts);
        json_append(tried, step);
    }
    json_put(row, "tried", tried);
}

static struct json *json_row(const struct lookup_answer *a)
{
    const struct feed_owner *o = &a->match.owner;
    struct json *row = json_new_object();
    json_put_text(row, "name", a->host[0] ? a->host : a->asked);
    json_put_text(row, "matched", a->found ? a->match.matched : NULL);
    json_put_text(row, "tracker", a->found ? o->tracker : NULL);
    json_put_text(row, "organisation", a->found ? o->organisation : NULL);
    json_put_text(row, "country", a->found ? o->country : NULL);
    json_put_text(row, "purpose", a->found ? purpose_word(o->purpose) : NULL);
    json_put_text(row, "feed", a->found ? a->match.feed : NULL);
    json_put_text(row, "why", a->why);
    return row;
}

static void write_owner(const struct feed_owner *o)
{
    if (!o->tracker)
        printf("listed without an owner");
    else if (o->organisation && strcmp(o->organisation, o->tracker) != 0)
        printf("%s (%s)", o->tracker, o->organisation);
    else
        printf("%s", o->tracker);
}

static void write_line(const struct lookup_answer *a)
{
    const struct feed_owner *o = &a->match.owner;
    char *name = text_clean_copy(a->asked, strlen(a->asked));
    printf("%s: ", name ? name : "?");
    free(name);
    if (!a->found) {
        printf("not listed (%s)\n", a->why);
        return;
    }
    write_owner(o);
    printf(", %s%s%s; %s; %s\n", purpose_phrase(o->purpose), o->country ? ", " : "", o->country ? o->country : "", a->why, a->match.feed);
}

static void write_step(const struct lookup_step *s, int width)
{
    printf("  %-*s  ", width, s->name);
    switch (s->verdict) {
    case LOOKUP_NO_RULE: printf("no rule"); break;
    case LOOKUP_TOO_DEEP: printf("not asked: no rule has more than 16 labels"); break;
    case LOOKUP_PUBLIC_SUFFIX: printf("not asked: a public suffix, whose names are many owners'"); break;
    case LOOKUP_EXCEPTION: printf("exception of %s: from here on only rules that name their owner count", s->match.feed); break;
    case LOOKUP_RULE:
        printf("%s of %s: ", s->counts ? "the rule" : "a rule that does not count,", s->match.feed);
        write_owner(&s->match.owner);
        break;
    }
    putchar('\n');
}

static void write_steps(const struct lookup_answer *a, const struct feed_set *set)
{
    struct lookup_step steps[LOOKUP_STEPS_MOST];
    size_t n = lookup_steps(a, set, steps, LOOKUP_STEPS_MOST);
    for (size_t i = 0; i < n; i++)
        write_step(&steps[i], (int)strlen(a->host));
}

static int answer_all(const struct feed_set *set, bool as_json, bool explain, int n, char **names)
{
    struct json *all = as_json ? json_new_array() : NULL;
    struct lookup_answer a;
    int rc = 0;
    for (int i = 0; i < n; i++) {
        lookup_answer(&a, set, names[i]);
        if (!as_json) {
            write_line(&a);
            if (explain)
                write_steps(&a, set);
            continue;
        }
        struct json *row = json_row(&a);
        if (explain)
            put_steps(row, &a, set);
        json_append(all, row);
    }
    if (as_json)
        rc = json_write(all, stdout);
    json_free(all);
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    enum { FEED = 256, EXPLAIN };
    static const struct option longs[] = {{"output", required_argument, NULL, 'o'},
                                          {"feed", required_argument, NULL, FEED},
                                          {"explain", no_argument, NULL, EXPLAIN},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct file_list feeds = {.len = 0};
    bool as_json = false, explain = false;
    for (int opt; (opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_lookup, true);
        if (opt == 'o') {
            if (!options_json(optarg, &as_json))
                return EXIT_WRONG_USE;
        } else if (opt == EXPLAIN) {
            explain = true;
        } else if (opt != FEED) {
            return command_usage(&command_lookup, false);
        } else if (!file_list_add(&feeds, optarg)) {
            return EXIT_WRONG_USE;
        }
    }
    if (optind == argc)
        return command_usage(&command_lookup, false);
    struct feed_set *set;
    if (rules_load_trackers(feeds.paths, feeds.len, &set) < 0)
        return EXIT_SOME_FAILED;
    int status = answer_all(set, as_json, explain, argc - optind, argv + optind);
    feed_set_free(set);
    return status;
}
