/* clock.h -- the clocks, whether the wall clock is to be believed, and the school's local day.
 *
 * Units      Nanoseconds, in names as _ns; days as "YYYY-MM-DD" in the machine's time zone (TZ, or else /etc/localtime).
 * Threads    Any.
 */
#ifndef TELLTALE_COMMON_CLOCK_H
#define TELLTALE_COMMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

uint64_t clock_monotonic_ns(void); /* for waiting: never jumps */
uint64_t clock_wall_ns(void);      /* since the epoch: may jump */

/* For the age of what was seen: never jumps, goes on while the machine sleeps, and is far enough from 0 that any window of the
 * sensor can be taken off it. It says nothing about the date. */
uint64_t clock_steady_ns(void);
/* When on the wall clock a steady moment was, as the wall clock goes now. Ask it when the answer is needed, not before: a
 * clock that is set in between makes the answer right. */
uint64_t clock_wall_of_steady(uint64_t steady_ns);

/* May times and days be taken from the wall clock, and things be removed because of them? A Raspberry Pi has no battery: it starts
 * in 1970, or where it was switched off, until a time server has told it. So: not before this source was written; then, when
 * the kernel says that the clock was synchronised, or when the machine has been up for wait_s without that: then nobody will, and
 * the clock is the only one there is. Cheap: two system calls. */
bool clock_is_believed(uint32_t wait_s);

struct local_time {
    char day[11];  /* "2026-11-22" */
    uint8_t hour;  /* 0..23 */
    uint64_t next_day_ns; /* wall time at which the next local day begins */
};

/* Where a wall time falls in the installation's local day (time zone of the machine, DST included). */
void clock_local(uint64_t wall_ns, struct local_time *out);

#endif
