/* notice.c -- `telltale notice` and `telltale dpia`: what people are told, and what those who decide need to know. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/paper.h"
#include "cli/terminal.h"
#include "common/log.h"
#include "reports/document_text.h"
#include "reports/dpia.h"
#include "reports/html.h"
#include "reports/legal.h"

#include <getopt.h>
#include <string.h>

static int run_notice(int argc, char **argv);
static int run_dpia(int argc, char **argv);

const struct command command_notice = {
    .name = "notice",
    .summary = "Writes the notice for the people on the network, from the settings",
    .synopsis = "[-c FILE] [-o html|text] [--poster]",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   html (one A4 page) or text\n"
               "      --poster          a poster for the wall; else a page that a child of eleven can read\n",
    .run = run_notice,
};

const struct command command_dpia = {
    .name = "dpia",
    .summary = "Drafts a data protection impact assessment",
    .synopsis = "[-c FILE] [-o html|text] [--for school|youth-centre]",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   html or text\n"
               "      --for PLACE       school or youth-centre\n",
    .run = run_dpia,
};

struct options {
    const char *settings;
    enum paper_format format;
    enum notice_kind kind;
    enum dpia_place place;
};

/* EXIT_DONE to go on; -1 when --help was answered. */
static int parse(const struct command *c, int argc, char **argv, struct options *o)
{
    enum { POSTER = 256, PLACE };
    static const struct option for_notice[] = {{"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'},
                                               {"poster", no_argument, NULL, POSTER},    {"help", no_argument, NULL, 'h'},
                                               {NULL, 0, NULL, 0}};
    static const struct option for_dpia[] = {{"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'},
                                             {"for", required_argument, NULL, PLACE},  {"help", no_argument, NULL, 'h'},
                                             {NULL, 0, NULL, 0}};
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", c == &command_dpia ? for_dpia : for_notice, NULL)) != -1;) {
        switch (opt) {
        case 'h': command_usage(c, true); return -1;
        case 'c': o->settings = optarg; break;
        case 'o':
            if (!paper_format_from_word(optarg, &o->format))
                return EXIT_WRONG_USE;
            break;
        case POSTER: o->kind = NOTICE_POSTER; break;
        case PLACE:
            if (dpia_place_from_word(optarg, &o->place))
                break;
            log_error("--for %s: expected school or youth-centre", optarg);
            return EXIT_WRONG_USE;
        default: return command_usage(c, false);
        }
    }
    return optind == argc ? EXIT_DONE : command_usage(c, false);
}

static int ended(int rc)
{
    if (rc < 0)
        log_error("standard output: %s", strerror(-rc));
    return rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static struct report_style style(void)
{
    unsigned width = terminal_width(stdout);
    return (struct report_style){.colour = terminal_colour(stdout), .width = width ? width : 100};
}

static int run_notice(int argc, char **argv)
{
    struct options o = {.format = PAPER_HTML};
    struct config config;
    struct document d;
    int status = parse(&command_notice, argc, argv, &o);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    if (options_settings(o.settings, &config) < 0)
        return EXIT_WRONG_USE;
    struct notice_facts facts = paper_facts(&config);
    if (notice_is_draft(&facts))
        log_warning("the notice is a DRAFT with empty lines: fill in controller, url and since under [notice] in %s", o.settings ? o.settings : CONFIG_DEFAULT_PATH);
    notice_fill(&d, o.kind, &facts);
    struct report_style s = style();
    int rc = o.format == PAPER_HTML ? notice_write_html(&d, o.kind, stdout) : notice_write_text(&d, &s, stdout);
    document_fini(&d);
    return ended(rc);
}

static int run_dpia(int argc, char **argv)
{
    struct options o = {.format = PAPER_HTML};
    struct config config;
    struct document d;
    int status = parse(&command_dpia, argc, argv, &o);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    if (options_settings(o.settings, &config) < 0)
        return EXIT_WRONG_USE;
    if (legal_load() < 0)
        return EXIT_SOME_FAILED;
    struct notice_facts facts = paper_facts(&config);
    dpia_fill(&d, o.place, &facts);
    struct report_style s = style();
    int rc = o.format == PAPER_HTML ? html_write(&d, stdout) : document_write_text(&d, &s, stdout);
    document_fini(&d);
    return ended(rc);
}
