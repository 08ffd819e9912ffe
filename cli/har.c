/* har.c -- `telltale har`: what a browser's recording shows, which request told whom which page. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "common/config.h"
#include "common/log.h"
#include "feeds/rules.h"
#include "reports/har.h"
#include "reports/lists.h"
#include "reports/proof.h"
#include "store/audit.h"
#include "store/connection.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

static int run(int argc, char **argv);

const struct command command_har = {
    .name = "har",
    .summary = "Reads a browser's recordings and says who was told which page, in which parameter",
    .synopsis = "[-o table|json|csv|html] [--feed FILE]... [--sites FILE]... [--keep SITE [-c FILE]] FILE...",
    .options =
        "  -o, --output FORMAT   table (for a terminal), json, csv or html (one file that stands alone)\n"
        "      --feed FILE       tracker domains on top of the built-in ones (repeatable)\n"
        "      --sites FILE      support sites on top of the built-in ones (repeatable)\n"
        "      --keep SITE       keep what the recordings prove of this support site in the store, redacted\n"
        "  -c, --config FILE     settings of the sensor, for --keep (" CONFIG_DEFAULT_PATH ")\n"
        "  FILE                  a HAR file, as the developer tools of Chrome, Edge, Firefox and Safari save it\n",
    .run = run,
};

/* What is asked for beside the report. */
struct keeping {
    const char *site, *settings;
    struct config config; /* read when a site is named */
};

struct reading {
    struct progress progress;
    double megabytes;
};

static void on_progress(void *context, double share)
{
    struct reading *r = context;
    progress_step(&r->progress, share, (uint64_t)(share * r->megabytes), "MB");
}

static int write_report(enum output output, const struct har_report *r)
{
    int rc;
    struct report_style style = {.colour = terminal_colour(stdout), .width = terminal_width(stdout)};
    switch (output) {
    case OUTPUT_JSON:
        rc = har_write_json(r, stdout);
        break;
    case OUTPUT_CSV:
        rc = har_write_csv(r, stdout);
        break;
    case OUTPUT_HTML:
        rc = har_write_html(r, stdout);
        break;
    default:
        rc = har_write_table(r, &style, stdout);
        break;
    }
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int note(const struct config *c, const char *did, const char *site)
{
    char who[STORE_AUDIT_WHO_MAX], what[160];
    store_audit_account(who);
    snprintf(what, sizeof(what), "a recording of %.100s", site);
    return store_audit_write(c->redis_socket, c->installation, who, did, what);
}

/* One recording; one that is not about the site is no failure if another is. That it is tried is in the record first, then how it went. */
static int keep_one(const struct config *c, const struct har_report *r, size_t i, const char *site, unsigned *kept)
{
    struct store_proof proof;
    int rc = proof_from_har(r, i, site, c->demo, &proof);
    if (rc == -ENOENT)
        return 0;
    if (rc == 0)
        rc = note(c, "tried-to-keep", site);
    if (rc == 0) {
        rc = store_proof_write(c->redis_socket, c->installation, &proof);
        int noted = note(c, rc == 0 ? "kept" : "could-not-keep", site);
        if (rc == 0 && noted < 0)
            log_error("%s was kept, but only that it was tried is in the record", proof.id);
    }
    if (rc == 0)
        log_info("kept %s: what %s proves of %s; the recording itself is not stored", proof.id, r->recordings[i].file, site);
    *kept += rc == 0;
    store_proof_fini(&proof);
    return rc;
}

static int keep(const struct keeping *k, const struct lists *lists, const struct har_report *r)
{
    const struct config *c = &k->config;
    struct listed_site site;
    unsigned kept = 0;
    if (!lists_site(lists, k->site, &site)) {
        log_error("--keep %s: this is not in the list of support sites; --sites FILE adds a table of your own (site, label, category), and so does the page Settings", k->site);
        return EXIT_WRONG_USE;
    }
    if (store_login_set(c->redis_user, c->redis_password_file) < 0)
        return EXIT_WRONG_USE;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < r->recordings_len; i++)
        rc = keep_one(c, r, i, site.site, &kept);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not keep a recording; deploy/redis/make-users makes users who may", c->redis_socket, c->redis_user);
    else if (rc == 0 && kept == 0)
        log_error("--keep %s: none of the pages recorded is one of it; nothing was kept", k->site);
    return rc == 0 && kept > 0 ? EXIT_DONE : EXIT_SOME_FAILED;
}

static int report_files(enum output output, const struct lists *lists, const struct keeping *keeping, int files, char **paths)
{
    const struct har_rules rules = {.trackers = lists->trackers, .sites = lists->sites};
    struct har_report report;
    int status = EXIT_DONE;
    har_report_init(&report);
    report.feeds = strdup(lists_provenance(lists));
    for (int i = 0; i < files; i++) {
        struct reading reading = {.megabytes = 0};
        struct stat st;
        if (stat(paths[i], &st) == 0)
            reading.megabytes = (double)st.st_size / 1e6;
        progress_begin(&reading.progress, paths[i]);
        if (har_read_file(&report, &rules, paths[i], on_progress, &reading) < 0)
            status = EXIT_SOME_FAILED;
        progress_end(&reading.progress);
    }
    for (size_t i = 0; i < report.recordings_len; i++)
        if (report.recordings[i].unreadable > 0)
            status = EXIT_SOME_FAILED;
    /* Nothing could be read: a report would only look like an all-clear. */
    if ((status == EXIT_DONE || report.requests_len > 0) && write_report(output, &report) != EXIT_DONE)
        status = EXIT_SOME_FAILED;
    if (keeping->site && report.recordings_len > 0) {
        int kept = keep(keeping, lists, &report);
        status = kept == EXIT_DONE ? status : kept;
    }
    har_report_fini(&report);
    return status;
}

/* EXIT_DONE to go on; -1 when --help was answered. */
static int parse(int argc, char **argv, enum output *output, struct file_list *feeds, struct file_list *sites, struct keeping *keeping)
{
    enum { FEED = 256, SITES, KEEP };
    static const struct option longs[] = {{"output", required_argument, NULL, 'o'},
                                          {"feed", required_argument, NULL, FEED},
                                          {"sites", required_argument, NULL, SITES},
                                          {"keep", required_argument, NULL, KEEP},
                                          {"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool ok = true;
    for (int opt; ok && (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'o':
            ok = options_output(optarg, output);
            break;
        case FEED:
            ok = file_list_add(feeds, optarg);
            break;
        case SITES:
            ok = file_list_add(sites, optarg);
            break;
        case KEEP:
            keeping->site = optarg;
            break;
        case 'c':
            keeping->settings = optarg;
            break;
        case 'h':
            command_usage(&command_har, true);
            return -1;
        default:
            return command_usage(&command_har, false);
        }
    }
    if (!ok)
        return EXIT_WRONG_USE;
    return optind == argc ? command_usage(&command_har, false) : EXIT_DONE;
}

/* A report alone needs no settings: the built-in lists, and files. To keep something needs the sensor's, and so its lists. */
static int load(const struct keeping *k, const struct lists_more *more, struct lists *out)
{
    if (k->site)
        return lists_load_more(&k->config, more, out);
    int rc = rules_load_trackers(more->feeds, more->feeds_len, &out->trackers);
    return rc == 0 ? rules_load_sites(more->sites, more->sites_len, &out->sites) : rc;
}

static int run(int argc, char **argv)
{
    enum output output = OUTPUT_TABLE;
    struct file_list feeds = {.len = 0}, sites = {.len = 0};
    struct lists lists = {0};
    struct keeping keeping = {.site = NULL};
    int status = parse(argc, argv, &output, &feeds, &sites, &keeping);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    if (keeping.site && config_load(keeping.settings ? keeping.settings : CONFIG_DEFAULT_PATH, &keeping.config) < 0)
        return EXIT_WRONG_USE;
    if (load(&keeping, &(struct lists_more){feeds.paths, sites.paths, feeds.len, sites.len}, &lists) == 0)
        status = report_files(output, &lists, &keeping, argc - optind, argv + optind);
    else
        status = EXIT_SOME_FAILED;
    lists_free(&lists);
    return status;
}
