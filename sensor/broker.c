/* broker.c -- see broker.h.
 *
 * Why a process: a thread shares its memory with those that read hostile bytes, so whoever takes those over has it too. Why not let
 * openat() through beneath a folder: a filter of system calls sees a pointer where the path is, not the path. Descriptors that are
 * opened before the filter do for what has one name for ever (checkpoints, marks); they cannot do for a list that is replaced by a new
 * file under the same name, nor for a socket whose server comes back.
 *
 * Two lanes, each a seqpacket pair with a thread of the broker's at its other end: files of the disk on one, the run folder and the publisher,
 * both in memory, on the other. Who asks on the second (the capture thread, the workers) never stands behind a disk. On a lane one request and one
 * answer at a time, each with its number: an answer that comes too late for the one who asked is thrown away by the next. But for a connection: who wants
 * one never waits; it is asked for, and its answer is taken whenever somebody looks and it is there.
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

#define DISK_PATIENCE_MS 5000 /* then the one who asked goes without */
#define RUN_PATIENCE_MS 2000  /* three in a row, as a new day's key may need, stay below what a worker may take for one frame */

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

struct lane {
    pthread_mutex_t lock;
    int socket_fd, patience_ms;
    uint32_t number;     /* of the last request */
    uint32_t connecting; /* of the one for a connection whose answer nobody has taken; 0: none */
    bool has_connection; /* its answer is there: */
    int connection;      /* a descriptor, or -errno */
};

struct broker {
    const struct broker_table *table;
    struct opener opener;
    struct key_files keys;
    struct lane disk, run;
    pid_t pid;
};

/* The broker's process: what its two threads share, and never change. */
struct serving {
    const struct broker_table *table;
    int keys, disk_fd, run_fd;
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

static void *serve_disk(void *context)
{
    const struct serving *s = context;
    while (broker_serve_one(s->table, -1, s->disk_fd))
        ;
    _exit(0);
}

/* Signals that end the capture process end the broker by way of the sockets: until then it may be needed. */
_Noreturn static void run(struct serving s, pid_t parent)
{
    static const int deaf[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    for (unsigned i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++)
        signal(deaf[i], SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "telltale-broker");
    if (getppid() != parent)
        _exit(1);
    pthread_t disk;
    s.keys = s.table->key_folder[0] ? key_files_folder(s.table->key_folder) : -1;
    if (sandbox_drop_rights() == 0 && pthread_create(&disk, NULL, serve_disk, &s) == 0)
        while (broker_serve_one(s.table, s.keys, s.run_fd))
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

static int descriptor(int rc, int fd)
{
    return rc < 0 ? rc : fd < 0 ? -EMFILE : fd; /* no room for it here: the kernel threw it away */
}

/* An answer that is not the one that is waited for. */
static void put_aside(struct lane *l, const struct answer *a, int fd)
{
    if (l->connecting != 0 && a->number == l->connecting) {
        l->has_connection = true;
        l->connection = descriptor(a->rc, fd);
    } else if (fd >= 0) {
        close(fd); /* what somebody waited for too long */
    }
}

/* Under the lane's lock. -ETIMEDOUT: the answer did not come in time. */
static int wait_answer(struct lane *l, uint32_t number, int patience_ms, struct answer *a, int *fd)
{
    struct pollfd ready = {.fd = l->socket_fd, .events = POLLIN};
    for (;;) {
        int rc = poll(&ready, 1, patience_ms);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc <= 0)
            return rc == 0 ? -ETIMEDOUT : -errno;
        if (!receive(l->socket_fd, a, fd))
            return -EPIPE;
        if (a->number == number)
            return a->rc;
        put_aside(l, a, *fd);
        *fd = -1;
    }
}

/* Under the lane's lock. 0, or -errno. */
static int send_request(struct lane *l, struct request r)
{
    r.number = ++l->number ? l->number : ++l->number; /* 0 is no number */
    if (send(l->socket_fd, &r, sizeof(r), MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(r))
        return 0;
    return errno == EAGAIN ? -EAGAIN : -EPIPE; /* the broker has let so many pile up, or is gone */
}

/* The answer's rc, or -errno. */
static int ask(struct lane *l, struct request r, struct answer *a, int *fd)
{
    *fd = -1;
    pthread_mutex_lock(&l->lock);
    int rc = send_request(l, r);
    if (rc == 0)
        rc = wait_answer(l, l->number, l->patience_ms, a, fd);
    pthread_mutex_unlock(&l->lock);
    return rc;
}

/* A connection, or -errno. Waits for nothing and nobody: -EAGAIN, while it is asked for, or somebody else waits on this lane. */
static int ask_connection(struct lane *l, struct request r)
{
    struct answer a;
    int fd = -1, rc = 0;
    if (pthread_mutex_trylock(&l->lock) != 0)
        return -EAGAIN;
    if (l->connecting == 0 && (rc = send_request(l, r)) == 0)
        l->connecting = l->number;
    if (rc == 0 && !l->has_connection && (rc = wait_answer(l, l->connecting, 0, &a, &fd)) != -ETIMEDOUT) {
        l->has_connection = true;
        l->connection = descriptor(rc, fd);
    }
    rc = l->has_connection ? l->connection : rc == -ETIMEDOUT ? -EAGAIN : rc;
    if (l->has_connection) {
        l->connecting = 0;
        l->has_connection = false;
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

/* BROKER_PATHS_MOST: there is none with this right. */
static uint32_t entry_of(const struct broker_table *t, const char *path, unsigned may)
{
    for (uint32_t i = 0; i < t->len; i++)
        if ((t->entries[i].may & may) && strcmp(t->entries[i].path, path) == 0)
            return i;
    return BROKER_PATHS_MOST;
}

static int ask_entry(struct broker *b, struct lane *l, enum request_kind kind, const char *path, unsigned may, struct answer *a, int *fd)
{
    uint32_t entry = entry_of(b->table, path, may);
    *fd = -1;
    return entry == BROKER_PATHS_MOST ? -EACCES : ask(l, (struct request){.kind = kind, .entry = entry}, a, fd);
}

static int on_open(void *context, const char *path, int flags)
{
    struct answer a;
    struct broker *b = context;
    int fd, rc = ask_entry(b, &b->disk, ASK_OPEN, path, BROKER_READ, &a, &fd);
    (void)flags;
    return descriptor(rc, fd);
}

static int on_connect(void *context, const char *path)
{
    struct broker *b = context;
    uint32_t entry = entry_of(b->table, path, BROKER_CONNECT);
    return entry == BROKER_PATHS_MOST ? -EACCES : ask_connection(&b->run, (struct request){.kind = ASK_CONNECT, .entry = entry});
}

static int on_remove(void *context, const char *path)
{
    struct answer a;
    struct broker *b = context;
    int fd;
    return ask_entry(b, &b->run, ASK_REMOVE, path, BROKER_REMOVE, &a, &fd);
}

static int on_look(void *context, const char *path, struct stat *out)
{
    struct answer a;
    struct broker *b = context;
    int fd, rc = ask_entry(b, &b->disk, ASK_LOOK, path, BROKER_READ, &a, &fd);
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
    return ask(&b->run, r, &a, fd);
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

static void lane_init(struct lane *l, int socket_fd, int patience_ms)
{
    *l = (struct lane){.socket_fd = socket_fd, .patience_ms = patience_ms};
    pthread_mutex_init(&l->lock, NULL);
}

static void lane_fini(struct lane *l)
{
    if (l->has_connection && l->connection >= 0)
        close(l->connection);
    close(l->socket_fd);
    pthread_mutex_destroy(&l->lock);
}

static int socket_pairs(int disk[2], int run_folder[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, disk) < 0)
        return -errno;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run_folder) == 0)
        return 0;
    int rc = -errno;
    close(disk[0]);
    close(disk[1]);
    return rc;
}

int broker_start(const struct broker_table *table, struct broker **out)
{
    int disk[2], run_folder[2];
    struct broker *b = calloc(1, sizeof(*b));
    int rc = b ? socket_pairs(disk, run_folder) : -ENOMEM;
    *out = NULL;
    if (rc < 0) {
        log_error("capture: the process that opens files for it cannot be started: %s", strerror(-rc));
        free(b);
        return rc;
    }
    pid_t parent = getpid();
    b->pid = fork();
    if (b->pid == 0) {
        close(disk[0]);
        close(run_folder[0]);
        run((struct serving){.table = table, .disk_fd = disk[1], .run_fd = run_folder[1]}, parent);
    }
    rc = b->pid < 0 ? -errno : 0;
    close(disk[1]);
    close(run_folder[1]);
    b->table = table;
    lane_init(&b->disk, disk[0], DISK_PATIENCE_MS);
    lane_init(&b->run, run_folder[0], RUN_PATIENCE_MS);
    b->opener = (struct opener){.open = on_open, .look = on_look, .connect = on_connect, .remove = on_remove, .context = b};
    b->keys = (struct key_files){.open = on_key_open, .make = on_key_make, .remove = on_key_remove, .expire = on_keys_expire, .context = b};
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
    lane_fini(&b->disk);
    lane_fini(&b->run);
    if (b->pid > 0)
        waitpid(b->pid, NULL, 0);
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
    struct pollfd hung = {.fd = b->run.socket_fd};
    return poll(&hung, 1, 0) <= 0 || !(hung.revents & (POLLHUP | POLLERR));
}
