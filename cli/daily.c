/* daily.c -- `telltale daily`: what a timer runs every morning, so that yesterday's summary is there before anybody asks.
 *
 * Problem    The machine is a small one that people unplug. A morning may not happen; a disk may be full; a mail system may be down for
 *            a week. And the clock may be wrong: a Pi without a battery that believes it is 2050 would remove every summary.
 * Approach   The folder remembers up to which day summaries were written and mailed (daily_folder.h), and each run does what is owed since
 *            then: a day's files first, then its mail, each marked when it is done. What fails stays owed, and the exit status says so.
 *            Nothing at all is done until the clock is to be believed.
 * Left out   Days older than the folder keeps are never owed; mail only for MAIL_DAYS, so that a mail system that comes back after
 *            the holidays brings a week and not a flood. A day of which nothing was recorded leaves no file; its mail says so, because
 *            silence would read as "nothing happened".
 */
#include "cli/command.h"
#include "cli/daily_folder.h"
#include "cli/export_days.h"
#include "cli/options.h"
#include "cli/paper.h"
#include "cli/sendmail.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "reports/lists.h"
#include "reports/summary_mail.h"
#include "store/connection.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAIL_DAYS       7
#define RECIPIENTS_MOST 16

static int run(int argc, char **argv);

const struct command command_daily = {
    .name = "daily",
    .summary = "Writes yesterday's summary into the exports folder, for a timer",
    .synopsis = "[-c FILE]",
    .options = "  -c, --config FILE     settings with [exports] (" CONFIG_DEFAULT_PATH ")\n",
    .run = run,
};

struct daily {
    struct config config;
    struct export_days source;
    struct daily_folder folder;
    bool wanted[EXPORT_FORMATS];
    char addresses[CONFIG_TEXT_MAX]; /* cut apart: the recipients point into it */
    char *recipients[RECIPIENTS_MOST];
    size_t recipients_len;
};

/* Settings ----------------------------------------------------------------------------------------------------------- */

static bool settle_formats(struct daily *d)
{
    char words[CONFIG_TEXT_MAX], *rest = NULL;
    bool any = false;
    memcpy(words, d->config.exports_formats, sizeof(words));
    for (char *word = strtok_r(words, " ,\t", &rest); word; word = strtok_r(NULL, " ,\t", &rest)) {
        int f = export_format_of(word);
        if (f < 0) {
            log_error("[exports] formats: %s is none of csv, json, html and pdf", word);
            return false;
        }
        any = d->wanted[f] = true;
    }
    if (!any)
        log_error("[exports] formats is empty: expected some of csv, json, html and pdf");
    return any;
}

static bool settle_recipients(struct daily *d)
{
    char *rest = NULL;
    memcpy(d->addresses, d->config.exports_mail_to, sizeof(d->addresses));
    for (char *word = strtok_r(d->addresses, " ,\t", &rest); word; word = strtok_r(NULL, " ,\t", &rest)) {
        if (!summary_mail_address(word)) {
            log_error("[exports] mail_to: %s is not an address such as safeguarding@school.example", word);
            return false;
        }
        if (d->recipients_len == RECIPIENTS_MOST) {
            log_error("[exports] mail_to: more than %d addresses", RECIPIENTS_MOST);
            return false;
        }
        d->recipients[d->recipients_len++] = word;
    }
    return true;
}

/* One day ------------------------------------------------------------------------------------------------------------ */

static int write_files(const struct daily *d, const char *day, const struct day_summary *s)
{
    for (int f = 0; f < EXPORT_FORMATS; f++) {
        char *path = NULL;
        if (!d->wanted[f])
            continue;
        if (asprintf(&path, "%s/telltale-%s.%s", d->folder.path, day, export_format_word((enum export_format)f)) < 0)
            return -ENOMEM;
        int rc = export_write_file(s, (enum export_format)f, false, path);
        if (rc == 0)
            log_info("%s", path);
        free(path);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int write_day(struct daily *d, const char *day, const struct day_summary *s)
{
    char what[100];
    if (s->recorded == 0) {
        log_info("%s: nothing was recorded, so there is no summary", day);
        return 0;
    }
    snprintf(what, sizeof(what), "summary of %s into the exports folder", day);
    int rc = export_note(&d->config, "exported", what);
    if (rc < 0)
        return rc;
    if ((rc = write_files(d, day, s)) < 0)
        export_note(&d->config, "could-not-export", what);
    return rc;
}

static int mail_day(struct daily *d, const char *day, struct day_summary *s)
{
    char *message = NULL, to[CONFIG_TEXT_MAX + 2 * RECIPIENTS_MOST] = "", what[100];
    size_t n = 0;
    snprintf(what, sizeof(what), "summary of %s to %zu recipients", day, d->recipients_len);
    int rc = export_note(&d->config, "tried-to-mail", what);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < d->recipients_len; i++)
        strcat(strcat(to, i > 0 ? ", " : ""), d->recipients[i]);
    FILE *out = open_memstream(&message, &n);
    if (!out)
        return -ENOMEM;
    rc = summary_write_mail(s, to, time(NULL), out);
    if (fclose(out) != 0 && rc == 0)
        rc = -ENOMEM;
    if (rc == 0 && (rc = sendmail(d->recipients, d->recipients_len, message, n)) == 0)
        log_info("%s: mailed to %zu recipient%s", day, d->recipients_len, d->recipients_len == 1 ? "" : "s");
    free(message);
    int noted = export_note(&d->config, rc == 0 ? "mailed" : "could-not-mail", what);
    if (rc == 0 && noted < 0)
        log_error("%s was mailed, but only that it was tried is in the record", day);
    return rc;
}

/* Days are done in order, and each kind stops at its first failure: the rest stays owed. */
static int do_day(struct daily *d, int32_t number, bool files, bool mail)
{
    struct day_summary s;
    char day[DAYS_TEXT];
    days_text(number, day);
    day_summary_init(&s);
    int rc = export_read(&d->source, day, day, &s);
    if (rc == 0 && files && (rc = write_day(d, day, &s)) == 0) {
        d->folder.written = number;
        rc = daily_folder_keep(&d->folder);
    }
    if (rc == 0 && mail && (rc = mail_day(d, day, &s)) == 0) {
        d->folder.mailed = number;
        rc = daily_folder_keep(&d->folder);
    }
    day_summary_fini(&s);
    return rc;
}

/* All of it ---------------------------------------------------------------------------------------------------------- */

/* The first day that is owed: the one after the last that was done, at most so many days back. A mark in the future comes from a
 * clock that was wrong. */
static int32_t first_owed(int32_t done, int32_t yesterday, int32_t most)
{
    if (done == DAILY_NOTHING_DONE || done > yesterday)
        return yesterday;
    return done > yesterday - most ? done + 1 : yesterday - most + 1;
}

static int do_owed(struct daily *d)
{
    int32_t yesterday = export_today() - 1, keep = (int32_t)d->config.exports_keep_days;
    int32_t write_from = first_owed(d->folder.written, yesterday, keep);
    int32_t mail_from = d->recipients_len > 0 ? first_owed(d->folder.mailed, yesterday, MAIL_DAYS) : yesterday + 1;
    int rc = 0;
    bool mail = true;
    for (int32_t day = write_from < mail_from ? write_from : mail_from; day <= yesterday && rc == 0; day++) {
        bool files = day >= write_from;
        rc = do_day(d, day, files, mail && day >= mail_from);
        if (rc < 0 && d->folder.written >= day) { /* only the mail failed: later days have their files all the same */
            mail = false;
            rc = day < yesterday ? 0 : rc;
        }
    }
    if (!mail && rc == 0)
        rc = -EIO;
    if (d->recipients_len == 0 && d->folder.mailed != yesterday) { /* whoever is named tomorrow gets no old mail */
        d->folder.mailed = yesterday;
        int kept = daily_folder_keep(&d->folder);
        rc = rc < 0 ? rc : kept;
    }
    int removed = daily_folder_clean(&d->folder, yesterday - keep + 1);
    if (removed > 0)
        log_info("%s: removed %d file%s of days before the last %d", d->folder.path, removed, removed == 1 ? "" : "s", keep);
    return rc < 0 ? rc : removed < 0 ? removed : 0;
}

static int run_with(struct daily *d)
{
    struct lists lists;
    if (!clock_is_believed((uint32_t)d->config.clock_wait_s)) {
        log_error("the machine's clock is not set yet, so it is not known which day was yesterday; nothing was done");
        return -EAGAIN;
    }
    int rc = daily_folder_open(&d->folder, d->config.exports_dir);
    if (rc < 0)
        return rc;
    if ((rc = lists_load(&d->config, &lists)) == 0) {
        /* No labels: a folder of thirty days would be thirty days of the same device. */
        d->source = (struct export_days){&d->config, lists.trackers, lists.sites, false};
        rc = do_owed(d);
        lists_free(&lists);
    }
    daily_folder_close(&d->folder);
    return rc;
}

/* As the user who only reads, where the settings name one: what a timer runs every day needs no more. */
static int log_in(const struct config *c)
{
    bool reader = c->web_store_user[0] != '\0';
    return store_login_set(reader ? c->web_store_user : c->redis_user, reader ? c->web_store_password_file : c->redis_password_file);
}

static int run(int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct daily d = {.folder.fd = -1};
    const char *path = NULL;
    for (int opt; (opt = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_daily, true);
        if (opt != 'c')
            return command_usage(&command_daily, false);
        path = optarg;
    }
    if (optind != argc)
        return command_usage(&command_daily, false);
    if (options_settings(path, &d.config) < 0 || !settle_formats(&d) || !settle_recipients(&d) || log_in(&d.config) < 0)
        return EXIT_WRONG_USE;
    return run_with(&d) < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}
