/* test_report_csv.c -- RFC 4180 as another program reads it, and cells that a spreadsheet would run. */
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

#define CELLS 32

/* Reads one cell of RFC 4180 into out; returns what ended it: ',', '\n' (for CR LF) or '\0'. Anything else is no CSV.
 */
static char read_cell(const char **at, char *out, size_t out_bytes)
{
    size_t n = 0;
    bool quoted = **at == '"';
    if (quoted)
        (*at)++;
    for (;; (*at)++) {
        char c = **at;
        if (quoted && c == '"' && (*at)[1] == '"')
            (*at)++;
        else if (quoted && c == '"') {
            quoted = false;
            continue;
        } else if (!quoted && (c == ',' || c == '\0' || c == '\r'))
            break;
        assert_true(c != '\0' && c != '\n' && n + 1 < out_bytes);
        out[n++] = c;
    }
    out[n] = '\0';
    char end = *(*at)++;
    if (end != '\r')
        return end;
    assert_int_equal(*(*at)++, '\n');
    return '\n';
}

static void read_row(const char **at, char cells[CELLS][512])
{
    for (size_t i = 0; i < CELLS; i++)
        assert_int_equal(read_cell(at, cells[i], sizeof(cells[i])), i + 1 < CELLS ? ',' : '\n');
}

static void the_made_up_report_is_written_as_its_golden_file(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0;
    char *text = written(report_write_csv, &r, &n);
    assert_golden("report.csv", text, n);
    free(text);
    capture_report_fini(&r);
}

static void every_row_has_the_cells_of_the_header(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0;
    char *text = written(report_write_csv, &r, &n), cells[CELLS][512];
    const char *at = text;
    read_row(&at, cells);
    assert_string_equal(cells[0], "device");
    assert_string_equal(cells[20], "note");
    assert_string_equal(cells[31], "verdict");
    for (size_t i = 0; i < r.contacts_len + 3; i++) /* and three disclosures */
        read_row(&at, cells);
    assert_int_equal(*at, '\0');
    free(text);
    capture_report_fini(&r);
}

static void each_row_carries_coverage_and_the_note(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    r.demo = true;
    size_t n = 0;
    char *text = written(report_write_csv, &r, &n), cells[CELLS][512];
    const char *at = text;
    read_row(&at, cells);
    read_row(&at, cells);
    assert_string_equal(cells[19], "0.993");
    assert_string_equal(cells[20], "DEMO; counts are lower bounds");
    free(text);
    capture_report_fini(&r);
}

static void a_disclosure_has_its_site_its_figures_and_no_contact(void **state)
{
    (void)state;
    static const char *const wanted[CELLS] = {
        [1] = "secure.adnxs.com", [3] = "Xandr",         [4] = "Microsoft", [6] = "ad-exchange",
        [19] = "0.993",           [20] = "counts are lower bounds",
        [21] = "themix.org.uk",   [22] = "6",            [23] = "5",        [24] = "0.833333",
        [25] = "0.05",            [26] = "16.7",         [27] = "6.25",     [28] = "1.2e-06",
        [29] = "0.84",            [30] = "0.8",          [31] = "shown"};
    struct capture_report r;
    made_up_report(&r);
    size_t n = 0;
    char *text = written(report_write_csv, &r, &n), cells[CELLS][512];
    const char *at = text;
    for (size_t i = 0; i < 1 + r.contacts_len + 1; i++)
        read_row(&at, cells);
    for (size_t i = 0; i < CELLS; i++)
        assert_string_equal(cells[i], wanted[i] ? wanted[i] : "");
    read_row(&at, cells);
    assert_string_equal(cells[31], "likely");
    read_row(&at, cells);
    assert_string_equal(cells[31], "too few");
    assert_string_equal(cells[29], "");
    free(text);
    capture_report_fini(&r);
}

static void a_report_without_contacts_is_the_header_alone(void **state)
{
    (void)state;
    struct capture_report r;
    capture_report_init(&r);
    size_t n = 0;
    char *text = written(report_write_csv, &r, &n), cells[CELLS][512];
    const char *at = text;
    read_row(&at, cells);
    assert_int_equal(*at, '\0');
    free(text);
    capture_report_fini(&r);
}

static void assert_harmless(const char *cell)
{
    char clean[1024];
    text_clean(cell, strlen(cell), clean, sizeof(clean));
    assert_string_equal(cell, clean);
    assert_true(*cell == '\0' || !strchr("=+-@\t\r", *cell));
    assert_true(strncmp(cell, "\xef\xbc\x9d", 3) != 0);
}

static void a_hostile_text_stays_in_its_cell_and_starts_no_formula(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE_TEXTS; i++) {
        struct capture_report r;
        hostile_report(&r, hostile_texts[i]);
        size_t n = 0;
        char *text = written(report_write_csv, &r, &n), cells[CELLS][512];
        const char *at = text;
        read_row(&at, cells);
        while (*at) {
            read_row(&at, cells);
            for (size_t cell = 0; cell < CELLS; cell++)
                assert_harmless(cells[cell]);
        }
        free(text);
        capture_report_fini(&r);
    }
}

static void a_formula_gets_an_apostrophe_and_keeps_its_text(void **state)
{
    (void)state;
    struct capture_report r;
    hostile_report(&r, "=1+1");
    size_t n = 0;
    char *text = written(report_write_csv, &r, &n), cells[CELLS][512];
    const char *at = text;
    read_row(&at, cells);
    read_row(&at, cells);
    assert_string_equal(cells[3], "'=1+1");
    free(text);
    capture_report_fini(&r);
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    struct capture_report r;
    made_up_report(&r);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(report_write_csv(&r, full), -ENOSPC);
    fclose(full);
    capture_report_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_made_up_report_is_written_as_its_golden_file),
        cmocka_unit_test(every_row_has_the_cells_of_the_header),
        cmocka_unit_test(each_row_carries_coverage_and_the_note),
        cmocka_unit_test(a_disclosure_has_its_site_its_figures_and_no_contact),
        cmocka_unit_test(a_report_without_contacts_is_the_header_alone),
        cmocka_unit_test(a_hostile_text_stays_in_its_cell_and_starts_no_formula),
        cmocka_unit_test(a_formula_gets_an_apostrophe_and_keeps_its_text),
        cmocka_unit_test(a_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
