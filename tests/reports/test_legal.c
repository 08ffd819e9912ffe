/* test_legal.c -- the table of rules: whole, dated, and it accuses nobody. */
#include "made_paper.h"
#include "reports/legal.h"

static int load(void **state)
{
    (void)state;
    return legal_load();
}

static void the_rules_that_letters_need_are_there(void **state)
{
    (void)state;
    static const char *const ids[] = {"pecr-6", "gdpr-5", "gdpr-6", "gdpr-9", "gdpr-25", "gdpr-35", "dpa-part-3", "counselling", "complaint", "not-the-subject", "s-kcsie"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (!legal_named(ids[i]))
            fail_msg("there is no row %s", ids[i]);
    assert_null(legal_named("gdpr-99"));
    assert_int_equal(legal_named("dpa-part-3")->applies, LEGAL_POLICE);
    assert_has(legal_named("counselling")->text, "outside the Children's Code");
}

static void each_row_is_dated_and_has_its_page(void **state)
{
    (void)state;
    assert_true(legal_count() >= 15);
    for (size_t i = 0; i < legal_count(); i++) {
        const struct legal *l = legal_at(i);
        unsigned year, month, day;
        int n = 0;
        assert_int_equal(sscanf(l->date, "%4u-%2u-%2u%n", &year, &month, &day, &n), 3);
        assert_int_equal(n, 10);
        assert_true(strncmp(l->source, "https://", 8) == 0);
        assert_true(strcmp(l->date, legal_latest()) <= 0);
        assert_ptr_equal(legal_named(l->id), l); /* no id twice */
    }
}

static void rules_for_sites_say_may_and_nobody_is_accused(void **state)
{
    (void)state;
    for (size_t i = 0; i < legal_count(); i++) {
        const struct legal *l = legal_at(i);
        assert_judges_nobody(l->title);
        assert_judges_nobody(l->text);
        if ((l->applies == LEGAL_SITE || l->applies == LEGAL_POLICE) && !strstr(l->text, "may engage") && !strstr(l->text, "may be engaged"))
            fail_msg("%s does not say may engage", l->id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rules_that_letters_need_are_there),
        cmocka_unit_test(each_row_is_dated_and_has_its_page),
        cmocka_unit_test(rules_for_sites_say_may_and_nobody_is_accused),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
