/* staff_report.h -- one staff test, as it is shown: what a consenting member of staff's own device contacted after it opened a support site's page.
 *
 * Purpose    Reads a test from the store (store/tests.h), joins it with browser recordings of the same visit, and writes both.
 * Shape      Hosts in the order in which they came; those of one moment by name.
 * The join   `staff_recall`: of the tracker companies that the browser says it spoke to from pages of the tested site, which did the network evidence
 *            see, and which not? It is the recall of our own method, with its misses and the likeliest reasons, and never only the hits.
 *            Hosts that no list has are counted apart: the sensor keeps no such name, whoever tests.
 * Ownership  staff_report_fini() and staff_recall_fini() free everything. Texts are clean (common/text.h).
 * Threads    One.
 */
#ifndef TELLTALE_REPORTS_STAFF_REPORT_H
#define TELLTALE_REPORTS_STAFF_REPORT_H

#include "reports/capture_report.h"
#include "reports/har.h"
#include "store/tests.h"

struct staff_host {
    char *host, *matched, *tracker, *organisation, *feed; /* tracker and organisation: NULL when the rule does not say */
    char *chain[9];                                       /* the host and the CNAME targets after it; chain_len 0: matched by its own name */
    size_t chain_len;
    enum purpose purpose;
    enum evidence evidence;
    uint32_t after_ms, visits_with, connections;
};

struct staff_leak {
    char *host, *parameter, *page;
};

struct staff_report {
    char id[STORE_TEST_ID_MAX];
    char *site, *reason;
    const char *label, *category; /* of the site; NULL when the list no longer has it. Borrowed from the site set */
    uint64_t hour_s;
    uint32_t minutes, visits, beyond;
    enum store_test_state state;
    bool demo;
    struct staff_host *hosts;
    size_t hosts_len;
    struct staff_leak *leaks;
    size_t leaks_len;
    int rc; /* -ENOMEM when something could not be kept */
};

/* 0, -ENOENT, or what the store said. sites may be NULL. */
int staff_report_read(struct staff_report *r, struct store_asker *a, const char *installation, const char *id, const struct site_set *sites);
void staff_report_fini(struct staff_report *r);
/* Organisation, else tracker, else host. */
const char *staff_company(const struct staff_host *h);
/* How many different companies. */
size_t staff_companies(const struct staff_report *r);

enum staff_miss {
    STAFF_MISS_UNANSWERED, /* no answer is in the recording: the browser may not have sent it */
    STAFF_MISS_FULL,       /* the test had no room left */
    STAFF_MISS_OTHER_HOST, /* another host of this company was seen: one connection may carry both names */
    STAFF_MISS_UNKNOWN     /* a cache, a connection from before the visit, a hidden name: cannot be told apart */
};
const char *staff_miss_sentence(enum staff_miss why);

/* A listed host that the browser spoke to, or that the network saw. */
struct staff_recall_host {
    char *host, *company;
    size_t requests;       /* in the recordings; 0: seen on the network only */
    bool seen, told_page;  /* on the network; by a request in the recordings */
    enum staff_miss why;   /* where not seen */
};

struct staff_recall {
    size_t pages;            /* of the tested site, in the recordings */
    size_t requests;         /* to listed third parties from them */
    size_t companies, companies_seen;
    size_t unlisted;         /* third-party hosts that no list has */
    struct staff_recall_host *hosts;
    size_t hosts_len;
};
/* 0 or -ENOMEM. */
int staff_recall_make(struct staff_recall *out, const struct staff_report *r, const struct har_report *har);
void staff_recall_fini(struct staff_recall *recall);
/* Is this the first host of its company in the list, and was any host of the company seen? */
bool staff_recall_leads(const struct staff_recall *recall, size_t i, bool *company_seen);

/* What belongs under every staff test. */
extern const char staff_note[];

/* 0, or -errno of the stream. recall may be NULL. */
int staff_write_table(const struct staff_report *r, const struct staff_recall *recall, const struct report_style *style, FILE *out);
int staff_write_json(const struct staff_report *r, const struct staff_recall *recall, FILE *out);

#endif
