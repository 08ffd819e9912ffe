/* evidence_proof.c -- see evidence_proof.h. */
#include "reports/evidence_proof.h"

#include "reports/csv.h"
#include "reports/evidence_report.h"
#include "reports/proof.h"
#include "reports/report_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS_SHOWN 40u /* the rest is in requests.csv */

#define SAY(...)  document_add(d, DOCUMENT_PARAGRAPH, __VA_ARGS__)
#define ITEM(...) document_add(d, DOCUMENT_ITEM, __VA_ARGS__)

bool evidence_has_kept(const struct site_evidence *e)
{
    return e->kept && proofs_count(e->kept, e->site) > 0;
}

static void join(const struct site_evidence *e, const struct site_evidence_tracker *t, struct proof_join *out)
{
    proofs_join(e->kept, e->site, t->host, proof_company(t->organisation, t->tracker, ""), out);
}

const char *evidence_kept_word(const struct site_evidence *e, const struct site_evidence_tracker *t)
{
    struct proof_join j;
    if (!evidence_has_kept(e))
        return "";
    join(e, t, &j);
    return proof_word(&j);
}

static const char *owner_in(const struct store_proof *p, const char *host)
{
    for (size_t i = 0; i < p->hosts_len; i++)
        if (strcmp(p->hosts[i].host, host) == 0)
            return proof_company(p->hosts[i].organisation, p->hosts[i].tracker, host);
    return host;
}

/* Companies that a request told which page, each once. */
static size_t tell_companies(const struct site_evidence *e, FILE *out)
{
    const char *seen[STORE_PROOF_HOSTS_MOST];
    size_t n = 0;
    for (size_t i = 0; i < e->kept->kept_len; i++)
        for (size_t k = 0; k < e->kept->kept[i].hosts_len && n < STORE_PROOF_HOSTS_MOST; k++) {
            const struct store_proof_host *h = &e->kept->kept[i].hosts[k];
            const char *name = owner_in(&e->kept->kept[i], h->host);
            size_t at = 0;
            while (at < n && strcmp(seen[at], name) != 0)
                at++;
            if (h->told != STORE_TOLD_PAGE || at < n)
                continue;
            if (n < 12)
                fprintf(out, "%s%s", n ? ", " : "", name);
            seen[n++] = name;
        }
    if (n > 12)
        fprintf(out, " and %zu more", n - 12);
    return n;
}

char *evidence_kept_summary(const struct site_evidence *e)
{
    char *names = NULL, *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&names, &size);
    if (!out)
        return NULL;
    size_t told = tell_companies(e, out);
    int rc = fclose(out) == 0 ? 0 : -1;
    if (rc == 0 && told == 0)
        rc = asprintf(&text, "In %zu recording%s of our own visits to %s no request was found that told anybody else which page was read.", e->kept->kept_len, page_plural(e->kept->kept_len),
                      site_evidence_name(e));
    else if (rc == 0)
        rc = asprintf(&text, "Recordings of our own visits to %s show requests that told %zu compan%s which page was read: %s.", site_evidence_name(e), told, told == 1 ? "y" : "ies", names);
    free(names);
    return rc < 0 ? NULL : text;
}

static void say(struct document *d, char *sentence)
{
    if (!sentence)
        d->rc = -ENOMEM;
    else if (*sentence)
        SAY("%s", sentence);
    free(sentence);
}

static void tell_requests(struct document *d, const struct site_evidence *e)
{
    static const struct document_column columns[] = {{"Visit of", false, 3}, {"To", false, 3}, {"Host", false, 4}, {"In", false, 3}, {"Carried", false, 6}, {"Consent", false, 2}};
    size_t rows = 0;
    document_add_table(d, "Requests in the recordings that told somebody else which page was read", false, columns, 6);
    for (size_t i = 0; i < e->kept->kept_len; i++) {
        const struct store_proof *p = &e->kept->kept[i];
        for (size_t k = 0; k < p->told_len; k++) {
            const struct store_proof_request *r = &p->told[k];
            if (!r->tells_page || ++rows > REQUESTS_SHOWN)
                continue;
            document_add_row(d, (const char *const[]){*p->recorded ? EVIDENCE_DATE(p->recorded) : "not known", owner_in(p, r->host), r->host, r->parameter, *r->page ? r->page : r->carried, r->consent});
        }
    }
    if (rows > REQUESTS_SHOWN)
        document_more(d, rows - REQUESTS_SHOWN);
}

static void tell_trackers(struct document *d, const struct site_evidence *e)
{
    for (size_t i = 0; i < e->trackers_len && i < REQUESTS_SHOWN; i++) {
        const struct site_evidence_tracker *t = &e->trackers[i];
        struct proof_join j;
        join(e, t, &j);
        if (t->result.verdict < EVIDENCE_LIKELY && j.grade < PROOF_TOLD_SITE)
            continue;
        char *sentence = proof_sentence(&j, t->host);
        if (!sentence)
            d->rc = -ENOMEM;
        else if (*sentence)
            ITEM("%s (%s): %s%s", site_evidence_who(t), t->host, sentence, j.grade == PROOF_TOLD_PAGE && !j.other_host ? " So it was not only contacted, it was told." : "");
        free(sentence);
    }
}

static void tell_differences(struct document *d, const struct site_evidence *e)
{
    struct proof_host_of *network = calloc(e->trackers_len + 1, sizeof(*network));
    size_t n = 0;
    if (!network) {
        d->rc = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < e->trackers_len; i++)
        if (e->trackers[i].result.verdict >= EVIDENCE_LIKELY)
            network[n++] = (struct proof_host_of){e->trackers[i].host, proof_company(e->trackers[i].organisation, e->trackers[i].tracker, "")};
    say(d, proof_only_recorded(e->kept, e->site, network, n));
    say(d, proof_only_network(e->kept, e->site, network, n));
    free(network);
}

void evidence_report_kept(struct document *d, const struct site_evidence *e)
{
    if (!evidence_has_kept(e))
        return;
    document_add(d, DOCUMENT_HEADING, "%s", "The proof: what requests said");
    SAY("%zu recording%s of our own browser and %zu staff test%s of this site were kept. A recording shows the requests themselves: the address of the page that stands in them. Values of parameters, "
        "cookies and identifiers were left out when it was kept.",
        e->kept->kept_len, page_plural(e->kept->kept_len), e->kept->tests_len, page_plural(e->kept->tests_len));
    tell_trackers(d, e);
    tell_requests(d, e);
    if (e->source != SITE_EVIDENCE_RECORDINGS)
        tell_differences(d, e);
    SAY("A recording is one visit to one page by one browser; the network shows many visits, and not what was sent. Where they differ neither is wrong for that.");
}

void evidence_letter_kept(struct page *page, const struct site_evidence *e)
{
    if (!evidence_has_kept(e) || e->kept->kept_len == 0)
        return;
    char *summary = evidence_kept_summary(e);
    if (!summary)
        page->rc = -ENOMEM;
    fputc('\n', page->out);
    page_paragraph(page, 0, 0, "%s The requests are listed in requests.csv, without any value.", summary ? summary : "");
    free(summary);
}

int evidence_write_requests(const struct site_evidence *e, FILE *out)
{
    struct csv_row row = {.out = out};
    fputs("site,visit,browser,host,company,parameter,place,carried,tells,page,inside,after_ms,consent,went_along,note\r\n", out);
    for (size_t i = 0; i < e->kept->kept_len; i++) {
        const struct store_proof *p = &e->kept->kept[i];
        for (size_t k = 0; k < p->told_len; k++) {
            const struct store_proof_request *r = &p->told[k];
            const char *const texts[] = {e->site, p->recorded, p->browser, r->host, owner_in(p, r->host), r->parameter, r->place, r->carried, r->tells_page ? "page" : "site", r->page, r->inside};
            for (size_t c = 0; c < sizeof(texts) / sizeof(texts[0]); c++)
                csv_text(&row, texts[c]);
            if (r->after_ms < 0)
                csv_empty(&row, 1);
            else
                csv_count(&row, (uint64_t)r->after_ms);
            csv_text(&row, r->consent);
            csv_text(&row, r->with);
            csv_text(&row, e->demo ? "DEMO; one browser, one visit" : "one browser, one visit");
            csv_end(&row);
        }
    }
    return row.rc < 0 ? row.rc : report_finish(out);
}
