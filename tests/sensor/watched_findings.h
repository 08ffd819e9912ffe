/* watched_findings.h -- findings whose clock a test moves by hand, and what they told. Include after <cmocka.h>. */
#ifndef TELLTALE_TESTS_SENSOR_WATCHED_FINDINGS_H
#define TELLTALE_TESTS_SENSOR_WATCHED_FINDINGS_H

#include "sensor/findings.h"
#include "tests/sensor/made_dns.h"
#include "tests/sensor/made_packet.h"
#include "tests/sensor/made_rules.h"

#define MINUTE   (60 * NS_PER_S)
#define BEGIN    (1790000000 * NS_PER_S)
#define TOLD_MAX 64

/* A contact as a callback showed it. */
struct told {
    char host[HOSTNAME_MAX + 1], first_of_chain[HOSTNAME_MAX + 1], last_of_chain[HOSTNAME_MAX + 1],
        matched[HOSTNAME_MAX + 1];
    uint64_t first_ns, last_ns, at_ns, bytes_up, bytes_down;
    uint32_t connections, device_number;
    enum evidence evidence;
    unsigned seen_by, chain_len;
    bool withheld, chain_on_site;
};

static struct feed_set *trackers;
static struct site_set *sites;
static struct findings *findings;
static struct told due[TOLD_MAX], closed[TOLD_MAX];
static unsigned due_count, closed_count;
static uint64_t now_ns; /* moved by wait_s() only */

static inline void keep(struct told *t, const struct contact *c, const struct device *d)
{
    *t = (struct told){.first_ns = c->first_ns,
                       .last_ns = c->last_ns,
                       .at_ns = now_ns,
                       .connections = c->connections,
                       .device_number = d->number,
                       .evidence = c->evidence,
                       .seen_by = c->seen_by,
                       .chain_len = c->chain_len,
                       .withheld = c->withheld,
                       .chain_on_site = c->chain_on_site,
                       .bytes_up = c->bytes_up,
                       .bytes_down = c->bytes_down};
    snprintf(t->host, sizeof(t->host), "%s", c->host);
    snprintf(t->matched, sizeof(t->matched), "%s", c->match.matched);
    if (c->chain_len > 0) {
        snprintf(t->first_of_chain, sizeof(t->first_of_chain), "%s", c->chain[0]);
        snprintf(t->last_of_chain, sizeof(t->last_of_chain), "%s", c->chain[c->chain_len - 1]);
    }
}

static inline void on_due(void *context, const struct contact *c, const struct device *d)
{
    assert_ptr_equal(context, &findings);
    assert_false(c->withheld);
    assert_true(due_count < TOLD_MAX);
    keep(&due[due_count++], c, d);
}

static inline void on_close(void *context, const struct contact *c, const struct device *d)
{
    assert_ptr_equal(context, &findings);
    assert_true(closed_count < TOLD_MAX);
    keep(&closed[closed_count++], c, d);
}

static bool watch_confirms; /* as live: what nobody answered is not told */

static inline void watch(bool withhold)
{
    struct findings_options o = {.trackers = trackers,
                                 .sites = sites,
                                 .max_devices = 32,
                                 .max_contacts = 64,
                                 .visit_gap_ns = 60 * NS_PER_S,
                                 .withhold = withhold,
                                 .confirm = watch_confirms,
                                 .on_due = on_due,
                                 .on_close = on_close,
                                 .context = &findings};
    due_count = closed_count = 0;
    now_ns = BEGIN;
    findings = findings_new(&o);
    assert_non_null(findings);
    findings_tick(findings, now_ns);
}

static inline int load_rules(void **state)
{
    (void)state;
    trackers = make_trackers();
    sites = make_sites();
    return 0;
}

static inline int free_rules(void **state)
{
    (void)state;
    feed_set_free(trackers);
    site_set_free(sites);
    return 0;
}

static inline int begin_withholding(void **state)
{
    (void)state;
    watch(true);
    return 0;
}

static inline int begin_confirming(void **state)
{
    watch_confirms = true;
    return begin_withholding(state);
}

static inline int begin_open(void **state)
{
    (void)state;
    watch(false);
    return 0;
}

static inline int end_watch(void **state)
{
    (void)state;
    findings_free(findings);
    findings_free(NULL);
    watch_confirms = false;
    return 0;
}

/* Time goes by, with a tick a second as the worker makes them. */
static inline void wait_s(unsigned seconds)
{
    while (seconds-- > 0) {
        now_ns += NS_PER_S;
        findings_tick(findings, now_ns);
    }
}

static inline void finish(void)
{
    findings_finish(findings, now_ns);
}

static inline uint32_t device(unsigned number)
{
    struct device_key key = {.is_mac = 1};
    memcpy(key.bytes, made_mac(number).bytes, 6);
    uint32_t index = findings_device(findings, &key, now_ns);
    assert_int_not_equal(index, NO_INDEX);
    return index;
}

static inline struct flow a_flow(unsigned of_device)
{
    return (struct flow){.device = device(of_device),
                         .contact = NO_INDEX,
                         .hello = NO_INDEX,
                         .inspection = NO_INDEX,
                         .by_address = NO_INDEX, .page = UINT16_MAX,
                         .flags = FLOW_BEYOND | FLOW_FROM_DEVICE};
}

/* A name on a flow of the device. */
static inline void name_on(struct flow *f, enum name_protocol protocol, const char *host)
{
    struct http_request request = {.target = {.at = (const uint8_t *)"/", .len = 1}};
    struct name_event e = {.protocol = protocol,
                           .host = host,
                           .len = strlen(host),
                           .from_device = true,
                           .request = protocol == NAME_HTTP ? &request : NULL};
    findings_name(findings, f, &e, now_ns);
}

/* A connection that opens, says its name and ends at once. */
static inline void connect_to(unsigned of_device, const char *host)
{
    struct flow f = a_flow(of_device);
    f.bytes_up = 1000;
    f.bytes_down = 5000;
    name_on(&f, NAME_TLS, host);
    findings_flow_end(findings, &f, now_ns);
}

static unsigned names_told;

static inline void count_name(void *context, enum name_protocol protocol, const struct dns_name *name)
{
    assert_ptr_equal(context, &names_told);
    assert_true(protocol == NAME_DNS || protocol == NAME_DNS_TARGET);
    assert_int_equal(strlen(name->text), name->len);
    names_told++;
}

static inline void give_dns(unsigned of_device, const struct made_dns *m, bool from_device)
{
    names_told = 0;
    uint8_t *exact = malloc(m->n);
    assert_non_null(exact);
    memcpy(exact, m->bytes, m->n);
    findings_dns(findings, device(of_device), exact, m->n, from_device, now_ns, count_name, &names_told);
    free(exact);
}

static inline void ask(unsigned of_device, const char *name)
{
    struct made_dns m;
    dns_begin(&m, false, 0, name, DNS_A);
    give_dns(of_device, &m, true);
}

/* The device asks for a name and is given an address; NULL: no such name. */
static inline void resolve(unsigned of_device, const char *name, const char *address)
{
    struct made_dns m;
    ask(of_device, name);
    dns_begin(&m, true, address ? DNS_NOERROR : DNS_NXDOMAIN, name, DNS_A);
    if (address)
        dns_address(&m, name, address);
    give_dns(of_device, &m, false);
}

static inline struct site_count site(const char *name)
{
    uint32_t index = site_match(sites, name, strlen(name));
    assert_int_not_equal(index, SITE_NONE);
    return findings_site(findings, index);
}

#endif
