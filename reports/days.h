/* days.h -- local days as "2026-11-22": from one to another, and in words.
 *
 * Shape      A day is a date of the calendar from 1971 to 9998. Threads: pure functions. Failure: false for what is no date.
 */
#ifndef TELLTALE_REPORTS_DAYS_H
#define TELLTALE_REPORTS_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#define DAYS_TEXT     11
#define DAYS_WORDS_MAX 40

bool days_number(const char *day, int32_t *out);        /* days since 1970-01-01 */
void days_text(int32_t number, char out[DAYS_TEXT]);
const char *days_words(const char *day, char out[DAYS_WORDS_MAX]); /* "Sunday 22 November 2026"; the day itself if it is no date */

#endif
