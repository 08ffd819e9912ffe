/* evidence_words.h -- a finding as sentences that a safeguarding lead can read out, and that claim no more than was seen.
 *
 * Purpose    "Contacted after", never "sent" or "told"; counts of what followed are "at least"; where nothing can be
 *            said, the sentence says that it cannot tell. docs/EVIDENCE.md shows each kind.
 * Ownership  Sentences are on the heap, the caller frees them. Names are borrowed, made clean and cut to
 *            EVIDENCE_NAME_COLUMNS on their way out, since others wrote them.
 * Failure    NULL when memory is out; the last bytes of it may make a name its stand-in first.
 * Threads    Pure functions.
 */
#ifndef TELLTALE_REPORTS_EVIDENCE_WORDS_H
#define TELLTALE_REPORTS_EVIDENCE_WORDS_H

#include "common/evidence.h"

#define EVIDENCE_NAME_COLUMNS 80

/* One site and one tracker. */
struct evidence_story {
    const char *site;         /* its label, "The Mix"; NULL or empty: "the site" */
    const char *tracker;      /* the product or host, "Xandr"; NULL or empty: "(unnamed tracker)" */
    uint32_t days, days_with; /* as in evidence_pair; days 0: not known, and not said */
    const struct evidence_result *result;
};

/* One tracker, whatever its verdict: what was seen, what was seen without the site, what that means. */
char *evidence_sentence(const struct evidence_story *story);

/* The shown trackers of one site in one sentence: days and shares hold for each of them, so the least is said, and of the
 * moments without the site the most. "" when none of the stories is shown. All stories are of the same site. */
char *evidence_headline(const struct evidence_story *stories, size_t n);

#endif
