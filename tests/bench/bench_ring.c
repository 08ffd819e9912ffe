/* bench_ring.c -- what it costs to hand a record from one thread to another, and what publishing in batches saves.
 *
 *     bench_ring [records [max_ns]]        (2,000,000 records when not said)
 *
 * The producer copies 64 or 1500 bytes into each record, as the capture thread does with a frame's useful head; the
 * consumer adds up every eighth byte, so that the record's cache lines really travel. `batch` publishes as
 * spsc_ring_commit() does by itself, `each` after every record. The ring is as large as the daemon's. Each figure is
 * the best of five rounds: other work on the machine only ever makes it worse. Exit status 1 when a sum is wrong, or a
 * record of 64 bytes in batches takes longer than max_ns.
 */
#include "sensor/spsc_ring.h"

#include "common/clock.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS     5
#define RING_BYTES (4u << 20)

struct run {
    struct spsc_ring *ring;
    uint32_t records;
    size_t bytes;
    bool each;
    uint64_t sum; /* what the consumer read */
};

static void *produce(void *context)
{
    struct run *run = context;
    static uint8_t frame[1500];
    for (uint32_t i = 0; i < run->records; i++) {
        uint8_t *room;
        while (!(room = spsc_ring_reserve(run->ring, run->bytes))) {
            spsc_ring_publish(run->ring);
            sched_yield();
        }
        frame[0] = (uint8_t)i;
        memcpy(room, frame, run->bytes);
        spsc_ring_commit(run->ring, run->bytes);
        if (run->each)
            spsc_ring_publish(run->ring);
    }
    spsc_ring_publish(run->ring);
    return NULL;
}

static void consume(struct run *run)
{
    for (uint32_t taken = 0; taken < run->records;) {
        size_t n;
        const uint8_t *bytes = spsc_ring_peek(run->ring, &n);
        if (!bytes) {
            spsc_ring_wait(run->ring, 100);
            continue;
        }
        for (size_t i = 0; i < n; i += 8)
            run->sum += bytes[i];
        spsc_ring_release(run->ring);
        taken++;
    }
}

/* Nanoseconds a record; negative when the consumer did not read what was written. */
static double measure(uint32_t records, size_t bytes, bool each)
{
    double best = 1e9;
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < records; i++)
        wanted += (uint8_t)i;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t producer;
        struct run run = {.ring = spsc_ring_new(RING_BYTES, 0), .records = records, .bytes = bytes, .each = each};
        if (!run.ring)
            return -1;
        uint64_t begin = clock_monotonic_ns();
        if (pthread_create(&producer, NULL, produce, &run) != 0) {
            spsc_ring_free(run.ring);
            return -1;
        }
        consume(&run);
        double ns = (double)(clock_monotonic_ns() - begin) / records;
        pthread_join(producer, NULL);
        spsc_ring_free(run.ring);
        if (run.sum != wanted)
            return -1;
        best = ns < best ? ns : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {64, 1500};
    uint32_t records = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2000000;
    double max_ns = argc > 2 ? strtod(argv[2], NULL) : 0, smallest = 0;
    bool right = records > 0;
    for (size_t i = 0; right && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int each = 0; right && each < 2; each++) {
            double ns = measure(records, sizes[i], each);
            right = ns > 0;
            if (i == 0 && !each)
                smallest = ns;
            printf("%4zu bytes, publish %-5s  %7.1f ns a record  %6.2f million records/s\n", sizes[i],
                   each ? "each" : "batch", ns, 1e3 / ns);
        }
    }
    if (!right)
        fprintf(stderr, "wrong sums, or no memory\n");
    if (right && max_ns > 0 && smallest > max_ns)
        fprintf(stderr, "more than %.0f ns\n", max_ns);
    return right && (max_ns <= 0 || smallest <= max_ns) ? 0 : 1;
}
