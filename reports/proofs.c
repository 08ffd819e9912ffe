/* proofs.c -- reading what was kept of a site, and the join with the network's findings. See proof.h.
 *
 * A recording that does not show a host proves little: another page of the site, a blocker, a refused banner. So its silence never lowers a
 * verdict; it is said beside it. What a recording shows is certain, for that one visit.
 */
#include "reports/proof.h"

#include "store/asker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reading ---------------------------------------------------------------------------------------------------------- */

struct ids {
    char (*ids)[STORE_PROOF_ID_MAX];
    size_t len;
    int rc;
};
_Static_assert(STORE_TEST_ID_MAX == STORE_PROOF_ID_MAX, "ids of both kinds fit the same list");

/* SCAN may tell an id twice. */
static void on_id(void *context, const char *id)
{
    struct ids *l = context;
    for (size_t i = 0; i < l->len; i++)
        if (strcmp(l->ids[i], id) == 0)
            return;
    char(*more)[STORE_PROOF_ID_MAX] = reallocarray(l->ids, l->len + 1, sizeof(*more));
    if (!more) {
        l->rc = -ENOMEM;
        return;
    }
    l->ids = more;
    memcpy(l->ids[l->len++], id, sizeof(*more));
}

static int add_proof(struct proofs *p, struct store_asker *a, const char *installation, const char *id, const char *site)
{
    struct store_proof one, *more;
    int rc = site ? store_proof_is_of(a, installation, id, site) : 1;
    if (rc > 0)
        rc = store_proof_read(a, installation, id, &one);
    else if (rc == 0)
        return 0;
    if (rc < 0)
        return rc == -ENOENT ? 0 : rc; /* it ended meanwhile */
    if (!(more = reallocarray(p->kept, p->kept_len + 1, sizeof(*more)))) {
        store_proof_fini(&one);
        return -ENOMEM;
    }
    p->kept = more;
    p->kept[p->kept_len++] = one;
    return 0;
}

static int add_test(struct proofs *p, struct store_asker *a, const char *installation, const char *id, const char *site)
{
    struct staff_report one, *more;
    int rc = staff_report_read(&one, a, installation, id, NULL);
    if (rc == 0 && one.site && (!site || strcmp(one.site, site) == 0) && one.visits > 0) {
        if ((more = reallocarray(p->tests, p->tests_len + 1, sizeof(*more))) != NULL) {
            p->tests = more;
            p->tests[p->tests_len++] = one;
            return 0;
        }
        rc = -ENOMEM;
    }
    staff_report_fini(&one);
    return rc == -ENOENT ? 0 : rc;
}

/* The latest first: by the day of the visit, else that on which it was kept. */
static int proof_order(const void *a, const void *b)
{
    const struct store_proof *x = a, *y = b;
    int order = strcmp(y->recorded, x->recorded);
    if (order)
        return order;
    if (x->kept_hour_s != y->kept_hour_s)
        return x->kept_hour_s < y->kept_hour_s ? 1 : -1;
    return strcmp(x->id, y->id);
}

static int test_order(const void *a, const void *b)
{
    const struct staff_report *x = a, *y = b;
    if (x->hour_s != y->hour_s)
        return x->hour_s < y->hour_s ? 1 : -1;
    return strcmp(x->id, y->id);
}

static int read_all(struct proofs *p, struct store_asker *a, const char *installation, const char *site)
{
    struct ids kept = {0}, tests = {0};
    int rc = store_proof_list(a, installation, on_id, &kept);
    if (rc == 0)
        rc = store_test_list(a, installation, on_id, &tests);
    for (size_t i = 0; rc == 0 && i < kept.len; i++)
        rc = add_proof(p, a, installation, kept.ids[i], site);
    for (size_t i = 0; rc == 0 && i < tests.len; i++)
        rc = add_test(p, a, installation, tests.ids[i], site);
    if (rc == 0)
        rc = kept.rc < 0 ? kept.rc : tests.rc;
    free(kept.ids);
    free(tests.ids);
    return rc;
}

int proofs_read(struct proofs *p, const char *socket, const char *installation, const char *site)
{
    struct store_asker *a;
    memset(p, 0, sizeof(*p));
    int rc = store_asker_open(socket, &a);
    if (rc < 0)
        return rc;
    rc = read_all(p, a, installation, site);
    store_asker_close(a);
    if (p->kept_len > 1)
        qsort(p->kept, p->kept_len, sizeof(*p->kept), proof_order);
    if (p->tests_len > 1)
        qsort(p->tests, p->tests_len, sizeof(*p->tests), test_order);
    if (rc < 0)
        proofs_fini(p);
    return rc;
}

void proofs_fini(struct proofs *p)
{
    for (size_t i = 0; i < p->kept_len; i++)
        store_proof_fini(&p->kept[i]);
    for (size_t i = 0; i < p->tests_len; i++)
        staff_report_fini(&p->tests[i]);
    free(p->kept);
    free(p->tests);
    memset(p, 0, sizeof(*p));
}

/* The join --------------------------------------------------------------------------------------------------------- */

const char *proof_company(const char *organisation, const char *tracker, const char *host)
{
    return organisation && *organisation ? organisation : tracker && *tracker ? tracker : host ? host : "";
}

static bool is_theirs(const char *company, const char *organisation, const char *tracker)
{
    return *company && strcmp(company, proof_company(organisation, tracker, "")) == 0;
}

/* What a recording shows of the host, or else of the company's other hosts. */
static enum proof_grade grade_in(const struct store_proof *p, const char *host, const char *company, bool *other)
{
    enum proof_grade own = PROOF_NONE, others = PROOF_NONE;
    for (size_t i = 0; i < p->hosts_len; i++) {
        const struct store_proof_host *h = &p->hosts[i];
        enum proof_grade grade = (enum proof_grade)(PROOF_CONTACTED + h->told);
        if (strcmp(h->host, host) == 0)
            own = grade;
        else if (is_theirs(company, h->organisation, h->tracker) && grade > others)
            others = grade;
    }
    *other = others > own;
    return *other ? others : own;
}

/* The row that shows the grade, the earliest of them. */
static const struct store_proof_request *request_in(const struct store_proof *p, const char *host, const char *company, bool other, enum proof_grade grade)
{
    for (size_t i = 0; i < p->told_len; i++) {
        const struct store_proof_request *r = &p->told[i];
        if (r->tells_page != (grade == PROOF_TOLD_PAGE))
            continue;
        bool same = strcmp(r->host, host) == 0;
        for (size_t k = 0; other && !same && k < p->hosts_len; k++)
            same = strcmp(p->hosts[k].host, r->host) == 0 && is_theirs(company, p->hosts[k].organisation, p->hosts[k].tracker);
        if (same)
            return r;
    }
    return NULL;
}

static void join_recordings(const struct proofs *p, const char *site, const char *host, const char *company, struct proof_join *out)
{
    bool first = true, other;
    enum proof_grade latest = PROOF_NONE;
    for (size_t i = 0; i < p->kept_len; i++) {
        const struct store_proof *proof = &p->kept[i];
        if (strcmp(proof->site, site) != 0)
            continue;
        enum proof_grade grade = grade_in(proof, host, company, &other);
        latest = first ? grade : latest;
        first = false;
        out->recordings++;
        out->contacted += grade >= PROOF_CONTACTED;
        if (grade > out->grade) {
            out->grade = grade;
            out->by = proof;
            out->other_host = other;
            out->told = 0;
        }
        out->told += grade >= PROOF_TOLD_SITE && grade == out->grade;
    }
    if (out->grade >= PROOF_TOLD_SITE)
        out->request = request_in(out->by, host, company, out->other_host, out->grade);
    out->latest_is_silent = out->grade >= PROOF_TOLD_SITE && latest < PROOF_TOLD_SITE;
}

static void join_tests(const struct proofs *p, const char *site, const char *host, const char *company, struct proof_join *out)
{
    for (size_t i = 0; i < p->tests_len; i++) {
        const struct staff_report *test = &p->tests[i];
        if (strcmp(test->site, site) != 0)
            continue;
        bool seen = false;
        for (size_t k = 0; k < test->hosts_len && !seen; k++)
            seen = strcmp(test->hosts[k].host, host) == 0 || is_theirs(company, test->hosts[k].organisation, test->hosts[k].tracker);
        out->tests++;
        out->tests_seen += seen;
    }
    if (out->tests_seen && out->grade < PROOF_CONTACTED)
        out->grade = PROOF_CONTACTED;
}

void proofs_join(const struct proofs *p, const char *site, const char *host, const char *company, struct proof_join *out)
{
    memset(out, 0, sizeof(*out));
    join_recordings(p, site, host, company, out);
    join_tests(p, site, host, company, out);
}

size_t proofs_count(const struct proofs *p, const char *site)
{
    size_t n = 0;
    for (size_t i = 0; i < p->kept_len; i++)
        n += strcmp(p->kept[i].site, site) == 0;
    for (size_t i = 0; i < p->tests_len; i++)
        n += strcmp(p->tests[i].site, site) == 0;
    return n;
}
