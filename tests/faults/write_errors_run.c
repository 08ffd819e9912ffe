/* write_errors_run.c -- one publisher's life over a disk that fails once, for tests/faults/write_errors.
 *
 * usage: write_errors_run fill SPOOL INSTALLATION FIRST          Redis is away: COUNT contacts go into the spool; ends without a word
 *        write_errors_run drain SPOOL INSTALLATION SOCKET MADE   the next one delivers; every one of MADE contacts is there once
 */
#include "common/clock.h"
#include "common/log.h"
#include "store/writer.h"
#include "tests/support/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT 160

static struct store_writer *open_writer(const char *spool, const char *installation, const char *socket)
{
    struct store_settings settings = {
        .socket = socket, .installation = installation, .queue_batches = 256, .spool = spool, .spool_bytes = 8 << 20, .any_time = true};
    return store_writer_open(&settings);
}

static int fill(const char *spool, const char *installation, unsigned first)
{
    struct store_writer *w = open_writer(spool, installation, "/nonexistent");
    if (!w)
        return 1;
    for (unsigned i = 0; i < COUNT; i++) {
        struct store_contact c = {.time_ns = 1795345200 * NS_PER_S, .day = "2026-11-22", .device = "0123456789ab", .connections = 1};
        snprintf(c.tracker, sizeof(c.tracker), "t%u", first + i);
        store_writer_contact(w, &c);
        if (i % 4 == 3)
            store_writer_drain(w, 0); /* closes the batch */
        if (i % 40 == 39)
            usleep(20000);
    }
    uint64_t deadline_ns = clock_monotonic_ns() + 6 * NS_PER_S, synced_from_ns = clock_monotonic_ns() + 1100 * NS_PER_MS;
    struct store_writer_counts n;
    do {
        store_writer_run(w, 20);
        n = store_writer_counts(w);
    } while ((n.contacts_in_flight > 0 || n.spool_syncs < 2 || clock_monotonic_ns() < synced_from_ns) && clock_monotonic_ns() < deadline_ns);
    if (n.contacts_in_flight > 0 || n.contacts_made != n.contacts_spooled + n.contacts_in_flight || n.red) {
        printf("%" PRIu64 " of %" PRIu64 " contacts are not in the spool after 6 s, red %d\n", n.contacts_in_flight, n.contacts_made, n.red);
        return 1;
    }
    const char *count = getenv("FAULT_COUNT");
    if (count)
        return 0; /* lets the shim write its count; the writer is left as it is */
    _exit(0);
}

static int drain(const char *spool, const char *installation, const char *socket, unsigned made)
{
    struct test_redis redis = {.pid = 0};
    char key[64], field[64];
    struct store_writer *w = open_writer(spool, installation, socket);
    if (!w || !store_writer_drain(w, 10000)) {
        printf("it does not drain\n");
        return 1;
    }
    struct store_writer_counts n = store_writer_counts(w);
    store_writer_close(w);
    snprintf(redis.socket, sizeof(redis.socket), "%s", socket);
    snprintf(key, sizeof(key), "telltale:{%s}:day:2026-11-22", installation);
    for (unsigned i = 0; i < made; i++) {
        snprintf(field, sizeof(field), "contacts:tracker:t%u", i);
        if (test_redis_number(&redis, "HGET", key, field, NULL) != 1) {
            printf("t%u is in Redis %lld times\n", i, test_redis_number(&redis, "HGET", key, field, NULL));
            return 1;
        }
    }
    if (n.contacts_made != n.contacts_acknowledged || n.contacts_lost != 0 || test_redis_number(&redis, "HGET", key, "contacts", NULL) != (long long)made) {
        printf("made %" PRIu64 ", acknowledged %" PRIu64 ", lost %" PRIu64 "\n", n.contacts_made, n.contacts_acknowledged, n.contacts_lost);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    log_init("write_errors", LOG_LEVEL_ERROR);
    if (argc == 5 && strcmp(argv[1], "fill") == 0)
        return fill(argv[2], argv[3], (unsigned)strtoul(argv[4], NULL, 10));
    if (argc == 6 && strcmp(argv[1], "drain") == 0)
        return drain(argv[2], argv[3], argv[4], (unsigned)strtoul(argv[5], NULL, 10));
    fprintf(stderr, "usage: write_errors_run fill SPOOL INSTALLATION FIRST | drain SPOOL INSTALLATION SOCKET MADE\n");
    return 2;
}
