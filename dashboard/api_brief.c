/* api_brief.c -- what the first screen says of support sites: which of them told whom, in a few words.
 *
 * The page Support sites has the figures, the delays and the recordings (api_sites.c). Here are only the sites at which a tracker clearly
 * followed visits, and the companies behind it, those that sell and buy attention first. The same periods are judged, all of them together, so that
 * the two pages never differ.
 */
#include "dashboard/api.h"
#include "dashboard/days.h"
#include "dashboard/site_json.h"
#include "reports/released.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPANIES_MOST 12

struct brief {
    struct released released;
    struct released_pair *pairs;
    size_t pairs_len;
};

static bool is_clear(const struct released_pair *p)
{
    return p->result.verdict == EVIDENCE_SHOWN || p->result.verdict == EVIDENCE_LIKELY;
}

static const char *who(const struct released_pair *p)
{
    return proof_company(p->texts->organisation, p->texts->tracker, "");
}

/* By site; there by verdict, then by purpose, whose words stand in the order of how much a child has to lose (common/words.h). */
static int compare(const void *a, const void *b)
{
    const struct released_pair *x = a, *y = b;
    int order = strcmp(x->texts->site, y->texts->site);
    if (order)
        return order;
    if (x->result.verdict != y->result.verdict)
        return x->result.verdict < y->result.verdict ? 1 : -1;
    return x->texts->purpose < y->texts->purpose ? -1 : x->texts->purpose > y->texts->purpose;
}

/* How many pairs, from `at` on, are of one site; *clear: at least one of them is. */
static size_t run_of(const struct brief *b, size_t at, bool *clear)
{
    size_t n = 0;
    *clear = false;
    for (; at + n < b->pairs_len && strcmp(b->pairs[at + n].texts->site, b->pairs[at].texts->site) == 0; n++)
        *clear |= is_clear(&b->pairs[at + n]);
    return n;
}

/* The companies behind n pairs, each once. */
static struct json *companies_of_pairs(const struct released_pair *pairs, size_t n)
{
    struct json *names = json_new_array();
    const char *told[COMPANIES_MOST];
    size_t companies = 0;
    for (size_t i = 0; i < n && companies < COMPANIES_MOST; i++) {
        bool again = !is_clear(&pairs[i]);
        for (size_t k = 0; k < companies && !again; k++)
            again = strcmp(told[k], who(&pairs[i])) == 0;
        if (!again)
            json_append_text(names, told[companies++] = who(&pairs[i]));
    }
    return names;
}

static size_t count_sites(const struct released *r)
{
    size_t sites = 0;
    for (size_t i = 0; i < r->sites_len; i++) {
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = strcmp(r->sites[k].site, r->sites[i].site) == 0;
        sites += !again;
    }
    return sites;
}

static struct json *document(const struct web *w, const struct brief *b)
{
    struct json *root = json_new_object(), *rows = json_new_array();
    json_put_int(root, "schema", 1);
    json_put_bool(root, "lower_bounds", true);
    json_put_int(root, "sites", (int64_t)count_sites(&b->released));
    json_put(root, "told", rows);
    for (size_t i = 0, n; i < b->pairs_len; i += n) {
        bool clear;
        n = run_of(b, i, &clear);
        if (!clear)
            continue;
        struct json *row = json_new_object();
        struct listed_site known = {0};
        json_append(rows, row);
        lists_site(&w->names, b->pairs[i].texts->site, &known);
        json_put_text(row, "site", b->pairs[i].texts->site);
        json_put_text(row, "label", known.label);
        json_put(row, "companies", companies_of_pairs(&b->pairs[i], n));
    }
    return root;
}

/* Noted as the page that it is on, so that both are one line of the record. */
void api_brief(struct web_call *c)
{
    struct brief b = {0};
    struct shown_day day;
    char what[64];
    if (!days_shown(c, &day))
        return;
    snprintf(what, sizeof(what), "today, %s", day.day);
    if (!web_note_look(c, what))
        return;
    if (!web_reader(c->web)) {
        web_send_store_error(c, -EIO);
        return;
    }
    int rc = site_released_read(c->web, &b.released);
    if (rc == 0)
        rc = released_judge(&b.released, &(struct released_filter){0}, &b.pairs, &b.pairs_len);
    if (rc == 0 && b.pairs_len > 1)
        qsort(b.pairs, b.pairs_len, sizeof(b.pairs[0]), compare);
    if (rc == 0)
        web_send_json(c, 200, document(c->web, &b));
    else
        web_send_store_error(c, rc);
    free(b.pairs);
    released_fini(&b.released);
}
