#include "feeds/feed_builder.h"
#include "feeds/feed_image.h"
#include "feeds/suffix_hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct feed_set *compile(const char *text)
{
    struct feed_builder *b = feed_builder_new();
    assert_non_null(b);
    if (*text)
        assert_int_equal(feed_builder_add_text(b, "list.txt", text, strlen(text), NULL), 0);
    struct feed_set *set = feed_builder_compile(b);
    assert_non_null(set);
    feed_builder_free(b); /* nothing in the set points into it */
    return set;
}

/* The rule that a host matches, NULL for none. The host lies in an exactly sized heap buffer without a NUL. */
static const char *matched(const struct feed_set *set, const char *host)
{
    struct feed_match match;
    size_t n = strlen(host);
    char *exact = malloc(n ? n : 1);
    memcpy(exact, host, n);
    bool found = feed_match(set, exact, n, &match);
    free(exact);
    return found ? match.matched : NULL;
}

static void a_rule_matches_itself_and_what_is_below(void **state)
{
    (void)state;
    struct feed_set *set = compile("adnxs.com\ndoubleclick.net\n");
    assert_string_equal(matched(set, "adnxs.com"), "adnxs.com");
    assert_string_equal(matched(set, "secure.adnxs.com"), "adnxs.com");
    assert_string_equal(matched(set, "a.b.c.d.e.f.doubleclick.net"), "doubleclick.net");
    feed_set_free(set);
}

static void near_misses_do_not_match(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "notdoubleclick.net",
        "doubleclick.net.example.com",
        "doubleclick.com",
        "doubleclick.ne",
        "oubleclick.net",
        "net",
        "doubleclick",
        "doubleclicknet",
        "doubleclick.net.",
        ".net",
        "",
        ".",
        "doubleclick-net",
        "DOUBLECLICK.NET",
        "xdoubleclick.net",
        "double.click.net",
        "click.net",
        "doubleclick.org.net",
        "doubleclick..net",
    };
    struct feed_set *set = compile("doubleclick.net\n");
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_null(matched(set, hosts[i]));
    feed_set_free(set);
}

static void the_longest_suffix_wins(void **state)
{
    (void)state;
    struct feed_set *set = compile("example.com\nads.example.com\nx.y.ads.example.com\n");
    assert_string_equal(matched(set, "www.example.com"), "example.com");
    assert_string_equal(matched(set, "ads.example.com"), "ads.example.com");
    assert_string_equal(matched(set, "y.ads.example.com"), "ads.example.com");
    assert_string_equal(matched(set, "z.x.y.ads.example.com"), "x.y.ads.example.com");
    feed_set_free(set);
}

static void a_match_tells_everything_the_row_said(void **state)
{
    (void)state;
    struct feed_set *set =
        compile("adnxs.com\tXandr\tMicrosoft\tUS\tad-exchange\nads.example.com\nplain.example\tOnly\n");
    struct feed_match match;
    assert_true(feed_match(set, "ib.adnxs.com", 12, &match));
    assert_string_equal(match.matched, "adnxs.com");
    assert_string_equal(match.owner.tracker, "Xandr");
    assert_string_equal(match.owner.organisation, "Microsoft");
    assert_string_equal(match.owner.country, "US");
    assert_int_equal(match.owner.purpose, PURPOSE_AD_EXCHANGE);
    assert_memory_equal(match.feed, "list.txt@", 9);
    assert_true(match.registrable);
    assert_true(feed_match(set, "ads.example.com", 15, &match));
    assert_null(match.owner.tracker);
    assert_null(match.owner.organisation);
    assert_null(match.owner.country);
    assert_int_equal(match.owner.purpose, PURPOSE_OTHER);
    assert_false(match.registrable);
    assert_true(feed_match(set, "plain.example", 13, &match));
    assert_string_equal(match.owner.tracker, "Only");
    assert_null(match.owner.organisation);
    assert_null(match.owner.country);
    feed_set_free(set);
}

static void a_rule_without_an_owner_takes_over_that_of_the_nearest_rule_above(void **state)
{
    (void)state;
    struct feed_set *set = compile("secure.adnxs.com\na.pixel.adnxs.com\nadnxs.com\tXandr\tMicrosoft\tUS\tad-exchange\n"
                                   "pixel.adnxs.com\tPixel\tMicrosoft\tUS\tad-pixel\nexample.com\nads.example.com\n");
    struct feed_match match;
    assert_true(feed_match(set, "secure.adnxs.com", 16, &match));
    assert_string_equal(match.matched, "secure.adnxs.com");
    assert_string_equal(match.owner.tracker, "Xandr");
    assert_int_equal(match.owner.purpose, PURPOSE_AD_EXCHANGE);
    assert_true(feed_match(set, "b.a.pixel.adnxs.com", 19, &match));
    assert_string_equal(match.owner.tracker, "Pixel");
    assert_true(feed_match(set, "ads.example.com", 15, &match));
    assert_null(match.owner.tracker);
    feed_set_free(set);
}

static void an_empty_set_matches_nothing(void **state)
{
    (void)state;
    struct feed_set *set = compile("");
    assert_int_equal(feed_set_rules(set), 0);
    assert_null(matched(set, "example.com"));
    assert_null(matched(set, ""));
    assert_string_equal(feed_set_provenance(set), "");
    feed_set_free(set);
}

/* n bytes, no two lengths alike: labels of at most 20 bytes below "example". */
static void name_of_length(size_t n, char *out)
{
    for (size_t k = 0; k < n - 8; k++)
        out[k] = k % 21 == 20 && k < n - 9 ? '.' : (char)('a' + (n + k) % 26);
    strcpy(out + n - 8, ".example");
}

static void names_of_every_length_are_found(void **state)
{
    (void)state;
    static char list[253 * 256];
    char name[256], host[260];
    size_t at = 0;
    for (size_t n = 9; n <= 253; n++, at += strlen(list + at)) { /* a slot can say lengths up to 126 */
        name_of_length(n, name);
        sprintf(list + at, "%s\n", name);
    }
    struct feed_set *set = compile(list);
    assert_int_equal(feed_set_rules(set), 253 - 9 + 1);
    for (size_t n = 9; n <= 253; n++) {
        name_of_length(n, name);
        assert_string_equal(matched(set, name), name);
        if (n <= 251) {
            snprintf(host, sizeof(host), "z.%s", name);
            assert_string_equal(matched(set, host), name);
        }
        name[0] = '0';
        assert_null(matched(set, name));
    }
    feed_set_free(set);
}

static void names_with_more_labels_than_any_rule_still_match(void **state)
{
    (void)state;
    char host[254] = "";
    for (int i = 0; i < 120; i++)
        strcat(host, "a.");
    strcat(host, "example.com");
    struct feed_set *set = compile("example.com\n1.2.3.4.5.6.7.8.9.10.11.12.13.14.example.net\n");
    assert_string_equal(matched(set, host), "example.com");
    assert_string_equal(matched(set, "0.1.2.3.4.5.6.7.8.9.10.11.12.13.14.example.net"),
                        "1.2.3.4.5.6.7.8.9.10.11.12.13.14.example.net");
    feed_set_free(set);
}

/* The matcher as one would write it first: every suffix, longest first, in a sorted array. */
static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *reference(char **rules, size_t n, const char *host)
{
    for (const char *at = host; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
        char **found = bsearch(&at, rules, n, sizeof(*rules), by_text);
        if (found)
            return *found;
    }
    return NULL;
}

static uint64_t random_state = 1;

static unsigned roll(unsigned sides)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % sides;
}

/* Few letters and short labels: many names share suffixes, and many rules lie below others. */
static void random_name(char *out)
{
    static const char *const ends[] = {"com", "co.uk", "net", "example"};
    size_t n = 0;
    for (unsigned labels = 1 + roll(4); labels > 0; labels--) {
        for (unsigned k = 1 + roll(roll(8) ? 6 : 20); k > 0; k--)
            out[n++] = (char)('a' + roll(4));
        out[n++] = '.';
    }
    strcpy(out + n, ends[roll(4)]);
}

static void a_hundred_thousand_random_names_match_as_the_reference_says(void **state)
{
    (void)state;
    enum { RULES = 100000, HOSTS = 100000 };
    static char *rules[RULES];
    char *list = malloc(RULES * 128), host[256];
    size_t at = 0;
    for (int i = 0; i < RULES; i++) {
        random_name(list + at);
        rules[i] = strdup(list + at);
        at += strlen(list + at);
        list[at++] = '\n';
    }
    list[at] = '\0';
    struct feed_set *set = compile(list);
    qsort(rules, RULES, sizeof(rules[0]), by_text);
    unsigned matches = 0;
    for (int i = 0; i < HOSTS; i++) {
        random_name(host);
        const char *expected = reference(rules, RULES, host), *got = matched(set, host);
        if (!expected) {
            assert_null(got);
            continue;
        }
        assert_non_null(got);
        assert_string_equal(got, expected);
        matches++;
    }
    assert_in_range(matches, HOSTS / 10, HOSTS * 9 / 10); /* both answers were tried */
    for (int i = 0; i < RULES; i++) {
        assert_string_equal(matched(set, rules[i]), rules[i]);
        free(rules[i]);
    }
    feed_set_free(set);
    free(list);
}

static void rules_are_numbered_densely(void **state)
{
    (void)state;
    char list[1000 * 24], host[24];
    size_t at = 0;
    bool seen[1000] = {false};
    for (int i = 0; i < 1000; i++)
        at += (size_t)sprintf(list + at, "r%d.example.com\n", i);
    struct feed_set *set = compile(list);
    assert_int_equal(feed_set_rules(set), 1000);
    for (int i = 0; i < 1000; i++) {
        struct feed_match match;
        int n = sprintf(host, "r%d.example.com", i);
        assert_true(feed_match(set, host, (size_t)n, &match));
        assert_in_range(match.rule, 0, 999);
        assert_false(seen[match.rule]);
        seen[match.rule] = true;
    }
    feed_set_free(set);
}

static void the_same_rules_give_the_same_image(void **state)
{
    (void)state;
    const char *list = "adnxs.com\tXandr\tMicrosoft\tUS\tad-exchange\na.example.com\nb.example.com\n";
    struct feed_set *one = compile(list), *two = compile(list);
    assert_int_equal(one->image->bytes, two->image->bytes);
    assert_memory_equal(one->image, two->image, one->image->bytes);
    feed_set_free(one);
    feed_set_free(two);
}

static void an_image_holds_no_pointer(void **state)
{
    (void)state;
    struct feed_set *set = compile("adnxs.com\tXandr\tMicrosoft\tUS\tad-exchange\na.example.com\n");
    size_t room = (set->image->bytes + 63) / 64 * 64;
    void *elsewhere = aligned_alloc(64, room);
    memcpy(elsewhere, set->image, set->image->bytes);
    struct feed_set moved = {.image = elsewhere, .whos = set->whos, .bytes = set->bytes};
    memset((void *)(uintptr_t)set->image, 0xa5, sizeof(struct feed_image)); /* whoever still reads there goes wrong */
    const char *key = matched(&moved, "x.a.example.com");
    assert_string_equal(key, "a.example.com");
    assert_true(key > (char *)elsewhere && key < (char *)elsewhere + room);
    feed_set_free(set);
    free(elsewhere);
}

/* Names that all choose the same line of the table: found by trying. */
static void crowded_names_are_still_found(void **state)
{
    (void)state;
    enum { NAMES = 2000 };
    struct feed_set *probe = compile("example.com\n");
    uint64_t seed = probe->image->seed;
    feed_set_free(probe);
    char *list = malloc(NAMES * 32), host[32];
    size_t at = 0;
    for (unsigned i = 0, found = 0; found < NAMES; i++) {
        int n = sprintf(host, "h%u.example.com", i);
        if (feed_home_line(suffix_hash(seed, host, (size_t)n), 64) != 7)
            continue;
        at += (size_t)sprintf(list + at, "%s\n", host);
        found++;
    }
    struct feed_set *set = compile(list); /* the first seed crowds them into a 64th of the table: another is taken */
    assert_int_equal(feed_set_rules(set), NAMES);
    assert_true(set->image->seed != seed);
    for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n"))
        assert_string_equal(matched(set, line), line);
    feed_set_free(set);
    free(list);
}

static void a_name_of_20_bytes_costs_at_most_24(void **state)
{
    (void)state;
    enum { NAMES = 50000 };
    char *list = malloc(NAMES * 24);
    size_t at = 0;
    for (unsigned i = 0; i < NAMES; i++)
        at += (size_t)sprintf(list + at, "%05u.ad-tag.example\n", i); /* 20 bytes */
    struct feed_set *set = compile(list);
    assert_true((double)feed_set_bytes(set) / NAMES <= 24.0);
    feed_set_free(set);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_matches_itself_and_what_is_below),
        cmocka_unit_test(near_misses_do_not_match),
        cmocka_unit_test(the_longest_suffix_wins),
        cmocka_unit_test(a_match_tells_everything_the_row_said),
        cmocka_unit_test(a_rule_without_an_owner_takes_over_that_of_the_nearest_rule_above),
        cmocka_unit_test(an_empty_set_matches_nothing),
        cmocka_unit_test(names_of_every_length_are_found),
        cmocka_unit_test(names_with_more_labels_than_any_rule_still_match),
        cmocka_unit_test(a_hundred_thousand_random_names_match_as_the_reference_says),
        cmocka_unit_test(rules_are_numbered_densely),
        cmocka_unit_test(the_same_rules_give_the_same_image),
        cmocka_unit_test(an_image_holds_no_pointer),
        cmocka_unit_test(crowded_names_are_still_found),
        cmocka_unit_test(a_name_of_20_bytes_costs_at_most_24),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
