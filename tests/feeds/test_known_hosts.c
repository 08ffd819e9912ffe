/* test_known_hosts.c -- nine hundred hosts that pages and apps are known to reach: whose they are, from the built-in table alone.
 *
 * tests/feeds/known_hosts.tsv was written before the table was looked at, from what is commonly known: host and company, "-"
 * for a host that must not be called a tracker. What turned out to be doubtful was then left out. Every tracker that the kept
 * browser captures reached is among them.
 */
#include "feeds/builtin.h"
#include "feeds/feed_builder.h"
#include "feeds/line_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HOSTS_LEAST 900

static char *bytes;
static size_t bytes_n;
static struct feed_set *set;

static int load(void **state)
{
    (void)state;
    struct feed_builder *b = feed_builder_new();
    if (feed_builder_add_builtin(b, NULL) != 0)
        return -1;
    set = feed_builder_compile(b);
    feed_builder_free(b);
    return set ? line_reader_load(TESTS_DIR "/feeds/known_hosts.tsv", &bytes, &bytes_n) : -1;
}

static int unload(void **state)
{
    (void)state;
    feed_set_free(set);
    free(bytes);
    return 0;
}

/* NULL when the host is told right, else what it was taken for. */
static const char *mistake(struct line host, struct line organisation)
{
    struct feed_match match;
    bool found = feed_match(set, host.at, host.n, &match);
    if (line_equals(organisation, "-"))
        return found ? match.owner.organisation : NULL;
    if (!found || !match.owner.organisation)
        return "nobody's";
    return line_equals(organisation, match.owner.organisation) ? NULL : match.owner.organisation;
}

static void every_known_host_has_its_company(void **state)
{
    (void)state;
    struct line_reader r = line_reader_over(bytes, bytes_n);
    struct line row;
    unsigned hosts = 0, wrong = 0;
    while (line_reader_next(&r, &row)) {
        if (row.n == 0 || row.at[0] == '#')
            continue;
        struct line host = line_cut(&row, '\t'), organisation = row;
        const char *taken_for = mistake(host, organisation);
        hosts++;
        if (!taken_for)
            continue;
        wrong++;
        print_error("%.*s is %.*s's, and taken for %s\n", (int)host.n, host.at, (int)organisation.n, organisation.at, taken_for);
    }
    assert_int_equal(wrong, 0);
    assert_true(hosts >= HOSTS_LEAST);
}

static void the_list_is_sorted_and_says_nothing_twice(void **state)
{
    (void)state;
    struct line_reader r = line_reader_over(bytes, bytes_n);
    struct line row;
    char before[300] = "", host[300];
    while (line_reader_next(&r, &row)) {
        if (row.n == 0 || row.at[0] == '#')
            continue;
        struct line one = line_cut(&row, '\t');
        assert_true(one.n > 0 && one.n < sizeof(host) && row.n > 0);
        memcpy(host, one.at, one.n);
        host[one.n] = '\0';
        if (strcmp(before, host) >= 0)
            fail_msg("%s: out of order or twice", host);
        strcpy(before, host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_host_has_its_company),
        cmocka_unit_test(the_list_is_sorted_and_says_nothing_twice),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
