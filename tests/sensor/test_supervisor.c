/* test_supervisor.c -- who is started again, when, and what ends everything. The supervisor starts its own program with a role: here that is this
 * test, whose children write down when they were started and then do what the test asks of their role. */
#include "sensor/supervisor.h"

#include "common/clock.h"
#include "sensor/capture_process.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define STARTS_MOST 64

static char folder[64];

static void path_of(const char *role, char path[96])
{
    snprintf(path, 96, "%s/%s", folder, role);
}

/* When a role was started, in order. */
static unsigned starts_of(const char *role, uint64_t times_ns[STARTS_MOST])
{
    char path[96];
    path_of(role, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, times_ns, STARTS_MOST * sizeof(*times_ns));
    if (fd >= 0)
        close(fd);
    return n < 0 ? 0 : (unsigned)((size_t)n / sizeof(*times_ns));
}

/* A child: notes its start, then does the n-th letter of its script, the last one for ever.
 * s: stays; k: is killed at once; 3: exits with 3; a: exits with CAPTURE_AGAIN; l: stays a little longer than "early" is, then is killed. */
static int act(const char *role, const char *script)
{
    uint64_t now_ns = clock_monotonic_ns(), before[STARTS_MOST];
    unsigned n = starts_of(role, before);
    char path[96], what = script[n < strlen(script) ? n : strlen(script) - 1];
    path_of(role, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, &now_ns, sizeof(now_ns)) != (ssize_t)sizeof(now_ns))
        return 99;
    close(fd);
    if (what == '3' || what == 'a')
        return what == '3' ? 3 : CAPTURE_AGAIN;
    if (what == 'l')
        usleep(2100000);
    if (what != 's')
        raise(SIGKILL);
    for (;;)
        pause();
}

/* The supervisor over these two. */
static pid_t supervise(const char *publish, const char *capture)
{
    static char at[64], of_publish[16], of_capture[16], *arguments[] = {at, of_publish, of_capture, NULL};
    snprintf(folder, sizeof(folder), "/tmp/telltale-supervisor-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(at, sizeof(at), "%s", folder);
    snprintf(of_publish, sizeof(of_publish), "%s", publish);
    snprintf(of_capture, sizeof(of_capture), "%s", capture);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        _exit(supervisor_run(arguments, folder, false));
    }
    return pid;
}

static void sweep_up(void)
{
    char path[96];
    path_of("publish", path);
    unlink(path);
    path_of("capture", path);
    unlink(path);
    rmdir(folder);
}

/* Its exit status, within so many seconds. */
static int status_within(pid_t pid, unsigned seconds)
{
    int status = 0;
    for (unsigned i = 0; i < seconds * 100; i++, usleep(10000))
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    fail_msg("the supervisor did not end");
    return -1;
}

/* Waits until a role was started so often; its times. */
static void wait_starts(const char *role, unsigned n, unsigned seconds, uint64_t times_ns[STARTS_MOST])
{
    for (unsigned i = 0; i < seconds * 100; i++, usleep(10000))
        if (starts_of(role, times_ns) >= n)
            return;
    fail_msg("%s was started %u times, not %u", role, starts_of(role, times_ns), n);
}

static unsigned pause_ms(const uint64_t *times_ns, unsigned i)
{
    return (unsigned)((times_ns[i] - times_ns[i - 1]) / NS_PER_MS);
}

static void one_that_exits_at_its_first_start_ends_everything_with_its_status(void **state)
{
    (void)state;
    uint64_t times_ns[STARTS_MOST];
    assert_int_equal(status_within(supervise("s", "3"), 20), 3);
    assert_int_equal(starts_of("capture", times_ns), 1);
    sweep_up();
}

static void one_that_is_killed_at_its_first_start_is_started_again_alone(void **state)
{
    (void)state;
    uint64_t times_ns[STARTS_MOST];
    pid_t pid = supervise("s", "ks");
    wait_starts("capture", 2, 10, times_ns);
    assert_in_range(pause_ms(times_ns, 1), 200, 999);
    assert_int_equal(starts_of("publish", times_ns), 1);
    kill(pid, SIGTERM);
    status_within(pid, 20);
    sweep_up();
}

static void one_that_asks_for_it_is_started_again(void **state)
{
    (void)state;
    uint64_t times_ns[STARTS_MOST];
    pid_t pid = supervise("s", "as");
    wait_starts("capture", 2, 10, times_ns);
    kill(pid, SIGTERM);
    status_within(pid, 20);
    sweep_up();
}

static void one_that_exits_later_is_started_again(void **state)
{
    (void)state;
    uint64_t times_ns[STARTS_MOST];
    pid_t pid = supervise("k3s", "s"); /* not its first start */
    wait_starts("publish", 3, 10, times_ns);
    assert_int_equal(starts_of("capture", times_ns), 1);
    kill(pid, SIGTERM);
    status_within(pid, 20);
    sweep_up();
}

/* The seventh start is 3.0 s after the first at the soonest, where pauses that do not grow would have made it 1.2. Meanwhile the other is not kept waiting,
 * and who asks for an end has it. */
static void one_that_is_killed_again_and_again_is_started_ever_more_rarely(void **state)
{
    (void)state;
    uint64_t times_ns[STARTS_MOST], other_ns[STARTS_MOST];
    pid_t pid = supervise("llls", "k");
    wait_starts("capture", 7, 30, times_ns);
    for (unsigned i = 1; i <= 3; i++)
        assert_in_range(pause_ms(times_ns, i), 200, 999);
    assert_in_range(pause_ms(times_ns, 4), 400, 2000);
    assert_in_range(pause_ms(times_ns, 5), 800, 2800);
    assert_in_range(pause_ms(times_ns, 6), 1600, 3600);
    wait_starts("publish", 3, 20, other_ns); /* in the pauses of 3.2 and 6.4 s */
    for (unsigned i = 1; i <= 2; i++)
        assert_in_range(pause_ms(other_ns, i), 2300, 3099); /* 2.1 s of life, then less than a second */
    uint64_t asked_ns = clock_monotonic_ns();
    kill(pid, SIGTERM);
    status_within(pid, 20);
    assert_true(clock_monotonic_ns() - asked_ns < 2 * NS_PER_S);
    sweep_up();
}

int main(int argc, char **argv)
{
    if (argc == 5 && (strcmp(argv[1], "publish") == 0 || strcmp(argv[1], "capture") == 0)) {
        snprintf(folder, sizeof(folder), "%s", argv[2]);
        return act(argv[1], argv[strcmp(argv[1], "publish") == 0 ? 3 : 4]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_exits_at_its_first_start_ends_everything_with_its_status),
        cmocka_unit_test(one_that_is_killed_at_its_first_start_is_started_again_alone),
        cmocka_unit_test(one_that_asks_for_it_is_started_again),
        cmocka_unit_test(one_that_exits_later_is_started_again),
        cmocka_unit_test(one_that_is_killed_again_and_again_is_started_ever_more_rarely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
