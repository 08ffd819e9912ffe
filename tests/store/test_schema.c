/* test_schema.c -- docs/STORE.md and store/schema.h say the same, both ways; key names; what is not stored.
 *
 * Each row of the schema has one line in the document, which this test writes itself and looks for; every line of the
 * document that looks like such a row must be one of them. So a change of the schema fails here with the line to put
 * into the document.
 */
#include "store/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ROW_MAX  512
#define ROWS_MAX 256

static char *document;
static char rows[ROWS_MAX][ROW_MAX];
static size_t row_count;

static void write_ttl(char *out, size_t size, const struct store_key_info *key)
{
    const char *rule = key->renewed ? "after the last write" : "after the first write";
    if (key->ttl_s % STORE_DAY_S == 0)
        snprintf(out, size, "%u days %s", key->ttl_s / STORE_DAY_S, rule);
    else
        snprintf(out, size, "%u minutes %s", key->ttl_s / 60, rule);
}

static void write_rows(void)
{
    for (int i = 0; i < STORE_KEY_COUNT; i++) {
        const struct store_key_info *key = &store_keys[i];
        char ttl[64];
        write_ttl(ttl, sizeof(ttl), key);
        snprintf(rows[row_count++], ROW_MAX, "| `telltale:{ID}:%s` | %s | %s | %s | %s | %s |", key->pattern, key->type,
                 ttl, key->writer, key->reader, key->what);
    }
    for (size_t i = 0; i < store_fields_count; i++)
        snprintf(rows[row_count++], ROW_MAX, "| `%s` | %s | %s |", store_fields[i].pattern, store_fields[i].unit,
                 store_fields[i].what);
    assert_true(row_count <= ROWS_MAX);
}

static int read_document(void **state)
{
    (void)state;
    FILE *file = fopen(TESTS_DIR "/../docs/STORE.md", "rb");
    if (!file)
        return -1;
    document = calloc(1, 1 << 17);
    size_t n = fread(document, 1, (1 << 17) - 1, file);
    fclose(file);
    write_rows();
    return n > 0 ? 0 : -1;
}

static int free_document(void **state)
{
    (void)state;
    free(document);
    return 0;
}

/* The part of the document under a heading, up to the next one of the same level. */
static char *section(const char *heading)
{
    char *begin = strstr(document, heading);
    if (!begin)
        fail_msg("docs/STORE.md has no \"%s\"", heading);
    char *end = strstr(begin + strlen(heading), "\n## ");
    return strndup(begin, end ? (size_t)(end - begin) : strlen(begin));
}

static void every_row_of_the_schema_is_in_the_document(void **state)
{
    (void)state;
    static const char *const headings[STORE_KEY_COUNT] = {[STORE_KEY_ALERTS] = "\n## Fields of an alert\n",
                                                          [STORE_KEY_DAY] = "\n## Fields of a day\n",
                                                          [STORE_KEY_DEVICES] = "\n## Fields of a day's devices\n",
                                                          [STORE_KEY_LABELS] = "\n## Fields of a day's labels\n",
                                                          [STORE_KEY_COVERAGE] = "\n## Fields of a day's coverage\n",
                                                          [STORE_KEY_HEALTH] = "\n## Figures of health\n",
                                                          [STORE_KEY_LEDGER] = "\n## Figures of the ledger\n",
                                                          [STORE_KEY_AUDIT] = "\n## Fields of an audit entry\n",
                                                          [STORE_KEY_TEST] = "\n## Fields of a staff test\n",
                                                          [STORE_KEY_PROOF] = "\n## Fields of a kept recording\n",
                                                          [STORE_KEY_SITE] = "\n## Fields of a site's period\n",
                                                          [STORE_KEY_REQUEST] = "\n## Fields of a request\n",
                                                          [STORE_KEY_SETTINGS] = "\n## Fields of the settings\n",
                                                          [STORE_KEY_MARK] = "\n## Fields of a mark\n"};
    int missing = 0;
    for (size_t i = 0; i < row_count; i++) {
        char *part = section(i < STORE_KEY_COUNT ? "\n## Keys\n" : headings[store_fields[i - STORE_KEY_COUNT].key]);
        if (!strstr(part, rows[i])) {
            fprintf(stderr, "docs/STORE.md lacks: %s\n", rows[i]);
            missing++;
        }
        free(part);
    }
    assert_int_equal(missing, 0);
}

static bool is_a_row(const char *line, size_t n)
{
    for (size_t i = 0; i < row_count; i++)
        if (strlen(rows[i]) == n && memcmp(rows[i], line, n) == 0)
            return true;
    return false;
}

static void every_row_of_the_document_is_in_the_schema(void **state)
{
    (void)state;
    size_t seen = 0;
    for (const char *line = document; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        size_t n = strcspn(line, "\n");
        if (strncmp(line, "| `", 3) != 0)
            continue;
        if (!is_a_row(line, n))
            fail_msg("not in store/schema.h: %.*s", (int)n, line);
        seen++;
    }
    assert_int_equal(seen, row_count);
}

static void every_key_named_in_the_text_is_in_the_schema(void **state)
{
    (void)state;
    static const char root[] = "`telltale:{ID}:";
    for (const char *at = strstr(document, root); at; at = strstr(at + 1, root)) {
        const char *name = at + strlen(root);
        size_t n = strcspn(name, "`");
        bool known = n == 0; /* the root itself */
        for (int i = 0; i < STORE_KEY_COUNT; i++)
            known |= strlen(store_keys[i].pattern) == n && memcmp(store_keys[i].pattern, name, n) == 0;
        if (!known)
            fail_msg("not in store/schema.h: %.*s", (int)(n + strlen(root)), at);
    }
}

static void what_is_not_there_is_said_and_true(void **state)
{
    (void)state;
    static const char *const said[] = {"host names", "CNAME chains", "MAC addresses", "IP addresses", "support site",
                                       "visit",      "URL",          "minute",        "label"};
    static const char *const never[] = {"host", "chain", "mac", "ip", "addr", "visit", "url", "page", "label", "path"};
    char *part = section("\n## What is not there\n");
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (!strstr(part, said[i]))
            fail_msg("\"What is not there\" does not speak of \"%s\"", said[i]);
    free(part);
    for (size_t f = 0; f < store_fields_count; f++) /* a staff test and a recording are said to be the exceptions */
        for (size_t i = 0; store_fields[f].key != STORE_KEY_TEST && store_fields[f].key != STORE_KEY_PROOF && i < sizeof(never) / sizeof(never[0]); i++)
            assert_string_not_equal(store_fields[f].pattern, never[i]);
    /* A site stands in its own period and in an alert of its own kind, never in a list of fields that has a device. */
    bool device = false;
    for (size_t f = 0; f < store_fields_count; f++) {
        device = strcmp(store_fields[f].pattern, "kind") == 0 || store_fields[f].key == STORE_KEY_SITE ? false : device;
        device |= strcmp(store_fields[f].pattern, "device") == 0 || strstr(store_fields[f].pattern, "pseudonym") != NULL;
        if (strcmp(store_fields[f].pattern, "site") == 0 || strstr(store_fields[f].pattern, "<site>"))
            assert_false(device || store_fields[f].key == STORE_KEY_DEVICES || store_fields[f].key == STORE_KEY_DAY);
    }
    for (size_t f = 0; f < store_fields_count; f++)
        if (store_fields[f].key == STORE_KEY_DAY)
            assert_null(strstr(store_fields[f].pattern, "pseudonym"));
}

/* docs/ARCHITECTURE.md, rule 3: where a device may be named, and beside what. A field that is added to one of these keys, or a
 * key that names a device, fails here until somebody has thought about it: could it say, alone or with its neighbours, that
 * the device was on a support site? Words that come from our list of trackers cannot; a host, a site, a count of visits or a time
 * finer than the hour can. */
static const char *const beside_a_device[] = {"kind",    "tracker", "organisation", "purpose",  "matched", "evidence", "connections",
                                              "country", "asn",     "severity",     "why",      "feed",    "demo"};

static bool names_a_device(const struct store_field_info *field)
{
    return strcmp(field->unit, "pseudonym") == 0 || strcmp(field->pattern, "device") == 0 || strstr(field->pattern, "pseudonym");
}

static bool is_allowed_beside_a_device(const char *pattern)
{
    for (size_t i = 0; i < sizeof(beside_a_device) / sizeof(beside_a_device[0]); i++)
        if (strcmp(pattern, beside_a_device[i]) == 0)
            return true;
    return false;
}

/* The fields of a disclosure: from its `kind` to the last of this key. It is another entry, which has no device. */
static size_t first_of_disclosure(void)
{
    size_t first = 0;
    for (size_t f = 0; f < store_fields_count; f++)
        if (store_fields[f].key == STORE_KEY_ALERTS && strcmp(store_fields[f].pattern, "kind") == 0)
            first = f;
    return first;
}

static void a_device_is_named_in_three_keys_beside_known_fields(void **state)
{
    (void)state;
    bool has_device[STORE_KEY_COUNT] = {false};
    for (size_t f = 0; f < store_fields_count; f++)
        has_device[store_fields[f].key] |= names_a_device(&store_fields[f]);
    for (int key = 0; key < STORE_KEY_COUNT; key++)
        if (has_device[key] && key != STORE_KEY_ALERTS && key != STORE_KEY_DEVICES && key != STORE_KEY_LABELS)
            fail_msg("%s names a device", store_keys[key].pattern);
    assert_true(has_device[STORE_KEY_ALERTS] && has_device[STORE_KEY_DEVICES]);
    for (size_t f = 0; f < store_fields_count; f++) {
        const struct store_field_info *field = &store_fields[f];
        if (field->key == STORE_KEY_ALERTS && f >= first_of_disclosure())
            assert_false(names_a_device(field));
        else if (field->key == STORE_KEY_ALERTS && !names_a_device(field) && !is_allowed_beside_a_device(field->pattern))
            fail_msg("alerts: %s stands beside a device", field->pattern);
        if (field->key == STORE_KEY_DEVICES && strcmp(field->pattern, "<pseudonym>") != 0 && strcmp(field->pattern, "<pseudonym>:<purpose>") != 0)
            fail_msg("devices: %s is counted by device", field->pattern);
        if (field->key == STORE_KEY_LABELS && strcmp(field->pattern, "<pseudonym>") != 0)
            fail_msg("labels: %s stands beside a device", field->pattern);
    }
}

/* Every key there is. One that is added has a home in this list once it is known not to tie a device to a site. */
static void no_key_is_there_that_was_not_thought_about(void **state)
{
    (void)state;
    static const char *const known[] = {"alerts", "day:<day>", "day:<day>:devices", "day:<day>:labels" /* what the school wrote, nothing that was seen */, "day:<day>:coverage" /* of the whole network */, "health", "ledger", "mark:<incarnation>", "audit",
                                        "site:<period>" /* has no device: a_device_is_named_in_three_keys_beside_known_fields() */,
                                        "test:<id>" /* nor has this: what one consenting member of staff's device showed */,
                                        "proof:<id>" /* nor this: what an adult's own browser recorded of their own visit */,
                                        "request", "settings" /* nor these: settings, and a wish for other ones */};
    assert_int_equal(sizeof(known) / sizeof(known[0]), STORE_KEY_COUNT);
    for (int key = 0; key < STORE_KEY_COUNT; key++)
        assert_string_equal(store_keys[key].pattern, known[key]);
}

/* docs/ARCHITECTURE.md, rule 5: what the technician sees live must not stand still when a contact is withheld. */
static void health_has_no_figure_that_moves_with_contacts(void **state)
{
    (void)state;
    static const char *const moving[] = {"contacts_", "sightings_sent", "sightings_received", "batches_sent", "visit", "match"};
    for (int i = 0; i < STORE_FIGURE_COUNT; i++)
        for (size_t m = 0; m < sizeof(moving) / sizeof(moving[0]); m++)
            if (store_figure_key((enum store_figure)i) == STORE_KEY_HEALTH)
                assert_null(strstr(store_figure_name((enum store_figure)i), moving[m]));
}

static void keys_are_spelled_from_their_patterns(void **state)
{
    (void)state;
    static const struct {
        enum store_key key;
        const char *value, *expected;
    } cases[] = {
        {STORE_KEY_ALERTS, NULL, "telltale:{school-7}:alerts"},
        {STORE_KEY_HEALTH, NULL, "telltale:{school-7}:health"},
        {STORE_KEY_DAY, "2026-11-22", "telltale:{school-7}:day:2026-11-22"},
        {STORE_KEY_DEVICES, "2026-11-22", "telltale:{school-7}:day:2026-11-22:devices"},
        {STORE_KEY_LEDGER, NULL, "telltale:{school-7}:ledger"},
        {STORE_KEY_AUDIT, NULL, "telltale:{school-7}:audit"},
        {STORE_KEY_MARK, "00ff", "telltale:{school-7}:mark:00ff"},
    };
    char key[STORE_KEY_MAX];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        store_key_write(key, "school-7", cases[i].key, cases[i].value);
        assert_string_equal(key, cases[i].expected);
    }
}

static void the_longest_key_fits(void **state)
{
    (void)state;
    char key[STORE_KEY_MAX], installation[STORE_INSTALLATION_MAX + 1] = {0};
    memset(installation, 'a', STORE_INSTALLATION_MAX);
    assert_true(store_installation_is_valid(installation));
    store_key_write(key, installation, STORE_KEY_MARK, "0123456789abcdef0123456789abcdef");
    assert_true(strlen(key) < STORE_KEY_MAX);
}

static void an_installation_is_a_short_plain_word(void **state)
{
    (void)state;
    assert_true(store_installation_is_valid("a"));
    assert_true(store_installation_is_valid("school-7"));
    assert_false(store_installation_is_valid(""));
    assert_false(store_installation_is_valid("School"));
    assert_false(store_installation_is_valid("a}b"));
    assert_false(store_installation_is_valid("a b"));
    assert_false(store_installation_is_valid("012345678901234567890123456789012"));
}

static void figures_are_found_by_their_names(void **state)
{
    (void)state;
    for (int i = 0; i < STORE_FIGURE_COUNT; i++)
        assert_int_equal(store_figure_from_name(store_figure_name((enum store_figure)i)), i);
    assert_int_equal(store_figure_from_name("visits"), -1);
    assert_int_equal(store_figure_from_name(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_schema_is_in_the_document),
        cmocka_unit_test(every_row_of_the_document_is_in_the_schema),
        cmocka_unit_test(every_key_named_in_the_text_is_in_the_schema),
        cmocka_unit_test(what_is_not_there_is_said_and_true),
        cmocka_unit_test(a_device_is_named_in_three_keys_beside_known_fields),
        cmocka_unit_test(no_key_is_there_that_was_not_thought_about),
        cmocka_unit_test(health_has_no_figure_that_moves_with_contacts),
        cmocka_unit_test(keys_are_spelled_from_their_patterns),
        cmocka_unit_test(the_longest_key_fits),
        cmocka_unit_test(an_installation_is_a_short_plain_word),
        cmocka_unit_test(figures_are_found_by_their_names),
    };
    return cmocka_run_group_tests(tests, read_document, free_document);
}
