/* released.h -- what left the sensor of support sites, read from the store, added up over its periods and judged.
 *
 * Purpose    The one place where the screen, exports, evidence packs and the command line get a site's figures from, so that they cannot differ.
 * Shape      The store has a site for days, weeks and terms that enough distinct devices visited, each visit in one of them; a tracker host has
 *            counters in a period only when it followed a visit there. Added up, the visits of the other periods count as not
 *            followed (moment_counts_fill): a tracker that has gone must not look as frequent as it was.
 *            What a filter does not show is in no sum, is not judged, and does not move the correction for the others.
 * Ownership  `released` owns its arrays (released_fini), a caller the judged pairs (free); these borrow their texts from it.
 * Threads    One. Failure: -errno after one log line of the store's, or -ENOMEM.
 */
#ifndef TELLTALE_REPORTS_RELEASED_H
#define TELLTALE_REPORTS_RELEASED_H

#include "common/evidence.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change_week;
struct store_reader;

struct released {
    struct store_site *sites; /* each site of each period */
    size_t sites_len;
    struct store_pair *pairs; /* each pair of each period */
    size_t pairs_len;
};

/* Which periods may be shown. A zeroed one: all. */
struct released_filter {
    const char *first_day, *last_day; /* a period lies between them as a whole; NULL or "": from, or up to, any day */
    uint32_t least_devices;
};

/* One site and tracker host over all periods that are shown. */
struct released_pair {
    const struct store_pair *texts;
    const struct period *since; /* the first of the periods in which it followed */
    uint32_t days, days_with; /* on which the site was visited, and on which it followed; 0: not known, since a week does not say how many days were in it,
                                 or a single one, which is not worth saying */
    struct moment_counts counts;
    struct evidence_result result;
};

void released_fini(struct released *r);

/* Whatever there is. It walks over the store's keys. */
int released_read(struct released *r, struct store_reader *reader);
/* The periods that begin within these days (numbers, common/period.h) and end there or are open on the last, asked for one by one: quicker
 * in a large store. */
int released_read_days(struct released *r, struct store_reader *reader, int32_t first, int32_t last);

/* Takes out whatever a filter does not show, for a reader that shows the rows themselves: -ENOMEM, and then nothing was taken out.
 * What was judged before borrows rows that move here. */
int released_cut(struct released *r, const struct released_filter *f);

bool released_shows(const struct released_filter *f, const struct store_site *s);
/* Visits to a site, over what is shown. */
uint64_t released_visits(const struct released *r, const struct released_filter *f, const char *site);

/* Every pair that is shown, judged together; *out has *n of them, to free(). */
int released_judge(const struct released *r, const struct released_filter *f, struct released_pair **out, size_t *n);

/* One pair from week to week, the earliest first (reports/change.h makes a sentence of them): *out has *n of them, to free(). */
int released_weeks(const struct released *r, const struct released_filter *f, const struct store_pair *pair, struct change_week **out, size_t *n);

#endif
