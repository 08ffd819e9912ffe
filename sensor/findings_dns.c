/* findings_dns.c -- a device's DNS: tracker hosts asked for, the CNAME way behind a name, which addresses answers gave, and whether it asks
 * somewhere that cannot be seen.
 *
 * Only an answer to a question that this device asked counts: anybody can send one to it.
 */
#include "sensor/findings_state.h"

#include <string.h>

#define ANSWER_LIFE_S 3600 /* how long a DNS answer explains an address; browsers keep answers past their TTL */
#define UNASKED_LEAST 10   /* named flows before their lookups may be called hidden */
#define UNASKED_SETTLE_NS (60 * NS_PER_S)

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
    uint32_t host = contacts_enter_host(f, r->asked.text, r->asked.len, &match, at > 0 ? chain : NULL, at > 0 ? at + 1 : 0);
    if (at > 0)
        device_remember_cloaked(d, host);
    return host;
}

static void read_reply(struct findings *f, uint32_t device, struct dns_reply *r, uint64_t now_ns)
{
    struct device *d = device_table_at(f->devices, device);
    uint32_t host = resolve_reply(f, d, r);
    struct contact *c = NULL;
    if (host != NO_INDEX)
        c = contacts_touch(f, device, host, r->blocked && r->addresses_len == 0 ? EVIDENCE_BLOCKED : EVIDENCE_LOOKUP, SEEN_DNS, now_ns);
    if (c)
        c->confirmed = true;
    for (unsigned i = 0; i < r->addresses_len; i++)
        device_remember_answer(d, &r->addresses[i], host, now_ns);
    for (unsigned i = 0; i < r->aliases_len; i++)
        if (visits_is_site(f, r->aliases[i].target.text))
            visits_note_name(f, device, r->aliases[i].target.text, r->aliases[i].target.len, false, now_ns);
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
    visits_note_name(f, device, name->text, name->len, listed, now_ns);
    if (listed)
        contacts_touch(f, device, contacts_enter_host(f, name->text, name->len, &match, NULL, 0), EVIDENCE_LOOKUP, SEEN_DNS, now_ns);
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
