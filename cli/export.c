/* export.c -- `telltale export`: what the sensor stored of a day or a range of days, as a file to hand on.
 *
 * How it is read, noted and written: export_days.h. The same every morning, without anybody: daily.c.
 */
#include "cli/command.h"
#include "cli/export_days.h"
#include "cli/options.h"
#include "cli/paper.h"
#include "common/config.h"
#include "common/log.h"
#include "common/period.h"
#include "reports/lists.h"
#include "reports/summary_store.h"
#include "store/connection.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_export = {
    .name = "export",
    .summary = "Writes the summary of a day or some days as CSV, JSON, HTML or PDF",
    .synopsis = "[-c FILE] [--day DAY | --from DAY --to DAY | --week [DAY] | --term [TERM]] [-o csv|json|html|pdf] [--out FILE] [--all]",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "      --day DAY         one local day, YYYY-MM-DD (yesterday, if nothing else is said)\n"
               "      --from DAY        the first of several days\n"
               "      --to DAY          the last of them\n"
               "      --week [DAY]      the week, Monday to Sunday, that has this day (the last whole week)\n"
               "      --term [TERM]     a term, such as 2026-T3, or the one that has this day (the last whole term)\n"
               "  -o, --output FORMAT   csv, json, html or pdf (by the ending of FILE, else html)\n"
               "      --out FILE        the file to write (standard output)\n"
               "      --all             every row, however many pages that takes\n",
    .run = run,
};

struct export_request {
    const char *config_path, *day, *from, *to, *week, *term, *out;
    bool weekly, by_term, all;
    int format; /* -1: not said */
    char first[DAYS_TEXT], last[DAYS_TEXT];
};

/* What is asked for -------------------------------------------------------------------------------------------------- */

static bool date_of(const char *text, const char *option, int32_t *out)
{
    if (days_number(text, out))
        return true;
    log_error("%s %s: expected a day such as 2026-11-22", option, text);
    return false;
}

/* A term by its name, or that has this day; of one that goes on the days so far. */
static bool settle_term(const struct export_request *q, int32_t *first, int32_t *last)
{
    struct period term;
    char day[DAYS_TEXT];
    int32_t today = export_today();
    days_text(today, day);
    bool found = period_of(q->term ? q->term : day, PERIOD_TERM, &term) || (q->term && period_read(q->term, &term) && term.kind == PERIOD_TERM);
    if (found && !q->term) { /* the one before this */
        period_day_moved(term.first, -1, day);
        found = period_of(day, PERIOD_TERM, &term);
    }
    if (!found || !days_number(term.first, first) || !days_number(term.last, last)) {
        log_error("--term %s: expected a term such as 2026-T3, or a day of one", q->term ? q->term : "");
        return false;
    }
    if (*first > today) {
        log_error("--term %s: it begins on %s", term.name, term.first);
        return false;
    }
    if (*last >= today) {
        log_warning("%s goes on until %s: these are its days so far, and what waits for its end is not in them", term.name, term.last);
        *last = today;
    }
    return true;
}

/* Settles the first and last day. */
static bool settle_days(struct export_request *q)
{
    int32_t first, last;
    if ((q->day != NULL) + (q->from != NULL || q->to != NULL) + q->weekly + q->by_term > 1) {
        log_error("export: one of --day, --from with --to, --week and --term, not several");
        return false;
    }
    if (q->from || q->to) {
        if (!q->from || !q->to) {
            log_error("export: --from and --to belong together");
            return false;
        }
        if (!date_of(q->from, "--from", &first) || !date_of(q->to, "--to", &last))
            return false;
    } else if (q->by_term) {
        if (!settle_term(q, &first, &last))
            return false;
    } else if (q->weekly) {
        first = export_today() - 7;
        if (q->week && !date_of(q->week, "--week", &first))
            return false;
        struct period week;
        char day[DAYS_TEXT];
        days_text(first, day);
        if (!period_of(day, PERIOD_WEEK, &week) || !days_number(week.first, &first) || !days_number(week.last, &last))
            return false;
    } else {
        first = export_today() - 1;
        if (q->day && !date_of(q->day, "--day", &first))
            return false;
        last = first;
    }
    days_text(first, q->first);
    days_text(last, q->last);
    if (last < first || last - first >= SUMMARY_DAYS_MOST) {
        log_error("export: %s to %s: expected the earlier day first, and %d days at most", q->first, q->last, SUMMARY_DAYS_MOST);
        return false;
    }
    return true;
}

static bool settle_format(struct export_request *q)
{
    const char *ending = q->out ? strrchr(q->out, '.') : NULL;
    if (q->format < 0 && ending)
        q->format = export_format_of(ending + 1);
    if (q->format < 0 && q->out) {
        log_error("--out %s: the ending does not say which format; say -o csv, json, html or pdf", q->out);
        return false;
    }
    if (q->format < 0)
        q->format = EXPORT_HTML;
    if (q->format == EXPORT_PDF && !q->out && isatty(STDOUT_FILENO)) {
        log_error("a terminal cannot show PDF; name a file with --out");
        return false;
    }
    return true;
}

/* EXIT_DONE to go on; -1 when --help was answered. */
static int parse(int argc, char **argv, struct export_request *q)
{
    enum { DAY = 256, FROM, TO, WEEK, TERM, OUT, ALL };
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'}, {"day", required_argument, NULL, DAY},
                                          {"from", required_argument, NULL, FROM},  {"to", required_argument, NULL, TO},      {"week", optional_argument, NULL, WEEK},
                                          {"term", optional_argument, NULL, TERM},
                                          {"out", required_argument, NULL, OUT},    {"all", no_argument, NULL, ALL},          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    q->format = -1;
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': q->config_path = optarg; break;
        case 'o':
            if ((q->format = export_format_of(optarg)) < 0) {
                log_error("-o %s: expected csv, json, html or pdf", optarg);
                return EXIT_WRONG_USE;
            }
            break;
        case DAY: q->day = optarg; break;
        case FROM: q->from = optarg; break;
        case TO: q->to = optarg; break;
        case WEEK:
            q->weekly = true;
            if (!optarg && optind < argc && argv[optind][0] != '-') /* a day behind a blank: no other argument may stand there */
                optarg = argv[optind++];
            q->week = optarg;
            break;
        case TERM:
            q->by_term = true;
            if (!optarg && optind < argc && argv[optind][0] != '-')
                optarg = argv[optind++];
            q->term = optarg;
            break;
        case OUT: q->out = optarg; break;
        case ALL: q->all = true; break;
        case 'h': command_usage(&command_export, true); return -1;
        default: return command_usage(&command_export, false);
        }
    }
    if (optind != argc)
        return command_usage(&command_export, false);
    return settle_days(q) && settle_format(q) ? EXIT_DONE : EXIT_WRONG_USE;
}

/* All of it ---------------------------------------------------------------------------------------------------------- */

static int write_out(const struct export_request *q, const struct day_summary *s)
{
    enum export_format f = (enum export_format)q->format;
    if (q->out)
        return export_write_file(s, f, q->all, q->out);
    int rc = export_write(s, f, q->all, stdout);
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc;
}

static int export_all(const struct export_days *e, const struct export_request *q)
{
    struct day_summary s;
    char what[100];
    snprintf(what, sizeof(what), "summary of %s to %s as %s", q->first, q->last, export_format_word((enum export_format)q->format));
    int rc = export_note(e->config, "exported", what);
    if (rc < 0)
        return rc;
    day_summary_init(&s);
    rc = export_read(e, q->first, q->last, &s);
    if (rc == 0)
        rc = write_out(q, &s);
    day_summary_fini(&s);
    if (rc < 0)
        export_note(e->config, "could-not-export", what);
    return rc;
}

static int run(int argc, char **argv)
{
    struct export_request q = {0};
    struct config c;
    struct lists lists = {0};
    int status = parse(argc, argv, &q);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    if (options_settings(q.config_path, &c) < 0 || store_login_set(c.redis_user, c.redis_password_file) < 0)
        return EXIT_WRONG_USE;
    if (lists_load(&c, &lists) < 0 || export_all(&(struct export_days){&c, lists.trackers, lists.sites, true}, &q) < 0)
        status = EXIT_SOME_FAILED;
    lists_free(&lists);
    return status;
}
