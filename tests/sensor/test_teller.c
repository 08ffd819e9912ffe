/* test_teller.c -- contacts wait for a clock that is right, and are then told with the hour and day in which they happened. */
#include "sensor/teller.h"

#include "common/clock.h"
#include "common/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define WAIT_S   600
#define MIDNIGHT 1800057600 /* 2027-01-16 00:00 UTC */

/* The clocks of this test: the program's own functions are found before the C library's. */
static int64_t wall_s = 1000, boot_s = 30;
static bool heard;

int clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, id, t);
    if (id == CLOCK_REALTIME || id == CLOCK_BOOTTIME)
        *t = (struct timespec){.tv_sec = id == CLOCK_REALTIME ? wall_s : boot_s};
    return rc;
}

int adjtimex(struct timex *kernel)
{
    kernel->status = heard ? 0 : STA_UNSYNC;
    return heard ? TIME_OK : TIME_ERROR;
}

static char dir[64];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int listener, peer;
static struct pseudonyms *pseudonyms;
static struct outbox *outbox;

static int begin(void **state)
{
    (void)state;
    setenv("TZ", "UTC0", 1);
    wall_s = 1000;
    boot_s = 30;
    heard = false;
    strcpy(dir, "/tmp/telltale-teller-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", dir);
    listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    peer = -1;
    outbox = outbox_new(address.sun_path, false);
    bool listens = bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listener, 4) == 0;
    return listens && outbox && pseudonyms_open(NULL, &pseudonyms) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    outbox_free(outbox);
    pseudonyms_close(pseudonyms);
    close(peer);
    close(listener);
    unlink(address.sun_path);
    return rmdir(dir);
}

static struct teller *open_teller(bool live)
{
    struct teller *t = teller_new(pseudonyms, outbox, live, WAIT_S);
    assert_non_null(t);
    return t;
}

static void tell(struct teller *t, unsigned device, uint64_t first_ns, uint32_t connections)
{
    struct contact c = {.first_ns = first_ns, .connections = connections};
    struct device d = {.key = {.bytes = {2, (uint8_t)device}, .is_mac = 1}};
    teller_tell(t, &c, &d);
}

/* The next record that reached the publisher's place; false when there is none. */
static bool next(struct sighting_contact *out)
{
    union sighting s;
    outbox_flush(outbox);
    if (peer < 0)
        peer = accept(listener, NULL, NULL);
    if (recv(peer, &s, sizeof(s), MSG_DONTWAIT) != (ssize_t)sizeof(s.contact))
        return false;
    *out = s.contact;
    return true;
}

static void contacts_wait_until_the_clock_is_right_and_keep_their_age(void **state)
{
    (void)state;
    struct sighting_contact got;
    struct teller *t = open_teller(true);
    tell(t, 1, clock_steady_ns(), 1);
    boot_s += 20;
    wall_s += 20;
    tell(t, 1, clock_steady_ns(), 2);
    assert_false(teller_run(t));
    assert_int_equal(teller_counts(t).waiting, 2);
    assert_int_equal(outbox_counts(outbox).waiting, 0);

    wall_s = MIDNIGHT + 10; /* a time server answers: the first contact was before midnight, the second is ten seconds old */
    boot_s += 10;
    heard = true;
    assert_true(teller_run(t));
    assert_int_equal(teller_counts(t).waiting, 0);
    assert_true(next(&got));
    assert_string_equal(got.day, "2027-01-15");
    assert_int_equal(got.hour, 23);
    assert_int_equal(got.hour_s, MIDNIGHT - 3600);
    assert_int_equal(got.connections, 1);
    char yesterday[sizeof(got.device)];
    memcpy(yesterday, got.device, sizeof(yesterday));
    assert_true(next(&got));
    assert_string_equal(got.day, "2027-01-16");
    assert_int_equal(got.hour_s, MIDNIGHT);
    assert_int_equal(got.connections, 2);
    assert_string_not_equal(got.device, yesterday);
    assert_false(next(&got));
    teller_free(t);
}

static void a_contact_never_passes_those_that_wait(void **state)
{
    (void)state;
    struct sighting_contact got;
    struct teller *t = open_teller(true);
    tell(t, 1, clock_steady_ns(), 1);
    wall_s = MIDNIGHT;
    heard = true;
    tell(t, 2, clock_steady_ns(), 2);
    for (uint32_t i = 1; i <= 2; i++) {
        assert_true(next(&got));
        assert_int_equal(got.connections, i);
    }
    teller_free(t);
}

static void a_full_room_drops_the_newest_and_counts_them(void **state)
{
    (void)state;
    struct sighting_contact got;
    struct teller *t = open_teller(true);
    for (uint32_t i = 0; i < TELLER_MOST + 3; i++)
        tell(t, 1, clock_steady_ns(), i);
    assert_int_equal(teller_counts(t).waiting, TELLER_MOST);
    assert_int_equal(teller_counts(t).dropped, 3);
    wall_s = MIDNIGHT;
    heard = true;
    assert_true(teller_run(t));
    assert_true(next(&got));
    assert_int_equal(got.connections, 0);
    teller_free(t);
}

static void a_machine_that_hears_no_time_server_is_believed_in_the_end(void **state)
{
    (void)state;
    struct teller *t = open_teller(true);
    wall_s = MIDNIGHT;
    tell(t, 1, clock_steady_ns(), 1);
    assert_int_equal(teller_counts(t).waiting, 1);
    boot_s = WAIT_S;
    assert_true(teller_run(t));
    assert_int_equal(teller_counts(t).waiting, 0);
    teller_free(t);
}

static void a_replay_has_its_own_times(void **state)
{
    (void)state;
    struct sighting_contact got;
    struct teller *t = open_teller(false);
    tell(t, 1, 1000000000 * NS_PER_S, 1);
    assert_true(teller_run(t));
    assert_true(next(&got));
    assert_string_equal(got.day, "2001-09-09");
    assert_int_equal(got.hour, 1);
    teller_free(t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(contacts_wait_until_the_clock_is_right_and_keep_their_age),
        TEST(a_contact_never_passes_those_that_wait),
        TEST(a_full_room_drops_the_newest_and_counts_them),
        TEST(a_machine_that_hears_no_time_server_is_believed_in_the_end),
        TEST(a_replay_has_its_own_times),
    };
    log_init("test_teller", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
