/* disk_meter.c -- see disk_meter.h. */
#include "common/disk_meter.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOURS       25 /* the one that is being filled and 24 whole ones */
#define STEP        1000000u
#define NS_PER_HOUR (3600 * NS_PER_S)

struct disk_meter {
    uint64_t last;        /* the kernel's sum when it was last read */
    uint64_t hour[HOURS]; /* bytes by hour of the monotonic clock */
    uint64_t at;          /* the hour that is being filled */
};

struct disk_meter *disk_meter_new(void)
{
    struct disk_meter *m = calloc(1, sizeof(*m));
    if (m)
        m->at = clock_monotonic_ns() / NS_PER_HOUR;
    return m;
}

void disk_meter_free(struct disk_meter *m)
{
    free(m);
}

static uint64_t value_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

uint64_t disk_meter_parse(const char *text)
{
    uint64_t handed = value_of(text, "\nwrite_bytes:"), removed = value_of(text, "cancelled_write_bytes:");
    return handed > removed ? handed - removed : 0;
}

static uint64_t read_sum(void)
{
    char text[512];
    FILE *f = fopen("/proc/self/io", "r");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return disk_meter_parse(text);
}

uint64_t disk_meter_day(struct disk_meter *m, uint64_t now_ns)
{
    uint64_t hour = now_ns / NS_PER_HOUR, sum = read_sum(), day = 0;
    for (; m->at < hour; m->at++)
        m->hour[(m->at + 1) % HOURS] = 0;
    /* A file that is removed takes back what earlier hours were charged with: then this hour has none. */
    if (sum > m->last)
        m->hour[hour % HOURS] += sum - m->last;
    m->last = sum > m->last ? sum : m->last;
    for (uint64_t i = 0; i < HOURS; i++)
        day += i == hour % HOURS ? 0 : m->hour[i];
    return (day + STEP - 1) / STEP * STEP;
}
