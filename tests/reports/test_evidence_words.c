/* test_evidence_words.c -- the exact sentences, for each verdict and each number that needs its own grammar. */
#include "reports/evidence_words.h"

#include "common/text.h"
#include "hostile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_says(const struct evidence_story *story, const char *sentence)
{
    char *text = evidence_sentence(story);
    assert_non_null(text);
    assert_string_equal(text, sentence);
    free(text);
}

static void assert_heads(const struct evidence_story *stories, size_t n, const char *sentence)
{
    char *text = evidence_headline(stories, n);
    assert_non_null(text);
    assert_string_equal(text, sentence);
    free(text);
}

static const struct evidence_result shown = {.visits = 60,
                                             .visits_with = 57,
                                             .controls = 1200,
                                             .controls_with = 36,
                                             .control_rate = 0.03,
                                             .share_within_2s = 0.959,
                                             .verdict = EVIDENCE_SHOWN};

static struct evidence_story mix(const struct evidence_result *r)
{
    return (struct evidence_story){.site = "The Mix", .tracker = "Xandr", .days = 15, .days_with = 14, .result = r};
}

static void a_shown_tracker_is_told_with_days_visits_and_speed(void **state)
{
    (void)state;
    struct evidence_story s = mix(&shown);
    assert_says(&s,
                "Xandr was contacted after at least 57 of 60 visits to The Mix, on at least 14 of the 15 days it was "
                "opened here, at least 95 of 100 times within two seconds. In 1,200 comparable moments without it, "
                "Xandr was contacted in 3 of 100. Chance does not explain the difference.");
}

static void all_days_and_all_visits_have_their_own_words(void **state)
{
    (void)state;
    struct evidence_result r = shown;
    struct evidence_story s = mix(&r);
    r.visits_with = 60;
    r.share_within_2s = 1;
    r.control_rate = 0;
    s.days_with = 15;
    assert_says(&s,
                "Xandr was contacted after each of the 60 visits to The Mix, on each of the 15 days it was opened "
                "here, each time within two seconds. In 1,200 comparable moments without it, Xandr was contacted in "
                "none. Chance does not explain the difference.");
    s.days = s.days_with = 1;
    r.share_within_2s = 0.004;
    r.controls = 1;
    assert_says(&s,
                "Xandr was contacted after each of the 60 visits to The Mix, on the one day it was opened here. In 1 "
                "comparable moment without it, Xandr was contacted in none. Chance does not explain the "
                "difference.");
}

static void a_likely_tracker_is_not_called_shown(void **state)
{
    (void)state;
    struct evidence_result r = {
        .visits = 5, .visits_with = 3, .controls = 80, .control_rate = 0.0125, .verdict = EVIDENCE_LIKELY};
    struct evidence_story s = {.site = "Childline", .tracker = "Hotjar", .result = &r};
    assert_says(&s,
                "Hotjar was contacted after at least 3 of 5 visits to Childline. In 80 comparable moments without it, "
                "Hotjar was contacted in 2 of 100. Chance is unlikely to explain the difference, but it is not "
                "ruled out.");
}

static void a_popular_tracker_is_neither_accused_nor_cleared(void **state)
{
    (void)state;
    struct evidence_result r = {
        .visits = 40, .visits_with = 30, .controls = 900, .control_rate = 0.7, .verdict = EVIDENCE_NO};
    struct evidence_story s = {.site = "Childline", .tracker = "Google Analytics", .result = &r};
    assert_says(&s,
                "Google Analytics was contacted after at least 30 of 40 visits to Childline. In 900 comparable moments "
                "without it, Google Analytics was contacted in 70 of 100. Chance may explain this: it does not show "
                "that the site leads to the contact, nor that it does not.");
}

static void shares_without_the_site_are_rounded_up_and_never_to_none_or_all(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *words;
    } cases[] = {{0, "none."},
                 {0.0001, "fewer than 1 of 100."},
                 {0.01, "1 of 100."},
                 {0.0101, "2 of 100."},
                 {0.29, "29 of 100."},
                 {0.985, "99 of 100."},
                 {0.9999, "nearly all."},
                 {1, "all."}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct evidence_result r = shown;
        r.control_rate = cases[i].share;
        struct evidence_story s = mix(&r);
        char *text = evidence_sentence(&s), wanted[64];
        assert_non_null(text);
        snprintf(wanted, sizeof(wanted), "Xandr was contacted in %s", cases[i].words);
        assert_non_null(strstr(text, wanted));
        free(text);
    }
}

static void where_nothing_can_be_said_it_says_so(void **state)
{
    (void)state;
    struct evidence_result r = {.visits = 20, .visits_with = 20, .verdict = EVIDENCE_NO};
    struct evidence_story s = {.site = "The Mix", .tracker = "Xandr", .result = &r};
    assert_says(&s,
                "Cannot tell: Xandr was contacted after each of the 20 visits to The Mix, and there was no comparable "
                "moment without it.");
    r = (struct evidence_result){.visits = 3, .visits_with = 1, .controls = 9, .verdict = EVIDENCE_TOO_FEW};
    assert_says(&s, "Cannot tell: Xandr was contacted after at least 1 of 3 visits to The Mix, and once is too few to "
                    "compare.");
    r.visits = 1;
    assert_says(&s, "Cannot tell: Xandr was contacted after the one visit to The Mix, and once is too few to compare.");
    r.visits_with = 0;
    assert_says(&s, "Xandr was not seen after the one visit to The Mix. What was not seen may still have happened.");
    r.visits = 1234;
    assert_says(&s, "Xandr was not seen after any of the 1,234 visits to The Mix. What was not seen may still have "
                    "happened.");
    r.visits = 0;
    assert_says(&s, "Cannot tell: no visit to The Mix was counted.");
}

static void the_headline_names_the_shown_trackers_together(void **state)
{
    (void)state;
    struct evidence_result fast = shown, other = shown, likely = shown;
    fast.share_within_2s = other.share_within_2s = 1;
    other.control_rate = 0.021;
    likely.verdict = EVIDENCE_LIKELY;
    struct evidence_story s[4] = {mix(&fast), mix(&likely), mix(&other), mix(&other)};
    s[1].tracker = "Hotjar";
    s[2].tracker = "MiQ";
    s[2].days_with = 15;
    struct evidence_story twice[2] = {mix(&fast), mix(&fast)}; /* two hosts of one tracker */
    assert_heads(twice, 2,
                 "On at least 14 of the 15 days it was opened here, The Mix was followed within two seconds by "
                 "Xandr; in comparable moments without it that tracker appears in 3 of 100.");
    s[3].tracker = "Criteo";
    assert_heads(s, 1,
                 "On at least 14 of the 15 days it was opened here, The Mix was followed within two seconds by Xandr; "
                 "in comparable moments without it that tracker appears in 3 of 100.");
    assert_heads(s, 3,
                 "On at least 14 of the 15 days it was opened here, The Mix was followed within two seconds by Xandr "
                 "and MiQ; in comparable moments without it they appear in at most 3 of 100.");
    other.share_within_2s = 0.8;
    assert_heads(s, 4,
                 "On at least 14 of the 15 days it was opened here, The Mix was followed mostly within two seconds by "
                 "Xandr, MiQ and Criteo; in comparable moments without it they appear in at most 3 of 100.");
}

static void the_headline_is_silent_about_days_and_speed_it_does_not_know(void **state)
{
    (void)state;
    struct evidence_result slow = shown;
    slow.share_within_2s = 0.5;
    slow.control_rate = 0;
    struct evidence_story s = {.site = "The Mix", .tracker = "Xandr", .result = &slow};
    assert_heads(&s, 1,
                 "The Mix was followed here by Xandr; in comparable moments without it that tracker appears in "
                 "none.");
    slow.verdict = EVIDENCE_LIKELY;
    assert_heads(&s, 1, "");
    assert_heads(NULL, 0, "");
}

static void hostile_names_are_cleaned_and_cut(void **state)
{
    (void)state;
    static char longest[5000];
    memset(longest, 'x', sizeof(longest) - 1);
    for (size_t i = 0; i <= HOSTILE_TEXTS; i++) {
        struct evidence_story s = mix(&shown);
        s.site = s.tracker = i < HOSTILE_TEXTS ? hostile_texts[i] : longest;
        char *texts[2] = {evidence_sentence(&s), evidence_headline(&s, 1)};
        for (size_t k = 0; k < 2; k++) {
            assert_non_null(texts[k]);
            char *clean = text_clean_copy(texts[k], strlen(texts[k]));
            assert_string_equal(texts[k], clean);
            assert_true(text_columns(clean, strlen(clean)) < 640);
            free(clean);
            free(texts[k]);
        }
    }
}

static void missing_names_have_a_stand_in(void **state)
{
    (void)state;
    struct evidence_result r = {.visits = 2, .verdict = EVIDENCE_TOO_FEW};
    struct evidence_story s = {.site = "", .result = &r};
    assert_says(
        &s, "(unnamed tracker) was not seen after any of the 2 visits to the site. What was not seen may still have "
            "happened.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shown_tracker_is_told_with_days_visits_and_speed),
        cmocka_unit_test(all_days_and_all_visits_have_their_own_words),
        cmocka_unit_test(a_likely_tracker_is_not_called_shown),
        cmocka_unit_test(a_popular_tracker_is_neither_accused_nor_cleared),
        cmocka_unit_test(shares_without_the_site_are_rounded_up_and_never_to_none_or_all),
        cmocka_unit_test(where_nothing_can_be_said_it_says_so),
        cmocka_unit_test(the_headline_names_the_shown_trackers_together),
        cmocka_unit_test(the_headline_is_silent_about_days_and_speed_it_does_not_know),
        cmocka_unit_test(hostile_names_are_cleaned_and_cut),
        cmocka_unit_test(missing_names_have_a_stand_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
