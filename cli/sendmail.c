/* sendmail.c -- see sendmail.h.
 *
 * The message is a file in memory that the program gets as its standard input, not a pipe: one that ends early, or never reads, then
 * holds nobody up. -i: a line with a single dot ends nothing.
 */
#include "cli/sendmail.h"

#include "common/clock.h"
#include "common/log.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* By name, and where it is when the path of a service does not have it. */
static const char *const programs[] = {"sendmail", "/usr/sbin/sendmail", "/usr/lib/sendmail"};

static int message_file(const char *message, size_t bytes)
{
    int fd = memfd_create("telltale-mail", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (size_t at = 0; at < bytes;) {
        ssize_t n = write(fd, message + at, bytes - at);
        if (n < 0 && errno != EINTR) {
            int rc = -errno;
            close(fd);
            return rc;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static int start(char **argv, int input, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return -rc;
    rc = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    for (size_t i = 0; rc == 0 && i < sizeof(programs) / sizeof(programs[0]); i++) {
        int tried = posix_spawnp(pid, programs[i], &actions, NULL, argv, environ);
        if (tried != ENOENT || i + 1 == sizeof(programs) / sizeof(programs[0])) {
            rc = tried;
            break;
        }
    }
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

/* Its exit status, as wait() gives it; -ETIMEDOUT. */
static int finish(pid_t pid, int *status)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    uint64_t deadline_ns = clock_monotonic_ns() + SENDMAIL_PATIENCE_S * NS_PER_S;
    for (pid_t ended; (ended = waitpid(pid, status, WNOHANG)) != pid; nanosleep(&pause, NULL)) {
        if (ended < 0 && errno != EINTR)
            return -errno;
        if (clock_monotonic_ns() > deadline_ns) {
            kill(pid, SIGKILL);
            waitpid(pid, status, 0);
            return -ETIMEDOUT;
        }
    }
    return 0;
}

int sendmail(char *const *recipients, size_t n, const char *message, size_t message_bytes)
{
    char name[] = "sendmail", dots[] = "-i";
    pid_t pid;
    int status = 0, rc = message_file(message, message_bytes), input = rc;
    char **argv = calloc(n + 3, sizeof(*argv));
    if (!argv)
        rc = -ENOMEM;
    if (rc >= 0) {
        argv[0] = name;
        argv[1] = dots;
        for (size_t i = 0; i < n; i++)
            argv[2 + i] = recipients[i];
        rc = start(argv, input, &pid);
        if (rc == 0)
            rc = finish(pid, &status);
        if (rc == -ENOENT)
            log_error("sendmail: there is no such program; install a mail system such as msmtp-mta, or empty [exports] mail_to");
        else if (rc < 0)
            log_error("sendmail: %s", strerror(-rc));
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            log_error("sendmail: refused the message (%s %d)", WIFEXITED(status) ? "exit status" : "signal", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
            rc = -EIO;
        }
    }
    free(argv);
    if (input >= 0)
        close(input);
    return rc;
}
