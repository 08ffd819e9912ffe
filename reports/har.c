/* har.c -- the report's memory, and the figures that all its outputs share. See har.h. */
#include "reports/har.h"

#include "common/text.h"
#include "reports/har_build.h"
#include "reports/proof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_SHOWN 1024 /* bytes of an address */

void har_report_init(struct har_report *r)
{
    *r = (struct har_report){0};
}

static void free_request(struct har_request *q)
{
    char *texts[] = {q->method,  q->host, q->address,      q->matched,     q->tracker,       q->organisation,
                     q->country, q->feed, q->cookies_sent, q->cookies_set, q->id_parameters, q->redirects_to};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(texts[i]);
    for (size_t i = 0; i < q->leaks_len; i++) {
        free(q->leaks[i].parameter);
        free(q->leaks[i].page);
        free(q->leaks[i].carrier);
    }
    free(q->leaks);
}

void har_report_fini(struct har_report *r)
{
    for (size_t i = 0; i < r->requests_len; i++)
        free_request(&r->requests[i]);
    for (size_t i = 0; i < r->pages_len; i++) {
        struct har_page *p = &r->pages[i];
        char *texts[] = {p->address, p->title, p->site, p->label, p->category};
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
            free(texts[k]);
    }
    for (size_t i = 0; i < r->recordings_len; i++) {
        free(r->recordings[i].file);
        free(r->recordings[i].browser);
    }
    free(r->requests);
    free(r->pages);
    free(r->recordings);
    free(r->feeds);
    har_report_init(r);
}

/* Arrays double whenever their length is a power of two. */
static void *grown(void *rows, size_t len, size_t row_bytes)
{
    if (len & (len - 1))
        return rows;
    return reallocarray(rows, len ? len * 2 : 1, row_bytes);
}

#define DEFINE_ADDER(name, owner, type, rows)                                                                          \
    struct type *name(struct owner *o)                                                                                 \
    {                                                                                                                  \
        struct type *larger = grown(o->rows, o->rows##_len, sizeof(*larger));                                          \
        if (!larger)                                                                                                   \
            return NULL;                                                                                               \
        o->rows = larger;                                                                                              \
        larger[o->rows##_len] = (struct type){0};                                                                      \
        return &larger[o->rows##_len++];                                                                               \
    }

DEFINE_ADDER(har_add_recording, har_report, har_recording, recordings)
DEFINE_ADDER(har_add_page, har_report, har_page, pages)
DEFINE_ADDER(har_add_request, har_report, har_request, requests)
DEFINE_ADDER(har_add_leak, har_request, har_leak, leaks)

char *har_keep(struct har_report *r, const char *text, size_t n, bool *oom)
{
    char *clean = text_clean_copy(text, n);
    if (clean)
        r->bytes += strlen(clean) + 16; /* what the heap adds */
    else
        *oom = true;
    return clean;
}

char *har_keep_address(struct har_report *r, struct url_text address, enum url_shown how, bool *oom)
{
    char shown[ADDRESS_SHOWN];
    size_t n = url_redact(address.at, address.len, how, shown, sizeof(shown));
    return har_keep(r, shown, n, oom);
}

char *har_keep_or_null(struct har_report *r, const char *text, bool *oom)
{
    return text ? har_keep(r, text, strlen(text), oom) : NULL;
}

const char *har_consent_word(enum har_consent c)
{
    static const char *const words[] = {"none seen", "before", "after", "action"};
    return words[c];
}

const char *har_company(const struct har_request *q)
{
    return proof_company(q->organisation, q->tracker, q->host);
}

bool har_tells_page(const struct har_request *q)
{
    for (size_t i = 0; i < q->leaks_len; i++)
        if (q->leaks[i].tells_page)
            return true;
    return false;
}

static int by_name(const void *left, const void *right)
{
    const struct har_party *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->first > b->first) - (a->first < b->first);
}

static int by_requests(const void *left, const void *right)
{
    const struct har_party *a = left, *b = right;
    return a->requests != b->requests ? (a->requests < b->requests) - (a->requests > b->requests)
                                      : by_name(left, right);
}

struct har_party *har_parties(const struct har_report *r, size_t *n)
{
    struct har_party *rows = calloc(r->requests_len + 1, sizeof(*rows));
    size_t all = 0, kept = 0;
    *n = 0;
    if (!rows)
        return NULL;
    for (size_t i = 0; i < r->requests_len; i++)
        if (r->requests[i].third_party)
            rows[all++] =
                (struct har_party){.name = har_company(&r->requests[i]),
                                   .first = i,
                                   .requests = 1,
                                   .told = har_tells_page(&r->requests[i]),
                                   .told_site = !har_tells_page(&r->requests[i]) && r->requests[i].leaks_len > 0};
    qsort(rows, all, sizeof(*rows), by_name);
    for (size_t i = 0; i < all; i++) {
        if (kept > 0 && strcmp(rows[kept - 1].name, rows[i].name) == 0) {
            rows[kept - 1].requests++;
            rows[kept - 1].told += rows[i].told;
            rows[kept - 1].told_site += rows[i].told_site;
        } else {
            rows[kept++] = rows[i];
        }
    }
    qsort(rows, kept, sizeof(*rows), by_requests);
    *n = kept;
    return rows;
}

int har_totals(const struct har_report *r, struct har_totals *out)
{
    struct har_party *parties = har_parties(r, &out->companies);
    if (!parties)
        return -ENOMEM;
    *out = (struct har_totals){.requests = r->requests_len, .companies = out->companies};
    for (size_t i = 0; i < out->companies; i++) {
        out->third_party += parties[i].requests;
        out->leaking += parties[i].told;
        out->told += parties[i].told > 0;
        out->told_site += parties[i].told == 0 && parties[i].told_site > 0;
    }
    for (size_t i = 0; i < r->recordings_len; i++) {
        out->consent_seen |= r->recordings[i].consent_order > 0;
        out->cookies_seen |= r->recordings[i].has_cookies;
        out->failed |= r->recordings[i].failed;
    }
    free(parties);
    return 0;
}

const struct har_request *har_request_at(const struct har_report *r, size_t recording, uint64_t order)
{
    /* Orders grow within a recording, and recordings follow each other. */
    size_t low = 0, high = r->requests_len;
    while (order > 0 && low < high) {
        size_t middle = low + (high - low) / 2;
        const struct har_request *q = &r->requests[middle];
        if (q->recording == recording && q->order == order)
            return q;
        if (q->recording < recording || (q->recording == recording && q->order < order))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
