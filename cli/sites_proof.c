/* sites_proof.c -- see sites_proof.h. */
#include "cli/sites_proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sites_proof_join(const struct sites_proof *p, const struct released_pair *pair, struct proof_join *out)
{
    proofs_join(p->proofs, pair->texts->site, pair->texts->host, proof_company(pair->texts->organisation, pair->texts->tracker, ""), out);
}

void sites_proof_put_tracker(const struct sites_proof *p, const struct released_pair *pair, struct json *row)
{
    struct proof_join j;
    sites_proof_join(p, pair, &j);
    char *sentence = proof_sentence(&j, pair->texts->host);
    json_put_text(row, "verdict", proof_verdict_word(pair->result.verdict, &j));
    json_put_text(row, "network_verdict", evidence_verdict_word(pair->result.verdict));
    json_put_text(row, "proof", sentence && *sentence ? sentence : NULL);
    json_put_int(row, "recordings_told", j.grade >= PROOF_TOLD_SITE && !j.other_host ? j.told : 0);
    free(sentence);
}

void sites_proof_print_tracker(const struct sites_proof *p, const struct released_pair *pair)
{
    struct proof_join j;
    sites_proof_join(p, pair, &j);
    char *sentence = proof_sentence(&j, pair->texts->host);
    if (sentence && *sentence)
        printf("          %s\n", sentence);
    free(sentence);
}

/* What the network shows clearly of a site. */
static struct proof_host_of *network_of(const struct sites_proof *p, const char *site, size_t *n)
{
    struct proof_host_of *rows = calloc(p->pairs_len + 1, sizeof(*rows));
    *n = 0;
    for (size_t i = 0; rows && i < p->pairs_len; i++)
        if (strcmp(p->pairs[i].texts->site, site) == 0 && p->pairs[i].result.verdict >= EVIDENCE_LIKELY)
            rows[(*n)++] = (struct proof_host_of){p->pairs[i].texts->host, proof_company(p->pairs[i].texts->organisation, p->pairs[i].texts->tracker, "")};
    return rows;
}

static void count(const struct sites_proof *p, const char *site, unsigned *recordings, unsigned *tests)
{
    *recordings = *tests = 0;
    for (size_t i = 0; i < p->proofs->kept_len; i++)
        *recordings += strcmp(p->proofs->kept[i].site, site) == 0;
    for (size_t i = 0; i < p->proofs->tests_len; i++)
        *tests += strcmp(p->proofs->tests[i].site, site) == 0;
}

void sites_proof_put_site(const struct sites_proof *p, const char *site, struct json *row)
{
    unsigned recordings, tests;
    size_t n;
    struct proof_host_of *network = network_of(p, site, &n);
    char *recorded = network ? proof_only_recorded(p->proofs, site, network, n) : NULL, *only = network ? proof_only_network(p->proofs, site, network, n) : NULL;
    count(p, site, &recordings, &tests);
    json_put_int(row, "recordings", recordings);
    json_put_int(row, "tests", tests);
    json_put_text(row, "only_recorded", recorded && *recorded ? recorded : NULL);
    json_put_text(row, "only_network", only && *only ? only : NULL);
    free(recorded);
    free(only);
    free(network);
}

static bool followed(const struct sites_proof *p, const char *site, const char *host)
{
    for (size_t i = 0; i < p->pairs_len; i++)
        if (strcmp(p->pairs[i].texts->site, site) == 0 && strcmp(p->pairs[i].texts->host, host) == 0 && p->pairs[i].result.visits_with > 0)
            return true;
    return false;
}

/* Whom a kept recording shows to have been told which page, where the network shows nothing of it. */
static void print_told(const struct sites_proof *p, const char *site)
{
    for (size_t i = 0; i < p->proofs->kept_len; i++) {
        const struct store_proof *proof = &p->proofs->kept[i];
        for (size_t k = 0; strcmp(proof->site, site) == 0 && k < proof->hosts_len; k++) {
            const struct store_proof_host *h = &proof->hosts[k];
            struct proof_join j;
            proofs_join(p->proofs, site, h->host, "", &j);
            if (h->told != STORE_TOLD_PAGE || j.by != proof || followed(p, site, h->host))
                continue;
            char *sentence = proof_sentence(&j, h->host);
            printf("  proved  %s, not seen on the network: %s\n", proof_company(h->organisation, h->tracker, h->host), sentence ? sentence : "");
            free(sentence);
        }
    }
}

void sites_proof_print_site(const struct sites_proof *p, const char *site)
{
    unsigned recordings, tests;
    size_t n;
    struct proof_host_of *network = network_of(p, site, &n);
    char *recorded = network ? proof_only_recorded(p->proofs, site, network, n) : NULL, *only = network ? proof_only_network(p->proofs, site, network, n) : NULL;
    count(p, site, &recordings, &tests);
    if (recordings + tests > 0)
        printf("  Kept: %u recording%s, %u staff test%s.\n", recordings, recordings == 1 ? "" : "s", tests, tests == 1 ? "" : "s");
    print_told(p, site);
    if (recorded && *recorded && n > 0)
        printf("  %s\n", recorded);
    if (only && *only)
        printf("  %s\n", only);
    free(recorded);
    free(only);
    free(network);
}

static const char *site_at_place(const struct sites_proof *p, size_t i)
{
    return i < p->proofs->kept_len ? p->proofs->kept[i].site : p->proofs->tests[i - p->proofs->kept_len].site;
}

const char *sites_proof_site(const struct sites_proof *p, size_t i, bool *end)
{
    *end = i >= p->proofs->kept_len + p->proofs->tests_len;
    if (*end)
        return NULL;
    for (size_t k = 0; k < i; k++)
        if (strcmp(site_at_place(p, k), site_at_place(p, i)) == 0)
            return NULL;
    return site_at_place(p, i);
}
