/* setup.c -- `telltale setup`: asks what only a person can know, and writes it into the settings.
 *
 * Which interface, which side of it is the LAN, who answers for the sensor and where people were told, and whether the dashboard is for this
 * machine or for the network. Everything else has a default that is right for a school.
 * With a terminal it asks what no option gave, offering what the settings have or the machine suggests. Without one, or with --yes, it takes the
 * options, then the settings, then the suggestions, and says what is missing: so a machine can be set up by a script. Who answers and
 * where the notice is are never suggested: somebody has to know.
 * All changes are written at once (common/config_edit.h), then the units are started again.
 */
#include "cli/setup.h"

#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/program.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/config_edit.h"
#include "common/first_code.h"
#include "common/log.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MEASURE_S 3
#define WEB_USER  "telltale-web"
#define PREPARE   "/usr/lib/telltale/prepare"

static int run(int argc, char **argv);

const struct command command_setup = {
    .name = "setup",
    .summary = "Asks which interface to listen to and who answers for it, and writes the settings",
    .synopsis = "[-c FILE] [--list] [--interface IFACE] [--lan PREFIXES] [--controller TEXT] [--notice-url URL] [--notice-since DATE]\n"
                "                      [--web-listen ADDRESS] [--web-hosts NAMES] [--yes] [--no-start]",
    .options = "  -c, --config FILE        settings to write (" CONFIG_DEFAULT_PATH ")\n"
               "      --list               list the interfaces with their traffic, and end\n"
               "      --interface IFACE    the interface that faces the devices\n"
               "      --lan PREFIXES       the LAN side, such as \"10.20.0.0/16\"; \"\": private addresses\n"
               "      --controller TEXT    who answers for the sensor\n"
               "      --notice-url URL     where the people on the network can read what is seen\n"
               "      --notice-since DATE  since when they have been told, YYYY-MM-DD\n"
               "      --web-listen ADDRESS where the dashboard listens: 127.0.0.1, or 0.0.0.0 for the network\n"
               "      --web-hosts NAMES    names under which browsers reach the dashboard\n"
               "      --yes                ask nothing: what no option gives stays, or is as suggested\n"
               "      --no-start           do not start the units again\n",
    .run = run,
};

/* The dialogue ----------------------------------------------------------------------------------------------------- */

static void show_interfaces(const struct interfaces *all, const struct interface *suggested)
{
    printf("  %-15s %-17s %-9s %12s  %s\n", "Interface", "Kind", "Link", "Packets/s", "Networks");
    for (size_t k = 0; k < all->n; k++) {
        const struct interface *i = &all->at[k];
        char networks[160];
        interface_prefixes_text(i, networks, sizeof(networks));
        printf("%c %-15s %-17s %-9s %12.0f  %s%s\n", i == suggested ? '*' : ' ', i->name, interface_kind_phrase(i->kind), !i->up ? "off" : i->carrier ? "up" : "no cable", i->packets_per_s, networks,
               i->is_default_route ? "  (towards the internet)" : "");
    }
}

/* Reads an answer; an empty one is what is offered. False at the end of input. */
static bool ask(const char *question, const char *offered, char answer[CONFIG_TEXT_MAX])
{
    char line[CONFIG_TEXT_MAX + 2];
    printf(offered[0] ? "%s [%s]: " : "%s: ", question, offered);
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        return false;
    size_t n = strcspn(line, "\r\n");
    bool too_long = line[n] == '\0' && n == sizeof(line) - 1;
    line[n] = '\0';
    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
        line[--n] = '\0';
    const char *begin = line + strspn(line, " \t");
    snprintf(answer, CONFIG_TEXT_MAX, "%s", *begin ? begin : offered);
    if (too_long)
        for (int ch; (ch = getchar()) != '\n' && ch != EOF;)
            ;
    return true;
}

static bool settle(struct setup *s, enum setup_answer which);

/* Until the answer will do. False at the end of input. */
static bool ask_until_right(struct setup *s, enum setup_answer which)
{
    char reason[SETUP_REASON_MAX];
    for (;;) {
        char answer[CONFIG_TEXT_MAX];
        if (!ask(setup_question(which), s->value[which], answer))
            return false;
        if (setup_check(s, which, answer, reason)) {
            snprintf(s->value[which], CONFIG_TEXT_MAX, "%s", answer);
            return true;
        }
        printf("  %s\n", reason);
    }
}

static bool settle(struct setup *s, enum setup_answer which)
{
    char reason[SETUP_REASON_MAX];
    if (s->given[which] || !s->interactive) {
        if (setup_check(s, which, s->value[which], reason))
            return true;
        log_error("setup: %s: %s", setup_option(which), reason);
        return false;
    }
    return ask_until_right(s, which);
}

static bool dialogue(struct setup *s)
{
    if (s->interactive) {
        printf("The interface that the devices' traffic passes. On a gateway the one that faces the devices, not the internet;\nwith a mirror port the one that the cable from the switch is in. Counting for %d seconds ...\n\n", MEASURE_S);
        sleep(MEASURE_S);
        interfaces_measure(&s->interfaces);
        show_interfaces(&s->interfaces, interfaces_suggest(&s->interfaces));
        putchar('\n');
    }
    setup_suggest(s);
    for (enum setup_answer a = 0; a < SETUP_ANSWERS; a++) {
        if (s->interactive && !s->given[a] && setup_why(a))
            printf("%s\n", setup_why(a));
        if (!settle(s, a)) {
            if (s->interactive)
                log_error("setup: nothing was changed");
            return false;
        }
        if (a == SETUP_INTERFACE)
            setup_suggest(s);
    }
    return true;
}

/* Afterwards ------------------------------------------------------------------------------------------------------- */

/* Only for the machine's own settings, by root, where systemd runs. False: nothing was started. */
static bool start_units(const struct setup *s)
{
    const char *const restart[] = {"systemctl", "restart", "telltale-redis.service", "telltale-publish.service", "telltale-capture.service", "telltale-web.service", NULL};
    if (s->no_start || geteuid() != 0 || strcmp(s->path, CONFIG_DEFAULT_PATH) != 0 || access("/run/systemd/system", F_OK) < 0)
        return false;
    int rc = program_run(restart, NULL, 0, 120000);
    if (rc != 0)
        log_error("setup: the units could not all be started: `systemctl status 'telltale-*'` says which and why");
    return rc == 0;
}

/* The dashboard's own folder, closed to others. Where it is missing nothing of the dashboard has run yet; its unit would make it so. */
static int make_web_folder(const char *accounts)
{
    char folder[CONFIG_TEXT_MAX];
    snprintf(folder, sizeof(folder), "%s", accounts);
    char *end = strrchr(folder, '/');
    if (!end || end == folder)
        return 0;
    *end = '\0';
    if (access(folder, F_OK) == 0)
        return 0;
    for (char *at = folder + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
            return -errno;
        *at = '/';
    }
    const struct passwd *user = geteuid() == 0 ? getpwnam(WEB_USER) : NULL;
    if (mkdir(folder, 0700) < 0 || (user && chown(folder, user->pw_uid, user->pw_gid) < 0))
        return -errno;
    return 0;
}

/* Whether the dashboard runs or not: it takes the code that waits for it. */
static void say_code(const struct config *c)
{
    char code[FIRST_CODE_MAX], path[FIRST_CODE_PATH_MAX];
    if (access(c->web_accounts, F_OK) == 0) {
        printf("The dashboard has accounts; a safeguarding lead makes others on its page People.\n");
        return;
    }
    int rc = make_web_folder(c->web_accounts);
    if (rc == 0)
        rc = first_code_take(c->web_accounts, code);
    if (rc < 0 || !first_code_path(c->web_accounts, path)) {
        log_warning("setup: no code for the dashboard's first account could be left beside %s: %s; telltale-web makes one at its start, and its log has it", c->web_accounts, strerror(-rc));
        return;
    }
    printf("Code for the dashboard's first account, the safeguarding lead's:  %s\n"
           "It works once, and until then stays in %s. All other accounts, the technician's too, the lead makes on the page People.\n",
           code, path);
}

/* The package's certificate has the machine's own names. One for the names that were just given is made in its place, before the dashboard starts
 * again; one that somebody else has signed is let be. */
static void renew_certificate(const struct setup *s)
{
    struct config c;
    char missing[CONFIG_TEXT_MAX];
    const char *const renew[] = {PREPARE, "--certificate", NULL};
    if (config_load(s->path, &c) < 0 || !c.web_certificate[0] || !certificate_lacks(c.web_certificate, c.web_hosts, missing))
        return;
    bool ours = geteuid() == 0 && strcmp(s->path, CONFIG_DEFAULT_PATH) == 0 && access(PREPARE, X_OK) == 0;
    char said[512];
    if (ours && program_run(renew, said, sizeof(said), 20000) == 0)
        printf("The dashboard's certificate was made anew, for %s as well.\n", missing);
    else
        printf("The dashboard's certificate does not have %s: browsers will complain until one is made that has.\n", missing);
}

static void say_fingerprint(const struct config *c)
{
    char out[256];
    const char *const words[] = {"openssl", "x509", "-in", c->web_certificate, "-noout", "-fingerprint", "-sha256", NULL};
    if (!c->web_certificate[0] || program_run(words, out, sizeof(out), 5000) != 0)
        return;
    out[strcspn(out, "\n")] = '\0';
    printf("Its certificate, to compare with what the browser shows:  %s\n", strchr(out, '=') ? strchr(out, '=') + 1 : out);
}

static void say_next(const struct setup *s, bool started)
{
    struct config c;
    if (config_load(s->path, &c) < 0)
        return;
    size_t n = strcspn(c.web_hosts, " ,\t");
    printf("\nThe settings are in %s. %s", s->path, started ? "The sensor is starting." : "Start the sensor: ");
    if (!started && strcmp(s->path, CONFIG_DEFAULT_PATH) != 0)
        printf("telltaled -c %s, and the dashboard: telltale-web -c %s", s->path, s->path);
    else if (!started)
        printf("sudo systemctl restart telltale.target");
    putchar('\n');
    printf("Dashboard:  %s://%.*s:%d/\n", c.web_certificate[0] ? "https" : "http", n ? (int)n : 9, n ? c.web_hosts : "localhost", (int)c.web_port);
    say_fingerprint(&c);
    say_code(&c);
    if (strcmp(s->path, CONFIG_DEFAULT_PATH) == 0)
        printf("Is all well?  sudo telltale doctor\n");
    else
        printf("Is all well?  sudo telltale doctor -c %s\n", s->path);
}

/* What was changed on the page Settings holds over this file, and would hold over the new answers as well. */
static int take_from_page(const struct setup *s, const struct config_change *changes, size_t n)
{
    static struct config file;
    char path[CONFIG_PATH_MAX];
    if (config_load_file(s->path, &file) < 0 || !config_changed_path(&file, CONFIG_CHANGED_NAME, path))
        return 0;
    int gone = config_drop(path, changes, n);
    if (gone > 0)
        printf("What the dashboard's page Settings had said of this no longer holds: taken out of %s.\n", path);
    if (gone < 0)
        log_error("setup: %s: what was changed on the dashboard's page Settings holds still; take the lines of these settings out of it", path);
    return gone < 0 ? gone : 0;
}

static int write_settings(const struct setup *s)
{
    struct config_change changes[SETUP_ANSWERS];
    size_t n = setup_changes(s, changes);
    if (n == 0) {
        printf("Everything in %s is so already.\n", s->path);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        printf("  [%s] %s = %s\n", changes[i].section, changes[i].key, changes[i].value);
    int rc = config_edit(s->path, changes, n);
    return rc < 0 ? rc : take_from_page(s, changes, n);
}

static int list_only(struct setup *s)
{
    sleep(MEASURE_S);
    interfaces_measure(&s->interfaces);
    show_interfaces(&s->interfaces, interfaces_suggest(&s->interfaces));
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_SOME_FAILED;
}

static int run_parsed(struct setup *s, bool list)
{
    int rc = interfaces_read(&s->interfaces);
    if (rc < 0) {
        log_error("setup: the interfaces of this machine cannot be listed: %s", strerror(-rc));
        return EXIT_SOME_FAILED;
    }
    if (list)
        return list_only(s);
    config_defaults(&s->config);
    if (access(s->path, F_OK) == 0 && config_load(s->path, &s->config) < 0) {
        log_error("setup: put that line right first, or move %s away to begin anew", s->path);
        return EXIT_WRONG_USE;
    }
    if (!dialogue(s))
        return EXIT_WRONG_USE;
    if ((rc = write_settings(s)) < 0)
        return rc == -EINVAL ? EXIT_WRONG_USE : EXIT_SOME_FAILED;
    renew_certificate(s);
    say_next(s, start_units(s));
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    enum { ANSWER = 256, LIST = ANSWER + SETUP_ANSWERS, YES, NO_START };
    static const struct option longs[] = {{"interface", required_argument, NULL, ANSWER + SETUP_INTERFACE},
                                          {"lan", required_argument, NULL, ANSWER + SETUP_LAN},
                                          {"controller", required_argument, NULL, ANSWER + SETUP_CONTROLLER},
                                          {"notice-url", required_argument, NULL, ANSWER + SETUP_URL},
                                          {"notice-since", required_argument, NULL, ANSWER + SETUP_SINCE},
                                          {"web-listen", required_argument, NULL, ANSWER + SETUP_LISTEN},
                                          {"web-hosts", required_argument, NULL, ANSWER + SETUP_HOSTS},
                                          {"config", required_argument, NULL, 'c'},
                                          {"list", no_argument, NULL, LIST},
                                          {"yes", no_argument, NULL, YES},
                                          {"no-start", no_argument, NULL, NO_START},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    static struct setup s;
    bool list = false, yes = false;
    s = (struct setup){.path = CONFIG_DEFAULT_PATH};
    for (int opt; (opt = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_setup, true);
        if (opt == 'c')
            s.path = optarg;
        else if (opt == LIST)
            list = true;
        else if (opt == YES)
            yes = true;
        else if (opt == NO_START)
            s.no_start = true;
        else if (opt >= ANSWER && opt < LIST && strlen(optarg) < CONFIG_TEXT_MAX) {
            s.given[opt - ANSWER] = true;
            strcpy(s.value[opt - ANSWER], optarg);
        } else if (opt >= ANSWER && opt < LIST) {
            log_error("setup: %s: longer than %d bytes", setup_option((enum setup_answer)(opt - ANSWER)), CONFIG_TEXT_MAX - 1);
            return EXIT_WRONG_USE;
        } else
            return command_usage(&command_setup, false);
    }
    if (optind != argc)
        return command_usage(&command_setup, false);
    s.interactive = !yes && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return run_parsed(&s, list);
}
