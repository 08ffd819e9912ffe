/* test_sighting.c -- the publisher believes a record only as a whole: each field that is wrong spoils it. */
#include "sensor/sighting.h"

#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NOW    1790000000u /* 2026-09-21, 13:33:20 UTC */
#define HOUR_S (NOW / 3600 * 3600)

static const char *check(const union sighting *s, size_t n, bool replay)
{
    /* In a heap buffer of its kind's size: nothing beyond it may be read. */
    void *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, s, n);
    const char *wrong = sighting_check(exact, n, NOW, replay);
    free(exact);
    return wrong;
}

static union sighting good_contact(void)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_CONTACT);
    s.contact.hour_s = HOUR_S;
    s.contact.hour = 14;
    s.contact.connections = 3;
    s.contact.purpose = PURPOSE_AD_EXCHANGE;
    s.contact.evidence = EVIDENCE_HANDSHAKE;
    strcpy(s.contact.day, "2026-09-21");
    strcpy(s.contact.country, "US");
    strcpy(s.contact.device, "0123456789ab");
    strcpy(s.contact.tracker, "Xandr");
    strcpy(s.contact.organisation, "Caf\xc3\xa9 Microsoft");
    strcpy(s.contact.feed, "telltale@2026-11-22");
    strcpy(s.contact.matched, "adnxs.com");
    return s;
}

static union sighting good_health(void)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_HEALTH);
    sighting_tell(&s.health, STORE_FIGURE_CAPTURED, UINT64_MAX);
    sighting_tell(&s.health, STORE_FIGURE_SIGHTINGS_DROPPED, 0);
    return s;
}

static void assert_good(const union sighting *s)
{
    const char *wrong = check(s, s->head.bytes, false);
    if (wrong)
        fail_msg("refused: %s", wrong);
}

static void assert_bad(const union sighting *s)
{
    assert_non_null(check(s, s->head.bytes, false));
}

static void a_good_contact_passes(void **state)
{
    (void)state;
    union sighting s = good_contact();
    assert_int_equal(s.head.bytes, sizeof(s.contact));
    assert_good(&s);
}

static void what_a_contact_may_leave_out_it_may(void **state)
{
    (void)state;
    union sighting s = good_contact();
    s.contact.country[0] = s.contact.device[0] = s.contact.tracker[0] = s.contact.organisation[0] = s.contact.feed[0] =
        s.contact.matched[0] = '\0';
    memset(s.contact.country + 1, 0, 2);
    assert_good(&s);
}

static void good_figures_pass(void **state)
{
    (void)state;
    union sighting s = good_health();
    assert_int_equal(s.head.bytes, sizeof(s.health));
    assert_good(&s);
    memset(s.health.present, 0, sizeof(s.health.present));
    assert_good(&s);
}

static void a_beginning_is_zero_but_for_its_head(void **state)
{
    (void)state;
    union sighting s, zero = {.head = {0}};
    memset(&zero, 0, sizeof(zero));
    memset(&s, 0xff, sizeof(s));
    sighting_begin(&s, SIGHTING_CONTACT);
    assert_int_equal(s.head.magic, SIGHTING_MAGIC);
    assert_memory_equal((char *)&s + sizeof(s.head), (char *)&zero + sizeof(s.head), sizeof(s) - sizeof(s.head));
}

static void a_wrong_head_is_refused(void **state)
{
    (void)state;
    union sighting s = good_contact();
    s.head.magic ^= 1;
    assert_bad(&s);
    s = good_contact();
    s.head.kind = SIGHTING_HEALTH;
    assert_bad(&s);
    s.head.kind = 0;
    assert_bad(&s);
    s.head.kind = 3;
    assert_bad(&s);
    s.head.kind = UINT16_MAX;
    assert_bad(&s);
}

static void a_size_that_is_not_the_records_is_refused(void **state)
{
    (void)state;
    union sighting contact = good_contact(), health = good_health();
    for (size_t n = 0; n <= sizeof(contact); n++) {
        assert_int_equal(check(&contact, n, false) == NULL, n == sizeof(contact.contact));
        assert_int_equal(check(&health, n, false) == NULL, n == sizeof(health.health));
        union sighting s = contact; /* a head that agrees with the wrong size does not help */
        s.head.bytes = (uint16_t)n;
        assert_int_equal(check(&s, n, false) == NULL, n == sizeof(contact.contact));
    }
}

static void an_unknown_purpose_or_evidence_is_refused(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 256; v++) {
        union sighting s = good_contact();
        s.contact.purpose = (uint8_t)v;
        assert_int_equal(check(&s, s.head.bytes, false) == NULL, v < PURPOSE_COUNT);
        s = good_contact();
        s.contact.evidence = (uint8_t)v;
        assert_int_equal(check(&s, s.head.bytes, false) == NULL, v < EVIDENCE_COUNT);
    }
}

static void a_time_that_is_no_hour_or_not_now_is_refused(void **state)
{
    (void)state;
    static const uint64_t wrong[] = {
        HOUR_S + 1, HOUR_S - 1, HOUR_S + 1800, 0, HOUR_S - 48 * 3600, HOUR_S + 48 * 3600, UINT64_MAX / 3600 * 3600,
        1ull << 63};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        union sighting s = good_contact();
        s.contact.hour_s = wrong[i];
        assert_bad(&s);
    }
}

static void only_a_replay_may_tell_of_another_year(void **state)
{
    (void)state;
    union sighting s = good_contact();
    s.contact.hour_s = 0;
    s.contact.hour = 1;
    strcpy(s.contact.day, "1970-01-01");
    assert_bad(&s);
    assert_null(check(&s, s.head.bytes, true));
}

static void a_day_that_is_none_or_not_the_hours_is_refused(void **state)
{
    (void)state;
    static const char wrong[][11] = {
        "",           "2026-9-21",  "2026-09-2",  "2026/09/21",
        "2026-09-20", "2026-09-22", "2025-09-21", "2026-13-01",
        "2026-02-30", "0000-00-00", "9999-99-99", "2026-09-00",
        "2026-00-21", "+026-09-21", "2026-09-2a", {'2', '0', '2', '6', '-', '0', '9', '-', '2', '1', 'x'}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        for (int replay = 0; replay < 2; replay++) {
            union sighting s = good_contact();
            memcpy(s.contact.day, wrong[i], 11);
            if (!check(&s, s.head.bytes, replay))
                fail_msg("%.11s was believed", wrong[i]);
        }
    }
    for (unsigned hour = 24; hour < 256; hour++) {
        union sighting s = good_contact();
        s.contact.hour = (uint8_t)hour;
        assert_bad(&s);
    }
}

/* From UTC-12 to UTC+14, half hours included, through midnight both ways. */
static void every_time_zone_of_the_earth_is_believed(void **state)
{
    (void)state;
    for (int offset = -12 * 60; offset <= 14 * 60; offset += 15) {
        for (unsigned hour = 0; hour < 24; hour++) {
            union sighting s = good_contact();
            uint64_t utc = HOUR_S / 86400 * 86400 + hour * 3600 + 1234, local = (uint64_t)((int64_t)utc + offset * 60);
            s.contact.hour_s = utc / 3600 * 3600;
            s.contact.hour = (uint8_t)(local / 3600 % 24);
            snprintf(s.contact.day, sizeof(s.contact.day), "2026-09-%02u",
                     (unsigned)(local / 86400 - HOUR_S / 86400 + 21) % 100);
            if (check(&s, s.head.bytes, false))
                fail_msg("UTC%+d min, %02u:20 UTC: %s %02u was refused", offset, hour, s.contact.day, s.contact.hour);
        }
    }
}

static void a_country_is_two_capital_letters(void **state)
{
    (void)state;
    static const char wrong[][3] = {"U", "us", "U1", "\xc3\xa9", {'U', 'S', 'A'}, "U\n", {'\0', 'U', 'S'}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        union sighting s = good_contact();
        memcpy(s.contact.country, wrong[i], 3);
        if (wrong[i][0] != '\0')
            assert_bad(&s);
        else
            assert_good(&s); /* empty: what follows the end is not looked at by anyone */
    }
}

static void a_device_is_a_pseudonym(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0123456789a",  "0123456789abc", "0123456789abcdef",
                                        "0123456789aB", "0123456789ag",  "02:00:5e:10:00:01",
                                        "192.168.1.20", "a b",           "*"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        union sighting s = good_contact();
        memset(s.contact.device, 0, sizeof(s.contact.device));
        memcpy(s.contact.device, wrong[i],
               strlen(wrong[i]) < sizeof(s.contact.device) ? strlen(wrong[i]) : sizeof(s.contact.device));
        assert_bad(&s);
    }
    union sighting s = good_contact();
    memset(s.contact.device, 'a', sizeof(s.contact.device)); /* without an end */
    assert_bad(&s);
}

static void a_rule_is_a_normalised_name(void **state)
{
    (void)state;
    static const char *const wrong[] = {"AdNxs.com", "adnxs.com.", ".com",    "a b", "a\nb",
                                        "192.0.2.7", "a..b",       "<b>.com", "a/b", "\xff"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        union sighting s = good_contact();
        strcpy(s.contact.matched, wrong[i]);
        assert_bad(&s);
    }
    union sighting s = good_contact();
    memset(s.contact.matched, 'a', sizeof(s.contact.matched));
    assert_bad(&s);
}

static void every_text_is_clean_and_ends(void **state)
{
    (void)state;
    static const size_t places[] = {offsetof(struct sighting_contact, tracker),
                                    offsetof(struct sighting_contact, organisation),
                                    offsetof(struct sighting_contact, feed)};
    static const char *const wrong[] = {"a\nb", "\x1b[2J", "\x7f", "\xff", "a\xc3", "\xe2\x80\xae", "\xc2\x85", "\t"};
    for (size_t p = 0; p < 3; p++) {
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
            union sighting s = good_contact();
            memset((char *)&s + places[p], 0, STORE_WORD_MAX);
            strcpy((char *)&s + places[p], wrong[i]);
            assert_bad(&s);
        }
        union sighting s = good_contact();
        memset((char *)&s + places[p], 'a', STORE_WORD_MAX);
        assert_bad(&s);
        ((char *)&s)[places[p] + STORE_WORD_MAX - 1] = '\0';
        assert_good(&s);
    }
}

static void a_figure_that_is_not_the_captures_is_refused(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 128; bit++) {
        union sighting s = good_health();
        s.health.present[bit / 64] |= 1ull << bit % 64;
        assert_int_equal(check(&s, s.head.bytes, false) == NULL, bit < STORE_FIGURE_SIGHTINGS_REFUSED);
    }
}

static void noise_of_every_length_is_refused(void **state)
{
    (void)state;
    union sighting s;
    srand(20261122);
    for (size_t n = 0; n <= sizeof(s); n++) {
        for (int round = 0; round < 20; round++) {
            for (size_t i = 0; i < n; i++)
                ((uint8_t *)&s)[i] = (uint8_t)rand();
            if (round % 2 && n >= sizeof(s.head)) { /* with a head that is right */
                s.head.magic = SIGHTING_MAGIC;
                s.head.kind = (uint16_t)(round % 3 == 0 ? SIGHTING_CONTACT : round % 3 == 1 ? SIGHTING_SITE : SIGHTING_PAIR);
                s.head.bytes = (uint16_t)n;
            }
            assert_non_null(check(&s, n, round % 4 < 2));
        }
    }
}

static union sighting good_label(void)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_LABEL);
    strcpy(s.label.day, "2026-09-21");
    strcpy(s.label.device, "0123456789ab");
    strcpy(s.label.label, "Library PC 3");
    return s;
}

static void assert_label_refused(const char *day, const char *device, const char *label, const char *words)
{
    union sighting s = good_label();
    strcpy(s.label.day, day);
    strcpy(s.label.device, device);
    strcpy(s.label.label, label);
    const char *wrong = check(&s, s.head.bytes, false);
    if (!wrong || !strstr(wrong, words))
        fail_msg("%s %s \"%s\": %s", day, device, label, wrong ? wrong : "believed");
}

static void a_label_is_of_a_pseudonym_of_these_days_and_without_fault(void **state)
{
    (void)state;
    union sighting s = good_label();
    assert_int_equal(s.head.bytes, sizeof(s.label));
    assert_good(&s);
    s.label.label[0] = '\0'; /* it has none any more */
    assert_good(&s);
    assert_label_refused("2026-09-21", "0123456789ab", "=1+1", "label");
    assert_label_refused("2026-09-21", "0123456789ab", "Emma Smith", "label");
    assert_label_refused("2026-09-21", "0123456789ab", "PC 1\x1b[2J", "label");
    assert_label_refused("2026-09-21", "", "PC 1", "pseudonym");
    assert_label_refused("2026-09-21", "0123456789a", "PC 1", "pseudonym");
    assert_label_refused("2026-09-21", "3c:52:82:0:0", "PC 1", "pseudonym");
    assert_label_refused("2026-09-31", "0123456789ab", "PC 1", "day");
    assert_label_refused("2026-09-18", "0123456789ab", "PC 1", "not now");
    assert_label_refused("2026-09-24", "0123456789ab", "PC 1", "not now");
    s = good_label();
    strcpy(s.label.day, "2024-02-29");
    assert_null(check(&s, s.head.bytes, true)); /* of a replay */
    memset(s.label.label, 'x', sizeof(s.label.label));
    assert_non_null(check(&s, s.head.bytes, true));
}

static union sighting good_site(void)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_SITE);
    s.site.visits = 14;
    s.site.devices = 5;
    strcpy(s.site.period, "2026-09-20");
    strcpy(s.site.site, "themix.org.uk");
    return s;
}

static union sighting good_pair(void)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_PAIR);
    s.pair.purpose = PURPOSE_AD_EXCHANGE;
    s.pair.verdict = EVIDENCE_SHOWN;
    s.pair.counts.contexts[0] = (struct moment_stratum){14, 13, 200, 6};
    s.pair.counts.delays[3] = 13;
    strcpy(s.pair.country, "US");
    strcpy(s.pair.period, "2026-W38");
    strcpy(s.pair.site, "themix.org.uk");
    strcpy(s.pair.host, "secure.adnxs.com");
    strcpy(s.pair.tracker, "Xandr");
    strcpy(s.pair.organisation, "Microsoft");
    return s;
}

static void good_figures_of_a_site_pass(void **state)
{
    (void)state;
    union sighting s = good_site(), p = good_pair();
    assert_int_equal(s.head.bytes, sizeof(s.site));
    assert_int_equal(p.head.bytes, sizeof(p.pair));
    assert_good(&s);
    assert_good(&p);
    strcpy(s.site.period, "2026-T2");
    assert_good(&s);
}

static void a_site_and_a_host_are_normalised_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "The Mix", "themix.org.uk.", "THEMIX.org.uk", "a..b", "x\ny.org", "a/b.org", "192.168.0.1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        union sighting s = good_site(), p = good_pair(), h = good_pair();
        strcpy(s.site.site, bad[i]);
        strcpy(p.pair.site, bad[i]);
        strcpy(h.pair.host, bad[i]);
        assert_bad(&s);
        assert_bad(&p);
        assert_bad(&h);
    }
    union sighting s = good_site(), p = good_pair();
    memset(s.site.site, 'a', sizeof(s.site.site));
    memset(p.pair.host, 'a', sizeof(p.pair.host));
    assert_bad(&s);
    assert_bad(&p);
}

static void a_period_is_over_and_not_long_past(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "2026-09-31", "2026-W60", "2026-T4", "2026-10-15", "2026-W45", "2026-T3", "2025-T3", "2026-01-01", "2026-09-20x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        union sighting s = good_site(), p = good_pair();
        memset(s.site.period, 0, sizeof(s.site.period));
        memset(p.pair.period, 0, sizeof(p.pair.period));
        memcpy(s.site.period, bad[i], strlen(bad[i]));
        memcpy(p.pair.period, bad[i], strlen(bad[i]));
        assert_bad(&s);
        assert_bad(&p);
    }
    union sighting s = good_site();
    strcpy(s.site.period, "2019-T1");
    assert_null(check(&s, s.head.bytes, true));
}

static void counts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    union sighting s = good_site();
    s.site.devices = 0;
    assert_bad(&s);
    s = good_site();
    s.site.visits = 4;
    assert_bad(&s);
    union sighting p = good_pair();
    p.pair.counts.contexts[0].visits_followed = 15;
    assert_bad(&p);
    p = good_pair();
    p.pair.counts.contexts[4].controls_followed = 1;
    assert_bad(&p);
    p = good_pair();
    p.pair.counts.delays[14] = 1;
    assert_bad(&p);
    p = good_pair();
    memset(&p.pair.counts, 0, sizeof(p.pair.counts));
    assert_bad(&p);
}

static void an_unknown_verdict_or_a_dirty_text_is_refused(void **state)
{
    (void)state;
    union sighting p = good_pair();
    p.pair.verdict = EVIDENCE_SHOWN + 1;
    assert_bad(&p);
    p = good_pair();
    p.pair.purpose = PURPOSE_COUNT;
    assert_bad(&p);
    p = good_pair();
    strcpy(p.pair.tracker, "Xan\tdr");
    assert_bad(&p);
    p = good_pair();
    memset(p.pair.organisation, 'o', sizeof(p.pair.organisation));
    assert_bad(&p);
    p = good_pair();
    strcpy(p.pair.country, "us");
    assert_bad(&p);
}

/* It waited for its day, week or term; what has a device never does. */
static void only_a_contact_without_a_device_may_be_days_old(void **state)
{
    (void)state;
    union sighting s = good_contact();
    strcpy(s.contact.day, "2026-09-15");
    s.contact.hour = 0;
    s.contact.hour_s = 1789430400;
    assert_bad(&s);
    memset(s.contact.device, 0, sizeof(s.contact.device));
    assert_good(&s);
    strcpy(s.contact.day, "2026-07-15");
    s.contact.hour_s = 1784073600;
    assert_bad(&s);
}

static union sighting good_gap(void)
{
    union sighting s;
    struct local_time day;
    sighting_begin(&s, SIGHTING_GAP);
    s.gap.from_s = NOW - 900;
    s.gap.until_s = NOW - 600;
    s.gap.why = GAP_CABLE;
    clock_local((uint64_t)(NOW - 900) * NS_PER_S, &day);
    memcpy(s.gap.day, day.day, sizeof(s.gap.day));
    return s;
}

static void good_gaps_pass(void **state)
{
    (void)state;
    union sighting s = good_gap();
    assert_good(&s);
    s.gap.until_s = 0; /* open */
    assert_good(&s);
    s.gap.from_s = s.gap.until_s = NOW;
    assert_good(&s);
    s = good_gap();
    s.gap.from_s -= 5 * 86400; /* under the day of its end, five days later */
    assert_good(&s);
    for (uint32_t why = 0; why < GAP_WHYS; why++) {
        s.gap.why = why;
        assert_good(&s);
    }
}

static void assert_bad_gap(const union sighting *s, bool only_untimely)
{
    const char *wrong = check(s, s->head.bytes, false);
    assert_non_null(wrong);
    assert_int_equal(sighting_is_only_untimely(wrong), only_untimely);
}

static void gaps_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const char *const days[] = {"", "2026-13-01", "today", "2001-01-01", "2090-01-01", "2026-11-2x"};
    union sighting s = good_gap();
    s.gap.why = GAP_WHYS;
    assert_bad_gap(&s, false);
    s.gap.why = UINT32_MAX;
    assert_bad_gap(&s, false);
    s = good_gap();
    s.gap.until_s = s.gap.from_s - 1;
    assert_bad_gap(&s, false);
    s = good_gap();
    s.gap.from_s = 0;
    assert_bad_gap(&s, false);
    s.gap.from_s = UINT64_MAX;
    assert_bad_gap(&s, false);
    s = good_gap();
    s.gap.until_s = UINT64_MAX;
    assert_bad_gap(&s, false);
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        s = good_gap();
        memset(s.gap.day, 0, sizeof(s.gap.day));
        strcpy(s.gap.day, days[i]);
        assert_bad_gap(&s, false);
    }
    s = good_gap();
    memset(s.gap.day, '2', sizeof(s.gap.day)); /* without an end */
    assert_bad_gap(&s, false);
    s = good_gap();
    s.gap.from_s = s.gap.until_s = NOW + 3 * 86400;
    assert_bad_gap(&s, true);
    s.gap.from_s = s.gap.until_s = NOW - 60 * 86400;
    assert_bad_gap(&s, true);
    s = good_gap();
    assert_non_null(check(&s, s.head.bytes, true)); /* a replay has none */
    for (size_t n = 0; n < s.head.bytes; n++)
        assert_non_null(check(&s, n, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_contact_passes),
        cmocka_unit_test(what_a_contact_may_leave_out_it_may),
        cmocka_unit_test(good_figures_pass),
        cmocka_unit_test(a_beginning_is_zero_but_for_its_head),
        cmocka_unit_test(a_wrong_head_is_refused),
        cmocka_unit_test(a_size_that_is_not_the_records_is_refused),
        cmocka_unit_test(an_unknown_purpose_or_evidence_is_refused),
        cmocka_unit_test(a_time_that_is_no_hour_or_not_now_is_refused),
        cmocka_unit_test(only_a_replay_may_tell_of_another_year),
        cmocka_unit_test(a_day_that_is_none_or_not_the_hours_is_refused),
        cmocka_unit_test(every_time_zone_of_the_earth_is_believed),
        cmocka_unit_test(a_country_is_two_capital_letters),
        cmocka_unit_test(a_device_is_a_pseudonym),
        cmocka_unit_test(a_rule_is_a_normalised_name),
        cmocka_unit_test(every_text_is_clean_and_ends),
        cmocka_unit_test(a_figure_that_is_not_the_captures_is_refused),
        cmocka_unit_test(good_figures_of_a_site_pass),
        cmocka_unit_test(a_site_and_a_host_are_normalised_names),
        cmocka_unit_test(a_period_is_over_and_not_long_past),
        cmocka_unit_test(counts_that_cannot_be_are_refused),
        cmocka_unit_test(an_unknown_verdict_or_a_dirty_text_is_refused),
        cmocka_unit_test(only_a_contact_without_a_device_may_be_days_old),
        cmocka_unit_test(good_gaps_pass),
        cmocka_unit_test(gaps_that_cannot_be_are_refused),
        cmocka_unit_test(a_label_is_of_a_pseudonym_of_these_days_and_without_fault),
        cmocka_unit_test(noise_of_every_length_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
