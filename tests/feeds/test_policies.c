/* test_policies.c -- what the companies' own rules forbid: the table's form, and that its trackers are ours. */
#include "feeds/builtin.h"
#include "feeds/line_reader.h"
#include "feeds/policies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define ROWS_LEAST 40

static int load(void **state)
{
    (void)state;
    return policies_load();
}

static bool is_date(const char *text)
{
    int year, month, day, n = 0;
    return sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) == 3 && n == 10 && text[10] == '\0' && year >= 2026 && month >= 1 &&
           month <= 12 && day >= 1 && day <= 31;
}

static void every_row_of_the_table_is_there(void **state)
{
    (void)state;
    size_t lines = 0;
    for (size_t i = 0; i < builtin_policies_bytes; i++)
        lines += builtin_policies[i] == '\n';
    assert_int_equal(policies_count(), lines - 1); /* but the heading */
    assert_true(policies_count() >= ROWS_LEAST);
    assert_int_equal(builtin_policies[builtin_policies_bytes - 1], '\n');
    assert_true(strncmp(builtin_policies, "# organisation\ttracker\tforbids\trule\tsource\tdate\n", 48) == 0);
    assert_int_equal(policies_load(), 0);
    assert_int_equal(policies_count(), lines - 1);
}

static void every_row_is_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < policies_count(); i++) {
        const struct policy *p = policy_at(i);
        size_t n = strlen(p->rule);
        struct line rule = {p->rule, n};
        if (n < 20 || n > 160 || p->rule[n - 1] == '.' || !line_is_clean(rule) || line_trim(rule).n != n)
            fail_msg("%s, %s: rule \"%s\"", p->tracker, forbidden_word(p->forbids), p->rule);
        if (strncmp(p->source, "https://", 8) != 0 || !strchr(p->source + 8, '/') || strpbrk(p->source, " \""))
            fail_msg("%s, %s: source %s", p->tracker, forbidden_word(p->forbids), p->source);
        if (!is_date(p->date))
            fail_msg("%s, %s: date %s", p->tracker, forbidden_word(p->forbids), p->date);
    }
}

/* By organisation, tracker, word: so nothing stands twice, and a tracker's rows lie together. */
static void the_rows_are_sorted_and_say_nothing_twice(void **state)
{
    (void)state;
    for (size_t i = 1; i < policies_count(); i++) {
        const struct policy *a = policy_at(i - 1), *b = policy_at(i);
        int order = strcmp(a->organisation, b->organisation);
        if (order == 0)
            order = strcmp(a->tracker, b->tracker);
        if (order == 0)
            order = strcmp(forbidden_word(a->forbids), forbidden_word(b->forbids));
        if (order >= 0)
            fail_msg("%s, %s: out of order or twice", b->tracker, forbidden_word(b->forbids));
    }
}

static bool is_a_tracker(const char *tracker, const char *organisation)
{
    struct line_reader r = line_reader_over(builtin_trackers, builtin_trackers_bytes);
    struct line row;
    while (line_reader_next(&r, &row)) {
        line_cut(&row, '\t');
        struct line t = line_cut(&row, '\t'), o = line_cut(&row, '\t');
        if (line_equals(t, tracker) && line_equals(o, organisation))
            return true;
    }
    return false;
}

static void every_tracker_and_its_organisation_are_in_the_tracker_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < policies_count(); i++) {
        const struct policy *p = policy_at(i);
        if (!is_a_tracker(p->tracker, p->organisation))
            fail_msg("%s of %s is no tracker of ours", p->tracker, p->organisation);
    }
}

static void a_trackers_rows_are_found_together(void **state)
{
    (void)state;
    size_t n;
    const struct policy *p = policies_of("Microsoft Clarity", &n);
    assert_int_equal(n, 3);
    assert_int_equal(p[0].forbids, FORBIDDEN_FINANCE);
    assert_int_equal(p[1].forbids, FORBIDDEN_HEALTH);
    assert_int_equal(p[2].forbids, FORBIDDEN_UNDER_18);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(p[i].organisation, "Microsoft");
    assert_null(policies_of("Nobody's", &n));
    assert_int_equal(n, 0);
}

/* The page that all this began with told these; two of their rules are against it. */
static void the_rules_that_began_it_are_there(void **state)
{
    (void)state;
    static const struct {
        const char *tracker;
        enum forbidden forbids;
    } wanted[] = {{"MiQ", FORBIDDEN_HEALTH},
                  {"MiQ", FORBIDDEN_UNDER_16},
                  {"Meta Pixel", FORBIDDEN_HEALTH},
                  {"Meta Pixel", FORBIDDEN_UNDER_13},
                  {"Google Analytics", FORBIDDEN_SENSITIVE},
                  {"X Pixel", FORBIDDEN_HEALTH},
                  {"TikTok Pixel", FORBIDDEN_CHILDREN}};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        size_t n;
        bool found = false;
        const struct policy *p = policies_of(wanted[i].tracker, &n);
        for (size_t k = 0; k < n; k++)
            found = found || p[k].forbids == wanted[i].forbids;
        if (!found)
            fail_msg("%s: %s is not there", wanted[i].tracker, forbidden_word(wanted[i].forbids));
    }
}

static void every_word_has_its_phrase_and_is_used(void **state)
{
    (void)state;
    for (int f = 0; f < FORBIDDEN_COUNT; f++) {
        bool used = false;
        assert_true(strlen(forbidden_phrase((enum forbidden)f)) > 5);
        for (size_t i = 0; i < policies_count(); i++)
            used = used || policy_at(i)->forbids == (enum forbidden)f;
        if (!used)
            fail_msg("no row forbids %s", forbidden_word((enum forbidden)f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_is_there),
        cmocka_unit_test(every_row_is_well_formed),
        cmocka_unit_test(the_rows_are_sorted_and_say_nothing_twice),
        cmocka_unit_test(every_tracker_and_its_organisation_are_in_the_tracker_table),
        cmocka_unit_test(a_trackers_rows_are_found_together),
        cmocka_unit_test(the_rules_that_began_it_are_there),
        cmocka_unit_test(every_word_has_its_phrase_and_is_used),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
