/* period.c -- see period.h. All of it is arithmetic on numbers of days; 1970-01-01 was a Thursday. */
#include "common/period.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECONDS 86400
#define DAYS_MOST 2932531 /* the last day of 9998 */

static int two_digits(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

static bool is_like(const char *text, const char *pattern)
{
    size_t n = strlen(pattern);
    for (size_t i = 0; i < n; i++)
        if (pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
            return false;
    return text[n] == '\0';
}

static int32_t number_of(int year, int month, int day)
{
    struct tm t = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return (int32_t)(timegm(&t) / SECONDS);
}

static void date_of(int32_t number, struct tm *out)
{
    time_t seconds = (time_t)number * SECONDS;
    gmtime_r(&seconds, out);
}

void period_day_text(int32_t number, char out[11])
{
    struct tm t;
    date_of(number < 0 ? 0 : number > DAYS_MOST ? DAYS_MOST : number, &t);
    snprintf(out, 11, "%04u-%02u-%02u", (unsigned)(t.tm_year + 1900) % 10000u, (unsigned)(t.tm_mon + 1) % 100u, (unsigned)t.tm_mday % 100u);
}

int32_t period_day_number(const char *day)
{
    char again[11];
    if (!is_like(day, "dddd-dd-dd"))
        return -1;
    int32_t number = number_of(two_digits(day) * 100 + two_digits(day + 2), two_digits(day + 5), two_digits(day + 8));
    if (number < 0 || number > DAYS_MOST)
        return -1;
    period_day_text(number, again);
    return strcmp(again, day) == 0 ? number : -1;
}

void period_day_moved(const char *day, int32_t by, char out[11])
{
    int32_t number = period_day_number(day);
    period_day_text(number < 0 ? 0 : number + by, out);
}

static int32_t monday_of(int32_t number)
{
    return number - (number + 3) % 7;
}

/* The Monday of the first week whose Thursday is not before this month. */
static int32_t first_monday(int year, int month)
{
    int32_t first = number_of(year, month, 1);
    return monday_of(first + 3);
}

static void begin_and_end(struct period *p, int32_t first, int32_t last)
{
    period_day_text(first, p->first);
    period_day_text(last, p->last);
}

static void set_week(struct period *p, int32_t monday)
{
    struct tm thursday;
    date_of(monday + 3, &thursday);
    snprintf(p->name, sizeof(p->name), "%04u-W%02u", (unsigned)(thursday.tm_year + 1900) % 10000u, (unsigned)(thursday.tm_yday / 7 + 1) % 100u);
    begin_and_end(p, monday, monday + 6);
}

static void set_term(struct period *p, int year, int term)
{
    snprintf(p->name, sizeof(p->name), "%04u-T%u", (unsigned)year % 10000u, (unsigned)term % 10u);
    begin_and_end(p, first_monday(year, 4 * term - 3), (term < 3 ? first_monday(year, 4 * term + 1) : first_monday(year + 1, 1)) - 1);
}

bool period_of(const char *day, enum period_kind kind, struct period *out)
{
    int32_t number = period_day_number(day);
    struct tm thursday;
    if (number < 0)
        return false;
    *out = (struct period){.kind = kind};
    date_of(monday_of(number) + 3, &thursday);
    if (kind == PERIOD_DAY) {
        period_day_text(number, out->name);
        begin_and_end(out, number, number);
    } else if (kind == PERIOD_WEEK) {
        set_week(out, monday_of(number));
    } else {
        set_term(out, thursday.tm_year + 1900, thursday.tm_mon / 4 + 1);
    }
    return true;
}

bool period_read(const char *name, struct period *out)
{
    struct period whole;
    char day[11];
    if (is_like(name, "dddd-dd-dd"))
        return period_of(name, PERIOD_DAY, out);
    bool week = is_like(name, "dddd-Wdd");
    if (!week && !is_like(name, "dddd-Td"))
        return false;
    int year = two_digits(name) * 100 + two_digits(name + 2);
    int number = week ? two_digits(name + 6) : name[6] - '0';
    if (year < 1970 || year > 9998 || number < 1 || number > (week ? 53 : 3))
        return false;
    /* A Thursday of it: every week and every term has one in its own year. */
    int32_t monday = week ? first_monday(year, 1) + 7 * (number - 1) : first_monday(year, 4 * number - 3);
    period_day_text(monday + 3, day);
    if (!period_of(day, week ? PERIOD_WEEK : PERIOD_TERM, &whole) || strcmp(whole.name, name) != 0)
        return false;
    *out = whole;
    return true;
}

const char *period_word(enum period_kind kind)
{
    static const char *const words[PERIOD_KINDS] = {"day", "week", "term"};
    return kind < PERIOD_KINDS ? words[kind] : "";
}
