/* supervisor.c -- see supervisor.h.
 *
 * One thread that sleeps in sigtimedwait() until a child ends, somebody asks, or a child's pause is over. It never sleeps for one child's sake: the
 * other may die meanwhile.
 */
#include "sensor/supervisor.h"

#include "common/clock.h"
#include "common/log.h"
#include "sensor/capture_process.h"
#include "sensor/hangup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EARLY_NS (2 * NS_PER_S)
#define RESTART_MS 200u
#define QUICK_STARTS 3u /* so often in a row may one die young before its pauses grow */
#define RESTART_MOST_MS 10000u
#define PATIENCE_NS (25 * NS_PER_S) /* the capture process and the publisher each have ten seconds to hand over */
#define ARGUMENTS_MOST 32

struct child {
    const char *role; /* "publish", "capture" */
    pid_t pid;        /* 0: not running */
    uint64_t started_ns, start_at_ns; /* the latter 0: it runs */
    unsigned died_young; /* so often in a row */
    bool started_before;
};

static int start(struct child *c, char *const *arguments)
{
    char *argv[ARGUMENTS_MOST + 3];
    char name[] = "telltaled", role[16];
    int n = 0;
    snprintf(role, sizeof(role), "%s", c->role);
    argv[n++] = name;
    argv[n++] = role;
    while (*arguments && n < ARGUMENTS_MOST + 2)
        argv[n++] = *arguments++;
    argv[n] = NULL;
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        log_error("%s: cannot be started: %s", c->role, strerror(errno));
        return -errno;
    }
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGHUP, SIG_IGN); /* until the child says otherwise: it may come before */
        setpgid(0, 0); /* Ctrl-C reaches the supervisor alone, which ends us in order */
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* do not outlive the supervisor */
        if (getppid() == parent)
            execv("/proc/self/exe", argv);
        _exit(127);
    }
    c->pid = pid;
    c->started_ns = clock_monotonic_ns();
    c->start_at_ns = 0;
    return 0;
}

static int exit_status(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 1;
}

/* Asks a child to end and waits; one that does not listen is killed. Returns its wait status. */
static int end_child(struct child *c)
{
    struct timespec pause = {.tv_sec = 0, .tv_nsec = 20000000L};
    uint64_t deadline = clock_monotonic_ns() + PATIENCE_NS;
    int status = 0;
    kill(c->pid, SIGTERM);
    while (waitpid(c->pid, &status, WNOHANG) == 0) {
        if (clock_monotonic_ns() >= deadline) {
            log_error("%s: did not end within %d s of being asked; killed", c->role, (int)(PATIENCE_NS / NS_PER_S));
            kill(c->pid, SIGKILL);
            waitpid(c->pid, &status, 0);
            break;
        }
        nanosleep(&pause, NULL);
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        log_error("%s: ended by signal %d (%s) while it was ending", c->role, WTERMSIG(status), strsignal(WTERMSIG(status)));
    c->pid = 0;
    return status;
}

static void stop(struct child *c)
{
    if (c->pid != 0)
        end_child(c);
}

/* When the next child that waits is to be started; UINT64_MAX: none waits. */
static uint64_t next_start_ns(const struct child children[2])
{
    uint64_t next = UINT64_MAX;
    for (int i = 0; i < 2; i++)
        if (children[i].start_at_ns != 0 && children[i].start_at_ns < next)
            next = children[i].start_at_ns;
    return next;
}

/* Waits for a child's end, a signal that asks us to stop, or until then. 0: one of the first or the last; else the signal. */
static int wait_for_event(const sigset_t *signals, uint64_t until_ns)
{
    int signal_number;
    do {
        uint64_t now_ns = clock_monotonic_ns(), left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
        struct timespec left = {.tv_sec = (time_t)(left_ns / NS_PER_S), .tv_nsec = (long)(left_ns % NS_PER_S)};
        signal_number = until_ns == UINT64_MAX ? sigwaitinfo(signals, NULL) : sigtimedwait(signals, NULL, &left);
    } while (signal_number < 0 && errno == EINTR);
    return signal_number == SIGCHLD || signal_number < 0 ? 0 : signal_number;
}

/* The child that ended, or NULL; its wait status in *status. */
static struct child *ended(struct child children[2], int *status)
{
    pid_t pid = waitpid(-1, status, WNOHANG);
    for (int i = 0; i < 2; i++)
        if (pid > 0 && children[i].pid == pid) {
            children[i].pid = 0;
            return &children[i];
        }
    return NULL;
}

/* The capture is over: the publisher stores what it has. */
static int end_replay(struct child *publisher, int capture_status)
{
    if (publisher->pid == 0)
        return 1;
    int status = exit_status(end_child(publisher));
    return capture_status ? capture_status : status;
}

/* The pause is short, so that hardly anything is missed, until one dies again and again at its start: that would be a busy loop. */
static uint64_t pause_ns(struct child *c)
{
    bool young = clock_monotonic_ns() < c->started_ns + EARLY_NS;
    c->died_young = young ? c->died_young + 1 : 0;
    uint64_t pause_ms = RESTART_MS;
    for (unsigned n = c->died_young; n > QUICK_STARTS && pause_ms < RESTART_MOST_MS; n--)
        pause_ms *= 2;
    return (pause_ms < RESTART_MOST_MS ? pause_ms : RESTART_MOST_MS) * NS_PER_MS;
}

static void start_again(struct child *c, int wait_status)
{
    if (exit_status(wait_status) == CAPTURE_AGAIN)
        log_info("%s: started again with other settings", c->role);
    else if (WIFSIGNALED(wait_status))
        log_error("%s: ended by signal %d (%s); started again", c->role, WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
    else
        log_error("%s: ended with status %d; started again", c->role, WEXITSTATUS(wait_status));
    c->started_before = true;
    c->start_at_ns = clock_monotonic_ns() + pause_ns(c);
}

static int start_due(struct child children[2], char *const *arguments)
{
    for (int i = 0; i < 2; i++)
        if (children[i].start_at_ns != 0 && clock_monotonic_ns() >= children[i].start_at_ns) {
            int rc = start(&children[i], arguments);
            if (rc < 0)
                return rc;
        }
    return 0;
}

/* It said itself why it cannot run. One that was killed said nothing: that may have been a frame. */
static bool gave_up(const struct child *c, int wait_status, bool capture)
{
    if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) == CAPTURE_AGAIN)
        return false;
    bool early = !c->started_before && clock_monotonic_ns() < c->started_ns + EARLY_NS;
    return early || (capture && WEXITSTATUS(wait_status) == 2);
}

static int supervise(struct child children[2], char *const *arguments, const sigset_t *signals, bool replay)
{
    struct child *publisher = &children[0], *capture = &children[1];
    for (;;) {
        int status, asked = wait_for_event(signals, next_start_ns(children));
        if (asked == SIGHUP && !hangup_is_end()) { /* read the lists again */
            if (capture->pid != 0)
                kill(capture->pid, SIGHUP);
            continue;
        }
        if (asked != 0) {
            stop(capture); /* first: it hands over what it still has */
            return end_replay(publisher, 0);
        }
        for (struct child *c; (c = ended(children, &status)) != NULL;) {
            if (c == capture && replay)
                return end_replay(publisher, exit_status(status));
            if (gave_up(c, status, c == capture))
                return exit_status(status) ? exit_status(status) : 1;
            start_again(c, status);
        }
        if (start_due(children, arguments) < 0)
            return 1;
    }
}

int supervisor_run(char *const *arguments, const char *run_dir, bool replay)
{
    struct child children[2] = {{.role = "publish"}, {.role = "capture"}};
    sigset_t signals;
    /* A shell starts background jobs with SIGINT ignored, and an ignored signal is never waited for. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    hangup_begin();
    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (mkdir(run_dir, 0700) < 0 && errno != EEXIST) {
        log_error("%s: %s; [run] dir must name a folder that can be made", run_dir, strerror(errno));
        return 1;
    }
    int status = 1;
    if (start(&children[0], arguments) == 0 && start(&children[1], arguments) == 0)
        status = supervise(children, arguments, &signals, replay);
    stop(&children[1]);
    stop(&children[0]);
    return status;
}
