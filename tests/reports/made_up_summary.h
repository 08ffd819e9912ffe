/* made_up_summary.h -- a summary with something of everything, for the tests of its writers.
 *
 * Ownership  day_summary_fini() ends it; written texts are on the heap.
 */
#ifndef TELLTALE_TESTS_REPORTS_MADE_UP_SUMMARY_H
#define TELLTALE_TESTS_REPORTS_MADE_UP_SUMMARY_H

#include "reports/day_summary.h"

#include <stdio.h>

/* A Monday of a school: `text` stands wherever a list or a store of somebody else's could put one. */
void made_up_summary(struct day_summary *s, const char *text);

enum summary_format { SUMMARY_AS_CSV, SUMMARY_AS_JSON, SUMMARY_AS_HTML, SUMMARY_AS_PDF, SUMMARY_FORMATS };
/* Every row of it. */
char *summary_written(const struct day_summary *s, enum summary_format format, size_t *n);

#endif
