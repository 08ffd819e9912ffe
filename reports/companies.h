/* companies.h -- who is behind a tracker: its company, where that is, and what it is for, from the built-in list.
 *
 * Purpose    The store counts contacts by tracker and by company; what they are for is a fact about the tracker, which this has.
 * Shape      One row a tracker's name and purpose, sorted by name: a tracker with hosts of two purposes has two rows side by side.
 * Threads    companies_load() by one thread, before the others; then read-only.
 * Ownership  Rows live as long as the program.
 * Failure    companies_load(): -ENOMEM, -EINVAL after naming the row. A look-up that finds nothing: NULL, *n = 0 (a tracker of a
 *            list of the operator's own).
 */
#ifndef TELLTALE_REPORTS_COMPANIES_H
#define TELLTALE_REPORTS_COMPANIES_H

#include "common/words.h"

#include <stddef.h>

struct company_tracker {
    const char *tracker, *organisation;
    char country[3]; /* of the company; "" when not known */
    enum purpose purpose;
    unsigned hosts; /* rows of the list: domains of this tracker for this purpose */
};

/* The built-in trackers and the companies' own rules. A second call does nothing. */
int companies_load(void);

/* The rows of a tracker, by its name in the list. */
const struct company_tracker *companies_of(const char *tracker, size_t *n);

/* What a company's own rules forbid to those who install its trackers: calls each() for every rule of the tracker. */
struct company_rule {
    const char *forbids, *rule, *source, *date; /* forbids: a phrase, "data of people under 16" */
};
void companies_rules(const char *tracker, void (*each)(void *context, const struct company_rule *rule), void *context);

#endif
