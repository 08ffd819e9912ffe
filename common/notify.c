/* notify.c -- see notify.h.
 *
 * The protocol is a line of text in a datagram; what a manager needs to know besides, our process id, the kernel adds by itself. An
 * address that begins with @ is an abstract one: its first byte is 0.
 * Left out: status texts, file descriptors, reloading. Nothing here needs them.
 */
#include "common/notify.h"

#include "common/clock.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int manager = -1;
static uint64_t every_ns, last_ns; /* 0: no watchdog */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || n < 2 || n >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, path, n);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* WATCHDOG_PID names the process that is meant: a child of ours is not. */
static uint64_t watchdog_ns(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    if (!usec || (pid && strtoll(pid, NULL, 10) != (long long)getpid()))
        return 0;
    return strtoull(usec, NULL, 10) * 1000;
}

void notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (path && manager < 0)
        manager = connect_to(path);
    every_ns = manager >= 0 ? watchdog_ns() / 4 : 0;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

bool notify_has_manager(void)
{
    return manager >= 0;
}

static void say(const char *words)
{
    if (manager >= 0)
        (void)!send(manager, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void notify_ready(void)
{
    say("READY=1");
}

void notify_alive(void)
{
    uint64_t now_ns = every_ns ? clock_monotonic_ns() : 0;
    if (every_ns == 0 || now_ns < last_ns + every_ns)
        return;
    last_ns = now_ns;
    say("WATCHDOG=1");
}

void notify_stopping(void)
{
    say("STOPPING=1");
}
