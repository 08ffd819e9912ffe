/* proof_har.c -- a recording as a proof of one site: who was asked for something, who was told what, who led on to whom. See proof.h.
 *
 * The report is redacted already (har.h); what is left out here is all that is not about the site: other pages of the same recording, and
 * requests of the site to itself. The same request in the same place twice is one row.
 */
#include "reports/proof.h"

#include "common/clock.h"
#include "reports/har_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LAST_SECOND 9000000000 /* a clock of nanoseconds ends in 2554 */

struct making {
    const struct har_report *har;
    const char *site;
    size_t recording;
    struct store_proof *out;
    int rc;
};

static char *copy(struct making *m, const char *text)
{
    char *out = strdup(text ? text : "");
    if (!out)
        m->rc = -ENOMEM;
    return out;
}

static bool is_of_site(const struct making *m, size_t page)
{
    const struct har_page *p = page < m->har->pages_len ? &m->har->pages[page] : NULL;
    return p && p->recording == m->recording && p->site && strcmp(p->site, m->site) == 0;
}

static int32_t after(const struct har_request *q)
{
    return q->after_ms >= 0 && q->after_ms <= INT32_MAX ? (int32_t)q->after_ms : STORE_PROOF_UNKNOWN_MS;
}

static enum store_told told_by(const struct making *m, const struct har_request *q)
{
    enum store_told told = STORE_TOLD_NOTHING;
    for (size_t i = 0; i < q->leaks_len; i++)
        if (is_of_site(m, q->leaks[i].of) && told < (q->leaks[i].tells_page ? STORE_TOLD_PAGE : STORE_TOLD_SITE))
            told = q->leaks[i].tells_page ? STORE_TOLD_PAGE : STORE_TOLD_SITE;
    return told;
}

static struct store_proof_host *host_of(struct making *m, const struct har_request *q)
{
    struct store_proof *p = m->out;
    for (size_t i = 0; i < p->hosts_len; i++)
        if (strcmp(p->hosts[i].host, q->host) == 0)
            return &p->hosts[i];
    struct store_proof_host *h = store_proof_add_host(p);
    if (!h) {
        p->beyond++;
        return NULL;
    }
    *h = (struct store_proof_host){.host = copy(m, q->host), .tracker = copy(m, q->tracker), .organisation = copy(m, q->organisation), .role = copy(m, q->role),
                                   .consent = copy(m, har_consent_word(q->consent)), .purpose = q->matched ? q->purpose : PURPOSE_OTHER, .after_ms = after(q)};
    return h;
}

static bool is_known(const struct making *m, const struct har_request *q, const struct har_leak *l)
{
    for (size_t i = 0; i < m->out->told_len; i++) {
        const struct store_proof_request *r = &m->out->told[i];
        if (strcmp(r->host, q->host) == 0 && strcmp(r->parameter, l->parameter) == 0 && strcmp(r->carried, l->carried) == 0 && strcmp(r->place, l->place) == 0)
            return true;
    }
    return false;
}

/* Names of identifiers, then of cookies. */
static char *went_along(struct making *m, const struct har_request *q)
{
    char *out;
    bool both = q->id_parameters[0] && q->cookies_sent[0];
    if (asprintf(&out, "%s%s%s%s", q->id_parameters, both ? "; " : "", q->cookies_sent[0] ? "cookies: " : "", q->cookies_sent) >= 0)
        return out;
    m->rc = -ENOMEM;
    return NULL;
}

static void take_leaks(struct making *m, const struct har_request *q)
{
    for (size_t i = 0; i < q->leaks_len && m->rc == 0; i++) {
        const struct har_leak *l = &q->leaks[i];
        if (!is_of_site(m, l->of) || !har_is_listed(q, l) || is_known(m, q, l))
            continue;
        struct store_proof_request *r = store_proof_add_told(m->out);
        if (!r) {
            m->out->beyond++;
            continue;
        }
        *r = (struct store_proof_request){.host = copy(m, q->host), .parameter = copy(m, l->parameter), .place = copy(m, l->place), .carried = copy(m, l->carried),
                                          .page = copy(m, l->page), .inside = copy(m, l->carrier), .consent = copy(m, har_consent_word(q->consent)),
                                          .with = went_along(m, q), .after_ms = after(q), .tells_page = l->tells_page};
    }
}

static bool chain_is_known(const struct store_proof *p, const struct store_proof_chain *c)
{
    for (size_t i = 0; &p->chains[i] != c; i++) {
        size_t k = 0;
        while (k < c->len && p->chains[i].len == c->len && strcmp(p->chains[i].hosts[k], c->hosts[k]) == 0)
            k++;
        if (k == c->len)
            return true;
    }
    return false;
}

/* Hosts only: a redirect within a host is no step. */
static void take_chain(struct making *m, const struct har_request *q)
{
    struct store_proof_chain *c = store_proof_add_chain(m->out);
    if (!c) {
        m->out->beyond++;
        return;
    }
    for (; q && c->len < STORE_PROOF_STEPS_MOST && m->rc == 0; q = har_next_in_chain(m->har, q))
        if (c->len == 0 || strcmp(c->hosts[c->len - 1], q->host) != 0)
            c->hosts[c->len++] = copy(m, q->host);
    if (m->rc == 0 && c->len > 1 && !chain_is_known(m->out, c))
        return;
    for (size_t i = 0; i < c->len; i++)
        free(c->hosts[i]);
    m->out->chains_len--;
}

static void take_request(struct making *m, const struct har_request *q)
{
    struct store_proof *p = m->out;
    if (is_of_site(m, q->page))
        p->requests++;
    if (!q->third_party || !(is_of_site(m, q->page) || told_by(m, q) != STORE_TOLD_NOTHING))
        return;
    p->third_party++;
    struct store_proof_host *h = host_of(m, q);
    if (m->rc < 0)
        return;
    if (h) {
        h->requests++;
        if (told_by(m, q) > h->told)
            h->told = told_by(m, q);
    }
    take_leaks(m, q);
    if (har_begins_chain(q))
        take_chain(m, q);
}

/* The day by this machine's clock: a recording's own time zone is not kept. */
static void take_page(struct making *m, const struct har_page *page)
{
    struct store_proof *p = m->out;
    struct local_time local;
    if (p->pages++ > 0)
        return;
    p->page = copy(m, page->address);
    p->title = copy(m, page->title);
    if (page->started_ms <= 0 || page->started_ms / 1000 > LAST_SECOND)
        return;
    clock_local((uint64_t)page->started_ms * (NS_PER_S / 1000), &local);
    memcpy(p->recorded, local.day, sizeof(p->recorded));
}

static int fresh_id(char out[STORE_PROOF_ID_MAX])
{
    unsigned char bytes[STORE_PROOF_ID_LEN / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return -EIO;
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

int proof_from_har(const struct har_report *har, size_t recording, const char *site, bool demo, struct store_proof *out)
{
    const struct har_recording *rec = &har->recordings[recording];
    struct making m = {.har = har, .site = site, .recording = recording, .out = out};
    memset(out, 0, sizeof(*out));
    m.rc = fresh_id(out->id);
    out->site = copy(&m, site);
    out->browser = copy(&m, rec->browser);
    out->kept_hour_s = clock_wall_ns() / NS_PER_S / 3600 * 3600;
    out->complete = !rec->failed && !rec->scan_cut && rec->beyond == 0 && rec->unreadable == 0;
    out->answered = rec->consent_order > 0;
    out->demo = demo;
    for (size_t i = 0; i < har->pages_len && m.rc == 0; i++)
        if (is_of_site(&m, i))
            take_page(&m, &har->pages[i]);
    for (size_t i = 0; i < har->requests_len && m.rc == 0; i++)
        if (har->requests[i].recording == recording)
            take_request(&m, &har->requests[i]);
    if (m.rc == 0 && out->pages == 0)
        m.rc = -ENOENT;
    if (m.rc < 0)
        store_proof_fini(out);
    return m.rc;
}
