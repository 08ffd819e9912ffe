/* clock.c -- see clock.h.
 *
 * Whether to believe the wall clock is decided by the plainest rule that does no harm. A high-water mark of time kept
 * on disk was left out: a Pi that comes back from six weeks of holidays starts at the moment it was switched off, above every mark
 * that it has kept, and six weeks wrong. Only a time server knows, and the kernel knows whether one has spoken (adjtimex). The
 * machine that has none in ten minutes (a virtual one, or one with a battery) is as right as it will ever be.
 */
#include "common/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
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

#define YEAR_NS        (365ull * 86400 * NS_PER_S)
#define SOURCE_DATE_NS (1793491200ull * NS_PER_S) /* 2026-11-01: it cannot be earlier than that */

uint64_t clock_steady_ns(void)
{
    return read_clock(CLOCK_BOOTTIME) + YEAR_NS;
}

uint64_t clock_wall_of_steady(uint64_t steady_ns)
{
    uint64_t now = clock_steady_ns(), wall = clock_wall_ns(), age = now > steady_ns ? now - steady_ns : 0;
    return wall > age ? wall - age : 0;
}

bool clock_is_believed(uint32_t wait_s)
{
    struct timex kernel = {.modes = 0}; /* only asks */
    if (clock_wall_ns() < SOURCE_DATE_NS)
        return false;
    bool synchronised = adjtimex(&kernel) >= 0 && !(kernel.status & STA_UNSYNC);
    return synchronised || read_clock(CLOCK_BOOTTIME) >= wait_s * NS_PER_S;
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
