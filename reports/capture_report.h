/* capture_report.h -- everything that `telltale read` has to say about some captures; the writers read only this.
 *
 * Shape      The JSON contract of docs/REPORT.md, field by field. Times are nanoseconds since the epoch; 0 means never.
 * Ownership  The report owns its arrays and every string in them (capture_report_fini frees all of it).
 * Threads    One thread.
 */
#ifndef TELLTALE_REPORTS_CAPTURE_REPORT_H
#define TELLTALE_REPORTS_CAPTURE_REPORT_H

#include "common/words.h"
#include "common/evidence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report_application {
    char *name;     /* nDPI's, "TLS.Facebook" */
    char *category; /* nDPI's, "SocialNetwork" */
    uint64_t flows, bytes;
};

struct report_device {
    char *device; /* pseudonym or MAC, as asked */
    char *label;  /* or NULL */
    uint64_t first_ns, last_ns;
    uint64_t flows, contacts;
    bool randomised_mac, hidden_dns;
    bool doubtful; /* two machines may be using this hardware address */
};

struct report_contact {
    char *device;                           /* NULL: withheld, or nobody's business */
    char *host;                             /* NULL: withheld (a device-level record carries no full host) */
    char *matched, *tracker, *organisation; /* the last two may be NULL */
    char *feed;
    char *country;      /* of the server's address, or NULL */
    char *home_country; /* of the organisation, or NULL */
    const char *role;   /* a static word */
    char **chain;       /* chain_len names, or NULL */
    size_t chain_len;
    enum purpose purpose;
    enum evidence evidence;
    unsigned seen_by; /* enum seen_by, or-ed */
    uint64_t connections, bytes_up, bytes_down;
    uint64_t first_ns, last_ns;
    int64_t asn; /* -1: not known */
};

/* One tracker host after visits to one site. */
struct report_disclosure {
    char *host, *tracker, *organisation; /* the last two may be NULL */
    enum purpose purpose;
    uint32_t days, days_with; /* days the site was visited, and those on which the host followed; days 0: not known */
    const char *proof; /* static, of a summary only: what kept recordings and staff tests show; NULL: there is none */
    const char *role;  /* static: what cannot be told of it, NULL: nothing to say */
    char *before;      /* the tracker host that came before it, in nearly every visit; NULL: none */
    uint32_t before_visits;
    uint32_t delays[MOMENT_DELAY_BINS]; /* of followed visits (common/moments.h); in no output of this report */
    struct evidence_result result;
};

struct report_site {
    char *site, *label, *category;
    uint64_t visits;
    int64_t devices; /* -1: suppressed */
    struct report_disclosure *disclosures;
    size_t disclosures_len;
};

struct report_leak {
    char *site, *host, *parameter, *page;
    const char *via;
};

struct capture_report {
    char **files;
    size_t files_len;
    uint64_t packets, bytes, first_ns, last_ns, truncated, malformed, dropped;
    uint64_t flows, named, blind[BLIND_COUNT];
    uint64_t names_seen, names_along; /* that devices said; of these, along with others: for the funnel of a summary */
    struct report_application *applications;
    size_t applications_len;
    struct report_device *devices;
    size_t devices_len;
    struct report_contact *contacts;
    size_t contacts_len;
    struct report_site *sites;
    size_t sites_len;
    struct report_leak *leaks;
    size_t leaks_len;
    char *feeds;           /* provenance of the rules */
    bool shows_everything; /* --devices mac: the operator's own capture */
    bool demo;
    bool has_countries;    /* a country database was there */
    uint64_t files_failed; /* captures that could not be read, or not to their end */
    uint64_t withheld;     /* contacts shown without their device */
    uint64_t tracker_rules, site_rules;
};

void capture_report_init(struct capture_report *r);
void capture_report_fini(struct capture_report *r);

/* Each appends one zeroed element (a contact's asn: -1) and lends it until the next of its kind; NULL, and the report
 * unchanged, when memory is out. Arrays grow through these adders only. */
struct report_application *capture_report_add_application(struct capture_report *r);
struct report_device *capture_report_add_device(struct capture_report *r);
struct report_contact *capture_report_add_contact(struct capture_report *r);
struct report_site *capture_report_add_site(struct capture_report *r);
struct report_leak *capture_report_add_leak(struct capture_report *r);
struct report_disclosure *capture_report_add_disclosure(struct report_site *site);
bool capture_report_add_file(struct capture_report *r, const char *path); /* copies; false when memory is out */

/* Puts every array in its output order (contacts by time then host, sites by visits, their disclosures by
 * verdict then visits, applications by bytes). */
void capture_report_sort(struct capture_report *r);

struct report_style {
    bool colour;    /* the output is a terminal that shows colours */
    unsigned width; /* columns, taken as 60 at least; 0: not a terminal, do not wrap or cut */
};

/* Each writes the report in the order it has (capture_report_sort first). 0, or -errno of the stream (-ENOMEM when
 * memory is out). Every text is made safe on the way out (common/text.h). docs/REPORT.md describes what is written. */
int report_write_json(const struct capture_report *r, FILE *out);
int report_write_csv(const struct capture_report *r, FILE *out);
int report_write_table(const struct capture_report *r, const struct report_style *style, FILE *out);

#endif
