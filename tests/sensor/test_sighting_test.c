/* test_sighting_test.c -- records of a staff test are believed only as a whole, as all sightings are. */
#include "sensor/sighting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NOW    1790000000u
#define HOUR_S (NOW / 3600 * 3600)

static const char *check_bytes(const union sighting *s, size_t n)
{
    void *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, s, n);
    const char *wrong = sighting_check(exact, n, NOW, false);
    free(exact);
    return wrong;
}

static bool is_good(const union sighting *s)
{
    return check_bytes(s, s->head.bytes) == NULL;
}

static union sighting good(enum sighting_kind kind)
{
    union sighting s;
    sighting_begin(&s, kind);
    char *id = kind == SIGHTING_TEST ? s.test.session.id : kind == SIGHTING_TEST_HOST ? s.test.host.id : kind == SIGHTING_TEST_LINK ? s.test.link.id : s.test.leak.id;
    strcpy(id, "0123456789abcdef");
    if (kind == SIGHTING_TEST) {
        s.test.session.hour_s = HOUR_S;
        s.test.session.minutes = 30;
        strcpy(s.test.session.site, "themix.org.uk");
    } else if (kind == SIGHTING_TEST_HOST) {
        strcpy(s.test.host.host, "secure.adnxs.com");
        strcpy(s.test.host.matched, "adnxs.com");
    } else if (kind == SIGHTING_TEST_LINK) {
        strcpy(s.test.link.host, "metrics.themix.org.uk");
        strcpy(s.test.link.name, "themix.data.adobedc.net");
    } else {
        strcpy(s.test.leak.host, "secure.adnxs.com");
        strcpy(s.test.leak.page, "https://www.themix.org.uk/a");
    }
    return s;
}

static const enum sighting_kind kinds[] = {SIGHTING_TEST, SIGHTING_TEST_HOST, SIGHTING_TEST_LINK, SIGHTING_TEST_LEAK};

static void good_records_of_exactly_their_length_are_believed(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        union sighting s = good(kinds[k]);
        assert_true(is_good(&s));
        for (size_t n = 0; n < s.head.bytes; n++)
            assert_non_null(check_bytes(&s, n));
        s.head.kind = (uint16_t)(s.head.kind + 1);
        assert_false(is_good(&s));
    }
}

static void a_wrong_id_spoils_each(void **state)
{
    (void)state;
    for (size_t k = 0; k < 4; k++)
        for (size_t at = sizeof(struct sighting_head); at + 16 < good(kinds[k]).head.bytes; at++) {
            union sighting s = good(kinds[k]);
            if (memcmp((char *)&s + at, "0123456789abcdef", 16) != 0)
                continue;
            ((char *)&s)[at + 3] = ':';
            assert_false(is_good(&s));
            memset((char *)&s + at, 'a', STORE_TEST_ID_MAX);
            assert_false(is_good(&s));
            memset((char *)&s + at, 0, STORE_TEST_ID_MAX);
            assert_false(is_good(&s));
        }
}

#define SPOIL(kind_of, change)                                                                                         \
    do {                                                                                                               \
        union sighting s = good(kind_of);                                                                              \
        change;                                                                                                        \
        assert_false(is_good(&s));                                                                                     \
    } while (0)

static void each_field_that_is_wrong_spoils_its_record(void **state)
{
    (void)state;
    SPOIL(SIGHTING_TEST, s.test.session.hour_s++);
    SPOIL(SIGHTING_TEST, s.test.session.hour_s += 100 * 3600);
    SPOIL(SIGHTING_TEST, s.test.session.hour_s -= 100 * 3600);
    SPOIL(SIGHTING_TEST, s.test.session.minutes = 0);
    SPOIL(SIGHTING_TEST, s.test.session.minutes = 121);
    SPOIL(SIGHTING_TEST, s.test.session.state = STORE_TEST_STATES);
    SPOIL(SIGHTING_TEST, memset(s.test.session.reason, 'a', sizeof(s.test.session.reason)));
    SPOIL(SIGHTING_TEST, strcpy(s.test.session.reason, "a\tb"));
    SPOIL(SIGHTING_TEST, strcpy(s.test.session.site, "UPPER.example"));
    SPOIL(SIGHTING_TEST_HOST, s.test.host.purpose = PURPOSE_COUNT);
    SPOIL(SIGHTING_TEST_HOST, s.test.host.evidence = EVIDENCE_COUNT);
    SPOIL(SIGHTING_TEST_HOST, strcpy(s.test.host.tracker, "\x1b[2J"));
    SPOIL(SIGHTING_TEST_HOST, strcpy(s.test.host.matched, ""));
    SPOIL(SIGHTING_TEST_HOST, strcpy(s.test.host.host, "a b"));
    SPOIL(SIGHTING_TEST_HOST, memset(s.test.host.host, 'a', sizeof(s.test.host.host)));
    SPOIL(SIGHTING_TEST_LINK, s.test.link.place = SIGHTING_TEST_LINKS_MOST);
    SPOIL(SIGHTING_TEST_LINK, s.test.link.name[0] = '\n');
    SPOIL(SIGHTING_TEST_LEAK, memset(s.test.leak.page, 'a', sizeof(s.test.leak.page)));
    SPOIL(SIGHTING_TEST_LEAK, strcpy(s.test.leak.parameter, "u\n1"));
    SPOIL(SIGHTING_TEST_LEAK, strcpy(s.test.leak.page, "\xff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_records_of_exactly_their_length_are_believed),
        cmocka_unit_test(a_wrong_id_spoils_each),
        cmocka_unit_test(each_field_that_is_wrong_spoils_its_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
