/* day_totals.h -- the counters of one local day, read into plain numbers.
 *
 * Shape      The hash of store/schema.h, STORE_DAY_FIELDS. Names are those of the list, still foreign text: clean on the way out.
 * Threads    One. Ownership: day_totals_fini() frees the names; init by {0}.
 * Failure    day_totals_read(): -errno of the reader; -ENOENT: nothing was counted on that day.
 */
#ifndef TELLTALE_DASHBOARD_DAY_TOTALS_H
#define TELLTALE_DASHBOARD_DAY_TOTALS_H

#include "common/words.h"
#include "store/reader.h"

struct named_count {
    char *name;
    uint64_t contacts;
};

struct named_counts {
    struct named_count *rows; /* the most contacts first; equal ones by name */
    size_t count, room;
};

struct day_totals {
    uint64_t contacts;
    uint64_t hours[24], purposes[PURPOSE_COUNT], evidence[EVIDENCE_COUNT];
    struct named_counts organisations, trackers, countries;
    bool demo, out_of_memory;
};

int day_totals_read(struct store_reader *r, const char *day, struct day_totals *out);
void day_totals_fini(struct day_totals *t);

bool named_counts_has(const struct named_counts *n, const char *name);

#endif
