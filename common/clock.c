/* clock.c -- see clock.h. */
#include "common/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

void clock_local(uint64_t wall_ns, struct local_time *out)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm tm;
    localtime_r(&seconds, &tm);
    /* A capture may claim any year up to 2554 (64 bits of nanoseconds); four digits hold them all. */
    snprintf(out->day, sizeof(out->day), "%04u-%02u-%02u", (unsigned)(tm.tm_year + 1900) % 10000u,
             (unsigned)(tm.tm_mon + 1) % 100u, (unsigned)tm.tm_mday % 100u);
    out->hour = (uint8_t)tm.tm_hour;
    /* mktime() finds the next midnight whatever daylight saving does to this day's length. */
    struct tm next = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = tm.tm_mday + 1, .tm_isdst = -1};
    time_t midnight = mktime(&next);
    out->next_day_ns = midnight > seconds ? (uint64_t)midnight * NS_PER_S : ((uint64_t)seconds + 86400) * NS_PER_S;
}
