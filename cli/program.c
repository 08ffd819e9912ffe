/* program.c -- see program.h. */
#include "cli/program.h"

#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int start(const char *const argv[], int write_end, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return -rc;
    if ((rc = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)) == 0 &&
        (rc = posix_spawn_file_actions_adddup2(&actions, write_end, STDOUT_FILENO)) == 0)
        rc = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ); /* it does not change them */
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

/* Until its end or the deadline; what does not fit is read and forgotten, or the program would wait for us. */
static int listen_to(int fd, char *out, size_t size, uint64_t deadline_ns)
{
    size_t used = 0;
    for (;;) {
        char bytes[4096];
        uint64_t now = clock_monotonic_ns();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (now >= deadline_ns || poll(&p, 1, (int)((deadline_ns - now) / NS_PER_MS) + 1) == 0)
            return -ETIMEDOUT;
        ssize_t n = read(fd, bytes, sizeof(bytes));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        for (ssize_t i = 0; i < n && out && used + 1 < size; i++)
            out[used++] = bytes[i];
        if (out)
            out[used] = '\0';
    }
}

int program_run(const char *const argv[], char *out, size_t size, int patience_ms)
{
    int ends[2], status = 0;
    pid_t pid;
    if (out)
        out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int rc = start(argv, ends[1], &pid);
    close(ends[1]);
    if (rc == 0) {
        uint64_t deadline_ns = clock_monotonic_ns() + (uint64_t)patience_ms * NS_PER_MS;
        if ((rc = listen_to(ends[0], out, size, deadline_ns)) < 0)
            kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    if (rc < 0)
        return rc;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
