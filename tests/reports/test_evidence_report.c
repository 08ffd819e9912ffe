/* test_evidence_report.c -- a pack accuses nobody, claims no more than its figures, and survives what names may hold. */
#include "made_paper.h"
#include "feeds/policies.h"
#include "hostile.h"
#include "reports/evidence_pack.h"
#include "reports/evidence_report.h"
#include "reports/legal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

static int load(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : legal_load() < 0 ? -1 : policies_load();
}

static struct site_evidence made(const char *category, enum evidence_verdict verdict)
{
    struct site_evidence e;
    site_evidence_init(&e);
    e.site = strdup("themix.org.uk");
    e.label = strdup("The Mix");
    e.category = strdup(category);
    e.controller = strdup("St Mary's");
    strcpy(e.from, "2026-11-02");
    strcpy(e.to, "2026-11-15");
    strcpy(e.made, "2026-11-23");
    e.visits = 17;
    e.k = 10;
    for (int i = 1; i >= 0; i--) {
        struct site_evidence_period *p = site_evidence_add_period(&e);
        p->name = strdup(i ? "2026-W46" : "2026-W45");
        strcpy(p->first, i ? "2026-11-09" : "2026-11-02");
        strcpy(p->last, i ? "2026-11-15" : "2026-11-08");
        p->visits = i ? 10 : 7;
    }
    struct site_evidence_tracker *t = site_evidence_add_tracker(&e);
    t->host = strdup("pixel.mediaiqdigital.com");
    t->tracker = strdup("MiQ");
    t->organisation = strdup("MiQ Digital");
    t->delays[4] = 15;
    t->result = (struct evidence_result){.visits = 17, .visits_with = verdict == EVIDENCE_TOO_FEW ? 1 : 15, .controls = 120, .controls_with = 6, .rate = 0.882, .control_rate = 0.046,
                                         .lift = 20.2, .ci_low = 7.3, .ci_high = 63.7, .median_delay_s = 0.65, .share_within_2s = 0.93, .verdict = verdict};
    site_evidence_sort(&e);
    return e;
}

typedef int writer(const struct site_evidence *e, FILE *out);

static char *written(writer *write, const struct site_evidence *e)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_int_equal(write(e, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static int report_html(const struct site_evidence *e, FILE *out)
{
    struct document d;
    evidence_report_fill(&d, e);
    int rc = html_write(&d, out);
    document_fini(&d);
    return rc;
}

static writer *const writers[] = {report_html, evidence_write_letter, evidence_write_concern, evidence_write_trackers, evidence_write_periods, evidence_write_steps};
#define WRITERS (sizeof(writers) / sizeof(writers[0]))

static void no_page_accuses_or_acquits(void **state)
{
    (void)state;
    static const char *const categories[] = {"suicide", "police-report", "health"};
    for (int c = 0; c < 3; c++)
        for (enum evidence_verdict v = EVIDENCE_NO; v <= EVIDENCE_SHOWN; v++)
            for (size_t w = 0; w < WRITERS; w++) {
                struct site_evidence e = made(categories[c], v);
                char *text = written(writers[w], &e);
                assert_judges_nobody(text);
                assert_has_not(text, "violat");
                free(text);
                site_evidence_fini(&e);
            }
}

static void the_letter_says_may_engage_and_asks_for_the_sites_procedure(void **state)
{
    (void)state;
    struct site_evidence e = made("suicide", EVIDENCE_SHOWN);
    char *text = written(evidence_write_letter, &e);
    assert_has(text, "may engage");
    assert_has(text, "PECR regulation 6");
    assert_has(text, "UK GDPR article 35");
    assert_has(text, "complaints procedure");
    assert_has(text, "outside the");
    assert_has(text, "MiQ (MiQ Digital), through pixel.mediaiqdigital.com");
    assert_has(text, "\n    https://www.wearemiq.com/privacy-policy/\n"); /* a whole address, on a line of its own */
    assert_has(text, "DRAFT");
    assert_has_not(text, "part 3");
    free(text);
    text = written(evidence_write_concern, &e);
    assert_has(text, "report of a concern");
    assert_has(text, "A school");
    free(text);
    site_evidence_fini(&e);
}

static void police_sites_have_part_3_and_no_word_on_counselling(void **state)
{
    (void)state;
    struct site_evidence e = made("police-report", EVIDENCE_SHOWN);
    char *text = written(evidence_write_letter, &e);
    assert_has(text, "Act 2018 part 3");
    assert_has_not(text, "counselling");
    free(text);
    site_evidence_fini(&e);
}

static void the_report_has_figures_words_limits_and_rules(void **state)
{
    (void)state;
    struct site_evidence e = made("suicide", EVIDENCE_SHOWN);
    char *text = written(report_html, &e);
    assert_has(text, "MiQ was contacted after at least 15 of 17 visits to The Mix");
    assert_has(text, "15 of 17");
    assert_has(text, "What was not seen");
    assert_has(text, "at least 10 distinct devices");
    assert_has(text, "lower bounds");
    assert_has(text, "https://www.wearemiq.com/privacy-policy/");
    assert_true(strstr(text, "2026-W45") < strstr(text, "2026-W46")); /* sorted */
    assert_has_not(text, "<script");
    free(text);
    site_evidence_fini(&e);
}

static void too_few_is_not_called_a_finding(void **state)
{
    (void)state;
    struct site_evidence e = made("suicide", EVIDENCE_TOO_FEW);
    char *text = written(report_html, &e);
    assert_has(text, "too little to compare");
    assert_has_not(text, "explain the difference");
    free(text);
    site_evidence_fini(&e);
}

static void a_demo_says_so_on_every_page(void **state)
{
    (void)state;
    struct site_evidence e = made("suicide", EVIDENCE_SHOWN);
    e.demo = true;
    for (size_t w = 0; w < WRITERS - 1; w++) { /* the log of steps has nothing of the site in it */
        char *text = written(writers[w], &e);
        assert_has(text, "DEMO");
        free(text);
    }
    site_evidence_fini(&e);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    for (size_t h = 0; h < sizeof(hostile_texts) / sizeof(hostile_texts[0]); h++) {
        struct site_evidence e = made("suicide", EVIDENCE_SHOWN);
        char **names[] = {&e.label, &e.controller, &e.trackers[0].host, &e.trackers[0].tracker, &e.trackers[0].organisation, &e.periods[0].name, &e.category};
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            free(*names[i]);
            *names[i] = strdup(hostile_texts[h]);
        }
        for (size_t w = 0; w < WRITERS; w++) {
            char *text = written(writers[w], &e);
            for (const char *at = text; *at; at++)
                assert_true((unsigned char)*at >= 0x20 || *at == '\n' || (*at == '\r' && at[1] == '\n'));
            assert_has_not(text, "\xe2\x80\xae");
            assert_has_not(text, "\xc2\x9b");
            if (w == 0)
                assert_has_not(text, "<img");
            if (w >= 3) { /* CSV: no cell begins a formula */
                assert_has_not(text, ",=");
                assert_has_not(text, ",+");
                assert_has_not(text, ",-");
                assert_has_not(text, ",@");
            }
            free(text);
        }
        site_evidence_fini(&e);
    }
}

static unsigned partials(const char *folder)
{
    char command[200], line[16] = "";
    snprintf(command, sizeof(command), "ls -d '%s'/*.partial-* 2>/dev/null | wc -l", folder);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    assert_non_null(fgets(line, sizeof(line), p));
    pclose(p);
    return (unsigned)atoi(line);
}

static int fails(const void *what, FILE *out)
{
    (void)what;
    fputs("half", out);
    return -EIO;
}

static void a_pack_is_there_whole_or_not_at_all_and_over_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/telltale-pack-XXXXXX", path[64], digest[MANIFEST_HEX], command[80];
    struct site_evidence e = made("suicide", EVIDENCE_SHOWN);
    struct evidence_pack p;
    struct stat st;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/pack", folder);

    assert_int_equal(evidence_pack_open(&p, path), 0);
    assert_int_equal(evidence_pack_add_site(&p, &e), 0);
    assert_int_equal(evidence_pack_add(&p, "half.txt", true, fails, NULL), -EIO);
    assert_int_equal(stat(path, &st), -1);
    evidence_pack_close(&p);
    assert_int_equal(partials(folder), 0);

    assert_int_equal(evidence_pack_open(&p, path), 0);
    assert_int_equal(evidence_pack_add_site(&p, &e), 0);
    assert_int_equal(evidence_pack_seal(&p, digest), 0);
    assert_int_equal(mkdir(path, 0700), 0); /* somebody was quicker: an empty folder is not replaced either */
    assert_int_equal(evidence_pack_publish(&p), -EEXIST);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(evidence_pack_publish(&p), 0);
    evidence_pack_close(&p);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(partials(folder), 0);

    assert_int_equal(evidence_pack_open(&p, path), -EEXIST);
    evidence_pack_close(&p);
    site_evidence_fini(&e);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_page_accuses_or_acquits),
        cmocka_unit_test(the_letter_says_may_engage_and_asks_for_the_sites_procedure),
        cmocka_unit_test(police_sites_have_part_3_and_no_word_on_counselling),
        cmocka_unit_test(the_report_has_figures_words_limits_and_rules),
        cmocka_unit_test(too_few_is_not_called_a_finding),
        cmocka_unit_test(a_demo_says_so_on_every_page),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(a_pack_is_there_whole_or_not_at_all_and_over_nothing),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
