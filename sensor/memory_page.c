/* memory_page.c -- see memory_page.h. */
#include "sensor/memory_page.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

void *memory_page_open(const char *folder, const char *name, size_t bytes)
{
    char path[512];
    struct statfs fs;
    struct stat st;
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return NULL;
    void *at = MAP_FAILED;
    int error = ENOTSUP;
    if (fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)) {
        bool sized = fstat(fd, &st) == 0 && (st.st_size == (off_t)bytes || (ftruncate(fd, 0) == 0 && ftruncate(fd, (off_t)bytes) == 0));
        at = sized ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
        error = errno;
    }
    close(fd);
    errno = error;
    return at == MAP_FAILED ? NULL : at;
}
