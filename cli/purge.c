/* purge.c -- `telltale purge`: removes what the sensor has stored, and shows that nothing is left.
 *
 * Everything, or one day. For everything the sensor must not be running, or it would write again what it still holds: its run folder
 * is locked for as long as the purge takes. After it nothing is left, not even a line that says so: what it prints is the record,
 * for whoever asked for it to keep. The purge of a day leaves a line in the audit.
 */
#include "cli/command.h"
#include "cli/daily_folder.h"
#include "cli/options.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "store/audit.h"
#include "store/connection.h"
#include "store/purge.h"
#include "store/spool_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static int run(int argc, char **argv);

const struct command command_purge = {
    .name = "purge",
    .summary = "Removes what was stored, and proves it",
    .synopsis = "[-c FILE] [--yes] [--day DAY]",
    .options = "  -c, --config FILE     settings of the sensor (" CONFIG_DEFAULT_PATH ")\n"
               "      --day DAY         only this local day, YYYY-MM-DD; else everything\n"
               "      --yes             do not ask first\n",
    .run = run,
};

struct purge {
    struct config config;
    struct store_asker *asker;
    const char *day; /* NULL: everything */
    bool yes;
    int lock; /* on the publisher's folder; -1: there is none */
};

/* No sensor may run meanwhile, nor start. */
static int lock_run_folder(struct purge *p)
{
    const char *folder = config_publisher_dir(&p->config);
    p->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->lock < 0 && errno == ENOENT)
        return 0; /* no sensor has run since the machine started */
    if (p->lock >= 0 && flock(p->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (p->lock >= 0 && errno == EWOULDBLOCK)
        log_error("%s: telltaled is running and would write again what it still holds; end it first", folder);
    else
        log_error("%s: %s", folder, strerror(errno));
    return -EBUSY;
}

/* A day of the calendar that its own local midnight gives back. */
static bool local_day(const char *text, uint64_t *begin_ns, uint64_t *end_ns)
{
    struct tm tm = {.tm_isdst = -1};
    struct local_time day;
    int n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3 || n != 10 || text[n] != '\0' || tm.tm_year < 1971)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t midnight = mktime(&tm);
    *begin_ns = (uint64_t)midnight * NS_PER_S;
    clock_local(*begin_ns, &day);
    *end_ns = day.next_day_ns;
    return midnight > 0 && strcmp(day.day, text) == 0;
}

static bool confirmed(const struct purge *p)
{
    char answer[16] = "";
    if (p->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        log_error("purge asks before it removes anything, and nobody is there to answer; --yes does without");
        return false;
    }
    printf("Remove all of this? Type yes: ");
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

static void show_holdings(const struct purge *p, const struct store_holdings *h)
{
    printf("Redis at %s, installation %s: %" PRIu64 " keys\n", p->config.redis_socket, p->config.installation, h->total);
    for (int i = 0; i < STORE_KEY_COUNT; i++)
        if (h->keys[i] > 0)
            printf("  %6" PRIu64 "  %-24s %s\n", h->keys[i], store_keys[i].pattern, store_keys[i].what);
    if (h->other > 0)
        printf("  %6" PRIu64 "  of no known kind\n", h->other);
}

/* The day's keys are only in memory, and the sensor destroys them itself; a crash may have left one. What is counted of support
 * sites waits there too (sensor/ledger_file.h). */
static unsigned remove_day_keys(const struct purge *p)
{
    unsigned n = 0;
    DIR *dir = opendir(p->config.run_dir);
    if (!dir)
        return 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if ((strncmp(e->d_name, "day-key-", 8) == 0 || strncmp(e->d_name, "site-ledger.", 12) == 0) && unlinkat(dirfd(dir), e->d_name, 0) == 0)
            n++;
    closedir(dir);
    return n;
}

/* Redis removes a file that it has replaced a moment later, in a thread of its own. */
static int search(const struct purge *p, const char *text, struct store_search *s)
{
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = 200000000L};
    int rc = 0;
    for (int i = 0; i < 25; i++, nanosleep(&pause, NULL))
        if ((rc = store_purge_search(p->asker, text, s)) < 0 || s->found == 0)
            break;
    return rc;
}

/* Says whether a text is still in Redis' files. 0 when it is not, or when we may not look (and say so). */
static int prove_files(const struct purge *p, const char *text)
{
    struct store_search s;
    if (search(p, text, &s) < 0) {
        printf("Its files were written anew; they were not searched: %s\n",
               geteuid() == 0 ? "their folder was not found" : "only root or Redis' own user may read them");
        return 0;
    }
    printf("Its files in %s: %" PRIu64 " files, %" PRIu64 " bytes searched for \"%s\": found in %" PRIu64 "\n", s.folder, s.files, s.bytes, text, s.found);
    if (s.found > 0)
        log_error("%s: the text is still there: is it a copy of an old file? Remove what Redis does not use", s.folder);
    return s.found > 0 ? -EIO : 0;
}

static int prove_all(struct purge *p)
{
    char root[STORE_KEY_MAX];
    struct store_holdings left;
    int rc = store_purge_count(p->asker, p->config.installation, &left);
    if (rc < 0)
        return rc;
    printf("Left in Redis: %" PRIu64 " keys\n", left.total);
    snprintf(root, sizeof(root), "telltale:{%.*s}:", STORE_INSTALLATION_MAX, p->config.installation);
    rc = prove_files(p, root);
    if (left.total > 0)
        log_error("telltale:{%s}: keys came back while they were removed: does another sensor write to this Redis?", p->config.installation);
    return left.total > 0 ? -EIO : rc;
}

static int purge_all(struct purge *p)
{
    struct store_holdings there;
    int rc = lock_run_folder(p);
    if (rc < 0 || (rc = store_purge_count(p->asker, p->config.installation, &there)) < 0)
        return rc;
    show_holdings(p, &there);
    if (!confirmed(p))
        return -ECANCELED;
    if ((rc = store_purge_all(p->asker, p->config.installation)) < 0 || (rc = store_purge_files(p->asker)) < 0)
        return rc;
    if (p->config.spool[0] && (rc = spool_folder_destroy(p->config.spool)) < 0)
        return rc;
    int summaries = daily_folder_remove(p->config.exports_dir, NULL);
    if (summaries < 0)
        return summaries;
    printf("Removed, with the spool, %d daily summaries in %s, and %u files of days and sites in %s\n", summaries, p->config.exports_dir, remove_day_keys(p), p->config.run_dir);
    return prove_all(p);
}

static int purge_day(struct purge *p)
{
    uint64_t begin_ns, end_ns, alerts;
    char who[STORE_AUDIT_WHO_MAX], text[STORE_KEY_MAX];
    if (!local_day(p->day, &begin_ns, &end_ns)) {
        log_error("--day %s: expected a day of the calendar, YYYY-MM-DD", p->day);
        return -EINVAL;
    }
    printf("Redis at %s, installation %s: the counters, devices and alerts of %s\n", p->config.redis_socket, p->config.installation, p->day);
    if (!confirmed(p))
        return -ECANCELED;
    store_audit_account(who);
    int rc = store_audit_write(p->config.redis_socket, p->config.installation, who, "purged", p->day);
    if (rc < 0)
        return rc;
    rc = store_purge_day(p->asker, p->config.installation, p->day, begin_ns, end_ns, &alerts);
    if (rc == 0)
        rc = store_purge_files(p->asker);
    if (rc < 0) {
        store_audit_write(p->config.redis_socket, p->config.installation, who, "could-not-purge", p->day);
        return rc;
    }
    int summaries = daily_folder_remove(p->config.exports_dir, p->day);
    if (summaries < 0)
        return summaries;
    printf("Removed, with %" PRIu64 " alerts and %d daily summaries; contacts of this day that came late may stand among the next day's alerts\n", alerts, summaries);
    store_key_write(text, p->config.installation, STORE_KEY_DAY, p->day);
    return prove_files(p, text);
}

static int run_with(struct purge *p)
{
    int rc = store_asker_open(p->config.redis_socket, &p->asker);
    if (rc == 0)
        rc = p->day ? purge_day(p) : purge_all(p);
    if (rc == -EPERM)
        log_error("%s: the Redis user \"%s\" may not do this; name another in [store] user", p->config.redis_socket, p->config.redis_user);
    else if (rc == -ETIMEDOUT)
        log_error("%s: Redis has not written its files anew after %d s", p->config.redis_socket, PURGE_PATIENCE_S);
    else if (rc == -ECANCELED)
        log_error("nothing was removed");
    store_asker_close(p->asker);
    if (p->lock >= 0)
        close(p->lock);
    if (fflush(stdout) != 0 && rc == 0)
        rc = -errno;
    return rc == -EINVAL ? EXIT_WRONG_USE : rc < 0 ? EXIT_SOME_FAILED : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"day", required_argument, NULL, 'd'},
                                          {"yes", no_argument, NULL, 'y'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct purge p = {.lock = -1};
    const char *path = NULL;
    for (int opt; (opt = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;) {
        if (opt == 'h')
            return command_usage(&command_purge, true);
        if (opt == 'c')
            path = optarg;
        else if (opt == 'd')
            p.day = optarg;
        else if (opt == 'y')
            p.yes = true;
        else
            return command_usage(&command_purge, false);
    }
    if (optind != argc)
        return command_usage(&command_purge, false);
    if (options_settings(path, &p.config) < 0)
        return EXIT_WRONG_USE;
    if (store_login_set(p.config.redis_user, p.config.redis_password_file) < 0)
        return EXIT_WRONG_USE;
    return run_with(&p);
}
