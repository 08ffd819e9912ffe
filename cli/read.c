/* read.c -- `telltale read`: the whole pipeline on saved captures, with no Redis. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/replay.h"
#include "cli/replay_report.h"
#include "cli/terminal.h"
#include "common/log.h"
#include "feeds/rules.h"
#include "reports/day_summary.h"
#include "sensor/places.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_read = {
    .name = "read",
    .summary = "Reads saved captures and reports which trackers were contacted",
    .synopsis = "[-o table|json|csv|html] [--devices pseudonym|mac] [--feed FILE]... [--sites FILE]... [--places FILE]... [--labels FILE] [--visit-gap S] CAPTURE...",
    .options = "  -o, --output FORMAT   table (for a terminal), json, csv or html (a summary)\n"
               "      --devices WHICH   pseudonym: devices are numbers and what could point at a child is left out;\n"
               "                        mac: everything, for an operator's own capture\n"
               "      --feed FILE       tracker domains on top of the built-in ones (repeatable)\n"
               "      --sites FILE      support sites on top of the built-in ones (repeatable)\n"
               "      --places FILE     country or network database, MaxMind DB of any vendor (repeatable)\n"
               "      --labels FILE     labels of devices that the school owns, as `telltale devices label` writes them\n"
               "      --visit-gap S     seconds without a site after which it counts as a new visit (60)\n"
               "  CAPTURE               pcap or pcapng; - is standard input\n",
    .run = run,
};

struct options {
    enum output output;
    enum collect_view view;
    struct file_list feeds, sites, places;
    const char *labels;
    uint64_t visit_gap_s;
};

static bool parse_devices(const char *word, enum collect_view *out)
{
    if (strcmp(word, "mac") == 0)
        *out = COLLECT_EVERYTHING;
    else if (strcmp(word, "pseudonym") == 0)
        *out = COLLECT_GUARDED;
    else {
        log_error("--devices %s: expected pseudonym or mac", word);
        return false;
    }
    return true;
}

static bool parse_gap(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno || n < 1 || n > 86400) {
        log_error("--visit-gap %s: expected a number of seconds from 1 to 86400", text);
        return false;
    }
    *out = n;
    return true;
}

/* EXIT_DONE to go on; -1 when --help was answered. */
static int parse(int argc, char **argv, struct options *o)
{
    enum { DEVICES = 256, FEED, SITES, PLACES, LABELS, GAP };
    static const struct option longs[] = {{"output", required_argument, NULL, 'o'},      {"devices", required_argument, NULL, DEVICES},
                                          {"feed", required_argument, NULL, FEED},       {"sites", required_argument, NULL, SITES},
                                          {"places", required_argument, NULL, PLACES},   {"visit-gap", required_argument, NULL, GAP},
                                          {"labels", required_argument, NULL, LABELS},
                                          {"help", no_argument, NULL, 'h'},            {NULL, 0, NULL, 0}};
    bool ok = true;
    for (int opt; ok && (opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'o': ok = options_output(optarg, &o->output); break;
        case DEVICES: ok = parse_devices(optarg, &o->view); break;
        case FEED: ok = file_list_add(&o->feeds, optarg); break;
        case SITES: ok = file_list_add(&o->sites, optarg); break;
        case PLACES: ok = file_list_add(&o->places, optarg); break;
        case LABELS: o->labels = optarg; break;
        case GAP: ok = parse_gap(optarg, &o->visit_gap_s); break;
        case 'h': command_usage(&command_read, true); return -1;
        default: return command_usage(&command_read, false);
        }
    }
    if (!ok)
        return EXIT_WRONG_USE;
    return optind == argc ? command_usage(&command_read, false) : EXIT_DONE;
}

static int write_report(const struct options *o, const struct capture_report *r)
{
    int rc;
    if (o->output == OUTPUT_JSON) {
        rc = report_write_json(r, stdout);
    } else if (o->output == OUTPUT_CSV) {
        rc = report_write_csv(r, stdout);
    } else if (o->output == OUTPUT_HTML) {
        struct day_summary summary;
        day_summary_init(&summary);
        day_summary_from_capture(&summary, r);
        rc = summary_write_html(&summary, false, stdout);
        day_summary_fini(&summary);
    } else {
        struct report_style style = {.colour = terminal_colour(stdout), .width = terminal_width(stdout)};
        rc = report_write_table(r, &style, stdout);
    }
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int report_captures(const struct options *o, const struct replay_request *q, int files, const char *const *paths)
{
    struct capture_report report;
    capture_report_init(&report);
    int status = replay_report(q, (size_t)files, paths, &report);
    /* Nothing could be read: a report would only look like an all-clear. */
    bool nothing = report.files_failed == report.files_len && report.packets == 0;
    if (!nothing && write_report(o, &report) != EXIT_DONE)
        status = EXIT_SOME_FAILED;
    capture_report_fini(&report);
    return status;
}

/* NULL after saying why. */
static struct places *open_places(const struct file_list *files)
{
    struct places *places = places_new();
    for (size_t i = 0; places && i < files->len; i++) {
        if (places_add(places, files->paths[i], 0) == 0)
            continue;
        places_free(places);
        return NULL;
    }
    if (!places)
        log_error("out of memory");
    return places;
}

/* NULL for none; false after saying why. */
static bool open_labels(const char *path, struct device_labels **out)
{
    if (!path)
        return true;
    if (!(*out = malloc(sizeof(**out)))) {
        log_error("out of memory");
        return false;
    }
    int rc = device_labels_load(*out, path);
    if (rc == -ENOENT)
        log_error("%s: %s", path, strerror(ENOENT));
    return rc == 0;
}

static int run(int argc, char **argv)
{
    struct options o = {.output = OUTPUT_TABLE, .view = COLLECT_GUARDED};
    struct feed_set *trackers = NULL;
    struct site_set *sites = NULL;
    struct places *places = NULL;
    struct device_labels *labels = NULL;
    int status = parse(argc, argv, &o);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    replay_catch_interrupt();
    if (rules_load_trackers(o.feeds.paths, o.feeds.len, &trackers) < 0 || rules_load_sites(o.sites.paths, o.sites.len, &sites) < 0 ||
        !(places = open_places(&o.places)) || !open_labels(o.labels, &labels))
        status = EXIT_SOME_FAILED;
    else
        status = report_captures(&o, &(struct replay_request){trackers, sites, places, o.view, o.visit_gap_s, labels}, argc - optind,
                                 (const char *const *)argv + optind);
    free(labels);
    places_free(places);
    feed_set_free(trackers);
    site_set_free(sites);
    return status;
}
