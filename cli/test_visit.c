/* test_visit.c -- `telltale test-visit`: watches one consenting member of staff's device while it opens a support site's page, and shows what
 * was seen (docs/TEST_VISIT.md).
 *
 * Asking the sensor is in test_visit_ask.c; here are the words of the command, the list and the report. Whoever looks at a report is noted in
 * the audit, as with every report that names a site's trackers.
 */
#include "cli/test_visit.h"

#include "cli/command.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "common/clock.h"
#include "common/log.h"
#include "feeds/feed.h"
#include "feeds/rules.h"
#include "reports/staff_report.h"
#include "store/asker.h"
#include "store/audit.h"
#include "store/connection.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_test_visit = {
    .name = "test-visit",
    .summary = "Watches one member of staff's own device while it opens a support site",
    .synopsis = "[-c FILE] --device MAC [--for 30m] [--reason TEXT] [--i-am-staff] SITE | --stop | list | show ID [-o table|json] [--har FILE]",
    .options = "      --device MAC      hardware address of the device: only of a member of staff who agreed\n"
               "      --for LENGTH      1m to 120m (30m)\n"
               "      --reason TEXT     for the audit and the report: a role, never the name of a person\n"
               "      --i-am-staff      says that the device is a consenting member of staff's; else you are asked\n"
               "      --stop            ends the test that is going on\n"
               "  list                  the tests that are stored\n"
               "  show ID               what a test showed\n"
               "  -o, --output FORMAT   of show: table (default) or json\n"
               "      --har FILE        of show: compare with a browser's recording of the same visit\n"
               "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n",
    .run = run,
};

/* List ------------------------------------------------------------------------------------------------------------- */

#define LIST_MOST 4096

struct listing {
    char ids[LIST_MOST][STORE_TEST_ID_MAX];
    size_t len;
};

static void on_id(void *context, const char *id)
{
    struct listing *l = context;
    for (size_t i = 0; i < l->len; i++)
        if (strcmp(l->ids[i], id) == 0)
            return; /* a scan may name a key twice */
    if (l->len < LIST_MOST)
        memcpy(l->ids[l->len++], id, STORE_TEST_ID_MAX);
}

struct line {
    uint64_t hour_s;
    size_t hosts;
    char id[STORE_TEST_ID_MAX], text[400];
};

static void on_session(void *context, const struct store_test_session *s, bool demo)
{
    struct line *line = context;
    line->hour_s = s->hour_s;
    snprintf(line->text, sizeof(line->text), "%3u min  %-9s  %2u visit%s  %s%s", s->minutes, store_test_state_word(s->state), s->visits, s->visits == 1 ? " " : "s",
             s->site, demo ? "  (demo)" : "");
}

static void on_host(void *context, const struct store_test_host *h)
{
    (void)h;
    ((struct line *)context)->hosts++;
}

static int latest_first(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return x->hour_s != y->hour_s ? (x->hour_s < y->hour_s ? 1 : -1) : strcmp(x->id, y->id);
}

static void print_line(const struct line *line)
{
    char hour[32] = "";
    struct tm tm;
    time_t began = (time_t)line->hour_s;
    if (localtime_r(&began, &tm))
        strftime(hour, sizeof(hour), "%Y-%m-%d %H:00", &tm);
    printf("%s  %s  %3zu hosts  %s\n", line->id, hour, line->hosts, line->text);
}

static int list(const struct test_visit *v, struct store_asker *a)
{
    struct listing *l = calloc(1, sizeof(*l));
    int rc = l ? store_test_list(a, v->config.installation, on_id, l) : -ENOMEM;
    struct line *lines = rc == 0 ? calloc(l->len + 1, sizeof(*lines)) : NULL;
    if (rc == 0 && !lines)
        rc = -ENOMEM;
    size_t n = 0;
    for (size_t i = 0; rc == 0 && i < l->len; i++) {
        struct store_test_listener listener = {.session = on_session, .host = on_host, .context = &lines[n]};
        memcpy(lines[n].id, l->ids[i], STORE_TEST_ID_MAX);
        int one = store_test_read(a, v->config.installation, l->ids[i], &listener);
        n += one == 0;
        rc = one == -ENOENT ? 0 : one; /* gone since it was listed */
    }
    if (rc == 0)
        qsort(lines, n, sizeof(*lines), latest_first);
    for (size_t i = 0; rc == 0 && i < n; i++)
        print_line(&lines[i]);
    if (rc == 0 && n == 0)
        puts("No staff test is stored.");
    free(lines);
    free(l);
    return rc;
}

/* Show ------------------------------------------------------------------------------------------------------------- */

static int write_report(const struct test_visit *v, const struct staff_report *r, const struct staff_recall *recall)
{
    const struct report_style style = {.colour = terminal_colour(stdout), .width = terminal_width(stdout)};
    int rc = v->json ? staff_write_json(r, recall, stdout) : staff_write_table(r, recall, &style, stdout);
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc;
}

static int join_and_write(const struct test_visit *v, const struct staff_report *r, const struct site_set *sites)
{
    struct feed_set *trackers = NULL;
    struct har_report har;
    struct staff_recall recall;
    struct rules_files files;
    rules_files_of(&v->config, &files);
    int rc = rules_load_files(&files, true, &trackers);
    if (rc < 0)
        return rc;
    har_report_init(&har);
    rc = har_read_file(&har, &(struct har_rules){.trackers = trackers, .sites = sites}, v->har, NULL, NULL);
    if (rc == 0 && (rc = staff_recall_make(&recall, r, &har)) == 0) {
        rc = write_report(v, r, &recall);
        staff_recall_fini(&recall);
    }
    har_report_fini(&har);
    feed_set_free(trackers);
    return rc;
}

static int show(const struct test_visit *v, struct store_asker *a)
{
    struct staff_report r = {.rc = 0};
    struct site_set *sites = NULL;
    char who[STORE_AUDIT_WHO_MAX], what[64];
    int rc = rules_load_sites_of(&v->config, RULES_OWN_MAY, &sites);
    if (rc == 0 && (rc = staff_report_read(&r, a, v->config.installation, v->id, sites)) == -ENOENT)
        log_error("%s: there is no such staff test; `telltale test-visit list` names those there are", v->id);
    if (rc == 0) {
        store_audit_account(who);
        snprintf(what, sizeof(what), "staff test %s", v->id);
        rc = store_audit_write(v->config.redis_socket, v->config.installation, who, "looked", what);
    }
    if (rc == 0)
        rc = v->har ? join_and_write(v, &r, sites) : write_report(v, &r, NULL);
    staff_report_fini(&r);
    site_set_free(sites);
    return rc;
}

static int ask_store(const struct test_visit *v)
{
    struct store_asker *a;
    int rc = store_asker_open(v->config.redis_socket, &a);
    if (rc < 0)
        return EXIT_SOME_FAILED;
    rc = v->id ? show(v, a) : list(v, a);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not read staff tests; name another in [store] user", v->config.redis_socket, v->config.redis_user);
    store_asker_close(a);
    if (fflush(stdout) != 0 && rc == 0)
        rc = -errno;
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

/* The command ------------------------------------------------------------------------------------------------------ */

static int load_settings(struct test_visit *v, const char *path)
{
    if (options_settings(path, &v->config) < 0)
        return EXIT_WRONG_USE;
    return store_login_set(v->config.redis_user, v->config.redis_password_file) < 0 ? EXIT_WRONG_USE : EXIT_DONE;
}

static int run_words(struct test_visit *v, int words, char **word, const char *path)
{
    bool lists = words == 1 && strcmp(word[0], "list") == 0, shows = words == 2 && strcmp(word[0], "show") == 0;
    bool starting = v->device || v->length || v->reason || v->i_am_staff, showing = v->json || v->har;
    bool begins = words == 1 && !lists;
    if (((lists || shows || v->stop) && starting) || (showing && !shows) || (v->stop && words > 0) || (!v->stop && !lists && !shows && !begins))
        return command_usage(&command_test_visit, false);
    int status = load_settings(v, path);
    if (status != EXIT_DONE)
        return status;
    if (v->stop)
        return test_visit_stop(v);
    if (lists || shows) {
        v->id = shows ? word[1] : NULL;
        return ask_store(v);
    }
    v->site = word[0];
    return test_visit_begin(v);
}

static int run(int argc, char **argv)
{
    enum { DEVICE = 256, FOR, REASON, STAFF, STOP, HAR };
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'}, {"device", required_argument, NULL, DEVICE},
                                          {"for", required_argument, NULL, FOR},    {"reason", required_argument, NULL, REASON}, {"i-am-staff", no_argument, NULL, STAFF},
                                          {"stop", no_argument, NULL, STOP},        {"har", required_argument, NULL, HAR},  {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct test_visit v = {.json = false};
    const char *path = NULL;
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': path = optarg; break;
        case 'o':
            if (!options_json(optarg, &v.json))
                return EXIT_WRONG_USE;
            break;
        case DEVICE: v.device = optarg; break;
        case FOR: v.length = optarg; break;
        case REASON: v.reason = optarg; break;
        case STAFF: v.i_am_staff = true; break;
        case STOP: v.stop = true; break;
        case HAR: v.har = optarg; break;
        case 'h': return command_usage(&command_test_visit, true);
        default: return command_usage(&command_test_visit, false);
        }
    }
    return run_words(&v, argc - optind, argv + optind, path);
}
