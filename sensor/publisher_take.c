/* publisher_take.c -- see publisher_take.h. */
#include "sensor/publisher_take.h"

#include "common/clock.h"
#include "common/period.h"

#include <string.h>

static void take_contact(struct store_writer *store, const struct sighting_contact *s)
{
    struct store_contact c = {.time_ns = s->hour_s * NS_PER_S,
                              .hour = s->hour,
                              .asn = s->asn,
                              .connections = s->connections,
                              .purpose = s->purpose,
                              .evidence = s->evidence};
    _Static_assert(sizeof(c.day) == sizeof(s->day) && sizeof(c.device) == sizeof(s->device) && sizeof(c.matched) == sizeof(s->matched) &&
                       sizeof(c.country) == sizeof(s->country),
                   "sightings and store records have the same texts");
    memcpy(c.day, s->day, sizeof(c.day));
    memcpy(c.device, s->device, sizeof(c.device));
    memcpy(c.tracker, s->tracker, sizeof(c.tracker));
    memcpy(c.organisation, s->organisation, sizeof(c.organisation));
    memcpy(c.feed, s->feed, sizeof(c.feed));
    memcpy(c.matched, s->matched, sizeof(c.matched));
    memcpy(c.country, s->country, sizeof(c.country));
    store_writer_contact(store, &c);
}

static void take_site(struct store_writer *store, const struct sighting_site *s)
{
    struct store_site out = {.visits = s->visits, .devices = s->devices};
    period_read(s->period, &out.period); /* sighting_check() has */
    memcpy(out.site, s->site, sizeof(out.site));
    store_writer_site(store, &out);
}

static void take_pair(struct store_writer *store, const struct sighting_pair *s)
{
    struct store_pair out = {.purpose = s->purpose, .verdict = s->verdict, .counts = s->counts};
    period_read(s->period, &out.period);
    memcpy(out.site, s->site, sizeof(out.site));
    memcpy(out.host, s->host, sizeof(out.host));
    memcpy(out.tracker, s->tracker, sizeof(out.tracker));
    memcpy(out.organisation, s->organisation, sizeof(out.organisation));
    memcpy(out.country, s->country, sizeof(out.country));
    store_writer_pair(store, &out);
}

void publisher_take_record(struct store_writer *store, const union sighting *s)
{
    if (s->head.kind == SIGHTING_CONTACT)
        take_contact(store, &s->contact);
    else if (s->head.kind == SIGHTING_SITE)
        take_site(store, &s->site);
    else if (s->head.kind == SIGHTING_PAIR)
        take_pair(store, &s->pair);
}

void publisher_take_gap(struct store_gaps *gaps, const struct sighting_gap *s)
{
    struct store_gap out = {.from_s = s->from_s, .until_s = s->until_s, .why = (enum gap_why)s->why};
    memcpy(out.day, s->day, sizeof(out.day));
    store_gaps_put(gaps, &out);
}

bool publisher_take_test(struct store_tests *tests, const union sighting *s)
{
    const struct sighting_of_test *t = &s->test;
    const char *id = s->head.kind == SIGHTING_TEST        ? t->session.id
                     : s->head.kind == SIGHTING_TEST_HOST ? t->host.id
                     : s->head.kind == SIGHTING_TEST_LINK ? t->link.id
                                                          : t->leak.id;
    if (!store_tests_may_have(tests, id))
        return false;
    if (s->head.kind == SIGHTING_TEST)
        store_tests_session(tests, id,
                            &(struct store_test_session){.site = t->session.site,
                                                         .reason = t->session.reason,
                                                         .hour_s = t->session.hour_s,
                                                         .minutes = t->session.minutes,
                                                         .visits = t->session.visits,
                                                         .beyond = t->session.beyond,
                                                         .state = t->session.state});
    else if (s->head.kind == SIGHTING_TEST_HOST)
        store_tests_host(tests, id,
                         &(struct store_test_host){.host = t->host.host,
                                                   .matched = t->host.matched,
                                                   .tracker = t->host.tracker,
                                                   .organisation = t->host.organisation,
                                                   .feed = t->host.feed,
                                                   .purpose = t->host.purpose,
                                                   .evidence = t->host.evidence,
                                                   .after_ms = t->host.after_ms,
                                                   .visits_with = t->host.visits_with,
                                                   .connections = t->host.connections});
    else if (s->head.kind == SIGHTING_TEST_LINK)
        store_tests_link(tests, id, t->link.host, t->link.place, t->link.name);
    else
        store_tests_leak(tests, id, t->leak.number, t->leak.host, t->leak.parameter, t->leak.page);
    return true;
}
