/* main.c -- `telltale-web`: settings, first words to the person who starts it, and waiting for the signal to end. */
#include "common/config.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/start_pace.h"
#include "dashboard/listener.h"
#include "dashboard/server.h"
#include "reports/lists.h"
#include "store/connection.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WRONG_USE = 2 };

static void help(void)
{
    fputs("usage: telltale-web [-c FILE] [--check-config]\n\n"
          "The dashboard. It reads Redis; it keeps its own accounts, the record of who looked, recordings that\n"
          "somebody wants kept, and requests for settings, which the sensor decides.\n\n"
          "  -c, --config FILE     settings (" CONFIG_DEFAULT_PATH "); [web] and [store] are those that it reads\n"
          "      --check-config    say whether the settings are right, and end\n"
          "      --version         print the version, and end\n",
          stdout);
}

struct invocation {
    const char *config_path;
    bool check_config, done;
};

static int parse(int argc, char **argv, struct invocation *i)
{
    enum { CHECK = 256, VERSION };
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, CHECK}, {"version", no_argument, NULL, VERSION}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    for (int opt; (opt = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;) {
        switch (opt) {
        case 'c': i->config_path = optarg; break;
        case CHECK: i->check_config = true; break;
        case VERSION: puts("telltale-web " TELLTALE_VERSION); i->done = true; return EXIT_DONE;
        case 'h': help(); i->done = true; return EXIT_DONE;
        default: fputs("usage: telltale-web [-c FILE] [--check-config]\n", stderr); return EXIT_WRONG_USE;
        }
    }
    if (optind == argc)
        return EXIT_DONE;
    log_error("%s: no word is expected; `telltale-web --help` explains", argv[optind]);
    return EXIT_WRONG_USE;
}

static int load_config(const struct invocation *i, struct config *c)
{
    if (i->config_path || access(CONFIG_DEFAULT_PATH, F_OK) == 0)
        return config_load(i->config_path ? i->config_path : CONFIG_DEFAULT_PATH, c);
    config_defaults(c);
    return 0;
}

/* Whoever can be reached from beyond this machine speaks TLS, and knows his names. */
static int check_config(const struct config *c)
{
    bool has_both = c->web_certificate[0] && c->web_key[0];
    if (!c->web_certificate[0] != !c->web_key[0]) {
        log_error("web: [web] certificate and key: one is named without the other");
        return -EINVAL;
    }
    if (listener_is_loopback(c))
        return 0;
    if (!has_both) {
        log_error("web: [web] listen = %.60s is reached from other machines, and that needs TLS: name [web] certificate and key "
                  "(deploy/make-certificate makes both), or listen on 127.0.0.1",
                  c->web_listen);
        return -EINVAL;
    }
    if (!c->web_hosts[0]) {
        log_error("web: [web] listen = %.60s is reached from other machines: [web] hosts is to say under which names, such as telltale.school.example", c->web_listen);
        return -EINVAL;
    }
    return 0;
}

static void say_address(const struct web *w)
{
    const struct config *c = w->config;
    const char *code = accounts_code(w->accounts);
    size_t n = strcspn(c->web_hosts, " ,\t");
    log_info("web: the dashboard is at %s://%.*s:%d/", w->tls ? "https" : "http", n ? (int)n : 9, n ? c->web_hosts : "localhost", (int)c->web_port);
    if (code)
        log_info("web: nobody has an account yet; make the first with this code, which works once: %s", code);
}

static int serve(const struct config *c)
{
    static struct web web; /* too large for the stack */
    struct server *server;
    sigset_t ends;
    int rc = web_open(&web, c, c->web_certificate[0] != '\0');
    if (rc < 0)
        return rc;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before there are threads: they inherit it */
    signal(SIGPIPE, SIG_IGN);
    if ((rc = server_start(&web, &server)) == 0) {
        say_address(&web);
        notify_ready();
        const struct timespec pause = {.tv_sec = 1, .tv_nsec = 0};
        while (sigtimedwait(&ends, NULL, &pause) < 0)
            notify_alive();
        notify_stopping();
        log_info("web: ending");
        server_stop(server);
    }
    web_close(&web);
    return rc;
}

int main(int argc, char **argv)
{
    struct invocation i = {0};
    static struct config c;
    log_init("telltale-web", LOG_LEVEL_INFO);
    int status = parse(argc, argv, &i);
    if (status != EXIT_DONE || i.done)
        return status;
    if (sodium_init() < 0) {
        log_error("libsodium cannot be used: no source of random numbers");
        return EXIT_FAILED;
    }
    umask(077);
    notify_open();
    const char *user, *password_file;
    if (load_config(&i, &c) < 0 || check_config(&c) < 0)
        return EXIT_WRONG_USE;
    user = c.web_store_user[0] ? c.web_store_user : c.redis_user;
    password_file = c.web_store_user[0] ? c.web_store_password_file : c.redis_password_file;
    if (store_login_set(user, password_file) < 0 || lists_prepare() < 0)
        return EXIT_WRONG_USE;
    if (i.check_config) {
        puts("the settings are right");
        return EXIT_DONE;
    }
    start_pace_keep();
    return serve(&c) < 0 ? EXIT_FAILED : EXIT_DONE;
}
