/* staff_report.c -- see staff_report.h: reading a test, and the join with recordings. */
#include "reports/staff_report.h"

#include "common/text.h"
#include "reports/proof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char staff_note[] = "Counts are lower bounds: a connection that was open before, one that carries several names, a cache or a hidden name each "
                          "hide contacts that took place. Anything else that the device did meanwhile, in another tab or an app, is among them.";

/* Reading ---------------------------------------------------------------------------------------------------------- */

/* What is being put together: links may come before their host. */
struct reading {
    struct staff_report *report;
    struct {
        char *host, *name;
        unsigned place;
    } *links;
    size_t links_len;
};

static void *grow(struct staff_report *r, void *array, size_t len, size_t size)
{
    void *more = realloc(array, (len + 1) * size);
    if (!more) {
        r->rc = -ENOMEM;
        return NULL;
    }
    memset((char *)more + len * size, 0, size);
    return more;
}

static char *keep(struct staff_report *r, const char *text)
{
    char *copy = text_clean_copy(text, strlen(text));
    if (!copy)
        r->rc = -ENOMEM;
    return copy;
}

static void on_session(void *context, const struct store_test_session *s, bool demo)
{
    struct staff_report *r = ((struct reading *)context)->report;
    r->site = keep(r, s->site);
    r->reason = keep(r, s->reason);
    r->hour_s = s->hour_s;
    r->minutes = s->minutes;
    r->visits = s->visits;
    r->beyond = s->beyond;
    r->state = s->state;
    r->demo = demo;
}

static void on_host(void *context, const struct store_test_host *h)
{
    struct staff_report *r = ((struct reading *)context)->report;
    struct staff_host *more = grow(r, r->hosts, r->hosts_len, sizeof(*more));
    if (!more)
        return;
    r->hosts = more;
    struct staff_host *out = &r->hosts[r->hosts_len++];
    out->host = keep(r, h->host);
    out->matched = keep(r, h->matched);
    out->tracker = h->tracker[0] ? keep(r, h->tracker) : NULL;
    out->organisation = h->organisation[0] ? keep(r, h->organisation) : NULL;
    out->feed = keep(r, h->feed);
    out->purpose = h->purpose;
    out->evidence = h->evidence;
    out->after_ms = h->after_ms;
    out->visits_with = h->visits_with;
    out->connections = h->connections;
}

static void on_link(void *context, const char *host, unsigned place, const char *name)
{
    struct reading *g = context;
    void *more = grow(g->report, g->links, g->links_len, sizeof(*g->links));
    if (!more)
        return;
    g->links = more;
    g->links[g->links_len].host = keep(g->report, host);
    g->links[g->links_len].name = keep(g->report, name);
    g->links[g->links_len++].place = place;
}

static void on_leak(void *context, unsigned number, const char *host, const char *parameter, const char *page)
{
    struct staff_report *r = ((struct reading *)context)->report;
    struct staff_leak *more = grow(r, r->leaks, r->leaks_len, sizeof(*more));
    (void)number;
    if (!more)
        return;
    r->leaks = more;
    r->leaks[r->leaks_len++] = (struct staff_leak){.host = keep(r, host), .parameter = keep(r, parameter), .page = keep(r, page)};
}

/* The way of a host, as far as it has no gap. */
static void join_links(struct reading *g, struct staff_host *h)
{
    for (unsigned place = 0; place + 1 < sizeof(h->chain) / sizeof(h->chain[0]); place++) {
        size_t i = 0;
        while (i < g->links_len && !(g->links[i].place == place && g->links[i].host && strcmp(g->links[i].host, h->host) == 0))
            i++;
        if (i == g->links_len || !g->links[i].name)
            return;
        if (place == 0)
            h->chain[h->chain_len++] = keep(g->report, h->host);
        h->chain[h->chain_len++] = keep(g->report, g->links[i].name);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct staff_host *x = a, *y = b;
    if (x->after_ms != y->after_ms)
        return x->after_ms < y->after_ms ? -1 : 1;
    return strcmp(x->host, y->host);
}

int staff_report_read(struct staff_report *r, struct store_asker *a, const char *installation, const char *id, const struct site_set *sites)
{
    struct reading g = {.report = r};
    const struct store_test_listener l = {.session = on_session, .host = on_host, .link = on_link, .leak = on_leak, .context = &g};
    memset(r, 0, sizeof(*r));
    memccpy(r->id, id, '\0', sizeof(r->id) - 1);
    int rc = store_test_read(a, installation, id, &l);
    for (size_t i = 0; rc == 0 && r->rc == 0 && i < r->hosts_len; i++)
        join_links(&g, &r->hosts[i]);
    for (size_t i = 0; i < g.links_len; i++) {
        free(g.links[i].host);
        free(g.links[i].name);
    }
    free(g.links);
    if (rc < 0 || r->rc < 0)
        return rc < 0 ? rc : r->rc;
    if (r->hosts_len > 0)
        qsort(r->hosts, r->hosts_len, sizeof(*r->hosts), by_time);
    uint32_t site = sites ? site_match(sites, r->site, strlen(r->site)) : SITE_NONE;
    if (site != SITE_NONE) {
        r->label = site_at(sites, site)->label;
        r->category = site_at(sites, site)->category;
    }
    return 0;
}

void staff_report_fini(struct staff_report *r)
{
    for (size_t i = 0; i < r->hosts_len; i++) {
        struct staff_host *h = &r->hosts[i];
        char *texts[] = {h->host, h->matched, h->tracker, h->organisation, h->feed};
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
            free(texts[k]);
        for (size_t k = 0; k < h->chain_len; k++)
            free(h->chain[k]);
    }
    for (size_t i = 0; i < r->leaks_len; i++) {
        free(r->leaks[i].host);
        free(r->leaks[i].parameter);
        free(r->leaks[i].page);
    }
    free(r->hosts);
    free(r->leaks);
    free(r->site);
    free(r->reason);
    memset(r, 0, sizeof(*r));
}

const char *staff_company(const struct staff_host *h)
{
    return proof_company(h->organisation, h->tracker, h->host);
}

size_t staff_companies(const struct staff_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->hosts_len; i++) {
        size_t k = 0;
        while (strcmp(staff_company(&r->hosts[k]), staff_company(&r->hosts[i])) != 0)
            k++;
        n += k == i;
    }
    return n;
}
