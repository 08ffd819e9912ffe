/* summary_sites.c -- support sites in a summary: which of their released periods may be handed out, and what they show.
 *
 * The store has a site for days, weeks and terms that five distinct devices visited, each visit in one of them. An export needs ten
 * (SUMMARY_SMALLEST_GROUP), and takes only periods that lie in its days as a whole. A period that has not enough is passed over
 * here, before anything is counted: its visits are in no sum, its pairs are not judged, and do not move the correction for the
 * others. What is shown is thus a function of shown periods alone, so that two exports that overlap give nothing by
 * subtraction, whatever their days.
 */
#include "reports/summary_sites.h"

#include "common/evidence.h"
#include "feeds/sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One site and tracker host, over its shown periods. */
struct pooled {
    const struct store_pair *first;
    struct moment_counts counts;
};

struct pool {
    struct day_summary *summary;
    const struct summary_released *released;
    struct pooled *pairs;
    size_t len;
};

static bool lies_within(const struct day_summary *s, const struct period *p)
{
    return strcmp(p->first, s->first_day) >= 0 && strcmp(p->last, s->last_day) <= 0;
}

static const struct site *known_site(const struct site_set *names, const char *site)
{
    uint32_t index = names ? site_match(names, site, strlen(site)) : SITE_NONE;
    const struct site *known = index == SITE_NONE ? NULL : site_at(names, index);
    return known && strcmp(known->site, site) == 0 ? known : NULL;
}

static void take_periods(struct pool *p)
{
    for (size_t i = 0; i < p->released->sites_len; i++) {
        const struct store_site *from = &p->released->sites[i];
        if (!lies_within(p->summary, &from->period) || (!p->summary->exact && from->devices < SUMMARY_SMALLEST_GROUP))
            continue;
        const struct site *known = known_site(p->released->names, from->site);
        struct summary_site *site = day_summary_site(p->summary, from->site, known ? known->label : NULL, known ? known->category : NULL);
        if (site)
            day_summary_visits(p->summary, site, from->period.name, from->visits, from->devices);
    }
}

static struct summary_site *site_of(const struct pool *p, const char *name)
{
    for (size_t i = 0; i < p->summary->sites_len; i++)
        if (p->summary->sites[i].site && strcmp(p->summary->sites[i].site, name) == 0)
            return &p->summary->sites[i];
    return NULL;
}

/* Is this the pair of a period that is shown? */
static bool is_shown(const struct pool *p, const struct store_pair *pair)
{
    const struct summary_site *site = site_of(p, pair->site);
    for (size_t i = 0; site && i < site->periods_len; i++)
        if (strcmp(site->periods[i].period, pair->period.name) == 0)
            return true;
    return false;
}

static void pool_pair(struct pool *p, const struct store_pair *pair)
{
    for (size_t i = 0; i < p->len; i++)
        if (strcmp(p->pairs[i].first->site, pair->site) == 0 && strcmp(p->pairs[i].first->host, pair->host) == 0) {
            moment_counts_add(&p->pairs[i].counts, &pair->counts);
            return;
        }
    p->pairs[p->len++] = (struct pooled){pair, pair->counts};
}

static void tell(struct pool *p, const struct pooled *pair, const struct evidence_result *result)
{
    struct summary_site *site = site_of(p, pair->first->site);
    struct store_pair texts = *pair->first; /* disclosures have texts that can be written to; these are copied */
    if (!site || result->visits_with == 0)
        return;
    day_summary_disclosure(p->summary, site,
                           &(struct report_disclosure){.host = texts.host,
                                                       .tracker = texts.tracker[0] ? texts.tracker : NULL,
                                                       .organisation = texts.organisation[0] ? texts.organisation : NULL,
                                                       .purpose = texts.purpose,
                                                       .result = *result});
}

static int judge(struct pool *p)
{
    struct evidence_pair *in = calloc(p->len + 1, sizeof(*in));
    struct evidence_result *results = calloc(p->len + 1, sizeof(*results));
    int rc = in && results ? 0 : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < p->len; i++) {
        in[i].strata = p->pairs[i].counts.contexts;
        in[i].strata_len = MOMENT_CONTEXTS;
        memcpy(in[i].delays, p->pairs[i].counts.delays, sizeof(in[i].delays));
    }
    if (rc == 0)
        rc = evidence_judge(in, p->len, results);
    for (size_t i = 0; rc == 0 && i < p->len; i++)
        tell(p, &p->pairs[i], &results[i]);
    free(in);
    free(results);
    return rc;
}

void day_summary_sites(struct day_summary *s, const struct summary_released *released)
{
    struct pool p = {.summary = s, .released = released, .pairs = calloc(released->pairs_len + 1, sizeof(*p.pairs))};
    if (!p.pairs) {
        s->rc = -ENOMEM;
        return;
    }
    take_periods(&p);
    for (size_t i = 0; i < released->pairs_len; i++)
        if (is_shown(&p, &released->pairs[i]))
            pool_pair(&p, &released->pairs[i]);
    int rc = judge(&p);
    if (rc < 0)
        s->rc = rc;
    free(p.pairs);
}
