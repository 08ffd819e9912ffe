/* test_releases.c -- the live side of support sites' figures: a day that is over leaves once, over a restart of the process, and a
 * tracker of few sites is never told of a device. Steady times lie in the past as far as a test likes, so days that are over are at hand.
 */
#include "sensor/releases.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/sensor/made_rules.h"

#define AGO_NS (2 * 86400 * NS_PER_S) /* over whatever the time of day */

static char folder[64], socket_path[100];
static struct site_set *sites;
static struct outbox *outbox;
static struct releases *releases;
static int listener, peer;

static void open_releases(void)
{
    struct releases_options o = {.sites = sites, .outbox = outbox, .k = 5, .workers = 1, .live = true, .withhold = true, .run_dir = folder};
    releases = releases_new(&o);
    assert_non_null(releases);
}

static int begin(void **state)
{
    (void)state;
    strcpy(folder, "/dev/shm/telltale-releases.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(socket_path, sizeof(socket_path), "%s/s", folder);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    strcpy(at.sun_path, socket_path);
    listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (bind(listener, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(listener, 1) < 0)
        return -1;
    sites = make_sites();
    outbox = outbox_new(socket_path, false);
    peer = -1;
    open_releases();
    return 0;
}

static int end(void **state)
{
    (void)state;
    char path[128];
    releases_free(releases);
    outbox_free(outbox);
    site_set_free(sites);
    close(listener);
    if (peer >= 0)
        close(peer);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/site-ledger.%d", folder, i);
        unlink(path);
    }
    unlink(socket_path);
    return rmdir(folder);
}

static struct device device(int number)
{
    struct device d = {.key = {.is_mac = 1}};
    d.key.bytes[5] = (uint8_t)number;
    return d;
}

static void visit(int number, uint64_t at_ns)
{
    struct device d = device(number);
    releases_visit(releases, 0, &d, at_ns);
}

static void restart(void)
{
    assert_true(releases_finish(releases, 1000));
    releases_free(releases);
    open_releases();
}

/* The next record that reached the publisher; false when there is none. */
static bool next_record(union sighting *s)
{
    outbox_flush(outbox);
    if (peer < 0 && outbox_counts(outbox).sent > 0)
        peer = accept(listener, NULL, NULL);
    return peer >= 0 && recv(peer, s, sizeof(*s), MSG_DONTWAIT) > 0;
}

static void a_day_that_is_over_leaves_once_and_over_a_restart(void **state)
{
    (void)state;
    union sighting s;
    struct local_time day;
    uint64_t at_ns = clock_steady_ns() - AGO_NS;
    clock_local(clock_wall_of_steady(at_ns), &day);
    for (int i = 1; i <= 3; i++)
        visit(i, at_ns);
    restart();
    assert_false(next_record(&s));
    for (int i = 3; i <= 5; i++)
        visit(i, at_ns);
    usleep(250000);
    releases_run(releases);
    assert_true(next_record(&s));
    assert_int_equal(s.head.kind, SIGHTING_SITE);
    assert_string_equal(s.site.period, day.day);
    assert_string_equal(s.site.site, "themix.org.uk");
    assert_int_equal(s.site.visits, 6);
    assert_int_equal(s.site.devices, 5);
    assert_null(sighting_check(&s, s.head.bytes, clock_wall_ns() / NS_PER_S, false));
    restart();
    usleep(250000);
    releases_run(releases);
    assert_false(next_record(&s));
}

static void today_does_not_leave(void **state)
{
    (void)state;
    union sighting s;
    for (int i = 1; i <= 9; i++)
        visit(i, clock_steady_ns());
    usleep(250000);
    releases_run(releases);
    assert_true(releases_finish(releases, 1000));
    assert_false(next_record(&s));
}

static struct contact contact(const char *tracker, bool withheld, uint64_t at_ns)
{
    return (struct contact){.first_ns = at_ns, .connections = 2, .evidence = EVIDENCE_HANDSHAKE, .withheld = withheld,
                            .match = {.matched = "tracker.example", .owner = {.tracker = tracker, .purpose = PURPOSE_ANALYTICS}, .feed = "f@1"}};
}

static void withheld_contacts_leave_without_device_and_hour(void **state)
{
    (void)state;
    union sighting s;
    unsigned n = 0;
    uint64_t at_ns = clock_steady_ns() - AGO_NS;
    struct contact c = contact("Helpline's own", true, at_ns), outside = contact("Helpline's own", false, at_ns);
    for (int i = 1; i <= 5; i++) {
        struct device d = device(i);
        releases_withheld(releases, &c, &d);
        releases_closed(releases, &c);
    }
    struct device other = device(6);
    assert_false(releases_told(releases, &outside, &other));
    usleep(250000);
    releases_run(releases);
    while (next_record(&s)) {
        assert_int_equal(s.head.kind, SIGHTING_CONTACT);
        assert_string_equal(s.contact.device, "");
        assert_string_equal(s.contact.country, "");
        assert_int_equal(s.contact.hour, 0);
        assert_int_equal(s.contact.connections, 2);
        assert_string_equal(s.contact.tracker, "Helpline's own");
        assert_null(sighting_check(&s, s.head.bytes, clock_wall_ns() / NS_PER_S, false));
        n++;
    }
    assert_int_equal(n, 6);
}

static void a_damaged_checkpoint_begins_anew(void **state)
{
    (void)state;
    char path[128], bad[140];
    for (int i = 1; i <= 3; i++)
        visit(i, clock_steady_ns());
    assert_true(releases_finish(releases, 1000));
    releases_free(releases);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/site-ledger.%d", folder, i);
        FILE *f = fopen(path, "r+");
        assert_non_null(f);
        fseek(f, 0, SEEK_END);
        if (ftell(f) > 0) {
            fseek(f, -1, SEEK_END);
            fputc('x', f);
        }
        fclose(f);
    }
    open_releases();
    unsigned aside = 0;
    for (int i = 0; i < 2; i++) {
        snprintf(bad, sizeof(bad), "%s/site-ledger.%d.bad", folder, i);
        aside += unlink(bad) == 0;
    }
    assert_int_equal(aside, 1);
}

int main(void)
{
    assert_true(sodium_init() >= 0);
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_day_that_is_over_leaves_once_and_over_a_restart),
        TEST(today_does_not_leave),
        TEST(withheld_contacts_leave_without_device_and_hour),
        TEST(a_damaged_checkpoint_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
