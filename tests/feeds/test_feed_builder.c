#include "feeds/feed_builder.h"

#include "tests/feeds/said.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int new_builder(void **state)
{
    *state = feed_builder_new();
    return *state ? 0 : -1;
}

static int free_builder(void **state)
{
    feed_builder_free(*state);
    return 0;
}

static struct feed_source add(struct feed_builder *b, const char *name, const char *text)
{
    struct feed_source source;
    assert_int_equal(feed_builder_add_text(b, name, text, strlen(text), &source), 0);
    return source;
}

static void check_counts(struct feed_source source, uint32_t taken, uint32_t skipped, uint32_t duplicate)
{
    assert_int_equal(source.taken, taken);
    assert_int_equal(source.skipped, skipped);
    assert_int_equal(source.duplicate, duplicate);
}

/* The tracker that a host is told to be, "" when it matches without an owner, NULL when it does not match. */
static const char *tracker_of(struct feed_builder *b, const char *host)
{
    static char tracker[128];
    struct feed_match match;
    struct feed_set *set = feed_builder_compile(b);
    assert_non_null(set);
    bool matched = feed_match(set, host, strlen(host), &match);
    if (matched)
        snprintf(tracker, sizeof(tracker), "%s", match.owner.tracker ? match.owner.tracker : "");
    feed_set_free(set);
    return matched ? tracker : NULL;
}

static void what_can_never_be_a_rule_is_skipped_and_counted(void **state)
{
    check_counts(add(*state, "list.txt",
                     "ads.example.com\n"
                     "co.uk\n"                  /* public suffixes */
                     "github.io\ncom\n"         /* ... and single labels */
                     "localhost\n"              /* ... */
                     "192.0.2.1\n2001:db8::1\n" /* addresses */
                     "b\xc3\xbc \xff.example\n" /* neither ASCII nor UTF-8 */
                     "a..example.com\n" /* an empty label */
                     "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.example\n" /* 17 labels */),
                 1, 9, 0);
}

static void a_name_outside_ascii_becomes_the_one_on_the_wire(void **state)
{
    check_counts(add(*state, "list.txt", "b\xc3\xbc" "cher.example\nB\xc3\x9c" "CHER.example\n||x^\n"), 1, 1, 1);
    assert_string_equal(tracker_of(*state, "www.xn--bcher-kva.example"), "");
}

static void skips_are_counted_by_reason_and_refused_lines_kept(void **state)
{
    struct feed_source s = add(*state, "list.txt", "# Licence: CC0\n# Last modified: today\n192.168.7.7 a.example.com\nb.example.com\nco.uk\n\n192.0.2.1\n"
                                                   "x\x1b[2Jy z\n");
    check_counts(s, 1, 4, 0);
    assert_int_equal(s.skips[FEED_SKIP_REDIRECT], 1);
    assert_int_equal(s.skips[FEED_SKIP_PUBLIC_SUFFIX], 1);
    assert_int_equal(s.skips[FEED_SKIP_ADDRESS], 1);
    assert_int_equal(s.skips[FEED_SKIP_NOT_A_HOST], 1);
    assert_int_equal(s.refused, 3);
    assert_int_equal(s.refusals[0].line, 5);
    assert_string_equal(s.refusals[0].text, "co.uk");
    assert_int_equal(s.refusals[1].line, 7);
    assert_int_equal(s.refusals[2].line, 8);
    assert_string_equal(s.refusals[2].text, "x\xef\xbf\xbd[2Jy z");
    assert_string_equal(s.licence, "CC0");
    assert_string_equal(s.dated, "today");
}

static void the_first_ten_refused_lines_are_told_and_the_rest_counted(void **state)
{
    char text[512] = "a.example.com\n";
    struct said said;
    for (int i = 0; i < 12; i++)
        strcat(text, "co.uk\n");
    struct feed_source s = add(*state, "list.txt", text);
    assert_int_equal(s.refused, 12);
    said_begin(&said);
    feed_source_log(&s, "some/list.txt");
    said_end(&said);
    assert_non_null(strstr(said.text, "some/list.txt: domains: 1 rules taken; 12 skipped: 12 public suffixes\n"));
    assert_non_null(strstr(said.text, "some/list.txt:11: public suffixes: co.uk\n"));
    assert_null(strstr(said.text, "some/list.txt:12: "));
    assert_non_null(strstr(said.text, "some/list.txt: and 2 more\n"));
}

static void case_and_a_final_dot_make_no_difference(void **state)
{
    check_counts(add(*state, "list.txt", "ADS.Example.COM\nads.example.com.\nads.example.com\r\n"), 1, 0, 2);
    assert_string_equal(tracker_of(*state, "ads.example.com"), "");
}

static void a_byte_order_mark_and_crlf_are_read(void **state)
{
    check_counts(add(*state, "list.txt", "\xef\xbb\xbf# list\r\na.example.com\r\nb.example.com\r\n"), 2, 0, 0);
}

static void the_same_host_again_is_a_duplicate(void **state)
{
    check_counts(add(*state, "one.txt", "a.example.com\nb.example.com\n"), 2, 0, 0);
    check_counts(add(*state, "two.txt", "b.example.com\nc.example.com\nc.example.com\n"), 1, 0, 2);
}

static void an_owner_wins_over_no_owner_whichever_came_first(void **state)
{
    add(*state, "one.txt", "a.example.com\n");
    add(*state, "two.tsv", "a.example.com\tA\tA Ltd\tGB\tvideo\nb.example.com\tB\tB Ltd\tGB\tvideo\n");
    add(*state, "three.txt", "b.example.com\n");
    assert_string_equal(tracker_of(*state, "a.example.com"), "A");
    assert_string_equal(tracker_of(*state, "b.example.com"), "B");
}

static void of_two_owners_the_first_one_stays(void **state)
{
    add(*state, "one.tsv", "a.example.com\tFirst\n");
    add(*state, "two.tsv", "a.example.com\tSecond\n");
    assert_string_equal(tracker_of(*state, "a.example.com"), "First");
}

static void a_row_without_an_owner_has_none(void **state)
{
    add(*state, "list.txt", "tracker.example\n");
    assert_string_equal(tracker_of(*state, "tracker.example"), "");
    assert_null(tracker_of(*state, "other.example"));
}

static void a_version_is_the_hash_of_the_content(void **state)
{
    struct feed_source one = add(*state, "/some/where/list.txt", "a.example.com\n");
    struct feed_source same = add(*state, "copy.txt", "a.example.com\n");
    struct feed_source other = add(*state, "list.txt", "a.example.com\n\n");
    assert_string_equal(one.name, "list.txt");
    assert_int_equal(strspn(one.version, "0123456789abcdef"), 8);
    assert_int_equal(strlen(one.version), 8);
    assert_string_equal(same.version, one.version);
    assert_string_not_equal(other.version, one.version);
}

static void a_file_s_name_with_an_escape_sequence_is_shown_clean(void **state)
{
    struct feed_source source = add(*state, "a\x1b[2Jb.txt", "a.example.com\n");
    assert_string_equal(source.name, "a\xef\xbf\xbd[2Jb.txt");
}

static void the_provenance_names_every_source_in_order(void **state)
{
    struct feed_source builtin, list;
    assert_int_equal(feed_builder_add_builtin(*state, &builtin), 0);
    list = add(*state, "mylist.txt", "a.example.com\n");
    struct feed_set *set = feed_builder_compile(*state);
    char expected[256];
    snprintf(expected, sizeof(expected), "telltale@%s + mylist.txt@%s", builtin.version, list.version);
    assert_string_equal(feed_set_provenance(set), expected);
    feed_set_free(set);
}

static void a_builder_stays_usable_after_compiling(void **state)
{
    add(*state, "one.txt", "a.example.com\n");
    assert_string_equal(tracker_of(*state, "a.example.com"), "");
    add(*state, "two.txt", "b.example.com\n");
    assert_string_equal(tracker_of(*state, "a.example.com"), "");
    assert_string_equal(tracker_of(*state, "b.example.com"), "");
}

static void check_refused(struct feed_builder *b, const char *text, size_t n, const char *expected)
{
    struct said said;
    struct feed_source source;
    said_begin(&said);
    int rc = feed_builder_add_text(b, "mylist.txt", text, n, &source);
    said_end(&said);
    assert_int_equal(rc, -EINVAL);
    assert_non_null(strstr(said.text, expected));
    assert_ptr_equal(strchr(said.text, '\n'), strrchr(said.text, '\n')); /* one line */
    struct feed_set *set = feed_builder_compile(b);
    assert_string_equal(feed_set_provenance(set), "");
    assert_int_equal(feed_set_rules(set), 0);
    feed_set_free(set);
}

static void a_file_without_a_usable_name_is_an_error_that_says_what_was_expected(void **state)
{
    check_refused(*state, "hello\nco.uk\n192.0.2.1\n", 22,
                  "mylist.txt: no host names in it (3 lines read): expected one domain a line, a hosts file, ||domain^ "
                  "rules, dnsmasq settings, a response policy zone, JSON of TrackerDB or Disconnect, telltale's own table or a file of `telltale feeds compile`\n");
    check_refused(*state, "", 0, "no host names in it (0 lines read)");
    check_refused(*state, "# only\n# comments\n", 18, "no host names in it (2 lines read)");
}

static void a_binary_file_is_an_error(void **state)
{
    check_refused(*state, "a.example.com\n\0\n", 16, "mylist.txt: not a text file");
    check_refused(*state,
                  "\xff\xfe"
                  "a\0.\0b\0c\0",
                  10, "mylist.txt: not a text file");
}

static void a_file_is_read_from_disk_and_named_without_its_folder(void **state)
{
    char path[128];
    struct feed_source source;
    assert_int_equal(feed_builder_add_file(*state, said_file(path, "hosts", "0.0.0.0 a.example.com\n", 22), &source),
                     0);
    assert_string_equal(source.name, "hosts");
    check_counts(source, 1, 0, 0);
    said_remove(path);
    struct said said;
    said_begin(&said);
    assert_int_equal(feed_builder_add_file(*state, "/nonexistent/hosts", &source), -ENOENT);
    assert_non_null(strstr(said_end(&said), "/nonexistent/hosts: cannot be read"));
}

static void long_lines_count_as_skipped(void **state)
{
    static char text[6000];
    memset(text, 'a', sizeof(text));
    memcpy(text + 5000, "\na.example.com", 15);
    struct feed_source s = add(*state, "list.txt", text);
    check_counts(s, 1, 1, 0);
    assert_int_equal(s.skips[FEED_SKIP_TOO_LONG], 1);
    assert_int_equal(s.refusals[0].line, 1);
    memcpy(text, "b.example.com\n", 14);
    text[5000] = 'a';
    text[sizeof(text) - 1] = '\0';
    s = add(*state, "list.txt", text);
    assert_int_equal(s.refusals[0].line, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, new_builder, free_builder)
    const struct CMUnitTest tests[] = {
        TEST(what_can_never_be_a_rule_is_skipped_and_counted),
        TEST(a_name_outside_ascii_becomes_the_one_on_the_wire),
        TEST(skips_are_counted_by_reason_and_refused_lines_kept),
        TEST(the_first_ten_refused_lines_are_told_and_the_rest_counted),
        TEST(case_and_a_final_dot_make_no_difference),
        TEST(a_byte_order_mark_and_crlf_are_read),
        TEST(the_same_host_again_is_a_duplicate),
        TEST(an_owner_wins_over_no_owner_whichever_came_first),
        TEST(of_two_owners_the_first_one_stays),
        TEST(a_row_without_an_owner_has_none),
        TEST(a_version_is_the_hash_of_the_content),
        TEST(a_file_s_name_with_an_escape_sequence_is_shown_clean),
        TEST(the_provenance_names_every_source_in_order),
        TEST(a_builder_stays_usable_after_compiling),
        TEST(a_file_without_a_usable_name_is_an_error_that_says_what_was_expected),
        TEST(a_binary_file_is_an_error),
        TEST(a_file_is_read_from_disk_and_named_without_its_folder),
        TEST(long_lines_count_as_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
