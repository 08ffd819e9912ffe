/* Last words and gaps: children of the test crash with a folder in memory, and what the next process reads of it is looked at. */
#include "sensor/gaps.h"
#include "sensor/last_words.h"
#include "sensor/threads.h"

#include "common/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/dev/shm/test-last-words.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

/* A child that does this; its wait status. */
static int child(void (*what)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        if (!freopen("/dev/null", "w", stderr))
            _exit(99);
        what();
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static enum dissector crashing;

static void *bystander(void *context)
{
    last_words_thread(2);
    last_words(DISSECTOR_QUIC, 1200);
    pause();
    return context;
}

/* With another thread in the middle of something else. */
static void crash(void)
{
    pthread_t other;
    last_words_open(folder);
    thread_start(&other, "bystander", bystander, NULL);
    last_words_thread(1);
    last_words(crashing, 77);
    usleep(20000);
    raise(SIGSEGV);
}

static uint32_t seen_off, seen_crashes;
static int report[2];

static void look(void)
{
    last_words_open(folder);
    uint32_t told[2] = {last_words_off, last_words_crashes()};
    if (write(report[1], told, sizeof(told)) != sizeof(told))
        _exit(1);
}

static void look_at_it(void)
{
    uint32_t told[2];
    assert_int_equal(pipe(report), 0);
    assert_int_equal(child(look), 0);
    assert_int_equal(read(report[0], told, sizeof(told)), sizeof(told));
    close(report[0]);
    close(report[1]);
    seen_off = told[0];
    seen_crashes = told[1];
}

static void crash_times(enum dissector d, unsigned n)
{
    crashing = d;
    while (n-- > 0)
        assert_true(WIFSIGNALED(child(crash))); /* by SIGSEGV; a sanitizer may end it with another signal or status */
}

/* A sanitizer may make an exit status of a fault. */
static void want_faults_by_signal(void)
{
    crashing = DISSECTOR_NONE;
    int status = child(crash);
    tear_down(NULL);
    set_up(NULL);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
        return;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#else
    fail_msg("a fault ended the process with %#x", (unsigned)status);
#endif
}

static void three_crashes_of_one_dissector_leave_it_out(void **state)
{
    (void)state;
    want_faults_by_signal();
    crash_times(DISSECTOR_DNS, 2);
    look_at_it();
    assert_int_equal(seen_off, 0);
    assert_int_equal(seen_crashes, 2);
    crash_times(DISSECTOR_DNS, 1);
    look_at_it();
    assert_int_equal(seen_off, 1u << DISSECTOR_DNS);
    assert_int_equal(seen_crashes, 3);
}

static void crashes_of_different_ones_leave_none_out(void **state)
{
    (void)state;
    want_faults_by_signal();
    crash_times(DISSECTOR_TLS, 2);
    crash_times(DISSECTOR_NDPI, 2);
    crash_times(DISSECTOR_HTTP, 2);
    look_at_it();
    assert_int_equal(seen_off, 0);
    assert_int_equal(seen_crashes, 6);
}

static void headers_and_our_own_tables_are_never_left_out(void **state)
{
    (void)state;
    want_faults_by_signal();
    crash_times(DISSECTOR_PACKET, 4);
    crash_times(DISSECTOR_NONE, 4);
    look_at_it();
    assert_int_equal(seen_off, 0);
    assert_int_equal(seen_crashes, 8);
}

static void end_in_order(void)
{
    last_words_open(folder);
    last_words_forget();
}

static void an_orderly_end_tries_again(void **state)
{
    (void)state;
    want_faults_by_signal();
    crash_times(DISSECTOR_QUIC, 3);
    look_at_it();
    assert_int_equal(seen_off, 1u << DISSECTOR_QUIC);
    assert_int_equal(child(end_in_order), 0);
    look_at_it();
    assert_int_equal(seen_off, 0);
    assert_int_equal(seen_crashes, 0);
}

static void be_killed(void)
{
    last_words_open(folder);
    last_words_thread(1);
    last_words(DISSECTOR_TLS, 5);
    raise(SIGKILL);
}

static void be_sent_a_fault(void)
{
    pid_t self = getpid();
    last_words_open(folder);
    last_words_thread(1);
    last_words(DISSECTOR_TLS, 5);
    if (fork() == 0) {
        kill(self, SIGSEGV);
        _exit(0);
    }
    for (;;)
        pause();
}

static void a_fault_that_somebody_sends_ends_it_and_blames_nobody(void **state)
{
    (void)state;
    want_faults_by_signal();
    int status = child(be_sent_a_fault);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    look_at_it();
    assert_int_equal(seen_crashes, 0);
}

static void a_process_that_is_killed_blames_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(WTERMSIG(child(be_killed)), SIGKILL);
    look_at_it();
    assert_int_equal(seen_off, 0);
    assert_int_equal(seen_crashes, 0);
}

static void a_file_of_nonsense_is_begun_anew(void **state)
{
    char path[96];
    (void)state;
    snprintf(path, sizeof(path), "%s/capture.words", folder);
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 5000; i++)
        fputc(i * 7, f);
    fclose(f);
    look_at_it();
    assert_int_equal(seen_off, 0);
    assert_int_equal(seen_crashes, 0);
}

/* Gaps ------------------------------------------------------------------------------------------------------------- */

static void live_and_die(void)
{
    struct gaps g;
    gaps_open(&g, folder);
    gaps_run(&g);
    raise(SIGKILL);
}

static void die_in_a_gap(void)
{
    struct gaps g;
    gaps_open(&g, folder);
    gaps_run(&g);
    gaps_begin(&g, GAP_CABLE);
    gaps_run(&g);
    raise(SIGKILL);
}

static void the_death_of_a_process_is_a_gap(void **state)
{
    struct gaps g;
    (void)state;
    assert_false(gaps_open(&g, folder));
    uint64_t before_s = clock_wall_ns() / NS_PER_S;
    child(live_and_die);
    usleep(50000);
    assert_true(gaps_open(&g, folder));
    assert_int_equal(g.count, 1);
    assert_true(g.from_s + 1 >= before_s && g.from_s <= before_s + 2);
    assert_int_equal(g.until_s, 0);
    gaps_end(&g);
    assert_int_equal(g.seconds, 1); /* rounded up */
    assert_true(g.until_s >= g.from_s);
    gaps_end(&g);
    assert_int_equal(g.seconds, 1);
    gaps_run(&g);
    gaps_forget(&g);
    assert_false(gaps_open(&g, folder));
}

static void a_gap_that_outlives_its_process_counts_once(void **state)
{
    struct gaps g;
    (void)state;
    child(die_in_a_gap);
    assert_true(gaps_open(&g, folder));
    assert_int_equal(g.count, 0); /* it was in the other's count */
    assert_true(g.from_s != 0);
    gaps_end(&g);
    assert_true(g.until_s != 0);
    assert_int_equal(g.why, GAP_CABLE);
    gaps_begin(&g, GAP_DOWN);
    gaps_begin(&g, GAP_DOWN);
    assert_int_equal(g.count, 1);
    assert_int_equal(g.until_s, 0);
    gaps_forget(&g);
}

static void without_a_folder_gaps_of_this_process_are_counted(void **state)
{
    struct gaps g;
    (void)state;
    assert_false(gaps_open(&g, NULL));
    gaps_begin(&g, GAP_DOWN);
    gaps_run(&g);
    assert_int_equal(g.count, 1);
    assert_int_equal(g.seconds, 1);
    gaps_end(&g);
    gaps_forget(&g);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(three_crashes_of_one_dissector_leave_it_out),
        TEST(crashes_of_different_ones_leave_none_out),
        TEST(headers_and_our_own_tables_are_never_left_out),
        TEST(an_orderly_end_tries_again),
        TEST(a_process_that_is_killed_blames_nobody),
        TEST(a_fault_that_somebody_sends_ends_it_and_blames_nobody),
        TEST(a_file_of_nonsense_is_begun_anew),
        TEST(the_death_of_a_process_is_a_gap),
        TEST(a_gap_that_outlives_its_process_counts_once),
        TEST(without_a_folder_gaps_of_this_process_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
