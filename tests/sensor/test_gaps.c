/* test_gaps.c -- what of gaps is told: each beginning and end once, under the days that it touches, and one name for one gap. */
#include "sensor/gaps.h"

#include "common/clock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[64];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct outbox *outbox;
static int listener, peer;
static struct gaps gaps;

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/dev/shm/telltale-gaps-XXXXXX"); /* the page wants a folder in memory */
    if (!mkdtemp(dir))
        return -1;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", dir);
    listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 4) < 0)
        return -1;
    peer = -1;
    outbox = outbox_new(address.sun_path, false);
    return outbox ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[128];
    (void)state;
    outbox_free(outbox);
    close(listener);
    close(peer);
    unlink(address.sun_path);
    snprintf(path, sizeof(path), "%s/capture.gaps", dir);
    unlink(path);
    return rmdir(dir);
}

/* What was told since, up to a row of records. */
static size_t told(struct sighting_gap out[64])
{
    size_t n = 0;
    struct timeval patience = {.tv_usec = 200000};
    gaps_tell(&gaps, outbox);
    outbox_flush(outbox);
    if (peer < 0) {
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        if (poll(&ready, 1, 500) <= 0)
            return 0;
        peer = accept(listener, NULL, NULL);
    }
    outbox_flush(outbox);
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    for (union sighting s; n < 64 && recv(peer, &s, sizeof(s), 0) == (ssize_t)sizeof(s.gap); n++) {
        struct sighting_receipt r = {.magic = SIGHTING_MAGIC, .bytes = sizeof(r), .source = s.head.source, .sequence = s.head.sequence};
        assert_int_equal(s.head.kind, SIGHTING_GAP);
        assert_null(sighting_check(&s, sizeof(s.gap), clock_wall_ns() / NS_PER_S, false));
        out[n] = s.gap;
        send(peer, &r, sizeof(r), MSG_NOSIGNAL);
    }
    return n;
}

static void a_gap_is_told_when_it_begins_and_when_it_ends_under_one_name(void **state)
{
    struct sighting_gap g[64];
    (void)state;
    gaps_open(&gaps, dir);
    uint64_t before_s = clock_wall_ns() / NS_PER_S;
    gaps_begin(&gaps, GAP_CABLE);
    assert_int_equal(told(g), 1);
    assert_true(g[0].from_s >= before_s && g[0].from_s <= before_s + 2 && g[0].until_s == 0 && g[0].why == GAP_CABLE);
    uint64_t name = g[0].from_s;
    assert_int_equal(told(g), 0);
    usleep(1100000);
    gaps_end(&gaps);
    size_t n = told(g);
    assert_true(n >= 1 && n <= 2); /* two: midnight lay between */
    assert_true(g[0].from_s == name && g[0].until_s >= name + 1 && g[0].until_s <= name + 3 && g[0].why == GAP_CABLE);
    assert_int_equal(told(g), 0);
    gaps_forget(&gaps);
}

static void the_graver_of_two_causes_is_told(void **state)
{
    struct sighting_gap g[64];
    (void)state;
    gaps_open(&gaps, dir);
    gaps_begin(&gaps, GAP_DOWN);
    assert_int_equal(told(g), 1);
    uint64_t name = g[0].from_s;
    gaps_begin(&gaps, GAP_AWAY);
    gaps_begin(&gaps, GAP_DOWN);
    assert_int_equal(told(g), 1);
    assert_true(g[0].from_s == name && g[0].why == GAP_AWAY && g[0].until_s == 0);
    assert_int_equal(gaps.count, 1);
    gaps_forget(&gaps);
}

/* The next process ends what the last one told of. */
static void a_gap_keeps_its_name_over_a_restart(void **state)
{
    struct sighting_gap g[64];
    (void)state;
    gaps_open(&gaps, dir);
    gaps_begin(&gaps, GAP_AWAY);
    gaps_run(&gaps);
    assert_int_equal(told(g), 1);
    uint64_t name = g[0].from_s;
    usleep(1200000);
    assert_true(gaps_open(&gaps, dir)); /* as if this were another process */
    gaps_end(&gaps);
    assert_true(told(g) >= 1);
    assert_true(g[0].from_s == name && g[0].until_s > name && g[0].why == GAP_AWAY);
    gaps_forget(&gaps);
}

static void the_death_of_a_process_is_told_as_one(void **state)
{
    struct sighting_gap g[64];
    (void)state;
    gaps_open(&gaps, dir);
    gaps_run(&gaps);
    assert_true(gaps_open(&gaps, dir));
    gaps_end(&gaps);
    assert_true(told(g) >= 1);
    assert_true(g[0].why == GAP_DIED && g[0].until_s >= g[0].from_s && g[0].until_s != 0);
    gaps_forget(&gaps);
}

static void gaps_of_one_second_are_rows_of_their_own(void **state)
{
    struct sighting_gap g[64];
    uint64_t names[3];
    (void)state;
    gaps_open(&gaps, dir);
    for (int i = 0; i < 2; i++) {
        gaps_begin(&gaps, GAP_CABLE);
        gaps_end(&gaps);
        assert_true(told(g) >= 1);
        names[i] = g[0].from_s;
    }
    assert_true(gaps_open(&gaps, dir)); /* and then the process dies */
    gaps_end(&gaps);
    assert_true(told(g) >= 1);
    names[2] = g[0].from_s;
    assert_true(names[0] < names[1] && names[1] < names[2] && names[2] <= names[0] + 4);
    assert_true(g[0].until_s >= g[0].from_s);
    gaps_forget(&gaps);
}

/* The sensor is stopped while the cable is out: from then on nobody listens, which is no gap. */
static void an_orderly_end_ends_the_gap_and_leaves_none(void **state)
{
    struct sighting_gap g[64];
    (void)state;
    gaps_open(&gaps, dir);
    gaps_begin(&gaps, GAP_CABLE);
    gaps_run(&gaps);
    gaps_forget(&gaps);
    assert_true(told(g) >= 1);
    assert_true(g[0].until_s >= g[0].from_s && g[0].until_s != 0);
    gaps_run(&gaps); /* the last figures are sent after it */
    assert_false(gaps_open(&gaps, dir));
    gaps_forget(&gaps);
}

static void what_waits_for_the_clock_is_bounded(void **state)
{
    struct sighting_gap g[64];
    (void)state;
    gaps_open(&gaps, dir);
    for (int i = 0; i < 100; i++) {
        gaps_begin(&gaps, GAP_DOWN);
        gaps_end(&gaps);
    }
    assert_int_equal(gaps.count, 100);
    size_t n = told(g);
    assert_true(n >= GAPS_WAITING && n <= 2 * GAPS_WAITING);
    gaps_forget(&gaps);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gap_is_told_when_it_begins_and_when_it_ends_under_one_name),
        TEST(the_graver_of_two_causes_is_told),
        TEST(a_gap_keeps_its_name_over_a_restart),
        TEST(the_death_of_a_process_is_told_as_one),
        TEST(gaps_of_one_second_are_rows_of_their_own),
        TEST(an_orderly_end_ends_the_gap_and_leaves_none),
        TEST(what_waits_for_the_clock_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
