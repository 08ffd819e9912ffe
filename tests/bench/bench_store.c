/* bench_store.c -- contacts a second into a local Redis, through the writer and the Redis Function, answers included.
 *
 * usage: bench_store [CONTACTS] [AT_LEAST]    AT_LEAST makes the first figure a gate
 *
 * "school": 40 trackers, 300 devices, 5 kinds of evidence, as a school's traffic is. "all different": every contact of another
 * tracker and device than the 4,095 before it, which nothing can share.
 */
#include "common/clock.h"
#include "common/log.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MOST 16384

static struct store_contact contact(uint64_t i, uint64_t trackers, uint64_t devices)
{
    struct store_contact c = {.time_ns = clock_wall_ns(), .day = "2026-11-22", .hour = 9, .asn = 29990, .country = "US"};
    uint64_t n = i * 0x9e3779b97f4a7c15ull >> 20; /* no order that a cache could like */
    c.connections = 1 + (uint32_t)(n % 7);
    c.purpose = (enum purpose)(n % trackers % PURPOSE_COUNT);
    c.evidence = (enum evidence)(n / 7 % EVIDENCE_COUNT);
    snprintf(c.device, sizeof(c.device), "%012" PRIx64, n % devices);
    snprintf(c.tracker, sizeof(c.tracker), "Tracker %" PRIu64, n % trackers);
    snprintf(c.organisation, sizeof(c.organisation), "Organisation %" PRIu64, n % trackers / 3);
    snprintf(c.matched, sizeof(c.matched), "tracker-%" PRIu64 ".example", n % trackers);
    strcpy(c.feed, "telltale@2026-11-22");
    return c;
}

/* What the server's main thread has used so far, in seconds: the figure that other work on the machine does not bend. */
static double server_cpu_s(struct test_redis *redis)
{
    struct store_reply *info = test_redis_ask(redis, "INFO", "cpu", NULL);
    double sum = 0;
    static const char *const names[] = {"used_cpu_sys_main_thread:", "used_cpu_user_main_thread:"};
    for (int i = 0; info && i < 2; i++) {
        const char *at = strstr(store_reply_text(info, NULL), names[i]);
        sum += at ? strtod(at + strlen(names[i]), NULL) : 0;
    }
    store_reply_free(info);
    return sum;
}

/* Contacts a second; 0 when not all arrived. */
static double measure(struct test_redis *redis, uint64_t contacts, uint64_t trackers, uint64_t devices, double *cpu_us)
{
    store_reply_free(test_redis_ask(redis, "FLUSHALL", NULL));
    struct store_settings settings = {.socket = redis->socket, .installation = "bench", .queue_batches = 1024};
    struct store_writer *w = store_writer_open(&settings);
    double cpu_s = server_cpu_s(redis);
    uint64_t begin_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < contacts; i++) {
        struct store_contact c = contact(i, trackers, devices);
        store_writer_contact(w, &c);
        if (i % 256 == 0)
            store_writer_run(w, 0);
        while (store_writer_counts(w).contacts_queued > WAITING_MOST)
            store_writer_run(w, 10);
    }
    bool all = store_writer_drain(w, 60000);
    double seconds = (double)(clock_monotonic_ns() - begin_ns) / NS_PER_S;
    *cpu_us = (server_cpu_s(redis) - cpu_s) * 1e6 / (double)contacts;
    all = all && store_writer_counts(w).contacts_acknowledged == contacts &&
          test_redis_number(redis, "HGET", "telltale:{bench}:day:2026-11-22", "contacts", NULL) == (long long)contacts;
    store_writer_close(w);
    return all ? (double)contacts / seconds : 0;
}

int main(int argc, char **argv)
{
    struct test_redis redis;
    uint64_t contacts = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    double least = argc > 2 ? strtod(argv[2], NULL) : 1;
    log_init("bench", LOG_LEVEL_ERROR);
    if (!test_redis_start(&redis))
        return 1;
    double school_us, different_us;
    double school = measure(&redis, contacts, 40, 300, &school_us), different = measure(&redis, contacts, 4096, 4096, &different_us);
    printf("store: %.0f contacts/s of a school (%.1f us of Redis each), %.0f contacts/s all different (%.1f us)\n", school, school_us,
           different, different_us);
    test_redis_remove(&redis);
    if (school < least || different <= 0) {
        fprintf(stderr, "bench_store: fewer than %.0f contacts/s, or not all arrived\n", least);
        return 1;
    }
    return 0;
}
