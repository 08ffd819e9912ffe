/* test_proof.c -- a recording as a proof, and its join with what the network showed. */
#include "reports/proof.h"

#include "feeds/feed.h"
#include "feeds/rules.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct har_rules rules;

static int begin(void **state)
{
    struct feed_set *trackers;
    struct site_set *sites;
    (void)state;
    assert_int_equal(rules_load_trackers(NULL, 0, &trackers), 0);
    assert_int_equal(rules_load_sites(NULL, 0, &sites), 0);
    rules = (struct har_rules){.trackers = trackers, .sites = sites};
    return 0;
}

static int end(void **state)
{
    (void)state;
    feed_set_free((struct feed_set *)(uintptr_t)rules.trackers);
    site_set_free((struct site_set *)(uintptr_t)rules.sites);
    return 0;
}

#define PAGE   "https://www.themix.org.uk/mental-health/suicidal-feelings"
#define INNER  "https://pixel.mediaiqdigital.com/pixel?u1=https%3A%2F%2Fwww.themix.org.uk%2Fmental-health%2Fsuicidal-feelings"
#define ENTRY(ms, url, status, location)                                                                                                             \
    "{\"pageref\":\"p\",\"startedDateTime\":\"2026-11-20T10:00:00." ms "Z\",\"request\":{\"method\":\"GET\",\"url\":\"" url "\",\"headers\":[],\"cookies\":[]}," \
    "\"response\":{\"status\":" status ",\"headers\":[],\"redirectURL\":\"" location "\",\"content\":{\"mimeType\":\"text/html\"}}}"

static const char story[] =
    "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"t\",\"version\":\"1\"},\"pages\":[{\"id\":\"p\",\"startedDateTime\":\"2026-11-20T10:00:00.000Z\",\"title\":\"Feelings\"}],\"entries\":["
    ENTRY("000", PAGE, "200", "") ","
    ENTRY("310", "https://secure.adnxs.com/px?id=77&redir=https%3A%2F%2Fpixel.mediaiqdigital.com%2Fpixel%3Fu1%3Dhttps%253A%252F%252Fwww.themix.org.uk%252Fmental-health%252Fsuicidal-feelings",
          "302", INNER) ","
    ENTRY("420", INNER, "200", "") ","
    ENTRY("500", "https://secure.adnxs.com/px?id=78&redir=https%3A%2F%2Fpixel.mediaiqdigital.com%2Fpixel%3Fu1%3Dhttps%253A%252F%252Fwww.themix.org.uk%252Fmental-health%252Fsuicidal-feelings",
          "302", INNER) ","
    ENTRY("600", "https://www.gstatic.com/x.js", "200", "") ","
    ENTRY("700", "https://static.themix.org.uk/own.js", "200", "")
    "]}}";

static void read_story(struct har_report *har)
{
    char fault[HAR_FAULT_BYTES];
    FILE *in = fmemopen((void *)(uintptr_t)story, sizeof(story) - 1, "r");
    har_report_init(har);
    assert_int_equal(har_read_stream(har, &rules, in, "story", fault), 0);
    assert_string_equal(fault, "");
    fclose(in);
}

static struct store_proof proof_of_story(void)
{
    struct har_report har;
    struct store_proof p;
    read_story(&har);
    assert_int_equal(proof_from_har(&har, 0, "themix.org.uk", false, &p), 0);
    har_report_fini(&har);
    return p;
}

static void a_recording_becomes_rows_about_one_site(void **state)
{
    (void)state;
    struct store_proof p = proof_of_story();
    assert_true(store_proof_id_is_valid(p.id));
    assert_string_equal(p.page, PAGE);
    assert_string_equal(p.title, "Feelings");
    assert_string_equal(p.recorded, "2026-11-20");
    assert_int_equal(p.kept_hour_s % 3600, 0);
    assert_int_equal(p.requests, 6);
    assert_int_equal(p.third_party, 4); /* the site's other host is the site */
    assert_int_equal(p.hosts_len, 3);
    assert_string_equal(p.hosts[0].host, "secure.adnxs.com");
    assert_int_equal(p.hosts[0].requests, 2);
    assert_int_equal(p.hosts[0].told, STORE_TOLD_PAGE);
    assert_string_equal(p.hosts[0].organisation, "Microsoft");
    assert_int_equal(p.hosts[0].after_ms, 310);
    assert_int_equal(p.hosts[2].told, STORE_TOLD_NOTHING);
    assert_int_equal(p.told_len, 2); /* the second request to the same host in the same parameter is no new row */
    assert_string_equal(p.told[0].parameter, "redir > u1");
    assert_int_equal(p.chains_len, 1);
    assert_string_equal(p.chains[0].hosts[0], "secure.adnxs.com");
    assert_string_equal(p.chains[0].hosts[1], "pixel.mediaiqdigital.com");
    assert_true(p.complete && !p.answered);
    store_proof_fini(&p);
}

static void a_recording_of_another_site_proves_nothing(void **state)
{
    (void)state;
    struct har_report har;
    struct store_proof p;
    read_story(&har);
    assert_int_equal(proof_from_har(&har, 0, "childline.org.uk", false, &p), -ENOENT);
    har_report_fini(&har);
}

static void a_broken_stream_says_what_is_wrong(void **state)
{
    (void)state;
    char fault[HAR_FAULT_BYTES], text[] = "{\"log\":{\"entries\":[{\"a\":";
    struct har_report har;
    for (size_t n = 1; n < sizeof(text); n++) {
        char *exact = malloc(n);
        memcpy(exact, text, n);
        FILE *in = fmemopen(exact, n, "r");
        har_report_init(&har);
        assert_int_equal(har_read_stream(&har, &rules, in, "broken", fault), -EINVAL);
        assert_true(fault[0] != '\0');
        har_report_fini(&har);
        fclose(in);
        free(exact);
    }
}

/* The join --------------------------------------------------------------------------------------------------------- */

static struct store_proof *one_more(struct proofs *p)
{
    p->kept = reallocarray(p->kept, p->kept_len + 1, sizeof(*p->kept));
    p->kept[p->kept_len] = proof_of_story();
    return &p->kept[p->kept_len++];
}

static void silence(struct store_proof *p)
{
    for (size_t i = 0; i < p->hosts_len; i++)
        p->hosts[i].told = STORE_TOLD_NOTHING;
    for (size_t i = 0; i < p->told_len; i++)
        p->told[i].tells_page = false;
}

static void add_test(struct proofs *p, const char *host, const char *organisation)
{
    p->tests = calloc(1, sizeof(*p->tests));
    p->tests_len = 1;
    p->tests[0] = (struct staff_report){.id = "0123456789abcdef", .site = strdup("themix.org.uk"), .reason = strdup("x"), .visits = 1, .hosts = calloc(1, sizeof(struct staff_host)), .hosts_len = 1};
    p->tests[0].hosts[0] = (struct staff_host){.host = strdup(host), .matched = strdup(host), .organisation = strdup(organisation), .feed = strdup("x")};
}

static void assert_says(const struct proofs *p, const char *host, const char *company, enum evidence_verdict network, const char *verdict, const char *words)
{
    struct proof_join j;
    proofs_join(p, "themix.org.uk", host, company, &j);
    assert_string_equal(proof_verdict_word(network, &j), verdict);
    char *sentence = proof_sentence(&j, host);
    assert_non_null(sentence);
    if (!strstr(sentence, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", host, sentence, words);
    free(sentence);
}

static void a_request_that_told_the_page_upgrades_whatever_the_network_says(void **state)
{
    (void)state;
    struct proofs p = {0};
    one_more(&p);
    for (int v = EVIDENCE_NO; v <= EVIDENCE_SHOWN; v++)
        assert_says(&p, "secure.adnxs.com", "Microsoft", (enum evidence_verdict)v, "proved", "A browser's recording of 20 November 2026 shows a request that told secure.adnxs.com which page was read, in redir > u1 (full address).");
    proofs_fini(&p);
}

static void another_host_of_the_company_upgrades_nothing_and_is_said(void **state)
{
    (void)state;
    struct proofs p = {0};
    one_more(&p);
    assert_says(&p, "bat.bing.com", "Microsoft", EVIDENCE_LIKELY, "likely", "told secure.adnxs.com, another host of the same company, which page was read");
    proofs_fini(&p);
}

static void silence_lowers_nothing_and_is_said(void **state)
{
    (void)state;
    struct proofs p = {0};
    one_more(&p);
    assert_says(&p, "syndication.twitter.com", "X Corp.", EVIDENCE_SHOWN, "shown", "shows no request to it: the two differ");
    assert_says(&p, "www.gstatic.com", "Google", EVIDENCE_SHOWN, "shown", "it was contacted; nothing of the page was found in the request");
    assert_says(&p, "www.gstatic.com", "Google", EVIDENCE_TOO_FEW, "seen in a recording", "it was contacted");
    struct proof_join j;
    proofs_join(&p, "childline.org.uk", "secure.adnxs.com", "Microsoft", &j);
    assert_int_equal(j.grade, PROOF_NONE);
    assert_int_equal(j.recordings, 0);
    proofs_fini(&p);
}

static void that_it_stopped_is_said(void **state)
{
    (void)state;
    struct proofs p = {0};
    silence(one_more(&p)); /* the latest comes first */
    one_more(&p);
    assert_says(&p, "secure.adnxs.com", "Microsoft", EVIDENCE_SHOWN, "proved", "1 of the 2 recordings kept shows it. The latest recording does not show it any more.");
    proofs_fini(&p);
}

static void a_staff_test_says_what_the_network_could_not(void **state)
{
    (void)state;
    struct proofs p = {0};
    add_test(&p, "syndication.twitter.com", "X Corp.");
    assert_says(&p, "syndication.twitter.com", "X Corp.", EVIDENCE_TOO_FEW, "seen in a test", "It was contacted in a staff test");
    assert_says(&p, "syndication.twitter.com", "X Corp.", EVIDENCE_SHOWN, "shown", "It was contacted in a staff test");
    assert_says(&p, "secure.adnxs.com", "Microsoft", EVIDENCE_SHOWN, "shown", "A staff test did not see the contact: the two differ.");
    proofs_fini(&p);
}

static void a_company_is_its_organisation_else_its_tracker_else_its_host(void **state)
{
    (void)state;
    assert_string_equal(proof_company("Microsoft", "Xandr", "a.net"), "Microsoft");
    assert_string_equal(proof_company("", "Xandr", "a.net"), "Xandr");
    assert_string_equal(proof_company(NULL, "", "a.net"), "a.net");
    assert_string_equal(proof_company(NULL, NULL, NULL), "");
}

static void the_word_of_a_column_is_of_this_host_alone(void **state)
{
    (void)state;
    assert_string_equal(proof_word(&(struct proof_join){.grade = PROOF_TOLD_PAGE}), "told page");
    assert_string_equal(proof_word(&(struct proof_join){.grade = PROOF_TOLD_SITE}), "told site");
    assert_string_equal(proof_word(&(struct proof_join){.grade = PROOF_TOLD_PAGE, .other_host = true, .contacted = 1}), "contacted");
    assert_string_equal(proof_word(&(struct proof_join){.grade = PROOF_TOLD_PAGE, .other_host = true}), "not in a recording");
}

static void differences_are_named_once_by_company(void **state)
{
    (void)state;
    struct proofs p = {0};
    const struct proof_host_of network[] = {{"ib.adnxs.com", "Microsoft"}, {"syndication.twitter.com", "X Corp."}, {"platform.twitter.com", "X Corp."}};
    one_more(&p);
    one_more(&p);
    char *recorded = proof_only_recorded(&p, "themix.org.uk", network, 3), *only = proof_only_network(&p, "themix.org.uk", network, 3);
    assert_string_equal(recorded, "In the recordings, and not among what the network shows clearly: MiQ Digital, Google.");
    assert_string_equal(only, "On the network, and in no recording that was kept: X Corp.");
    free(recorded);
    free(only);
    only = proof_only_network(&p, "childline.org.uk", network, 3); /* no recording of it: no difference */
    assert_string_equal(only, "");
    free(only);
    proofs_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_becomes_rows_about_one_site),
        cmocka_unit_test(a_recording_of_another_site_proves_nothing),
        cmocka_unit_test(a_broken_stream_says_what_is_wrong),
        cmocka_unit_test(a_request_that_told_the_page_upgrades_whatever_the_network_says),
        cmocka_unit_test(another_host_of_the_company_upgrades_nothing_and_is_said),
        cmocka_unit_test(silence_lowers_nothing_and_is_said),
        cmocka_unit_test(that_it_stopped_is_said),
        cmocka_unit_test(a_staff_test_says_what_the_network_could_not),
        cmocka_unit_test(a_company_is_its_organisation_else_its_tracker_else_its_host),
        cmocka_unit_test(the_word_of_a_column_is_of_this_host_alone),
        cmocka_unit_test(differences_are_named_once_by_company),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
