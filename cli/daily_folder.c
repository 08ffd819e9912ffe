/* daily_folder.c -- see daily_folder.h.
 *
 * The lock is on the folder itself, so that it needs no file that could be left behind. Names are checked to the letter before
 * anything is removed: a folder that a person chose may hold more than ours.
 */
#include "cli/daily_folder.h"

#include "cli/export_days.h"
#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DONE     ".done"
#define DONE_NEW ".done.new"
#define DONE_MAX 128

static int fault(const struct daily_folder *f, const char *name)
{
    int rc = -errno;
    log_error("%s%s%s: %s", f->path, name[0] ? "/" : "", name, strerror(-rc));
    return rc;
}

/* What was done ------------------------------------------------------------------------------------------------------ */

/* "-" for never. */
static bool read_day(const char *word, int32_t *out)
{
    if (strcmp(word, "-") == 0)
        *out = DAILY_NOTHING_DONE;
    return *word == '-' || days_number(word, out);
}

static int load(struct daily_folder *f)
{
    char text[DONE_MAX] = "", written[DAYS_TEXT], mailed[DAYS_TEXT];
    int fd = openat(f->fd, DONE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : fault(f, DONE);
    ssize_t n = read(fd, text, sizeof(text) - 1);
    int rc = n < 0 ? fault(f, DONE) : 0;
    close(fd);
    if (rc < 0)
        return rc;
    if (sscanf(text, "written %10s mailed %10s", written, mailed) == 2 && read_day(written, &f->written) && read_day(mailed, &f->mailed))
        return 0;
    log_warning("%s/" DONE ": cannot be understood, so only yesterday's summary is owed", f->path);
    f->written = f->mailed = DAILY_NOTHING_DONE;
    return 0;
}

static const char *day_word(int32_t day, char out[DAYS_TEXT])
{
    if (day == DAILY_NOTHING_DONE)
        return "-";
    days_text(day, out);
    return out;
}

int daily_folder_keep(const struct daily_folder *f)
{
    char text[DONE_MAX], written[DAYS_TEXT], mailed[DAYS_TEXT];
    int n = snprintf(text, sizeof(text), "written %s\nmailed %s\n", day_word(f->written, written), day_word(f->mailed, mailed));
    int fd = openat(f->fd, DONE_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fault(f, DONE_NEW);
    bool whole = write(fd, text, (size_t)n) == n && fsync(fd) == 0;
    int rc = whole ? 0 : fault(f, DONE_NEW);
    close(fd);
    if (rc == 0 && (renameat(f->fd, DONE_NEW, f->fd, DONE) < 0 || fsync(f->fd) < 0))
        rc = fault(f, DONE);
    return rc;
}

/* The folder --------------------------------------------------------------------------------------------------------- */

int daily_folder_open(struct daily_folder *f, const char *path)
{
    *f = (struct daily_folder){.path = path, .fd = -1, .written = DAILY_NOTHING_DONE, .mailed = DAILY_NOTHING_DONE};
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return fault(f, "");
    if ((f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return fault(f, "");
    int rc = 0;
    if (flock(f->fd, LOCK_EX | LOCK_NB) < 0) {
        rc = -errno;
        log_error("%s: %s", path, errno == EWOULDBLOCK ? "another telltale daily is at work" : strerror(errno));
    }
    if (rc == 0)
        rc = load(f);
    if (rc < 0)
        daily_folder_close(f);
    return rc;
}

void daily_folder_close(struct daily_folder *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* telltale-2026-11-22.pdf, or with .XXXXXX behind it: half written. */
static bool is_ours(const char *name, int32_t *day, bool *half)
{
    char date[DAYS_TEXT], ending[8], rest[8] = "";
    if (strncmp(name, "telltale-", 9) != 0 || sscanf(name + 9, "%10[0-9-].%7[a-z].%7s", date, ending, rest) < 2)
        return false;
    *half = rest[0] != '\0';
    size_t expected = 9 + strlen(date) + 1 + strlen(ending) + (*half ? 1 + strlen(rest) : 0);
    return strlen(name) == expected && (!*half || strlen(rest) == 6) && export_format_of(ending) >= 0 && days_number(date, day);
}

enum { EVERY_DAY = INT32_MAX };

/* Summaries of days from `from` to before `before`, and (half) what is half-written. */
static int remove_some(int folder, int32_t from, int32_t before, bool half_too)
{
    int n = 0, fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int rc = -errno;
        if (fd >= 0)
            close(fd);
        return rc;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        int32_t day;
        bool half;
        if (is_ours(e->d_name, &day, &half) && ((day >= from && day < before) || (half && half_too)) && unlinkat(folder, e->d_name, 0) == 0)
            n++;
    }
    closedir(dir);
    return n;
}

int daily_folder_clean(const struct daily_folder *f, int32_t first_kept)
{
    int n = remove_some(f->fd, 0, first_kept, true);
    if (n < 0)
        log_error("%s: %s", f->path, strerror(-n));
    return n;
}

int daily_folder_remove(const char *path, const char *day)
{
    int32_t from = 0;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (day && !days_number(day, &from))
        return -EINVAL;
    int n = fd < 0 ? -errno : remove_some(fd, from, day ? from + 1 : EVERY_DAY, !day);
    if (n >= 0 && !day && unlinkat(fd, DONE, 0) < 0 && errno != ENOENT)
        n = -errno;
    if (n < 0)
        log_error("%s: %s", path, strerror(-n));
    if (fd >= 0)
        close(fd);
    return n;
}
