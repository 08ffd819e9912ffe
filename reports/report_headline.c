/* report_headline.c -- the figures that a report begins with, and the few facts that all writers share.
 *
 * "Made to contact 9 companies" must hold word for word. A company is an organisation, so that two products of one
 * owner are one; it counts as contacted when any contact reached it, as blocked or looked up only when none did.
 * Counting sorts a list of names and reads it group by group; at a hundred thousand contacts that is nothing beside the
 * capture.
 */
#include "reports/report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct report_seen_by_word report_seen_by[REPORT_SEEN_BY_WORDS] = {
    {SEEN_DNS, "dns"},
    {SEEN_TLS, "tls"},
    {SEEN_QUIC, "quic"},
    {SEEN_HTTP, "http"},
};

double report_coverage(const struct capture_report *r)
{
    if (r->flows == 0)
        return 0;
    return r->named >= r->flows ? 1 : (double)r->named / (double)r->flows;
}

const char *report_note(const struct capture_report *r)
{
    return r->demo ? "DEMO; counts are lower bounds" : "counts are lower bounds";
}

bool report_contacted(enum evidence e)
{
    return e >= EVIDENCE_ADDRESS;
}

int report_finish(FILE *out)
{
    errno = 0;
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    return errno ? -errno : -EIO;
}

/* One contact, seen as one mention of a name. */
struct mention {
    const char *name;
    bool owned; /* the name is a company's; otherwise a rule's */
    enum evidence evidence;
};

static int mention_order(const void *left, const void *right)
{
    const struct mention *a = left, *b = right;
    if (a->owned != b->owned)
        return a->owned ? -1 : 1;
    return strcmp(a->name, b->name);
}

static struct mention company_of(const struct report_contact *c)
{
    const char *company = c->organisation ? c->organisation : c->tracker;
    const char *rule = c->matched ? c->matched : "";
    return (struct mention){.name = company ? company : rule, .owned = company != NULL, .evidence = c->evidence};
}

static bool same_name(const struct mention *a, const struct mention *b)
{
    return a->owned == b->owned && strcmp(a->name, b->name) == 0;
}

/* Folds the list, in place, to one mention a distinct name with the strongest evidence of its group; returns how many.
 */
static size_t fold_mentions(struct mention *mentions, size_t n)
{
    if (n > 1)
        qsort(mentions, n, sizeof(*mentions), mention_order);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !same_name(&mentions[kept - 1], &mentions[i]))
            mentions[kept++] = mentions[i];
        else if (mentions[i].evidence > mentions[kept - 1].evidence)
            mentions[kept - 1].evidence = mentions[i].evidence;
    }
    return kept;
}

static void count_companies(const struct capture_report *r, struct mention *scratch, struct report_headline *out)
{
    for (size_t i = 0; i < r->contacts_len; i++)
        scratch[i] = company_of(&r->contacts[i]);
    size_t names = fold_mentions(scratch, r->contacts_len);
    for (size_t i = 0; i < names; i++) {
        if (!scratch[i].owned)
            out->unowned += report_contacted(scratch[i].evidence);
        else if (report_contacted(scratch[i].evidence))
            out->contacted++;
        else if (scratch[i].evidence == EVIDENCE_BLOCKED)
            out->blocked++;
        else
            out->looked_up++;
    }
}

static void count_devices(const struct capture_report *r, struct mention *scratch, struct report_headline *out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->contacts_len; i++) {
        const struct report_contact *c = &r->contacts[i];
        if (!report_contacted(c->evidence))
            continue;
        if (c->device)
            scratch[n++] = (struct mention){.name = c->device, .evidence = c->evidence};
        else
            out->devices_incomplete = true;
    }
    out->devices = fold_mentions(scratch, n);
}

int report_headline_count(const struct capture_report *r, struct report_headline *out)
{
    memset(out, 0, sizeof(*out));
    if (r->contacts_len == 0)
        return 0;
    struct mention *scratch = calloc(r->contacts_len, sizeof(*scratch));
    if (!scratch)
        return -ENOMEM;
    count_companies(r, scratch, out);
    count_devices(r, scratch, out);
    free(scratch);
    return 0;
}
