/* test_findings_dns.c -- what DNS proves about a device: its own questions all, answers only when they answer one of them. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "feeds/services.h"
#include "tests/sensor/made_records.h"
#include "tests/sensor/watched_findings.h"

#define CLOAK   "metrics.shop.example"
#define TRACKER "shop.data.adobedc.net" /* under a made rule */

static struct made_dns m;

static int load(void **state)
{
    return services_load() < 0 ? -1 : load_rules(state);
}

static void with_id(unsigned id)
{
    m.bytes[0] = (uint8_t)(id >> 8);
    m.bytes[1] = (uint8_t)id;
}

static void ask_with(unsigned of_device, unsigned id, const char *name, enum dns_type type)
{
    dns_begin(&m, false, 0, name, type);
    with_id(id);
    give_dns(of_device, &m, true);
}

/* An answer begins; records are added, then it is given. */
static void answer_with(unsigned id, unsigned rcode, const char *name, enum dns_type type)
{
    dns_begin(&m, true, rcode, name, type);
    with_id(id);
}

static uint32_t host_of(unsigned of_device, const char *address)
{
    struct ip_addr a = made_address(address);
    return findings_host_of_address(findings, device(of_device), &a, now_ns);
}

/* All that was found: one contact, with this host and evidence; chain_len names on its way. */
static const struct told *only_contact(const char *host, enum evidence evidence, unsigned chain_len)
{
    finish();
    assert_int_equal(closed_count, 1);
    assert_string_equal(closed[0].host, host);
    assert_int_equal(closed[0].evidence, evidence);
    assert_int_equal(closed[0].seen_by, SEEN_DNS);
    assert_int_equal(closed[0].chain_len, chain_len);
    return &closed[0];
}

static void assert_cloaked(const char *last)
{
    const struct told *t = only_contact(CLOAK, EVIDENCE_LOOKUP, 2);
    assert_string_equal(t->matched, "adobedc.net");
    assert_string_equal(t->first_of_chain, CLOAK);
    assert_string_equal(t->last_of_chain, last);
}

/* -- ways -- */

static void a_dname_uncovers_a_tracker(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_A);
    answer_with(7, 0, CLOAK, DNS_A);
    dns_dname(&m, "shop.example", "shop.data.adobedc.net");
    give_dns(1, &m, false);
    assert_cloaked("metrics.shop.data.adobedc.net");
}

static void an_https_alias_uncovers_a_tracker(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_HTTPS);
    answer_with(7, 0, CLOAK, DNS_HTTPS);
    dns_service(&m, CLOAK, DNS_HTTPS, 0, TRACKER, NULL);
    give_dns(1, &m, false);
    assert_int_equal(names_told, 2);
    assert_cloaked(TRACKER);
}

static void an_https_target_uncovers_a_tracker(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_HTTPS);
    answer_with(7, 0, CLOAK, DNS_HTTPS);
    dns_service(&m, CLOAK, DNS_HTTPS, 1, TRACKER, NULL);
    give_dns(1, &m, false);
    assert_cloaked(TRACKER);
}

static void a_cloaked_name_is_known_in_a_later_hello(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_A);
    answer_with(7, 0, CLOAK, DNS_A);
    dns_cname(&m, CLOAK, TRACKER);
    give_dns(1, &m, false);
    connect_to(1, CLOAK);
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].evidence, EVIDENCE_HANDSHAKE);
    assert_string_equal(closed[0].matched, "adobedc.net");
}

static void a_cname_to_a_support_site_is_a_visit(void **state)
{
    (void)state;
    ask_with(1, 7, "go.example", DNS_A);
    answer_with(7, 0, "go.example", DNS_A);
    dns_cname(&m, "go.example", "www.themix.org.uk");
    give_dns(1, &m, false);
    assert_true(site("themix.org.uk").visits == 1);
}

static void ways_in_a_circle_end(void **state)
{
    (void)state;
    static const char *const names[] = {"a.example", "b.example", "c.example"};
    ask_with(1, 7, names[0], DNS_A);
    answer_with(7, 0, names[0], DNS_A);
    for (int i = 0; i < 9; i++)
        dns_cname(&m, names[i % 3], names[(i + 1) % 3]);
    dns_dname(&m, "example", "x.example");
    give_dns(1, &m, false);
    finish();
    assert_int_equal(closed_count, 0);
}

/* -- addresses -- */

static void an_answers_addresses_are_the_trackers(void **state)
{
    (void)state;
    ask_with(1, 7, "ib.adnxs.com", DNS_A);
    answer_with(7, 0, "ib.adnxs.com", DNS_A);
    dns_address(&m, "ib.adnxs.com", "198.51.100.7");
    dns_address(&m, "ib.adnxs.com", "2001:db8::7");
    give_dns(1, &m, false);
    assert_int_not_equal(host_of(1, "198.51.100.7"), NO_INDEX);
    assert_int_equal(host_of(1, "198.51.100.7"), host_of(1, "2001:db8::7"));
    only_contact("ib.adnxs.com", EVIDENCE_LOOKUP, 0);
}

static void hints_are_the_trackers_addresses_too(void **state)
{
    (void)state;
    static const char *const hints[] = {"198.51.100.7", "198.51.100.8", "2001:db8::7", "2001:db8::8"};
    struct made_params p = {.n = 0};
    params_hints(&p, hints, 2);
    params_hints(&p, hints + 2, 2);
    ask_with(1, 7, "ib.adnxs.com", DNS_HTTPS);
    answer_with(7, 0, "ib.adnxs.com", DNS_HTTPS);
    dns_service(&m, "ib.adnxs.com", DNS_HTTPS, 1, "", &p);
    give_dns(1, &m, false);
    for (int i = 0; i < 4; i++)
        assert_int_not_equal(host_of(1, hints[i]), NO_INDEX);
    struct flow f = a_flow(1);
    f.by_address = host_of(1, hints[3]);
    findings_address(findings, &f, now_ns);
    findings_flow_end(findings, &f, now_ns);
    finish();
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].evidence, EVIDENCE_ADDRESS);
}

static void a_cloaked_names_addresses_are_the_trackers(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_A);
    answer_with(7, 0, CLOAK, DNS_A);
    dns_cname(&m, CLOAK, TRACKER);
    dns_address(&m, TRACKER, "198.51.100.7");
    give_dns(1, &m, false);
    assert_int_not_equal(host_of(1, "198.51.100.7"), NO_INDEX);
}

/* -- blocks -- */

static void every_kind_of_block_is_one(void **state)
{
    (void)state;
    static const char *const nowhere[] = {"0.0.0.0", "::", "146.112.61.106", "94.140.14.35"};
    for (unsigned i = 0; i < 4; i++) {
        ask_with(i, 7, "ib.adnxs.com", DNS_A);
        answer_with(7, 0, "ib.adnxs.com", DNS_A);
        dns_address(&m, "ib.adnxs.com", nowhere[i]);
        give_dns(i, &m, false);
        assert_int_equal(host_of(i, nowhere[i]), NO_INDEX);
    }
    ask_with(4, 7, "ib.adnxs.com", DNS_A);
    answer_with(7, DNS_NXDOMAIN, "ib.adnxs.com", DNS_A);
    give_dns(4, &m, false);
    ask_with(5, 7, "ib.adnxs.com", DNS_A);
    answer_with(7, 0, "ib.adnxs.com", DNS_A);
    dns_cname(&m, "ib.adnxs.com", "family-block.dns.adguard.com");
    give_dns(5, &m, false);
    finish();
    assert_int_equal(closed_count, 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_string_equal(closed[i].host, "ib.adnxs.com");
        assert_int_equal(closed[i].evidence, EVIDENCE_BLOCKED);
    }
}

static void a_cloaked_name_can_be_blocked(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_A);
    answer_with(7, DNS_NXDOMAIN, CLOAK, DNS_A);
    dns_cname(&m, CLOAK, TRACKER);
    give_dns(1, &m, false);
    only_contact(CLOAK, EVIDENCE_BLOCKED, 2);
}

static void other_failures_are_no_block(void **state)
{
    (void)state;
    static const unsigned rcodes[] = {DNS_NOERROR, DNS_SERVFAIL, DNS_REFUSED};
    for (unsigned i = 0; i < 3; i++) { /* NOERROR without a record: there is no address of this kind */
        ask_with(i, 7, "ib.adnxs.com", DNS_AAAA);
        answer_with(7, rcodes[i], "ib.adnxs.com", DNS_AAAA);
        give_dns(i, &m, false);
    }
    finish();
    assert_int_equal(closed_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(closed[i].evidence, EVIDENCE_LOOKUP);
}

/* -- answers that nobody asked for -- */

/* A tracker's name, cloaked and not, with everything that an answer can say. */
static void rich_answer(unsigned of_device, unsigned id)
{
    static const char *const hint[] = {"198.51.100.8"};
    struct made_params p = {.n = 0};
    params_hints(&p, hint, 1);
    params_ech(&p, "front.example");
    answer_with(id, 0, CLOAK, DNS_A);
    dns_cname(&m, CLOAK, TRACKER);
    dns_address(&m, TRACKER, "198.51.100.7");
    dns_service(&m, CLOAK, DNS_HTTPS, 1, "", &p);
    give_dns(of_device, &m, false);
}

static void assert_proves_nothing(unsigned of_device)
{
    assert_int_equal(host_of(of_device, "198.51.100.7"), NO_INDEX);
    assert_int_equal(host_of(of_device, "198.51.100.8"), NO_INDEX);
    assert_false(findings_is_front(findings, device(of_device), "front.example"));
    connect_to(of_device, CLOAK); /* not known as cloaked */
}

static void an_answer_that_was_not_asked_for_proves_nothing(void **state)
{
    (void)state;
    rich_answer(1, 7);
    assert_proves_nothing(1);
    finish();
    assert_int_equal(closed_count, 0);
}

static void an_answer_with_another_id_proves_nothing(void **state)
{
    (void)state;
    ask_with(1, 8, CLOAK, DNS_A);
    rich_answer(1, 7);
    assert_proves_nothing(1);
    finish();
    assert_int_equal(closed_count, 0);
}

static void an_answer_about_another_name_proves_nothing(void **state)
{
    (void)state;
    ask_with(1, 7, "www.shop.example", DNS_A);
    rich_answer(1, 7);
    assert_proves_nothing(1);
    finish();
    assert_int_equal(closed_count, 0);
}

static void an_answer_to_another_devices_question_proves_nothing(void **state)
{
    (void)state;
    ask_with(2, 7, CLOAK, DNS_A);
    rich_answer(1, 7);
    assert_proves_nothing(1);
    finish();
    assert_int_equal(closed_count, 0);
}

static void the_same_answer_to_the_right_question_proves_all(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_A);
    ask_with(1, 9, "www.shop.example", DNS_A); /* answers need not come in order */
    rich_answer(1, 7);
    assert_int_not_equal(host_of(1, "198.51.100.7"), NO_INDEX);
    assert_int_not_equal(host_of(1, "198.51.100.8"), NO_INDEX);
    assert_true(findings_is_front(findings, device(1), "front.example"));
    assert_false(findings_is_front(findings, device(1), "www.shop.example"));
    assert_false(findings_is_front(findings, device(2), "front.example"));
    only_contact(CLOAK, EVIDENCE_LOOKUP, 2);
}

/* Captures lose packets: that an answer came says that the name was asked for, and no more. */
static void the_question_in_an_unasked_answer_is_still_a_lookup(void **state)
{
    (void)state;
    static const unsigned rcodes[] = {DNS_NOERROR, DNS_NXDOMAIN};
    for (unsigned i = 0; i < 2; i++) {
        answer_with(7, rcodes[i], "ib.adnxs.com", DNS_A);
        if (i == 0)
            dns_address(&m, "ib.adnxs.com", "198.51.100.7");
        give_dns(i, &m, false);
        assert_int_equal(names_told, 1);
        assert_int_equal(host_of(i, "198.51.100.7"), NO_INDEX);
    }
    finish();
    assert_int_equal(closed_count, 2);
    assert_int_equal(closed[0].evidence, EVIDENCE_LOOKUP);
    assert_int_equal(closed[1].evidence, EVIDENCE_LOOKUP);
}

static void an_unasked_answer_about_a_support_site_is_a_visit(void **state)
{
    (void)state;
    answer_with(7, 0, "www.themix.org.uk", DNS_A);
    give_dns(1, &m, false);
    assert_true(site("themix.org.uk").visits == 1);
}

static void questions_that_a_device_is_asked_are_not_its_own(void **state)
{
    (void)state;
    dns_begin(&m, false, 0, CLOAK, DNS_A); /* somebody asks the device */
    with_id(7);
    give_dns(1, &m, false);
    rich_answer(1, 7);
    assert_proves_nothing(1);
    finish();
    assert_int_equal(closed_count, 0);
}

static void updates_and_notices_are_no_lookups(void **state)
{
    (void)state;
    static const unsigned opcodes[] = {2, 4, 5};
    for (int i = 0; i < 3; i++) {
        dns_begin(&m, false, 0, "ib.adnxs.com", DNS_A);
        m.bytes[2] |= (uint8_t)(opcodes[i] << 3);
        give_dns(1, &m, true);
        assert_int_equal(names_told, 1);
    }
    finish();
    assert_int_equal(closed_count, 0);
}

static void every_truncation_of_a_rich_answer_is_survived(void **state)
{
    (void)state;
    ask_with(1, 7, CLOAK, DNS_A);
    rich_answer(1, 7);
    struct made_dns whole = m;
    for (size_t n = 1; n < whole.n; n++) {
        m = whole;
        m.n = n;
        give_dns(1, &m, false);
    }
    only_contact(CLOAK, EVIDENCE_LOOKUP, 2);
}

/* -- hidden lookups -- */

static void use_names(unsigned of_device, int count, bool asked)
{
    char name[64];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "n%d.example", i);
        if (asked)
            ask_with(of_device, (unsigned)i, name, DNS_A);
        findings_note_named(findings, device(of_device), name, now_ns);
    }
}

static bool hidden(unsigned of_device)
{
    return findings_device_at(findings, device(of_device))->hidden_dns;
}

static void ten_names_that_were_not_asked_for_show_hidden_dns(void **state)
{
    (void)state;
    device(1);
    wait_s(61); /* what was in its cache before we came is gone */
    use_names(1, 9, false);
    assert_false(hidden(1));
    use_names(1, 1, false);
    assert_true(hidden(1));
}

static void names_that_were_asked_for_show_none(void **state)
{
    (void)state;
    device(1);
    wait_s(61);
    use_names(1, 60, true);
    assert_false(hidden(1));
}

static void half_of_the_names_are_not_enough(void **state)
{
    (void)state;
    device(1);
    wait_s(61);
    for (int i = 0; i < 20; i++) {
        findings_note_named(findings, device(1), "asked.example", now_ns);
        ask_with(1, 7, "asked.example", DNS_A);
        findings_note_named(findings, device(1), "asked.example", now_ns);
        findings_note_named(findings, device(1), "never.example", now_ns);
    }
    assert_false(hidden(1));
}

static void an_answer_alone_shows_that_a_name_was_asked_for(void **state)
{
    (void)state;
    device(1);
    wait_s(61);
    answer_with(7, 0, "www.homework.example", DNS_A);
    give_dns(1, &m, false);
    for (int i = 0; i < 20; i++)
        findings_note_named(findings, device(1), "www.homework.example", now_ns);
    assert_false(hidden(1));
}

static void what_was_in_a_cache_when_we_came_does_not_count(void **state)
{
    (void)state;
    device(1);
    use_names(1, 50, false);
    assert_false(hidden(1));
}

static void hidden_dns_is_taken_back_when_lookups_come_to_light(void **state)
{
    (void)state;
    device(1);
    wait_s(61);
    use_names(1, 15, false);
    assert_true(hidden(1));
    for (int i = 0; i < 5; i++)
        use_names(1, 20, true);
    assert_false(hidden(1));
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_open, end_watch)
    const struct CMUnitTest tests[] = {
        TEST(a_dname_uncovers_a_tracker),
        TEST(an_https_alias_uncovers_a_tracker),
        TEST(an_https_target_uncovers_a_tracker),
        TEST(a_cloaked_name_is_known_in_a_later_hello),
        TEST(a_cname_to_a_support_site_is_a_visit),
        TEST(ways_in_a_circle_end),
        TEST(an_answers_addresses_are_the_trackers),
        TEST(hints_are_the_trackers_addresses_too),
        TEST(a_cloaked_names_addresses_are_the_trackers),
        TEST(every_kind_of_block_is_one),
        TEST(a_cloaked_name_can_be_blocked),
        TEST(other_failures_are_no_block),
        TEST(an_answer_that_was_not_asked_for_proves_nothing),
        TEST(an_answer_with_another_id_proves_nothing),
        TEST(an_answer_about_another_name_proves_nothing),
        TEST(an_answer_to_another_devices_question_proves_nothing),
        TEST(the_same_answer_to_the_right_question_proves_all),
        TEST(the_question_in_an_unasked_answer_is_still_a_lookup),
        TEST(an_unasked_answer_about_a_support_site_is_a_visit),
        TEST(questions_that_a_device_is_asked_are_not_its_own),
        TEST(updates_and_notices_are_no_lookups),
        TEST(every_truncation_of_a_rich_answer_is_survived),
        TEST(ten_names_that_were_not_asked_for_show_hidden_dns),
        TEST(names_that_were_asked_for_show_none),
        TEST(half_of_the_names_are_not_enough),
        TEST(an_answer_alone_shows_that_a_name_was_asked_for),
        TEST(what_was_in_a_cache_when_we_came_does_not_count),
        TEST(hidden_dns_is_taken_back_when_lookups_come_to_light),
    };
    return cmocka_run_group_tests(tests, load, free_rules);
}
