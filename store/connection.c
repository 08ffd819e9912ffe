/* connection.c -- see connection.h. With reply.c, the only files that meet hiredis.
 *
 * hiredis 0.14 (Debian 12) and 1.2 (Debian 13) differ in their timeouts, their TLS and their RESP3, and agree on the
 * little that is used here: a non-blocking context over a unix socket, redisAppendCommandArgv() to format,
 * redisBufferWrite() and redisBufferRead() to move bytes, redisGetReplyFromReader() to parse. Waiting is our own
 * poll(): a blocking context would hold the publisher for as long as Redis likes.
 *
 * Both versions write to the socket without MSG_NOSIGNAL, so a Redis that went away would end the process with SIGPIPE.
 * The signal's disposition belongs to the program, not to this room: it is blocked around the one call that can raise
 * it and taken back if it came.
 *
 * Who we are to Redis is one thing for a whole program, like its user id: so it is set once here, and no caller
 * of store_connection_open() has to carry a password around.
 */
#include "store/connection.h"

#include "common/clock.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct login {
    char user[33], password[129]; /* user "": none */
};
static struct login login;

struct store_connection {
    redisContext *redis;
    bool logging_in;   /* the next answer is AUTH's */
    char refusal[160]; /* what Redis said to AUTH */
    unsigned open_questions;
    uint64_t heard_ns; /* when bytes last came, or the first open question was asked */
    bool unwritten;
};

/* hiredis keeps errno for REDIS_ERR_IO only, and only until the next call; its text stays. */
static int failure_of(const redisContext *redis, int saved_errno)
{
    if (redis->err == REDIS_ERR_IO && saved_errno > 0)
        return -saved_errno;
    return redis->err == REDIS_ERR_OOM ? -ENOMEM : -EIO;
}

static int read_password(int fd, const char *path)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && (st.st_mode & (S_IWGRP | S_IRWXO))) {
        log_error("store: %s: a password that others can read is none; chmod 0640 or 0600", path);
        return -EACCES;
    }
    ssize_t n = read(fd, login.password, sizeof(login.password) - 1);
    login.password[n > 0 ? n : 0] = '\0';
    login.password[strcspn(login.password, "\r\n")] = '\0';
    if (n > 0 && login.password[0])
        return 0;
    log_error("store: %s: %s", path, n < 0 ? strerror(errno) : "there is no password in its first line");
    return n < 0 ? -errno : -EINVAL;
}

int store_login_set(const char *user, const char *password_file)
{
    login = (struct login){.user = ""};
    if (!user || !user[0])
        return 0;
    if (strlen(user) >= sizeof(login.user)) {
        log_error("store: [store] user = %.40s: longer than %zu bytes", user, sizeof(login.user) - 1);
        return -EINVAL;
    }
    int fd = open(password_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int rc = fd < 0 ? -errno : read_password(fd, password_file);
    if (fd < 0)
        log_error("store: [store] password_file %s: %s", password_file, strerror(-rc));
    else
        close(fd);
    if (rc == 0)
        strcpy(login.user, user);
    return rc;
}

static int append_login(struct store_connection *c)
{
    const char *argv[] = {"AUTH", login.user, login.password};
    c->logging_in = true;
    return store_connection_append(c, 3, argv, (const size_t[]){4, strlen(login.user), strlen(login.password)});
}

int store_connection_open(const char *socket, struct store_connection **out)
{
    *out = NULL;
    if (strlen(socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return -ENAMETOOLONG; /* hiredis 0.14 would cut it short and try another path */
    struct store_connection *c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    errno = 0;
    c->redis = redisConnectUnixNonBlock(socket);
    int rc = !c->redis ? -ENOMEM : c->redis->err ? failure_of(c->redis, errno) : 0;
    if (rc < 0) {
        store_connection_close(c);
        return rc;
    }
    if (login.user[0] && (rc = append_login(c)) < 0) {
        store_connection_close(c);
        return rc;
    }
    *out = c;
    return 0;
}

void store_connection_close(struct store_connection *c)
{
    if (!c)
        return;
    if (c->redis)
        redisFree(c->redis);
    free(c);
}

int store_connection_fd(const struct store_connection *c)
{
    return c->redis->fd;
}

const char *store_connection_problem(const struct store_connection *c)
{
    if (c->refusal[0])
        return c->refusal;
    if (c->redis->err)
        return c->redis->errstr;
    return store_connection_patience_ms(c) == 0 ? "no answer" : "no problem";
}

unsigned store_connection_open_questions(const struct store_connection *c)
{
    return c->open_questions;
}

int store_connection_append(struct store_connection *c, int argc, const char **argv, const size_t *lengths)
{
    if (redisAppendCommandArgv(c->redis, argc, argv, lengths) != REDIS_OK)
        return -ENOMEM;
    if (c->open_questions++ == 0)
        c->heard_ns = clock_monotonic_ns();
    c->unwritten = true;
    return 0;
}

static int write_without_signal(struct store_connection *c)
{
    sigset_t pipe_only, before, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    int done = 0;
    errno = 0;
    int rc = redisBufferWrite(c->redis, &done) == REDIS_OK ? 0 : failure_of(c->redis, errno);
    if (rc < 0 && !sigismember(&pending, SIGPIPE))
        while (sigtimedwait(&pipe_only, NULL, &(struct timespec){0, 0}) < 0 && errno == EINTR)
            continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    c->unwritten = !done;
    return rc;
}

int store_connection_pump(struct store_connection *c)
{
    int rc;
    if (c->unwritten && (rc = write_without_signal(c)) < 0)
        return rc;
    size_t before = c->redis->reader->len;
    errno = 0;
    if (redisBufferRead(c->redis) != REDIS_OK)
        return failure_of(c->redis, errno);
    if (c->redis->reader->len != before)
        c->heard_ns = clock_monotonic_ns();
    return store_connection_patience_ms(c) == 0 ? -ETIMEDOUT : 0;
}

/* AUTH's answer, when it has come: 1 go on, 0 wait. */
static int finish_login(struct store_connection *c)
{
    void *got = NULL;
    if (redisGetReplyFromReader(c->redis, &got) != REDIS_OK)
        return failure_of(c->redis, 0);
    if (!got)
        return 0;
    c->logging_in = false;
    c->open_questions--;
    int rc = store_reply_kind(got) == STORE_REPLY_ERROR ? -EACCES : 1;
    if (rc < 0)
        snprintf(c->refusal, sizeof(c->refusal), "Redis does not let the user %s in: %.80s", login.user, store_reply_text(got, NULL));
    store_reply_free(got);
    return rc;
}

int store_connection_next(struct store_connection *c, struct store_reply **reply)
{
    void *got = NULL;
    int rc = c->logging_in ? finish_login(c) : 1;
    *reply = NULL;
    if (rc <= 0)
        return rc;
    if (redisGetReplyFromReader(c->redis, &got) != REDIS_OK)
        return failure_of(c->redis, 0);
    *reply = got;
    if (!got)
        return 0;
    if (c->open_questions > 0)
        c->open_questions--;
    return 1;
}

void store_connection_wait(const struct store_connection *c, int timeout_ms)
{
    struct pollfd p = {.fd = c->redis->fd, .events = (short)(POLLIN | (c->unwritten ? POLLOUT : 0))};
    poll(&p, 1, timeout_ms); /* interrupted or not: the caller looks again */
}

int store_connection_patience_ms(const struct store_connection *c)
{
    if (c->open_questions == 0)
        return -1;
    uint64_t silent_ms = (clock_monotonic_ns() - c->heard_ns) / NS_PER_MS;
    return silent_ms >= STORE_SILENCE_MS ? 0 : STORE_SILENCE_MS - (int)silent_ms;
}

int store_connection_ask(struct store_connection *c, int argc, const char **argv, const size_t *lengths,
                         struct store_reply **reply)
{
    int rc = store_connection_append(c, argc, argv, lengths);
    while (rc == 0) {
        if ((rc = store_connection_pump(c)) < 0)
            return rc;
        if ((rc = store_connection_next(c, reply)) == 0)
            store_connection_wait(c, store_connection_patience_ms(c));
    }
    return rc < 0 ? rc : 0;
}
