/* period.h -- days, weeks and terms: the periods for which figures of support sites leave the sensor.
 *
 * Shape      A day is "2026-11-22", a week "2026-W47" (ISO 8601, Monday to Sunday), a term "2026-T3": of three a year, January to
 *            April, May to August, September to December. A week belongs to the term (and the year) that has its Thursday, so
 *            that a term is made of whole weeks, as a week is of whole days.
 * Threads    Pure functions.
 * Failure    false for what is no day, or no name of a period; *out then means nothing.
 */
#ifndef TELLTALE_COMMON_PERIOD_H
#define TELLTALE_COMMON_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#define PERIOD_NAME_MAX 11

enum period_kind { PERIOD_DAY, PERIOD_WEEK, PERIOD_TERM, PERIOD_KINDS };

struct period {
    enum period_kind kind;
    char name[PERIOD_NAME_MAX];
    char first[11], last[11]; /* days; both belong to it */
};

/* The period of this kind that has the day. Years 1970 to 9998. */
bool period_of(const char *day, enum period_kind kind, struct period *out);
/* Reads a name back. */
bool period_read(const char *name, struct period *out);

/* "day" "week" "term" */
const char *period_word(enum period_kind kind);

/* Days since 1970-01-01; -1 for what is no day. */
int32_t period_day_number(const char *day);
/* And back. What is before 1970-01-01 or after 9998 becomes the first or the last day there is. */
void period_day_text(int32_t number, char out[11]);
/* The day that many days later, or earlier; for what is no day, 1970-01-01. */
void period_day_moved(const char *day, int32_t by, char out[11]);

#endif
