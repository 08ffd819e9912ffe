/* proof_words.c -- a proof as sentences. See proof.h.
 *
 * Here, and only here, a sentence says that somebody "was told": a request was seen that carried it. What a recording does not show is said as just
 * that, since one visit shows what happened then and not what never happens.
 */
#include "reports/proof.h"

#include "common/clock.h"
#include "common/text.h"
#include "reports/evidence_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *proof_word(const struct proof_join *j)
{
    static const char *const words[] = {"not in a recording", "contacted", "told site", "told page"};
    return words[j->other_host ? (j->contacted ? PROOF_CONTACTED : PROOF_NONE) : j->grade];
}

const char *proof_verdict_word(enum evidence_verdict network, const struct proof_join *j)
{
    if (j->other_host)
        return evidence_verdict_word(network);
    if (j->grade == PROOF_TOLD_PAGE)
        return "proved";
    if (j->grade >= PROOF_CONTACTED && network < EVIDENCE_LIKELY)
        return j->recordings && j->contacted ? "seen in a recording" : "seen in a test";
    return evidence_verdict_word(network);
}

/* The day of the visit, else that on which it was kept. */
static const char *day_of(const struct store_proof *p, char out[EVIDENCE_DATE_BYTES])
{
    struct local_time local;
    clock_local(p->kept_hour_s * NS_PER_S, &local);
    return evidence_date(p->recorded[0] ? p->recorded : local.day, out);
}

static void say_told(FILE *out, const struct proof_join *j, const char *who)
{
    char day[EVIDENCE_DATE_BYTES];
    fprintf(out, "A browser's recording of %s shows a request that told %s%s %s", day_of(j->by, day), j->other_host && j->request ? j->request->host : who,
            j->other_host ? ", another host of the same company," : "", j->grade == PROOF_TOLD_PAGE ? "which page was read" : "which site was visited, not which page");
    if (j->request && strcmp(j->request->place, "referer") == 0)
        fprintf(out, ", in the Referer header (%s)", j->request->carried);
    else if (j->request)
        fprintf(out, ", in %s (%s)", j->request->parameter, j->request->carried);
    if (j->request && strcmp(j->request->consent, "before") == 0)
        fputs(", before the cookie banner was answered", out);
    fputc('.', out);
    if (j->recordings > 1 && j->told == j->recordings)
        fprintf(out, " Each of the %u recordings kept shows it.", j->recordings);
    else if (j->recordings > 1)
        fprintf(out, " %u of the %u recordings kept show%s it.", j->told, j->recordings, j->told == 1 ? "s" : "");
    if (j->latest_is_silent)
        fputs(" The latest recording does not show it any more.", out);
}

static void say_tests(FILE *out, const struct proof_join *j)
{
    if (j->tests == 1)
        fputs(j->tests_seen ? " A staff test saw the contact too." : " A staff test did not see the contact.", out);
    else if (j->tests > 1)
        fprintf(out, " Of %u staff tests %u saw the contact.", j->tests, j->tests_seen);
}

char *proof_sentence(const struct proof_join *j, const char *who)
{
    char *text = NULL, day[EVIDENCE_DATE_BYTES];
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return NULL;
    if (j->grade >= PROOF_TOLD_SITE)
        say_told(out, j, who);
    else if (j->contacted > 0)
        fprintf(out, "A browser's recording of %s shows that it was contacted; nothing of the page was found in the request.", day_of(j->by, day));
    else if (j->recordings > 0)
        fprintf(out, "%s shows no request to it: the two differ.", j->recordings == 1 ? "The recording that was kept" : "None of the recordings kept");
    if (j->recordings == 0 && j->tests > 0)
        fprintf(out, "%s", j->tests_seen ? "It was contacted in a staff test, on a device of an adult." : "A staff test did not see the contact: the two differ.");
    else
        say_tests(out, j);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* Differences ------------------------------------------------------------------------------------------------------ */

static bool is_among(const struct proof_host_of *network, size_t n, const char *host, const char *company)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(network[i].host, host) == 0 || (*company && strcmp(network[i].company, company) == 0))
            return true;
    return false;
}

struct names {
    FILE *out;
    char *text;
    size_t size, n;
    const char *seen[64]; /* companies that were named */
};

static void name(struct names *l, const char *company)
{
    for (size_t i = 0; i < l->n && i < 64; i++)
        if (strcmp(l->seen[i], company) == 0)
            return;
    if (l->n < 64)
        l->seen[l->n] = company;
    if (l->n < 8)
        fprintf(l->out, "%s%s", l->n ? ", " : "", company);
    l->n++;
}

static char *finish(struct names *l, const char *before)
{
    char *whole = NULL;
    if (l->n > 8)
        fprintf(l->out, " and %zu more", l->n - 8);
    if (fclose(l->out) != 0) {
        free(l->text);
        return NULL;
    }
    if (l->n == 0)
        whole = strdup("");
    else if (asprintf(&whole, "%s %s%s", before, l->text, l->text[strlen(l->text) - 1] == '.' ? "" : ".") < 0)
        whole = NULL;
    free(l->text);
    return whole;
}

char *proof_only_recorded(const struct proofs *p, const char *site, const struct proof_host_of *network, size_t n)
{
    struct names l = {0};
    if (!(l.out = open_memstream(&l.text, &l.size)))
        return NULL;
    for (size_t i = 0; i < p->kept_len; i++)
        for (size_t k = 0; strcmp(p->kept[i].site, site) == 0 && k < p->kept[i].hosts_len; k++) {
            const struct store_proof_host *h = &p->kept[i].hosts[k];
            const char *company = proof_company(h->organisation, h->tracker, "");
            if (*company && !is_among(network, n, h->host, company))
                name(&l, company);
        }
    return finish(&l, "In the recordings, and not among what the network shows clearly:");
}

char *proof_only_network(const struct proofs *p, const char *site, const struct proof_host_of *network, size_t n)
{
    struct names l = {0};
    bool any = false;
    if (!(l.out = open_memstream(&l.text, &l.size)))
        return NULL;
    for (size_t i = 0; i < p->kept_len; i++)
        any |= strcmp(p->kept[i].site, site) == 0;
    for (size_t i = 0; any && i < n; i++) {
        struct proof_join j;
        proofs_join(p, site, network[i].host, network[i].company, &j);
        if (j.contacted == 0)
            name(&l, *network[i].company ? network[i].company : network[i].host);
    }
    return finish(&l, "On the network, and in no recording that was kept:");
}
