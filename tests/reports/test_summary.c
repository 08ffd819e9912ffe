/* What a summary says, in which form, and that foreign texts stay texts in all four. */
#include "made_up_summary.h"

#include "common/text.h"
#include "hostile.h"
#include "reports/days.h"
#include "reports/document.h"
#include "reports/pdf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* More ways out, beside those of hostile.h: together at least 38. */
static const char *const more_hostile[] = {
    "<script>alert(1)</script>", "\"><svg onload=alert(1)>", "</title><script>", "</style><b>", "javascript:alert(1)", "&lt;b&gt;&#x202e;", "' onmouseover='x",
    "=cmd|' /C calc'!A0", "+cmd|'x'!A1", "-2+3+cmd|'x'!A0", "@SUM(1+9)*cmd|'x'!A0", "\n=1+1", " \t@x", "\033]8;;http://example.net\033\\x\033]8;;\033\\", "\x7f\x08\x08",
    "\xe2\x80\xaegpj.exe", "\xe2\x80\xa8=1", "\xef\xbb\xbf=1", "]]>", "<!--", "-->", "xn--e1afmkfd",
};
#define PAYLOADS (HOSTILE_TEXTS + sizeof(more_hostile) / sizeof(more_hostile[0]))

static const char *payload(size_t i)
{
    return i < HOSTILE_TEXTS ? hostile_texts[i] : more_hostile[i - HOSTILE_TEXTS];
}

/* Lines may end; nothing else that commands is there, and all of it is UTF-8. */
static void assert_clean(const char *text, size_t n)
{
    char *copy = malloc(n + 1), *clean;
    assert_non_null(copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = text[i] == '\n' || text[i] == '\r' ? ' ' : text[i];
    copy[n] = '\0';
    clean = text_clean_copy(copy, n);
    assert_string_equal(clean, copy);
    assert_int_equal(strlen(copy), n);
    free(clean);
    free(copy);
}

/* No cell of a CSV text begins what a spreadsheet would run. */
static void assert_no_formula(const char *text)
{
    bool quoted = false, begins = true;
    for (const char *at = text; *at; at++) {
        if (begins && *at == '"' && !quoted) {
            quoted = true;
            continue; /* the cell still begins */
        }
        if (begins) {
            const char *inside = at + strspn(at, " \t");
            assert_false(*inside != '\0' && strchr("=+-@", *inside));
        }
        begins = false;
        if (*at == '"')
            quoted = !quoted;
        else if (!quoted && (*at == ',' || *at == '\n'))
            begins = true;
    }
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static void hostile_names_are_clean_in_every_form(void **state)
{
    (void)state;
    assert_true(PAYLOADS >= 38);
    struct day_summary plain;
    size_t n;
    made_up_summary(&plain, "Harmless");
    char *reference = summary_written(&plain, SUMMARY_AS_HTML, &n);
    size_t elements = count(reference, "<");
    free(reference);
    day_summary_fini(&plain);
    for (size_t i = 0; i < PAYLOADS; i++) {
        struct day_summary s;
        made_up_summary(&s, payload(i));
        for (int f = 0; f < SUMMARY_AS_PDF; f++) {
            char *text = summary_written(&s, (enum summary_format)f, &n);
            assert_clean(text, n);
            if (f == SUMMARY_AS_CSV)
                assert_no_formula(text);
            if (f == SUMMARY_AS_HTML)
                assert_int_equal(count(text, "<"), elements); /* not an element more */
            free(text);
        }
        day_summary_fini(&s);
    }
}

/* The text of a PDF as pdftotext gives it back. */
static char *text_of_pdf(const char *pdf, size_t n)
{
    char path[] = "/tmp/telltale-pdf-XXXXXX", command[200], *text = calloc(1, 1 << 20);
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, pdf, n) == (ssize_t)n && close(fd) == 0);
    snprintf(command, sizeof(command), "pdftotext -enc UTF-8 %s -", path);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
    assert_int_equal(pclose(in), 0);
    unlink(path);
    return text;
}

static void hostile_names_are_clean_in_pdf(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAYLOADS; i++) {
        struct day_summary s;
        size_t n;
        made_up_summary(&s, payload(i));
        char *pdf = summary_written(&s, SUMMARY_AS_PDF, &n), *text = text_of_pdf(pdf, n);
        for (char *at = text; *at; at++)
            if (*at == '\f')
                *at = '\n'; /* pages */
        assert_clean(text, strlen(text));
        assert_null(memmem(pdf, n, "/JavaScript", 11));
        assert_null(memmem(pdf, n, "/URI", 4));
        free(text);
        free(pdf);
        day_summary_fini(&s);
    }
}

static void a_band_stands_for_a_count_and_tens_for_hours(void **state)
{
    struct day_summary s;
    size_t n;
    (void)state;
    made_up_summary(&s, "Name");
    char *csv = summary_written(&s, SUMMARY_AS_CSV, &n), *json = summary_written(&s, SUMMARY_AS_JSON, &n);
    assert_non_null(strstr(csv, "device,2026-11-23,2026-11-23,device Name,,,contacts,50 to 199,0.900,counts are lower bounds\r\n"));
    assert_null(strstr(csv, ",57,"));
    assert_non_null(strstr(csv, "hour,2026-11-23,2026-11-23,hour 09,,,contacts rounded to tens,420,"));
    assert_null(strstr(csv, ",424,"));
    assert_null(strstr(json, "424"));
    assert_non_null(strstr(json, "\"hours_rounded_to\": 10"));
    free(csv);
    free(json);
    day_summary_fini(&s);
}

static void several_days_have_no_pseudonym(void **state)
{
    struct day_summary s;
    size_t n;
    (void)state;
    made_up_summary(&s, "Name");
    free(s.devices[0].pseudonym);
    s.devices[0].pseudonym = strdup("c0ffee123456");
    strcpy(s.last_day, "2026-11-24");
    for (int f = 0; f < SUMMARY_FORMATS; f++) {
        char *text = summary_written(&s, (enum summary_format)f, &n), *shown = f == SUMMARY_AS_PDF ? text_of_pdf(text, n) : strdup(text);
        assert_null(strstr(shown, "c0ffee123456"));
        free(shown);
        free(text);
    }
    day_summary_fini(&s);
}

/* A label of the school stands beside a pseudonym of a single day, in each form, and nowhere else. */
static void a_label_stands_beside_a_pseudonym_of_one_day(void **state)
{
    struct day_summary s;
    size_t n;
    (void)state;
    made_up_summary(&s, "Name");
    day_summary_label(&s, "Name", "Library PC 3");
    day_summary_label(&s, "somebody else", "Library PC 4"); /* who has no row */
    assert_true(day_summary_has_labels(&s));
    for (int range = 0; range < 2; range++) {
        for (int f = 0; f < SUMMARY_FORMATS; f++) {
            char *text = summary_written(&s, (enum summary_format)f, &n), *shown = f == SUMMARY_AS_PDF ? text_of_pdf(text, n) : strdup(text);
            assert_int_equal(count(shown, "Library PC 3"), !range);
            assert_null(strstr(shown, "Library PC 4"));
            free(shown);
            free(text);
        }
        strcpy(s.last_day, "2026-11-24");
    }
    day_summary_fini(&s);
}

static void a_term_says_of_how_many_days_it_speaks(void **state)
{
    struct day_summary s;
    size_t n;
    (void)state;
    made_up_summary(&s, "Name");
    char *day = summary_written(&s, SUMMARY_AS_JSON, &n);
    assert_non_null(strstr(day, "\"term\": null"));
    free(day);
    strcpy(s.first_day, "2026-08-31"); /* the Monday of the week that has September's first Thursday */
    strcpy(s.last_day, "2027-01-03");
    for (int f = 0; f < SUMMARY_FORMATS; f++) {
        char *text = summary_written(&s, (enum summary_format)f, &n), *shown = f == SUMMARY_AS_PDF ? text_of_pdf(text, n) : strdup(text);
        assert_non_null(strstr(shown, f <= SUMMARY_AS_JSON ? "2026-T3" : "term 3 of 2026"));
        assert_non_null(strstr(shown, "term's") ? strstr(shown, "term's") : strstr(shown, "term&#39;s"));
        free(shown);
        free(text);
    }
    strcpy(s.last_day, "2027-01-02"); /* a day less is some days and no term */
    char *csv = summary_written(&s, SUMMARY_AS_CSV, &n);
    assert_null(strstr(csv, "2026-T3"));
    free(csv);
    day_summary_fini(&s);
}

static void a_demo_says_so_on_every_page_and_line(void **state)
{
    struct day_summary s;
    size_t n;
    unsigned pages;
    (void)state;
    made_up_summary(&s, "Name");
    s.demo = true;
    for (int i = 0; i < 120; i++) {
        char name[32];
        snprintf(name, sizeof(name), "Company %d", i);
        day_summary_company(&s, name, 0, 1);
    }
    char *pdf = summary_written(&s, SUMMARY_AS_PDF, &n), *text = text_of_pdf(pdf, n), *csv = summary_written(&s, SUMMARY_AS_CSV, &n);
    struct document d;
    summary_document(&s, 0, &d);
    assert_int_equal(pdf_write(&d, NULL, &pages), 0);
    document_fini(&d);
    assert_true(pages > 2);
    assert_int_equal(count(text, "DEMO: a replayed capture"), pages);
    assert_int_equal(count(csv, "DEMO; counts"), count(csv, "\r\n") - 1);
    assert_non_null(strstr(text, "Company 119"));
    free(csv);
    free(text);
    free(pdf);
    day_summary_fini(&s);
}

static void a_full_day_is_one_page(void **state)
{
    struct day_summary s;
    size_t n = 0;
    (void)state;
    made_up_summary(&s, "Xandr");
    for (int i = 0; i < 200; i++) {
        char name[64];
        snprintf(name, sizeof(name), "Company %d", i);
        day_summary_company(&s, name, 0x29, 1);
        day_summary_tracker(&s, name, name, 0x29, 1)->fresh = true;
        day_summary_device(&s, name, 3);
        day_summary_country(&s, (const char[]){(char)('A' + i % 26), (char)('A' + i / 26), '\0'}, 3);
        day_summary_visits(&s, day_summary_site(&s, name, name, "suicide"), "2026-11-23", 10, 10);
    }
    for (int p = 0; p < PURPOSE_COUNT; p++)
        s.by_purpose[p] = 1;
    for (int b = 0; b < 4; b++)
        s.coverage.blind[b] = 3;
    char *pdf = NULL;
    FILE *out = open_memstream(&pdf, &n);
    assert_int_equal(summary_write_pdf(&s, false, out), 0);
    fclose(out);
    char *text = text_of_pdf(pdf, n);
    if (count(text, "Page ") != 1)
        fail_msg("more than a page: %s", strstr(text, "Page 1"));
    assert_non_null(strstr(text, "Page 1"));
    free(text);
    free(pdf);
    day_summary_fini(&s);
}

static void days_are_counted_and_named(void **state)
{
    int32_t n;
    char words[DAYS_WORDS_MAX], day[DAYS_TEXT];
    (void)state;
    assert_true(days_number("2024-02-29", &n));
    days_text(n + 1, day);
    assert_string_equal(day, "2024-03-01");
    assert_false(days_number("2026-02-29", &n));
    assert_false(days_number("2026-11-22x", &n));
    assert_false(days_number("yesterday", &n));
    assert_string_equal(days_words("2026-11-22", words), "Sunday 22 November 2026");
    assert_string_equal(days_words("2000-01-01", words), "Saturday 1 January 2000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_are_clean_in_every_form),
        cmocka_unit_test(hostile_names_are_clean_in_pdf),
        cmocka_unit_test(a_band_stands_for_a_count_and_tens_for_hours),
        cmocka_unit_test(several_days_have_no_pseudonym),
        cmocka_unit_test(a_label_stands_beside_a_pseudonym_of_one_day),
        cmocka_unit_test(a_term_says_of_how_many_days_it_speaks),
        cmocka_unit_test(a_demo_says_so_on_every_page_and_line),
        cmocka_unit_test(a_full_day_is_one_page),
        cmocka_unit_test(days_are_counted_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
