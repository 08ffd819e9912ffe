/* test_words.c -- the closed vocabularies: one word for each value, one value for each word. */
#include "common/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Words stand in JSON, CSV and Redis keys unquoted. */
static void assert_plain(const char *word)
{
    assert_non_null(word);
    assert_true(strlen(word) > 0);
    assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz-"), strlen(word));
}

static void every_purpose_has_a_word_and_a_phrase(void **state)
{
    (void)state;
    for (int i = 0; i < PURPOSE_COUNT; i++) {
        enum purpose again;
        assert_plain(purpose_word((enum purpose)i));
        assert_true(strlen(purpose_phrase((enum purpose)i)) > 0);
        assert_true(purpose_from_word(purpose_word((enum purpose)i), &again));
        assert_int_equal(again, i);
    }
}

static void every_evidence_has_a_word(void **state)
{
    (void)state;
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        enum evidence again;
        assert_plain(evidence_word((enum evidence)i));
        assert_true(evidence_from_word(evidence_word((enum evidence)i), &again));
        assert_int_equal(again, i);
    }
}

static void every_blind_spot_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < BLIND_COUNT; i++) {
        assert_plain(blind_spot_word((enum blind_spot)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(blind_spot_word((enum blind_spot)i), blind_spot_word((enum blind_spot)j));
    }
}

static void an_unknown_word_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",       "AD-EXCHANGE", "ad exchange", "ad-exchang", "ad-exchanges",
                                        "Lookup", " lookup"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        enum purpose p = PURPOSE_VIDEO;
        enum evidence e = EVIDENCE_URL;
        assert_false(purpose_from_word(wrong[i], &p));
        assert_false(evidence_from_word(wrong[i], &e));
        assert_int_equal(p, PURPOSE_VIDEO);
        assert_int_equal(e, EVIDENCE_URL);
    }
}

static void what_told_the_company_nothing_is_never_more_than_low(void **state)
{
    (void)state;
    for (int i = 0; i < PURPOSE_COUNT; i++) {
        assert_int_equal(severity_of((enum purpose)i, EVIDENCE_LOOKUP), SEVERITY_LOW);
        assert_int_equal(severity_of((enum purpose)i, EVIDENCE_BLOCKED), SEVERITY_LOW);
    }
}

static void advertising_is_more_serious_than_what_a_page_is_made_of(void **state)
{
    (void)state;
    assert_int_equal(severity_of(PURPOSE_AD_EXCHANGE, EVIDENCE_HANDSHAKE), SEVERITY_HIGH);
    assert_int_equal(severity_of(PURPOSE_SESSION_REPLAY, EVIDENCE_ADDRESS), SEVERITY_HIGH);
    assert_int_equal(severity_of(PURPOSE_SOCIAL, EVIDENCE_URL), SEVERITY_MEDIUM);
    assert_int_equal(severity_of(PURPOSE_CONSENT, EVIDENCE_URL), SEVERITY_LOW);
    assert_string_equal(severity_word(SEVERITY_LOW), "low");
    assert_string_equal(severity_word(SEVERITY_MEDIUM), "medium");
    assert_string_equal(severity_word(SEVERITY_HIGH), "high");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_purpose_has_a_word_and_a_phrase),
        cmocka_unit_test(every_evidence_has_a_word),
        cmocka_unit_test(every_blind_spot_has_a_word_of_its_own),
        cmocka_unit_test(an_unknown_word_is_refused_and_changes_nothing),
        cmocka_unit_test(what_told_the_company_nothing_is_never_more_than_low),
        cmocka_unit_test(advertising_is_more_serious_than_what_a_page_is_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
