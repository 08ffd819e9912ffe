/* notice.h -- what the people on the network are told: a poster for the wall, and a page that a child of eleven can read.
 *
 * Purpose    Says what is seen, what is not, who sees it and how long it stays, from the settings that the sensor runs with and
 *            the store's own table. It does not say that listening is permitted: it says who has to answer for it.
 * Shape      Short sentences and known words, one A4 page each; tests/reports/test_notice.c counts the words. A setting that is
 *            empty leaves a line to fill in, and the page says DRAFT.
 * Threads    One. Ownership: the facts are borrowed.
 * Failure    -errno of the stream, -ENOMEM.
 */
#ifndef TELLTALE_REPORTS_NOTICE_H
#define TELLTALE_REPORTS_NOTICE_H

#include "reports/capture_report.h"
#include "reports/document.h"

enum notice_kind { NOTICE_PAGE, NOTICE_POSTER };

/* What the notice and the assessment say of this installation. Texts: "" when not set. */
struct notice_facts {
    const char *controller, *url, *since;
    unsigned k;         /* distinct devices behind what is kept of a support site */
    bool demo;
    unsigned export_days; /* that a day's summary with made-up names stays in the exports folder; 0: none is written */
    bool mailed;          /* summaries also go by mail, without any device */
};

/* Days that the store keeps what, from its table. */
struct notice_days {
    unsigned alert_with_device, device_counts, totals, sites; /* sites: 0 where the store keeps nothing of them */
};
struct notice_days notice_days(void);

bool notice_is_draft(const struct notice_facts *f);

/* The words; document_fini() frees them. */
void notice_fill(struct document *d, enum notice_kind kind, const struct notice_facts *f);

int notice_write_html(const struct document *d, enum notice_kind kind, FILE *out);
int notice_write_text(const struct document *d, const struct report_style *style, FILE *out);

#endif
