/* clock.h -- the two clocks, and the school's local day.
 *
 * Units      Nanoseconds, in names as _ns; days as "YYYY-MM-DD" in the machine's time zone.
 * Threads    Any.
 */
#ifndef TELLTALE_COMMON_CLOCK_H
#define TELLTALE_COMMON_CLOCK_H

#include <stdint.h>

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

uint64_t clock_monotonic_ns(void); /* for waiting: never jumps */
uint64_t clock_wall_ns(void);      /* since the epoch: may jump */

struct local_time {
    char day[11];  /* "2026-11-22" */
    uint8_t hour;  /* 0..23 */
    uint64_t next_day_ns; /* wall time at which the next local day begins */
};

/* Where a wall time falls in the installation's local day (time zone of the machine, DST included). */
void clock_local(uint64_t wall_ns, struct local_time *out);

#endif
