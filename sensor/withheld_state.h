/* withheld_state.h -- what withheld.c keeps and withheld_save.c writes (these two only). */
#ifndef TELLTALE_SENSOR_WITHHELD_STATE_H
#define TELLTALE_SENSOR_WITHHELD_STATE_H

#include "sensor/withheld.h"

#define HISTORY_DAYS 7
#define SLOTS (2 * SOURCES_MOST)

struct waiting {
    uint32_t contacts, connections;
};

struct row {
    struct source source;
    uint32_t withheld[HISTORY_DAYS], all[HISTORY_DAYS]; /* [0]: the open day */
    struct device_set devices;                          /* of the open day */
    struct waiting waiting[EVIDENCE_COUNT];             /* of the open day */
};

/* Everybody of whom something waits, and what waits without a name. */
struct crowd {
    struct period period; /* name "": nobody */
    struct device_set devices;
    struct waiting waiting[EVIDENCE_COUNT];
};

struct withheld {
    uint32_t k;
    struct withheld_outlet outlet;
    struct crowd day, week, term;
    uint8_t day_key[DEVICE_HASH_KEY];                      /* for the sources' devices */
    char term_name[PERIOD_NAME_MAX];
    uint8_t term_key[DEVICE_HASH_KEY];                     /* for the crowds */
    struct row *rows;
    uint32_t rows_len;
    uint16_t slots[SLOTS]; /* number of a row + 1 */
    uint64_t lost;
};

struct row *withheld_row(struct withheld *w, const struct source *s); /* entered if it is new; NULL: no room */
void crowd_empty(struct crowd *c);

#endif
