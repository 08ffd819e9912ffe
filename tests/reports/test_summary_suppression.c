/* Whatever is withheld moves no byte of any export: made-up schools, every pair of ranges. */
#include "made_up_summary.h"

#include "reports/days.h"
#include "reports/summary_sites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SCHOOLS_FULL  10000 /* with TESTS_FULL in the environment: tests/run --all */
#define SCHOOLS_SHORT 2000
#define DAYS    8 /* a Sunday and the whole week after it: 36 ranges */
#define SITES   2
#define HOSTS   1
#define MOST    ((SITES + 1) * (DAYS + 1))

static uint64_t seed;

static uint32_t dice(uint32_t sides)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % sides;
}

struct school {
    struct store_site sites[MOST];
    struct store_pair pairs[HOSTS * MOST];
    size_t sites_len, pairs_len;
};

static struct moment_counts made_counts(uint64_t visits)
{
    struct moment_counts c = {0};
    for (uint64_t v = 0; v < visits; v++) {
        struct moment_stratum *m = &c.contexts[dice(MOMENT_CONTEXTS)];
        bool followed = dice(3) > 0;
        m->visits++;
        m->visits_followed += followed;
        m->controls += 3;
        m->controls_followed += dice(2);
        c.delays[dice(MOMENT_DELAY_BINS)] += followed;
    }
    return c;
}

static void fill(struct school *school, size_t i)
{
    struct store_site *site = &school->sites[i];
    site->visits = site->devices + dice(4);
    for (size_t p = 0; p < school->pairs_len; p++)
        if (strcmp(school->pairs[p].site, site->site) == 0 && strcmp(school->pairs[p].period.name, site->period.name) == 0)
            school->pairs[p].counts = made_counts(site->visits);
}

static void add(struct school *school, const struct period *period, unsigned site)
{
    struct store_site *s = &school->sites[school->sites_len++];
    *s = (struct store_site){.period = *period, .devices = 5 + dice(11)};
    snprintf(s->site, sizeof(s->site), "site%u.org", site);
    for (unsigned host = 0; host < HOSTS; host++) {
        struct store_pair *p = &school->pairs[school->pairs_len++];
        *p = (struct store_pair){.period = *period, .purpose = PURPOSE_ANALYTICS};
        memcpy(p->site, s->site, sizeof(p->site));
        snprintf(p->host, sizeof(p->host), "host%u.net", host);
        snprintf(p->tracker, sizeof(p->tracker), "Tracker %u", host);
    }
    fill(school, school->sites_len - 1);
}

/* What the store may hold: each site on some days, and in the week what its days had not. */
static void made_school(struct school *school, int32_t first)
{
    struct period p;
    memset(school, 0, sizeof(*school));
    for (unsigned site = 0; site < SITES; site++) {
        for (int32_t d = 0; d < DAYS; d++) {
            char day[DAYS_TEXT];
            days_text(first + d, day);
            if (dice(2) && period_of(day, PERIOD_DAY, &p))
                add(school, &p, site);
        }
        char monday[DAYS_TEXT];
        days_text(first + 1, monday);
        if (dice(2) && period_of(monday, PERIOD_WEEK, &p))
            add(school, &p, site);
    }
}

static void summarise(const struct school *school, int32_t from, int32_t to, struct day_summary *s)
{
    day_summary_init(s);
    days_text(from, s->first_day);
    days_text(to, s->last_day);
    strcpy(s->made_on, "2026-12-01");
    s->source = strdup("school");
    /* Only read: the fields are not const because a reader fills them. */
    struct school *read = (struct school *)(uintptr_t)school;
    day_summary_sites(s, &(struct released){read->sites, school->sites_len, read->pairs, school->pairs_len}, NULL);
    day_summary_finish(s);
    assert_int_equal(s->rc, 0);
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ at[i]) * 1099511628211u;
    return h;
}

/* All that the writers have to read about sites. */
static uint64_t digest_model(const struct day_summary *s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s->sites_len; i++) {
        const struct summary_site *site = &s->sites[i];
        h = mix(h, site->site, strlen(site->site));
        for (size_t p = 0; p < site->periods_len; p++)
            h = mix(h, &site->periods[p], sizeof(site->periods[p]));
        for (size_t d = 0; d < site->disclosures_len; d++) {
            const struct evidence_result *e = &site->disclosures[d].result;
            const double reals[] = {e->rate, e->control_rate, e->lift, e->ci_low, e->ci_high, e->p_value, e->q_value, e->median_delay_s, e->share_within_2s};
            const uint32_t counts[] = {e->visits, e->visits_with, e->controls, e->controls_with, (uint32_t)e->verdict};
            const uint32_t days[] = {site->disclosures[d].days, site->disclosures[d].days_with};
            h = mix(h, site->disclosures[d].host, strlen(site->disclosures[d].host));
            h = mix(mix(h, days, sizeof(days)), site->disclosures[d].delays, sizeof(site->disclosures[d].delays));
            h = mix(mix(h, reals, sizeof(reals)), counts, sizeof(counts));
        }
    }
    return mix(h, &s->contacts, sizeof(s->contacts));
}

/* Now and then the bytes that are written too. */
static uint64_t digest(const struct day_summary *s, bool written)
{
    uint64_t h = digest_model(s);
    for (int f = 0; written && f < SUMMARY_AS_PDF; f++) {
        size_t n;
        char *text = summary_written(s, (enum summary_format)f, &n);
        h = mix(h, text, n);
        free(text);
    }
    return h;
}

/* Every range, one after the other: what anybody could subtract is a function of these. */
static uint64_t all_ranges(const struct school *school, int32_t first, bool written)
{
    uint64_t h = 0;
    for (int32_t from = 0; from < DAYS; from++)
        for (int32_t to = from; to < DAYS; to++) {
            struct day_summary s;
            summarise(school, first + from, first + to, &s);
            h = h * 31 + digest(&s, written);
            day_summary_fini(&s);
        }
    return h;
}

/* Another truth behind what is withheld. */
static bool change_withheld(struct school *school)
{
    bool changed = false;
    for (size_t i = 0; i < school->sites_len; i++)
        if (school->sites[i].devices < SUMMARY_SMALLEST_GROUP) {
            school->sites[i].devices = 1 + dice(SUMMARY_SMALLEST_GROUP - 1);
            fill(school, i);
            changed = true;
        }
    return changed;
}

static int32_t first_day(void)
{
    int32_t first;
    assert_true(days_number("2026-11-22", &first));
    return first;
}

static void nothing_withheld_moves_a_byte_of_any_export(void **state)
{
    static struct school school;
    unsigned changed = 0;
    (void)state;
    unsigned schools = getenv("TESTS_FULL") ? SCHOOLS_FULL : SCHOOLS_SHORT;
    seed = 20261123;
    for (unsigned i = 0; i < schools; i++) {
        made_school(&school, first_day());
        uint64_t before = all_ranges(&school, first_day(), i % 100 == 0);
        uint64_t kept = seed;
        if (change_withheld(&school)) {
            changed++;
            if (before != all_ranges(&school, first_day(), i % 100 == 0))
                fail_msg("school %u, seed %llu: an export tells of a withheld period", i, (unsigned long long)kept);
        }
    }
    assert_true(changed > schools * 9 / 10);
}

/* The same search finds a summary that withholds nothing: it is not blind. */
static void a_change_of_what_is_shown_is_noticed(void **state)
{
    static struct school school;
    (void)state;
    seed = 7;
    for (int i = 0; i < 50; i++) {
        made_school(&school, first_day());
        struct period p;
        assert_true(period_of("2026-11-24", PERIOD_DAY, &p));
        add(&school, &p, SITES);
        school.sites[school.sites_len - 1].devices = SUMMARY_SMALLEST_GROUP;
        uint64_t before = all_ranges(&school, first_day(), false);
        school.sites[school.sites_len - 1].visits++;
        assert_true(before != all_ranges(&school, first_day(), false));
    }
}

static void ten_devices_are_enough_and_nine_are_not(void **state)
{
    static struct school school;
    struct day_summary s;
    struct period p;
    (void)state;
    for (uint32_t devices = 9; devices <= 10; devices++) {
        memset(&school, 0, sizeof(school));
        assert_true(period_of("2026-11-24", PERIOD_DAY, &p));
        add(&school, &p, 0);
        school.sites[0].devices = devices;
        summarise(&school, first_day(), first_day() + DAYS - 1, &s);
        assert_int_equal(s.sites_len, devices - 9);
        day_summary_fini(&s);
    }
}

static void a_period_that_sticks_out_of_the_range_is_not_shown(void **state)
{
    static struct school school;
    struct day_summary s;
    struct period p;
    (void)state;
    memset(&school, 0, sizeof(school));
    assert_true(period_of("2026-11-24", PERIOD_WEEK, &p));
    add(&school, &p, 0);
    school.sites[0].devices = 20;
    summarise(&school, first_day() + 1, first_day() + 6, &s); /* Monday to Saturday */
    assert_int_equal(s.sites_len, 0);
    day_summary_fini(&s);
    summarise(&school, first_day() + 1, first_day() + 7, &s);
    assert_int_equal(s.sites_len, 1);
    assert_string_equal(s.sites[0].periods[0].period, "2026-W48");
    day_summary_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_withheld_moves_a_byte_of_any_export),
        cmocka_unit_test(a_change_of_what_is_shown_is_noticed),
        cmocka_unit_test(ten_devices_are_enough_and_nine_are_not),
        cmocka_unit_test(a_period_that_sticks_out_of_the_range_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
