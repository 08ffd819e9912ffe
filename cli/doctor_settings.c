/* doctor_settings.c -- what people have to see to: settings and notice, the age of the lists, the dashboard's certificate. */
#include "cli/certificate.h"
#include "cli/doctor.h"
#include "cli/program.h"

#include "common/clock.h"
#include "common/log.h"
#include "feeds/feed.h"
#include "feeds/rules.h"
#include "feeds/updater_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY_S          86400
#define LIST_OLD_DAYS  30
#define BUILTIN_OLD_DAYS 366
#define EXPIRES_SOON_S (60 * DAY_S)

/* Days from a date to now, negative when it is still to come; 0 when it is no date. */
static long age_days(const char *date)
{
    struct tm tm = {.tm_isdst = -1};
    if (sscanf(date, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t then = mktime(&tm);
    return then < 0 ? 0 : (long)((int64_t)(clock_wall_ns() / NS_PER_S) - (int64_t)then) / DAY_S;
}

void doctor_check_settings(struct doctor *d, bool readable)
{
    const struct config *c = &d->config;
    if (!readable) {
        doctor_add(d, "settings", DOCTOR_BAD, access(d->config_path, F_OK) < 0 ? "sudo telltale setup makes it." : "The line above says what is wrong in it.", "%s: cannot be used; the rest goes by the defaults", d->config_path);
        return;
    }
    doctor_add(d, "settings", DOCTOR_OK, NULL, "%s: every line is understood", d->config_path);
    const char *missing = !c->controller[0] ? "who answers for it" : !c->notice_url[0] ? "where the notice is" : !c->notice_since[0] ? "since when people have it" : NULL;
    if (missing)
        doctor_add(d, "notice", DOCTOR_BAD, "sudo telltale setup asks for it; `telltale notice` writes the page, `telltale dpia` says who has to decide. Nothing is listened to before.", "the settings do not say %s", missing);
    else if (age_days(c->notice_since) < 0)
        doctor_add(d, "notice", DOCTOR_WARN, "People are told before anything is listened to: is the date right?", "people are told from %s on, which is still to come", c->notice_since);
    else
        doctor_add(d, "notice", age_days(c->notice_since) > 366 ? DOCTOR_WARN : DOCTOR_OK,
                   age_days(c->notice_since) > 366 ? "New pupils come every year: tell them, and put the new date into [notice] since." : NULL, "%s answers for it; told at %s since %s", c->controller, c->notice_url,
                   c->notice_since);
    if (c->demo)
        doctor_add(d, "settings", DOCTOR_BAD, "Remove the line [privacy] demo.", "demo mode is on: live capture refuses to start");
}

static bool read_state(const struct config *c, const char *name, struct updater_state *out)
{
    char path[CONFIG_TEXT_MAX + 64], text[UPDATER_STATE_MAX];
    snprintf(path, sizeof(path), "%s/%s.state", c->feeds_dir, name);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, sizeof(text), f) : 0;
    if (f)
        fclose(f);
    return n > 0 && updater_state_read(text, n, out);
}

static void check_subscription(struct doctor *d, const struct config_subscription *s)
{
    struct updater_state state;
    if (!read_state(&d->config, s->name, &state)) {
        doctor_add(d, "lists", DOCTOR_WARN, "sudo systemctl start telltale-feeds; journalctl -u telltale-feeds says what came of it.", "%s: subscribed, and not fetched yet", s->name);
        return;
    }
    long days = (long)(((int64_t)(clock_wall_ns() / NS_PER_S) - state.checked_s) / DAY_S);
    doctor_add(d, "lists", days > LIST_OLD_DAYS ? DOCTOR_WARN : DOCTOR_OK, days > LIST_OLD_DAYS ? "journalctl -u telltale-feeds says why; is telltale-feeds.timer on?" : NULL,
               "%s: %lld rules, looked for %ld days ago", s->name, (long long)state.rules, days < 0 ? 0 : days);
}

void doctor_check_lists(struct doctor *d)
{
    struct feed_builder *b = feed_builder_new();
    struct feed_source s;
    if (b && feed_builder_add_builtin(b, &s) == 0) {
        long days = age_days(s.version);
        doctor_add(d, "lists", days > BUILTIN_OLD_DAYS ? DOCTOR_WARN : DOCTOR_OK, days > BUILTIN_OLD_DAYS ? "Upgrade the package, or subscribe to a list that others keep ([subscriptions])." : NULL, "built in: %u rules of %s", s.taken,
                   s.version);
    }
    feed_builder_free(b);
    for (size_t i = 0; i < d->config.subscription_count; i++)
        check_subscription(d, &d->config.subscriptions[i]);
}

static void check_names(struct doctor *d)
{
    const struct config *c = &d->config;
    char missing[CONFIG_TEXT_MAX];
    if (certificate_lacks(c->web_certificate, c->web_hosts, missing))
        doctor_add(d, "dashboard", DOCTOR_WARN, "sudo /usr/lib/telltale/prepare --certificate; sudo systemctl restart telltale-web. Browsers will ask once more. Of a certificate of your own authority: have these names put in there.",
                   "[web] hosts names what the certificate does not: %s", missing);
    else if (c->web_hosts[0])
        doctor_add(d, "dashboard", DOCTOR_OK, NULL, "the certificate has the names of [web] hosts");
}

/* By openssl, as the certificate was made: nothing of ours reads certificates. */
static void check_certificate(struct doctor *d, const char *path)
{
    char within[16], end[64], *date;
    snprintf(within, sizeof(within), "%d", EXPIRES_SOON_S);
    const char *const ends[] = {"openssl", "x509", "-in", path, "-noout", "-enddate", NULL},
         *const soon[] = {"openssl", "x509", "-in", path, "-noout", "-checkend", within, NULL};
    int rc = program_run(ends, end, sizeof(end), 5000);
    if (rc == -ENOENT) {
        doctor_add(d, "dashboard", DOCTOR_NOTE, NULL, "openssl is not installed: the certificate was not looked at");
        return;
    }
    end[strcspn(end, "\n")] = '\0';
    date = strchr(end, '=');
    if (rc != 0 || !date)
        doctor_add(d, "dashboard", DOCTOR_BAD, "Remove it and its key, and run sudo /usr/lib/telltale/prepare: it makes new ones.", "%s: is no certificate", path);
    else if (program_run(soon, NULL, 0, 5000) != 0)
        doctor_add(d, "dashboard", DOCTOR_WARN, "sudo /usr/lib/telltale/prepare --certificate; sudo systemctl restart telltale-web. Browsers will ask once more.", "the certificate ends on %s", date + 1);
    else
        doctor_add(d, "dashboard", DOCTOR_OK, NULL, "the certificate is good until %s", date + 1);
    if (rc == 0 && date)
        check_names(d);
}

void doctor_check_web(struct doctor *d)
{
    const struct config *c = &d->config;
    struct stat st;
    if (c->web_certificate[0])
        check_certificate(d, c->web_certificate);
    if (c->web_key[0] && stat(c->web_key, &st) == 0 && (st.st_mode & S_IRWXO))
        doctor_add(d, "dashboard", DOCTOR_BAD, "chmod 640", "%s: everybody on this machine may read the dashboard's key", c->web_key);
    size_t n = strcspn(c->web_hosts, " ,\t");
    doctor_add(d, "dashboard", DOCTOR_NOTE, NULL, "at %s://%.*s:%d/%s", c->web_certificate[0] ? "https" : "http", n ? (int)n : 9, n ? c->web_hosts : "localhost", (int)c->web_port,
               strncmp(c->web_listen, "127.", 4) == 0 || strcmp(c->web_listen, "::1") == 0 ? ", from this machine alone" : "");
}
