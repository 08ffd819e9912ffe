/* doctor.c -- `telltale doctor`: looks at everything that must be right for the sensor to see and to keep, and says what to do about the rest.
 *
 * The checks are in files beside this one, by what they look at. Each looks for itself: nothing here asks the sensor how it feels, for it may be
 * dead. No check changes anything. Left out: repairing. What is wrong is mostly a cable, a switch's setting or a line in a file, and the remedy
 * says which.
 */
#include "cli/doctor.h"

#include "cli/command.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_S      5
#define LISTEN_MOST_S 600

static int run(int argc, char **argv);

const struct command command_doctor = {
    .name = "doctor",
    .summary = "Checks interface, rights, Redis, lists, clock, disk and notice, and says what to do",
    .synopsis = "[-c FILE] [-o table|json] [--listen SECONDS]",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   table (for a terminal) or json\n"
               "      --listen SECONDS  how long to look at what passes the interface (5; 0: not at all)\n",
    .run = run,
};

static const char *state_word(enum doctor_state s)
{
    static const char *const words[] = {"ok", "note", "warning", "bad"};
    return words[s];
}

static enum doctor_state worst(const struct doctor *d)
{
    enum doctor_state s = DOCTOR_OK;
    for (size_t i = 0; i < d->n; i++)
        if (d->findings[i].state > s)
            s = d->findings[i].state;
    return s;
}

static int write_json(const struct doctor *d)
{
    struct json *root = json_new_object(), *list = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_text(root, "verdict", state_word(worst(d)));
    json_put(root, "findings", list);
    for (size_t i = 0; i < d->n; i++) {
        struct json *row = json_new_object();
        json_append(list, row);
        json_put_text(row, "check", d->findings[i].check);
        json_put_text(row, "state", state_word(d->findings[i].state));
        json_put_text(row, "found", d->findings[i].what);
        json_put_text(row, "remedy", d->findings[i].remedy[0] ? d->findings[i].remedy : NULL);
    }
    int rc = json_write(root, stdout);
    json_free(root);
    return rc;
}

/* Words up to the width, further lines under the first word. */
static void write_wrapped(const char *text, unsigned indent, unsigned width)
{
    unsigned column = indent;
    while (*text) {
        size_t n = strcspn(text, " ");
        unsigned columns = text_columns(text, n);
        if (column > indent && column + 1 + columns > width) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)n, text);
        column += columns;
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void write_table(const struct doctor *d)
{
    static const char *const colours[] = {"\033[32m", "\033[36m", "\033[33m", "\033[1;31m"};
    bool colour = terminal_colour(stdout);
    unsigned width = terminal_width(stdout);
    width = width > 60 ? width : 100;
    for (size_t i = 0; i < d->n; i++) {
        const struct doctor_finding *f = &d->findings[i];
        printf("%s%-8s%s %-11s ", colour ? colours[f->state] : "", state_word(f->state), colour ? "\033[0m" : "", f->check);
        write_wrapped(f->what, 21, width);
        if (f->remedy[0]) {
            printf("%*s", 21, "");
            write_wrapped(f->remedy, 21, width);
        }
    }
    static const char *const ends[] = {"All is well.", "All is well.", "It works; see to the warnings.", "Not well: see to what is bad."};
    printf("\n%s\n", ends[worst(d)]);
}

static void examine(struct doctor *d)
{
    bool readable = config_load(d->config_path, &d->config) == 0;
    if (!readable)
        config_defaults(&d->config);
    doctor_check_settings(d, readable);
    doctor_check_interface(d);
    doctor_check_processes(d);
    doctor_check_store(d);
    doctor_check_lists(d);
    doctor_check_web(d);
    doctor_check_clock(d);
    doctor_check_disk(d);
}

static bool parse_seconds(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out >= 0 && *out <= LISTEN_MOST_S;
}

static int run(int argc, char **argv)
{
    enum { LISTEN = 256 };
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"output", required_argument, NULL, 'o'},
                                          {"listen", required_argument, NULL, LISTEN},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    static struct doctor d;
    bool as_json = false;
    d = (struct doctor){.config_path = CONFIG_DEFAULT_PATH, .listen_s = LISTEN_S};
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_doctor, true);
        if (opt == 'c') {
            d.config_path = optarg;
        } else if (opt == 'o') {
            if (!options_json(optarg, &as_json))
                return EXIT_WRONG_USE;
        } else if (opt == LISTEN && !parse_seconds(optarg, &d.listen_s)) {
            log_error("--listen %s: expected seconds from 0 to %d", optarg, LISTEN_MOST_S);
            return EXIT_WRONG_USE;
        } else if (opt != LISTEN) {
            return command_usage(&command_doctor, false);
        }
    }
    if (optind != argc)
        return command_usage(&command_doctor, false);
    examine(&d);
    int rc = 0;
    if (as_json)
        rc = write_json(&d);
    else
        write_table(&d);
    if (rc == 0 && fflush(stdout) != 0)
        rc = -errno;
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc < 0 || worst(&d) == DOCTOR_BAD ? EXIT_SOME_FAILED : EXIT_DONE;
}
