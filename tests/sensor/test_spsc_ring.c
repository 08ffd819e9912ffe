/* test_spsc_ring.c -- the ring by itself, and between two threads; the thread sanitizer watches (preset tsan).
 *
 * Most rings here begin close to the wrap of their 64-bit counters, which no capture will ever reach: what holds there
 * holds everywhere.
 */
#include "sensor/spsc_ring.h"

#include "common/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define BYTES   65536u
#define LARGEST (BYTES / 4)

#ifdef __SANITIZE_THREAD__
#define RECORDS     200000u
#define ROUND_TRIPS 3000
#else
#define RECORDS     3000000u
#define ROUND_TRIPS 20000
#endif

/* The same numbers on both sides. */
struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *d) /* xorshift64* */
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * 2685821657736338717u;
}

static struct spsc_ring *ring_from(uint64_t start)
{
    struct spsc_ring *ring = spsc_ring_new(BYTES, start);
    assert_non_null(ring);
    return ring;
}

static bool put(struct spsc_ring *ring, size_t n, uint8_t fill)
{
    uint8_t *room = spsc_ring_reserve(ring, n);
    if (!room)
        return false;
    assert_int_equal((uintptr_t)room % 8, 0);
    memset(room, fill, n);
    spsc_ring_commit(ring, n);
    return true;
}

static bool is_filled(const uint8_t *bytes, size_t n, uint8_t fill)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != fill)
            return false;
    return true;
}

static void assert_next(struct spsc_ring *ring, size_t n, uint8_t fill)
{
    size_t got;
    const uint8_t *bytes = spsc_ring_peek(ring, &got);
    assert_non_null(bytes);
    assert_int_equal(got, n);
    assert_true(is_filled(bytes, n, fill));
    assert_ptr_equal(spsc_ring_peek(ring, &got), bytes); /* looking again changes nothing */
    spsc_ring_release(ring);
}

static void assert_empty(struct spsc_ring *ring)
{
    size_t n;
    assert_null(spsc_ring_peek(ring, &n));
}

/* -- one thread -- */

static void records_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct spsc_ring *ring = ring_from(0);
    assert_empty(ring);
    assert_true(put(ring, 1, 'a'));
    assert_true(put(ring, 0, 'b'));
    assert_true(put(ring, 1000, 'c'));
    spsc_ring_publish(ring);
    assert_next(ring, 1, 'a');
    assert_next(ring, 0, 'b');
    assert_next(ring, 1000, 'c');
    assert_empty(ring);
    spsc_ring_free(ring);
    spsc_ring_free(NULL);
}

static void a_record_can_be_cut_when_it_is_committed(void **state)
{
    (void)state;
    struct spsc_ring *ring = ring_from(0);
    memset(spsc_ring_reserve(ring, 500), 'x', 500);
    spsc_ring_commit(ring, 3);
    assert_true(put(ring, 5, 'y'));
    spsc_ring_publish(ring);
    assert_next(ring, 3, 'x');
    assert_next(ring, 5, 'y');
    spsc_ring_free(ring);
}

static void a_reservation_that_is_not_committed_leaves_no_trace(void **state)
{
    (void)state;
    struct spsc_ring *ring = ring_from(UINT64_MAX - 100);
    for (int i = 0; i < 1000; i++) {
        assert_non_null(spsc_ring_reserve(ring, LARGEST));
        assert_true(put(ring, 100, (uint8_t)i));
        spsc_ring_publish(ring);
        assert_next(ring, 100, (uint8_t)i);
        assert_empty(ring);
    }
    spsc_ring_free(ring);
}

static void records_are_seen_once_published_or_when_a_batch_is_full(void **state)
{
    (void)state;
    struct spsc_ring *ring = ring_from(0);
    for (int i = 0; i < SPSC_PUBLISH_EVERY - 1; i++)
        assert_true(put(ring, 8, (uint8_t)i));
    assert_empty(ring);
    assert_true(put(ring, 8, SPSC_PUBLISH_EVERY - 1));
    for (int i = 0; i < SPSC_PUBLISH_EVERY; i++)
        assert_next(ring, 8, (uint8_t)i);
    assert_true(put(ring, 8, 77));
    assert_empty(ring);
    spsc_ring_publish(ring);
    assert_next(ring, 8, 77);
    spsc_ring_free(ring);
}

static void a_full_ring_refuses_and_loses_nothing(void **state)
{
    (void)state;
    for (uint64_t start = 0; start < 4000; start += 1000) {
        struct spsc_ring *ring = ring_from(UINT64_MAX - start);
        unsigned in = 0, out = 0;
        for (int round = 0; round < 200; round++) {
            while (put(ring, 1000, (uint8_t)in))
                in++;
            /* at most the end of the memory and what the consumer has not handed back yet are lost to it */
            assert_true(in - out >= BYTES / 1008 - 1 - (round > 0 ? SPSC_PUBLISH_EVERY : 0));
            assert_false(put(ring, 1000, 0));
            spsc_ring_publish(ring);
            for (unsigned i = 0; i < 40; i++) /* some stay behind, so that the places move */
                assert_next(ring, 1000, (uint8_t)out++);
            size_t n;
            while (out < in && spsc_ring_peek(ring, &n) && round % 3 == 0)
                assert_next(ring, 1000, (uint8_t)out++);
        }
        spsc_ring_free(ring);
    }
}

static void the_largest_record_always_fits_an_empty_ring(void **state)
{
    (void)state;
    struct dice d = {.state = 1};
    struct spsc_ring *ring = ring_from(UINT64_MAX - 3 * LARGEST);
    for (int i = 0; i < 5000; i++) { /* wherever in memory the counters stand */
        size_t n = roll(&d) % 200;
        assert_true(put(ring, n, 1));
        spsc_ring_publish(ring);
        assert_next(ring, n, 1);
        assert_empty(ring);
        assert_true(put(ring, LARGEST, (uint8_t)i));
        spsc_ring_publish(ring);
        assert_next(ring, LARGEST, (uint8_t)i);
        assert_empty(ring);
    }
    spsc_ring_free(ring);
}

/* Every distance between the record and the end of the memory, and of the counters. */
static void a_record_is_never_split(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 200; n++) {
        struct spsc_ring *ring = ring_from(UINT64_MAX - 1000 - n);
        for (unsigned i = 0; i < BYTES / (8 + n) + 50; i++) {
            assert_true(put(ring, n, (uint8_t)i));
            spsc_ring_publish(ring);
            assert_next(ring, n, (uint8_t)i);
        }
        assert_empty(ring);
        spsc_ring_free(ring);
    }
}

/* A bounded queue of sizes and fills says what must come out. */
static void a_random_run_agrees_with_a_plain_queue(void **state)
{
    (void)state;
    static struct {
        size_t n;
        uint8_t fill;
    } queue[16384];
    struct dice d = {.state = 20261122};
    for (int run = 0; run < 20; run++) {
        struct spsc_ring *ring = ring_from(UINT64_MAX - roll(&d) % BYTES);
        unsigned in = 0, published = 0, out = 0;
        for (int step = 0; step < 20000; step++) {
            size_t n = roll(&d) % 8 ? roll(&d) % 300 : roll(&d) % (LARGEST + 1);
            switch (roll(&d) % 4) {
            case 0:
            case 1:
                if (put(ring, n, (uint8_t)step)) {
                    queue[in % 16384].n = n;
                    queue[in++ % 16384].fill = (uint8_t)step;
                }
                break;
            case 2:
                spsc_ring_publish(ring);
                published = in;
                break;
            default:
                if (out < published) {
                    assert_next(ring, queue[out % 16384].n, queue[out % 16384].fill);
                    out++;
                }
            }
        }
        spsc_ring_publish(ring);
        for (; out < in; out++)
            assert_next(ring, queue[out % 16384].n, queue[out % 16384].fill);
        assert_empty(ring);
        spsc_ring_free(ring);
    }
}

static void waiting_for_nothing_ends_at_the_time_out(void **state)
{
    (void)state;
    struct spsc_ring *ring = ring_from(0);
    uint64_t begin = clock_monotonic_ns();
    spsc_ring_wait(ring, 30);
    assert_true(clock_monotonic_ns() - begin >= 29 * NS_PER_MS);
    assert_true(put(ring, 8, 1));
    spsc_ring_publish(ring);
    begin = clock_monotonic_ns();
    spsc_ring_wait(ring, 60000); /* a record is there: no waiting at all */
    assert_true(clock_monotonic_ns() - begin < 10000 * NS_PER_MS);
    spsc_ring_free(ring);
}

/* -- two threads -- */

struct exchange {
    struct spsc_ring *ring;
    unsigned largest;
    bool drop; /* a live producer: what finds no room is lost */
    uint32_t dropped;
    _Atomic bool produced;
};

/* A record: its number, then bytes that only its number explains. */
static void write_record(uint8_t *room, size_t n, uint32_t number)
{
    memcpy(room, &number, 4);
    struct dice d = {.state = number + 1u};
    uint8_t fill = (uint8_t)roll(&d);
    for (size_t i = 4; i < n; i++)
        room[i] = (uint8_t)(fill + i);
}

static bool is_record(const uint8_t *bytes, size_t n, uint32_t *number)
{
    if (n < 4)
        return false;
    memcpy(number, bytes, 4);
    struct dice d = {.state = *number + 1u};
    uint8_t fill = (uint8_t)roll(&d), wrong = 0;
    for (size_t i = 4; i < n; i++)
        wrong |= bytes[i] ^ (uint8_t)(fill + i);
    return wrong == 0;
}

static void *produce(void *context)
{
    struct exchange *x = context;
    struct dice d = {.state = 4711};
    for (uint32_t number = 0; number < RECORDS; number++) {
        size_t n = 4 + roll(&d) % (roll(&d) % 64 ? 120 : x->largest - 4);
        uint8_t *room = spsc_ring_reserve(x->ring, n);
        while (!room && !x->drop) {
            spsc_ring_wait_space(x->ring);
            room = spsc_ring_reserve(x->ring, n);
        }
        if (!room) {
            x->dropped++;
            continue;
        }
        write_record(room, n, number);
        spsc_ring_commit(x->ring, n);
        if (roll(&d) % 200 == 0)
            spsc_ring_publish(x->ring);
        if (roll(&d) % 20000 == 0)
            usleep(300); /* the consumer falls asleep now and then */
    }
    spsc_ring_publish(x->ring);
    atomic_store(&x->produced, true);
    return NULL;
}

/* Reads until the producer has ended and nothing is left. Returns how many records came; each in order and whole. */
static uint32_t consume(struct exchange *x)
{
    struct dice d = {.state = 815};
    uint32_t count = 0, next = 0; /* next: the least number that may come */
    for (;;) {
        bool over = atomic_load(&x->produced);
        size_t n;
        const uint8_t *bytes = spsc_ring_peek(x->ring, &n);
        if (!bytes && over)
            return count;
        if (!bytes) {
            spsc_ring_wait(x->ring, 100);
            continue;
        }
        uint32_t number = 0;
        if (!is_record(bytes, n, &number) || number < next || (!x->drop && number != next))
            fail_msg("record %u is not what was written", count);
        spsc_ring_release(x->ring);
        next = number + 1;
        count++;
        if (x->drop && roll(&d) % 2000 == 0)
            usleep(200); /* and now and then it is late */
    }
}

static void run_exchange(struct exchange *x)
{
    pthread_t producer;
    x->ring = ring_from(UINT64_MAX - 3 * BYTES - 1234); /* the counters wrap soon */
    assert_int_equal(pthread_create(&producer, NULL, produce, x), 0);
    uint32_t received = consume(x);
    pthread_join(producer, NULL);
    assert_int_equal(received + x->dropped, RECORDS);
    spsc_ring_free(x->ring);
}

static void two_threads_exchange_millions_of_records(void **state)
{
    (void)state;
    struct exchange x = {.largest = 1500};
    run_exchange(&x);
    assert_int_equal(x.dropped, 0);
}

static void two_threads_exchange_records_as_large_as_may_be(void **state)
{
    (void)state;
    struct exchange x = {.largest = LARGEST};
    run_exchange(&x);
    assert_int_equal(x.dropped, 0);
}

static void a_producer_that_never_waits_drops_whole_records_and_counts_them(void **state)
{
    (void)state;
    struct exchange x = {.largest = 1500, .drop = true};
    run_exchange(&x);
    assert_true(x.dropped > 0); /* else nothing was tried */
}

/* As the worker reads: several at once, over the end of the memory too. */
static void many_lent_records_are_those_that_came_in_order(void **state)
{
    (void)state;
    struct spsc_ring *ring = ring_from(0);
    uint32_t in = 0, out = 0;
    for (int round = 0; round < 3000; round++) {
        void *records[16], *again[16];
        for (unsigned i = 0; i < 3 + (unsigned)round % 9; i++, in++) {
            size_t n = 8 + in * 37 % 900;
            uint8_t *room = spsc_ring_reserve(ring, n);
            assert_non_null(room);
            memset(room, 0, n);
            memcpy(room, &in, sizeof(in));
            spsc_ring_commit(ring, n);
        }
        spsc_ring_publish(ring);
        for (size_t n; (n = spsc_ring_peek_many(ring, records, 16)) > 0; spsc_ring_release_many(ring)) {
            assert_int_equal(spsc_ring_peek_many(ring, again, 16), n); /* looking again changes nothing */
            assert_memory_equal(records, again, n * sizeof(*records));
            for (size_t i = 0; i < n; i++, out++)
                assert_memory_equal(records[i], &out, sizeof(out));
        }
        assert_int_equal(out, in);
    }
    spsc_ring_free(ring);
}

static void *publish_late(void *context)
{
    struct spsc_ring *ring = context;
    uint8_t *room = spsc_ring_reserve(ring, 8);
    memset(room, 'L', 8);
    spsc_ring_commit(ring, 8);
    usleep(50000);
    spsc_ring_publish(ring);
    return NULL;
}

static void a_consumer_sleeps_until_the_late_producer_publishes(void **state)
{
    (void)state;
    pthread_t producer;
    struct spsc_ring *ring = ring_from(0);
    uint64_t begin = clock_monotonic_ns();
    assert_int_equal(pthread_create(&producer, NULL, publish_late, ring), 0);
    size_t n;
    int waits = 0;
    for (; !spsc_ring_peek(ring, &n); waits++)
        spsc_ring_wait(ring, 60000);
    uint64_t took = clock_monotonic_ns() - begin;
    pthread_join(producer, NULL);
    assert_next(ring, 8, 'L');
    assert_true(took >= 49 * NS_PER_MS && took < 30000 * NS_PER_MS);
    assert_true(waits < 5); /* it slept, it did not spin */
    spsc_ring_free(ring);
}

struct ping_pong {
    struct spsc_ring *there, *back;
    uint64_t longest_ns;
};

static uint64_t wait_for_one(struct spsc_ring *ring)
{
    uint64_t begin = clock_monotonic_ns();
    size_t n;
    while (!spsc_ring_peek(ring, &n))
        spsc_ring_wait(ring, 30000);
    spsc_ring_release(ring);
    return clock_monotonic_ns() - begin;
}

static void *return_balls(void *context)
{
    struct ping_pong *p = context;
    for (int i = 0; i < ROUND_TRIPS; i++) {
        wait_for_one(p->there);
        put(p->back, 8, 1);
        spsc_ring_publish(p->back);
    }
    return NULL;
}

/* One side always sleeps when the other publishes. A lost wake-up would cost the whole time-out. */
static void no_wake_up_is_lost(void **state)
{
    (void)state;
    pthread_t other;
    struct ping_pong p = {.there = ring_from(0), .back = ring_from(0)};
    assert_int_equal(pthread_create(&other, NULL, return_balls, &p), 0);
    for (int i = 0; i < ROUND_TRIPS; i++) {
        assert_true(put(p.there, 8, 1));
        spsc_ring_publish(p.there);
        uint64_t took = wait_for_one(p.back);
        p.longest_ns = took > p.longest_ns ? took : p.longest_ns;
    }
    pthread_join(other, NULL);
    assert_true(p.longest_ns < 15000 * NS_PER_MS);
    spsc_ring_free(p.there);
    spsc_ring_free(p.back);
}

/* -- several rings, one consumer -- */

#define JOINED 3

static void *put_numbers(void *context)
{
    struct spsc_ring *ring = context;
    struct dice dice = {.state = (uint64_t)(uintptr_t)ring | 1};
    for (uint32_t i = 0; i < ROUND_TRIPS; i++) {
        uint32_t *room;
        while (!(room = spsc_ring_reserve(ring, sizeof(*room))))
            spsc_ring_wait_space(ring);
        *room = i;
        spsc_ring_commit(ring, sizeof(*room));
        spsc_ring_publish(ring);
        if (roll(&dice) % 64 == 0)
            usleep(20); /* the consumer falls asleep now and then */
    }
    return NULL;
}

/* Each wait would last ten seconds: a wake-up that is lost even a few times is more than the test's time. */
static void any_of_several_producers_wakes_the_consumer(void **state)
{
    (void)state;
    struct spsc_ring *rings[JOINED];
    pthread_t threads[JOINED];
    uint32_t next[JOINED] = {0}, done = 0;
    for (unsigned i = 0; i < JOINED; i++) {
        rings[i] = ring_from(i * 1000);
        if (i > 0)
            spsc_ring_join(rings[0], rings[i]);
    }
    for (unsigned i = 0; i < JOINED; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_numbers, rings[i]), 0);
    uint64_t began = clock_monotonic_ns();
    while (done < JOINED * ROUND_TRIPS) {
        uint32_t before = done;
        for (unsigned i = 0; i < JOINED; i++) {
            size_t n;
            for (const uint32_t *number; (number = spsc_ring_peek(rings[i], &n)); done++) {
                assert_int_equal(*number, next[i]++);
                spsc_ring_release(rings[i]);
            }
        }
        if (done == before)
            spsc_ring_wait_any(rings, JOINED, 10000);
    }
    assert_true(clock_monotonic_ns() - began < 100 * NS_PER_S);
    for (unsigned i = 0; i < JOINED; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < JOINED; i++)
        spsc_ring_free(rings[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_as_they_went_in),
        cmocka_unit_test(a_record_can_be_cut_when_it_is_committed),
        cmocka_unit_test(a_reservation_that_is_not_committed_leaves_no_trace),
        cmocka_unit_test(records_are_seen_once_published_or_when_a_batch_is_full),
        cmocka_unit_test(a_full_ring_refuses_and_loses_nothing),
        cmocka_unit_test(the_largest_record_always_fits_an_empty_ring),
        cmocka_unit_test(a_record_is_never_split),
        cmocka_unit_test(a_random_run_agrees_with_a_plain_queue),
        cmocka_unit_test(waiting_for_nothing_ends_at_the_time_out),
        cmocka_unit_test(two_threads_exchange_millions_of_records),
        cmocka_unit_test(two_threads_exchange_records_as_large_as_may_be),
        cmocka_unit_test(a_producer_that_never_waits_drops_whole_records_and_counts_them),
        cmocka_unit_test(many_lent_records_are_those_that_came_in_order),
        cmocka_unit_test(a_consumer_sleeps_until_the_late_producer_publishes),
        cmocka_unit_test(no_wake_up_is_lost),
        cmocka_unit_test(any_of_several_producers_wakes_the_consumer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
