/* test_publisher.c -- `telltaled publish` against a capture process that was taken over: whatever it sends, the
 * publisher goes on, hangs up on it, counts it, and believes the next one that speaks the truth.
 */
#include "sensor/outbox.h"
#include "sensor/publisher.h"
#include "sensor/sighting.h"

#include "common/clock.h"
#include "store/reader.h"
#include "tests/support/redis.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define PATIENCE_MS 20000

static struct test_redis redis;
static struct store_reader *reader;
static pid_t publisher;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char config_path[128], log_path[128];

/* -- the process -- */

static void write_config(void)
{
    snprintf(config_path, sizeof(config_path), "%s/telltale.conf", redis.directory);
    snprintf(log_path, sizeof(log_path), "%s/publish.log", redis.directory);
    FILE *f = fopen(config_path, "w");
    assert_non_null(f);
    fprintf(f,
            "[notice]\ncontroller = Test\nurl = https://school.example/\nsince = 2026-11-22\n"
            "[sensor]\nclock_wait_s = 0\n[store]\nsocket = %s\ninstallation = test\nspool = %s/spool\n[run]\ndir = %s\n",
            redis.socket, redis.directory, redis.directory);
    assert_int_equal(fclose(f), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", redis.directory, PUBLISHER_SOCKET_NAME);
}

static void become_publisher(pid_t parent)
{
    int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fd < 0 || getppid() != parent)
        _exit(126);
    dup2(fd, STDERR_FILENO);
    execl(BUILD_DIR "/bin/telltaled", "telltaled", "publish", "-c", config_path, (char *)NULL);
    _exit(127);
}

static int call(void)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int start(void **state)
{
    (void)state;
    if (!test_redis_start(&redis))
        return -1;
    write_config();
    pid_t parent = getpid();
    publisher = fork();
    if (publisher == 0)
        become_publisher(parent);
    int fd = -1;
    for (int i = 0; i < 1000 && (fd = call()) < 0; i++)
        usleep(10000);
    if (fd < 0 || store_reader_open(redis.socket, "test", &reader) < 0)
        return -1;
    close(fd);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (publisher > 0) {
        kill(publisher, SIGKILL);
        waitpid(publisher, NULL, 0);
    }
    store_reader_close(reader);
    reader = NULL;
    test_redis_remove(&redis);
    return 0;
}

static bool is_alive(void)
{
    return waitpid(publisher, NULL, WNOHANG) == 0;
}

/* -- what is sent -- */

static union sighting good_contact(void)
{
    union sighting s;
    struct local_time local;
    uint64_t now_ns = clock_wall_ns();
    sighting_begin(&s, SIGHTING_CONTACT);
    clock_local(now_ns, &local);
    memcpy(s.contact.day, local.day, sizeof(s.contact.day));
    s.contact.hour = local.hour;
    s.contact.hour_s = now_ns / NS_PER_S / 3600 * 3600;
    s.contact.connections = 1;
    s.contact.purpose = PURPOSE_AD_EXCHANGE;
    s.contact.evidence = EVIDENCE_HANDSHAKE;
    strcpy(s.contact.device, "0123456789ab");
    strcpy(s.contact.tracker, "Xandr");
    strcpy(s.contact.organisation, "Microsoft");
    strcpy(s.contact.feed, "telltale@2026-11-22");
    strcpy(s.contact.matched, "adnxs.com");
    return s;
}

static int call_or_fail(void)
{
    int fd = call();
    if (fd < 0)
        fail_msg("the publisher does not answer: %s", strerror(errno));
    return fd;
}

static bool hangs_up(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&p, 1, PATIENCE_MS) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

static void send_record(int fd, const void *bytes, size_t n)
{
    assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), n);
}

static uint64_t alerts(void)
{
    uint64_t n = 0;
    assert_int_equal(store_reader_alerts_length(reader, &n), 0);
    return n;
}

static bool alerts_become(uint64_t n)
{
    for (int i = 0; i < PATIENCE_MS / 10 && alerts() < n; i++)
        usleep(10000);
    return alerts() == n;
}

/* A good contact, on a connection of its own, arrives. */
static void assert_still_believes(uint64_t before)
{
    union sighting s = good_contact();
    int fd = call_or_fail();
    send_record(fd, &s, s.head.bytes);
    assert_true(alerts_become(before + 1));
    close(fd);
    assert_true(is_alive());
}

/* The figure of refused sightings, as the publisher tells it beside the next health record. */
static long long refused(uint64_t stamp)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_HEALTH);
    s.health.present[0] = 1u << STORE_FIGURE_CAPTURED;
    s.health.figures[STORE_FIGURE_CAPTURED] = stamp;
    int fd = call_or_fail();
    send_record(fd, &s, s.head.bytes);
    for (int i = 0; i < PATIENCE_MS / 10; i++, usleep(10000))
        if (test_redis_number(&redis, "HGET", "telltale:{test}:health", "captured", NULL) == (long long)stamp)
            break;
    close(fd);
    assert_int_equal(test_redis_number(&redis, "HGET", "telltale:{test}:health", "captured", NULL), stamp);
    return test_redis_number(&redis, "HGET", "telltale:{test}:health", "sightings_refused", NULL);
}

/* -- tests -- */

static void a_good_sighting_reaches_redis(void **state)
{
    (void)state;
    assert_true(alerts() == 0);
    assert_still_believes(0);
    assert_still_believes(1);
    assert_int_equal(refused(4711), 0);
}

struct bad_record {
    uint8_t bytes[sizeof(union sighting) * 2];
    size_t n;
};

/* A record that is wrong in one way; the ways are numbered. False when there is no such way. */
static bool spoil(unsigned way, struct bad_record *r)
{
    union sighting s = good_contact();
    r->n = s.head.bytes;
    switch (way) {
    case 0:
        s.head.magic = 0;
        break;
    case 1:
        s.head.kind = 77;
        break;
    case 2:
        s.head.kind = SIGHTING_HEALTH;
        break;
    case 3:
        s.head.bytes = 1;
        break;
    case 4:
        r->n = 1;
        break;
    case 5:
        r->n = sizeof(s.head);
        break;
    case 6:
        r->n -= 1;
        break;
    case 7:
        r->n += 1;
        break;
    case 8:
        r->n = sizeof(r->bytes);
        break; /* longer than any record */
    case 9:
        s.contact.purpose = 255;
        break;
    case 10:
        s.contact.evidence = 255;
        break;
    case 11:
        s.contact.hour_s += 1;
        break;
    case 12:
        s.contact.hour_s = 0;
        break; /* 1970: only a replay may say so */
    case 13:
        strcpy(s.contact.day, "9999-99-99");
        break;
    case 14:
        s.contact.hour = 24;
        break;
    case 15:
        memset(s.contact.device, 'a', sizeof(s.contact.device));
        break;
    case 16:
        strcpy(s.contact.device, "192.168.1.20");
        break;
    case 17:
        strcpy(s.contact.country, "us");
        break;
    case 18:
        strcpy(s.contact.tracker, "a\r\nSET x y");
        break;
    case 19:
        memset(s.contact.organisation, 'a', sizeof(s.contact.organisation));
        break;
    case 20:
        strcpy(s.contact.feed, "\xff\xfe");
        break;
    case 21:
        strcpy(s.contact.matched, "not a name");
        break;
    case 22:
    case 23:
        sighting_begin(&s, SIGHTING_HEALTH);
        if (way == 22)
            memset(s.health.present, 0xff, sizeof(s.health.present));
        else
            s.health.present[STORE_FIGURE_SIGHTINGS_REFUSED / 64] = 1ull << STORE_FIGURE_SIGHTINGS_REFUSED % 64;
        r->n = s.head.bytes;
        break;
    default:
        return false;
    }
    memset(r->bytes, 0, sizeof(r->bytes));
    memcpy(r->bytes, &s, sizeof(s));
    return true;
}

static void each_kind_of_lie_is_hung_up_on_and_counted(void **state)
{
    (void)state;
    struct bad_record r;
    unsigned way = 0;
    for (; spoil(way, &r); way++) {
        int fd = call_or_fail();
        send_record(fd, r.bytes, r.n);
        if (!hangs_up(fd))
            fail_msg("lie %u was listened to", way);
        close(fd);
        assert_true(is_alive());
    }
    assert_true(alerts() == 0);
    assert_int_equal(refused(4712), way);
    assert_still_believes(0);
}

static void what_follows_a_lie_on_the_same_connection_is_not_read(void **state)
{
    (void)state;
    union sighting good = good_contact();
    struct bad_record r;
    assert_true(spoil(9, &r));
    int fd = call_or_fail();
    send_record(fd, &good, good.head.bytes);
    send_record(fd, r.bytes, r.n);
    send(fd, &good, good.head.bytes, MSG_NOSIGNAL); /* may find the door closed already */
    send(fd, &good, good.head.bytes, MSG_NOSIGNAL);
    assert_true(hangs_up(fd));
    close(fd);
    assert_true(alerts_become(1)); /* the one before the lie stands */
    assert_still_believes(1);
}

/* As after a clock that stepped: everything about it is right but the time. */
static union sighting contact_of_last_week(void)
{
    union sighting s = good_contact();
    struct local_time local;
    uint64_t then_ns = clock_wall_ns() - 7 * 86400 * NS_PER_S;
    clock_local(then_ns, &local);
    memcpy(s.contact.day, local.day, sizeof(s.contact.day));
    s.contact.hour = local.hour;
    s.contact.hour_s = then_ns / NS_PER_S / 3600 * 3600;
    return s;
}

static void a_time_that_is_not_now_costs_the_record_and_not_the_connection(void **state)
{
    (void)state;
    union sighting good = good_contact(), late = contact_of_last_week();
    int fd = call_or_fail();
    for (int i = 0; i < 3; i++) {
        send_record(fd, &late, late.head.bytes);
        send_record(fd, &good, good.head.bytes);
    }
    assert_true(alerts_become(3));
    send_record(fd, &good, good.head.bytes);
    assert_true(alerts_become(4));
    close(fd);
    assert_int_equal(refused(4714), 3);
}

/* An honest capture process with a fault: it tells everything again that has no receipt, the bad record too. */
static void a_bad_record_among_good_ones_is_counted_once_and_the_rest_arrives_once(void **state)
{
    (void)state;
    struct outbox *o = outbox_new(address.sun_path, false);
    assert_non_null(o);
    for (int i = 0; i < 40; i++) {
        union sighting s = i == 30 ? contact_of_last_week() : good_contact();
        if (i == 10 || i == 11 || i == 39)
            s.contact.purpose = 255;
        outbox_put(o, &s);
    }
    assert_true(outbox_drain(o, PATIENCE_MS)); /* everything has its receipt */
    assert_int_equal(outbox_counts(o).sent, 40);
    union sighting last = good_contact();
    outbox_put(o, &last);
    assert_true(outbox_drain(o, PATIENCE_MS));
    outbox_free(o);
    assert_true(alerts_become(37));
    assert_int_equal(refused(4715), 4);
    assert_int_equal(alerts(), 37);
    assert_int_equal(test_redis_number(&redis, "HGET", "telltale:{test}:ledger", "sightings_received", NULL), 42); /* and refused()'s own */
}

static void noise_of_all_sizes_is_survived(void **state)
{
    (void)state;
    static uint8_t noise[20000];
    srand(20261122);
    for (int round = 0; round < 300; round++) {
        size_t n = (size_t)rand() % (round % 3 ? 700 : sizeof(noise)) + 1;
        for (size_t i = 0; i < n; i++)
            noise[i] = (uint8_t)rand();
        if (round % 2 && n > sizeof(struct sighting_head)) { /* behind a head that is right */
            struct sighting_head head = {
                .magic = SIGHTING_MAGIC, .kind = (uint16_t)(1 + round / 2 % 2), .bytes = (uint16_t)n};
            memcpy(noise, &head, sizeof(head));
        }
        int fd = call_or_fail();
        send_record(fd, noise, n);
        assert_true(hangs_up(fd));
        close(fd);
    }
    assert_true(alerts() == 0);
    assert_still_believes(0);
}

static void connections_that_say_nothing_cost_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        int fd = call();
        if (fd >= 0 && i % 3 == 0)
            send(fd, "", 0, MSG_NOSIGNAL);
        if (fd >= 0)
            close(fd);
        else
            usleep(10000); /* its waiting room is small */
    }
    usleep(200000);
    assert_true(is_alive());
    assert_still_believes(0);
    assert_int_equal(refused(4713), 0);
}

static void the_newest_connection_is_the_one_that_counts(void **state)
{
    (void)state;
    int old = call_or_fail(), new = call_or_fail();
    assert_true(hangs_up(old));
    union sighting s = good_contact();
    send_record(new, &s, s.head.bytes);
    assert_true(alerts_become(1));
    close(old);
    close(new);
}

static void at_its_end_it_stores_what_is_still_waiting(void **state)
{
    (void)state;
    union sighting s = good_contact();
    int status, fd = call_or_fail();
    for (int i = 0; i < 100; i++)
        send_record(fd, &s, s.head.bytes);
    kill(publisher, SIGTERM);
    assert_int_equal(waitpid(publisher, &status, 0), publisher);
    publisher = 0;
    close(fd);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(alerts() == 100);
    assert_int_equal(access(address.sun_path, F_OK), -1);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_good_sighting_reaches_redis),
        TEST(each_kind_of_lie_is_hung_up_on_and_counted),
        TEST(what_follows_a_lie_on_the_same_connection_is_not_read),
        TEST(a_time_that_is_not_now_costs_the_record_and_not_the_connection),
        TEST(a_bad_record_among_good_ones_is_counted_once_and_the_rest_arrives_once),
        TEST(noise_of_all_sizes_is_survived),
        TEST(connections_that_say_nothing_cost_nothing),
        TEST(the_newest_connection_is_the_one_that_counts),
        TEST(at_its_end_it_stores_what_is_still_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
