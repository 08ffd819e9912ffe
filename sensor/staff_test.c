/* staff_test.c -- see staff_test.h.
 *
 * A page load is some dozens of hosts, so they are searched in a row. Each has its sighting ready, and a mark that says whether it changed
 * since it was told. All of it lives as long as the test does, minutes, and is wiped at its end.
 *
 * Left out: which of two visits' pages brought a host; requests on connections that were open before the visit, which show no name again. A
 * report of a test says that counts are lower bounds, as every report does.
 */
#include "sensor/staff_test.h"

#include "common/clock.h"
#include "common/text.h"
#include "sensor/leaks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SIGHTING_TEST_LINKS_MOST >= HOST_CHAIN_MAX - 1, "every way fits into the records");

struct tested_host {
    union sighting sighting;
    uint32_t visit;  /* the latest that it followed, from 1 */
    uint8_t links;
    bool changed, has_owner;
    char link[HOST_CHAIN_MAX][STORE_HOST_MAX];
};

struct staff_test {
    struct staff_listener listener;
    union sighting session;
    uint32_t site;
    uint64_t visit_gap_ns, visit_ns, site_ns; /* when the latest visit began; the latest sign of the site. 0: none yet */
    bool changed;
    struct leaks *leaks;
    uint32_t leaks_seen, leaks_told; /* rows of the table that were looked at; of the site, told */
    uint32_t hosts_len;
    struct tested_host hosts[STAFF_TEST_HOSTS];
};

static void copy_text(char *out, size_t size, const char *text)
{
    if (text)
        text_clean(text, strlen(text), out, size);
    else
        out[0] = '\0';
}

struct staff_test *staff_test_new(const struct staff_request *r, const struct site_set *sites, uint64_t visit_gap_ns, const struct staff_listener *l)
{
    struct staff_test *t = calloc(1, sizeof(*t));
    if (!t || !(t->leaks = leaks_new(sites, 1))) {
        free(t);
        return NULL;
    }
    sighting_begin(&t->session, SIGHTING_TEST);
    struct sighting_test_session *s = &t->session.test.session;
    s->hour_s = r->hour_s;
    s->minutes = r->minutes;
    s->state = STORE_TEST_RUNNING;
    memcpy(s->id, r->id, sizeof(s->id));
    memcpy(s->reason, r->reason, sizeof(s->reason));
    copy_text(s->site, sizeof(s->site), site_at(sites, r->site)->site);
    t->listener = *l;
    t->site = r->site;
    t->visit_gap_ns = visit_gap_ns;
    t->changed = true;
    return t;
}

void staff_test_free(struct staff_test *t)
{
    if (!t)
        return;
    leaks_free(t->leaks);
    explicit_bzero(t, sizeof(*t));
    free(t);
}

void staff_test_site(struct staff_test *t, uint32_t site, uint64_t now_ns)
{
    if (site != t->site)
        return;
    if (t->site_ns == 0 || now_ns >= t->site_ns + t->visit_gap_ns) {
        t->session.test.session.visits++;
        t->visit_ns = now_ns;
        t->changed = true;
    }
    if (now_ns > t->site_ns)
        t->site_ns = now_ns;
}

/* Who owns the host and what leads to it; a plain list's rule gives way to one that knows the owner. */
static void describe(struct tested_host *out, const struct host_entry *host)
{
    struct sighting_test_host *s = &out->sighting.test.host;
    const struct feed_match *m = &host->match;
    out->has_owner = m->owner.tracker != NULL;
    s->purpose = (uint8_t)m->owner.purpose;
    copy_text(s->tracker, sizeof(s->tracker), m->owner.tracker);
    copy_text(s->organisation, sizeof(s->organisation), m->owner.organisation);
    copy_text(s->feed, sizeof(s->feed), m->feed);
    copy_text(s->matched, sizeof(s->matched), m->matched);
    out->links = 0;
    for (unsigned i = 1; i < host->chain_len; i++)
        copy_text(out->link[out->links++], STORE_HOST_MAX, host->chain[i]);
    out->changed = true;
}

static struct tested_host *host_of(struct staff_test *t, const struct host_entry *host, uint64_t now_ns)
{
    for (uint32_t i = 0; i < t->hosts_len; i++)
        if (strcmp(t->hosts[i].sighting.test.host.host, host->name) == 0)
            return &t->hosts[i];
    if (t->hosts_len == STAFF_TEST_HOSTS) {
        t->session.test.session.beyond++;
        t->changed = true;
        return NULL;
    }
    struct tested_host *h = &t->hosts[t->hosts_len++];
    sighting_begin(&h->sighting, SIGHTING_TEST_HOST);
    struct sighting_test_host *s = &h->sighting.test.host;
    uint64_t after_ms = now_ns > t->visit_ns ? (now_ns - t->visit_ns) / NS_PER_MS : 0;
    s->after_ms = after_ms < UINT32_MAX ? (uint32_t)after_ms : UINT32_MAX;
    memcpy(s->id, t->session.test.session.id, sizeof(s->id));
    copy_text(s->host, sizeof(s->host), host->name);
    describe(h, host);
    return h;
}

void staff_test_contact(struct staff_test *t, const struct host_entry *host, enum evidence evidence, bool connection, uint64_t now_ns)
{
    if (t->visit_ns == 0)
        return;
    struct tested_host *h = host_of(t, host, now_ns);
    if (!h)
        return;
    struct sighting_test_host *s = &h->sighting.test.host;
    if (!h->has_owner && host->match.owner.tracker)
        describe(h, host);
    if (h->visit != t->session.test.session.visits) {
        h->visit = t->session.test.session.visits;
        s->visits_with++;
        h->changed = true;
    }
    if (evidence > s->evidence) {
        s->evidence = (uint8_t)evidence;
        h->changed = true;
    }
    if (connection) {
        s->connections++;
        h->changed = true;
    }
}

void staff_test_request(struct staff_test *t, const struct feed_set *trackers, const char *host, bool cloaked, const struct http_request *r, struct bytes_view body)
{
    if (t->visit_ns != 0)
        leaks_request(t->leaks, trackers, 0, host, cloaked, r, body);
}

/* Telling ---------------------------------------------------------------------------------------------------------- */

static void tell_host(struct staff_test *t, struct tested_host *h)
{
    h->changed = false;
    t->listener.tell(t->listener.context, &h->sighting);
    for (uint8_t i = 0; i < h->links; i++) {
        union sighting s;
        sighting_begin(&s, SIGHTING_TEST_LINK);
        s.test.link.place = i;
        memcpy(s.test.link.id, t->session.test.session.id, sizeof(s.test.link.id));
        memcpy(s.test.link.host, h->sighting.test.host.host, sizeof(s.test.link.host));
        memcpy(s.test.link.name, h->link[i], sizeof(s.test.link.name));
        t->listener.tell(t->listener.context, &s);
    }
}

static void tell_leak(struct staff_test *t, uint32_t number, const struct leak_row *row)
{
    union sighting s;
    sighting_begin(&s, SIGHTING_TEST_LEAK);
    struct sighting_test_leak *out = &s.test.leak;
    out->number = (uint16_t)number;
    memcpy(out->id, t->session.test.session.id, sizeof(out->id));
    copy_text(out->host, sizeof(out->host), row->host);
    copy_text(out->parameter, sizeof(out->parameter), row->parameter);
    copy_text(out->page, sizeof(out->page), row->page);
    t->listener.tell(t->listener.context, &s);
}

static void tell_leaks(struct staff_test *t)
{
    for (; t->leaks_seen < leaks_count(t->leaks); t->leaks_seen++) {
        struct leak_row row = leaks_row(t->leaks, t->leaks_seen);
        if (row.site != t->site)
            continue;
        if (t->leaks_told < STAFF_TEST_LEAKS) {
            tell_leak(t, t->leaks_told++, &row);
        } else {
            t->session.test.session.beyond++;
            t->changed = true;
        }
    }
}

void staff_test_tick(struct staff_test *t)
{
    tell_leaks(t);
    for (uint32_t i = 0; i < t->hosts_len; i++)
        if (t->hosts[i].changed)
            tell_host(t, &t->hosts[i]);
    if (t->changed)
        t->listener.tell(t->listener.context, &t->session);
    t->changed = false;
}

void staff_test_end(struct staff_test *t, enum store_test_state how)
{
    for (uint32_t i = 0; i < t->hosts_len; i++)
        t->hosts[i].changed = true;
    tell_leaks(t); /* those that are new, then all again, which counts nothing twice */
    uint32_t beyond = t->session.test.session.beyond;
    t->leaks_seen = t->leaks_told = 0;
    tell_leaks(t);
    t->session.test.session.beyond = beyond;
    t->session.test.session.state = (uint8_t)how;
    t->changed = true;
    staff_test_tick(t);
    t->listener.ended(t->listener.context);
}
