/* test_allocations.c -- once the sensor runs, our code asks nobody for memory: not for a packet, a flow, a name or a contact.
 *
 * The linker leads every call that our own objects make to malloc() and its kin through this file (--wrap in the CMakeLists
 * beside it); those of libraries are not counted here. A school's traffic is read by the whole pipeline, rules, sites and all;
 * counting begins behind its first batch, when the file is open and every thread has begun.
 */
#include "sensor/pipeline.h"

#include "feeds/rules.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static atomic_bool counting;
static atomic_ulong asked;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t n);
char *__real_strdup(const char *s);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__wrap_strdup(const char *s);

static void count(void)
{
    if (atomic_load(&counting))
        atomic_fetch_add(&asked, 1);
}

void *__wrap_malloc(size_t n)
{
    count();
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    count();
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    count();
    return __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
    count();
    return __real_reallocarray(p, n, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    count();
    return __real_aligned_alloc(alignment, n);
}

char *__wrap_strdup(const char *s)
{
    count();
    return __real_strdup(s);
}

static const volatile int go_on = 0;
static unsigned long contacts;

static void on_close(void *context, const struct contact *c, const struct device *d)
{
    (void)context;
    (void)c;
    (void)d;
    contacts++; /* one worker */
}

/* Called after each batch. */
static void begin_counting(void *context)
{
    (void)context;
    atomic_store(&counting, true);
}

static void a_running_sensor_allocates_nothing(void **state)
{
    (void)state;
    char capture[] = "/tmp/telltale-allocations-XXXXXX", command[1024];
    int fd = mkstemp(capture);
    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof(command), "%s/tests/generate school %s /dev/null packets=60000 seconds=40", BUILD_DIR, capture);
    assert_int_equal(system(command), 0);

    struct feed_set *trackers = NULL;
    struct site_set *sites = NULL;
    assert_int_equal(rules_load_trackers(NULL, 0, &trackers), 0);
    assert_int_equal(rules_load_sites(NULL, 0, &sites), 0);
    struct pipeline_options o = {.workers = 1, .ring_bytes = 4 << 20, .worker = {.max_flows = 65536}};
    o.worker.findings = (struct findings_options){.trackers = trackers,
                                                  .sites = sites,
                                                  .max_devices = 1024,
                                                  .max_contacts = 16384,
                                                  .visit_gap_ns = 60 * NS_PER_S,
                                                  .withhold = true,
                                                  .on_close = on_close};
    struct pipeline *p = pipeline_new(&o);
    struct capture *c;
    assert_non_null(p);
    assert_int_equal(pipeline_start(p), 0);
    assert_int_equal(capture_open_file(capture, &c), 0);
    assert_int_equal(pipeline_pump(p, c, &go_on, begin_counting, NULL), 0);
    pipeline_finish(p);
    atomic_store(&counting, false);
    unlink(capture);
    assert_true(PIPELINE_COUNT(p, decoded) > 55000 && PIPELINE_COUNT(p, named) > 300 && contacts > 100); /* it did its work */
    capture_close(c);
    pipeline_free(p);
    feed_set_free(trackers);
    site_set_free(sites);
    assert_int_equal(atomic_load(&asked), 0);
}

/* Else nothing above would be seen. */
static void an_allocation_of_ours_is_counted(void **state)
{
    (void)state;
    atomic_store(&asked, 0);
    atomic_store(&counting, true);
    struct spsc_ring *ring = spsc_ring_new(65536, 0);
    atomic_store(&counting, false);
    assert_non_null(ring);
    spsc_ring_free(ring);
    assert_true(atomic_load(&asked) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_sensor_allocates_nothing),
        cmocka_unit_test(an_allocation_of_ours_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
