/* staff_recall.c -- see staff_report.h: what the browser says it did, beside what the network showed of it.
 *
 * A recording and a staff test of one visit are joined by the site alone: neither the device nor an exact time is stored with the test. So whoever joins
 * them vouches that they are of one visit; a recording of another day shows as many misses.
 *
 * Left out: that a request was answered from the browser's cache. Browsers mark it in ways of their own, and an answer from a cache is a contact
 * that the network could not have seen, so it is named among the reasons and not told apart.
 */
#include "reports/staff_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *staff_miss_sentence(enum staff_miss why)
{
    switch (why) {
    case STAFF_MISS_UNANSWERED: return "the recording has no answer to it: the browser may not have sent it, or a blocker stood in the way";
    case STAFF_MISS_FULL: return "the test had no room left for more hosts";
    case STAFF_MISS_OTHER_HOST: return "another host of this company was seen: one connection may carry both names";
    default: return "a cache, a connection from before the visit or a hidden name: cannot be told apart";
    }
}

static struct staff_recall_host *host_of(struct staff_recall *recall, const char *host, const char *company)
{
    for (size_t i = 0; i < recall->hosts_len; i++)
        if (strcmp(recall->hosts[i].host, host) == 0)
            return &recall->hosts[i];
    struct staff_recall_host *more = realloc(recall->hosts, (recall->hosts_len + 1) * sizeof(*more));
    if (!more)
        return NULL;
    recall->hosts = more;
    struct staff_recall_host *h = &recall->hosts[recall->hosts_len];
    *h = (struct staff_recall_host){.host = strdup(host), .company = strdup(company), .why = STAFF_MISS_UNANSWERED};
    recall->hosts_len++; /* before the check, so that what there is of it is freed */
    return h->host && h->company ? h : NULL;
}

static bool is_of_site(const struct staff_report *r, const struct har_report *har, size_t page)
{
    return page < har->pages_len && har->pages[page].site && strcmp(har->pages[page].site, r->site) == 0;
}

/* One name for each host that no list has: they are few, so each looks back for its like. */
static bool is_first_of_host(const struct staff_report *r, const struct har_report *har, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (har->requests[i].third_party && is_of_site(r, har, har->requests[i].page) && strcmp(har->requests[i].host, har->requests[at].host) == 0)
            return false;
    return true;
}

static int take_requests(struct staff_recall *recall, const struct staff_report *r, const struct har_report *har)
{
    for (size_t i = 0; i < har->requests_len; i++) {
        const struct har_request *q = &har->requests[i];
        if (!q->third_party || !is_of_site(r, har, q->page))
            continue;
        if (!q->matched) {
            recall->unlisted += is_first_of_host(r, har, i);
            continue;
        }
        struct staff_recall_host *h = host_of(recall, q->host, har_company(q));
        if (!h)
            return -ENOMEM;
        recall->requests++;
        h->requests++;
        h->told_page |= har_tells_page(q);
        if (q->status != 0)
            h->why = STAFF_MISS_UNKNOWN;
    }
    return 0;
}

static int take_network(struct staff_recall *recall, const struct staff_report *r)
{
    for (size_t i = 0; i < r->hosts_len; i++) {
        struct staff_recall_host *h = host_of(recall, r->hosts[i].host, staff_company(&r->hosts[i]));
        if (!h)
            return -ENOMEM;
        h->seen = true;
    }
    return 0;
}

static bool company_is(const struct staff_recall *recall, const char *company, bool in_recording, bool seen)
{
    for (size_t i = 0; i < recall->hosts_len; i++) {
        const struct staff_recall_host *h = &recall->hosts[i];
        if (strcmp(h->company, company) == 0 && (!in_recording || h->requests > 0) && (!seen || h->seen))
            return true;
    }
    return false;
}

bool staff_recall_leads(const struct staff_recall *recall, size_t i, bool *company_seen)
{
    const char *company = recall->hosts[i].company;
    size_t first = 0;
    while (strcmp(recall->hosts[first].company, company) != 0)
        first++;
    *company_seen = company_is(recall, company, false, true);
    return first == i;
}

static int by_host(const void *a, const void *b)
{
    const struct staff_recall_host *x = a, *y = b;
    int order = strcmp(x->company, y->company);
    return order ? order : strcmp(x->host, y->host);
}

int staff_recall_make(struct staff_recall *out, const struct staff_report *r, const struct har_report *har)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < har->pages_len; i++)
        out->pages += is_of_site(r, har, i);
    int rc = take_requests(out, r, har);
    if (rc == 0)
        rc = take_network(out, r);
    if (rc < 0) {
        staff_recall_fini(out);
        return rc;
    }
    if (out->hosts_len > 0)
        qsort(out->hosts, out->hosts_len, sizeof(*out->hosts), by_host);
    for (size_t i = 0; i < out->hosts_len; i++) {
        struct staff_recall_host *h = &out->hosts[i];
        bool company_seen, leads = staff_recall_leads(out, i, &company_seen), spoken_to = company_is(out, h->company, true, false);
        out->companies += leads && spoken_to;
        out->companies_seen += leads && spoken_to && company_seen;
        if (!h->seen && h->why == STAFF_MISS_UNKNOWN)
            h->why = company_seen ? STAFF_MISS_OTHER_HOST : r->beyond > 0 ? STAFF_MISS_FULL : STAFF_MISS_UNKNOWN;
    }
    return 0;
}

void staff_recall_fini(struct staff_recall *recall)
{
    for (size_t i = 0; i < recall->hosts_len; i++) {
        free(recall->hosts[i].host);
        free(recall->hosts[i].company);
    }
    free(recall->hosts);
    memset(recall, 0, sizeof(*recall));
}
