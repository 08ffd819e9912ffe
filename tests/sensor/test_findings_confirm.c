/* test_findings_confirm.c -- what nobody answered is told of nobody: anybody can send it in another's name. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/watched_findings.h"

static int begin_answered(void **state)
{
    (void)state;
    struct findings_options o = {.trackers = trackers, .sites = sites, .max_devices = 32, .max_contacts = 64, .visit_gap_ns = MINUTE,
                                 .withhold = true, .confirm = true, .on_due = on_due, .on_close = on_close, .context = &findings};
    due_count = closed_count = 0;
    now_ns = BEGIN;
    findings = findings_new(&o);
    findings_tick(findings, now_ns);
    return findings ? 0 : -1;
}

static struct flow a_named_flow(unsigned device)
{
    struct flow f = a_flow(device);
    f.flags |= FLOW_NAMED;
    return f;
}

static void a_hello_that_nobody_answers_is_never_told(void **state)
{
    (void)state;
    struct flow f = a_named_flow(1);
    name_on(&f, NAME_TLS, "secure.adnxs.com");
    wait_s(30);
    findings_flow_end(findings, &f, now_ns);
    wait_s(1200);
    finish();
    assert_int_equal(due_count, 0);
    assert_int_equal(closed_count, 1);
    assert_int_equal(closed[0].connections, 0);
}

static void a_hello_that_is_answered_is_a_handshake(void **state)
{
    (void)state;
    struct flow f = a_named_flow(1);
    name_on(&f, NAME_TLS, "secure.adnxs.com");
    f.confirmed = true;
    findings_confirm(findings, &f, now_ns);
    wait_s(30);
    assert_int_equal(due_count, 1);
    assert_int_equal(due[0].evidence, EVIDENCE_HANDSHAKE);
    assert_int_equal(due[0].connections, 1);
}

static void an_answer_that_comes_late_is_told_late(void **state)
{
    (void)state;
    struct flow f = a_named_flow(1);
    name_on(&f, NAME_TLS, "secure.adnxs.com");
    wait_s(30);
    assert_int_equal(due_count, 0);
    f.confirmed = true;
    findings_confirm(findings, &f, now_ns);
    wait_s(30);
    assert_int_equal(due_count, 1);
}

static void a_connection_that_was_answered_before_its_name_counts_at_once(void **state)
{
    (void)state;
    struct flow f = a_named_flow(1);
    f.confirmed = true;
    name_on(&f, NAME_TLS, "secure.adnxs.com");
    wait_s(30);
    assert_int_equal(due_count, 1);
    assert_int_equal(due[0].evidence, EVIDENCE_HANDSHAKE);
}

static void a_forged_hello_adds_nothing_to_a_real_lookup(void **state)
{
    (void)state;
    resolve(1, "secure.adnxs.com", "198.51.100.7");
    struct flow f = a_named_flow(1);
    name_on(&f, NAME_TLS, "secure.adnxs.com");
    wait_s(30);
    assert_int_equal(due_count, 1);
    assert_int_equal(due[0].evidence, EVIDENCE_LOOKUP);
    assert_int_equal(due[0].connections, 0);
}

static void a_question_without_an_answer_is_never_told(void **state)
{
    (void)state;
    ask(1, "secure.adnxs.com");
    wait_s(30);
    finish();
    assert_int_equal(due_count, 0);
}

static void a_question_with_its_answer_is_told(void **state)
{
    (void)state;
    resolve(1, "secure.adnxs.com", "198.51.100.7");
    resolve(2, "secure.adnxs.com", NULL);
    wait_s(30);
    assert_int_equal(due_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_answered, end_watch)

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_hello_that_nobody_answers_is_never_told),
        TEST(a_hello_that_is_answered_is_a_handshake),
        TEST(an_answer_that_comes_late_is_told_late),
        TEST(a_connection_that_was_answered_before_its_name_counts_at_once),
        TEST(a_forged_hello_adds_nothing_to_a_real_lookup),
        TEST(a_question_without_an_answer_is_never_told),
        TEST(a_question_with_its_answer_is_told),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
