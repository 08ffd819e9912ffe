/* summary_proof.c -- see summary_proof.h. The sentence names the companies that were told which page, of the latest recording that shows it, and
 * where an own request of a finding's host shows it, the finding's row says so too.
 */
#include "reports/summary_proof.h"

#include "reports/evidence_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAMED 6

static const char *who(const struct store_proof_host *h)
{
    return proof_company(h->organisation, h->tracker, h->host);
}

/* Companies told in one recording, each once. Returns how many. */
static size_t put_companies(const struct store_proof *p, FILE *out)
{
    size_t n = 0;
    for (size_t i = 0; i < p->hosts_len; i++) {
        bool again = p->hosts[i].told != STORE_TOLD_PAGE;
        for (size_t k = 0; k < i && !again; k++)
            again = p->hosts[k].told == STORE_TOLD_PAGE && strcmp(who(&p->hosts[k]), who(&p->hosts[i])) == 0;
        if (!again && n++ < NAMED)
            fprintf(out, "%s%s", n > 1 ? ", " : "", who(&p->hosts[i]));
    }
    if (n > NAMED)
        fprintf(out, " and %zu more", n - NAMED);
    return n;
}

/* The latest recording of the site in which somebody was told which page; NULL: none. */
static const struct store_proof *telling(const struct proofs *p, const char *site, bool *latest)
{
    *latest = true;
    for (size_t i = 0; i < p->kept_len; i++) {
        if (strcmp(p->kept[i].site, site) != 0)
            continue;
        for (size_t k = 0; k < p->kept[i].hosts_len; k++)
            if (p->kept[i].hosts[k].told == STORE_TOLD_PAGE)
                return &p->kept[i];
        *latest = false;
    }
    return NULL;
}

static char *sentence_of(const struct proofs *p, const char *site)
{
    char *names = NULL, *text = NULL;
    size_t size = 0;
    bool latest;
    const struct store_proof *by = telling(p, site, &latest);
    if (!by)
        return NULL;
    FILE *out = open_memstream(&names, &size);
    if (!out)
        return NULL;
    size_t n = put_companies(by, out);
    if (fclose(out) == 0 &&
        asprintf(&text, "Proved by a browser's recording%s%s: %s %s told which page was read%s%s.%s", *by->recorded ? " of " : "", *by->recorded ? EVIDENCE_DATE(by->recorded) : "", names,
                 n == 1 ? "was" : "were", by->told_len && by->told[0].tells_page ? ", first in " : "", by->told_len && by->told[0].tells_page ? by->told[0].parameter : "",
                 latest ? "" : " A later recording does not show it any more.") < 0)
        text = NULL;
    free(names);
    return text;
}

static void join(struct summary_site *site, const struct proofs *p)
{
    for (size_t i = 0; i < site->disclosures_len; i++) {
        struct report_disclosure *d = &site->disclosures[i];
        struct proof_join j;
        proofs_join(p, site->site, d->host ? d->host : "", proof_company(d->organisation, d->tracker, ""), &j);
        d->proof = proof_word(&j);
    }
}

void day_summary_proofs(struct day_summary *s, const struct proofs *p)
{
    for (size_t i = 0; i < s->sites_len; i++) {
        struct summary_site *site = &s->sites[i];
        bool latest;
        if (!site->site || proofs_count(p, site->site) == 0)
            continue;
        join(site, p);
        site->proof = sentence_of(p, site->site);
        if (!site->proof && telling(p, site->site, &latest))
            s->rc = -ENOMEM;
    }
}
