/* spool_folder.c -- see spool_folder.h.
 *
 * Everything is named from the folder's descriptor, so that a folder that is moved or replaced meanwhile is still ours or not touched at all.
 */
#include "store/spool_folder.h"

#include "common/clock.h"
#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAMAGED_KEPT_S (2 * 24 * 3600) /* as long as anything of a device's */

void spool_folder_segment(char out[SPOOL_FOLDER_NAME_MAX], uint64_t number)
{
    snprintf(out, SPOOL_FOLDER_NAME_MAX, "%016" PRIx64 ".spool", number);
}

void spool_folder_aside(char out[SPOOL_FOLDER_NAME_MAX], uint64_t number)
{
    snprintf(out, SPOOL_FOLDER_NAME_MAX, "%016" PRIx64 ".damaged", number);
}

static bool is_segment_name(const char *name, uint64_t *number)
{
    char again[SPOOL_FOLDER_NAME_MAX];
    if (strlen(name) != 22 || strspn(name, "0123456789abcdef") != 16)
        return false;
    *number = strtoull(name, NULL, 16);
    spool_folder_segment(again, *number);
    return strcmp(name, again) == 0;
}

static bool is_damaged_name(const char *name)
{
    return strlen(name) == 24 && strspn(name, "0123456789abcdef") == 16 && strcmp(name + 16, ".damaged") == 0;
}

/* Makes the folder and those above it that are missing. */
static int make_folder(const char *folder)
{
    char path[256];
    snprintf(path, sizeof(path), "%s", folder);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int spool_folder_open(const char *folder)
{
    int rc = make_folder(folder);
    int dir = rc < 0 ? rc : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rc < 0)
        return rc;
    if (dir >= 0 && fchmod(dir, 0700) == 0 && flock(dir, LOCK_EX | LOCK_NB) == 0)
        return dir;
    rc = -errno;
    if (dir >= 0)
        close(dir);
    return rc;
}

/* NULL: with -errno in *rc. */
static DIR *list_folder(int folder, int *rc)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    *rc = dir ? 0 : -errno;
    if (!dir && fd >= 0)
        close(fd);
    return dir;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int spool_folder_segments(int folder, uint64_t **out)
{
    int n = 0;
    DIR *dir = list_folder(folder, &n);
    *out = NULL;
    if (!dir)
        return n;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        uint64_t number, *more;
        if (!is_segment_name(e->d_name, &number))
            continue;
        if (!(more = realloc(*out, ((size_t)n + 1) * sizeof(*more)))) {
            n = -ENOMEM;
            break;
        }
        *out = more;
        more[n++] = number;
    }
    closedir(dir);
    if (n > 0)
        qsort(*out, (size_t)n, sizeof(**out), by_number);
    return n;
}

int spool_folder_remove_damaged(int folder)
{
    int rc;
    struct stat st;
    uint64_t now_s = clock_wall_ns() / NS_PER_S;
    DIR *dir = list_folder(folder, &rc);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (!is_damaged_name(e->d_name) || fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || (uint64_t)st.st_mtime + DAMAGED_KEPT_S >= now_s)
            continue;
        if (unlinkat(folder, e->d_name, 0) < 0)
            rc = -errno;
    }
    if (dir)
        closedir(dir);
    return rc;
}

int spool_folder_destroy(const char *folder)
{
    int rc = 0, fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        rc = -errno;
        log_error("spool: %s: a publisher uses it; end telltaled first", folder);
        close(fd);
        return rc;
    }
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -ENOMEM;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        uint64_t number;
        if ((is_segment_name(e->d_name, &number) || is_damaged_name(e->d_name)) && unlinkat(fd, e->d_name, 0) < 0) {
            rc = -errno;
            log_error("spool: %s/%s: %s", folder, e->d_name, strerror(errno));
        }
    }
    fsync(fd);
    closedir(dir);
    if (rc == 0 && rmdir(folder) < 0 && errno != ENOENT && errno != EBUSY) {
        rc = -errno;
        log_error("spool: %s: is not empty of other files: %s", folder, strerror(errno));
    }
    return rc;
}
