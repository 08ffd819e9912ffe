/* key_files.c -- see key_files.h. */
#include "sensor/key_files.h"

#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FILE_PREFIX "day-key-"

int key_files_folder(const char *path)
{
    struct statfs fs;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        int rc = -errno;
        log_error("pseudonyms: %s: %s", path, strerror(-rc));
        return rc == -1 ? -EACCES : rc;
    }
    if (fstatfs(folder, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC))
        return folder;
    close(folder);
    log_warning("pseudonyms: %s is not in memory (tmpfs): the day's key stays inside the capture process, and a restart of it "
                "starts new pseudonyms",
                path);
    return -1;
}

bool key_files_day_is_valid(const char *day)
{
    static const char shape[] = "dddd-dd-dd";
    if (strnlen(day, sizeof(shape)) != sizeof(shape) - 1)
        return false;
    for (unsigned i = 0; shape[i]; i++)
        if (shape[i] == '-' ? day[i] != '-' : day[i] < '0' || day[i] > '9')
            return false;
    return true;
}

static int name_of(const char *day, char out[32])
{
    if (!key_files_day_is_valid(day))
        return -EINVAL;
    snprintf(out, 32, FILE_PREFIX "%s", day);
    return 0;
}

static int open_at(int folder, const char *day, int flags)
{
    char name[32];
    int rc = name_of(day, name);
    if (rc < 0)
        return rc;
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, 0400);
    return fd < 0 ? -errno : fd;
}

int key_files_open(int folder, const char *day)
{
    return open_at(folder, day, O_RDONLY);
}

int key_files_make(int folder, const char *day)
{
    key_files_remove(folder, day);
    return open_at(folder, day, O_WRONLY | O_CREAT | O_EXCL);
}

int key_files_remove(int folder, const char *day)
{
    char name[32];
    int rc = name_of(day, name);
    return rc < 0 ? rc : unlinkat(folder, name, 0) < 0 ? -errno : 0;
}

int key_files_expire(int folder, const char *today, const char *grace_day)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int rc = -errno;
        if (fd >= 0)
            close(fd);
        return rc;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        const char *day = e->d_name + strlen(FILE_PREFIX);
        if (strncmp(e->d_name, FILE_PREFIX, strlen(FILE_PREFIX)) == 0 && strcmp(day, today) != 0 && strcmp(day, grace_day) != 0)
            unlinkat(folder, e->d_name, 0);
    }
    closedir(dir);
    return 0;
}
