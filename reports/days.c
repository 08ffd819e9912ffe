/* days.c -- see days.h. The arithmetic is common/period.c's. */
#include "reports/days.h"

#include "common/period.h"

#include <stdio.h>

bool days_number(const char *day, int32_t *out)
{
    *out = period_day_number(day);
    return *out >= 365;
}

void days_text(int32_t number, char out[DAYS_TEXT])
{
    period_day_text(number, out);
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
