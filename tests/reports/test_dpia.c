/* test_dpia.c -- nothing that is stored is missing from the assessment, and it decides nothing. */
#include "made_paper.h"
#include "reports/legal.h"
#include "store/schema.h"

static const struct notice_facts facts = {.controller = "St Mary's <School>", .url = "https://stmarys.example/", .since = "2026-11-02", .k = 10};

static char *assessment(enum dpia_place place, enum made_form form)
{
    struct document d;
    dpia_fill(&d, place, &facts);
    return made_paper(&d, form);
}

static int load(void **state)
{
    (void)state;
    return legal_load();
}

/* Is there a table of this caption with a row that begins so? */
static bool has_row(const struct document *d, const char *caption, const char *cell)
{
    for (size_t i = 0; i < d->blocks_len; i++) {
        const struct document_block *b = &d->blocks[i];
        for (size_t r = 0; b->kind == DOCUMENT_TABLE && strcmp(b->text, caption) == 0 && r < b->rows_len; r++)
            if (strcmp(b->rows[r].cells[0], cell) == 0)
                return true;
    }
    return false;
}

/* docs/STORE.md is held to the store's table by test_schema; here the assessment is held to it, so that neither way of listing can
 * lose a field. Its rows begin with `name` in the sections on keys, fields and figures. */
static void every_key_and_field_of_the_stores_page_is_in_it(void **state)
{
    (void)state;
    FILE *page = fopen(TESTS_DIR "/../docs/STORE.md", "r");
    char line[1024], name[256], *text = assessment(DPIA_SCHOOL, MADE_TEXT);
    bool listed = false;
    unsigned found = 0;
    assert_non_null(page);
    while (fgets(line, sizeof(line), page)) {
        if (strncmp(line, "## ", 3) == 0)
            listed = strncmp(line, "## Keys", 7) == 0 || strncmp(line, "## Fields", 9) == 0 || strncmp(line, "## Figures", 10) == 0;
        if (!listed || sscanf(line, "| `%255[^`]` |", name) != 1)
            continue;
        found++;
        assert_has(text, name);
    }
    fclose(page);
    free(text);
    assert_true(found > 60);
}

static void each_field_stands_under_its_own_key(void **state)
{
    (void)state;
    struct document d;
    char caption[160];
    dpia_fill(&d, DPIA_YOUTH_CENTRE, &facts);
    for (size_t i = 0; i < store_fields_count; i++) {
        snprintf(caption, sizeof(caption), "Fields of telltale:{ID}:%s", store_keys[store_fields[i].key].pattern);
        if (!has_row(&d, caption, store_fields[i].pattern))
            fail_msg("%s: %s is missing", caption, store_fields[i].pattern);
    }
    for (int i = 0; i < STORE_KEY_COUNT; i++) {
        snprintf(caption, sizeof(caption), "telltale:{ID}:%s", store_keys[i].pattern);
        assert_true(has_row(&d, "Keys", caption));
    }
    assert_false(has_row(&d, "Keys", "telltale:{ID}:nothing"));
    document_fini(&d);
}

static void it_decides_nothing_and_is_no_filter(void **state)
{
    (void)state;
    for (enum dpia_place place = DPIA_SCHOOL; place <= DPIA_YOUTH_CENTRE; place++) {
        char *text = assessment(place, MADE_TEXT);
        assert_judges_nobody(text);
        assert_has(text, "neither a filter nor a monitoring system in the sense of the statutory guidance");
        assert_has(text, "What must be decided, and by whom");
        assert_has(text, "not settled");
        assert_has(text, "UK GDPR article 35");
        free(text);
    }
}

static void each_place_has_its_own_people(void **state)
{
    (void)state;
    char *school = assessment(DPIA_SCHOOL, MADE_TEXT), *centre = assessment(DPIA_YOUTH_CENTRE, MADE_TEXT);
    assert_has(school, "Designated safeguarding lead");
    assert_has(school, "Pupils");
    assert_has_not(centre, "pupils,");
    assert_has_not(centre, "governors");
    assert_has(centre, "trustees");
    assert_has(centre, "Working together to safeguard children");
    assert_has_not(school, "Working together");
    free(school);
    free(centre);
}

static void the_place_is_one_of_two_words(void **state)
{
    (void)state;
    enum dpia_place place;
    assert_true(dpia_place_from_word("youth-centre", &place));
    assert_int_equal(place, DPIA_YOUTH_CENTRE);
    assert_false(dpia_place_from_word("prison", &place));
    assert_false(dpia_place_from_word("", &place));
}

static void names_from_the_settings_stay_text(void **state)
{
    (void)state;
    char *text = assessment(DPIA_SCHOOL, MADE_HTML);
    assert_has(text, "St Mary&#39;s &lt;School&gt;");
    assert_has_not(text, "<School>");
    assert_has(text, "&lt;pseudonym&gt;");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_and_field_of_the_stores_page_is_in_it),
        cmocka_unit_test(each_field_stands_under_its_own_key),
        cmocka_unit_test(it_decides_nothing_and_is_no_filter),
        cmocka_unit_test(each_place_has_its_own_people),
        cmocka_unit_test(the_place_is_one_of_two_words),
        cmocka_unit_test(names_from_the_settings_stay_text),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
