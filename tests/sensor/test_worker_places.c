/* test_worker_places.c -- whose country a contact carries: that of the server of its first connection. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/driven_worker.h"

#include "common/log.h"
#include "tests/sensor/made_dns.h"
#include "tests/support/made_mmdb.h"

#define IN_NL "37.252.171.10"
#define IN_US "104.244.42.10"

static struct contact seen[16];
static unsigned seen_len;

static void keep_contact(void *context, const struct contact *c, const struct device *d)
{
    (void)context;
    (void)d;
    assert_true(seen_len < 16);
    seen[seen_len++] = *c;
}

static struct places *make_places(void)
{
    static struct made_mmdb m;
    char path[] = "/tmp/telltale-places-XXXXXX";
    struct places *p = places_new();
    made_mmdb_begin(&m, 6);
    uint32_t nl = made_mmdb_map(&m, 2), us;
    made_mmdb_text(&m, "country_code", "NL");
    made_mmdb_number(&m, "asn", 6, 29990);
    us = made_mmdb_map(&m, 1);
    made_mmdb_text(&m, "country_code", "US");
    made_mmdb_put_v4(&m, "37.0.0.0", 8, nl);
    made_mmdb_put_v4(&m, "104.0.0.0", 8, us);
    made_mmdb_end(&m, "test", 1);
    int fd = mkstemp(path);
    assert_true(p && fd >= 0);
    assert_int_equal(write(fd, m.bytes, m.n), m.n);
    close(fd);
    assert_int_equal(places_add(p, path, 0), 0);
    unlink(path);
    return p;
}

static struct places *places;

static int begin_with_places(void **state)
{
    (void)state;
    places = make_places();
    struct worker_options o = {.max_flows = 4096};
    o.findings = (struct findings_options){.trackers = trackers,
                                           .sites = sites,
                                           .places = places,
                                           .max_devices = 32,
                                           .max_contacts = 64,
                                           .visit_gap_ns = 60 * NS_PER_S,
                                           .on_close = keep_contact};
    assert_non_null(ring = spsc_ring_new(4 << 20, 0));
    assert_non_null(worker = worker_new(&o, ring));
    now_ns = BEGIN;
    next_port = 50000;
    seen_len = 0;
    return 0;
}

static int end_with_places(void **state)
{
    end(state);
    places_free(places);
    return 0;
}

static void assert_seen(const char *host, const char *country, uint32_t asn)
{
    for (unsigned i = 0; i < seen_len; i++)
        if (strcmp(seen[i].host, host) == 0) {
            assert_string_equal(seen[i].place.country, country);
            assert_int_equal(seen[i].place.asn, asn);
            return;
        }
    fail_msg("no contact with %s", host);
}

static void a_contact_has_the_place_of_its_server(void **state)
{
    (void)state;
    visit(1, IN_NL, "secure.adnxs.com", false);
    visit(1, IN_US, "ad.doubleclick.net", false);
    visit(1, SERVER, "s0.2mdn.net", false);
    run();
    assert_int_equal(seen_len, 3);
    assert_seen("secure.adnxs.com", "NL", 29990);
    assert_seen("ad.doubleclick.net", "US", 0);
    assert_seen("s0.2mdn.net", "", 0);
}

static void a_later_connection_elsewhere_does_not_move_it(void **state)
{
    (void)state;
    visit(1, IN_NL, "secure.adnxs.com", false);
    visit(1, IN_US, "secure.adnxs.com", false);
    visit(2, IN_US, "secure.adnxs.com", false);
    run();
    assert_int_equal(seen_len, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_string_equal(seen[i].place.country, seen[i].connections == 2 ? "NL" : "US");
}

static void a_look_up_alone_has_no_place(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com", DNS_A);
    run();
    assert_int_equal(seen_len, 1);
    assert_seen("secure.adnxs.com", "", 0);
}

static void a_connection_after_the_look_up_gives_the_place(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com", DNS_A);
    visit(1, IN_NL, "secure.adnxs.com", false);
    run();
    assert_int_equal(seen_len, 1);
    assert_seen("secure.adnxs.com", "NL", 29990);
}

/* The name comes to light when the connection ends, and another server's packet is what made it end. */
static void a_name_told_late_takes_nobody_elses_place(void **state)
{
    (void)state;
    struct made_hello *h = hello_for("secure.adnxs.com", false);
    struct talk t = connect_to(1, IN_NL, 443);
    say(&t, h->bytes, 60);
    t.seq[1] += 5; /* a gap that nothing fills */
    say(&t, h->bytes + 65, h->n - 65);
    for (int i = 0; i < 3; i++)
        visit(2, IN_US, "ad.doubleclick.net", false);
    run();
    for (unsigned i = 0; i < seen_len; i++)
        if (strcmp(seen[i].host, "secure.adnxs.com") == 0)
            assert_true(seen[i].place.country[0] == '\0' || strcmp(seen[i].place.country, "NL") == 0);
    assert_seen("ad.doubleclick.net", "US", 0);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    log_init("test_worker_places", LOG_LEVEL_ERROR);
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_with_places, end_with_places)
    const struct CMUnitTest tests[] = {
        TEST(a_contact_has_the_place_of_its_server),
        TEST(a_later_connection_elsewhere_does_not_move_it),
        TEST(a_look_up_alone_has_no_place),
        TEST(a_connection_after_the_look_up_gives_the_place),
        TEST(a_name_told_late_takes_nobody_elses_place),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
