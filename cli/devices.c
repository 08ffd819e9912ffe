/* devices.c -- `telltale devices`: which devices were seen today, and what the school calls those that it owns. */
#include "cli/devices.h"

#include "cli/command.h"
#include "cli/options.h"
#include "cli/paper.h"
#include "common/log.h"
#include "store/connection.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_devices = {
    .name = "devices",
    .summary = "Lists today's devices, and labels those that the school owns",
    .synopsis = "[-c FILE] list [-o table|json|csv] | label [--yes] [MAC LABEL | --remove MAC]",
    .options = "  list                  today's devices as the sensor stored them: made-up name, label, hours, contacts\n"
               "  label MAC LABEL       calls the device with this hardware address so, such as \"Library PC 3\"; asks first.\n"
               "                        Only what the school owns and many people use, and never a person's name\n"
               "  label                 the labels there are\n"
               "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "  -o, --output FORMAT   of the list: table, json or csv\n"
               "      --remove MAC      takes its label away\n"
               "      --yes             does not ask\n",
    .run = run,
};

struct options {
    const char *config_path, *remove, *verb;
    enum devices_format format;
    bool yes, has_format;
    int words;    /* behind the verb */
    char **word;
};

static bool parse_format(struct options *o, const char *text)
{
    static const char *const words[] = {"table", "json", "csv"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, words[i]) == 0) {
            o->format = (enum devices_format)i;
            return o->has_format = true;
        }
    log_error("-o %s: expected table, json or csv", text);
    return false;
}

/* EXIT_DONE to go on; -1 when --help was answered. */
static int parse(int argc, char **argv, struct options *o)
{
    enum { REMOVE = 256, YES };
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'}, {"remove", required_argument, NULL, REMOVE},
                                          {"yes", no_argument, NULL, YES},          {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    for (int opt; (opt = getopt_long(argc, argv, "c:o:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': o->config_path = optarg; break;
        case 'o':
            if (!parse_format(o, optarg))
                return EXIT_WRONG_USE;
            break;
        case REMOVE: o->remove = optarg; break;
        case YES: o->yes = true; break;
        case 'h': command_usage(&command_devices, true); return -1;
        default: return command_usage(&command_devices, false);
        }
    }
    if (optind == argc)
        return command_usage(&command_devices, false);
    o->verb = argv[optind];
    o->words = argc - optind - 1;
    o->word = argv + optind + 1;
    return EXIT_DONE;
}

static int run_label(const struct options *o, const struct config *c)
{
    if (o->has_format || o->words == 1 || o->words > 2 || (o->remove && o->words > 0))
        return command_usage(&command_devices, false);
    if (!o->remove && o->words == 0)
        return devices_labels(c);
    return o->remove ? devices_label(c, o->remove, NULL, o->yes) : devices_label(c, o->word[0], o->word[1], o->yes);
}

static int run(int argc, char **argv)
{
    struct options o = {.format = DEVICES_TABLE};
    struct config c;
    int status = parse(argc, argv, &o);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    bool list = strcmp(o.verb, "list") == 0;
    if ((!list && strcmp(o.verb, "label") != 0) || (list && (o.words > 0 || o.remove || o.yes)))
        return command_usage(&command_devices, false);
    if (options_settings(o.config_path, &c) < 0 || store_login_set(c.redis_user, c.redis_password_file) < 0)
        return EXIT_WRONG_USE;
    return list ? devices_list(&c, o.format) : run_label(&o, &c);
}
