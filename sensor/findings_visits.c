/* findings_visits.c -- when a device is at a support site, and what is withheld because of it.
 *
 * A name of a site opens a visit or keeps it alive, and so does traffic on a connection to it. From WITHHOLD_BEFORE_NS before a visit until
 * WITHHOLD_AFTER_NS after its last sign the device's contacts are withheld. That silence could itself be read, so devices without a
 * visit fall silent too (sensor/decoy.h).
 */
#include "sensor/findings_state.h"

#include <string.h>

bool visits_is_site(const struct findings *f, const char *name)
{
    return site_match(f->o.sites, name, strlen(name)) != SITE_NONE;
}

bool visits_near(const struct findings *f, const struct device *d, uint64_t now_ns)
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
    bool young = !c->reported && c->first_ns + REPORT_DELAY_NS > v->now_ns && gains_has(f, c, since_ns);
    if (c->first_ns < since_ns && !young) {
        gains_take_back(f, contacts_place(f, c), since_ns, c);
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

/* One silence would show the visitor: the others fall silent too. */
static void spend_and_owe(struct findings *f, uint32_t visitor, uint64_t now_ns)
{
    decoy_spend(&device_table_at(f->devices, visitor)->decoy, f->today.next_day_ns, now_ns);
    for (uint32_t i = 0; i < f->o.max_devices; i++)
        if (i != visitor && device_table_at(f->devices, i)->taken)
            decoy_owe(&device_table_at(f->devices, i)->decoy, f->today.next_day_ns, now_ns);
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
        spend_and_owe(f, device, now_ns);
}

/* The day's silence of a device that visits nothing: it begins as a visit's does. */
void visits_begin_decoy(struct findings *f, uint32_t device, uint64_t now_ns)
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
    if (tests_has(f, flow->device))
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
uint16_t visits_note_name(struct findings *f, uint32_t device, const char *host, size_t len, bool is_tracker, uint64_t now_ns)
{
    uint32_t site = site_match(f->o.sites, host, len);
    if (tests_has(f, device)) { /* of no page: what its connections bring when the test is over is nobody's visit */
        if (site != SITE_NONE)
            tested_sign(f, device, site, now_ns);
        return UINT16_MAX;
    }
    uint16_t page = attribution_host(f->attribution, device, host, len, site, is_tracker, now_ns);
    if (site != SITE_NONE)
        site_sign(f, device, site, now_ns);
    return page;
}
