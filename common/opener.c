/* opener.c -- see opener.h. */
#include "common/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct opener *asked;

void opener_use(const struct opener *o)
{
    asked = o;
}

int opener_open(const char *path, int flags)
{
    if (asked)
        return asked->open(asked->context, path, flags);
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    return fd < 0 ? -errno : fd;
}

int opener_look(const char *path, struct stat *out)
{
    if (asked)
        return asked->look(asked->context, path, out);
    return stat(path, out) < 0 ? -errno : 0;
}

int opener_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (asked)
        return asked->connect(asked->context, path);
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int rc = -errno;
    close(fd);
    return rc;
}

int opener_remove(const char *path)
{
    if (asked)
        return asked->remove(asked->context, path);
    return unlink(path) < 0 ? -errno : 0;
}
