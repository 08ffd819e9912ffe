/* sealed_file.c -- see sealed_file.h.
 *
 * The kernel copies from file to memory (sendfile); nothing of it passes through a buffer of ours. A file that has another size or time after the
 * copy than before was written to meanwhile, and what was copied may be half of each.
 */
#include "sensor/sealed_file.h"

#include "common/clock.h"
#include "common/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

struct file_identity sealed_file_identity_of(const struct stat *s)
{
    return (struct file_identity){.device = (uint64_t)s->st_dev,
                             .inode = (uint64_t)s->st_ino,
                             .bytes = (uint64_t)s->st_size,
                             .changed_ns = (uint64_t)s->st_mtim.tv_sec * NS_PER_S + (uint64_t)s->st_mtim.tv_nsec};
}

bool sealed_file_is_same(const struct file_identity *a, const struct file_identity *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Copies the open file into the memfd, and sees that it did not change meanwhile. */
static int copy_whole(int from, int to, const struct file_identity *begun, char why[SEALED_FILE_WHY_MAX])
{
    struct stat s;
    uint64_t copied = 0;
    ssize_t n;
    while (copied <= begun->bytes && (n = sendfile(to, from, NULL, 1 << 20)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            snprintf(why, SEALED_FILE_WHY_MAX, "%s", strerror(errno));
            return -errno;
        }
        copied += (uint64_t)n;
    }
    struct file_identity now = fstat(from, &s) == 0 ? sealed_file_identity_of(&s) : (struct file_identity){0};
    if (copied == begun->bytes && sealed_file_is_same(begun, &now))
        return 0;
    snprintf(why, SEALED_FILE_WHY_MAX, "it was written to while it was read");
    return -EAGAIN;
}

int sealed_file_copy(const char *path, uint64_t most_bytes, struct file_identity *identity, char why[SEALED_FILE_WHY_MAX])
{
    struct stat s;
    int rc, copy = -1, fd = opener_open(path, O_NONBLOCK);
    if (fd < 0 || fstat(fd, &s) < 0) {
        rc = fd < 0 ? fd : -errno;
        snprintf(why, SEALED_FILE_WHY_MAX, "%s", strerror(-rc));
    } else if (!S_ISREG(s.st_mode) || s.st_size <= 0 || (uint64_t)s.st_size > most_bytes) {
        rc = -EINVAL;
        snprintf(why, SEALED_FILE_WHY_MAX, "expected a file of at most %llu MB", (unsigned long long)(most_bytes >> 20));
    } else if ((copy = memfd_create("telltale-places", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0) {
        rc = -errno;
        snprintf(why, SEALED_FILE_WHY_MAX, "no memory to copy it to: %s", strerror(errno));
    } else {
        *identity = sealed_file_identity_of(&s);
        rc = copy_whole(fd, copy, identity, why);
    }
    if (rc == 0 && fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        rc = -errno;
        snprintf(why, SEALED_FILE_WHY_MAX, "its copy cannot be sealed: %s", strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    if (rc == 0)
        return copy;
    if (copy >= 0)
        close(copy);
    return rc;
}
