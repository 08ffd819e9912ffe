/* redis.c -- see redis.h. */
#include "tests/support/redis.h"

#include "store/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX  16
#define ATTEMPTS       1000
#define ATTEMPT_GAP_US 10000

bool test_redis_prepare(struct test_redis *r)
{
    *r = (struct test_redis){0};
    snprintf(r->directory, sizeof(r->directory), "/tmp/telltale-redis-XXXXXX");
    if (!mkdtemp(r->directory)) {
        perror(r->directory);
        return false;
    }
    snprintf(r->socket, sizeof(r->socket), "%s/s", r->directory);
    return true;
}

/* In the child. Its words go to a file beside its data: a test's output is for the test. */
static void become_server(const struct test_redis *r, pid_t parent)
{
    char log[96], pidfile[96];
    snprintf(log, sizeof(log), "%s/log", r->directory);
    snprintf(pidfile, sizeof(pidfile), "%s/pid", r->directory);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
    }
    execlp("redis-server", "redis-server", TESTS_DIR "/../store/redis.conf", "--dir", r->directory, "--unixsocket",
           r->socket, "--pidfile", pidfile, (char *)NULL);
    _exit(127);
}

static void forget_connection(struct test_redis *r)
{
    store_connection_close(r->connection);
    r->connection = NULL;
}

static bool answers(struct test_redis *r)
{
    const char *ping[] = {"PING"};
    struct store_reply *reply = NULL;
    if (!r->connection && store_connection_open(r->socket, &r->connection) < 0)
        return false;
    if (store_connection_ask(r->connection, 1, ping, (const size_t[]){4}, &reply) < 0) {
        forget_connection(r);
        return false;
    }
    bool pong = strcmp(store_reply_text(reply, NULL), "PONG") == 0; /* not LOADING */
    store_reply_free(reply);
    return pong;
}

bool test_redis_restart(struct test_redis *r)
{
    pid_t parent = getpid();
    r->pid = fork();
    if (r->pid == 0)
        become_server(r, parent);
    if (r->pid < 0) {
        perror("fork");
        r->pid = 0;
        return false;
    }
    for (int i = 0; i < ATTEMPTS; i++, usleep(ATTEMPT_GAP_US)) {
        if (answers(r))
            return true;
        if (waitpid(r->pid, NULL, WNOHANG) == r->pid) {
            fprintf(stderr, "redis-server ended at once: is it installed? Its log is %s/log\n", r->directory);
            r->pid = 0;
            return false;
        }
    }
    fprintf(stderr, "redis-server does not answer on %s\n", r->socket);
    return false;
}

bool test_redis_start(struct test_redis *r)
{
    return test_redis_prepare(r) && test_redis_restart(r);
}

static void end_with(struct test_redis *r, int signal_number)
{
    forget_connection(r);
    if (r->pid <= 0)
        return;
    kill(r->pid, signal_number);
    kill(r->pid, SIGCONT);
    while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    r->pid = 0;
}

void test_redis_stop(struct test_redis *r)
{
    end_with(r, SIGTERM);
}

void test_redis_kill(struct test_redis *r)
{
    end_with(r, SIGKILL);
}

void test_redis_pause(struct test_redis *r)
{
    kill(r->pid, SIGSTOP);
}

void test_redis_resume(struct test_redis *r)
{
    kill(r->pid, SIGCONT);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    return remove(path);
}

void test_redis_remove(struct test_redis *r)
{
    test_redis_kill(r);
    if (r->directory[0] != '\0')
        nftw(r->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    *r = (struct test_redis){0};
}

static struct store_reply *ask_list(struct test_redis *r, va_list args)
{
    const char *argv[ARGUMENTS_MAX];
    size_t lengths[ARGUMENTS_MAX];
    int argc = 0;
    for (const char *word; argc < ARGUMENTS_MAX && (word = va_arg(args, const char *)) != NULL; argc++) {
        argv[argc] = word;
        lengths[argc] = strlen(word);
    }
    struct store_reply *reply = NULL;
    int rc = r->connection ? 0 : store_connection_open(r->socket, &r->connection);
    if (rc == 0)
        rc = store_connection_ask(r->connection, argc, argv, lengths, &reply);
    if (rc < 0) {
        fprintf(stderr, "%s: %s: %s\n", r->socket, argv[0], strerror(-rc));
        forget_connection(r);
        return NULL;
    }
    return reply;
}

struct store_reply *test_redis_ask(struct test_redis *r, ...)
{
    va_list args;
    va_start(args, r);
    struct store_reply *reply = ask_list(r, args);
    va_end(args);
    return reply;
}

long long test_redis_number(struct test_redis *r, ...)
{
    va_list args;
    va_start(args, r);
    struct store_reply *reply = ask_list(r, args);
    va_end(args);
    long long n = -1;
    uint64_t digits;
    if (reply && store_reply_kind(reply) == STORE_REPLY_INTEGER)
        n = store_reply_integer(reply);
    else if (reply && store_reply_kind(reply) == STORE_REPLY_TEXT && store_reply_number(reply, &digits))
        n = (long long)digits;
    store_reply_free(reply);
    return n;
}
