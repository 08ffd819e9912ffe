/* fault_shim.c -- makes the disk fail, for one call: preloaded into a program, it counts the calls that write, sync, cut and rename
 * files below a folder, and the FAULT_AT-th of them meets FAULT_KIND: EIO, ENOSPC, EINTR (nothing was done), or SHORT (half of
 * a write was done; the other calls have no half and meet EIO).
 *
 * FAULT_FOLDER   a part of the path of the files that count
 * FAULT_COUNT    a file to which the number of calls is written at the end
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static unsigned long calls;

/* Is this call to fail? *half: only partly. */
static int fails(int fd, int *half)
{
    char link[64], path[PATH_MAX];
    const char *folder = getenv("FAULT_FOLDER"), *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    *half = 0;
    if (n < 0 || !folder || !at || !kind)
        return 0;
    path[n] = '\0';
    if (!strstr(path, folder) || ++calls != strtoul(at, NULL, 10))
        return 0;
    *half = strcmp(kind, "SHORT") == 0;
    errno = strcmp(kind, "ENOSPC") == 0 ? ENOSPC : strcmp(kind, "EINTR") == 0 ? EINTR : EIO;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    int half, failed = fails(fd, &half);
    if (failed && !(half && n > 1))
        return -1;
    return REAL(pwrite)(fd, bytes, failed ? n / 2 : n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    return pwrite(fd, bytes, n, (off_t)at);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    int half, failed = fails(fd, &half);
    if (failed && !(half && n > 1))
        return -1;
    return REAL(write)(fd, bytes, failed ? n / 2 : n);
}

int fsync(int fd)
{
    int half;
    return fails(fd, &half) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    int half;
    return fails(fd, &half) ? -1 : REAL(fdatasync)(fd);
}

int ftruncate(int fd, off_t n)
{
    int half;
    return fails(fd, &half) ? -1 : REAL(ftruncate)(fd, n);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    int half;
    return fails(from_dir, &half) ? -1 : REAL(renameat)(from_dir, from, to_dir, to);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("FAULT_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "%lu\n", calls);
        fclose(f);
    }
}
