#include "feeds/sites.h"

#include "tests/feeds/said.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int new_set(void **state)
{
    *state = site_set_new();
    return *state ? 0 : -1;
}

static int free_set(void **state)
{
    site_set_free(*state);
    return 0;
}

static int add(struct site_set *set, const char *text, uint32_t *taken, uint32_t *skipped)
{
    char path[128];
    int rc = site_set_add_file(set, said_file(path, "sites.tsv", text, strlen(text)), taken, skipped);
    said_remove(path);
    return rc;
}

static void add_good(struct site_set *set, const char *text, uint32_t expected, uint32_t expected_skipped)
{
    uint32_t taken, skipped;
    assert_int_equal(add(set, text, &taken, &skipped), 0);
    assert_int_equal(taken, expected);
    assert_int_equal(skipped, expected_skipped);
}

/* The domain of the site that a host belongs to, NULL for none. The host lies in an exactly sized heap buffer. */
static const char *site_of(const struct site_set *set, const char *host)
{
    size_t n = strlen(host);
    char *exact = malloc(n ? n : 1);
    memcpy(exact, host, n);
    uint32_t index = site_match(set, exact, n);
    free(exact);
    return index == SITE_NONE ? NULL : site_at(set, index)->site;
}

static void a_site_is_its_domain_and_everything_below(void **state)
{
    add_good(*state, "themix.org.uk\tThe Mix\tsuicide\n", 1, 0);
    assert_string_equal(site_of(*state, "themix.org.uk"), "themix.org.uk");
    assert_string_equal(site_of(*state, "www.community.themix.org.uk"), "themix.org.uk");
    assert_null(site_of(*state, "notthemix.org.uk"));
    assert_null(site_of(*state, "themix.org"));
    assert_null(site_of(*state, "org.uk"));
    assert_null(site_of(*state, "themix.org.uk.example.com"));
    assert_null(site_of(*state, ""));
    assert_null(site_of(*state, "."));
}

static void a_longer_domain_wins_over_a_shorter_one(void **state)
{
    add_good(*state, "example.org\tA\thealth\nhelp.example.org\tB\tsuicide\n", 2, 0);
    assert_string_equal(site_of(*state, "www.help.example.org"), "help.example.org");
    assert_string_equal(site_of(*state, "www.example.org"), "example.org");
}

static void a_later_row_replaces_an_earlier_one_in_its_place(void **state)
{
    add_good(*state, "a.example\tA\thealth\nb.example\tB\thealth\n", 2, 0);
    add_good(*state, "A.Example\tNew\tsuicide\n", 1, 0);
    assert_int_equal(site_set_count(*state), 2);
    uint32_t index = site_match(*state, "a.example", 9);
    assert_int_equal(index, 0);
    assert_string_equal(site_at(*state, index)->site, "a.example");
    assert_string_equal(site_at(*state, index)->label, "New");
    assert_string_equal(site_at(*state, index)->category, "suicide");
}

static void any_category_word_is_kept_and_more_columns_are_ignored(void **state)
{
    add_good(*state, "a.example\tA\tsexual-violence\tyoung people\thttps://a.example/\t2026-11-22\n", 1, 0);
    assert_string_equal(site_at(*state, 0)->category, "sexual-violence");
}

static void rows_may_come_with_crlf_and_a_byte_order_mark(void **state)
{
    add_good(*state, "\xef\xbb\xbf# site\tlabel\tcategory\r\na.example\tA\thealth\r\n", 1, 0);
    assert_string_equal(site_at(*state, 0)->category, "health");
}

static void a_site_without_a_label_is_called_by_its_domain(void **state)
{
    add_good(*state, "a.example\t\thealth\n", 1, 0);
    assert_string_equal(site_at(*state, 0)->label, "a.example");
}

static void a_row_that_cannot_be_a_site_is_skipped_and_counted(void **state)
{
    add_good(*state,
             "site\tlabel\tcategory\n" /* a heading */
             "org.uk\tAll\tsuicide\n"  /* a public suffix */
             "192.0.2.1\tA\tsuicide\n" /* an address */
             "a.example\tA\n"          /* no category */
             "b.example\n"
             "c.example\tC\x1b[2J\tx\n" /* an escape sequence */
             "d.example\tD\thealth\n",
             1, 6);
    assert_null(site_of(*state, "www.themix.org.uk"));
}

static void a_file_without_a_site_is_an_error_that_says_what_was_expected(void **state)
{
    struct said said;
    uint32_t taken = 9, skipped = 9;
    said_begin(&said);
    assert_int_equal(add(*state, "themix.org.uk\nsamaritans.org\n", &taken, &skipped), -EINVAL);
    said_end(&said);
    assert_non_null(strstr(said.text,
                           "sites.tsv: no sites in it (2 lines read): expected rows of site, label and category "
                           "with tabs between them\n"));
    assert_int_equal(taken, 0);
    assert_int_equal(skipped, 2);
    said_begin(&said);
    assert_int_equal(site_set_add_file(*state, "/nonexistent/sites.tsv", NULL, NULL), -ENOENT);
    assert_non_null(strstr(said_end(&said), "/nonexistent/sites.tsv: cannot be read"));
}

static void the_sites_of_a_capture_with_known_truth_are_read(void **state)
{
    add_good(*state, "themix.org.uk\tthemix.org.uk\tsuicide\nkooth.com\tkooth.com\tmental-health\n", 2, 0);
    assert_string_equal(site_at(*state, 1)->label, "kooth.com");
}

static void an_operator_s_row_replaces_a_built_in_one(void **state)
{
    assert_int_equal(site_set_add_builtin(*state), 0);
    uint32_t count = site_set_count(*state);
    add_good(*state, "themix.org.uk\tOurs\tours\n", 1, 0);
    assert_int_equal(site_set_count(*state), count);
    assert_string_equal(site_at(*state, site_match(*state, "www.themix.org.uk", 17))->label, "Ours");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, new_set, free_set)
    const struct CMUnitTest tests[] = {
        TEST(a_site_is_its_domain_and_everything_below),
        TEST(a_longer_domain_wins_over_a_shorter_one),
        TEST(a_later_row_replaces_an_earlier_one_in_its_place),
        TEST(any_category_word_is_kept_and_more_columns_are_ignored),
        TEST(rows_may_come_with_crlf_and_a_byte_order_mark),
        TEST(a_site_without_a_label_is_called_by_its_domain),
        TEST(a_row_that_cannot_be_a_site_is_skipped_and_counted),
        TEST(a_file_without_a_site_is_an_error_that_says_what_was_expected),
        TEST(the_sites_of_a_capture_with_known_truth_are_read),
        TEST(an_operator_s_row_replaces_a_built_in_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
