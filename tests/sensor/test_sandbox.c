/* The walls: each test makes a child that closes them round itself and then tries what must not be possible. */
#include "sensor/sandbox.h"
#include "sensor/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int ring = -1; /* behind the walls, the packet socket */

/* The wait status of a child that does this behind the walls; it exits with what it returns. */
static int behind_the_walls(int (*what)(void))
{
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        if (sandbox_drop_rights() < 0 || sandbox_enter(SANDBOX_KILL, &ring, ring >= 0) < 0)
            _exit(99);
        _exit(what());
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* Builds with sanitizers have no filter. */
static bool has_filter(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(sandbox_drop_rights() == 0 && sandbox_enter(SANDBOX_KILL, &ring, ring >= 0) == 0 && sandbox_is_on());
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

#define NEEDS_FILTER()                                                                                                 \
    if (!has_filter())                                                                                                 \
    skip()

static int try_open(void) { return open("/etc/hostname", O_RDONLY | O_CLOEXEC) >= 0; }
static int try_open_to_write(void) { return open("/dev/shm/telltale-walls", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0; }
static int try_old_open(void) {
#ifdef SYS_open
    return (int)syscall(SYS_open, "/etc/hostname", O_RDONLY) >= 0;
#else
    return (int)syscall(SYS_openat, AT_FDCWD, "/etc/hostname", O_RDONLY) >= 0;
#endif
}
static int try_openat2(void)
{
    uint64_t how[3] = {O_RDONLY, 0, 0};
    return (int)syscall(437, AT_FDCWD, "/etc/hostname", how, sizeof(how)) >= 0;
}
static int try_socket(void) { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0; }
static int try_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0; }
static int try_exec(void)
{
    char name[] = "/bin/true", *const argv[] = {name, NULL}, *const none[] = {NULL};
    execve(name, argv, none);
    return 1;
}
static int try_fork(void) { return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0; }
static int try_ptrace(void) { return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0; }
static int try_read_of_others(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) == 1;
}
static int try_kill(void) { return kill(getppid(), 0) == 0; }
static int try_unlink(void) { return unlink("/dev/shm/telltale-walls-none") == 0; }
static int try_rename(void) { return rename("/dev/shm/a", "/dev/shm/b") == 0; }
static int try_executable_memory(void) { return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED; }
static int try_make_executable(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}
static int try_bpf(void) { return (int)syscall(SYS_bpf, 0, NULL, 0) >= 0; }
static int try_io_uring(void) { return (int)syscall(425, 4, NULL) >= 0; }
static int try_namespace(void) { return unshare(CLONE_NEWUSER) == 0; }
static int try_prctl(void) { return prctl(PR_SET_DUMPABLE, 1) == 0; }
static int try_terminal_input(void)
{
    char c = 'x';
    return (int)syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, &c) == 0;
}
static int try_setsockopt(void)
{
    int one = 1;
    return setsockopt(0, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0;
}

static void whatever_is_not_on_the_list_ends_the_process(void **state)
{
    static const struct {
        const char *name;
        int (*try)(void);
    } tries[] = {{"open", try_open}, {"open to write", try_open_to_write}, {"the old open", try_old_open}, {"openat2", try_openat2},
                 {"socket", try_socket}, {"unix socket", try_unix_socket}, {"execve", try_exec}, {"clone", try_fork}, {"ptrace", try_ptrace},
                 {"process_vm_readv", try_read_of_others}, {"kill", try_kill}, {"unlink", try_unlink}, {"rename", try_rename},
                 {"executable memory", try_executable_memory}, {"memory made executable", try_make_executable}, {"bpf", try_bpf},
                 {"io_uring", try_io_uring}, {"a namespace", try_namespace}, {"prctl", try_prctl}, {"typing into the terminal", try_terminal_input},
                 {"setsockopt", try_setsockopt}};
    (void)state;
    NEEDS_FILTER();
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        int status = behind_the_walls(tries[i].try);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: did not end the process (wait status %#x)", tries[i].name, (unsigned)status);
    }
    assert_int_equal(access("/dev/shm/telltale-walls", F_OK), -1);
}

static int connect_what_was_opened_before(void);
static int early_socket;

static int connect_what_was_opened_before(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/none"};
    return connect(early_socket, (const struct sockaddr *)&a, sizeof(a)) == 0;
}

static void a_socket_of_before_cannot_be_connected(void **state)
{
    (void)state;
    NEEDS_FILTER();
    early_socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int status = behind_the_walls(connect_what_was_opened_before);
    close(early_socket);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static int send_on_ring(void)
{
    return send(ring, "frame", 5, 0) == 5;
}

static int write_to_ring(void)
{
    return write(ring, "frame", 5) == 5;
}

static int write_to_ring_under_another_number(void)
{
    return syscall(SYS_write, (1ull << 32) + (unsigned)ring, "frame", 5) == 5;
}

static int write_to_a_copy_of_the_ring(void)
{
    return write(fcntl(ring, F_DUPFD_CLOEXEC, 0), "frame", 5) == 5;
}

static int beside[2];

static int write_beside_the_ring(void)
{
    return write(beside[0], "a", 1) == 1 && write(beside[1], "b", 1) == 1 ? 0 : 1;
}

static void nothing_can_be_sent_on_the_ring(void **state)
{
    (void)state;
    NEEDS_FILTER();
    int (*const ways[])(void) = {send_on_ring, write_to_ring, write_to_ring_under_another_number, write_to_a_copy_of_the_ring};
    int pair[2], other[2];
    assert_int_equal(pipe(other), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    beside[0] = other[1];
    beside[1] = dup2(other[1], 200);
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        ring = pair[0];
        int status = behind_the_walls(ways[i]);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        ring = -1; /* the same way is open where it is not the ring */
        status = behind_the_walls(write_beside_the_ring);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    ring = pair[0];
    int status = behind_the_walls(write_beside_the_ring);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ring = -1;
    for (int i = 0; i < 2; i++) {
        close(pair[i]);
        close(other[i]);
    }
    close(200);
}

/* A datagram socket that is connected, as the service manager's is, and another that listens. */
static int said, elsewhere;
static struct sockaddr_un other_server = {.sun_family = AF_UNIX};

static int send_where_it_is_connected(void)
{
    return send(said, "a", 1, MSG_NOSIGNAL) == 1 ? 0 : 1;
}

static int send_to_another_address(void)
{
    return sendto(said, "b", 1, MSG_NOSIGNAL, (const struct sockaddr *)&other_server, sizeof(other_server)) == 1;
}

static int send_a_message_to_another_address(void)
{
    char byte = 'c';
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_name = &other_server, .msg_namelen = sizeof(other_server), .msg_iov = &part, .msg_iovlen = 1};
    return sendmsg(said, &m, MSG_NOSIGNAL) == 1;
}

static void a_datagram_goes_where_its_socket_is_connected_and_nowhere_else(void **state)
{
    (void)state;
    NEEDS_FILTER();
    int (*const ways[])(void) = {send_to_another_address, send_a_message_to_another_address};
    int pair[2];
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
    said = pair[0];
    elsewhere = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(other_server.sun_path + 1, sizeof(other_server.sun_path) - 1, "telltale-walls-%d", (int)getpid()); /* an abstract one */
    assert_int_equal(bind(elsewhere, (const struct sockaddr *)&other_server, sizeof(other_server)), 0);
    assert_int_equal(send_to_another_address(), 1); /* without walls it arrives */
    assert_int_equal(recv(elsewhere, &byte, 1, 0), 1);
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        int status = behind_the_walls(ways[i]);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        assert_int_equal(recv(elsewhere, &byte, 1, 0), -1);
    }
    int status = behind_the_walls(send_where_it_is_connected);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(recv(pair[1], &byte, 1, 0), 1);
    close(elsewhere);
    close(pair[0]);
    close(pair[1]);
}

static void *open_something(void *context)
{
    (void)context;
    for (int i = 0; i < 5000 && !sandbox_is_on(); i++)
        usleep(1000);
    return open("/etc/hostname", O_RDONLY | O_CLOEXEC) >= 0 ? context : NULL;
}

static void a_thread_that_ran_before_is_behind_them_too(void **state)
{
    (void)state;
    NEEDS_FILTER();
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        void *got = NULL;
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        if (sandbox_drop_rights() < 0 || thread_start(&thread, "early", open_something, &got) < 0 || sandbox_enter(SANDBOX_KILL, &ring, ring >= 0) < 0)
            _exit(99);
        pthread_join(thread, &got);
        _exit(1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static int lent_fd;

static int open_what_is_lent(void)
{
    char byte = 0;
    sandbox_lend(lent_fd);
    int fd = open("/proc/self/fd/7777", O_RDONLY | O_CLOEXEC);
    sandbox_lend(-1);
    return fd >= 0 && fd != lent_fd && pread(fd, &byte, 1, 0) == 1 && byte == 'x' ? 7 : 1;
}

static void an_open_with_a_lent_descriptor_gives_that(void **state)
{
    (void)state;
    NEEDS_FILTER();
    lent_fd = memfd_create("lent", MFD_CLOEXEC);
    assert_int_equal(write(lent_fd, "x", 1), 1);
    int status = behind_the_walls(open_what_is_lent);
    close(lent_fd);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static int glibc_looks_at_overcommit(void)
{
    return open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? 7 : 1;
}

static void what_the_c_library_looks_into_is_refused_quietly(void **state)
{
    (void)state;
    NEEDS_FILTER();
    int status = behind_the_walls(glibc_looks_at_overcommit);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static int open_is_done(void)
{
    char byte = 0;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC), none = open("/proc/self/nothing", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &byte, 1) == 1 && byte == 'N' && none < 0 && errno == ENOENT && !sandbox_is_on() ? 7 : 1;
}

static int other_calls_are_done(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 && glibc_looks_at_overcommit() == 7 ? open_is_done() : 1;
}

static void where_it_only_logs_what_is_not_on_the_list_is_done(void **state)
{
    (void)state;
    NEEDS_FILTER();
    pid_t child = fork();
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        _exit(sandbox_drop_rights() < 0 || sandbox_enter(SANDBOX_LOG, &ring, ring >= 0) < 0 ? 99 : other_calls_are_done());
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

static int use_memory(void)
{
    char *blocks[64];
    for (size_t i = 0; i < 64; i++) {
        if (!(blocks[i] = malloc(i * 20000)))
            return 1;
        memset(blocks[i], 1, i * 20000);
    }
    for (size_t i = 0; i < 64; i++)
        free(blocks[i]);
    return 7;
}

static void what_the_process_needs_goes_on(void **state)
{
    (void)state;
    int status = behind_the_walls(use_memory);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

/* Without the filter, which would end the child first. */
static int rights_after_dropping(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3];
    struct rlimit core;
    if (sandbox_drop_rights() < 0 || syscall(SYS_capget, &header, have) < 0 || getrlimit(RLIMIT_CORE, &core) < 0)
        return 1;
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        if (have[i].effective || have[i].permitted || have[i].inheritable)
            return 2;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 3;
    if (core.rlim_cur != 0 || core.rlim_max != 0)
        return 4;
    if (geteuid() == 0 && prctl(PR_CAPBSET_READ, CAP_NET_RAW, 0, 0, 0) != 0)
        return 5;
    return 7;
}

static void rights_are_gone_and_cannot_be_had_again(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(rights_after_dropping());
    int status = -1;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_not_on_the_list_ends_the_process),
        cmocka_unit_test(a_socket_of_before_cannot_be_connected),
        cmocka_unit_test(nothing_can_be_sent_on_the_ring),
        cmocka_unit_test(a_datagram_goes_where_its_socket_is_connected_and_nowhere_else),
        cmocka_unit_test(a_thread_that_ran_before_is_behind_them_too),
        cmocka_unit_test(an_open_with_a_lent_descriptor_gives_that),
        cmocka_unit_test(what_the_c_library_looks_into_is_refused_quietly),
        cmocka_unit_test(where_it_only_logs_what_is_not_on_the_list_is_done),
        cmocka_unit_test(what_the_process_needs_goes_on),
        cmocka_unit_test(rights_are_gone_and_cannot_be_had_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
