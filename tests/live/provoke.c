/* provoke.c -- what a dissector that was taken over would try: linked in front of dns_open() (--wrap) into a telltaled of its own, which
 * is otherwise the program that is installed. The product has no such hook.
 *
 * A DNS message with the name <what>.provoke.test makes the worker thread that reads it try that thing. */
#include "dissectors/dns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum dissect_outcome __real_dns_open(struct dns_message *m, const uint8_t *bytes, size_t n);
enum dissect_outcome __wrap_dns_open(struct dns_message *m, const uint8_t *bytes, size_t n);

static bool asks_for(const uint8_t *bytes, size_t n, const char *what)
{
    char label[64];
    int length = snprintf(label, sizeof(label), "%c%s%cprovoke", (int)strlen(what), what, 7);
    return memmem(bytes, n, label, (size_t)length) != NULL;
}

/* Reached only where a wall is missing: the test looks for the line. */
static void say(const char *what, long result)
{
    char line[80];
    int n = snprintf(line, sizeof(line), "PROVOKED: %s gave %ld\n", what, result);
    (void)!write(STDERR_FILENO, line, (size_t)n);
}

static void try_connect(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/none"};
    for (int fd = 3; fd < 64; fd++)
        say("connect", connect(fd, (const struct sockaddr *)&a, sizeof(a)));
}

static void crash(void)
{
    volatile int *nowhere = NULL;
    *nowhere = 1;
}

enum dissect_outcome __wrap_dns_open(struct dns_message *m, const uint8_t *bytes, size_t n)
{
    char name[] = "/bin/true", *const argv[] = {name, NULL}, *const none[] = {NULL};
    if (asks_for(bytes, n, "open"))
        say("open", open("/etc/hostname", O_RDONLY | O_CLOEXEC));
    if (asks_for(bytes, n, "socket"))
        say("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (asks_for(bytes, n, "connect"))
        try_connect();
    if (asks_for(bytes, n, "exec"))
        say("execve", execve(name, argv, none));
    if (asks_for(bytes, n, "ptrace"))
        say("ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    if (asks_for(bytes, n, "crash"))
        crash();
    return __real_dns_open(m, bytes, n);
}
