/* test_services.c -- services.tsv row by row, and what is nearly one of them. */
#include "feeds/services.h"

#include "common/hostname.h"
#include "feeds/builtin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COLUMNS 5

static const struct {
    const char *word;
    enum service service;
    bool is_address;
} kinds[] = {
    {"resolver", SERVICE_RESOLVER, false},     {"resolver-address", SERVICE_RESOLVER, true},
    {"relay", SERVICE_RELAY, false},           {"ech-front", SERVICE_ECH_FRONT, false},
    {"block-page", SERVICE_BLOCK_PAGE, false}, {"block-page-address", SERVICE_BLOCK_PAGE, true},
    {"files", SERVICE_FILES, false},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t kind_of(const char *word)
{
    for (size_t k = 0; k < KINDS; k++)
        if (strcmp(kinds[k].word, word) == 0)
            return k;
    fail_msg("no kind of service: %s", word);
    return KINDS;
}

static int load(void **state)
{
    (void)state;
    return services_load();
}

/* Calls check() for each row, cut at its tabs by other code than that under test. */
static unsigned each_row(void (*check)(char *columns[COLUMNS]))
{
    char *text = strndup(builtin_services, builtin_services_bytes), *save = NULL;
    unsigned rows = 0;
    assert_non_null(text);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *columns[COLUMNS];
        if (line[0] == '#')
            continue;
        for (int i = 0; i < COLUMNS; i++) {
            columns[i] = strsep(&line, "\t");
            if (!columns[i] || !columns[i][0])
                fail_msg("row %u: column %d is missing", rows + 1, i + 1);
        }
        assert_null(line);
        check(columns);
        rows++;
    }
    free(text);
    return rows;
}

static struct ip_addr address(const char *text)
{
    struct ip_prefix p;
    assert_true(ip_prefix_parse(text, &p));
    return p.addr;
}

static enum service of_address(const char *text)
{
    struct ip_addr a = address(text);
    return service_of_address(&a);
}

static void check_form(char *columns[COLUMNS])
{
    char normal[HOSTNAME_MAX + 1];
    struct ip_prefix p;
    int year, month, day, end = 0;
    if (kinds[kind_of(columns[0])].is_address) {
        assert_true(ip_prefix_parse(columns[1], &p));
    } else {
        assert_true(hostname_normalise((const uint8_t *)columns[1], strlen(columns[1]), normal) > 0);
        assert_string_equal(normal, columns[1]);
        assert_non_null(strchr(columns[1], '.')); /* a row for a whole top-level domain would be a slip */
    }
    assert_int_equal(strncmp(columns[3], "https://", 8), 0);
    assert_int_equal(sscanf(columns[4], "%4d-%2d-%2d%n", &year, &month, &day, &end), 3);
    assert_int_equal(end, 10);
    assert_true(strlen(columns[4]) == 10 && year >= 2026 && month >= 1 && month <= 12 && day >= 1 && day <= 31);
}

static void every_row_is_well_formed(void **state)
{
    (void)state;
    unsigned rows = each_row(check_form);
    assert_true(rows >= 60 && rows <= 128);
}

static unsigned seen[KINDS];

static void check_found(char *columns[COLUMNS])
{
    size_t k = kind_of(columns[0]);
    seen[k]++;
    if (kinds[k].is_address)
        assert_int_equal(of_address(columns[1]), kinds[k].service);
    else
        assert_int_equal(service_of_name(columns[1]), kinds[k].service);
}

static void every_row_is_found(void **state)
{
    (void)state;
    memset(seen, 0, sizeof(seen));
    each_row(check_found);
    for (size_t k = 0; k < KINDS; k++)
        assert_true(seen[k] > 0);
}

static void check_below(char *columns[COLUMNS])
{
    char below[HOSTNAME_MAX + 1], beside[HOSTNAME_MAX + 1], longer[HOSTNAME_MAX + 1];
    size_t k = kind_of(columns[0]);
    if (kinds[k].is_address)
        return;
    snprintf(below, sizeof(below), "a1b2.%s", columns[1]);
    snprintf(beside, sizeof(beside), "not%s", columns[1]);
    snprintf(longer, sizeof(longer), "%s.example", columns[1]);
    assert_int_equal(service_of_name(below), kinds[k].service);
    if (service_of_name(strchr(columns[1], '.') + 1) == SERVICE_NONE) /* else another row covers both */
        assert_int_equal(service_of_name(beside), SERVICE_NONE);
    assert_int_equal(service_of_name(longer), SERVICE_NONE);
}

static void a_name_covers_what_is_below_it_and_nothing_beside_it(void **state)
{
    (void)state;
    each_row(check_below);
}

static void known_names_are_what_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum service service;
    } names[] = {
        {"dns.google", SERVICE_RESOLVER},
        {"chrome.cloudflare-dns.com", SERVICE_RESOLVER},
        {"mozilla.cloudflare-dns.com", SERVICE_RESOLVER},
        {"abc123.dns.nextdns.io", SERVICE_RESOLVER},
        {"mask.icloud.com", SERVICE_RELAY},
        {"mask-h2.icloud.com", SERVICE_RELAY},
        {"cloudflare-ech.com", SERVICE_ECH_FRONT},
        {"block.opendns.com", SERVICE_BLOCK_PAGE},
        {"dns.adguard.com", SERVICE_RESOLVER},
        {"family-block.dns.adguard.com", SERVICE_BLOCK_PAGE}, /* below a resolver's name */
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(service_of_name(names[i].name), names[i].service);
}

static void near_misses_are_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {
        "notdns.google",
        "dns.google.example",
        "dns.google.com",
        "google",
        "dns-google",
        "xdns.google",
        "cloudflare.com",
        "icloud.com",
        "www.icloud.com",
        "unmask.icloud.com",
        "nextdns.io",
        "ech.com",
        "opendns.com",
        "www.opendns.com",
        "",
        ".",
        "example",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(service_of_name(names[i]), SERVICE_NONE);
}

static void addresses_are_found_in_both_versions(void **state)
{
    (void)state;
    assert_int_equal(of_address("1.1.1.1"), SERVICE_RESOLVER);
    assert_int_equal(of_address("8.8.8.8"), SERVICE_RESOLVER);
    assert_int_equal(of_address("9.9.9.9"), SERVICE_RESOLVER);
    assert_int_equal(of_address("2606:4700:4700::1111"), SERVICE_RESOLVER);
    assert_int_equal(of_address("2001:4860:4860:0:0:0:0:8888"), SERVICE_RESOLVER);
}

static void neighbouring_addresses_are_nothing(void **state)
{
    (void)state;
    static const char *const others[] = {
        "1.1.1.4",         "1.1.0.1",   "8.8.8.9", "8.8.4.5", "9.9.9.10",   "2606:4700:4700::1112",
        "2606:4700::1111", "::1.1.1.1", "0.0.0.0", "::",      "192.168.1.1"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(of_address(others[i]), SERVICE_NONE);
}

static void a_prefix_covers_its_addresses_to_the_last(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_MAX];
    for (int i = 100; i < 116; i++) {
        snprintf(text, sizeof(text), "146.112.61.%d", i);
        assert_int_equal(of_address(text), i >= 104 && i <= 110 ? SERVICE_BLOCK_PAGE : SERVICE_NONE);
    }
}

static void check_nothing(char *columns[COLUMNS])
{
    (void)columns;
}

static void loading_again_changes_nothing(void **state)
{
    (void)state;
    unsigned rows = each_row(check_nothing);
    for (unsigned i = 0; i < 300 / rows + 2; i++) /* if rows were added each time, they would soon be too many */
        assert_int_equal(services_load(), 0);
    assert_int_equal(service_of_name("dns.google"), SERVICE_RESOLVER);
    assert_int_equal(service_of_name("notdns.google"), SERVICE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_well_formed),
        cmocka_unit_test(every_row_is_found),
        cmocka_unit_test(a_name_covers_what_is_below_it_and_nothing_beside_it),
        cmocka_unit_test(known_names_are_what_they_are),
        cmocka_unit_test(near_misses_are_nothing),
        cmocka_unit_test(addresses_are_found_in_both_versions),
        cmocka_unit_test(neighbouring_addresses_are_nothing),
        cmocka_unit_test(a_prefix_covers_its_addresses_to_the_last),
        cmocka_unit_test(loading_again_changes_nothing),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
