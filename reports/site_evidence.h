/* site_evidence.h -- what is known of one support site over some weeks: the model that every page of an evidence pack reads.
 *
 * Shape      The site; the periods that could be shown, with their visits; the tracker hosts that followed visits, each with its
 *            figures and how often it followed in each period. There is no device and no time finer than a period in it.
 * Units      Days as "2026-11-22". Times and rates: common/evidence.h.
 * Ownership  The model owns its arrays and texts (site_evidence_fini frees them). Threads: one.
 * Failure    Adders return NULL when memory is out.
 */
#ifndef TELLTALE_REPORTS_SITE_EVIDENCE_H
#define TELLTALE_REPORTS_SITE_EVIDENCE_H

#include "common/evidence.h"
#include "common/words.h"
#include "reports/har.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SITE_EVIDENCE_SMALLEST_GROUP 10 /* a pack leaves the house: distinct devices, however few the screen asks for */

struct proofs;

enum site_evidence_source { SITE_EVIDENCE_STORE, SITE_EVIDENCE_CAPTURE, SITE_EVIDENCE_RECORDINGS };

struct site_evidence_period {
    char *name;           /* "2026-W47", or the days of a recording */
    char first[11], last[11];
    uint64_t visits;
};

struct site_evidence_tracker {
    char *host, *tracker, *organisation, *country; /* but the host, NULL where not known */
    const char *role;                              /* static, or NULL */
    enum purpose purpose;
    uint32_t days, days_with; /* days 0: not known */
    uint32_t delays[MOMENT_DELAY_BINS];
    struct evidence_result result;
};

struct site_evidence {
    enum site_evidence_source source;
    bool demo;
    char *site, *label, *category;
    char from[11], to[11]; /* what is covered, both days included */
    char made[11];         /* the day on which the pack is made */
    uint64_t visits;
    unsigned k;            /* distinct devices behind each period from the store; 0: a recording of one's own device. Before it is filled: as many are asked for */
    uint64_t flows, named, lost;          /* coverage, and packets lost, of the recording or of the days covered; flows 0: not known */
    uint64_t covered_days, recorded_days; /* of the store: days for which that was counted, days that it has */
    char *feeds;           /* provenance of the rules, or NULL */
    char *controller, *contact; /* who writes; "" or NULL when not set */
    const struct har_report *proof; /* a browser's recording of the site, borrowed; NULL: none */
    const struct proofs *kept;      /* what was kept of recordings and staff tests of the site, borrowed; NULL: not asked for */
    struct site_evidence_period *periods;
    size_t periods_len;
    struct site_evidence_tracker *trackers; /* the strongest finding first, after site_evidence_sort() */
    size_t trackers_len;
};

void site_evidence_init(struct site_evidence *e);
/* Initialises it and fills in what it is about: the site, today, who writes, the lists, and how many devices a pack asks for (`c` says k; what leaves needs ten
 * at least, in a demo one). False: memory is out; site_evidence_fini() all the same. */
struct config;
struct listed_site;
bool site_evidence_begin(struct site_evidence *e, const struct config *c, bool demo, const struct listed_site *site, const char *provenance);
void site_evidence_fini(struct site_evidence *e);
struct site_evidence_period *site_evidence_add_period(struct site_evidence *e);
struct site_evidence_tracker *site_evidence_add_tracker(struct site_evidence *e);
void site_evidence_sort(struct site_evidence *e);

/* How many of the trackers have this verdict. */
size_t site_evidence_count(const struct site_evidence *e, enum evidence_verdict v);
/* The site's name for sentences: its label, or else its domain. */
const char *site_evidence_name(const struct site_evidence *e);
/* Name of a tracker for sentences: product, or else host. */
const char *site_evidence_who(const struct site_evidence_tracker *t);

/* Of the site's category: is it the police's; may it be a preventive or counselling service? */
bool site_evidence_is_police(const struct site_evidence *e);
bool site_evidence_may_counsel(const struct site_evidence *e);

#endif
