/* findings.c -- see findings.h.
 *
 * One path for every evidence: resolve() turns a name into a tracker host (by its own rule, or by the CNAME way this
 * device's DNS showed), touch() opens or extends the contact. Names that match no rule are gone when the function
 * returns.
 */
#include "sensor/findings.h"

#include "common/hostname.h"
#include "feeds/services.h"
#include "feeds/url_role.h"
#include "sensor/leaks.h"

#include <stdlib.h>
#include <string.h>

#define HOSTS_MOST 4096
#define ANSWER_LIFE_S 3600 /* how long a DNS answer explains an address; browsers keep answers past their TTL */
#define GAINS_MOST 8192    /* in WITHHOLD_BEFORE_NS; older ones beyond that stay with their contact */
#define UNASKED_LEAST 10   /* named flows before their lookups may be called hidden */
#define UNASKED_SETTLE_NS (60 * NS_PER_S)

/* Something that an open contact gained, and what it was before: a visit that begins soon takes it back. */
struct gain {
    uint64_t at_ns, opened_ns; /* opened_ns: of the contact, whose place may be another's since */
    uint64_t last_ns, bytes_up, bytes_down;
    uint32_t contact, device, connections;
    uint8_t evidence, seen_by;
};

struct findings {
    struct findings_options o;
    struct device_table *devices;
    struct host_table *hosts;
    struct contact_table *contacts;
    struct attribution *attribution;
    struct leaks *leaks; /* or NULL */
    struct staff_listener staff;
    struct staff_test *test; /* or NULL; of test_device, until test_end_ns */
    uint32_t test_device;
    uint64_t test_end_ns;
    struct site_count *sites;
    uint8_t *site_devices; /* a bit for each (site, device) */
    uint64_t swept_ns, now_ns;
    const struct flow *reading; /* what the worker reads a packet of, and its server */
    struct ip_addr server;
    bool new_connection; /* what is touched now has its first name on its connection; of a tested device only */
    struct local_time today; /* next_day_ns 0: no day has begun */
    struct gain *gains; /* a ring, oldest first; NULL: nothing is withheld */
    uint32_t gains_first, gains_len;
    struct dns_reply *reply; /* these two: scratch of findings_dns(), too large for a stack */
    struct dns_record record;
};

/* What recently gained contacts were before: see struct gain. ------------------------------------------------------- */

static struct gain *gain_at(struct findings *f, uint32_t i)
{
    return &f->gains[(f->gains_first + i) % GAINS_MOST];
}

static uint32_t place_of(struct findings *f, const struct contact *c)
{
    return (uint32_t)(c - contact_table_at(f->contacts, 0));
}

/* Call it before the contact is changed. */
static void note_gain(struct findings *f, const struct contact *c, uint64_t now_ns)
{
    if (!f->gains || c->withheld)
        return;
    while (f->gains_len > 0 && (f->gains_len == GAINS_MOST || gain_at(f, 0)->at_ns + WITHHOLD_BEFORE_NS < now_ns)) {
        f->gains_first = (f->gains_first + 1) % GAINS_MOST;
        f->gains_len--;
    }
    uint64_t newest_ns = f->gains_len > 0 ? gain_at(f, f->gains_len - 1)->at_ns : 0;
    *gain_at(f, f->gains_len++) = (struct gain){.at_ns = now_ns > newest_ns ? now_ns : newest_ns,
                                                .opened_ns = c->first_ns,
                                                .last_ns = c->last_ns,
                                                .bytes_up = c->bytes_up,
                                                .bytes_down = c->bytes_down,
                                                .contact = place_of(f, c),
                                                .device = c->device,
                                                .connections = c->connections,
                                                .evidence = c->evidence,
                                                .seen_by = c->seen_by};
}

static bool has_gained(struct findings *f, const struct contact *c, uint64_t since_ns)
{
    uint32_t place = place_of(f, c);
    for (uint32_t i = f->gains_len; i > 0 && gain_at(f, i - 1)->at_ns >= since_ns; i--)
        if (gain_at(f, i - 1)->contact == place && gain_at(f, i - 1)->opened_ns == c->first_ns)
            return true;
    return false;
}

/* Takes back what a contact gained from since_ns on. *out may be the contact itself, or a copy of it. */
static void take_back(struct findings *f, uint32_t place, uint64_t since_ns, struct contact *out)
{
    for (uint32_t i = f->gains ? f->gains_len : 0; i > 0; i--) {
        const struct gain *g = gain_at(f, i - 1);
        if (g->at_ns < since_ns)
            break;
        if (g->contact != place || g->opened_ns != out->first_ns || g->device != out->device)
            continue;
        out->last_ns = g->last_ns;
        out->bytes_up = g->bytes_up;
        out->bytes_down = g->bytes_down;
        out->connections = g->connections;
        out->evidence = g->evidence;
        out->seen_by = g->seen_by;
    }
}

/* Tells a contact without what it gained too lately. */
static void tell(struct findings *f, const struct contact *c)
{
    struct contact told = *c;
    if (f->o.withhold)
        take_back(f, place_of(f, c), f->now_ns - WITHHOLD_BEFORE_NS, &told);
    f->o.on_due(f->o.context, &told, device_table_at(f->devices, c->device));
}

static bool is_tested(const struct findings *f, uint32_t device)
{
    return f->test && device == f->test_device;
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

/* Visits ---------------------------------------------------------------------------------------------------------- */

static bool near_a_visit(const struct findings *f, const struct device *d, uint64_t now_ns)
{
    if (!f->o.withhold)
        return false;
    if (now_ns < f->o.withhold_until_ns)
        return true;
    for (unsigned i = 0; i < DEVICE_SITES; i++)
        if (d->sites[i].last_ns != 0 && now_ns + WITHHOLD_BEFORE_NS >= d->sites[i].first_ns && now_ns <= d->sites[i].alive_ns + WITHHOLD_AFTER_NS)
            return true;
    return decoy_covers(&d->decoy, now_ns);
}

struct visit_opening {
    struct findings *f;
    uint32_t device;
    uint64_t now_ns;
};

/* A contact that is as young as the delay, and has anything of the last seconds, is withheld whole; an older one only loses that. */
static void withhold_recent(void *context, struct contact *c)
{
    struct visit_opening *v = context;
    struct findings *f = v->f;
    uint64_t since_ns = v->now_ns - WITHHOLD_BEFORE_NS;
    if (c->device != v->device || c->withheld)
        return;
    bool young = !c->reported && c->first_ns + REPORT_DELAY_NS > v->now_ns && has_gained(f, c, since_ns);
    if (c->first_ns < since_ns && !young) {
        take_back(f, place_of(f, c), since_ns, c);
        return;
    }
    contact_table_withhold(f->contacts, c);
    device_table_at(f->devices, c->device)->contacts--;
    if (f->o.on_withheld)
        f->o.on_withheld(f->o.context, c, device_table_at(f->devices, c->device));
}

static void fall_silent(struct findings *f, uint32_t device, uint64_t now_ns)
{
    struct visit_opening v = {.f = f, .device = device, .now_ns = now_ns};
    contact_table_each(f->contacts, withhold_recent, &v);
}

static void count_visit(struct findings *f, uint32_t device, uint32_t site, uint64_t now_ns)
{
    size_t bit = (size_t)site * f->o.max_devices + device;
    f->sites[site].visits++;
    if (!(f->site_devices[bit / 8] & 1u << bit % 8)) {
        f->site_devices[bit / 8] |= (uint8_t)(1u << bit % 8);
        f->sites[site].devices++;
    }
    attribution_visit(f->attribution, device, site, now_ns);
    if (f->o.on_visit)
        f->o.on_visit(f->o.context, site, device_table_at(f->devices, device), now_ns);
    if (f->o.withhold)
        fall_silent(f, device, now_ns);
    if (f->o.decoys)
        decoy_spend(&device_table_at(f->devices, device)->decoy, f->today.next_day_ns, now_ns);
}

/* The day's silence of a device that visits nothing: it begins as a visit's does. */
static void begin_decoy(struct findings *f, uint32_t device, uint64_t now_ns)
{
    struct device *d = device_table_at(f->devices, device);
    if (f->o.withhold && f->o.decoys && decoy_begins(&d->decoy, f->today.next_day_ns, now_ns))
        fall_silent(f, device, now_ns);
}

/* Where a device's being at this site is noted. A site longest not seen makes room for a new one. */
static struct site_visit *site_place(struct device *d, uint32_t site)
{
    struct site_visit *v = &d->sites[0];
    for (unsigned i = 0; i < DEVICE_SITES; i++) {
        if (d->sites[i].last_ns != 0 && d->sites[i].site == site)
            return &d->sites[i];
        if (d->sites[i].last_ns < v->last_ns)
            v = &d->sites[i];
    }
    return v;
}

/* The device gave a sign of being at a site. */
static void site_sign(struct findings *f, uint32_t device, uint32_t site, uint64_t now_ns)
{
    struct site_visit *v = site_place(device_table_at(f->devices, device), site);
    bool known = v->last_ns != 0 && v->site == site;
    if (!known || now_ns >= v->last_ns + f->o.visit_gap_ns) {
        /* The time from which contacts are withheld goes back to where the device was first near this site. */
        uint64_t first_ns = known && now_ns <= v->alive_ns + WITHHOLD_AFTER_NS ? v->first_ns : now_ns;
        *v = (struct site_visit){.site = site, .first_ns = first_ns, .last_ns = now_ns, .alive_ns = now_ns};
        count_visit(f, device, site, now_ns);
    }
    v->tested = false;
    if (now_ns > v->last_ns)
        v->last_ns = now_ns;
    if (now_ns > v->alive_ns)
        v->alive_ns = now_ns;
}

/* The same during a staff test: no visit but the test's own, and yet what comes after the test is withheld. */
static void tested_sign(struct findings *f, uint32_t device, uint32_t site, uint64_t now_ns)
{
    struct site_visit *v = site_place(device_table_at(f->devices, device), site);
    if (v->last_ns == 0 || v->site != site || !v->tested)
        *v = (struct site_visit){.site = site, .first_ns = now_ns, .tested = true};
    v->last_ns = v->alive_ns = now_ns;
    staff_test_site(f->test, site, now_ns);
}

void findings_alive(struct findings *f, const struct flow *flow, bool request, uint64_t now_ns)
{
    if (is_tested(f, flow->device))
        return;
    struct device *d = device_table_at(f->devices, flow->device);
    if (request)
        attribution_renewed(f->attribution, flow->device, flow->page, now_ns);
    if (flow->page >= site_set_count(f->o.sites))
        return;
    if (request)
        site_sign(f, flow->device, flow->page, now_ns);
    for (unsigned i = 0; i < DEVICE_SITES; i++)
        if (d->sites[i].last_ns != 0 && d->sites[i].site == flow->page && now_ns > d->sites[i].alive_ns)
            d->sites[i].alive_ns = now_ns;
}

/* A name that the device said: what page is it, and is that a support site's? */
static uint16_t note_page(struct findings *f, uint32_t device, const char *host, size_t len, bool is_tracker, uint64_t now_ns)
{
    uint32_t site = site_match(f->o.sites, host, len);
    if (is_tested(f, device)) { /* of no page: what its connections bring when the test is over is nobody's visit */
        if (site != SITE_NONE)
            tested_sign(f, device, site, now_ns);
        return UINT16_MAX;
    }
    uint16_t page = attribution_host(f->attribution, device, host, len, site, is_tracker, now_ns);
    if (site != SITE_NONE)
        site_sign(f, device, site, now_ns);
    return page;
}

/* Contacts -------------------------------------------------------------------------------------------------------- */

static bool on_support_site(const struct findings *f, const char *name)
{
    return site_match(f->o.sites, name, strlen(name)) != SITE_NONE;
}

static uint32_t enter_host(struct findings *f, const char *name, size_t len, const struct feed_match *match, const char *const *chain,
                           unsigned chain_len)
{
    uint32_t host = host_table_put(f->hosts, name, len, match, chain, chain_len);
    struct host_entry *h = host_table_at(f->hosts, host);
    h->chain_on_site = on_support_site(f, h->name);
    h->only_files = service_of_name(h->name) == SERVICE_FILES;
    for (unsigned i = 0; i < h->chain_len; i++)
        h->chain_on_site |= on_support_site(f, h->chain[i]);
    return host;
}

/* The tracker host that a name is to this device, or NO_INDEX. */
static uint32_t resolve(struct findings *f, const struct device *d, const char *name, size_t len)
{
    struct feed_match match;
    bool listed = feed_match(f->o.trackers, name, len, &match);
    if (listed && match.owner.tracker)
        return enter_host(f, name, len, &match, NULL, 0);
    for (unsigned i = 0; i < DEVICE_CLOAKED; i++) {
        const struct host_entry *h = host_table_at(f->hosts, d->cloaked[i]);
        if (h && h->name_len == len && memcmp(h->name, name, len) == 0)
            return d->cloaked[i];
    }
    return listed ? enter_host(f, name, len, &match, NULL, 0) : NO_INDEX;
}

static struct contact *touch(struct findings *f, uint32_t device, uint32_t host, enum evidence evidence, unsigned seen_by, uint64_t now_ns)
{
    struct device *d = device_table_at(f->devices, device);
    struct host_entry *h = host_table_at(f->hosts, host);
    if (!h)
        return NULL;
    if (is_tested(f, device)) {
        staff_test_contact(f->test, h, evidence, f->new_connection, now_ns);
        f->new_connection = false;
        return NULL;
    }
    if (!h->only_files)
        attribution_contact(f->attribution, device, h, now_ns);
    bool is_new;
    begin_decoy(f, device, now_ns);
    uint32_t index = contact_table_get(f->contacts, device, h, near_a_visit(f, d, now_ns), now_ns, &is_new);
    if (index == NO_INDEX)
        return NULL;
    struct contact *c = contact_table_at(f->contacts, index);
    contact_adopt(c, h);
    if (!is_new)
        note_gain(f, c, now_ns);
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

static void count_connection(struct findings *f, struct flow *flow, struct contact *c, uint64_t now_ns)
{
    if (!c || (flow->flags & FLOW_COUNTED))
        return;
    flow->flags |= FLOW_COUNTED;
    flow->contact = (uint32_t)(c - contact_table_at(f->contacts, 0));
    note_gain(f, c, now_ns);
    if (c->connections == 0 && flow == f->reading)
        c->place = places_of(f->o.places, &f->server);
    c->connections++;
    c->open_flows++;
}

/* A tested device's connection counts once, and belongs to no contact. */
static void note_connection(struct findings *f, struct flow *flow)
{
    f->new_connection = is_tested(f, flow->device) && !(flow->flags & FLOW_COUNTED);
    if (f->new_connection)
        flow->flags |= FLOW_COUNTED;
}

void findings_name(struct findings *f, struct flow *flow, const struct name_event *e, uint64_t now_ns)
{
    static const unsigned seen[NAME_PROTOCOLS] = {[NAME_TLS] = SEEN_TLS, [NAME_QUIC] = SEEN_QUIC, [NAME_HTTP] = SEEN_HTTP, [NAME_CONNECT] = SEEN_HTTP};
    uint32_t host = resolve(f, device_table_at(f->devices, flow->device), e->host, e->len);
    flow->page = note_page(f, flow->device, e->host, e->len, host != NO_INDEX, now_ns);
    if (host == NO_INDEX)
        return;
    bool url = e->protocol == NAME_HTTP && e->request->target.len > 0;
    note_connection(f, flow);
    count_connection(f, flow, touch(f, flow->device, host, url ? EVIDENCE_URL : EVIDENCE_HANDSHAKE, seen[e->protocol], now_ns), now_ns);
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
    bool tested = is_tested(f, flow->device);
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

uint32_t findings_host_of_address(struct findings *f, uint32_t device, const struct ip_addr *address, uint64_t now_ns)
{
    const struct device *d = device_table_at(f->devices, device);
    uint32_t now_s = (uint32_t)(now_ns / NS_PER_S), found = NO_INDEX, newest = 0;
    const char *tracker = NULL;
    for (unsigned i = 0; i < DEVICE_ANSWERS && d->answers[i].seen_s != 0; i++) {
        const struct dns_answer *a = &d->answers[i];
        if (!ip_equal(&a->address, address) || a->seen_s + ANSWER_LIFE_S < now_s)
            continue;
        const struct host_entry *h = host_table_at(f->hosts, a->host);
        const char *who = !h ? NULL : h->match.owner.tracker ? h->match.owner.tracker : h->match.matched;
        if (!who || (tracker && strcmp(tracker, who) != 0))
            return NO_INDEX; /* some name leads elsewhere: never from the address alone */
        tracker = who;
        if (a->seen_s >= newest) {
            newest = a->seen_s;
            found = a->host;
        }
    }
    return found;
}

void findings_address(struct findings *f, struct flow *flow, uint64_t now_ns)
{
    note_connection(f, flow);
    count_connection(f, flow, touch(f, flow->device, flow->by_address, EVIDENCE_ADDRESS, 0, now_ns), now_ns);
}

void findings_flow_end(struct findings *f, const struct flow *flow, uint64_t last_ns)
{
    if (flow->contact == NO_INDEX)
        return;
    struct contact *c = contact_table_at(f->contacts, flow->contact);
    c->open_flows--;
    /* A flow that went on into a visit must not stretch the contact that carries its device. */
    if (!c->withheld && (is_tested(f, flow->device) || near_a_visit(f, device_table_at(f->devices, flow->device), last_ns)))
        return;
    note_gain(f, c, last_ns > f->now_ns ? last_ns : f->now_ns);
    c->bytes_up += flow->bytes_up;
    c->bytes_down += flow->bytes_down;
    if (last_ns > c->last_ns)
        c->last_ns = last_ns;
}

/* DNS ------------------------------------------------------------------------------------------------------------- */

/* The tracker host that an answer makes of the asked name: by its own rule, or by the first name on its way that has one. */
static uint32_t resolve_reply(struct findings *f, struct device *d, struct dns_reply *r)
{
    struct feed_match match;
    const char *chain[HOST_CHAIN_MAX];
    unsigned len = dns_reply_chain(r, chain), at = len;
    /* The first name with a rule; but a rule that knows its owner is worth more than one of a plain list. */
    for (unsigned i = 0; i < len; i++) {
        struct feed_match found;
        if (!feed_match(f->o.trackers, chain[i], strlen(chain[i]), &found) || (at < len && !found.owner.tracker))
            continue;
        at = i;
        match = found;
        if (match.owner.tracker)
            break;
    }
    if (at == len)
        return NO_INDEX;
    uint32_t host = enter_host(f, r->asked.text, r->asked.len, &match, at > 0 ? chain : NULL, at > 0 ? at + 1 : 0);
    if (at > 0)
        device_remember_cloaked(d, host);
    return host;
}

static void read_reply(struct findings *f, uint32_t device, struct dns_reply *r, uint64_t now_ns)
{
    struct device *d = device_table_at(f->devices, device);
    uint32_t host = resolve_reply(f, d, r);
    if (host != NO_INDEX)
        touch(f, device, host, r->blocked && r->addresses_len == 0 ? EVIDENCE_BLOCKED : EVIDENCE_LOOKUP, SEEN_DNS, now_ns);
    for (unsigned i = 0; i < r->addresses_len; i++)
        device_remember_answer(d, &r->addresses[i], host, now_ns);
    for (unsigned i = 0; i < r->aliases_len; i++)
        if (on_support_site(f, r->aliases[i].target.text))
            note_page(f, device, r->aliases[i].target.text, r->aliases[i].target.len, false, now_ns);
    for (unsigned i = 0; i < r->fronts_len; i++)
        device_remember_front(d, r->fronts[i]);
}

static void read_question(struct findings *f, uint32_t device, const struct dns_message *m, const struct dns_name *name, uint64_t now_ns)
{
    struct feed_match match;
    struct device *d = device_table_at(f->devices, device);
    device_remember_question(d, name->text, -1);
    if (!m->response)
        device_remember_question(d, name->text, m->id);
    bool listed = feed_match(f->o.trackers, name->text, name->len, &match);
    note_page(f, device, name->text, name->len, listed, now_ns);
    if (listed)
        touch(f, device, enter_host(f, name->text, name->len, &match, NULL, 0), EVIDENCE_LOOKUP, SEEN_DNS, now_ns);
}

void findings_dns(struct findings *f, uint32_t device, const uint8_t *message, size_t n, bool from_device, uint64_t now_ns,
                  void (*told)(void *context, enum name_protocol protocol, const struct dns_name *name), void *context)
{
    struct dns_message m;
    struct dns_reply *reply = f->reply;
    struct dns_record *record = &f->record;
    if (dns_open(&m, message, n) != DISSECT_OK)
        return;
    /* The device asks, the other end answers; a server's notices and updates name names, but nobody looks them up. */
    bool for_device = device != NO_INDEX && m.response != from_device && m.opcode == 0;
    dns_reply_begin(reply);
    while (dns_next(&m, record) == DISSECT_OK) {
        if (record->section == DNS_QUESTION) {
            told(context, NAME_DNS, &record->name);
            if (!for_device || !record->name.is_host)
                continue;
            read_question(f, device, &m, &record->name, now_ns);
            memcpy(&reply->asked, &record->name, sizeof(reply->asked));
        } else if (record->section == DNS_ANSWER) {
            if (record->has_target && record->target.len > 0)
                told(context, NAME_DNS_TARGET, &record->target);
            dns_reply_note(reply, record);
        }
    }
    if (m.rcode == DNS_NXDOMAIN)
        reply->blocked = true;
    /* An answer to a question that this device did not ask may be anybody's: it proves no address and no way. */
    if (for_device && m.response && reply->asked.len > 0 && device_asked(device_table_at(f->devices, device), reply->asked.text, m.id))
        read_reply(f, device, reply, now_ns);
}

bool findings_is_front(const struct findings *f, uint32_t device, const char *host)
{
    return device_knows_front(device_table_at(f->devices, device), host);
}

void findings_note_named(struct findings *f, uint32_t device, const char *host, uint64_t now_ns)
{
    struct device *d = device_table_at(f->devices, device);
    if (now_ns < d->first_ns + UNASKED_SETTLE_NS)
        return; /* what it had asked before we came is still in its cache */
    d->named_flows++;
    d->unasked_flows += !device_asked(d, host, -1);
    if (d->named_flows < UNASKED_LEAST)
        return;
    /* Names without questions: this device asks somewhere we cannot see. Old counts fade, so that it can be taken back. */
    d->hidden_dns = d->resolver_seen || d->unasked_flows * 2 > d->named_flows;
    if (d->named_flows >= 4 * UNASKED_LEAST) {
        d->named_flows /= 2;
        d->unasked_flows /= 2;
    }
}

/* Staff tests ----------------------------------------------------------------------------------------------------- */

bool findings_is_testing(const struct findings *f)
{
    return f->test != NULL;
}

/* The device is still where it was, as far as anybody knows: half an hour's withholding begins now. */
static void end_test(struct findings *f, enum store_test_state how)
{
    struct device *d = device_table_at(f->devices, f->test_device);
    staff_test_end(f->test, how);
    staff_test_free(f->test);
    f->test = NULL;
    for (unsigned i = 0; i < DEVICE_SITES; i++)
        if (d->sites[i].tested && f->now_ns > d->sites[i].alive_ns)
            d->sites[i].alive_ns = f->now_ns;
    attribution_forget_device(f->attribution, f->test_device);
    d->references--;
}

static bool was_at_a_site(const struct device *d, uint64_t now_ns)
{
    for (unsigned i = 0; i < DEVICE_SITES; i++)
        if (d->sites[i].last_ns != 0 && !d->sites[i].tested && now_ns <= d->sites[i].alive_ns + WITHHOLD_AFTER_NS)
            return true;
    return false;
}

static enum staff_outcome begin_test(struct findings *f, const struct staff_request *r, uint64_t now_ns)
{
    if (f->test)
        return STAFF_BUSY;
    if (now_ns < f->o.withhold_until_ns)
        return STAFF_UNKNOWN;
    uint32_t device = findings_device(f, &r->device, now_ns);
    if (device == NO_INDEX)
        return STAFF_NO_ROOM;
    if (was_at_a_site(device_table_at(f->devices, device), now_ns))
        return STAFF_NEAR_A_VISIT;
    if (!(f->test = staff_test_new(r, f->o.sites, f->o.visit_gap_ns, &f->staff)))
        return STAFF_NO_ROOM;
    attribution_forget_device(f->attribution, device); /* what it did before has nothing to follow */
    device_table_at(f->devices, device)->references++;
    f->test_device = device;
    f->test_end_ns = now_ns + (uint64_t)r->minutes * 60 * NS_PER_S;
    return STAFF_STARTED;
}

void findings_staff_request(struct findings *f, const struct staff_request *r, uint64_t now_ns)
{
    if (!f->staff.decided)
        return;
    if (!r->stop) {
        f->staff.decided(f->staff.context, begin_test(f, r, now_ns));
    } else if (f->test) { /* of several workers one has it; the others keep silent */
        end_test(f, STORE_TEST_STOPPED);
        f->staff.decided(f->staff.context, STAFF_STOPPED);
    }
}

static void keep_test(struct findings *f, uint64_t now_ns)
{
    if (!f->test)
        return;
    staff_test_tick(f->test);
    if (now_ns >= f->test_end_ns)
        end_test(f, STORE_TEST_OVER);
}

/* Time ------------------------------------------------------------------------------------------------------------ */

static void tell_if_due(void *context, struct contact *c)
{
    struct findings *f = context;
    if (c->reported || c->withheld || c->first_ns + REPORT_DELAY_NS > f->now_ns)
        return;
    c->reported = true;
    tell(f, c);
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
    keep_test(f, now_ns);
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
        end_test(f, STORE_TEST_CUT);
    contact_table_finish(f->contacts);
    f->gains_len = 0;
    device_table_forget_sites(f->devices);
    attribution_settle(f->attribution);
}
