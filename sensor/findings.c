/* findings.c -- see findings.h.
 *
 * One path for every evidence: resolve() turns a name into a tracker host (by its own rule, or by the CNAME way this
 * device's DNS showed), contacts_touch() opens or extends the contact. Names that match no rule are gone when the function
 * returns.
 */
#include "sensor/findings_state.h"

#include "common/hostname.h"
#include "feeds/services.h"
#include "feeds/url_role.h"
#include "sensor/leaks.h"

#include <stdlib.h>
#include <string.h>

#define HOSTS_MOST 4096

uint32_t contacts_place(struct findings *f, const struct contact *c)
{
    return (uint32_t)(c - contact_table_at(f->contacts, 0));
}

/* Tells a contact without what it gained too lately. False: without that there is nothing to tell, yet. */
static bool tell(struct findings *f, const struct contact *c)
{
    struct contact told = *c;
    if (f->o.withhold)
        gains_take_back(f, contacts_place(f, c), f->now_ns - WITHHOLD_BEFORE_NS, &told);
    if (!told.confirmed && f->o.confirm)
        return false;
    f->o.on_due(f->o.context, &told, device_table_at(f->devices, c->device));
    return true;
}

static void on_close(void *context, struct contact *c)
{
    struct findings *f = context;
    struct device *d = device_table_at(f->devices, c->device);
    /* What is younger than the delay when the capture ends might still be followed by a visit that we will not see:
     * it is not told. */
    bool old_enough = !f->o.withhold || f->now_ns >= c->first_ns + WITHHOLD_BEFORE_NS;
    if (!c->reported && !c->withheld && old_enough && f->o.on_due)
        tell(f, c);
    if (f->o.on_close)
        f->o.on_close(f->o.context, c, d);
    d->references--;
}

struct findings *findings_new(const struct findings_options *options)
{
    struct findings *f = calloc(1, sizeof(*f));
    if (!f)
        return NULL;
    uint32_t sites = site_set_count(options->sites);
    f->o = *options;
    if (options->staff)
        f->staff = *options->staff;
    feed_set_hold(f->o.trackers);
    f->devices = device_table_new(options->max_devices);
    f->hosts = host_table_new(HOSTS_MOST);
    f->contacts = contact_table_new(options->max_contacts, on_close, f);
    f->attribution = attribution_new(&(struct attribution_options){
        .sites = sites,
        .max_devices = options->max_devices,
        .visit_gap_ns = options->visit_gap_ns,
        .window_ns = options->visit_window_ns ? options->visit_window_ns : VISIT_WINDOW_NS});
    f->sites = calloc(sites + 1u, sizeof(*f->sites));
    f->site_devices = calloc(((size_t)sites * options->max_devices) / 8 + 1, 1);
    f->reply = calloc(1, sizeof(*f->reply));
    f->leaks = options->leaks ? leaks_new(options->sites, options->max_devices) : NULL;
    f->gains = options->withhold ? calloc(GAINS_MOST, sizeof(*f->gains)) : NULL;
    bool extras = (!options->leaks || f->leaks) && (!options->withhold || f->gains);
    if (!extras || !f->devices || !f->hosts || !f->contacts || !f->attribution || !f->sites || !f->site_devices || !f->reply) {
        findings_free(f);
        return NULL;
    }
    return f;
}

void findings_free(struct findings *f)
{
    if (!f)
        return;
    device_table_free(f->devices);
    host_table_free(f->hosts);
    contact_table_free(f->contacts);
    attribution_free(f->attribution);
    leaks_free(f->leaks);
    staff_test_free(f->test);
    free(f->sites);
    free(f->site_devices);
    free(f->gains);
    free(f->reply);
    feed_set_free(f->o.trackers);
    free(f);
}

void findings_take_rules(struct findings *f, struct feed_set *set)
{
    host_table_rematch(f->hosts, set);
    feed_set_free(f->o.trackers);
    f->o.trackers = set;
}

uint32_t findings_device(struct findings *f, const struct device_key *key, uint64_t now_ns)
{
    uint32_t device = device_table_get(f->devices, key, now_ns);
    if (device != NO_INDEX && device_table_at(f->devices, device)->is_new) {
        device_table_at(f->devices, device)->is_new = false;
        attribution_forget_device(f->attribution, device); /* what another device did in this place */
    }
    return device;
}

uint32_t findings_devices(const struct findings *f)
{
    return device_table_count(f->devices);
}

struct device *findings_device_at(struct findings *f, uint32_t device)
{
    return device_table_at(f->devices, device);
}

void findings_table_losses(const struct findings *f, uint64_t *pushed_out, uint64_t *refused)
{
    *pushed_out = contact_table_pushed_out(f->contacts);
    *refused = contact_table_refused(f->contacts);
}

struct site_count findings_site(const struct findings *f, uint32_t site)
{
    return f->sites[site];
}

struct attribution *findings_attribution(struct findings *f)
{
    return f->attribution;
}

const struct leaks *findings_leaks(const struct findings *f)
{
    return f->leaks;
}

void findings_each_device(const struct findings *f, void (*each)(void *context, const struct device *d), void *context)
{
    device_table_each(f->devices, each, context);
}

/* Contacts -------------------------------------------------------------------------------------------------------- */

uint32_t contacts_enter_host(struct findings *f, const char *name, size_t len, const struct feed_match *match, const char *const *chain,
                           unsigned chain_len)
{
    uint32_t host = host_table_put(f->hosts, name, len, match, chain, chain_len);
    struct host_entry *h = host_table_at(f->hosts, host);
    h->chain_on_site = visits_is_site(f, h->name);
    h->only_files = service_of_name(h->name) == SERVICE_FILES;
    for (unsigned i = 0; i < h->chain_len; i++)
        h->chain_on_site |= visits_is_site(f, h->chain[i]);
    return host;
}

/* The tracker host that a name is to this device, or NO_INDEX. */
static uint32_t resolve(struct findings *f, const struct device *d, const char *name, size_t len)
{
    struct feed_match match;
    bool listed = feed_match(f->o.trackers, name, len, &match);
    if (listed && match.owner.tracker)
        return contacts_enter_host(f, name, len, &match, NULL, 0);
    for (unsigned i = 0; i < DEVICE_CLOAKED; i++) {
        const struct host_entry *h = host_table_at(f->hosts, d->cloaked[i]);
        if (h && h->name_len == len && memcmp(h->name, name, len) == 0)
            return d->cloaked[i];
    }
    return listed ? contacts_enter_host(f, name, len, &match, NULL, 0) : NO_INDEX;
}

struct contact *contacts_touch(struct findings *f, uint32_t device, uint32_t host, enum evidence evidence, unsigned seen_by, uint64_t now_ns)
{
    struct device *d = device_table_at(f->devices, device);
    struct host_entry *h = host_table_at(f->hosts, host);
    if (!h)
        return NULL;
    if (tests_has(f, device)) {
        staff_test_contact(f->test, h, evidence, f->new_connection, now_ns);
        f->new_connection = false;
        return NULL;
    }
    if (!h->only_files)
        attribution_contact(f->attribution, device, h, now_ns);
    bool is_new;
    visits_begin_decoy(f, device, now_ns);
    uint32_t index = contact_table_get(f->contacts, device, h, visits_near(f, d, now_ns), now_ns, &is_new);
    if (index == NO_INDEX)
        return NULL;
    struct contact *c = contact_table_at(f->contacts, index);
    contact_adopt(c, h);
    if (!is_new)
        gains_note(f, c, now_ns);
    if (is_new) {
        d->references++;
        d->contacts += !c->withheld;
        if (c->withheld && f->o.on_withheld)
            f->o.on_withheld(f->o.context, c, d);
    }
    if (evidence > c->evidence)
        c->evidence = (uint8_t)evidence;
    c->seen_by |= (uint8_t)seen_by;
    if (now_ns > c->last_ns)
        c->last_ns = now_ns;
    return c;
}

void findings_reading(struct findings *f, const struct flow *flow, const struct ip_addr *server)
{
    f->reading = flow;
    if (flow)
        f->server = *server;
}

static void confirm(struct findings *f, const struct flow *flow, struct contact *c)
{
    if (c->connections == 0 && flow == f->reading)
        c->place = places_of(f->o.places, &f->server);
    c->connections++;
    c->confirmed = true;
}

static void count_connection(struct findings *f, struct flow *flow, struct contact *c, uint64_t now_ns)
{
    if (!c || (flow->flags & FLOW_COUNTED))
        return;
    flow->flags |= FLOW_COUNTED;
    flow->contact = (uint32_t)(c - contact_table_at(f->contacts, 0));
    gains_note(f, c, now_ns);
    c->open_flows++;
    if (flow->confirmed || !f->o.confirm)
        confirm(f, flow, c);
}

/* What a name on a flow is worth. */
static enum evidence evidence_of(const struct flow *flow)
{
    return !(flow->flags & FLOW_NAMED) ? EVIDENCE_ADDRESS : flow->flags & FLOW_HTTP ? EVIDENCE_URL : EVIDENCE_HANDSHAKE;
}

void findings_confirm(struct findings *f, const struct flow *flow, uint64_t now_ns)
{
    if (!f->o.confirm || flow->contact == NO_INDEX)
        return;
    struct contact *c = contact_table_at(f->contacts, flow->contact);
    /* The answer came into a visit: nothing may be added then to the contact that carries its device. */
    if (!c->withheld && visits_near(f, device_table_at(f->devices, flow->device), now_ns))
        return;
    gains_note(f, c, now_ns);
    if (evidence_of(flow) > c->evidence)
        c->evidence = (uint8_t)evidence_of(flow);
    confirm(f, flow, c);
}

/* A tested device's connection counts once, and belongs to no contact. */
static void note_connection(struct findings *f, struct flow *flow)
{
    f->new_connection = tests_has(f, flow->device) && !(flow->flags & FLOW_COUNTED);
    if (f->new_connection)
        flow->flags |= FLOW_COUNTED;
}

/* A staff test's own device is believed. */
static bool is_to_be_confirmed(const struct findings *f, const struct flow *flow)
{
    return f->o.confirm && !flow->confirmed && !tests_has(f, flow->device);
}

void findings_name(struct findings *f, struct flow *flow, const struct name_event *e, uint64_t now_ns)
{
    static const unsigned seen[NAME_PROTOCOLS] = {[NAME_TLS] = SEEN_TLS, [NAME_QUIC] = SEEN_QUIC, [NAME_HTTP] = SEEN_HTTP, [NAME_CONNECT] = SEEN_HTTP};
    uint32_t host = resolve(f, device_table_at(f->devices, flow->device), e->host, e->len);
    flow->page = visits_note_name(f, flow->device, e->host, e->len, host != NO_INDEX, now_ns);
    if (host == NO_INDEX)
        return;
    bool url = e->protocol == NAME_HTTP && e->request->target.len > 0;
    enum evidence evidence = url ? EVIDENCE_URL : EVIDENCE_HANDSHAKE;
    if (is_to_be_confirmed(f, flow)) /* until then it is not even that */
        evidence = EVIDENCE_LOOKUP;
    note_connection(f, flow);
    count_connection(f, flow, contacts_touch(f, flow->device, host, evidence, seen[e->protocol], now_ns), now_ns);
}

/* A host's name does not tell a pixel from a login; the path of a request does. A pixel, once seen, stays one. */
static void note_role(struct findings *f, const struct flow *flow, const char *host, const struct http_request *r)
{
    const char *path = (const char *)r->target.at;
    const uint8_t *query = r->target.len ? memchr(r->target.at, '?', r->target.len) : NULL;
    struct contact *c = flow->contact != NO_INDEX ? contact_table_at(f->contacts, flow->contact) : NULL;
    if (!c || strcmp(c->host, host) != 0 || r->target.len == 0 || path[0] != '/')
        return;
    const char *role = url_role(host, path, query ? (size_t)(query - r->target.at) : r->target.len, NULL);
    if (role && strcmp(role, "cannot tell") != 0 && (!c->url_role || strcmp(c->url_role, "pixel") != 0))
        c->url_role = role;
}

void findings_request(struct findings *f, const struct flow *flow, const struct http_request *r, struct bytes_view body)
{
    char name[HOSTNAME_MAX + 1];
    bool tested = tests_has(f, flow->device);
    size_t len = f->leaks || tested ? hostname_normalise(r->host.at, r->host.len, name) : 0;
    uint32_t host = len ? resolve(f, device_table_at(f->devices, flow->device), name, len) : NO_INDEX;
    const struct host_entry *h = host_table_at(f->hosts, host);
    if (h && tested) {
        staff_test_request(f->test, f->o.trackers, name, h->chain_len > 0, r, body);
    } else if (h) {
        note_role(f, flow, name, r);
        leaks_request(f->leaks, f->o.trackers, flow->device, name, h->chain_len > 0, r, body);
    }
}

void findings_address(struct findings *f, struct flow *flow, uint64_t now_ns)
{
    enum evidence evidence = is_to_be_confirmed(f, flow) ? EVIDENCE_LOOKUP : EVIDENCE_ADDRESS;
    note_connection(f, flow);
    count_connection(f, flow, contacts_touch(f, flow->device, flow->by_address, evidence, 0, now_ns), now_ns);
}

void findings_flow_end(struct findings *f, const struct flow *flow, uint64_t last_ns)
{
    if (flow->contact == NO_INDEX)
        return;
    struct contact *c = contact_table_at(f->contacts, flow->contact);
    c->open_flows--;
    /* A flow that went on into a visit must not stretch the contact that carries its device. */
    if (!c->withheld && (tests_has(f, flow->device) || visits_near(f, device_table_at(f->devices, flow->device), last_ns)))
        return;
    gains_note(f, c, last_ns > f->now_ns ? last_ns : f->now_ns);
    c->bytes_up += flow->bytes_up;
    c->bytes_down += flow->bytes_down;
    if (last_ns > c->last_ns)
        c->last_ns = last_ns;
}

/* Time ------------------------------------------------------------------------------------------------------------ */

static void tell_if_due(void *context, struct contact *c)
{
    struct findings *f = context;
    if (c->reported || c->withheld || c->first_ns + REPORT_DELAY_NS > f->now_ns)
        return;
    c->reported = tell(f, c);
}

void findings_end_day(struct findings *f)
{
    uint32_t sites = site_set_count(f->o.sites);
    if (!f->o.on_day || f->today.next_day_ns == 0)
        return;
    f->o.on_day(f->o.context, f, f->today.day);
    memset(f->sites, 0, sites * sizeof(*f->sites));
    memset(f->site_devices, 0, (size_t)sites * f->o.max_devices / 8 + 1);
    f->today.next_day_ns = 0;
}

/* A clock that is set back gives no day again: the day that was begun goes on. */
static void keep_day(struct findings *f, uint64_t now_ns)
{
    uint64_t wall_ns = f->o.wall ? f->o.wall(now_ns) : now_ns;
    if (f->today.next_day_ns != 0 && wall_ns >= f->today.next_day_ns)
        findings_end_day(f);
    if (f->today.next_day_ns == 0)
        clock_local(wall_ns, &f->today);
}

void findings_tick(struct findings *f, uint64_t now_ns)
{
    f->now_ns = now_ns;
    keep_day(f, now_ns);
    tests_keep(f, now_ns);
    if (f->o.on_due)
        contact_table_each(f->contacts, tell_if_due, f);
    if (now_ns >= f->swept_ns + 10 * NS_PER_S || now_ns < f->swept_ns) {
        f->swept_ns = now_ns;
        contact_table_sweep(f->contacts, now_ns);
    }
}

void findings_finish(struct findings *f, uint64_t now_ns)
{
    f->now_ns = now_ns;
    if (f->test)
        tests_end(f, STORE_TEST_CUT);
    contact_table_finish(f->contacts);
    f->gains_len = 0;
    device_table_forget_sites(f->devices);
    attribution_settle(f->attribution);
}
