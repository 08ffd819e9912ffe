/* days.c -- see days.h. Dates are counted in UTC, where each day has 24 hours, so no clock change comes between two of them. */
#include "reports/days.h"

#include "common/period.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

bool days_number(const char *day, int32_t *out)
{
    *out = period_day_number(day);
    return *out >= 365;
}

void days_text(int32_t number, char out[DAYS_TEXT])
{
    struct tm tm;
    time_t at = (time_t)number * DAY_S;
    if (!gmtime_r(&at, &tm) || strftime(out, DAYS_TEXT, "%Y-%m-%d", &tm) != DAYS_TEXT - 1)
        memcpy(out, "1970-01-01", DAYS_TEXT);
}

const char *days_words(const char *day, char out[DAYS_WORDS_MAX])
{
    static const char *const weekdays[] = {"Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"};
    static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
                                         "December"};
    int32_t number;
    if (!days_number(day, &number))
        snprintf(out, DAYS_WORDS_MAX, "%s", day);
    else
        snprintf(out, DAYS_WORDS_MAX, "%s %d %s %.4s", weekdays[number % 7], (day[8] - '0') * 10 + day[9] - '0',
                 months[(day[5] - '0') * 10 + day[6] - '0' - 1], day);
    return out;
}
