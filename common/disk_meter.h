/* disk_meter.h -- how much this process makes the disk write: an SD card has only so many writes in it.
 *
 * Shape      The kernel's own account (/proc/self/io: what was handed to the disk, less what was removed before it got there),
 *            summed in whole hours. Where the kernel keeps none, the figure stays 0.
 * Privacy    The figure moves once an hour and in steps of 1 MB: one that moved with every write would tell who reads it,
 *            live, when a child is online.
 * Units      Bytes; monotonic nanoseconds.
 * Threads    One.
 */
#ifndef TELLTALE_COMMON_DISK_METER_H
#define TELLTALE_COMMON_DISK_METER_H

#include <stdint.h>

struct disk_meter;
struct disk_meter *disk_meter_new(void); /* NULL: out of memory */
void disk_meter_free(struct disk_meter *m);

/* Bytes in the 24 whole hours before this one, rounded up to 1 MB. Call it every minute or oftener. */
uint64_t disk_meter_day(struct disk_meter *m, uint64_t now_ns);

/* The same from a text like /proc/self/io's; 0 where a line is missing. */
uint64_t disk_meter_parse(const char *text);

#endif
