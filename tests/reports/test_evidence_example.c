/* test_evidence_example.c -- docs/EVIDENCE.md works out an example; here it is worked out again from the page's own counters.
 *
 * The part of the page between its two marks is read: rows of five numbers are strata (the hour first), rows of a figure's
 * name and a value are what the page claims, the line that begins with > is the sentence. The delays stand in the page as
 * prose; they are repeated here.
 */
#include "reports/evidence_words.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PAGE TESTS_DIR "/../docs/EVIDENCE.md"

struct example {
    struct moment_stratum strata[16];
    size_t strata_len;
    struct claim {
        char figure[32], value[32];
    } claims[16];
    size_t claims_len;
    char sentence[2000];
    bool dated;
};

static void read_line(struct example *e, char *line)
{
    unsigned hour;
    struct moment_stratum s;
    struct claim c;
    if (sscanf(line, "| %u | %u | %u | %u | %u |", &hour, &s.visits, &s.visits_followed, &s.controls,
               &s.controls_followed) == 5) {
        assert_true(e->strata_len < 16);
        e->strata[e->strata_len++] = s;
    } else if (sscanf(line, "| `%31[a-z_0-9]` | %31[^|\n ]", c.figure, c.value) == 2) {
        assert_true(e->claims_len < 16);
        e->claims[e->claims_len++] = c;
    } else if (line[0] == '>') {
        line[strcspn(line, "\n")] = '\0';
        snprintf(e->sentence, sizeof(e->sentence), "%s", line + 2);
    } else if (strstr(line, "followed on 14 of the 15 days"))
        e->dated = true;
}

static void read_example(struct example *e)
{
    static char line[2000];
    bool within = false;
    FILE *page = fopen(PAGE, "r");
    assert_non_null(page);
    while (fgets(line, sizeof(line), page)) {
        if (strcmp(line, "<!-- example -->\n") == 0)
            within = true;
        else if (strcmp(line, "<!-- end of example -->\n") == 0)
            within = false;
        else if (within)
            read_line(e, line);
    }
    fclose(page);
}

/* A figure as the page writes it: with as many digits as its value has there. */
static void write_figure(const struct evidence_result *r, const char *figure, char out[32])
{
    static const struct {
        const char *name, *format;
        size_t at;
    } figures[] = {
        {"rate", "%.3f", offsetof(struct evidence_result, rate)},
        {"control_rate", "%.3f", offsetof(struct evidence_result, control_rate)},
        {"lift", "%.1f", offsetof(struct evidence_result, lift)},
        {"ci_low", "%.1f", offsetof(struct evidence_result, ci_low)},
        {"ci_high", "%.1f", offsetof(struct evidence_result, ci_high)},
        {"p_value", "%.1e", offsetof(struct evidence_result, p_value)},
        {"median_delay_s", "%.2f", offsetof(struct evidence_result, median_delay_s)},
        {"share_within_2s", "%.3f", offsetof(struct evidence_result, share_within_2s)},
    };
    out[0] = '\0';
    if (strcmp(figure, "verdict") == 0)
        snprintf(out, 32, "%s", evidence_verdict_word(r->verdict));
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
        if (strcmp(figure, figures[i].name) == 0) {
            double value;
            memcpy(&value, (const char *)r + figures[i].at, sizeof(value));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are those of the table above */
            snprintf(out, 32, figures[i].format, value);
#pragma GCC diagnostic pop
        }
}

static void the_example_of_the_page_is_what_the_code_says(void **state)
{
    (void)state;
    struct example e = {0};
    read_example(&e);
    assert_true(e.strata_len == 4 && e.claims_len == 9 && e.dated && e.sentence[0]);
    struct evidence_pair pair = {.strata = e.strata, .strata_len = e.strata_len, .days = 15, .days_with = 14};
    pair.delays[4] = 4;
    pair.delays[5] = 6;
    pair.delays[7] = 4;
    pair.delays[9] = 1;
    struct evidence_result r;
    assert_int_equal(evidence_judge(&pair, 1, &r), 0);
    for (size_t i = 0; i < e.claims_len; i++) {
        char value[32];
        write_figure(&r, e.claims[i].figure, value);
        assert_string_equal(e.claims[i].value, value);
    }
    struct evidence_story story = {
        .site = "The Mix", .tracker = "Xandr", .days = pair.days, .days_with = pair.days_with, .result = &r};
    char *sentence = evidence_sentence(&story);
    assert_non_null(sentence);
    assert_string_equal(sentence, e.sentence);
    free(sentence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_example_of_the_page_is_what_the_code_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
