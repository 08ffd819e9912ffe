/* sandbox.c -- see sandbox.h.
 *
 * The list is what the process does once it runs: it reads packets from a mapped ring, sends records, takes and gives memory,
 * waits, tells the time. What it must open later comes as a descriptor from the broker (broker.h). The list was made from what the
 * test suite uses, and then read again for what could be missed: which calls take a path, make a descriptor to something new, or change what memory
 * may do. tests/live/filter proves it in both directions with the kernel's own log as the witness: with TELLTALE_FILTER=log a live sensor that goes
 * through traffic of all kinds and every change it may meet makes no call that is not here, while one that is made to try leaves a record of each;
 * then the same with killing, and nothing dies. tests/sensor/test_sandbox.c has what each forbidden call comes to. Proven for the kernel and the libraries
 * that ran the test, no others.
 *
 * openat() is not on the list, but is the one call that does not kill at once: the kernel refuses it and raises SIGSYS. A C library
 * looks into a file here and there (malloc does, before it gives a heap back), and libmaxminddb opens by path. The handler gives the first a refusal and
 * the second the descriptor that sandbox_lend() has; any other open is told in the log and ends the process. Nothing is gained by
 * taking the handler over: the call has been refused before it runs. In log mode the handler does the same, but lets pass what it would have
 * ended, by way of openat2(), which is in the log.
 *
 * fstat() is a call with a path since glibc 2.33. It is let through with AT_EMPTY_PATH alone; a process that was taken over can
 * still ask for the size and times of a file whose name it knows, and reads nothing.
 */
#include "sensor/sandbox.h"

#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static bool entered;

bool sandbox_is_on(void)
{
    return entered;
}

enum sandbox_mode sandbox_mode_wanted(void)
{
    const char *word = getenv("TELLTALE_FILTER");
    return word && strcmp(word, "log") == 0 ? SANDBOX_LOG : SANDBOX_KILL;
}

void sandbox_hide(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef SANITIZED
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Rights ------------------------------------------------------------------------------------------------------------ */

/* What no program run from here can get again. Without CAP_SETPCAP, PR_SET_NO_NEW_PRIVS does the same. */
static void empty_bounding_set(void)
{
    /* Ends behind the last capability that this kernel knows (EINVAL). */
    for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
        ;
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}}, now[_LINUX_CAPABILITY_U32S_3];
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &header, none) < 0 || syscall(SYS_capget, &header, now) < 0)
        return -errno;
    return memcmp(none, now, sizeof(none)) == 0 ? 0 : -EPERM;
}

int sandbox_drop_rights(void)
{
    sandbox_hide();
    empty_bounding_set();
    int rc = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : drop_capabilities();
    if (rc < 0)
        log_error("capture: its rights cannot be given up: %s", strerror(-rc));
    return rc;
}

#ifdef SANITIZED

void sandbox_lend(int fd)
{
    (void)fd;
}

int sandbox_enter(enum sandbox_mode mode, const int rings[], unsigned n)
{
    (void)mode, (void)rings, (void)n;
    log_warning("capture: built with a sanitizer: no system-call filter");
    return 0;
}

#else

#include <linux/if_packet.h>
#include <linux/openat2.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define DESCRIPTORS 65536u /* a power of two; more than any limit that we run under */

/* The refused open() ------------------------------------------------------------------------------------------------- */

static _Thread_local int lent = -1;
static bool only_logs;

void sandbox_lend(int fd)
{
    lent = fd;
}

#if defined(__x86_64__)
#define RESULT(c) ((c)->uc_mcontext.gregs[REG_RAX])
#define ARGUMENT(c, n) ((c)->uc_mcontext.gregs[(const int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10}[n]])
#elif defined(__aarch64__)
#define RESULT(c) ((c)->uc_mcontext.regs[0])
#define ARGUMENT(c, n) ((c)->uc_mcontext.regs[n])
#else
#error "sandbox.c: where does this processor keep a system call's result and arguments?"
#endif
#define PATH(c) ((const char *)ARGUMENT(c, 1))

/* What the C library looks into by itself and can do without. */
static bool is_harmless(const char *path)
{
    static const char *const known[] = {"/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu/online"};
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(path, known[i]) == 0)
            return true;
    return false;
}

/* The same call under another number, which is logged and done. */
static long open_and_log(const ucontext_t *c)
{
    uint64_t flags = (uint64_t)ARGUMENT(c, 2);
    struct open_how how = {.flags = flags, .mode = flags & (O_CREAT | __O_TMPFILE) ? (uint64_t)ARGUMENT(c, 3) & 07777 : 0};
    long fd = syscall(SYS_openat2, (int)ARGUMENT(c, 0), PATH(c), &how, sizeof(how));
    return fd < 0 ? -errno : fd;
}

static void on_refused(int signal_number, siginfo_t *info, void *context)
{
    ucontext_t *c = context;
    int before = errno;
    if (info->si_syscall == SYS_openat && lent >= 0) {
        int fd = fcntl(lent, F_DUPFD_CLOEXEC, 0);
        RESULT(c) = fd < 0 ? -errno : fd;
    } else if (info->si_syscall == SYS_openat && is_harmless(PATH(c))) {
        RESULT(c) = -EACCES;
    } else if (only_logs) {
        RESULT(c) = open_and_log(c);
    } else {
        static const char words[] = "telltaled capture: it tried to open a file behind its system-call filter; ended\n";
        (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
    errno = before;
}

/* The list ----------------------------------------------------------------------------------------------------------- */

static const int allowed[] = {
    /* descriptors that are there */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(ftruncate), SCMP_SYS(fstat),
    SCMP_SYS(memfd_create), SCMP_SYS(poll), SCMP_SYS(ppoll),
    /* sockets that are there: the publisher, the staff's desk, the broker, the ring's own figures */
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(accept4), SCMP_SYS(getsockname), SCMP_SYS(shutdown),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(munlock),
    /* threads and signals */
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(membarrier),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(wait4),
    /* time, chance, who we are */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime),
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(sysinfo), SCMP_SYS(getrusage),
};

static int allow(scmp_filter_ctx f)
{
    for (unsigned i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Calls that may be made with some arguments only. */
static int allow_some(scmp_filter_ctx f)
{
    const struct {
        int call;
        struct scmp_arg_cmp only;
    } some[] = {
        {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(newfstatat), SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_ADD_SEALS)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCGPGRP)},      /* is our terminal still there? (hangup.c) */
        {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, SIOCGIFFLAGS)},   /* libpcap, when an interface goes down: is it still there? */
        {SCMP_SYS(getsockopt), SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET)}, /* an error; who is there */
        {SCMP_SYS(getsockopt), SCMP_A1(SCMP_CMP_EQ, SOL_PACKET)}, /* what the ring lost */
    };
    for (unsigned i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        int rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, some[i].call, 1, &some[i].only);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* What may be done with any descriptor but the rings': those are packet sockets, and what is written to it goes out on the wire. */
static const int not_on_ring[] = {SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(sendto), SCMP_SYS(sendfile)};

/* Two calls need more. fcntl() may only make a copy. sendto() may name no address: a datagram socket that is connected to the service manager would
 * otherwise reach any other that the file system shows. sendmsg() has the address where no filter sees it, and is not on the list. */
static int add(scmp_filter_ctx f, int call, struct scmp_arg_cmp descriptor)
{
    if (call == SCMP_SYS(fcntl))
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 2, descriptor, SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC));
    if (call == SCMP_SYS(sendto))
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 2, descriptor, SCMP_A4(SCMP_CMP_EQ, 0));
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, descriptor);
}

/* "Not equal" would compare 64 bits of which the kernel takes 32: a number with something in the upper half would pass. So: below the first, or in one of the
 * aligned blocks that together are what lies between two rings, or above them. A block is a comparison under a mask. */
static int allow_between(scmp_filter_ctx f, int call, uint64_t at, uint64_t end)
{
    int rc = at == 0 && end > 0 ? add(f, call, SCMP_A0(SCMP_CMP_LT, end)) : 0;
    if (at == 0)
        at = end;
    while (rc == 0 && at < end) {
        uint64_t block = at & -at;
        while (at + block > end)
            block /= 2;
        rc = add(f, call, SCMP_A0(SCMP_CMP_MASKED_EQ, ~(block - 1), at));
        at += block;
    }
    return rc;
}

/* rings: ascending. */
static int allow_beside(scmp_filter_ctx f, int call, const int rings[], unsigned n)
{
    uint64_t at = 0;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < n; i++) {
        rc = allow_between(f, call, at, (uint64_t)rings[i]);
        at = (uint64_t)rings[i] + 1;
    }
    return rc == 0 ? allow_between(f, call, at, DESCRIPTORS) : rc;
}

static int allow_but_on_rings(scmp_filter_ctx f, const int rings[], unsigned n)
{
    int rc = allow_beside(f, SCMP_SYS(fcntl), rings, n);
    for (unsigned i = 0; rc == 0 && i < sizeof(not_on_ring) / sizeof(not_on_ring[0]); i++)
        rc = allow_beside(f, not_on_ring[i], rings, n);
    return rc;
}

/* libpcap gives its ring back when it is closed. */
static int allow_ring(scmp_filter_ctx f)
{
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2, SCMP_A1(SCMP_CMP_EQ, SOL_PACKET), SCMP_A2(SCMP_CMP_EQ, PACKET_RX_RING));
}

static int load(enum sandbox_mode mode, const int rings[], unsigned n)
{
    scmp_filter_ctx f = seccomp_init(mode == SANDBOX_LOG ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS);
    if (!f)
        return -ENOMEM;
    int rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    if (rc == 0)
        rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a binary tree: the call's place in the list costs nothing */
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_TRAP, SCMP_SYS(openat), 0);
    if (rc == 0)
        rc = allow(f);
    if (rc == 0)
        rc = allow_some(f);
    if (rc == 0)
        rc = allow_but_on_rings(f, rings, n);
    if (rc == 0)
        rc = allow_ring(f);
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc;
}

int sandbox_enter(enum sandbox_mode mode, const int rings[], unsigned n)
{
    struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigaction(SIGSYS, &action, NULL);
    only_logs = mode == SANDBOX_LOG;
    int rc = load(mode, rings, n);
    if (rc < 0) {
        log_error("capture: no system-call filter can be set: %s; the kernel needs CONFIG_SECCOMP_FILTER", strerror(-rc));
        return rc;
    }
    if (mode == SANDBOX_LOG)
        log_warning("capture: TELLTALE_FILTER=log: system calls that are not on the list are done, and told in the kernel's log");
    entered = mode == SANDBOX_KILL;
    return 0;
}

#endif
