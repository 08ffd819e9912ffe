/* made_up_report.h -- one report with something of everything, and how the tests of the writers look at what they
 * wrote.
 *
 * Ownership  made_up_report() fills a report that the test ends with capture_report_fini(). written() returns heap
 * text.
 */
#ifndef TELLTALE_TESTS_REPORTS_MADE_UP_REPORT_H
#define TELLTALE_TESTS_REPORTS_MADE_UP_REPORT_H

#include "reports/capture_report.h"

/* A youth centre's evening: two devices, one charity's page, a cloaked name, a lookup, a blocked name. In output order.
 */
void made_up_report(struct capture_report *r);

/* The same shape with `text` in every field that another wrote. */
void hostile_report(struct capture_report *r, const char *text);

/* Sets the zone to UTC, so that local times are the same on every machine. */
void use_utc(void);

typedef int (*report_writer)(const struct capture_report *r, FILE *out);

/* What the writer wrote, to free(); fails the test when it failed. */
char *written(report_writer writer, const struct capture_report *r, size_t *n);
char *written_table(const struct capture_report *r, unsigned width, bool colour, size_t *n);

/* Compares with tests/golden/report/<name>, byte by byte; with UPDATE_GOLDEN=1 in the environment writes it instead. */
void assert_golden(const char *name, const char *text, size_t n);

#endif
