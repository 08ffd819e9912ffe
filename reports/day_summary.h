/* day_summary.h -- what there is to say about a day, a range of days, or some captures; every writer of summaries reads only this.
 *
 * Purpose    One model for CSV, JSON, HTML and PDF, so that the four cannot disagree. It is filled from the store
 *            (summary_store.h) or from a capture report, and is already safe to hand out: what section 6 of the design withholds
 *            is not in it. docs/EXPORT.md explains every figure.
 * Shape      A range has `days` with a row for each of its days; a day has one. Arrays are in their order of output after
 *            day_summary_finish(): most contacts first, then by name; devices by pseudonym, so that no child is first.
 * Withheld   Sites: only periods that were visited by SUMMARY_SMALLEST_GROUP distinct devices, each with its own figures, never
 *            summed with one that is not shown; what is judged over several periods is judged over shown ones alone. So nothing in it
 *            depends on a site's period that is not shown. Devices: pseudonyms of a single day only, with a band instead of a count;
 *            hours rounded to tens: else a total less what is shown would tell how many contacts were near visits.
 *            In a demo (k = 1), and in an operator's own capture, nothing is withheld.
 * Ownership  The summary owns its arrays and their texts; day_summary_fini() frees them.
 * Threads    One.
 * Failure    rc turns -ENOMEM and stays so; the writers return it.
 */
#ifndef TELLTALE_REPORTS_DAY_SUMMARY_H
#define TELLTALE_REPORTS_DAY_SUMMARY_H

#include "common/period.h"
#include "common/words.h"
#include "reports/capture_report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUMMARY_SMALLEST_GROUP 10 /* k of exports, unless the installation's is larger */
#define SUMMARY_HOUR_STEP      10 /* hours are rounded to it where nothing else may show */
#define SUMMARY_PERIOD_MAX     16

/* How far a figure of the machinery reaches. */
enum summary_scope {
    SUMMARY_NOT_COUNTED,
    SUMMARY_OF_PERIOD,   /* of exactly these days or captures */
    SUMMARY_SINCE_START, /* since the sensor began, which is not the same time as these days */
};

struct summary_company {
    char *name;
    unsigned purposes; /* 1u << enum purpose, of those of its trackers that were contacted; 0: not known */
    uint64_t contacts;
};

struct summary_tracker {
    char *name, *company; /* company may be NULL */
    unsigned purposes;    /* as above, of the tracker */
    uint64_t contacts;
    char first_day[11]; /* the first of these days that has it */
    bool fresh;         /* on no earlier day of the store */
};

struct summary_country {
    char *code; /* ISO 3166-1 alpha-2 */
    uint64_t contacts;
};

struct summary_device {
    char *pseudonym;
    char *label;       /* of a device that the school owns; NULL: it has none */
    uint64_t contacts; /* shown as a band, unless `exact` */
};

struct summary_day {
    char day[11];
    bool recorded; /* the store has this day */
    uint64_t contacts;
    int64_t devices; /* distinct pseudonyms with a contact; -1: not kept */
    bool covered;    /* the next two were counted */
    uint64_t flows, named;
};

/* One released period of a site. */
struct summary_visits {
    char period[SUMMARY_PERIOD_MAX]; /* "2026-11-22", "2026-W47", "2026-T3", or "capture" */
    uint64_t visits, devices;        /* at least day_summary.k devices, where things are withheld */
};

struct summary_site {
    char *site, *label, *category; /* label and category may be NULL */
    struct summary_visits *periods;
    size_t periods_len;
    char *proof; /* what a kept recording proves of the site, a sentence; NULL: there is none */
    struct report_disclosure *disclosures; /* over the periods shown */
    size_t disclosures_len;
};

struct summary_coverage {
    enum summary_scope scope;
    uint64_t flows, named, blind[BLIND_COUNT];
    uint64_t gaps, gap_seconds;        /* in which nothing could be heard at all: the interface was away */
    uint64_t names_seen, names_along; /* names that devices said; those that came along with others. seen 0: not counted */
    uint64_t lost;             /* packets lost before they were read */
    uint64_t unreadable;       /* cut short or malformed */
    uint64_t sightings_lost;   /* contacts lost on their way to the store */
    char since[11], until[11]; /* days, with SUMMARY_SINCE_START */
    uint64_t days;             /* of the store, with SUMMARY_OF_PERIOD: those for which this was counted */
};

struct day_summary {
    bool of_capture;  /* else of the store */
    bool demo;
    bool exact;       /* hours and devices as they are */
    unsigned k;       /* distinct devices behind each period of a site, where things are withheld; SUMMARY_SMALLEST_GROUP or more */
    char first_day[11], last_day[11], made_on[11];
    char *source;     /* the installation, or the captures */
    uint64_t recorded; /* of the days, those that the store has */
    char *feeds;      /* lists in force, "name@version + ..."; NULL: not known */
    uint64_t contacts;
    uint64_t by_evidence[EVIDENCE_COUNT], by_purpose[PURPOSE_COUNT], by_hour[24];
    uint64_t by_hour_rounded[24]; /* the sum of each day's rounded hours: no range gives more than its days do */
    struct summary_company *companies;
    size_t companies_len;
    struct summary_tracker *trackers;
    size_t trackers_len;
    struct summary_country *countries;
    size_t countries_len;
    struct summary_device *devices; /* of a single day only */
    size_t devices_len;
    struct summary_day *days;
    size_t days_len;
    uint64_t earlier_days; /* recorded before the first day: 0: nothing can be called new */
    struct summary_site *sites;
    size_t sites_len;
    struct summary_coverage coverage;
    int rc;
};

void day_summary_init(struct day_summary *s);
/* What leaves needs as many devices as the installation's own k, if that is more. Before sites are filled in. */
void day_summary_least(struct day_summary *s, unsigned k);
void day_summary_fini(struct day_summary *s);

/* From a report of `telltale read`. */
void day_summary_from_capture(struct day_summary *s, const struct capture_report *r);

/* Filling: each adds to the row of that name, or makes one. */
void day_summary_company(struct day_summary *s, const char *name, unsigned purposes, uint64_t contacts);
void day_summary_country(struct day_summary *s, const char *code, uint64_t contacts);
/* Lends the row until the next tracker. NULL: memory is out. */
struct summary_tracker *day_summary_tracker(struct day_summary *s, const char *name, const char *company, unsigned purposes, uint64_t contacts);
void day_summary_device(struct day_summary *s, const char *pseudonym, uint64_t contacts);
/* Of a device that has a row; of any other nothing is noted. */
void day_summary_label(struct day_summary *s, const char *pseudonym, const char *label);
bool day_summary_has_labels(const struct day_summary *s);
struct summary_day *day_summary_day(struct day_summary *s, const char *day);
struct summary_site *day_summary_site(struct day_summary *s, const char *site, const char *label, const char *category);
/* A period of the site. Left out, and false, where too few devices visited. */
bool day_summary_visits(struct day_summary *s, struct summary_site *site, const char *period, uint64_t visits, uint64_t devices);
/* Takes copies of the texts. */
void day_summary_disclosure(struct day_summary *s, struct summary_site *site, const struct report_disclosure *d);

/* Sorts; takes out sites without a period. Once, before writing. */
void day_summary_finish(struct day_summary *s);

/* What every writer says alike. --------------------------------------------------------------------------------- */

/* "counts are lower bounds", with DEMO before it in a demo. */
const char *day_summary_note(const struct day_summary *s);
/* Share of flows whose name was seen, 0..1; negative: not counted. */
double day_summary_share(const struct day_summary *s);
double summary_day_share(const struct summary_day *d); /* the same of one day */
/* Contacts of an hour as they are shown. */
uint64_t day_summary_hour(const struct day_summary *s, unsigned hour);
/* Contacts of a device as they are shown: "10 to 49", or the number. */
#define SUMMARY_BAND_MAX 32
const char *day_summary_band(const struct day_summary *s, const struct summary_device *d, char out[SUMMARY_BAND_MAX]);
/* "ad-exchange, analytics"; "not known" for none. */
#define SUMMARY_PURPOSES_MAX 200
const char *summary_purposes(unsigned purposes, char out[SUMMARY_PURPOSES_MAX]);
/* Contacts that reached their tracker, as opposed to looked up only or blocked. */
uint64_t day_summary_reached(const struct day_summary *s);
uint64_t day_summary_fresh(const struct day_summary *s);
bool day_summary_is_range(const struct day_summary *s);
/* Are its days exactly a term (common/period.h)? Then *out is that. */
bool day_summary_term(const struct day_summary *s, struct period *out);

/* The first sentences, in order: heap texts, to free with their array; NULL after the last. NULL: memory is out. */
char **day_summary_sentences(const struct day_summary *s);
/* Sentences about one site's disclosures, likewise. */
char **summary_site_sentences(const struct summary_site *site);
void summary_sentences_free(char **sentences);

/* Writers. 0 or -errno. rows: of each table at most so many, 0: all. */
struct document;
void summary_document(const struct day_summary *s, unsigned rows, struct document *out);
int summary_write_csv(const struct day_summary *s, FILE *out);
int summary_write_json(const struct day_summary *s, FILE *out);
int summary_write_html(const struct day_summary *s, bool all, FILE *out);
int summary_write_pdf(const struct day_summary *s, bool all, FILE *out); /* one page where that is possible, unless all */

#endif
