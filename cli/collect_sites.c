/* collect_sites.c -- see collect_sites.h. A few hundred pairs at most: they are found by walking. */
#include "cli/collect_sites.h"

#include "common/evidence.h"

#include <stdlib.h>
#include <string.h>

struct site_pair {
    uint32_t site, before_visits;
    char before[HOSTNAME_MAX + 1]; /* "": none */
    struct attribution_tracker tracker;
    struct moment_counts counts;
};

struct site_pairs {
    struct site_pair *pairs;
    struct evidence_result *results;
    size_t len, room;
    bool out_of_memory;
};

static struct site_pair *pair_of(struct site_pairs *all, uint32_t site, const char *host)
{
    for (size_t i = 0; i < all->len; i++)
        if (all->pairs[i].site == site && strcmp(all->pairs[i].tracker.host, host) == 0)
            return &all->pairs[i];
    if (all->len == all->room) {
        size_t room = all->room ? 2 * all->room : 64;
        struct site_pair *grown = realloc(all->pairs, room * sizeof(*grown));
        if (!grown)
            return NULL;
        all->pairs = grown;
        all->room = room;
    }
    all->pairs[all->len] = (struct site_pair){.site = site};
    return &all->pairs[all->len++];
}

struct taking {
    struct site_pairs *all;
    const struct attribution *from;
};

/* Of several workers the one that saw the order most often tells it. */
static void take_order(struct site_pair *pair, const struct attribution *from)
{
    uint32_t visits = 0;
    const struct attribution_tracker *before = attribution_before(from, pair->site, pair->tracker.host, &visits);
    if (!before || visits <= pair->before_visits)
        return;
    pair->before_visits = visits;
    strcpy(pair->before, before->host);
}

static void take(void *context, uint32_t site, const struct attribution_tracker *tracker, const struct moment_counts *counts)
{
    struct taking *t = context;
    struct site_pairs *all = t->all;
    struct site_pair *pair = pair_of(all, site, tracker->host);
    if (!pair) {
        all->out_of_memory = true;
        return;
    }
    pair->tracker = *tracker;
    moment_counts_add(&pair->counts, counts);
    take_order(pair, t->from);
}

static bool judge(struct site_pairs *all)
{
    struct evidence_pair *in = calloc(all->len + 1, sizeof(*in));
    all->results = calloc(all->len + 1, sizeof(*all->results));
    bool ok = in && all->results;
    for (size_t i = 0; ok && i < all->len; i++) {
        in[i].strata = all->pairs[i].counts.contexts;
        in[i].strata_len = MOMENT_CONTEXTS;
        memcpy(in[i].delays, all->pairs[i].counts.delays, sizeof(in[i].delays));
    }
    ok = ok && evidence_judge(in, all->len, all->results) == 0;
    free(in);
    return ok;
}

struct site_pairs *collect_sites(const struct pipeline *p)
{
    struct site_pairs *all = calloc(1, sizeof(*all));
    if (!all)
        return NULL;
    for (int i = 0; i < pipeline_workers(p); i++) {
        struct attribution *a = findings_attribution(worker_findings(pipeline_worker(p, i)));
        attribution_close(a, take, &(struct taking){all, a});
    }
    if (all->out_of_memory || !judge(all)) {
        collect_sites_free(all);
        return NULL;
    }
    return all;
}

void collect_sites_free(struct site_pairs *pairs)
{
    if (!pairs)
        return;
    free(pairs->pairs);
    free(pairs->results);
    free(pairs);
}

static bool copy(char **out, const char *text)
{
    *out = text[0] ? strdup(text) : NULL;
    return text[0] == '\0' || *out;
}

/* Is this host among the trackers that were found for the site? */
static bool is_found(const struct site_pairs *pairs, uint32_t site, const char *host)
{
    for (size_t i = 0; i < pairs->len; i++)
        if (pairs->pairs[i].site == site && strcmp(pairs->pairs[i].tracker.host, host) == 0)
            return pairs->results[i].visits_with > 0;
    return false;
}

/* Facebook's log-in, its plug-ins and its pixel share www.facebook.com; only the last two load from connect.facebook.net. */
static const char *role_of(const struct site_pairs *pairs, const struct site_pair *p)
{
    bool page = strcmp(p->tracker.host, "www.facebook.com") == 0, script = strcmp(p->tracker.host, "connect.facebook.net") == 0;
    if (script || (page && is_found(pairs, p->site, "connect.facebook.net")))
        return "Meta pixel or plug-in, cannot tell from the network";
    return page ? "Facebook log-in or page, cannot tell from the network" : NULL;
}

bool collect_disclosures(const struct site_pairs *pairs, uint32_t site, struct report_site *out)
{
    bool ok = true;
    for (size_t i = 0; i < pairs->len; i++) {
        const struct site_pair *p = &pairs->pairs[i];
        if (p->site != site || pairs->results[i].visits_with == 0)
            continue;
        struct report_disclosure *d = capture_report_add_disclosure(out);
        if (!d)
            return false;
        ok &= copy(&d->host, p->tracker.host) && copy(&d->tracker, p->tracker.tracker) && copy(&d->organisation, p->tracker.organisation) && copy(&d->before, p->before);
        d->before_visits = p->before_visits;
        d->role = role_of(pairs, p);
        d->purpose = p->tracker.purpose;
        memcpy(d->delays, p->counts.delays, sizeof(d->delays));
        d->result = pairs->results[i];
    }
    return ok;
}
