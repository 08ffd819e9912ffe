/* sighting.h -- the second written contract: what the capture process tells the publisher, one record a datagram.
 *
 * Shape      Fixed-size records over a Unix seqpacket socket, in the machine's own byte order (both ends are one program).
 *            A record never holds a MAC, an address, a chain or an exact time. A record that may name a device has no host
 *            name and no support site; a record of a support site, or of a staff test, has no device, because there is no field for one.
 * Trust      The capture process reads hostile bytes and may have been taken over: sighting_check() believes nothing. It looks at
 *            the size, every enum, every text (terminated, clean, right alphabet), the day and the hour.
 * Threads    Pure functions.
 */
#ifndef TELLTALE_SENSOR_SIGHTING_H
#define TELLTALE_SENSOR_SIGHTING_H

#include "common/device_label.h"
#include "common/evidence.h"
#include "common/moments.h"
#include "common/period.h"
#include "common/words.h"
#include "sensor/sighting_test.h"
#include "store/schema.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGHTING_MAGIC 0x74740008u /* raised with every change of the layout */

enum sighting_kind {
    SIGHTING_CONTACT = 1,
    SIGHTING_HEALTH = 2,
    SIGHTING_SITE = 3,
    SIGHTING_PAIR = 4,
    SIGHTING_GAP = 5,
    SIGHTING_LABEL = 6,
    /* Of a staff test: sensor/sighting_test.h. */
    SIGHTING_TEST = 8,
    SIGHTING_TEST_HOST = 9,
    SIGHTING_TEST_LINK = 10,
    SIGHTING_TEST_LEAK = 11
};

struct sighting_head {
    uint32_t magic;
    uint16_t kind;
    uint16_t bytes; /* of the whole record */
    uint64_t source;   /* random, of one run of the capture process */
    uint64_t sequence; /* of its records, from 1. 0: not numbered, not acknowledged */
};

/* The publisher's answer, on the same socket: up to this number the source may forget its records. */
struct sighting_receipt {
    uint32_t magic, bytes;
    uint64_t source, sequence;
};

/* Without a device: it was withheld, left after its day, and has no hour (0, as if at the day's beginning). */
struct sighting_contact {
    struct sighting_head head;
    uint64_t hour_s; /* when, rounded down to the hour, seconds since the epoch */
    uint32_t asn, connections;
    char day[11]; /* local day */
    uint8_t hour; /* of that day */
    uint8_t purpose, evidence;
    char country[3];
    char device[STORE_DEVICE_MAX + 1];
    char tracker[STORE_WORD_MAX], organisation[STORE_WORD_MAX], feed[STORE_WORD_MAX];
    char matched[STORE_HOST_MAX];
};

/* What the school calls a device of its own, told beside its contacts. */
struct sighting_label {
    struct sighting_head head;
    char day[11];
    char device[STORE_DEVICE_MAX + 1];
    char label[DEVICE_LABEL_MAX]; /* "": it has none any more */
};

struct sighting_health {
    struct sighting_head head;
    uint64_t present[2]; /* bit i % 64 of word i / 64: figures[i] is told */
    uint64_t figures[STORE_FIGURE_SIGHTINGS_REFUSED]; /* those behind are the publisher's and the store's own */
};
_Static_assert(STORE_FIGURE_SIGHTINGS_REFUSED < 128, "struct sighting_health has a mask of 128 bits");

static inline bool sighting_tells(const struct sighting_health *h, unsigned figure)
{
    return figure < STORE_FIGURE_SIGHTINGS_REFUSED && (h->present[figure / 64] >> figure % 64 & 1);
}

static inline void sighting_tell(struct sighting_health *h, enum store_figure figure, uint64_t value)
{
    h->present[figure / 64] |= 1ull << figure % 64;
    h->figures[figure] = value;
}

/* A support site in a period in which k distinct devices visited it. */
struct sighting_site {
    struct sighting_head head;
    uint32_t devices;
    uint64_t visits;
    char period[PERIOD_NAME_MAX];
    char site[STORE_HOST_MAX];
};

/* A tracker host that followed visits to it in that period. */
struct sighting_pair {
    struct sighting_head head;
    struct moment_counts counts;
    uint8_t purpose, verdict; /* enum evidence_verdict over all that has left of this site in its term */
    char country[3];          /* the organisation's home */
    char period[PERIOD_NAME_MAX];
    char site[STORE_HOST_MAX], host[STORE_HOST_MAX];
    char tracker[STORE_WORD_MAX], organisation[STORE_WORD_MAX];
};

/* A time in which nothing could be heard; told when it begins and when it ends, for the local day of each. */
struct sighting_gap {
    struct sighting_head head;
    uint64_t from_s, until_s; /* seconds since the epoch; until 0: it is open */
    uint32_t why;             /* enum gap_why */
    char day[11];
};

struct sighting_of_test {
    struct sighting_head head;
    union {
        struct sighting_test_session session;
        struct sighting_test_host host;
        struct sighting_test_link link;
        struct sighting_test_leak leak;
    };
};

union sighting {
    struct sighting_head head;
    struct sighting_contact contact;
    struct sighting_health health;
    struct sighting_site site;
    struct sighting_pair pair;
    struct sighting_gap gap;
    struct sighting_label label;
    struct sighting_of_test test; /* its size is that of the kind: sighting_test_bytes() */
};

/* Sets magic, kind and size, zeroes the rest. */
void sighting_begin(union sighting *s, enum sighting_kind kind);

/* Is this a record of ours, of n bytes by its own word? Only then its source and number mean anything. */
bool sighting_has_head(const union sighting *s, size_t n);

/* NULL when a record of n bytes may be believed, else what is wrong with it (a static text). now_s: wall clock; replay: any time is fine. */
const char *sighting_check(const union sighting *s, size_t n, uint64_t now_s, bool replay);

/* Is this answer of sighting_check() about the time alone? A clock that stepped does that to an honest capture process. */
bool sighting_is_only_untimely(const char *wrong);

#endif
