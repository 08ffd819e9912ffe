/* test_staff_desk.c -- what asks the running sensor for a staff test is believed nothing; one caller, one test at a time. */
#include "sensor/staff_desk.h"

#include "common/clock.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/sensor/made_rules.h"

static struct site_set *sites;

static int load(void **state)
{
    (void)state;
    sites = make_sites();
    return 0;
}

static int unload(void **state)
{
    (void)state;
    site_set_free(sites);
    return 0;
}

static struct staff_call good_call(void)
{
    struct staff_call c = {.magic = STAFF_MAGIC, .kind = STAFF_CALL_START, .minutes = 30, .mac = {0x3c, 0x22, 0xfb, 0x10, 0, 0x10}};
    strcpy(c.id, "0123456789abcdef");
    strcpy(c.site, "www.themix.org.uk");
    strcpy(c.reason, "the lead, with the school's phone");
    return c;
}

/* In an exactly sized heap buffer, so that the address sanitizer sees one byte too many. */
static enum staff_outcome read_bytes(const void *bytes, size_t n, struct staff_request *out)
{
    uint8_t *exact = malloc(n + (n == 0));
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    enum staff_outcome outcome = staff_call_read(exact, n, sites, out);
    free(exact);
    return outcome;
}

static enum staff_outcome read_call(const struct staff_call *c)
{
    struct staff_request r;
    return read_bytes(c, sizeof(*c), &r);
}

static void a_good_call_is_taken(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    struct staff_request r;
    assert_int_equal(read_bytes(&c, sizeof(c), &r), STAFF_STARTED);
    assert_false(r.stop);
    assert_int_equal(r.minutes, 30);
    assert_int_equal(r.device.is_mac, 1);
    assert_memory_equal(r.device.bytes, c.mac, 6);
    assert_int_equal(r.device.bytes[6], 0);
    assert_string_equal(site_at(sites, r.site)->site, "themix.org.uk");
    assert_string_equal(r.id, c.id);
}

static void every_other_length_is_refused(void **state)
{
    (void)state;
    struct staff_request r;
    uint8_t bytes[sizeof(struct staff_call) + 64] = {0};
    struct staff_call c = good_call();
    memcpy(bytes, &c, sizeof(c));
    for (size_t n = 0; n < sizeof(bytes); n++)
        assert_int_equal(read_bytes(bytes, n, &r), n == sizeof(c) ? STAFF_STARTED : STAFF_WRONG);
}

static void lengths_of_time_have_bounds(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    for (unsigned minutes = 0; minutes <= UINT16_MAX; minutes++) {
        c.minutes = (uint16_t)minutes;
        assert_int_equal(read_call(&c), minutes >= 1 && minutes <= 120 ? STAFF_STARTED : STAFF_WRONG);
    }
}

static void a_device_is_one_network_card(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    memset(c.mac, 0xff, 6);
    assert_int_equal(read_call(&c), STAFF_WRONG);
    memset(c.mac, 0, 6);
    assert_int_equal(read_call(&c), STAFF_WRONG);
    c = good_call();
    c.mac[0] = 0x01;
    assert_int_equal(read_call(&c), STAFF_WRONG);
}

static void texts_without_an_end_or_with_commands_are_refused(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    memset(c.id, 'a', sizeof(c.id));
    assert_int_equal(read_call(&c), STAFF_WRONG);
    c = good_call();
    c.id[3] = ':';
    assert_int_equal(read_call(&c), STAFF_WRONG);
    c = good_call();
    memset(c.reason, 'a', sizeof(c.reason));
    assert_int_equal(read_call(&c), STAFF_WRONG);
    static const char *const reasons[] = {"\x1b[2J", "a\nb", "a\tb", "\xff", "\xe2\x80\xae", "a\x7f"};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        c = good_call();
        strcpy(c.reason, reasons[i]);
        assert_int_equal(read_call(&c), STAFF_WRONG);
    }
    c = good_call();
    memset(c.site, 'a', sizeof(c.site));
    assert_int_equal(read_call(&c), STAFF_WRONG);
    static const char *const names[] = {"", " ", "../../etc", "themix.org.uk/page", "a b"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        c = good_call();
        memset(c.site, 0, sizeof(c.site));
        strcpy(c.site, names[i]);
        assert_int_not_equal(read_call(&c), STAFF_STARTED);
    }
}

static void a_site_that_is_in_no_list_is_named_as_such(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    strcpy(c.site, "www.example.org");
    assert_int_equal(read_call(&c), STAFF_NO_SUCH_SITE);
}

static void every_flipped_byte_is_taken_or_refused(void **state)
{
    (void)state;
    struct staff_request r;
    for (size_t at = 0; at < sizeof(struct staff_call); at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct staff_call c = good_call();
            ((uint8_t *)&c)[at] ^= (uint8_t)(1u << bit);
            if (read_bytes(&c, sizeof(c), &r) == STAFF_STARTED && !r.stop)
                assert_true(r.minutes >= 1 && r.minutes <= 120 && store_test_id_is_valid(r.id) && r.site < site_set_count(sites));
        }
}

/* The socket ------------------------------------------------------------------------------------------------------- */

static char folder[64];
static struct staff_desk *desk;
static struct outbox *outbox;
static struct staff_request asked;
static unsigned asked_count;
static uint64_t wall_ns;

static void ask(void *context, const struct staff_request *r)
{
    (void)context;
    asked = *r;
    asked_count++;
}

static uint64_t now(void *context)
{
    (void)context;
    return wall_ns;
}

static struct staff_desk *open_one(void)
{
    return staff_desk_new(&(struct staff_desk_options){.run_dir = folder, .sites = sites, .outbox = outbox, .ask = ask, .now_ns = now});
}

static int open_desk(void **state)
{
    char path[96];
    (void)state;
    strcpy(folder, "/tmp/telltale-desk-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/nobody.sock", folder);
    outbox = outbox_new(path, false);
    asked_count = 0;
    wall_ns = 5000 * NS_PER_S;
    desk = open_one();
    assert_non_null(desk);
    return 0;
}

static int close_desk(void **state)
{
    char path[96];
    (void)state;
    staff_desk_free(desk);
    outbox_free(outbox);
    snprintf(path, sizeof(path), "%s/" STAFF_SOCKET_NAME, folder);
    assert_int_not_equal(access(path, F_OK), 0);
    return rmdir(folder);
}

static int call_desk(const void *bytes, size_t n)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/" STAFF_SOCKET_NAME, folder);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    if (n > 0)
        assert_int_equal(send(fd, bytes, n, 0), n);
    return fd;
}

/* What the desk answers; -1: it hung up, -2: nothing yet. */
static int heard(int fd)
{
    struct staff_answer a;
    ssize_t n = recv(fd, &a, sizeof(a), MSG_DONTWAIT);
    if (n < 0)
        return -2;
    return n == (ssize_t)sizeof(a) && a.magic == STAFF_MAGIC ? (int)a.outcome : -1;
}

static int outcome_of(int fd)
{
    staff_desk_run(desk);
    int outcome = heard(fd);
    close(fd);
    return outcome;
}

static void only_the_owner_may_write_to_the_socket(void **state)
{
    (void)state;
    char path[96];
    struct stat s;
    snprintf(path, sizeof(path), "%s/" STAFF_SOCKET_NAME, folder);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
}

static void the_workers_word_is_passed_on(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    int fd = call_desk(&c, sizeof(c));
    staff_desk_run(desk);
    assert_int_equal(asked_count, 1);
    assert_int_equal(asked.hour_s, 3600);
    assert_int_equal(heard(fd), -2);
    const struct staff_listener *l = staff_desk_listener(desk);
    l->decided(l->context, STAFF_NEAR_A_VISIT);
    assert_int_equal(outcome_of(fd), STAFF_NEAR_A_VISIT);
}

static void one_test_at_a_time_and_then_it_may_be_stopped(void **state)
{
    (void)state;
    struct staff_call c = good_call(), stop = {.magic = STAFF_MAGIC, .kind = STAFF_CALL_STOP};
    const struct staff_listener *l = staff_desk_listener(desk);
    assert_int_equal(outcome_of(call_desk(&stop, sizeof(stop))), STAFF_NONE_RUNS);
    int fd = call_desk(&c, sizeof(c));
    staff_desk_run(desk);
    l->decided(l->context, STAFF_STARTED);
    assert_int_equal(outcome_of(fd), STAFF_STARTED);
    assert_int_equal(outcome_of(call_desk(&c, sizeof(c))), STAFF_BUSY);
    assert_int_equal(asked_count, 1);
    fd = call_desk(&stop, sizeof(stop));
    staff_desk_run(desk);
    assert_true(asked.stop);
    l->ended(l->context);
    l->decided(l->context, STAFF_STOPPED);
    assert_int_equal(outcome_of(fd), STAFF_STOPPED);
    assert_int_equal(outcome_of(call_desk(&stop, sizeof(stop))), STAFF_NONE_RUNS);
}

static void a_wrong_call_reaches_no_worker(void **state)
{
    (void)state;
    uint8_t junk[4096];
    memset(junk, 0x5a, sizeof(junk));
    for (size_t n = 1; n < sizeof(junk); n += 37)
        assert_int_equal(outcome_of(call_desk(junk, n)), STAFF_WRONG);
    assert_int_equal(asked_count, 0);
}

static void a_caller_that_leaves_does_not_matter(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    const struct staff_listener *l = staff_desk_listener(desk);
    close(call_desk(NULL, 0));
    staff_desk_run(desk);
    close(call_desk(&c, sizeof(c)));
    staff_desk_run(desk);
    l->decided(l->context, STAFF_NO_ROOM);
    staff_desk_run(desk);
    int fd = call_desk(&c, sizeof(c));
    staff_desk_run(desk);
    l->decided(l->context, STAFF_STARTED);
    assert_int_equal(outcome_of(fd), STAFF_STARTED);
}

static void without_a_time_no_test_begins(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    wall_ns = 0;
    assert_int_equal(outcome_of(call_desk(&c, sizeof(c))), STAFF_NO_CLOCK);
}

static void a_second_sensor_does_not_take_the_socket_away(void **state)
{
    (void)state;
    struct staff_call c = good_call();
    assert_null(open_one());
    staff_desk_run(desk); /* hears the one that tried, and that it left */
    staff_desk_run(desk);
    int fd = call_desk(&c, sizeof(c));
    staff_desk_run(desk);
    assert_int_equal(asked_count, 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test(name)
#define D(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
        T(a_good_call_is_taken),
        T(every_other_length_is_refused),
        T(lengths_of_time_have_bounds),
        T(a_device_is_one_network_card),
        T(texts_without_an_end_or_with_commands_are_refused),
        T(a_site_that_is_in_no_list_is_named_as_such),
        T(every_flipped_byte_is_taken_or_refused),
        D(only_the_owner_may_write_to_the_socket),
        D(the_workers_word_is_passed_on),
        D(one_test_at_a_time_and_then_it_may_be_stopped),
        D(a_wrong_call_reaches_no_worker),
        D(a_caller_that_leaves_does_not_matter),
        D(without_a_time_no_test_begins),
        D(a_second_sensor_does_not_take_the_socket_away),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, load, unload);
}
