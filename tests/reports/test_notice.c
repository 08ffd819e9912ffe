/* test_notice.c -- a child of eleven can read the notice, it says what the settings and the store's table say, and foreign names stay text. */
#include "made_paper.h"
#include "plain_words.h"
#include "store/schema.h"

static const struct notice_facts school = {
    .controller = "St Mary's School", .url = "https://www.stmarys.example/telltale", .since = "2026-11-02", .k = 10};

static char *notice(enum notice_kind kind, const struct notice_facts *f, enum made_form form)
{
    struct document d;
    notice_fill(&d, kind, f);
    return made_paper(&d, form);
}

/* Words of ten letters or more that an eleven-year-old in England knows, or that are names. */
static const char *const known[] = {"Information", "Commissioner", NULL};

static struct plain_words words_of(enum notice_kind kind)
{
    struct document d;
    struct plain_words p = {0};
    notice_fill(&d, kind, &school);
    plain_words_count(&p, d.title, known);
    for (size_t i = 0; i < d.blocks_len; i++)
        if (d.blocks[i].kind != DOCUMENT_SMALL && !strstr(d.blocks[i].text, "://"))
            plain_words_count(&p, d.blocks[i].text, known);
    document_fini(&d);
    return p;
}

static void sentences_are_short_and_words_are_known(void **state)
{
    (void)state;
    for (enum notice_kind kind = NOTICE_PAGE; kind <= NOTICE_POSTER; kind++) {
        struct plain_words p = words_of(kind);
        if (p.hard)
            fail_msg("%u hard words, such as %s", p.hard, p.last_hard);
        assert_true(p.sentences > 10);
        assert_true(p.longest <= 18);
        assert_true(p.words <= 10 * p.sentences); /* ten words a sentence */
    }
}

static void the_measure_notices_a_hard_text(void **state)
{
    (void)state;
    struct plain_words p = {0};
    plain_words_count(&p, "Pseudonymisation is undertaken. Go to a.example now.", known);
    assert_int_equal(p.hard, 2);
    assert_string_equal(p.last_hard, "undertaken");
    assert_int_equal(p.sentences, 2);
    assert_int_equal(p.longest, 5);
}

static void it_says_what_the_settings_say(void **state)
{
    (void)state;
    for (enum notice_kind kind = NOTICE_PAGE; kind <= NOTICE_POSTER; kind++) {
        char *text = notice(kind, &school, MADE_TEXT);
        assert_has(text, "St Mary's School");
        assert_has(text, "https://www.stmarys.example/telltale");
        assert_has(text, "2 November 2026");
        assert_has(text, "neither a filter nor a monitoring system");
        assert_has_not(text, "DRAFT");
        free(text);
    }
    char *text = notice(NOTICE_PAGE, &(struct notice_facts){.controller = "C", .url = "u", .since = "2026-11-02", .k = 12}, MADE_TEXT);
    assert_has(text, "at least 12 different devices");
    free(text);
}

static void how_long_it_stays_comes_from_the_stores_table(void **state)
{
    (void)state;
    char line[80], *text = notice(NOTICE_PAGE, &school, MADE_TEXT);
    snprintf(line, sizeof(line), "Lines with a made-up name: %u days", STORE_DEVICE_ALERT_S / STORE_DAY_S);
    assert_has(text, line);
    snprintf(line, sizeof(line), "Counts for a made-up name: %u days", store_keys[STORE_KEY_DEVICES].ttl_s / STORE_DAY_S);
    assert_has(text, line);
    snprintf(line, sizeof(line), "Totals with no device in them: %u days", store_keys[STORE_KEY_DAY].ttl_s / STORE_DAY_S);
    assert_has(text, line);
    free(text);
}

static void an_empty_setting_makes_it_a_draft(void **state)
{
    (void)state;
    struct notice_facts f = school;
    f.url = "";
    char *text = notice(NOTICE_PAGE, &f, MADE_PAGE);
    assert_has(text, "DRAFT");
    assert_has(text, "_____");
    free(text);
}

static void names_from_the_settings_stay_text(void **state)
{
    (void)state;
    struct notice_facts f = school;
    f.controller = "<script>alert(1)</script> & \"Co\" \xe2\x80\xae\x1b[31m";
    f.url = "\"><img src=x>";
    for (enum notice_kind kind = NOTICE_PAGE; kind <= NOTICE_POSTER; kind++) {
        char *text = notice(kind, &f, kind == NOTICE_POSTER ? MADE_POSTER : MADE_PAGE);
        assert_has(text, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Co&quot;");
        assert_has_not(text, "<script");
        assert_has_not(text, "<img");
        assert_has_not(text, "\xe2\x80\xae");
        assert_has_not(text, "\x1b");
        free(text);
    }
}

static void nothing_outside_is_asked_for_and_every_element_ends(void **state)
{
    (void)state;
    for (enum notice_kind kind = NOTICE_PAGE; kind <= NOTICE_POSTER; kind++) {
        char *text = notice(kind, &school, kind == NOTICE_POSTER ? MADE_POSTER : MADE_PAGE);
        assert_int_equal(made_count(text, "<section"), made_count(text, "</section>"));
        assert_int_equal(made_count(text, "<ul>"), made_count(text, "</ul>"));
        assert_int_equal(made_count(text, "<div"), made_count(text, "</div>"));
        assert_true(made_count(text, "<section") >= 5);
        assert_has(text, "<html lang=\"en-GB\">");
        assert_int_equal(made_count(text, "<h1>"), 1);
        assert_has_not(text, "src=");
        assert_has_not(text, "href=");
        assert_has_not(text, "url(");
        free(text);
    }
}

static void it_says_demo_in_a_demo_and_judges_nobody(void **state)
{
    (void)state;
    struct notice_facts f = school;
    f.demo = true;
    for (enum notice_kind kind = NOTICE_PAGE; kind <= NOTICE_POSTER; kind++) {
        char *text = notice(kind, &f, MADE_PAGE);
        assert_has(text, "DEMO");
        assert_judges_nobody(text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_short_and_words_are_known),
        cmocka_unit_test(the_measure_notices_a_hard_text),
        cmocka_unit_test(it_says_what_the_settings_say),
        cmocka_unit_test(how_long_it_stays_comes_from_the_stores_table),
        cmocka_unit_test(an_empty_setting_makes_it_a_draft),
        cmocka_unit_test(names_from_the_settings_stay_text),
        cmocka_unit_test(nothing_outside_is_asked_for_and_every_element_ends),
        cmocka_unit_test(it_says_demo_in_a_demo_and_judges_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
