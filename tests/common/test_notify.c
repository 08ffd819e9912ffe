/* test_notify.c -- what the service manager hears, over a real socket in both forms of its address. */
#include "common/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static int manager;

static void listen_as(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 2, .tv_usec = 0};
    strcpy(a.sun_path, path);
    if (path[0] == '@')
        a.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))), 0);
    setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static const char *heard(void)
{
    static char words[128];
    ssize_t n = recv(manager, words, sizeof(words) - 1, 0);
    words[n > 0 ? n : 0] = '\0';
    return words;
}

/* What a process in its own says; each test needs a fresh one, because a process opens the way once. */
static int in_a_child(void (*body)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        body();
        _exit(getenv("NOTIFY_SOCKET") || getenv("WATCHDOG_USEC") ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void say_ready(void)
{
    notify_open();
    notify_ready();
}

static void ready_is_heard_and_the_environment_is_taken_away(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "/tmp/telltale-notify-%d", (int)getpid());
    listen_as(path);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    assert_int_equal(in_a_child(say_ready), 0);
    assert_string_equal(heard(), "READY=1");
    close(manager);
    unlink(path);
}

static void an_abstract_address_works_too(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "@telltale-notify-%d", (int)getpid());
    listen_as(path);
    setenv("NOTIFY_SOCKET", path, 1);
    assert_int_equal(in_a_child(say_ready), 0);
    assert_string_equal(heard(), "READY=1");
    close(manager);
}

static void be_alive_for_a_while(void)
{
    const struct timespec tick = {.tv_sec = 0, .tv_nsec = 5000000};
    notify_open();
    for (int i = 0; i < 100; i++, nanosleep(&tick, NULL))
        notify_alive();
    notify_stopping();
}

static void a_watchdog_of_400_ms_hears_us_about_every_100(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "@telltale-alive-%d", (int)getpid());
    listen_as(path);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "400000", 1);
    unsetenv("WATCHDOG_PID");
    assert_int_equal(in_a_child(be_alive_for_a_while), 0);
    int alive = 0;
    while (strcmp(heard(), "WATCHDOG=1") == 0)
        alive++;
    assert_in_range(alive, 2, 12); /* half a second, and a machine that others use too */
    close(manager);
}

static void a_watchdog_that_means_another_process_is_not_answered(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "@telltale-other-%d", (int)getpid());
    listen_as(path);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "400000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(in_a_child(be_alive_for_a_while), 0);
    assert_string_equal(heard(), "STOPPING=1");
    close(manager);
}

static void without_a_manager_or_with_a_wrong_address_nothing_happens(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "/nowhere/at/all", "relative", "/"};
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(in_a_child(say_ready), 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        setenv("NOTIFY_SOCKET", paths[i], 1);
        assert_int_equal(in_a_child(say_ready), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_is_heard_and_the_environment_is_taken_away),
        cmocka_unit_test(an_abstract_address_works_too),
        cmocka_unit_test(a_watchdog_of_400_ms_hears_us_about_every_100),
        cmocka_unit_test(a_watchdog_that_means_another_process_is_not_answered),
        cmocka_unit_test(without_a_manager_or_with_a_wrong_address_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
