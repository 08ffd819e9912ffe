/* test_sentence.c -- the sentence of an alert claims what was seen, for every evidence and every way to name a tracker.
 * */
#include "store/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct store_contact of(const char *tracker, const char *organisation, enum evidence e)
{
    struct store_contact c = {.purpose = PURPOSE_AD_EXCHANGE, .evidence = e};
    snprintf(c.tracker, sizeof(c.tracker), "%s", tracker);
    snprintf(c.organisation, sizeof(c.organisation), "%s", organisation);
    return c;
}

static void assert_sentence(const struct store_contact *c, const char *expected)
{
    char why[STORE_WHY_MAX];
    size_t n = store_sentence(c, why);
    assert_string_equal(why, expected);
    assert_int_equal(n, strlen(expected));
}

static void each_evidence_has_its_own_words(void **state)
{
    (void)state;
    static const char *const expected[EVIDENCE_COUNT] = {
        [EVIDENCE_LOOKUP] =
            "the name of Xandr (Microsoft), an ad exchange, was only looked up; no connection to it was seen",
        [EVIDENCE_BLOCKED] =
            "the name of Xandr (Microsoft), an ad exchange, was asked for and blocked; no connection to it was seen",
        [EVIDENCE_ADDRESS] =
            "a device contacted an address that it had just looked up for Xandr (Microsoft), an ad exchange",
        [EVIDENCE_HANDSHAKE] =
            "a device contacted Xandr (Microsoft), an ad exchange; its name was seen in a connection",
        [EVIDENCE_URL] =
            "a device contacted Xandr (Microsoft), an ad exchange; what it asked for was seen in clear text",
    };
    for (int e = 0; e < EVIDENCE_COUNT; e++) {
        struct store_contact c = of("Xandr", "Microsoft", (enum evidence)e);
        assert_sentence(&c, expected[e]);
    }
}

static void only_a_seen_connection_is_called_a_contact(void **state)
{
    (void)state;
    for (int e = 0; e < EVIDENCE_ADDRESS; e++) {
        char why[STORE_WHY_MAX];
        struct store_contact c = of("Xandr", "Microsoft", (enum evidence)e);
        store_sentence(&c, why);
        assert_null(strstr(why, "contacted"));
    }
}

static void a_tracker_is_named_as_well_as_the_feed_can(void **state)
{
    (void)state;
    struct store_contact c = of("Criteo", "Criteo", EVIDENCE_HANDSHAKE);
    assert_sentence(&c, "a device contacted Criteo, an ad exchange; its name was seen in a connection");
    c = of("Criteo", "", EVIDENCE_HANDSHAKE);
    assert_sentence(&c, "a device contacted Criteo, an ad exchange; its name was seen in a connection");
    c = of("", "Adobe", EVIDENCE_HANDSHAKE);
    assert_sentence(&c, "a device contacted Adobe, an ad exchange; its name was seen in a connection");
    c = of("", "", EVIDENCE_HANDSHAKE);
    assert_sentence(&c, "a device contacted a tracker that is not named here, an ad exchange; its name was seen in a connection");
    strcpy(c.device, "k7fd2q");
    assert_sentence(&c,
                    "a device contacted a tracker of unknown owner, an ad exchange; its name was seen in a connection");
    snprintf(c.matched, sizeof(c.matched), "example.net");
    assert_sentence(&c, "a device contacted example.net, an ad exchange; its name was seen in a connection");
}

static void the_longest_names_fit(void **state)
{
    (void)state;
    for (int p = 0; p < PURPOSE_COUNT; p++)
        for (int e = 0; e < EVIDENCE_COUNT; e++) {
            char why[STORE_WHY_MAX];
            struct store_contact c = {.purpose = (enum purpose)p, .evidence = (enum evidence)e};
            memset(c.matched, 'm', sizeof(c.matched) - 1);
            assert_true(store_sentence(&c, why) < STORE_WHY_MAX - 1);
            memset(c.tracker, 't', sizeof(c.tracker) - 1);
            memset(c.organisation, 'o', sizeof(c.organisation) - 1);
            assert_true(store_sentence(&c, why) < STORE_WHY_MAX - 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_evidence_has_its_own_words),
        cmocka_unit_test(only_a_seen_connection_is_called_a_contact),
        cmocka_unit_test(a_tracker_is_named_as_well_as_the_feed_can),
        cmocka_unit_test(the_longest_names_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
