/* site_json.h -- findings about support sites as JSON: the network's, the recordings', and their join. docs/API.md has the members.
 *
 * Ownership  Everything is borrowed; what is made belongs to the caller or its parent. Threads: one.
 */
#ifndef TELLTALE_DASHBOARD_SITE_JSON_H
#define TELLTALE_DASHBOARD_SITE_JSON_H

#include "common/json.h"
#include "reports/proof.h"
#include "reports/released.h"

struct web;

/* What is known of support sites: of one, or with site NULL of all. */
struct site_findings {
    struct released released;
    struct released_pair *pairs; /* judged; the strongest first */
    size_t pairs_len;
    struct proofs proofs;
};

/* What was released of support sites and may be on a screen: periods with as many devices as [privacy] k says now, all of them in a demo. All that a page
 * shows of sites is from here. The store is open (web_reader). */
int site_released_read(struct web *w, struct released *r);
int site_findings_read(struct web *w, const char *site, struct site_findings *f);
void site_findings_fini(struct site_findings *f);

/* One tracker host of a site, with what recordings and staff tests say of it. */
struct json *site_json_told(const struct released_pair *p, const struct proofs *proofs);
struct json *site_json_period(const struct store_site *s);
struct json *site_json_proof(const struct store_proof *p);
struct json *site_json_test(const struct staff_report *t);
/* Members `recordings` and `tests` (how many) and `told_page` (companies that a request told which page) of a row of the list. */
void site_json_put_proofs(struct json *row, const struct proofs *p, const char *site);

#endif
