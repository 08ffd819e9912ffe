/* listener.c -- see listener.h. */
#include "dashboard/listener.h"

#include "common/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MOST (64u << 10)

static bool listen_address(const struct config *c, struct sockaddr_storage *out, socklen_t *len)
{
    struct sockaddr_in *v4 = (void *)out;
    struct sockaddr_in6 *v6 = (void *)out;
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, c->web_listen, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)c->web_port);
        *len = sizeof(*v4);
        return true;
    }
    if (inet_pton(AF_INET6, c->web_listen, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)c->web_port);
    *len = sizeof(*v6);
    return true;
}

bool listener_is_loopback(const struct config *c)
{
    struct sockaddr_storage sa;
    socklen_t len;
    if (!listen_address(c, &sa, &len))
        return false;
    if (sa.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)(void *)&sa)->sin6_addr);
    return ntohl(((struct sockaddr_in *)(void *)&sa)->sin_addr.s_addr) >> 24 == 127;
}

/* After a power cut the address may come later than we do, from a DHCP server that is starting as well: we listen for it already. */
static int bind_early(int fd, const struct sockaddr_storage *sa, socklen_t len, const char *address)
{
    const int on = 1;
    if (bind(fd, (const struct sockaddr *)sa, len) == 0)
        return 0;
    bool v6 = sa->ss_family == AF_INET6;
    if (errno != EADDRNOTAVAIL || setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof(on)) < 0 ||
        bind(fd, (const struct sockaddr *)sa, len) < 0)
        return -1;
    log_warning("web: no interface has the address %s now (`ip address` lists them); the dashboard is there as soon as one has", address);
    return 0;
}

int listener_open(const struct config *c)
{
    struct sockaddr_storage sa;
    socklen_t len;
    const int on = 1;
    if (!listen_address(c, &sa, &len)) {
        log_error("web: [web] listen = %.60s: expected an address of this machine such as 127.0.0.1 or ::1", c->web_listen);
        return -EINVAL;
    }
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 && bind_early(fd, &sa, len, c->web_listen) == 0 && listen(fd, 128) == 0)
        return fd;
    int rc = -errno;
    log_error("web: %s port %d: %s%s", c->web_listen, (int)c->web_port, strerror(-rc),
              rc == -EADDRINUSE ? " (is the dashboard running already? [web] port names another)" : "");
    if (fd >= 0)
        close(fd);
    return rc;
}

int listener_read_pem(const char *path, bool secret, char **out)
{
    struct stat st;
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = calloc(1, PEM_MOST + 1);
    ssize_t n = fd >= 0 && text ? read(fd, text, PEM_MOST) : -1;
    if (n < 0 || fstat(fd, &st) < 0) {
        rc = text ? -errno : -ENOMEM;
        log_error("web: %s: %s", path, strerror(-rc));
    } else if (secret && (st.st_mode & 07)) {
        log_error("web: %s: a key that everybody on this machine may read is none: chmod 600", path);
        rc = -EACCES;
    }
    if (fd >= 0)
        close(fd);
    if (rc < 0) {
        free(text);
        return rc;
    }
    *out = text;
    return 0;
}
