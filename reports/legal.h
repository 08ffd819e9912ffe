/* legal.h -- the rules that a finding, or the sensor itself, may engage. All legal text of the program is in one dated table.
 *
 * Purpose    Whoever updates the law edits reports/data/legal.tsv and nothing else. A row says what may be engaged; it never
 *            says that anybody broke a rule, nor that something is permitted: that is for others to decide.
 * Shape      The rows of the table in its order; each has the page of the rule and the day on which it was looked up.
 * Threads    legal_load() by one thread, before the others; then read-only for all.
 * Ownership  The rows and their texts live as long as the program.
 * Failure    legal_load(): -EINVAL after naming a row that is wrong, -ENOMEM.
 */
#ifndef TELLTALE_REPORTS_LEGAL_H
#define TELLTALE_REPORTS_LEGAL_H

#include <stddef.h>

/* What a row is about. SITE: any support site. POLICE, COUNSELLING: sites of that kind too. LETTER: how a concern is raised.
 * SENSOR: running telltale; SCHOOL and YOUTH_CENTRE: the same, there only. */
enum legal_applies {
    LEGAL_SITE,
    LEGAL_POLICE,
    LEGAL_COUNSELLING,
    LEGAL_LETTER,
    LEGAL_SENSOR,
    LEGAL_SCHOOL,
    LEGAL_YOUTH_CENTRE,
    LEGAL_APPLIES_COUNT
};

struct legal {
    const char *id;
    enum legal_applies applies;
    const char *title, *text; /* text: sentences, without the last full stop */
    const char *source, *date;
};

/* Loads the built-in table; a second call does nothing. */
int legal_load(void);

/* Only after legal_load(). */
size_t legal_count(void);
const struct legal *legal_at(size_t i);
const struct legal *legal_named(const char *id); /* NULL: there is none */
const char *legal_latest(void);                  /* the latest date of the table */

#endif
