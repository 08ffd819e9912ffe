/* The broker: what it opens, and above all what it does not. */
#include "sensor/broker.h"

#include "common/clock.h"
#include "sensor/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], list[96], fifo[96], secret[96], mark[96], server[96];
static struct broker_table table;
static struct broker *broker;
static const struct opener *opener;

static void put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/dev/shm/test-broker.XXXXXX"); /* keys of days are kept in memory only */
    if (!mkdtemp(folder))
        return -1;
    snprintf(list, sizeof(list), "%s/list", folder);
    snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
    snprintf(secret, sizeof(secret), "%s/secret", folder);
    snprintf(mark, sizeof(mark), "%s/mark", folder);
    snprintf(server, sizeof(server), "%s/server", folder);
    put_file(list, "ads.example\n");
    put_file(secret, "not yours\n");
    put_file(mark, "");
    memset(&table, 0, sizeof(table));
    bool added = broker_table_add(&table, list, BROKER_READ) && broker_table_add(&table, fifo, BROKER_READ) &&
                 broker_table_add(&table, mark, BROKER_REMOVE) && broker_table_add(&table, server, BROKER_CONNECT);
    strcpy(table.key_folder, folder);
    if (!added || broker_start(&table, &broker) < 0)
        return -1;
    opener = broker_opener(broker);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    broker_end(broker);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void a_file_of_the_table_is_opened_for_reading_only(void **state)
{
    char text[32] = "";
    (void)state;
    int fd = opener->open(opener->context, list, 0);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof(text)), 12);
    assert_string_equal(text, "ads.example\n");
    assert_int_equal(write(fd, "x", 1), -1);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void the_file_is_the_one_that_is_there_now(void **state)
{
    char fresh[110], text[32] = "";
    struct stat before, after;
    (void)state;
    assert_int_equal(opener->look(opener->context, list, &before), 0);
    snprintf(fresh, sizeof(fresh), "%s.new", list);
    put_file(fresh, "more.example\n");
    assert_int_equal(rename(fresh, list), 0);
    assert_int_equal(opener->look(opener->context, list, &after), 0);
    assert_true(before.st_ino != after.st_ino);
    assert_int_equal(after.st_size, 13);
    assert_true(S_ISREG(after.st_mode));
    int fd = opener->open(opener->context, list, 0);
    assert_int_equal(read(fd, text, sizeof(text)), 13);
    close(fd);
}

static void a_path_that_is_not_in_the_table_is_refused(void **state)
{
    struct stat s;
    (void)state;
    assert_int_equal(opener->open(opener->context, secret, 0), -EACCES);
    assert_int_equal(opener->open(opener->context, "/etc/hostname", 0), -EACCES);
    assert_int_equal(opener->look(opener->context, secret, &s), -EACCES);
}

static void each_entry_is_good_for_its_own_right_only(void **state)
{
    struct stat s;
    (void)state;
    assert_int_equal(opener->open(opener->context, mark, 0), -EACCES);
    assert_int_equal(opener->look(opener->context, mark, &s), -EACCES);
    assert_int_equal(opener->remove(opener->context, list), -EACCES);
    assert_int_equal(opener->connect(opener->context, list), -EACCES);
    assert_int_equal(opener->remove(opener->context, mark), 0);
    assert_int_equal(access(mark, F_OK), -1);
    assert_int_equal(opener->remove(opener->context, mark), -ENOENT);
}

static void what_is_not_a_regular_file_is_not_handed_over(void **state)
{
    (void)state;
    assert_int_equal(opener->open(opener->context, fifo, 0), -ENOENT);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(opener->open(opener->context, fifo, 0), -EINVAL);
    unlink(fifo);
    assert_int_equal(symlink("/dev/null", fifo), 0);
    assert_int_equal(opener->open(opener->context, fifo, 0), -EINVAL);
    unlink(fifo);
}

/* Asking is one thing, hearing the answer another. */
static int connect_soon(void)
{
    int rc = -EAGAIN;
    for (int i = 0; i < 5000 && rc == -EAGAIN; i++) {
        rc = opener->connect(opener->context, server);
        if (rc == -EAGAIN)
            usleep(1000);
    }
    return rc;
}

static void the_publisher_that_came_back_is_connected(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char text[8] = "";
    (void)state;
    assert_int_equal(connect_soon(), -ENOENT);
    strcpy(address.sun_path, server);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    int fd = connect_soon(), peer = accept(listener, NULL, NULL);
    assert_true(fd >= 0 && peer >= 0);
    assert_int_equal(send(fd, "hello", 5, MSG_NOSIGNAL), 5);
    assert_int_equal(recv(peer, text, sizeof(text), 0), 5);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    close(fd);
    close(peer);
    close(listener);
    assert_int_equal(connect_soon(), -ECONNREFUSED);
}

static void keys_are_made_once_read_and_removed(void **state)
{
    const struct key_files *k = broker_keys(broker);
    char text[8] = "", path[96];
    struct stat s;
    (void)state;
    assert_int_equal(k->open(k->context, "2026-11-23"), -ENOENT);
    int fd = k->make(k->context, "2026-11-23");
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "key", 3), 3);
    close(fd);
    snprintf(path, sizeof(path), "%s/day-key-2026-11-23", folder);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 07777, 0400);
    fd = k->open(k->context, "2026-11-23");
    assert_int_equal(read(fd, text, sizeof(text)), 3);
    close(fd);
    assert_int_equal(k->expire(k->context, "2026-11-24", "2026-11-24"), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(k->remove(k->context, "2026-11-23"), -ENOENT);
}

static void a_day_that_is_none_leads_nowhere(void **state)
{
    static const char *const wrong[] = {"", "../../etc/x", "2026-11-2", "2026-11-233", "2026/11/23", "2026-1a-23", "../secret.."};
    const struct key_files *k = broker_keys(broker);
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(k->open(k->context, wrong[i]), -EINVAL);
        assert_int_equal(k->make(k->context, wrong[i]), -EINVAL);
        assert_int_equal(k->remove(k->context, wrong[i]), -EINVAL);
    }
}

/* A capture process that was taken over speaks to the socket as it likes. */
static void no_request_makes_the_broker_open_what_it_should_not(void **state)
{
    unsigned char bytes[64];
    int ends[2];
    uint32_t seed = 12345;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    for (int round = 0; round < 20000; round++) {
        size_t n = round % 3 ? 36 : (size_t)round % sizeof(bytes) + 1; /* mostly of the right size */
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (unsigned char)(i < 12 && i % 4 ? 0 : i < 12 ? seed >> 28 : seed >> 24);
        }
        assert_int_equal(send(ends[0], bytes, n, 0), (ssize_t)n);
        assert_true(broker_serve_one(&table, -1, ends[1]));
        union {
            struct cmsghdr head;
            char room[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec part = {bytes, sizeof(bytes)};
        struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
        assert_true(recvmsg(ends[0], &m, MSG_CMSG_CLOEXEC) > 0);
        const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        if (c) { /* it may be the list, and nothing else */
            struct stat got, wanted;
            int fd;
            memcpy(&fd, CMSG_DATA(c), sizeof(fd));
            assert_int_equal(fstat(fd, &got), 0);
            assert_int_equal(stat(list, &wanted), 0);
            assert_int_equal(got.st_ino, wanted.st_ino);
            close(fd);
        }
    }
    close(ends[0]);
    assert_false(broker_serve_one(&table, -1, ends[1]));
    close(ends[1]);
    assert_int_equal(access(secret, F_OK), 0);
    assert_int_equal(access(list, F_OK), 0);
}

/* What the broker of the next test uses instead of the system calls: a disk that takes its time. */
#define SLOW_NS (2 * NS_PER_S)

static int slow_look(void *context, const char *path, struct stat *out)
{
    (void)context;
    usleep(SLOW_NS / 1000);
    return stat(path, out) < 0 ? -errno : 0;
}

static int refused(void *context, const char *path)
{
    (void)context;
    (void)path;
    return -ECONNREFUSED;
}

static void *look_slowly(void *context)
{
    struct stat s;
    const struct opener *o = context;
    return o->look(o->context, list, &s) == 0 ? context : NULL;
}

static void a_slow_disk_holds_up_neither_the_publisher_nor_a_new_days_key(void **state)
{
    const struct opener slow = {.look = slow_look, .connect = refused};
    struct broker *other;
    pthread_t lists;
    void *looked;
    (void)state;
    opener_use(&slow); /* which the broker inherits */
    assert_int_equal(broker_start(&table, &other), 0);
    opener_use(NULL);
    const struct opener *o = broker_opener(other);
    const struct key_files *k = broker_keys(other);
    assert_int_equal(pthread_create(&lists, NULL, look_slowly, (void *)(uintptr_t)o), 0);
    usleep(200000);
    uint64_t begin_ns = clock_monotonic_ns();
    assert_int_not_equal(o->connect(o->context, server), 0);
    int fd = k->make(k->context, "2026-11-25");
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(k->remove(k->context, "2026-11-25"), 0);
    assert_true(clock_monotonic_ns() - begin_ns < SLOW_NS / 2);
    pthread_join(lists, &looked);
    assert_non_null(looked); /* and it had its answer */
    broker_end(other);
}

static void tell_broker(const char *signal_name)
{
    char command[64];
    snprintf(command, sizeof(command), "pkill -%s -P %d -o telltale-broker", signal_name, (int)getpid());
    assert_int_equal(system(command), 0);
}

static void a_sighting_does_not_wait_for_a_broker_that_stands_still(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    union sighting sighting = {.head = {.magic = SIGHTING_MAGIC, .bytes = sizeof(struct sighting_health), .kind = SIGHTING_HEALTH}}, heard;
    struct outbox *o = outbox_new(server, false);
    (void)state;
    unlink(server);
    strcpy(address.sun_path, server);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    opener_use(opener);
    tell_broker("STOP");
    uint64_t begin_ns = clock_monotonic_ns();
    outbox_put(o, &sighting);
    outbox_flush(o);
    outbox_put(o, &sighting);
    outbox_flush(o);
    uint64_t took_ns = clock_monotonic_ns() - begin_ns;
    tell_broker("CONT");
    assert_true(took_ns < NS_PER_S / 2);
    for (int i = 0; i < 5000 && outbox_counts(o).sent < 2; i++) {
        usleep(1000);
        outbox_flush(o);
    }
    assert_int_equal(outbox_counts(o).sent, 2); /* the answer that came late was good */
    int peer = accept(listener, NULL, NULL);
    assert_int_equal(recv(peer, &heard, sizeof(heard), 0), sizeof(struct sighting_health));
    opener_use(NULL);
    outbox_free(o);
    close(peer);
    close(listener);
}

static void a_broker_that_is_gone_is_noticed(void **state)
{
    struct broker *other;
    struct broker_table none = {.len = 0};
    (void)state;
    assert_int_equal(broker_start(&none, &other), 0);
    assert_true(broker_is_there(other));
    assert_int_equal(broker_opener(other)->open(broker_opener(other)->context, list, 0), -EACCES);
    char command[64];
    snprintf(command, sizeof(command), "pkill -KILL -P %d -n telltale-broker", (int)getpid());
    for (int i = 0; i < 100 && broker_is_there(other); i++) {
        if (i == 0)
            assert_int_equal(system(command), 0);
        usleep(10000);
    }
    assert_false(broker_is_there(other));
    assert_int_equal(broker_keys(other)->open(broker_keys(other)->context, "2026-11-23"), -EPIPE);
    broker_end(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_the_table_is_opened_for_reading_only),
        cmocka_unit_test(the_file_is_the_one_that_is_there_now),
        cmocka_unit_test(a_path_that_is_not_in_the_table_is_refused),
        cmocka_unit_test(each_entry_is_good_for_its_own_right_only),
        cmocka_unit_test(what_is_not_a_regular_file_is_not_handed_over),
        cmocka_unit_test(the_publisher_that_came_back_is_connected),
        cmocka_unit_test(keys_are_made_once_read_and_removed),
        cmocka_unit_test(a_day_that_is_none_leads_nowhere),
        cmocka_unit_test(no_request_makes_the_broker_open_what_it_should_not),
        cmocka_unit_test(a_slow_disk_holds_up_neither_the_publisher_nor_a_new_days_key),
        cmocka_unit_test(a_sighting_does_not_wait_for_a_broker_that_stands_still),
        cmocka_unit_test(a_broker_that_is_gone_is_noticed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
