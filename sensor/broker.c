/* broker.c -- see broker.h.
 *
 * Why a process: a thread shares its memory with those that read hostile bytes, so whoever takes those over has it too. Why not let
 * openat() through beneath a folder: a filter of system calls sees a pointer where the path is, not the path. Descriptors that are
 * opened before the filter do for what has one name for ever (checkpoints, marks); they cannot do for a list that is replaced by a new
 * file under the same name, nor for a socket whose server comes back.
 *
 * One seqpacket pair, one request and one answer at a time, each with its number: an answer that comes too late for the one who
 * asked is thrown away by the next.
 */
#include "sensor/broker.h"

#include "common/log.h"
#include "sensor/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 5000 /* for a slow disk; then the one who asked goes without */

enum request_kind { ASK_OPEN, ASK_LOOK, ASK_CONNECT, ASK_REMOVE, ASK_KEY_OPEN, ASK_KEY_MAKE, ASK_KEY_REMOVE, ASK_KEYS_EXPIRE };

struct request {
    uint32_t number, kind, entry;
    char day[11], grace_day[11];
};

struct answer {
    uint32_t number;
    int32_t rc; /* >= 0: done, and for what opens something a descriptor comes along */
    uint64_t device, inode, bytes, changed_ns;
    uint32_t mode;
};

struct broker {
    const struct broker_table *table;
    struct opener opener;
    struct key_files keys;
    pthread_mutex_t lock;
    pid_t pid;
    int socket_fd;
    uint32_t number;
};

bool broker_table_add(struct broker_table *t, const char *path, unsigned may)
{
    if (t->len == BROKER_PATHS_MOST || strlen(path) >= sizeof(t->entries[0].path))
        return false;
    strcpy(t->entries[t->len].path, path);
    t->entries[t->len++].may = may;
    return true;
}

/* The broker's side ------------------------------------------------------------------------------------------------ */

static void put_look(struct answer *a, const struct stat *s)
{
    a->device = (uint64_t)s->st_dev;
    a->inode = (uint64_t)s->st_ino;
    a->bytes = (uint64_t)s->st_size;
    a->mode = (uint32_t)s->st_mode;
    a->changed_ns = (uint64_t)s->st_mtim.tv_sec * 1000000000ull + (uint64_t)s->st_mtim.tv_nsec;
}

/* Never a device, a socket or a pipe: the capture process would hold something that does more than read. */
static int open_regular(const char *path)
{
    struct stat s;
    int fd = opener_open(path, O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode))) {
        close(fd);
        return -EINVAL;
    }
    return fd;
}

static const char *path_of(const struct broker_table *t, const struct request *r, unsigned may)
{
    return r->entry < t->len && (t->entries[r->entry].may & may) == may ? t->entries[r->entry].path : NULL;
}

/* An answer's rc; a descriptor to send along in *fd. */
static int serve(const struct broker_table *t, int keys, const struct request *r, struct answer *a, int *fd)
{
    static const unsigned rights[] = {[ASK_OPEN] = BROKER_READ, [ASK_LOOK] = BROKER_READ, [ASK_CONNECT] = BROKER_CONNECT, [ASK_REMOVE] = BROKER_REMOVE};
    const char *path = r->kind <= ASK_REMOVE ? path_of(t, r, rights[r->kind]) : NULL;
    struct stat s;
    int rc;
    if ((r->kind <= ASK_REMOVE && !path) || r->kind > ASK_KEYS_EXPIRE)
        return -EACCES;
    if (r->kind >= ASK_KEY_OPEN && keys < 0)
        return -ENOENT;
    switch ((enum request_kind)r->kind) {
    case ASK_OPEN: return (*fd = open_regular(path)) < 0 ? *fd : 0;
    case ASK_CONNECT: return (*fd = opener_connect(path)) < 0 ? *fd : 0;
    case ASK_KEY_OPEN: return (*fd = key_files_open(keys, r->day)) < 0 ? *fd : 0;
    case ASK_KEY_MAKE: return (*fd = key_files_make(keys, r->day)) < 0 ? *fd : 0;
    case ASK_REMOVE: return opener_remove(path);
    case ASK_KEY_REMOVE: return key_files_remove(keys, r->day);
    case ASK_KEYS_EXPIRE:
        if (!key_files_day_is_valid(r->day) || !key_files_day_is_valid(r->grace_day))
            return -EINVAL;
        return key_files_expire(keys, r->day, r->grace_day);
    case ASK_LOOK:
        if ((rc = opener_look(path, &s)) == 0)
            put_look(a, &s);
        return rc;
    }
    return -EACCES;
}

static bool send_answer(int socket_fd, const struct answer *a, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)a, .iov_len = sizeof(*a)};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = control.room;
        m.msg_controllen = sizeof(control.room);
        control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    }
    return sendmsg(socket_fd, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(*a);
}

bool broker_serve_one(const struct broker_table *table, int key_folder, int socket_fd)
{
    struct request r;
    struct answer a = {.rc = 0};
    int fd = -1;
    ssize_t n = recv(socket_fd, &r, sizeof(r), MSG_TRUNC);
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    if (n != (ssize_t)sizeof(r)) {
        a.rc = -EINVAL;
    } else {
        a.number = r.number;
        r.day[sizeof(r.day) - 1] = r.grace_day[sizeof(r.grace_day) - 1] = '\0';
        a.rc = serve(table, key_folder, &r, &a, &fd);
    }
    bool sent = send_answer(socket_fd, &a, fd);
    if (fd >= 0)
        close(fd);
    return sent;
}

/* Signals that end the capture process end the broker by way of the socket: until then it may be needed. */
_Noreturn static void run(const struct broker_table *table, int socket_fd, pid_t parent)
{
    static const int deaf[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    for (unsigned i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++)
        signal(deaf[i], SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "telltale-broker");
    if (getppid() != parent)
        _exit(1);
    int keys = table->key_folder[0] ? key_files_folder(table->key_folder) : -1;
    if (sandbox_drop_rights() == 0)
        while (broker_serve_one(table, keys, socket_fd))
            ;
    _exit(0);
}

/* The asking side -------------------------------------------------------------------------------------------------- */

/* One answer; a descriptor in *fd, or -1. */
static bool receive(int socket_fd, struct answer *a, int *fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = a, .iov_len = sizeof(*a)};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)};
    ssize_t n = recvmsg(socket_fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
    *fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), sizeof(*fd));
    return n == (ssize_t)sizeof(*a);
}

static int wait_answer(struct broker *b, uint32_t number, struct answer *a, int *fd)
{
    struct pollfd ready = {.fd = b->socket_fd, .events = POLLIN};
    for (;;) {
        int rc = poll(&ready, 1, PATIENCE_MS);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc <= 0)
            return rc == 0 ? -ETIMEDOUT : -errno;
        if (!receive(b->socket_fd, a, fd))
            return -EPIPE;
        if (a->number == number)
            return a->rc;
        if (*fd >= 0)
            close(*fd); /* what somebody waited for too long */
    }
}

/* The answer's rc, or -errno. */
static int ask(struct broker *b, struct request r, struct answer *a, int *fd)
{
    *fd = -1;
    pthread_mutex_lock(&b->lock);
    r.number = ++b->number;
    int rc = send(b->socket_fd, &r, sizeof(r), MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(r) ? wait_answer(b, r.number, a, fd) : -EPIPE;
    pthread_mutex_unlock(&b->lock);
    return rc;
}

static int ask_entry(struct broker *b, enum request_kind kind, const char *path, unsigned may, struct answer *a, int *fd)
{
    for (uint32_t i = 0; i < b->table->len; i++)
        if ((b->table->entries[i].may & may) && strcmp(b->table->entries[i].path, path) == 0)
            return ask(b, (struct request){.kind = kind, .entry = i}, a, fd);
    *fd = -1;
    return -EACCES;
}

static int descriptor(int rc, int fd)
{
    return rc < 0 ? rc : fd < 0 ? -EMFILE : fd; /* no room for it here: the kernel threw it away */
}

static int on_open(void *context, const char *path, int flags)
{
    struct answer a;
    int fd, rc = ask_entry(context, ASK_OPEN, path, BROKER_READ, &a, &fd);
    (void)flags;
    return descriptor(rc, fd);
}

static int on_connect(void *context, const char *path)
{
    struct answer a;
    int fd, rc = ask_entry(context, ASK_CONNECT, path, BROKER_CONNECT, &a, &fd);
    return descriptor(rc, fd);
}

static int on_remove(void *context, const char *path)
{
    struct answer a;
    int fd;
    return ask_entry(context, ASK_REMOVE, path, BROKER_REMOVE, &a, &fd);
}

static int on_look(void *context, const char *path, struct stat *out)
{
    struct answer a;
    int fd, rc = ask_entry(context, ASK_LOOK, path, BROKER_READ, &a, &fd);
    memset(out, 0, sizeof(*out));
    if (rc < 0)
        return rc;
    out->st_dev = (dev_t)a.device;
    out->st_ino = (ino_t)a.inode;
    out->st_size = (off_t)a.bytes;
    out->st_mode = (mode_t)a.mode;
    out->st_mtim = (struct timespec){.tv_sec = (time_t)(a.changed_ns / 1000000000ull), .tv_nsec = (long)(a.changed_ns % 1000000000ull)};
    return 0;
}

static int ask_key(struct broker *b, enum request_kind kind, const char *day, const char *grace_day, int *fd)
{
    struct answer a;
    struct request r = {.kind = kind};
    *fd = -1;
    if (!key_files_day_is_valid(day) || !key_files_day_is_valid(grace_day))
        return -EINVAL;
    memcpy(r.day, day, sizeof(r.day));
    memcpy(r.grace_day, grace_day, sizeof(r.grace_day));
    return ask(b, r, &a, fd);
}

static int on_key_open(void *context, const char *day)
{
    int fd, rc = ask_key(context, ASK_KEY_OPEN, day, day, &fd);
    return descriptor(rc, fd);
}

static int on_key_make(void *context, const char *day)
{
    int fd, rc = ask_key(context, ASK_KEY_MAKE, day, day, &fd);
    return descriptor(rc, fd);
}

static int on_key_remove(void *context, const char *day)
{
    int fd;
    return ask_key(context, ASK_KEY_REMOVE, day, day, &fd);
}

static int on_keys_expire(void *context, const char *today, const char *grace_day)
{
    int fd;
    return ask_key(context, ASK_KEYS_EXPIRE, today, grace_day, &fd);
}

int broker_start(const struct broker_table *table, struct broker **out)
{
    int ends[2], rc = 0;
    struct broker *b = calloc(1, sizeof(*b));
    *out = NULL;
    if (!b || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        rc = b ? -errno : -ENOMEM;
        log_error("capture: the process that opens files for it cannot be started: %s", strerror(-rc));
        free(b);
        return rc;
    }
    pid_t parent = getpid();
    b->pid = fork();
    if (b->pid == 0) {
        close(ends[0]);
        run(table, ends[1], parent);
    }
    rc = b->pid < 0 ? -errno : 0;
    close(ends[1]);
    b->table = table;
    b->socket_fd = ends[0];
    b->opener = (struct opener){.open = on_open, .look = on_look, .connect = on_connect, .remove = on_remove, .context = b};
    b->keys = (struct key_files){.open = on_key_open, .make = on_key_make, .remove = on_key_remove, .expire = on_keys_expire, .context = b};
    pthread_mutex_init(&b->lock, NULL);
    if (rc < 0) {
        log_error("capture: the process that opens files for it cannot be started: %s", strerror(-rc));
        broker_end(b);
        return rc;
    }
    *out = b;
    return 0;
}

void broker_end(struct broker *b)
{
    if (!b)
        return;
    close(b->socket_fd);
    if (b->pid > 0)
        waitpid(b->pid, NULL, 0);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

const struct opener *broker_opener(const struct broker *b)
{
    return &b->opener;
}

const struct key_files *broker_keys(const struct broker *b)
{
    return &b->keys;
}

bool broker_is_there(struct broker *b)
{
    struct pollfd hung = {.fd = b->socket_fd};
    return poll(&hung, 1, 0) <= 0 || !(hung.revents & (POLLHUP | POLLERR));
}
