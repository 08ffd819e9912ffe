/* api_sites.c -- what was released about support sites, site by site, and what was kept of recordings and staff tests.
 *
 * The store has a site for days, weeks and terms in which enough distinct devices visited it, each visit in one of them; nothing else of
 * support sites that a device did is anywhere (docs/ARCHITECTURE.md, rule 3). What of it may be shown
 * (site_released_read) reports/released.h adds up over a site's periods and judges, together with all other pairs, as an export does. A site of which nothing was released may
 * still have a recording or a staff test of an adult's own.
 */
#include "common/period.h"
#include "dashboard/api.h"
#include "dashboard/api_health.h"
#include "dashboard/site_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Sites by name, a site's latest period first. */
static int compare_sites(const void *a, const void *b)
{
    const struct store_site *x = a, *y = b;
    int order = strcmp(x->site, y->site);
    return order ? order : strcmp(y->period.first, x->period.first);
}

static struct json *begin_site(struct json *rows, const struct web *w, const struct site_findings *f, const char *site)
{
    struct json *row = json_new_object();
    struct listed_site known = {0};
    json_append(rows, row);
    lists_site(&w->names, site, &known);
    json_put_text(row, "site", site);
    json_put_text(row, "label", known.label);
    json_put_text(row, "category", known.category);
    site_json_put_proofs(row, &f->proofs, site);
    return row;
}

static void end_site(struct json *row, uint64_t visits, struct json *told, struct json *periods)
{
    json_put_int(row, "visits", (int64_t)visits);
    json_put(row, "told", told);
    json_put(row, "periods", periods);
}

/* Takes the rows of one site from the sorted array; returns how many. */
static size_t put_site(struct json *rows, const struct web *w, const struct site_findings *f, size_t at)
{
    struct json *periods = json_new_array(), *told = json_new_array();
    const struct released *r = &f->released;
    const char *site = r->sites[at].site;
    struct json *row = begin_site(rows, w, f, site);
    uint64_t visits = 0;
    size_t n = 0;
    for (; at + n < r->sites_len && strcmp(r->sites[at + n].site, site) == 0; n++) {
        json_append(periods, site_json_period(&r->sites[at + n]));
        visits += r->sites[at + n].visits;
    }
    for (size_t i = 0; i < f->pairs_len; i++)
        if (strcmp(f->pairs[i].texts->site, site) == 0 && f->pairs[i].result.visits_with > 0)
            json_append(told, site_json_told(&f->pairs[i], &f->proofs));
    end_site(row, visits, told, periods);
    return n;
}

static bool is_released(const struct released *r, const char *site)
{
    for (size_t i = 0; i < r->sites_len; i++)
        if (strcmp(r->sites[i].site, site) == 0)
            return true;
    return false;
}

/* The site of the i-th recording or staff test. */
static const char *proved_site(const struct proofs *p, size_t i)
{
    return i < p->kept_len ? p->kept[i].site : p->tests[i - p->kept_len].site;
}

static void put_proved_only(struct json *rows, const struct web *w, const struct site_findings *f)
{
    for (size_t i = 0; i < f->proofs.kept_len + f->proofs.tests_len; i++) {
        const char *site = proved_site(&f->proofs, i);
        bool again = is_released(&f->released, site);
        for (size_t k = 0; k < i && !again; k++)
            again = strcmp(proved_site(&f->proofs, k), site) == 0;
        if (!again)
            end_site(begin_site(rows, w, f, site), 0, json_new_array(), json_new_array());
    }
}

static struct json *document(struct web *w, struct site_findings *f)
{
    struct released *r = &f->released;
    struct json *root = json_new_object(), *rows = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "demo", web_is_demo(w));
    json_put_bool(root, "lower_bounds", true);
    json_put_int(root, "least_devices", web_least_devices(w));
    json_put(root, "sites", rows);
    if (r->sites_len > 1)
        qsort(r->sites, r->sites_len, sizeof(r->sites[0]), compare_sites);
    for (size_t i = 0; i < r->sites_len;)
        i += put_site(rows, w, f, i);
    put_proved_only(rows, w, f);
    return root;
}

void api_sites(struct web_call *c)
{
    struct site_findings f;
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return;
    }
    if (!web_note_look(c, "support sites"))
        return;
    int rc = site_findings_read(c->web, NULL, &f);
    struct json *root = rc == 0 ? document(c->web, &f) : NULL;
    if (rc == 0)
        rc = api_health_put_coverage(c->web, root);
    site_findings_fini(&f);
    if (rc < 0) {
        json_free(root);
        web_send_store_error(c, rc);
    } else {
        web_send_json(c, 200, root);
    }
}
