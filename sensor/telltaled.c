/* telltaled.c -- the sensor's command line: capture, publish, or both under the supervisor. */
#include "common/config.h"
#include "common/log.h"
#include "common/start_pace.h"
#include "sensor/capture_process.h"
#include "sensor/publisher.h"
#include "sensor/supervisor.h"

#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WRONG_USE = 2 };
enum role { ROLE_BOTH, ROLE_CAPTURE, ROLE_PUBLISH };

struct invocation {
    enum role role;
    const char *config_path; /* NULL: the default one, if it is there */
    struct capture_source source;
    const char *setting; /* the one to be printed */
    bool check_config, done;
};

static void usage(FILE *out)
{
    fputs("usage: telltaled [capture|publish] [-c FILE] [-i IFACE | -r CAPTURE [--pace]] [--check-config]\n", out);
}

static void help(void)
{
    usage(stdout);
    fputs("\n"
          "The sensor. Without a word it runs both of its processes and restarts whichever dies.\n\n"
          "  capture               only the process that reads packets\n"
          "  publish               only the process that stores what was seen\n"
          "  -c, --config FILE     settings (" CONFIG_DEFAULT_PATH ")\n"
          "  -i, --interface IFACE listen on a network interface\n"
          "  -r, --replay CAPTURE  read a pcap or pcapng file instead\n"
          "      --pace            with the capture's own timing\n"
          "      --check-config    say whether the settings are right, and end\n"
          "      --setting NAME    print what a setting is, such as store.installation, and end\n"
          "      --example-config  print a file with every setting at its default, and end\n"
          "      --version         print the version, and end\n\n"
          "Settings:\n",
          stdout);
    config_print_help(stdout);
}

/* EXIT_DONE to go on (or i->done). */
static int parse(int argc, char **argv, struct invocation *i)
{
    enum { PACE = 256, CHECK, EXAMPLE, SETTING, VERSION };
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"interface", required_argument, NULL, 'i'},
                                          {"replay", required_argument, NULL, 'r'}, {"pace", no_argument, NULL, PACE},
                                          {"check-config", no_argument, NULL, CHECK}, {"example-config", no_argument, NULL, EXAMPLE},
                                          {"setting", required_argument, NULL, SETTING}, {"version", no_argument, NULL, VERSION},
                                          {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    for (int opt; (opt = getopt_long(argc, argv, "c:i:r:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': i->config_path = optarg; break;
        case 'i': i->source.interface = optarg; break;
        case 'r': i->source.file = optarg; break;
        case PACE: i->source.pace = true; break;
        case CHECK: i->check_config = true; break;
        case SETTING: i->setting = optarg; break;
        case 'h': help(); i->done = true; return EXIT_DONE;
        case EXAMPLE: config_print_example(stdout); i->done = true; return EXIT_DONE;
        case VERSION: puts("telltaled " TELLTALE_VERSION); i->done = true; return EXIT_DONE;
        default: usage(stderr); return EXIT_WRONG_USE;
        }
    }
    if (optind < argc && strcmp(argv[optind], "capture") == 0)
        i->role = ROLE_CAPTURE;
    else if (optind < argc && strcmp(argv[optind], "publish") == 0)
        i->role = ROLE_PUBLISH;
    else if (optind < argc) {
        log_error("%s: expected capture, publish or nothing; `telltaled --help` explains", argv[optind]);
        return EXIT_WRONG_USE;
    }
    if (optind + 1 < argc) {
        log_error("%s: one word at most; `telltaled --help` explains", argv[optind + 1]);
        return EXIT_WRONG_USE;
    }
    return EXIT_DONE;
}

static int load_config(const struct invocation *i, struct config *c)
{
    const char *path = i->config_path ? i->config_path : CONFIG_DEFAULT_PATH;
    if (!i->config_path && access(path, F_OK) < 0) {
        config_defaults(c);
        return EXIT_DONE;
    }
    return config_load(path, c) < 0 ? EXIT_WRONG_USE : EXIT_DONE;
}

/* For scripts, which would otherwise read the file in a way of their own. */
static int print_setting(const struct config *c, const char *name)
{
    char value[CONFIG_TEXT_MAX];
    if (config_value(c, name, value))
        return puts(value) < 0 || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE;
    log_error("--setting %s: there is no such setting; expected section and key, such as store.installation (`telltaled --help` lists them)", name);
    return EXIT_WRONG_USE;
}

/* What must hold before anything is opened. */
static int check(struct invocation *i, const struct config *c)
{
    if (i->source.interface && i->source.file) {
        log_error("-i %s and -r %s: one or the other", i->source.interface, i->source.file);
        return EXIT_WRONG_USE;
    }
    if (i->source.file)
        return EXIT_DONE;
    if (!i->source.interface)
        i->source.interface = c->interface;
    if (!i->source.interface[0] && i->role != ROLE_PUBLISH) {
        log_error("no interface: name one with -i IFACE or [capture] interface; `ip link` lists them");
        return EXIT_WRONG_USE;
    }
    return config_check_live(c, i->config_path ? i->config_path : CONFIG_DEFAULT_PATH) < 0 ? EXIT_WRONG_USE : EXIT_DONE;
}

static int run(const struct invocation *i, const struct config *c, char *const *arguments)
{
    switch (i->role) {
    case ROLE_CAPTURE: return capture_process_run(c, &i->source);
    case ROLE_PUBLISH: return publisher_run(c, i->source.file != NULL);
    default: return supervisor_run(arguments, c->run_dir, i->source.file != NULL);
    }
}

int main(int argc, char **argv)
{
    static const char *const names[] = {[ROLE_BOTH] = "telltaled", [ROLE_CAPTURE] = "telltaled capture", [ROLE_PUBLISH] = "telltaled publish"};
    struct invocation i = {.role = ROLE_BOTH};
    struct config c;
    prctl(PR_SET_NAME, "telltaled"); /* the supervisor starts us as /proc/self/exe */
    log_init("telltaled", LOG_LEVEL_INFO);
    int status = parse(argc, argv, &i);
    if (status != EXIT_DONE || i.done)
        return status;
    log_init(names[i.role], LOG_LEVEL_INFO);
    if (sodium_init() < 0) {
        log_error("libsodium cannot be used: no source of random numbers");
        return EXIT_FAILED;
    }
    if ((status = load_config(&i, &c)) != EXIT_DONE)
        return status;
    if (i.setting)
        return print_setting(&c, i.setting);
    if ((status = check(&i, &c)) != EXIT_DONE)
        return status;
    if (i.check_config) {
        puts("the settings are right");
        return EXIT_DONE;
    }
    start_pace_keep();
    return run(&i, &c, argv + 1);
}
