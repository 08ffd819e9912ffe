/* updater_main.c -- `telltale-updater`: what `telltale feeds update` becomes.
 *
 * A program of its own, so that of everything of ours only this process ever holds libcurl and a connection to the world outside. It reads the
 * settings, gives up its rights (feeds/updater_confine.h), fetches, and prints what became of each list.
 */
#include "cli/command.h"
#include "cli/feeds_update.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "feeds/updater.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bar {
    struct progress progress;
    const char *name; /* whose it is; NULL: none shown */
};

static void on_progress(void *context, const char *name, uint64_t bytes, uint64_t total)
{
    struct bar *bar = context;
    if (bar->name != name) {
        if (bar->name)
            progress_end(&bar->progress);
        progress_begin(&bar->progress, name);
        bar->name = name;
    }
    progress_step(&bar->progress, total ? (double)bytes / (double)total : -1, bytes / 1000, "kB");
}

static void put_rules(struct json *row, const char *key, uint32_t rules)
{
    if (rules)
        json_put_int(row, key, rules);
    else
        json_put_null(row, key);
}

static int write_json(const struct updater_outcome *outcomes, size_t n)
{
    struct json *root = json_new_object(), *lists = json_new_array();
    json_put_int(root, "schema", 1);
    json_put(root, "lists", lists);
    for (size_t i = 0; i < n; i++) {
        struct json *row = json_new_object();
        json_append(lists, row);
        json_put_text(row, "name", outcomes[i].name);
        json_put_text(row, "result", updater_result_word(outcomes[i].result));
        put_rules(row, "rules_before", outcomes[i].before);
        put_rules(row, "rules_after", outcomes[i].after);
        json_put_text(row, "reason", outcomes[i].reason[0] ? outcomes[i].reason : NULL);
    }
    int rc = json_write(root, stdout);
    json_free(root);
    return rc;
}

static void write_count(uint32_t rules)
{
    if (rules)
        printf("  %9u", rules);
    else
        printf("  %9s", "-");
}

static int write_table(const struct updater_outcome *outcomes, size_t n)
{
    int width = 4;
    for (size_t i = 0; i < n; i++)
        if ((int)strlen(outcomes[i].name) > width)
            width = (int)strlen(outcomes[i].name);
    if (n)
        printf("%-*s  %-9s  %9s  %9s  %s\n", width, "List", "Result", "Before", "Now", "Reason");
    for (size_t i = 0; i < n; i++) {
        printf("%-*s  %-9s", width, outcomes[i].name, updater_result_word(outcomes[i].result));
        write_count(outcomes[i].before);
        write_count(outcomes[i].after);
        printf("%s%s\n", outcomes[i].reason[0] ? "  " : "", outcomes[i].reason);
    }
    return ferror(stdout) ? -EIO : 0;
}

static int wrong_use(void)
{
    fprintf(stderr, "usage: telltale %s %s\n`telltale feeds update --help` explains\n", FEEDS_UPDATE_NAME, FEEDS_UPDATE_SYNOPSIS);
    return EXIT_WRONG_USE;
}

/* Chooses the lists that are named, all when none is. */
static bool choose(struct updater_plan *plan, int n, char **names)
{
    const struct config *c = plan->config;
    for (size_t i = 0; i < c->subscription_count; i++)
        plan->chosen[i] = n == 0;
    for (int k = 0; k < n; k++) {
        size_t i = 0;
        while (i < c->subscription_count && strcmp(c->subscriptions[i].name, names[k]) != 0)
            i++;
        if (i == c->subscription_count) {
            log_error("feeds update: %s is no subscription; those are in [subscriptions] of the settings", names[k]);
            return false;
        }
        plan->chosen[i] = true;
    }
    return true;
}

static int update(const struct updater_plan *plan, bool as_json)
{
    struct updater_outcome outcomes[CONFIG_SUBSCRIPTIONS_MAX];
    struct bar *bar = plan->context;
    size_t n = 0;
    int rc = plan->config->subscription_count ? updater_run(plan, outcomes, &n) : 0;
    if (bar->name)
        progress_end(&bar->progress);
    if (rc < 0 && n == 0)
        return rc == -EINVAL ? EXIT_WRONG_USE : EXIT_SOME_FAILED;
    if (!plan->config->subscription_count)
        log_info("feeds update: no list is subscribed: [subscriptions] of the settings is empty");
    bool failed = rc < 0;
    for (size_t i = 0; i < n; i++)
        failed |= outcomes[i].reason[0] != '\0';
    rc = as_json ? write_json(outcomes, n) : write_table(outcomes, n);
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc < 0 || failed ? EXIT_SOME_FAILED : EXIT_DONE;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
    const char *path = NULL;
    bool as_json = false;
    setlocale(LC_CTYPE, "C.UTF-8");
    log_init("telltale", LOG_LEVEL_INFO);
    umask(022);
    signal(SIGPIPE, SIG_IGN); /* a server that hangs up is an error of that list, no end of this process */
    for (int opt; (opt = getopt_long(argc, argv, "c:o:", longs, NULL)) != -1;) {
        if (opt == 'c') {
            path = optarg;
        } else if (opt == 'o') {
            if (!options_json(optarg, &as_json))
                return EXIT_WRONG_USE;
        } else {
            return wrong_use();
        }
    }
    struct config c;
    struct bar bar = {.name = NULL};
    struct updater_plan plan = {.config = &c, .progress = on_progress, .context = &bar};
    if (sodium_init() < 0 || options_settings(path, &c) < 0 || !choose(&plan, argc - optind, argv + optind))
        return EXIT_WRONG_USE;
    return update(&plan, as_json);
}
