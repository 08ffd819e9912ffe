/* opener.c -- see opener.h. */
#include "common/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Set while threads that look after files run already: before it they open by themselves, after it they ask. */
static _Atomic(const struct opener *) asked;

/* acquire: pairs with opener_use(). */
static const struct opener *who_is_asked(void)
{
    return atomic_load_explicit(&asked, memory_order_acquire);
}

void opener_use(const struct opener *o)
{
    /* release: what o points at was written before. */
    atomic_store_explicit(&asked, o, memory_order_release);
}

int opener_open(const char *path, int flags)
{
    const struct opener *o = who_is_asked();
    if (o)
        return o->open(o->context, path, flags);
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    return fd < 0 ? -errno : fd;
}

int opener_look(const char *path, struct stat *out)
{
    const struct opener *o = who_is_asked();
    if (o)
        return o->look(o->context, path, out);
    return stat(path, out) < 0 ? -errno : 0;
}

int opener_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct opener *o = who_is_asked();
    if (o)
        return o->connect(o->context, path);
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
    const struct opener *o = who_is_asked();
    if (o)
        return o->remove(o->context, path);
    return unlink(path) < 0 ? -errno : 0;
}
