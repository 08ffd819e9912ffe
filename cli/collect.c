/* collect.c -- see collect.h. */
#include "cli/collect.h"

#include "cli/collect_leaks.h"
#include "cli/collect_sites.h"

#include "sensor/roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_NS (3600 * NS_PER_S)

static char *copy(struct collection *c, const char *text)
{
    char *s = text ? strdup(text) : NULL;
    if (text && !s)
        c->out_of_memory = true;
    return s;
}

static void device_text(const struct collection *c, const struct device *d, char out[ADDRESS_TEXT_MAX])
{
    struct mac_addr mac;
    struct ip_addr ip;
    if (c->view == COLLECT_GUARDED) {
        snprintf(out, ADDRESS_TEXT_MAX, "device-%u", d->number);
    } else if (d->key.is_mac) {
        memcpy(mac.bytes, d->key.bytes, sizeof(mac.bytes));
        mac_format(&mac, out);
    } else {
        memcpy(ip.bytes, d->key.bytes, sizeof(ip.bytes));
        ip_format(&ip, out);
    }
}

/* Host and chain: only where no device can be told from them. */
static void fill_host(struct collection *c, struct report_contact *r, const struct contact *from)
{
    if (c->view == COLLECT_GUARDED) {
        if (from->match.registrable && !from->chain_on_site)
            r->matched = copy(c, from->match.matched);
        return;
    }
    r->host = copy(c, from->host);
    r->matched = copy(c, from->match.matched);
    if (from->chain_len == 0 || !(r->chain = calloc(from->chain_len, sizeof(*r->chain))))
        return;
    for (; r->chain_len < from->chain_len; r->chain_len++)
        r->chain[r->chain_len] = copy(c, from->chain[r->chain_len]);
}

void collect_contact(void *context, const struct contact *from, const struct device *d)
{
    struct collection *c = context;
    char device[ADDRESS_TEXT_MAX];
    pthread_mutex_lock(&c->lock);
    struct report_contact *r = capture_report_add_contact(c->report);
    if (!r) {
        c->out_of_memory = true;
        pthread_mutex_unlock(&c->lock);
        return;
    }
    if (!from->withheld) {
        device_text(c, d, device);
        r->device = copy(c, device);
    } else {
        c->report->withheld++;
    }
    fill_host(c, r, from);
    r->tracker = copy(c, from->match.owner.tracker);
    r->organisation = copy(c, from->match.owner.organisation);
    r->home_country = copy(c, from->match.owner.country);
    r->feed = copy(c, from->match.feed);
    r->role = from->url_role ? from->url_role : contact_role(&from->match);
    r->purpose = from->match.owner.purpose;
    r->evidence = from->evidence;
    r->seen_by = from->seen_by;
    r->country = from->place.country[0] ? copy(c, from->place.country) : NULL;
    r->asn = from->place.asn ? (int64_t)from->place.asn : -1;
    r->connections = from->connections;
    r->bytes_up = from->bytes_up;
    r->bytes_down = from->bytes_down;
    r->first_ns = from->withheld ? from->first_ns / HOUR_NS * HOUR_NS : from->first_ns;
    r->last_ns = from->withheld ? from->last_ns / HOUR_NS * HOUR_NS : from->last_ns;
    pthread_mutex_unlock(&c->lock);
}

/* Guarded: a device's row says nothing that its shown contacts do not say; its other flows may be a visit. */
static void sum_shown_contacts(const struct capture_report *report, struct report_device *d)
{
    for (size_t i = 0; i < report->contacts_len; i++) {
        const struct report_contact *c = &report->contacts[i];
        if (!c->device || !d->device || strcmp(c->device, d->device) != 0)
            continue;
        d->flows += c->connections;
        if (d->first_ns == 0 || c->first_ns < d->first_ns)
            d->first_ns = c->first_ns;
        if (c->last_ns > d->last_ns)
            d->last_ns = c->last_ns;
    }
}

static void add_device(void *context, const struct device *d)
{
    struct collection *c = context;
    char text[ADDRESS_TEXT_MAX];
    if (d->flows == 0 && d->contacts == 0)
        return; /* a gateway that only answers, a printer that only announces itself */
    if (c->view == COLLECT_GUARDED && d->contacts == 0)
        return; /* with all its contacts withheld, its being there would tell */
    struct report_device *r = capture_report_add_device(c->report);
    if (!r) {
        c->out_of_memory = true;
        return;
    }
    struct mac_addr mac;
    memcpy(mac.bytes, d->key.bytes, sizeof(mac.bytes));
    device_text(c, d, text);
    const struct device_label *label = c->labels && d->key.is_mac ? device_labels_find(c->labels, &mac) : NULL;
    r->device = copy(c, text);
    r->label = label ? copy(c, label->text) : NULL;
    if (c->view == COLLECT_GUARDED) {
        sum_shown_contacts(c->report, r);
    } else {
        r->first_ns = d->first_ns;
        r->last_ns = d->last_ns;
        r->flows = d->flows;
    }
    r->contacts = d->contacts;
    r->randomised_mac = d->key.is_mac && mac_is_randomised(&mac);
    r->hidden_dns = d->hidden_dns;
    r->doubtful = d->doubtful;
}

static void add_application(struct collection *c, struct worker *w, const struct application_count *from)
{
    char name[APPLICATION_NAME_MAX], category[APPLICATION_NAME_MAX];
    struct report_application *r = NULL;
    worker_application_name(w, from->app, name, category);
    for (size_t i = 0; i < c->report->applications_len && !r; i++)
        if (c->report->applications[i].name && strcmp(c->report->applications[i].name, name) == 0)
            r = &c->report->applications[i];
    if (!r && (r = capture_report_add_application(c->report))) {
        r->name = copy(c, name);
        r->category = copy(c, category);
    }
    if (r) {
        r->flows += from->flows;
        r->bytes += from->bytes;
    }
}

static void add_site(struct collection *c, const struct pipeline *p, const struct site_pairs *pairs, uint32_t index, const struct site *site)
{
    struct site_count sum = {0};
    for (int i = 0; i < pipeline_workers(p); i++) {
        struct site_count one = findings_site(worker_findings(pipeline_worker(p, i)), index);
        sum.visits += one.visits;
        sum.devices += one.devices;
    }
    if (sum.visits == 0 || (c->view == COLLECT_GUARDED && sum.devices < COLLECT_SMALLEST_GROUP))
        return;
    struct report_site *r = capture_report_add_site(c->report);
    if (!r) {
        c->out_of_memory = true;
        return;
    }
    r->site = copy(c, site->site);
    r->label = copy(c, site->label);
    r->category = copy(c, site->category);
    r->visits = sum.visits;
    r->devices = sum.devices;
    if (!pairs || !collect_disclosures(pairs, index, r))
        c->out_of_memory = true;
}

static void fill_counts(struct capture_report *r, const struct pipeline *p)
{
    struct pipeline_totals t = pipeline_totals(p);
    r->packets = t.captured;
    r->bytes = t.captured_bytes;
    r->first_ns = t.first_ns;
    r->last_ns = t.last_ns;
    r->dropped = t.ring_full + t.kernel_dropped;
    r->truncated = PIPELINE_COUNT(p, undecodable_truncated);
    r->malformed = PIPELINE_COUNT(p, undecodable_malformed);
    r->flows = PIPELINE_COUNT(p, flows);
    r->named = PIPELINE_COUNT(p, named);
    r->names_seen = PIPELINE_COUNT(p, names_seen);
    r->names_along = PIPELINE_COUNT(p, names_along);
    r->blind[BLIND_ECH] = PIPELINE_COUNT(p, blind_ech);
    r->blind[BLIND_DOH] = PIPELINE_COUNT(p, blind_doh);
    r->blind[BLIND_DOT] = PIPELINE_COUNT(p, blind_dot);
    r->blind[BLIND_DOQ] = PIPELINE_COUNT(p, blind_doq);
    r->blind[BLIND_RELAY] = PIPELINE_COUNT(p, blind_relay);
    r->blind[BLIND_VPN] = PIPELINE_COUNT(p, blind_vpn);
    r->blind[BLIND_NO_NAME] = PIPELINE_COUNT(p, blind_no_name);
    r->blind[BLIND_INCOMPLETE] = PIPELINE_COUNT(p, blind_incomplete);
}

void collect_results(struct collection *c, const struct pipeline *p, const struct feed_set *trackers, const struct site_set *sites)
{
    fill_counts(c->report, p);
    c->report->feeds = copy(c, feed_set_provenance(trackers));
    c->report->tracker_rules = feed_set_rules(trackers);
    c->report->site_rules = site_set_count(sites);
    c->report->shows_everything = c->view == COLLECT_EVERYTHING;
    for (int i = 0; i < pipeline_workers(p); i++) {
        struct worker *w = pipeline_worker(p, i);
        size_t n;
        const struct application_count *apps = worker_applications(w, &n);
        findings_each_device(worker_findings(w), add_device, c);
        for (size_t k = 0; k < n; k++)
            if (apps[k].flows > 0)
                add_application(c, w, &apps[k]);
    }
    struct site_pairs *pairs = collect_sites(p);
    for (uint32_t i = 0; i < site_set_count(sites); i++)
        add_site(c, p, pairs, i, site_at(sites, i));
    collect_sites_free(pairs);
    if (!collect_leaks(c->report, c->view == COLLECT_GUARDED ? COLLECT_SMALLEST_GROUP : 0, p, sites))
        c->out_of_memory = true;
    capture_report_sort(c->report);
}
