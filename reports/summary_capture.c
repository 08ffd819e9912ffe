/* summary_capture.c -- a summary of what `telltale read` found.
 *
 * The report was already guarded when it was made (cli/collect.h), or is an operator's own and shows everything: hours and devices
 * stand as they are, since the report's other forms list every contact. Support sites are asked for their devices again.
 */
#include "reports/day_summary.h"

#include "common/clock.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void take_contact(struct day_summary *s, const struct report_contact *c)
{
    struct local_time when;
    clock_local(c->first_ns, &when);
    unsigned purpose = 1u << c->purpose;
    s->contacts++;
    s->by_evidence[c->evidence]++;
    s->by_purpose[c->purpose]++;
    s->by_hour[when.hour % 24]++;
    if (c->organisation)
        day_summary_company(s, c->organisation, purpose, 1);
    if (c->tracker) {
        struct summary_tracker *t = day_summary_tracker(s, c->tracker, c->organisation, purpose, 1);
        if (t && t->first_day[0] == '\0')
            memcpy(t->first_day, when.day, sizeof(t->first_day));
    }
    if (c->country)
        day_summary_country(s, c->country, 1);
    if (c->device)
        day_summary_device(s, c->device, 1);
    struct summary_day *day = day_summary_day(s, when.day);
    if (!day)
        return;
    day->recorded = true;
    day->contacts++;
}

static void take_site(struct day_summary *s, const struct report_site *from)
{
    struct summary_site *site = day_summary_site(s, from->site, from->label, from->category);
    if (!site || !day_summary_visits(s, site, "capture", from->visits, from->devices > 0 ? (uint64_t)from->devices : 0))
        return;
    for (size_t i = 0; i < from->disclosures_len; i++)
        day_summary_disclosure(s, site, &from->disclosures[i]);
}

/* "lunch.pcap", "lunch.pcap and 2 more": the last part of the path alone, since folders tell about the machine. */
static char *name_captures(const struct capture_report *r)
{
    char *out = NULL;
    const char *first = r->files_len ? r->files[0] : "no capture", *slash = strrchr(first, '/');
    int n = r->files_len > 1 ? asprintf(&out, "%s and %zu more", slash ? slash + 1 : first, r->files_len - 1) : asprintf(&out, "%s", slash ? slash + 1 : first);
    return n < 0 ? NULL : out;
}

static void take_coverage(struct day_summary *s, const struct capture_report *r)
{
    struct summary_coverage *c = &s->coverage;
    c->scope = SUMMARY_OF_PERIOD;
    c->flows = r->flows;
    c->named = r->named;
    c->names_seen = r->names_seen;
    c->names_along = r->names_along;
    memcpy(c->blind, r->blind, sizeof(c->blind));
    c->lost = r->dropped;
    c->unreadable = r->truncated + r->malformed;
}

void day_summary_from_capture(struct day_summary *s, const struct capture_report *r)
{
    struct local_time when;
    s->of_capture = true;
    s->demo = r->demo;
    s->exact = r->shows_everything || r->demo;
    clock_local(clock_wall_ns(), &when);
    memcpy(s->made_on, when.day, sizeof(s->made_on));
    clock_local(r->first_ns, &when);
    memcpy(s->first_day, when.day, sizeof(s->first_day));
    clock_local(r->last_ns, &when);
    memcpy(s->last_day, when.day, sizeof(s->last_day));
    s->source = name_captures(r);
    s->feeds = r->feeds ? strdup(r->feeds) : NULL;
    if (!s->source || (r->feeds && !s->feeds))
        s->rc = -ENOMEM;
    for (size_t i = 0; i < r->contacts_len; i++)
        take_contact(s, &r->contacts[i]);
    for (size_t i = 0; i < r->devices_len; i++)
        if (r->devices[i].label)
            day_summary_label(s, r->devices[i].device, r->devices[i].label);
    for (size_t i = 0; i < r->sites_len; i++)
        take_site(s, &r->sites[i]);
    take_coverage(s, r);
    day_summary_finish(s);
    s->exact = true;
}
