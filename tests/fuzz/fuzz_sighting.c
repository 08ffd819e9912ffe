/* fuzz_sighting.c -- any bytes as a sighting, as a capture process that was taken over might send them.
 *
 * Input      { u8 flags, record }. Flag 1: the record gets a head that is right, so that what is behind it is reached;
 *            flag 2: as in a replay, any date is fine.
 * Claims     What is believed fits the store: enums in their range, texts that end and are clean, a real day.
 */
#include "common/hostname.h"
#include "sensor/sighting.h"

#include <stdlib.h>
#include <string.h>

#define NOW_S 1790000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_text(const char *text, size_t size)
{
    size_t n = strnlen(text, size);
    must(n < size);
    for (size_t i = 0; i < n; i++)
        must((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

static void check_contact(const struct sighting_contact *c, bool replay)
{
    must(c->purpose < PURPOSE_COUNT && c->evidence < EVIDENCE_COUNT && c->hour < 24 && c->hour_s % 3600 == 0);
    must(replay || (c->hour_s > NOW_S - (c->device[0] ? 200000 : 3600000) && c->hour_s < NOW_S + 200000));
    must(strnlen(c->day, sizeof(c->day)) == 10 && strspn(c->day, "0123456789-") == 10);
    must(strnlen(c->country, sizeof(c->country)) < sizeof(c->country));
    must(strnlen(c->device, sizeof(c->device)) < sizeof(c->device));
    must(strspn(c->device, "0123456789abcdef") == strlen(c->device));
    check_text(c->tracker, sizeof(c->tracker));
    check_text(c->organisation, sizeof(c->organisation));
    check_text(c->feed, sizeof(c->feed));
    check_text(c->matched, sizeof(c->matched));
    char again[HOSTNAME_MAX + 1];
    must(c->matched[0] == '\0' || hostname_normalise((const uint8_t *)c->matched, strlen(c->matched), again) > 0);
}

static void check_domain(const char *text)
{
    char again[HOSTNAME_MAX + 1];
    check_text(text, STORE_HOST_MAX);
    must(hostname_normalise((const uint8_t *)text, strlen(text), again) > 0 && strcmp(text, again) == 0);
}

static void check_period(const char period[PERIOD_NAME_MAX])
{
    struct period p;
    check_text(period, PERIOD_NAME_MAX);
    must(period_read(period, &p) && strcmp(p.name, period) == 0);
}

static void check_site(const struct sighting_site *s)
{
    must(s->devices > 0 && s->visits >= s->devices);
    check_domain(s->site);
    check_period(s->period);
}

static void check_pair(const struct sighting_pair *p)
{
    must(p->purpose < PURPOSE_COUNT && p->verdict <= EVIDENCE_SHOWN);
    check_domain(p->site);
    check_domain(p->host);
    check_period(p->period);
    check_text(p->tracker, sizeof(p->tracker));
    check_text(p->organisation, sizeof(p->organisation));
    must(strnlen(p->country, sizeof(p->country)) < sizeof(p->country));
    for (unsigned i = 0; i < MOMENT_CONTEXTS; i++)
        must(p->counts.contexts[i].visits_followed <= p->counts.contexts[i].visits &&
             p->counts.contexts[i].controls_followed <= p->counts.contexts[i].controls);
}

static void check_health(const union sighting *s)
{
    must(s->head.kind == SIGHTING_HEALTH);
    for (unsigned i = STORE_FIGURE_SIGHTINGS_REFUSED; i < 128; i++)
        must(!(s->health.present[i / 64] >> i % 64 & 1));
}

static void check_gap(const struct sighting_gap *g)
{
    must(g->why < GAP_WHYS && g->from_s > NOW_S - 3600000 && g->from_s < NOW_S + 200000);
    must(g->until_s == 0 || (g->until_s >= g->from_s && g->until_s < NOW_S + 200000));
    must(strnlen(g->day, sizeof(g->day)) == 10 && strspn(g->day, "0123456789-") == 10);
}

static void check_label(const struct sighting_label *l)
{
    check_text(l->label, sizeof(l->label));
    must(l->label[0] == '\0' || device_label_fault(l->label) == NULL);
    must(strnlen(l->device, sizeof(l->device)) == 12 && strspn(l->device, "0123456789abcdef") == 12);
    must(period_day_number(l->day) >= 0);
}

static void check_test(const union sighting *s)
{
    const struct sighting_of_test *t = &s->test;
    if (s->head.kind == SIGHTING_TEST) {
        must(store_test_id_is_valid(t->session.id) && t->session.minutes >= 1 && t->session.minutes <= STORE_TEST_MINUTES_MOST);
        must(t->session.state < STORE_TEST_STATES && t->session.hour_s % 3600 == 0);
        check_domain(t->session.site);
        check_text(t->session.reason, sizeof(t->session.reason));
    } else if (s->head.kind == SIGHTING_TEST_HOST) {
        must(store_test_id_is_valid(t->host.id) && t->host.purpose < PURPOSE_COUNT && t->host.evidence < EVIDENCE_COUNT);
        check_domain(t->host.host);
        check_domain(t->host.matched);
        check_text(t->host.tracker, sizeof(t->host.tracker));
        check_text(t->host.organisation, sizeof(t->host.organisation));
        check_text(t->host.feed, sizeof(t->host.feed));
    } else if (s->head.kind == SIGHTING_TEST_LINK) {
        must(store_test_id_is_valid(t->link.id) && t->link.place < SIGHTING_TEST_LINKS_MOST);
        check_domain(t->link.host);
        check_domain(t->link.name);
    } else {
        must(store_test_id_is_valid(t->leak.id));
        check_domain(t->leak.host);
        check_text(t->leak.parameter, sizeof(t->leak.parameter));
        check_text(t->leak.page, sizeof(t->leak.page));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bool replay = data[0] & 2;
    size_t n = size - 1;
    union sighting *s = malloc(n ? n : 1); /* of exactly its size; aligned as the publisher's own copy is */
    must(s != NULL);
    memcpy(s, data + 1, n);
    if ((data[0] & 1) && n >= sizeof(s->head)) {
        s->head.magic = SIGHTING_MAGIC;
        s->head.bytes = (uint16_t)n;
    }
    if (!sighting_check(s, n, NOW_S, replay)) {
        must(s->head.magic == SIGHTING_MAGIC && s->head.bytes == n);
        if (s->head.kind == SIGHTING_CONTACT)
            check_contact(&s->contact, replay);
        else if (sighting_test_bytes(s->head.kind) != 0)
            check_test(s);
        else if (s->head.kind == SIGHTING_SITE)
            check_site(&s->site);
        else if (s->head.kind == SIGHTING_PAIR)
            check_pair(&s->pair);
        else if (s->head.kind == SIGHTING_GAP)
            check_gap(&s->gap);
        else if (s->head.kind == SIGHTING_LABEL)
            check_label(&s->label);
        else
            check_health(s);
    }
    free(s);
    return 0;
}
