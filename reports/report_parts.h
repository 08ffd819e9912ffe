/* report_parts.h -- what the writers of a capture report share, so that the three outputs agree.
 *
 * Threads    One thread, as the report. Failure and ownership: reports/capture_report.h.
 */
#ifndef TELLTALE_REPORTS_REPORT_PARTS_H
#define TELLTALE_REPORTS_REPORT_PARTS_H

#include "reports/capture_report.h"
#include "reports/page.h"

/* The words of enum seen_by, in the order of output. */
#define REPORT_SEEN_BY_WORDS 4
extern const struct report_seen_by_word {
    unsigned bit;
    const char *word;
} report_seen_by[REPORT_SEEN_BY_WORDS];

/* Share of flows whose name was seen, 0..1; 0 when there was no flow at all: nothing was covered. */
double report_coverage(const struct capture_report *r);

/* What every output carries: "counts are lower bounds", with DEMO before it in a demo. */
const char *report_note(const struct capture_report *r);

/* Did this evidence reach the tracker's host, as opposed to only asking for its address? */
bool report_contacted(enum evidence e);

/* Flushes, and turns the stream's error into -errno. */
int report_finish(FILE *out);

/* The figures of the first sentence. Companies are counted by organisation (by tracker where the list names none), once
 * each, under the strongest thing seen of them. */
struct report_headline {
    size_t devices;          /* distinct devices that contacted one, as far as devices are shown */
    bool devices_incomplete; /* contacts without a device exist, so there may be more */
    size_t contacted;        /* companies */
    size_t blocked;          /* ... only ever blocked */
    size_t looked_up;        /* ... only ever looked up */
    size_t unowned;          /* matched rules contacted whose list names no company */
};

/* 0, or -ENOMEM. */
int report_headline_count(const struct capture_report *r, struct report_headline *out);

/* The parts of the terminal report that are paragraphs, in report_sections.c. */
void report_sites_section(const struct capture_report *r, struct page *page);
void report_leaks_section(const struct capture_report *r, struct page *page);
void report_applications_section(const struct capture_report *r, struct page *page);
void report_blind_section(const struct capture_report *r, struct page *page);

#endif
