/* test_places.c -- databases of several vendors' forms, damaged in every way that can be thought of, and changed in use. */
#include "sensor/places.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"
#include "tests/support/caught_stderr.h"
#include "tests/support/made_mmdb.h"

static struct made_mmdb made;
static struct places *places;
static char path[64];

static int begin(void **state)
{
    (void)state;
    strcpy(path, "/tmp/telltale-places-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_non_null(places = places_new());
    return 0;
}

static int end(void **state)
{
    (void)state;
    places_free(places);
    unlink(path);
    return 0;
}

/* Into the very file, as a careless download would. */
static void write_file(const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

/* A new file in its place, as a careful one does. */
static void replace_file(const void *bytes, size_t n)
{
    char fresh[80];
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
    assert_int_equal(rename(fresh, path), 0);
}

static struct ip_addr address(const char *text)
{
    struct ip_prefix p;
    assert_true(ip_prefix_parse(text, &p));
    return p.addr;
}

static struct place place_of(const char *text)
{
    struct ip_addr a = address(text);
    return places_of(places, &a);
}

static void assert_place(const char *text, const char *country, uint32_t asn)
{
    struct place place = place_of(text);
    assert_string_equal(place.country, country);
    assert_int_equal(place.asn, asn);
}

static const uint8_t v6_network[16] = {0x2a, 0x03, 0x28, 0x80};

/* Countries as MaxMind and DB-IP write them. */
static void make_nested(const char *first, const char *second)
{
    made_mmdb_begin(&made, 6);
    uint32_t a = made_mmdb_map(&made, 2);
    made_mmdb_text(&made, "continent", "somewhere");
    made_mmdb_key(&made, "country");
    made_mmdb_map(&made, 2);
    made_mmdb_number(&made, "geoname_id", 6, 2635167);
    made_mmdb_text(&made, "iso_code", first);
    uint32_t b = made_mmdb_map(&made, 1);
    made_mmdb_key(&made, "country");
    made_mmdb_map(&made, 1);
    made_mmdb_text(&made, "iso_code", second);
    made_mmdb_put_v4(&made, "37.252.160.0", 20, a);
    made_mmdb_put_v4(&made, "104.16.0.0", 12, b);
    made_mmdb_put(&made, v6_network, 32, b);
    made_mmdb_end(&made, "Test-Country", 1781725910);
}

/* Networks: one by number, one in text. */
static void make_networks(int ip_version)
{
    made_mmdb_begin(&made, ip_version);
    uint32_t a = made_mmdb_map(&made, 2);
    made_mmdb_number(&made, "autonomous_system_number", 6, 29990);
    made_mmdb_text(&made, "autonomous_system_organization", "AppNexus, Inc");
    uint32_t b = made_mmdb_map(&made, 1);
    made_mmdb_text(&made, "asn", "AS13335");
    uint32_t c = made_mmdb_map(&made, 1);
    made_mmdb_number(&made, "asn", 9, 4200000000u);
    made_mmdb_put_v4(&made, "37.252.160.0", 20, a);
    made_mmdb_put_v4(&made, "104.16.0.0", 12, b);
    made_mmdb_put_v4(&made, "8.8.8.0", 24, c);
    made_mmdb_end(&made, "Test-ASN", 1700000000);
}

static void without_a_file_nothing_is_known(void **state)
{
    (void)state;
    struct ip_addr a = address("8.8.8.8");
    assert_place("8.8.8.8", "", 0);
    assert_string_equal(places_of(NULL, &a).country, "");
    assert_int_equal(places_built(places, PLACES_COUNTRY), 0);
    assert_int_equal(places_built(NULL, PLACES_COUNTRY), 0);
    assert_int_equal(places_watch(places, 10), 0);
    places_free(NULL);
}

static void a_nested_country_is_found(void **state)
{
    (void)state;
    make_nested("NL", "US");
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, 0), 0);
    assert_place("37.252.171.10", "NL", 0);
    assert_place("104.22.8.10", "US", 0);
    assert_place("2a03:2880:f158::1", "US", 0);
    assert_place("37.252.176.1", "", 0);
    assert_place("2a03:2881::1", "", 0);
    assert_int_equal(places_built(places, PLACES_COUNTRY), 1781725910);
    assert_int_equal(places_built(places, PLACES_ASN), 0);
}

static void a_flat_country_is_found_in_small_letters_too(void **state)
{
    (void)state;
    made_mmdb_begin(&made, 4);
    uint32_t a = made_mmdb_map(&made, 1);
    made_mmdb_text(&made, "country_code", "ie");
    uint32_t b = made_mmdb_map(&made, 1);
    made_mmdb_text(&made, "country", "FR");
    uint32_t c = made_mmdb_map(&made, 2);
    made_mmdb_text(&made, "country", "Germany");
    made_mmdb_text(&made, "country_code", "DE");
    uint32_t d = made_mmdb_map(&made, 1);
    made_mmdb_text(&made, "country_code", "4!");
    made_mmdb_put_v4(&made, "1.0.0.0", 8, a);
    made_mmdb_put_v4(&made, "2.0.0.0", 8, b);
    made_mmdb_put_v4(&made, "3.0.0.0", 8, c);
    made_mmdb_put_v4(&made, "4.0.0.0", 8, d);
    made_mmdb_end(&made, "flat", 1);
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, PLACES_COUNTRY), 0);
    assert_place("1.2.3.4", "IE", 0);
    assert_place("2.2.3.4", "FR", 0);
    assert_place("3.2.3.4", "DE", 0);
    assert_place("4.2.3.4", "", 0);
    assert_place("2a03:2880::1", "", 0); /* no IPv6 in it */
}

static void networks_are_found_as_number_and_as_text(void **state)
{
    (void)state;
    make_networks(6);
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, PLACES_ASN), 0);
    assert_place("37.252.171.10", "", 29990);
    assert_place("104.22.8.10", "", 13335);
    assert_place("8.8.8.8", "", 4200000000u);
    assert_place("9.9.9.9", "", 0);
}

static void texts_that_are_no_network_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"AS", "", "13335 Cloudflare", "AS-1", "4294967296", "AS99999999999", "as64496"};
    made_mmdb_begin(&made, 4);
    for (unsigned i = 0; i < 7; i++) {
        char network[16];
        uint32_t offset = made_mmdb_map(&made, 1);
        made_mmdb_text(&made, "asn", texts[i]);
        snprintf(network, sizeof(network), "%u.0.0.0", i + 1);
        made_mmdb_put_v4(&made, network, 8, offset);
    }
    made_mmdb_end(&made, "texts", 1);
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, PLACES_ASN), 0);
    for (unsigned i = 0; i < 7; i++) {
        char one[16];
        snprintf(one, sizeof(one), "%u.1.1.1", i + 1);
        assert_place(one, "", i == 6 ? 64496 : 0);
    }
}

static void two_files_together_give_both(void **state)
{
    (void)state;
    make_nested("NL", "US");
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, PLACES_COUNTRY), 0);
    make_networks(4);
    replace_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, PLACES_ASN), 0);
    assert_place("37.252.171.10", "NL", 29990);
    assert_place("8.8.8.8", "", 4200000000u);
    assert_int_equal(places_built(places, PLACES_ASN), 1700000000);
}

static void private_addresses_have_no_place(void **state)
{
    (void)state;
    made_mmdb_begin(&made, 6);
    uint32_t a = made_mmdb_map(&made, 1);
    made_mmdb_text(&made, "country_code", "GB");
    uint8_t zero[16] = {0}, high[16] = {0x80};
    made_mmdb_put(&made, zero, 1, a);
    made_mmdb_put(&made, high, 1, a);
    made_mmdb_end(&made, "everything", 1);
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, 0), 0);
    assert_place("8.8.8.8", "GB", 0);
    assert_place("2a03:2880::1", "GB", 0);
    static const char *const ours[] = {"192.168.1.1", "10.0.0.1", "172.16.0.1", "100.64.0.1", "169.254.1.1", "fd00::1", "fe80::1", "224.0.0.251", "ff02::fb"};
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        assert_place(ours[i], "", 0);
}

/* The message names the file. */
static void assert_refused(unsigned parts, const char *said)
{
    catch_stderr();
    int rc = places_add(places, path, parts);
    const char *text = caught_stderr();
    assert_true(rc < 0);
    if (!strstr(text, path) || !strstr(text, said))
        fail_msg("expected \"%s\", was told: %s", said, text);
}

static void a_wrong_file_is_refused_with_its_name(void **state)
{
    (void)state;
    write_file("", 0);
    assert_refused(0, "expected a file of at most 256 MB");
    write_file("<html>404 Not Found</html>", 26);
    assert_refused(0, "not a MaxMind DB file");
    make_networks(6);
    write_file(made.bytes, made.n);
    assert_refused(PLACES_COUNTRY, "that has no countries");
    make_nested("NL", "US");
    write_file(made.bytes, made.n);
    assert_refused(PLACES_ASN, "type \"Test-Country\" that has no networks");
    assert_refused(PLACES_ASN | PLACES_COUNTRY, "that has no networks");
    make_nested("netherlands", "1");
    write_file(made.bytes, made.n);
    assert_refused(0, "that has no countries and no networks");
    unlink(path);
    assert_refused(0, "No such file");
    mkdir(path, 0700);
    assert_refused(0, "expected a file");
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(0, "expected a file");
    assert_place("37.252.171.10", "", 0);
}

static void a_record_between_tree_and_data_is_refused(void **state)
{
    (void)state;
    make_nested("NL", "US");
    /* The first record that points into the data now points just before it. */
    for (uint32_t i = 0; i < made.nodes_len; i++)
        for (int side = 0; side < 2; side++)
            if (made.nodes[i][side] & MADE_DATA) {
                uint32_t value = made.nodes_len + 15;
                uint8_t *at = made.bytes + (size_t)i * 6 + (size_t)side * 3;
                at[0] = (uint8_t)(value >> 16);
                at[1] = (uint8_t)(value >> 8);
                at[2] = (uint8_t)value;
                i = made.nodes_len - 1;
                break;
            }
    write_file(made.bytes, made.n);
    assert_refused(0, "it is damaged (node ");
}

/* Loads these bytes if they can be loaded, and looks around in them. */
static void try_bytes(const uint8_t *bytes, size_t n)
{
    static const char *const asked[] = {"37.252.171.10", "104.22.8.10", "8.8.8.8", "2a03:2880::1", "1.1.1.1", "255.255.255.254"};
    char name[32];
    struct places *p = places_new();
    int fd = memfd_create("damaged", MFD_CLOEXEC);
    assert_true(p && fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    if (places_add(p, name, 0) == 0)
        for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
            struct ip_addr a = address(asked[i]);
            struct place place = places_of(p, &a);
            assert_true(place.country[0] == '\0' || strspn(place.country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2);
        }
    close(fd);
    places_free(p);
}

static void every_truncation_is_survived(void **state)
{
    (void)state;
    log_init("test_places", (enum log_level)0);
    make_nested("NL", "US");
    for (size_t n = 0; n <= made.n; n++)
        try_bytes(made.bytes, n);
    make_networks(4);
    for (size_t n = 0; n <= made.n; n++)
        try_bytes(made.bytes, n);
    /* And cut at the front: sizes in the metadata that are too large for what is there. */
    for (size_t n = 1; n < made.n; n++)
        try_bytes(made.bytes + n, made.n - n);
    log_init("test_places", LOG_LEVEL_INFO);
}

static void every_changed_byte_is_survived(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0xff, 0x20, 0x3f, 0xe1, 0x7f, 0x80};
    log_init("test_places", (enum log_level)0);
    make_networks(4);
    for (size_t i = 0; i < made.n; i++)
        for (size_t v = 0; v < sizeof(values); v++) {
            uint8_t before = made.bytes[i];
            made.bytes[i] = values[v];
            try_bytes(made.bytes, made.n);
            made.bytes[i] = before;
        }
    log_init("test_places", LOG_LEVEL_INFO);
}

static void a_file_shortened_in_place_does_no_harm(void **state)
{
    (void)state;
    make_nested("NL", "US");
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, 0), 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_place("37.252.171.10", "NL", 0);
    memset(made.bytes, 0xff, made.n);
    write_file(made.bytes, made.n);
    assert_place("37.252.171.10", "NL", 0);
}

static bool becomes(const char *country)
{
    for (int i = 0; i < 1000; i++) {
        if (strcmp(place_of("37.252.171.10").country, country) == 0)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return false;
}

static void wait_for_looks(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL);
}

static void a_changed_file_is_loaded_again(void **state)
{
    (void)state;
    make_nested("NL", "US");
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, PLACES_COUNTRY), 0);
    assert_int_equal(places_watch(places, 10), 0);
    make_nested("BE", "US");
    replace_file(made.bytes, made.n);
    assert_true(becomes("BE"));
    make_nested("DE", "US");
    write_file(made.bytes, made.n); /* in place */
    assert_true(becomes("DE"));
}

static void what_cannot_be_used_leaves_the_old_one_in_use(void **state)
{
    (void)state;
    make_nested("NL", "US");
    write_file(made.bytes, made.n);
    assert_int_equal(places_add(places, path, PLACES_COUNTRY), 0);
    catch_stderr();
    assert_int_equal(places_watch(places, 10), 0);
    replace_file("<html>", 6);
    wait_for_looks();
    assert_place("37.252.171.10", "NL", 0);
    unlink(path);
    wait_for_looks();
    assert_place("37.252.171.10", "NL", 0);
    make_nested("LU", "US");
    replace_file(made.bytes, made.n);
    bool changed = becomes("LU");
    places_free(places);
    const char *text = caught_stderr();
    assert_non_null(places = places_new());
    assert_true(changed);
    const char *first = strstr(text, "not a MaxMind DB file");
    assert_non_null(first);
    assert_null(strstr(first + 1, "not a MaxMind DB file")); /* said once, though looked at many times */
    const char *gone = strstr(text, "No such file");
    assert_non_null(gone);
    assert_null(strstr(gone + 1, "No such file"));
}

static atomic_bool stop_asking;
static atomic_uint asked, wrong;

static void *ask_all_the_time(void *context)
{
    struct ip_addr a = address("37.252.171.10");
    (void)context;
    while (!atomic_load_explicit(&stop_asking, memory_order_relaxed)) { /* relaxed: only its value matters */
        struct place place = places_of(places, &a);
        if (strcmp(place.country, "NL") != 0 && strcmp(place.country, "BE") != 0)
            atomic_fetch_add_explicit(&wrong, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
    }
    return NULL;
}

static void lookups_go_on_while_the_file_is_swapped(void **state)
{
    (void)state;
    pthread_t threads[2];
    make_nested("NL", "US");
    write_file(made.bytes, made.n);
    log_init("test_places", LOG_LEVEL_ERROR);
    assert_int_equal(places_add(places, path, PLACES_COUNTRY), 0);
    assert_int_equal(places_watch(places, 1), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all_the_time, NULL), 0);
    for (int i = 0; i < 30; i++) {
        const char *country = i % 2 ? "NL" : "BE";
        make_nested(country, "US");
        replace_file(made.bytes, made.n);
        assert_true(becomes(country));
    }
    atomic_store_explicit(&stop_asking, true, memory_order_relaxed);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    places_free(places); /* its thread logs too */
    assert_non_null(places = places_new());
    log_init("test_places", LOG_LEVEL_INFO);
    assert_true(atomic_load(&asked) > 1000);
    assert_int_equal(atomic_load(&wrong), 0);
}

int main(void)
{
    log_init("test_places", LOG_LEVEL_INFO);
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(without_a_file_nothing_is_known),
        TEST(a_nested_country_is_found),
        TEST(a_flat_country_is_found_in_small_letters_too),
        TEST(networks_are_found_as_number_and_as_text),
        TEST(texts_that_are_no_network_are_none),
        TEST(two_files_together_give_both),
        TEST(private_addresses_have_no_place),
        TEST(a_wrong_file_is_refused_with_its_name),
        TEST(a_record_between_tree_and_data_is_refused),
        TEST(every_truncation_is_survived),
        TEST(every_changed_byte_is_survived),
        TEST(a_file_shortened_in_place_does_no_harm),
        TEST(a_changed_file_is_loaded_again),
        TEST(what_cannot_be_used_leaves_the_old_one_in_use),
        TEST(lookups_go_on_while_the_file_is_swapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
