/* summary_sites.c -- support sites in a summary: which of their released periods may be handed out, and what they show.
 *
 * The store has a site for periods that five distinct devices visited. An export needs ten, or k where that is more (day_summary.k), and takes only
 * periods that lie in its days as a whole. A period that has not enough is passed over before anything is counted (released.h). What is
 * shown is thus a function of shown periods alone, so that two exports that overlap give nothing by subtraction, whatever their days.
 */
#include "reports/summary_sites.h"

#include "feeds/sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct site *known_site(const struct site_set *names, const char *site)
{
    uint32_t index = names ? site_match(names, site, strlen(site)) : SITE_NONE;
    const struct site *known = index == SITE_NONE ? NULL : site_at(names, index);
    return known && strcmp(known->site, site) == 0 ? known : NULL;
}

static void take_periods(struct day_summary *s, const struct released *r, const struct released_filter *f, const struct site_set *names)
{
    for (size_t i = 0; i < r->sites_len; i++) {
        const struct store_site *from = &r->sites[i];
        if (!released_shows(f, from))
            continue;
        const struct site *known = known_site(names, from->site);
        struct summary_site *site = day_summary_site(s, from->site, known ? known->label : NULL, known ? known->category : NULL);
        if (site)
            day_summary_visits(s, site, from->period.name, from->visits, from->devices);
    }
}

static struct summary_site *site_of(const struct day_summary *s, const char *name)
{
    for (size_t i = 0; i < s->sites_len; i++)
        if (s->sites[i].site && strcmp(s->sites[i].site, name) == 0)
            return &s->sites[i];
    return NULL;
}

static void take_pair(struct day_summary *s, const struct released_pair *pair)
{
    struct summary_site *site = site_of(s, pair->texts->site);
    struct store_pair texts = *pair->texts; /* disclosures have texts that can be written to; these are copied */
    if (!site || pair->result.visits_with == 0)
        return;
    struct report_disclosure d = {.host = texts.host,
                                  .tracker = texts.tracker[0] ? texts.tracker : NULL,
                                  .organisation = texts.organisation[0] ? texts.organisation : NULL,
                                  .purpose = texts.purpose,
                                  .days = pair->days,
                                  .days_with = pair->days_with,
                                  .result = pair->result};
    memcpy(d.delays, pair->counts.delays, sizeof(d.delays));
    day_summary_disclosure(s, site, &d);
}

void day_summary_sites(struct day_summary *s, const struct released *released, const struct site_set *names)
{
    const struct released_filter f = {s->first_day, s->last_day, s->exact ? 0 : s->k};
    struct released_pair *pairs;
    size_t n;
    take_periods(s, released, &f, names);
    int rc = released_judge(released, &f, &pairs, &n);
    if (rc < 0)
        s->rc = rc;
    for (size_t i = 0; i < n; i++)
        take_pair(s, &pairs[i]);
    free(pairs);
}
