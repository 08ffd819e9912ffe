/* summary_store.h -- a summary of days that the sensor has stored.
 *
 * Threads    One. Ownership: everything is borrowed for the call.
 * Failure    -errno after one log line. A day that is not in the store is no failure: its row says so. -ENOMEM also in s->rc.
 */
#ifndef TELLTALE_REPORTS_SUMMARY_STORE_H
#define TELLTALE_REPORTS_SUMMARY_STORE_H

#include "reports/day_summary.h"

struct store_reader;
struct feed_set;
struct site_set;

#define SUMMARY_DAYS_MOST    400 /* no day is kept longer */

struct summary_request {
    struct store_reader *reader;
    const char *installation;
    unsigned k;                       /* the installation's: an export asks for as many devices, if that is more than its own ten */
    const char *first_day, *last_day; /* dates, in this order, at most SUMMARY_DAYS_MOST of them */
    const struct feed_set *feeds;     /* says what a tracker is for, and whose it is; may be NULL */
    const struct site_set *sites;     /* says what a site is called; may be NULL */
    bool labels;                      /* of devices that the school owns, while the store has them */
    const char *socket;               /* where recordings that were kept are read from too; NULL: not at all */
};

/* Only the days, with their contacts and coverage, and the sum of the latter: for an evidence pack. At most SUMMARY_DAYS_MOST days, the last ones. */
int day_summary_coverage(struct day_summary *s, struct store_reader *reader, const char *first_day, const char *last_day);

int day_summary_from_store(struct day_summary *s, const struct summary_request *q);

#endif
