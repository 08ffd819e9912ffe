/* har.h -- what one person's browser recordings (HAR 1.2) show: which request told whom which page.
 *
 * Purpose    The proof behind a finding, in the words of the request itself. Read from files, shown, and gone: nothing of it is stored.
 * Shape      A report has recordings (one a file), their pages, and every request in the order of the recording. Texts are clean
 *            (common/text.h) and redacted: of addresses the values of parameters are left out (common/url.h), cookies and identifiers are
 *            named and never valued. A page's address and title are the evidence, and are shown.
 * Bounds     HAR_PAGES_MOST pages and HAR_REQUESTS_MOST requests a recording, HAR_REPORT_BYTES of texts in all; what is beyond is counted.
 * Ownership  The report owns everything (har_report_fini). Threads: one.
 * Failure    har_read_file(): -errno after one log line that names the file and what is wrong.
 */
#ifndef TELLTALE_REPORTS_HAR_H
#define TELLTALE_REPORTS_HAR_H

#include "feeds/feed.h"
#include "feeds/sites.h"
#include "reports/capture_report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HAR_PAGES_MOST    256u
#define HAR_REQUESTS_MOST 20000u
#define HAR_LEAKS_MOST    16u /* of one request */
#define HAR_REPORT_BYTES  (64u << 20)
#define HAR_UNKNOWN_MS    INT64_MIN

struct har_page {
    size_t recording;
    char *address;                 /* redacted; "" when the recording does not tell */
    char *title;                   /* "" when not known */
    char *site, *label, *category; /* of the support site it belongs to, or NULL */
    int64_t started_ms;            /* since the epoch, or HAR_UNKNOWN_MS */
    uint64_t requests, third_party;
};

struct har_leak {
    char *parameter;
    char *page;                  /* the address as it was carried, redacted; for a title or path the page's own */
    char *carrier;               /* the address inside the request that carries it on, redacted, or NULL */
    size_t of;                   /* whose page */
    const char *place, *carried; /* common/leak.h */
    bool base64;
    bool tells_page; /* which page was read, not only which site */
};

enum har_consent { HAR_CONSENT_NONE, HAR_CONSENT_BEFORE, HAR_CONSENT_AFTER, HAR_CONSENT_ACTION };
const char *har_consent_word(enum har_consent c); /* "none seen", "before", "after", "action" */

struct har_request {
    size_t recording, page; /* page: index, or SIZE_MAX */
    uint64_t order;         /* in its recording, from 1 */
    int64_t after_ms;       /* after its page began, or HAR_UNKNOWN_MS */
    char *method, *host, *address;
    int status; /* 0: no answer was recorded */
    bool third_party;
    enum har_consent consent;
    char *matched, *tracker, *organisation, *country,
        *feed; /* NULL where no rule covers the host, or it does not say */
    enum purpose purpose;
    const char *role;                                 /* feeds/url_role.h, or NULL */
    char *cookies_sent, *cookies_set, *id_parameters; /* names, a blank between two; "" for none */
    char *redirects_to;                               /* redacted, or NULL */
    uint64_t redirected_from;                         /* order of the request that led here; 0: none */
    uint64_t led_to; /* order of the request that this one's answer led to; 0: none seen */
    struct har_leak *leaks;
    size_t leaks_len;
};

struct har_recording {
    char *file, *browser;                 /* "Firefox 128.0"; "" when it does not say */
    uint64_t entries, unreadable, beyond; /* beyond: entries not kept, by the bounds above */
    uint64_t consent_order;               /* of the first consent action; 0: none seen */
    bool has_cookies;                     /* some request shows cookies: a browser may leave all of them out */
    bool failed;                          /* damaged: what came before the damage is in the report */
    bool scan_cut;                        /* some request held more than was looked at */
};

struct har_report {
    struct har_recording *recordings;
    size_t recordings_len;
    struct har_page *pages;
    size_t pages_len;
    struct har_request *requests;
    size_t requests_len;
    char *feeds;  /* provenance of the rules */
    size_t bytes; /* of texts kept so far */
};

struct har_rules {
    const struct feed_set *trackers;
    const struct site_set *sites;
};

void har_report_init(struct har_report *r);
void har_report_fini(struct har_report *r);

/* Adds a recording. progress may be NULL; share goes from 0 to 1. The file is read twice, so it must be a file. */
int har_read_file(struct har_report *r, const struct har_rules *rules, const char *path,
                  void (*progress)(void *context, double share), void *context);

#define HAR_FAULT_BYTES 200
/* The same of a stream that can be read twice, under a name of the caller's. `fault` says what is wrong with the recording, for a person; "": nothing. */
int har_read_stream(struct har_report *r, const struct har_rules *rules, FILE *in, const char *name, char fault[HAR_FAULT_BYTES]);

struct har_totals {
    size_t requests, third_party,
        leaking;                       /* requests; to others than the page's own site; that told which page was read */
    size_t companies, told, told_site; /* contacted; told which page was read; told which site, but not which page */
    bool consent_seen, cookies_seen, failed;
};
/* Companies are counted by organisation, else tracker, else host. 0 or -ENOMEM. */
int har_totals(const struct har_report *r, struct har_totals *out);
/* Did the request tell which page was read? */
bool har_tells_page(const struct har_request *q);
/* Who a request went to: organisation, tracker or host. */
const char *har_company(const struct har_request *q);
/* The request of that order in a recording, or NULL. */
const struct har_request *har_request_at(const struct har_report *r, size_t recording, uint64_t order);

struct har_party {
    const char *name;                 /* har_company() */
    size_t first;                     /* its first request */
    size_t requests, told, told_site; /* how many; how many of them told which page was read; and which site only */
};
/* Everybody else than the pages' own sites, most requests first; the caller frees the array. NULL when memory is out. */
struct har_party *har_parties(const struct har_report *r, size_t *n);

/* Writers: 0, or -errno of the stream (-ENOMEM when memory is out). docs/HAR.md describes what is written. */
int har_write_json(const struct har_report *r, FILE *out);
int har_write_csv(const struct har_report *r, FILE *out);
int har_write_html(const struct har_report *r, FILE *out);
int har_write_table(const struct har_report *r, const struct report_style *style, FILE *out);

#endif
