/* test_attacker.c -- somebody who holds everything that left the sensor, watches it live, and knows which tracker only one helpline uses,
 * tries to name the device that visited: on a thousand generated days.
 *
 * The days: 8 to 31 devices come and go in sessions, pages with popular trackers in each; on most days nobody to four of them, now and
 * then more, open a helpline whose pages load popular trackers and one (ONLY) that nobody else has. Some of these devices contact it once
 * more an hour later, while nobody is visiting anything. Findings and both ledgers are the real ones, k = 5.
 * The attacker knows who was present, and on which days somebody visited (more than he could). He names one device a day, by one
 * rule; by what he has of a device he may be right no more often than by drawing lots among those present, within 3.5 standard
 * deviations. By what he lacks (half an hour of a visitor's records is withheld, and of everybody else's by decoys) he is right a little more
 * often; docs/ARCHITECTURE.md states how much, and it is held to SILENCE_MOST times here.
 */
#include "sensor/site_ledger.h"
#include "sensor/withheld.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/sensor/watched_findings.h"

#define DAYS     1000
#define DEVICES  32
#define ONLY     "t.unowned-tracker.example"
#define HELPLINE "www.themix.org.uk"
#define STEP_S   10
#define HOURS    6
#define STEPS    (HOURS * 3600 / STEP_S)
#define RULES    6
#define SILENCE  4 /* from this rule on he looks at what is missing */
#define SILENCE_MOST 1.45
#define K        5

static const char *const popular[] = {"secure.adnxs.com", "ad.doubleclick.net", "s0.2mdn.net", "edge.adobedc.net"};
#define POPULAR (sizeof(popular) / sizeof(popular[0]))

/* What the attacker has of one day, by device. */
struct sheet {
    bool present, named_only;
    unsigned records, popular_records[POPULAR];
    uint64_t last_ns, longest_ns; /* silence between two records, as he sees them arrive */
};

static struct sheet sheets[DEVICES];
static bool visited[DEVICES];
static unsigned visitors;
static struct withheld *kept;
static struct site_ledger *ledger;
static struct findings *f;
static char today[11];
static uint64_t clock_ns;
static unsigned device_less_today, device_less_only_today, sites_left_today, only_records;
static unsigned right[RULES], days_tried;
static double by_lot, variance;

/* The capture process's part: as sensor/releases.c does it. ------------------------------------------------------------ */

static struct source source_of(const struct contact *c)
{
    struct source s = {.purpose = c->match.owner.purpose};
    snprintf(s.tracker, sizeof(s.tracker), "%s", c->match.owner.tracker ? c->match.owner.tracker : "");
    if (c->match.registrable && !c->chain_on_site)
        snprintf(s.matched, sizeof(s.matched), "%s", c->match.matched);
    return s;
}

static void see(struct sheet *s, const struct contact *c)
{
    s->records++;
    if (s->last_ns && clock_ns - s->last_ns > s->longest_ns)
        s->longest_ns = clock_ns - s->last_ns;
    s->last_ns = clock_ns;
    if (strcmp(c->host, ONLY) == 0) {
        s->named_only = true;
        only_records++;
    }
    for (size_t i = 0; i < POPULAR; i++)
        s->popular_records[i] += strcmp(c->host, popular[i]) == 0;
}

static void due_contact(void *context, const struct contact *c, const struct device *d)
{
    (void)context;
    struct source s = source_of(c);
    if (withheld_told(kept, today, &s, &d->key, c->evidence, c->connections))
        see(&sheets[d->key.bytes[5]], c);
}

static void closed_contact(void *context, const struct contact *c, const struct device *d)
{
    (void)context;
    struct source s = source_of(c);
    if (c->withheld)
        withheld_add(kept, today, &s, &d->key, c->evidence, c->connections);
}

static void begun_visit(void *context, uint32_t site, const struct device *d, uint64_t at_ns)
{
    (void)context, (void)at_ns;
    site_ledger_visit(ledger, today, site_at(sites, site)->site, &d->key);
}

static void on_counts(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts)
{
    (void)context;
    site_ledger_pair(ledger, today, site_at(sites, site)->site, tracker, counts);
}

static void over(void *context, struct findings *of, const char day[11])
{
    (void)context, (void)day;
    attribution_close(findings_attribution(of), on_counts, NULL);
}

/* What leaves ----------------------------------------------------------------------------------------------------- */

static void left_contact(void *context, const struct period *p, const struct source *s, enum evidence evidence, uint32_t connections)
{
    (void)context, (void)p, (void)evidence, (void)connections;
    device_less_today++;
    device_less_only_today += s && strcmp(s->matched, "unowned-tracker.example") == 0;
}

static void left_site(void *context, const struct period *p, const struct ledger_site *s)
{
    (void)context;
    assert_true(s->devices.len >= K);
    sites_left_today += p->kind == PERIOD_DAY;
}

static void left_pair(void *context, const struct period *p, const struct ledger_pair *pair, enum evidence_verdict v)
{
    (void)context, (void)p, (void)pair, (void)v;
}

/* A day ----------------------------------------------------------------------------------------------------------- */

static unsigned draw(unsigned n)
{
    return randombytes_uniform(n);
}

static void contact(unsigned of_device, const char *host)
{
    struct device_key key = {.is_mac = 1};
    key.bytes[5] = (uint8_t)of_device;
    struct flow flow = {.device = findings_device(f, &key, clock_ns), .contact = NO_INDEX, .hello = NO_INDEX, .inspection = NO_INDEX,
                        .by_address = NO_INDEX, .page = UINT16_MAX, .flags = FLOW_BEYOND | FLOW_FROM_DEVICE};
    struct name_event e = {.protocol = NAME_TLS, .host = host, .len = strlen(host), .from_device = true};
    findings_name(f, &flow, &e, clock_ns);
    findings_flow_end(f, &flow, clock_ns);
}

struct plan {
    unsigned session_until, session_from, visit_at, echo_at;
};

static void plan_day(struct plan plans[DEVICES], unsigned n)
{
    unsigned wish = draw(20) == 0 ? K + draw(3) : draw(5);
    visitors = 0;
    for (unsigned i = 0; i < n; i++) {
        plans[i] = (struct plan){.session_from = draw(STEPS / 3), .visit_at = UINT32_MAX, .echo_at = UINT32_MAX};
        plans[i].session_until = plans[i].session_from + 6 + draw(120);
        sheets[i].present = true;
    }
    for (unsigned v = 0; v < wish; v++) {
        unsigned i = draw(n);
        while (plans[i].visit_at != UINT32_MAX)
            i = draw(n);
        plans[i].visit_at = draw(STEPS * 3 / 4);
    }
}

static void step_device(struct plan *p, unsigned i, unsigned step)
{
    if (step >= p->visit_at && step >= p->session_from && step <= p->session_until) { /* among other things that it does */
        visited[i] = true;
        visitors++;
        p->visit_at = UINT32_MAX;
        if (draw(2))
            p->echo_at = step + 3600 / STEP_S + draw(400);
        contact(i, HELPLINE);
        contact(i, ONLY);
        contact(i, popular[draw(POPULAR)]);
    }
    if (step == p->echo_at)
        contact(i, ONLY);
    if (step > p->session_until) { /* away for a while, from minutes to hours */
        p->session_from = step + 30 + draw(600);
        p->session_until = p->session_from + 6 + draw(120);
    }
    if (step >= p->session_from && draw(8) == 0)
        contact(i, popular[draw(POPULAR)]);
}

static void live_a_day(unsigned number, unsigned n)
{
    struct plan plans[DEVICES];
    struct local_time t;
    memset(sheets, 0, sizeof(sheets));
    memset(visited, 0, sizeof(visited));
    device_less_today = device_less_only_today = sites_left_today = 0;
    clock_ns = BEGIN / (86400 * NS_PER_S) * 86400 * NS_PER_S + ((uint64_t)number * 24 + 9) * 3600 * NS_PER_S;
    clock_local(clock_ns, &t);
    memcpy(today, t.day, sizeof(today));
    site_ledger_close_before(ledger, today);
    withheld_close_before(kept, today);
    plan_day(plans, n);
    for (unsigned step = 0; step < STEPS; step++, clock_ns += STEP_S * NS_PER_S) {
        for (unsigned i = 0; i < n; i++)
            step_device(&plans[i], i, step);
        findings_tick(f, clock_ns);
    }
    findings_finish(f, clock_ns);
    findings_end_day(f);
}

/* The attacker's rules: a weight for each device; he names the heaviest, by lot among equals. */
static double weight(int rule, const struct sheet *s)
{
    unsigned all = 0, least = UINT32_MAX;
    for (size_t i = 0; i < POPULAR; i++) {
        all += s->popular_records[i];
        least = s->popular_records[i] < least ? s->popular_records[i] : least;
    }
    switch (rule) {
    case 0: /* whom the tracker of the helpline was told of */
        return s->named_only;
    case 1: /* who lacks one of the popular trackers, more than chance explains */
        return all ? (double)(all - POPULAR * least) / sqrt(all) : -1;
    case 2: /* who has most records */
        return s->records;
    case 3: /* who has too much of one tracker, more than chance explains */
        return all ? (POPULAR * (double)s->popular_records[0] - all) / sqrt(all) : -DBL_MAX;
    case 4: /* who was silent longest between two records */
        return (double)s->longest_ns;
    default: /* who has the fewest records: the rest may be withheld */
        return -(double)s->records;
    }
}

static void try_to_name(unsigned n)
{
    for (int rule = 0; rule < RULES; rule++) {
        unsigned ties = 0, named = 0;
        double best = -1e300;
        for (unsigned i = 0; i < n; i++) {
            double w = weight(rule, &sheets[i]);
            if (w > best)
                ties = 0;
            if (w >= best && draw(++ties) == 0)
                named = i;
            best = w > best ? w : best;
        }
        right[rule] += visited[named];
    }
    double p = (double)visitors / n;
    days_tried++;
    by_lot += p;
    variance += p * (1 - p);
}

static void nobody_names_a_visitor_better_than_by_lot_on_a_thousand_days(void **state)
{
    (void)state;
    const struct withheld_outlet contacts = {.on_contact = left_contact};
    const struct ledger_outlet outlet = {.on_site = left_site, .on_pair = left_pair};
    struct findings_options o = {.trackers = trackers, .sites = sites, .max_devices = 64, .max_contacts = 256, .visit_gap_ns = 60 * NS_PER_S,
                                 .withhold = true, .decoys = true, .on_due = due_contact, .on_close = closed_contact, .on_visit = begun_visit, .on_day = over};
    kept = withheld_new(K, &contacts);
    ledger = site_ledger_new(K, &outlet);
    for (unsigned number = 0; number < DAYS; number++) {
        unsigned n = 8 + draw(DEVICES - 8);
        f = findings_new(&o);
        live_a_day(number, n);
        if (visitors > 0)
            try_to_name(n);
        /* What leaves of this day leaves at its end, in a crowd. */
        unsigned before = device_less_today, only_before = device_less_only_today;
        struct local_time t;
        clock_local(clock_ns + 86400 * NS_PER_S, &t);
        unsigned of_this_day = visitors;
        site_ledger_close_before(ledger, t.day);
        withheld_close_before(kept, t.day);
        assert_int_equal(before, 0);
        assert_int_equal(only_before, 0);
        if (of_this_day < K) {
            assert_int_equal(sites_left_today, 0);
            assert_int_equal(device_less_only_today, 0);
        }
        findings_free(f);
    }
    site_ledger_close_all(ledger);
    withheld_close_all(kept);
    assert_int_equal(only_records, 0); /* the helpline's tracker is never told of any device, not even an hour later */
    assert_true(days_tried > DAYS / 2);
    for (int rule = 0; rule < RULES; rule++) {
        print_message("rule %d: right on %u of %u days; by lot %.0f (standard deviation %.1f)\n", rule, right[rule], days_tried, by_lot, sqrt(variance));
        assert_true(right[rule] <= (rule < SILENCE ? by_lot + 3.5 * sqrt(variance) : SILENCE_MOST * by_lot));
    }
    withheld_free(kept);
    site_ledger_free(ledger);
}

/* Chance as anybody can draw it again, in place of libsodium's. */
static uint64_t chance_state = 6;

static uint32_t chance(void)
{
    chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance_state >> 32);
}

static void chance_fill(void *const out, const size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = (uint8_t)(chance() >> 16);
}

static const char *chance_name(void)
{
    return "the same on every run";
}

int main(int argc, char **argv)
{
    /* Another number: another thousand days. */
    static struct randombytes_implementation same = {.implementation_name = chance_name, .random = chance, .buf = chance_fill};
    chance_state = argc > 1 ? strtoull(argv[1], NULL, 10) : chance_state;
    randombytes_set_implementation(&same);
    setenv("TZ", "UTC", 1);
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_names_a_visitor_better_than_by_lot_on_a_thousand_days)};
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
