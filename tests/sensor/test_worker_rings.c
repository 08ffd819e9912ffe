/* test_worker_rings.c -- a worker with a ring from each of several capture threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/sensor/driven_worker.h"

static struct spsc_ring *rings[2];
static char said[64][64];
static unsigned said_len;

static void on_name(void *context, enum name_protocol protocol, const char *name)
{
    (void)context, (void)protocol;
    if (said_len < 64)
        snprintf(said[said_len++], sizeof(said[0]), "%s", name);
}

static int begin_two(void **state)
{
    (void)state;
    struct worker_options o = {.max_flows = 4096, .on_name = on_name};
    o.findings = (struct findings_options){
        .trackers = trackers, .sites = sites, .max_devices = 32, .max_contacts = 64, .visit_gap_ns = 60 * NS_PER_S};
    rings[0] = spsc_ring_new(4 << 20, 0);
    rings[1] = spsc_ring_new(4 << 20, 0);
    worker = worker_new(&o, rings[0]);
    assert_true(rings[0] && rings[1] && worker);
    worker_add_ring(worker, rings[1]);
    now_ns = BEGIN;
    next_port = 50000;
    said_len = 0;
    return 0;
}

static int end_two(void **state)
{
    (void)state;
    worker_free(worker);
    spsc_ring_free(rings[0]);
    spsc_ring_free(rings[1]);
    return 0;
}

/* Which of the two the next frames come by. */
static void by(unsigned thread)
{
    ring = rings[thread];
}

static void end_both(void)
{
    for (unsigned i = 0; i < 2; i++) {
        by(i);
        struct frame *f = reserve(0);
        f->kind = FRAME_END;
        commit(0);
        spsc_ring_publish(ring);
    }
}

static void what_lies_in_two_rings_is_taken_in_the_order_of_its_times(void **state)
{
    (void)state;
    char name[64];
    for (unsigned i = 0; i < 40; i++) {
        by(i / 3 % 2);
        snprintf(name, sizeof(name), "host-%02u.example", i);
        visit(1 + i / 3 % 2, SERVER, name, false);
    }
    end_both();
    worker_run(worker);
    assert_int_equal(said_len, 40);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "host-%02u.example", i);
        assert_string_equal(said[i], name);
    }
    assert_int_equal(figures().named, 40);
}

static void *run_worker(void *context)
{
    worker_run(context);
    return NULL;
}

static void wait_for(unsigned names)
{
    for (unsigned i = 0; i < 5000 && atomic_load_explicit(&worker_counts(worker)->decoded, memory_order_relaxed) < names; i++)
        usleep(1000);
}

/* A block of the kernel's that came to another thread: older than what was taken already. Its flows live and are counted like any. */
static void frames_that_come_late_are_counted_like_others(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_worker, worker), 0);
    by(0);
    now_ns = BEGIN + 500 * NS_PER_MS;
    for (unsigned i = 0; i < 10; i++)
        visit(1, SERVER, "early.example", false);
    spsc_ring_publish(ring);
    wait_for(50);
    by(1);
    now_ns = BEGIN;
    for (unsigned i = 0; i < 10; i++)
        visit(2, SERVER, "late.example", false);
    spsc_ring_publish(ring);
    wait_for(100);
    by(0);
    now_ns = BEGIN + 900 * NS_PER_MS;
    visit(1, SERVER, "early.example", false);
    end_both();
    pthread_join(thread, NULL);
    struct figures f = figures();
    assert_int_equal(f.flows, 21);
    assert_int_equal(f.named, 21);
}

static void one_ring_that_ends_does_not_end_the_worker(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_worker, worker), 0);
    by(0);
    struct frame *f = reserve(0);
    f->kind = FRAME_END;
    commit(0);
    spsc_ring_publish(ring);
    usleep(50000);
    by(1);
    visit(1, SERVER, "after.example", false);
    f = reserve(0);
    f->kind = FRAME_END;
    commit(0);
    spsc_ring_publish(ring);
    pthread_join(thread, NULL);
    assert_int_equal(figures().named, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_two, end_two)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_lies_in_two_rings_is_taken_in_the_order_of_its_times),
        TEST(frames_that_come_late_are_counted_like_others),
        TEST(one_ring_that_ends_does_not_end_the_worker),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
