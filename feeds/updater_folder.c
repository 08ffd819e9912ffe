/* updater_folder.c -- see updater_folder.h.
 *
 * Everything goes through the folder's descriptor, so that the folder which was locked is the one that is written, and a
 * staged file is never reached through a link that somebody put in its place. The lock is flock(2) on a file of its own: it ends
 * with the process, however that ends.
 */
#include "feeds/updater_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAGED_NAME_MAX 128

int updater_folder_open(struct updater_folder *f, const char *path)
{
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return -errno;
    f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0)
        return -errno;
    f->lock_fd = openat(f->fd, ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (f->lock_fd >= 0 && flock(f->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    int rc = -errno;
    updater_folder_close(f);
    return rc;
}

void updater_folder_close(struct updater_folder *f)
{
    if (f->lock_fd >= 0)
        close(f->lock_fd);
    close(f->fd);
}

static int read_whole(int fd, size_t most, char **bytes, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if (st.st_size < 0 || (uint64_t)st.st_size > most)
        return -EFBIG;
    size_t room = (size_t)st.st_size, have = 0;
    char *buffer = malloc(room + 1);
    if (!buffer)
        return -ENOMEM;
    while (have < room) {
        ssize_t got = read(fd, buffer + have, room - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            int rc = got < 0 ? -errno : -EIO;
            free(buffer);
            return rc;
        }
        have += (size_t)got;
    }
    buffer[have] = '\0';
    *bytes = buffer;
    *n = have;
    return 0;
}

int updater_folder_load(const struct updater_folder *f, const char *name, size_t most, char **bytes, size_t *n)
{
    /* Not waiting for a pipe's other end: somebody else may have put one there. */
    int fd = openat(f->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int rc = read_whole(fd, most, bytes, n);
    close(fd);
    return rc;
}

static void staged_name(const char *name, char staged[STAGED_NAME_MAX])
{
    snprintf(staged, STAGED_NAME_MAX, ".%s.new", name);
}

static int write_whole(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, bytes, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        bytes += put;
        n -= (size_t)put;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

int updater_folder_stage(const struct updater_folder *f, const char *name, const char *bytes, size_t n)
{
    char staged[STAGED_NAME_MAX];
    staged_name(name, staged);
    unlinkat(f->fd, staged, 0);
    int fd = openat(f->fd, staged, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    int rc = fd < 0 ? -errno : write_whole(fd, bytes, n);
    if (fd >= 0 && close(fd) < 0 && rc == 0)
        rc = -errno;
    if (rc < 0 && fd >= 0)
        unlinkat(f->fd, staged, 0);
    return rc;
}

int updater_folder_install(const struct updater_folder *f, const char *name)
{
    char staged[STAGED_NAME_MAX];
    staged_name(name, staged);
    return renameat(f->fd, staged, f->fd, name) < 0 ? -errno : 0;
}

void updater_folder_unstage(const struct updater_folder *f, const char *name)
{
    char staged[STAGED_NAME_MAX];
    staged_name(name, staged);
    unlinkat(f->fd, staged, 0);
}

int updater_folder_sync(const struct updater_folder *f)
{
    return fsync(f->fd) < 0 ? -errno : 0;
}
