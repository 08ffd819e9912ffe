/* test_outbox.c -- sightings wait for a publisher that is away, and none is lost without being counted. */
#include "sensor/outbox.h"

#include "common/clock.h"
#include "common/log.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define QUEUE 8192 /* as many as outbox.c keeps */

static char dir[64];
static struct sockaddr_un address;
static struct outbox *outbox;
static bool receipts = true; /* does the publisher of these tests acknowledge what it reads? */

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/telltale-outbox-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    address.sun_family = AF_UNIX;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    outbox_free(outbox);
    outbox = NULL;
    unlink(address.sun_path);
    return rmdir(dir);
}

static void open_outbox(bool wait_when_full)
{
    outbox = outbox_new(address.sun_path, wait_when_full);
    assert_non_null(outbox);
}

/* Sightings are told apart by their asn here. */
static void put(uint32_t number)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_CONTACT);
    s.contact.asn = number;
    outbox_put(outbox, &s);
}

static int listen_here(void)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    assert_true(fd >= 0);
    unlink(address.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

/* The number of the next record, or -1 when none comes within a second. */
static long long receive(int fd)
{
    union sighting s;
    struct timeval patience = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ssize_t n = recv(fd, &s, sizeof(s), 0);
    if (n <= 0)
        return -1;
    assert_int_equal(n, sizeof(struct sighting_contact));
    assert_int_equal(s.head.magic, SIGHTING_MAGIC);
    struct sighting_receipt r = {.magic = SIGHTING_MAGIC, .bytes = sizeof(r), .source = s.head.source, .sequence = s.head.sequence};
    if (receipts)
        send(fd, &r, sizeof(r), MSG_NOSIGNAL);
    return s.contact.asn;
}

static void assert_counts(uint64_t sent, uint64_t dropped, uint64_t waiting)
{
    struct outbox_counts n = outbox_counts(outbox);
    if (n.sent != sent || n.dropped != dropped || n.waiting != waiting)
        fail_msg("sent %llu, dropped %llu, waiting %llu", (unsigned long long)n.sent, (unsigned long long)n.dropped,
                 (unsigned long long)n.waiting);
}

/* Flushes until so many were sent. */
static void send_all(uint64_t sent)
{
    for (int i = 0; i < 500 && outbox_counts(outbox).sent < sent; i++) {
        outbox_flush(outbox);
        usleep(10000);
    }
    assert_int_equal(outbox_counts(outbox).sent, sent);
}

static void sightings_arrive_in_order(void **state)
{
    (void)state;
    int listener = listen_here();
    open_outbox(false);
    for (uint32_t i = 0; i < 50; i++)
        put(i);
    send_all(50);
    int fd = accept(listener, NULL, NULL);
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(receive(fd), i);
    assert_true(outbox_drain(outbox, 5000));
    assert_counts(50, 0, 0);
    close(fd);
    close(listener);
}

static void they_wait_for_a_publisher_that_is_not_there_yet(void **state)
{
    (void)state;
    open_outbox(false);
    for (uint32_t i = 0; i < 10; i++)
        put(i);
    outbox_flush(outbox);
    assert_false(outbox_drain(outbox, 300));
    assert_counts(0, 0, 10);
    int listener = listen_here();
    send_all(10);
    int fd = accept(listener, NULL, NULL);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(receive(fd), i);
    close(fd);
    close(listener);
}

static void what_does_not_fit_is_dropped_and_counted(void **state)
{
    (void)state;
    open_outbox(false);
    uint64_t begin = clock_monotonic_ns();
    for (uint32_t i = 0; i < QUEUE + 1000; i++)
        put(i);
    assert_true(clock_monotonic_ns() - begin < 5 * NS_PER_S); /* it never waited */
    assert_counts(0, 1000, QUEUE);
    int listener = listen_here();
    usleep(250000); /* it looks for the publisher again a few times a second */
    outbox_flush(outbox);
    int fd = accept(listener, NULL, NULL);
    for (uint32_t i = 0; i < QUEUE; i++) { /* the oldest ones were kept */
        if (receive(fd) != i)
            fail_msg("record %u is missing", i);
        outbox_flush(outbox);
    }
    assert_true(outbox_drain(outbox, 5000));
    assert_counts(QUEUE, 1000, 0);
    close(fd);
    close(listener);
}

static void after_a_publishers_death_the_next_one_is_found(void **state)
{
    (void)state;
    int listener = listen_here();
    open_outbox(false);
    put(1);
    outbox_flush(outbox);
    int fd = accept(listener, NULL, NULL);
    assert_int_equal(receive(fd), 1);
    close(fd);
    close(listener);
    unlink(address.sun_path);
    put(2);
    outbox_flush(outbox); /* finds the door closed: nothing is lost */
    put(3);
    outbox_flush(outbox);
    assert_counts(1, 0, 2);
    listener = listen_here();
    send_all(3);
    fd = accept(listener, NULL, NULL);
    assert_int_equal(receive(fd), 2);
    assert_int_equal(receive(fd), 3);
    close(fd);
    close(listener);
}

/* A publisher that does not read fills the socket; nothing blocks, the rest waits here. */
static void a_full_socket_blocks_nobody(void **state)
{
    (void)state;
    int listener = listen_here();
    open_outbox(false);
    for (uint32_t i = 0; i < 2000; i++) {
        put(i);
        outbox_flush(outbox);
    }
    struct outbox_counts n = outbox_counts(outbox);
    assert_true(n.sent > 0 && n.sent < 2000 && n.dropped == 0 && n.waiting == 2000);
    int fd = accept(listener, NULL, NULL);
    for (uint32_t i = 0; i < 2000; i++) {
        if (receive(fd) != i)
            fail_msg("record %u is missing", i);
        outbox_flush(outbox);
    }
    close(fd);
    close(listener);
}

static void *read_all(void *context)
{
    int listener = *(int *)context;
    usleep(200000); /* it comes late */
    int fd = accept(listener, NULL, NULL);
    uintptr_t in_order = 0;
    while (receive(fd) == (long long)in_order)
        in_order++;
    close(fd);
    return (void *)in_order;
}

static void a_replay_waits_for_room_and_loses_nothing(void **state)
{
    (void)state;
    int listener = listen_here();
    pthread_t publisher;
    void *received;
    open_outbox(true);
    assert_int_equal(pthread_create(&publisher, NULL, read_all, &listener), 0);
    for (uint32_t i = 0; i < 3 * QUEUE; i++)
        put(i);
    assert_true(outbox_drain(outbox, 10000));
    pthread_join(publisher, &received);
    assert_int_equal((uintptr_t)received, 3 * QUEUE);
    assert_counts(3 * QUEUE, 0, 0);
    close(listener);
}

static void a_replay_does_not_wait_for_ever_for_nobody(void **state)
{
    (void)state;
    open_outbox(true);
    uint64_t begin = clock_monotonic_ns();
    for (uint32_t i = 0; i < QUEUE + 100; i++)
        put(i);
    uint64_t took = clock_monotonic_ns() - begin;
    assert_true(took >= 9 * NS_PER_S && took < 60 * NS_PER_S);
    assert_counts(0, 100, QUEUE);
}

static void *put_many(void *context)
{
    (void)context;
    for (uint32_t i = 0; i < 500; i++) {
        put(i);
        if (i % 16 == 0)
            outbox_flush(outbox);
    }
    return NULL;
}

static void several_threads_may_put(void **state)
{
    (void)state;
    int listener = listen_here();
    pthread_t threads[3];
    open_outbox(false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, NULL), 0);
    int fd = accept(listener, NULL, NULL);
    for (uint32_t i = 0; i < 1500; i++) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        for (int turn = 0; turn < 500 && poll(&readable, 1, 10) == 0; turn++)
            outbox_flush(outbox); /* the other threads may not have put anything yet */
        assert_true(receive(fd) >= 0);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_true(outbox_drain(outbox, 5000));
    assert_counts(1500, 0, 0);
    close(fd);
    close(listener);
}

/* The publisher dies with ten records in hand, four of which it had in its spool. */
static void what_was_not_acknowledged_is_told_again_under_its_number(void **state)
{
    (void)state;
    int listener = listen_here();
    open_outbox(false);
    for (uint32_t i = 0; i < 10; i++)
        put(i);
    send_all(10);
    int fd = accept(listener, NULL, NULL);
    for (uint32_t i = 0; i < 10; i++) {
        receipts = i < 4;
        assert_int_equal(receive(fd), i);
    }
    receipts = true;
    close(fd); /* the four receipts are read although nobody is there any more */
    put(10);
    outbox_flush(outbox);
    assert_counts(10, 0, 7);
    usleep(250000);
    outbox_flush(outbox);
    fd = accept(listener, NULL, NULL);
    for (uint32_t i = 4; i < 11; i++) {
        outbox_flush(outbox);
        assert_int_equal(receive(fd), i);
    }
    assert_true(outbox_drain(outbox, 5000));
    assert_counts(11, 0, 0);
    close(fd);
    close(listener);
}

static void a_receipt_of_somebody_else_is_not_believed(void **state)
{
    (void)state;
    int listener = listen_here();
    open_outbox(false);
    put(0);
    send_all(1);
    int fd = accept(listener, NULL, NULL);
    struct sighting_receipt r = {.magic = SIGHTING_MAGIC, .bytes = sizeof(r), .source = 4711, .sequence = 1};
    assert_int_equal(send(fd, &r, sizeof(r), 0), sizeof(r));
    assert_int_equal(send(fd, &r, 5, 0), 5);
    outbox_flush(outbox);
    assert_counts(1, 0, 1);
    assert_int_equal(receive(fd), 0);
    assert_true(outbox_drain(outbox, 5000));
    close(fd);
    close(listener);
}

static void a_path_too_long_for_a_socket_is_refused(void **state)
{
    (void)state;
    char path[200];
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_null(outbox_new(path, false));
    path[sizeof(address.sun_path)] = '\0';
    assert_null(outbox_new(path, false));
    path[sizeof(address.sun_path) - 1] = '\0';
    struct outbox *o = outbox_new(path, false);
    assert_non_null(o);
    outbox_free(o);
    outbox_free(NULL);
}

int main(void)
{
    log_init("t", LOG_LEVEL_ERROR);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        TEST(sightings_arrive_in_order),
        TEST(they_wait_for_a_publisher_that_is_not_there_yet),
        TEST(what_does_not_fit_is_dropped_and_counted),
        TEST(after_a_publishers_death_the_next_one_is_found),
        TEST(a_full_socket_blocks_nobody),
        TEST(a_replay_waits_for_room_and_loses_nothing),
        TEST(a_replay_does_not_wait_for_ever_for_nobody),
        TEST(several_threads_may_put),
        TEST(what_was_not_acknowledged_is_told_again_under_its_number),
        TEST(a_receipt_of_somebody_else_is_not_believed),
        TEST(a_path_too_long_for_a_socket_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
