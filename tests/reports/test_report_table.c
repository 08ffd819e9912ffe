/* test_report_table.c -- what a person sees: the wording, the width, and texts that try to command the terminal. */
#include "made_up_report.h"

#include "common/text.h"
#include "hostile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Every line is clean text no wider than width (0: of any width). Lone colour codes must have been taken out before. */
static void assert_fits(const char *text, unsigned width)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *clean = text_clean_copy(text, n);
        assert_non_null(clean);
        if (strlen(clean) != n || memcmp(clean, text, n) != 0)
            fail_msg("not clean: %.*s", (int)n, text);
        if (width && text_columns(text, n) > width)
            fail_msg("wider than %u: %.*s", width, (int)n, text);
        free(clean);
        text += n;
        assert_int_equal(*text, '\n');
        text++;
    }
}

static void strip_colours(char *text)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[31m"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        for (char *found; (found = strstr(text, codes[i])) != NULL;)
            memmove(found, found + strlen(codes[i]), strlen(found + strlen(codes[i])) + 1);
}

/* The text on one line, so that a sentence can be looked for wherever it was wrapped. */
static bool says(const char *text, const char *sentence)
{
    char *flat = strdup(text);
    assert_non_null(flat);
    char *to = flat;
    for (const char *from = text; *from; from++)
        if (*from != '\n' && (*from != ' ' || (to > flat && to[-1] != ' ')))
            *to++ = *from;
        else if (*from == '\n' && to > flat && to[-1] != ' ')
            *to++ = ' ';
    *to = '\0';
    bool found = strstr(flat, sentence) != NULL;
    free(flat);
    return found;
}

static void assert_says(const struct capture_report *r, const char *sentence)
{
    size_t n = 0;
    char *text = written_table(r, 80, false, &n);
    if (!says(text, sentence))
        fail_msg("does not say \"%s\":\n%s", sentence, text);
    free(text);
}

static void the_made_up_report_is_written_as_its_golden_files(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned width;
        bool colour;
    } goldens[] = {{"report-60.txt", 60, false},
                   {"report-80.txt", 80, false},
                   {"report-120.txt", 120, false},
                   {"report-file.txt", 0, false},
                   {"report-120-colour.txt", 120, true}};
    struct capture_report r;
    made_up_report(&r);
    for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
        size_t n = 0;
        char *text = written_table(&r, goldens[i].width, goldens[i].colour, &n);
        assert_golden(goldens[i].name, text, n);
        strip_colours(text);
        assert_fits(text, goldens[i].width);
        free(text);
    }
    capture_report_fini(&r);
}

static void the_headline_counts_devices_companies_and_coverage(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    assert_says(&r, "At least 2 devices were made to contact 4 companies and 1 tracker whose company the list does not "
                    "name; names were seen on 1,019 of 1,026 flows (99 %).");
    assert_says(&r, "1 more company was looked up only");
    assert_says(&r, "1 more company was blocked before any contact.");
    assert_says(&r, "counts are lower bounds:");
    capture_report_fini(&r);
}

static void one_device_with_everything_named_reads_plainly(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    r.flows = r.named = 26;
    static const char *const organisations[] = {"Google", "Meta", "Google"};
    for (size_t i = 0; i < 3; i++) {
        struct report_contact *c = capture_report_add_contact(&r);
        assert_non_null(c);
        c->device = strdup("d-1");
        c->matched = strdup("example.net");
        c->organisation = strdup(organisations[i]);
        c->evidence = EVIDENCE_HANDSHAKE;
    }
    assert_says(&r, "1 device was made to contact 2 companies; names were seen on 26 of 26 flows (100 %).");
    capture_report_fini(&r);
}

static void nearly_all_is_not_called_all(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    r.flows = 1000;
    r.named = 999;
    assert_says(&r, "names were seen on 999 of 1,000 flows (99 %)");
    r.named = 1;
    assert_says(&r, "names were seen on 1 of 1,000 flows (less than 1 %)");
    capture_report_fini(&r);
}

static void a_lookup_is_never_called_a_contact(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    struct report_contact *c = capture_report_add_contact(&r);
    assert_non_null(c);
    c->matched = strdup("example.net");
    c->tracker = strdup("Example");
    c->device = strdup("d-1");
    assert_says(&r, "No device was seen to contact a listed tracker;");
    assert_says(&r, "1 company was looked up only");
    capture_report_fini(&r);
}

static void a_report_without_contacts_still_says_what_it_covers(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    r.site_rules = 183;
    r.shows_everything = true;
    assert_says(&r, "No device was seen to contact a listed tracker; no flow from a device to beyond the local network "
                    "was seen.");
    assert_says(&r, "None of the 183 support sites on the list was seen.");
    assert_says(&r, "counts are lower bounds:");
    capture_report_fini(&r);
}

static void what_is_withheld_is_said_with_its_reason(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    assert_says(&r, "3 contacts are shown without a device, because");
    assert_says(&r, "Other support sites appear here only when so many devices visited");
    assert_says(&r, "Childline (childline.org.uk), abuse: 2 visits by a number of devices that is withheld");
    capture_report_fini(&r);
}

static void a_finding_is_told_in_sentences_and_the_rest_is_counted(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    assert_says(&r, "On each of the 3 days it was opened here, The Mix was followed mostly within two seconds by Xandr; in "
                    "comparable moments without it that tracker appears in 5 of 100.");
    assert_says(&r, "Shown: Xandr (Microsoft), an ad exchange, at secure.adnxs.com. Xandr was contacted after at least 5 of 6 "
                    "visits to The Mix, on each of the 3 days it was opened here, at least 80 of 100 times within two "
                    "seconds. In 60 comparable moments without it, Xandr was contacted in 5 of 100. Chance does not explain "
                    "the difference. Half of these contacts came within 0.9 s of the visit.");
    assert_says(&r, "Likely: Hotjar, a recorder of what visitors do on a page, at static.hotjar.com. Hotjar was contacted after at least 2 of 6 "
                    "visits to The Mix");
    assert_says(&r, "1 more tracker host followed fewer than two visits: too few to tell.");
    assert_says(&r, "\"Contacted after\" says that a connection was seen, not what was sent in it.");
    capture_report_fini(&r);
}

static void a_site_without_figures_says_nothing_of_trackers(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    struct report_site *s = capture_report_add_site(&r);
    assert_non_null(s);
    s->site = strdup("childline.org.uk");
    s->visits = 1;
    size_t n = 0;
    char *text = written_table(&r, 80, false, &n);
    assert_false(says(text, "ontacted after"));
    assert_false(says(text, "tracker host"));
    free(text);
    capture_report_fini(&r);
}

static void a_cloaked_name_shows_its_chain(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    assert_says(&r, "metrics.themix.org.uk -> themix.data.adobedc.net");
    capture_report_fini(&r);
}

static void a_device_is_called_by_its_label(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0;
    char *text = written_table(&r, 0, false, &n);
    assert_non_null(strstr(text, "Library PC 3"));
    assert_null(strstr(text, "d-4f2a91c07be3"));
    assert_non_null(strstr(text, "d-90b1de55a2f4"));
    free(text);
    capture_report_fini(&r);
}

static void a_demo_says_so_first(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    r.demo = true;
    size_t n = 0;
    char *text = written_table(&r, 80, false, &n);
    assert_int_equal(strncmp(text, "DEMO", 4), 0);
    free(text);
    capture_report_fini(&r);
}

static void colours_add_nothing_to_the_words(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0, plain_n = 0;
    char *coloured = written_table(&r, 80, true, &n), *plain = written_table(&r, 80, false, &plain_n);
    assert_true(n > plain_n);
    strip_colours(coloured);
    assert_string_equal(coloured, plain);
    free(coloured);
    free(plain);
    capture_report_fini(&r);
}

static void a_width_below_the_least_is_the_least(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0;
    char *narrow = written_table(&r, 7, false, &n), *least = written_table(&r, 60, false, &n);
    assert_string_equal(narrow, least);
    free(narrow);
    free(least);
    capture_report_fini(&r);
}

static void a_hostile_text_commands_no_terminal(void **state)
{
    (void)state;
    static const unsigned widths[] = {0, 60, 80, 120};
    for (size_t i = 0; i < HOSTILE_TEXTS; i++) {
        struct capture_report r;
        hostile_report(&r, hostile_texts[i]);
        for (size_t w = 0; w < 4; w++) {
            size_t n = 0;
            char *text = written_table(&r, widths[w], true, &n);
            strip_colours(text);
            assert_fits(text, widths[w]);
            free(text);
            text = written_table(&r, widths[w], false, &n);
            assert_fits(text, widths[w]);
            free(text);
        }
        capture_report_fini(&r);
    }
}

static void a_very_long_text_is_cut_or_wrapped(void **state)
{
    (void)state;
    static char longest[20000];
    memset(longest, 'x', sizeof(longest) - 1);
    struct capture_report r;
    hostile_report(&r, longest);
    for (unsigned width = 60; width <= 120; width += 20) {
        size_t n = 0;
        char *text = written_table(&r, width, false, &n);
        assert_fits(text, width);
        free(text);
    }
    capture_report_fini(&r);
}

static void a_terminal_gets_the_beginning_of_a_long_list_and_a_file_all(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    for (int i = 0; i < 1000; i++) {
        struct report_contact *c = capture_report_add_contact(&r);
        assert_non_null(c);
        c->matched = strdup(i < 999 ? "example.net" : "last.example");
        c->evidence = EVIDENCE_HANDSHAKE;
    }
    size_t n = 0;
    char *terminal = written_table(&r, 80, false, &n), *file = written_table(&r, 0, false, &n);
    assert_true(says(terminal, "and 800 more; all are in the output formats csv and json"));
    assert_null(strstr(terminal, "last.example"));
    assert_non_null(strstr(file, "last.example"));
    free(terminal);
    free(file);
    capture_report_fini(&r);
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    struct capture_report r;
    struct report_style style = {.width = 80};
    made_up_report(&r);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(report_write_table(&r, &style, full), -ENOSPC);
    fclose(full);
    capture_report_fini(&r);
}

static int in_utc(void **state)
{
    (void)state;
    use_utc();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_made_up_report_is_written_as_its_golden_files),
        cmocka_unit_test(the_headline_counts_devices_companies_and_coverage),
        cmocka_unit_test(one_device_with_everything_named_reads_plainly),
        cmocka_unit_test(nearly_all_is_not_called_all),
        cmocka_unit_test(a_lookup_is_never_called_a_contact),
        cmocka_unit_test(a_report_without_contacts_still_says_what_it_covers),
        cmocka_unit_test(what_is_withheld_is_said_with_its_reason),
        cmocka_unit_test(a_finding_is_told_in_sentences_and_the_rest_is_counted),
        cmocka_unit_test(a_site_without_figures_says_nothing_of_trackers),
        cmocka_unit_test(a_cloaked_name_shows_its_chain),
        cmocka_unit_test(a_device_is_called_by_its_label),
        cmocka_unit_test(a_demo_says_so_first),
        cmocka_unit_test(colours_add_nothing_to_the_words),
        cmocka_unit_test(a_width_below_the_least_is_the_least),
        cmocka_unit_test(a_hostile_text_commands_no_terminal),
        cmocka_unit_test(a_very_long_text_is_cut_or_wrapped),
        cmocka_unit_test(a_terminal_gets_the_beginning_of_a_long_list_and_a_file_all),
        cmocka_unit_test(a_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, in_utc, NULL);
}
