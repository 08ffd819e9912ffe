/* lookup.c -- `telltale lookup`: what the rules say about a name. */
#include "cli/command.h"
#include "common/hostname.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "sensor/rules.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_lookup = {
    .name = "lookup",
    .summary = "Says which tracker a host name belongs to, and by which rule",
    .synopsis = "[-o table|json] [--feed FILE]... NAME...",
    .options = "  -o, --output FORMAT   table (for a terminal) or json\n"
               "      --feed FILE       tracker domains on top of the built-in ones (repeatable)\n"
               "  NAME                  a host name, such as secure.adnxs.com\n",
    .run = run,
};

struct answer {
    const char *asked;
    char host[HOSTNAME_MAX + 1]; /* "" when the text is no host name */
    bool found;
    struct feed_match match;
    char why[HOSTNAME_MAX * 2 + 160];
};

static void explain(struct answer *a, const struct feed_set *set)
{
    size_t len = hostname_normalise((const uint8_t *)a->asked, strlen(a->asked), a->host);
    if (len == 0) {
        snprintf(a->why, sizeof(a->why), "not a host name");
        return;
    }
    a->found = feed_match(set, a->host, len, &a->match);
    if (!a->found)
        snprintf(a->why, sizeof(a->why), "no rule of %u covers it", feed_set_rules(set));
    else if (strcmp(a->match.matched, a->host) == 0)
        snprintf(a->why, sizeof(a->why), "the rule %s names this very host", a->match.matched);
    else
        snprintf(a->why, sizeof(a->why), "it is below %s, the longest rule that covers it", a->match.matched);
}

static int write_json(const struct answer *answers, size_t n)
{
    struct json *all = json_new_array();
    for (size_t i = 0; i < n; i++) {
        const struct answer *a = &answers[i];
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
        json_append(all, row);
    }
    int rc = json_write(all, stdout);
    json_free(all);
    return rc;
}

static void write_line(const struct answer *a)
{
    const struct feed_owner *o = &a->match.owner;
    char *name = text_clean_copy(a->asked, strlen(a->asked));
    printf("%s: ", name ? name : "?");
    free(name);
    if (!a->found) {
        printf("not listed (%s)\n", a->why);
        return;
    }
    if (!o->tracker)
        printf("listed without an owner");
    else if (o->organisation && strcmp(o->organisation, o->tracker) != 0)
        printf("%s (%s)", o->tracker, o->organisation);
    else
        printf("%s", o->tracker);
    printf(", %s%s%s; %s; %s\n", purpose_phrase(o->purpose), o->country ? ", " : "", o->country ? o->country : "", a->why, a->match.feed);
}

static int answer_all(const struct feed_set *set, bool as_json, int n, char **names)
{
    struct answer *answers = calloc((size_t)n, sizeof(*answers));
    int rc = answers ? 0 : -ENOMEM;
    for (int i = 0; i < n && rc == 0; i++) {
        answers[i].asked = names[i];
        explain(&answers[i], set);
        if (!as_json)
            write_line(&answers[i]);
    }
    if (rc == 0 && as_json)
        rc = write_json(answers, (size_t)n);
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    free(answers);
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
            return command_usage(&command_lookup, true);
        if (opt == 'o' && (strcmp(optarg, "json") == 0 || strcmp(optarg, "table") == 0)) {
            as_json = optarg[0] == 'j';
        } else if (opt == 'o') {
            log_error("-o %s: expected table or json", optarg);
            return EXIT_WRONG_USE;
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
    int status = answer_all(set, as_json, argc - optind, argv + optind);
    feed_set_free(set);
    return status;
}
