/* device_list.h -- the devices of one day as the store has them: for the dashboard's page Devices and `telltale devices list`.
 *
 * Shape      Rows by pseudonym, which means nothing: a list by contacts would be a ranking of children. A device is here only with a contact that was stored
 *            with its pseudonym; its label (of a device that the school owns), its hours and its purposes stand beside it and make no row of their own.
 * Units      Hours in seconds since the epoch; 0: not known.
 * Threads    One. Ownership: the list owns its rows.
 * Failure    -errno after one log line (store/reader.h). A day without devices is none: it has no rows.
 */
#ifndef TELLTALE_REPORTS_DEVICE_LIST_H
#define TELLTALE_REPORTS_DEVICE_LIST_H

#include "common/device_label.h"
#include "common/words.h"
#include "store/reader.h"
#include "store/stream_reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_LIST_MOST 4096

struct listed_device {
    char pseudonym[STORE_DEVICE_MAX + 1];
    char label[DEVICE_LABEL_MAX]; /* "": it has none */
    uint64_t contacts, purposes[PURPOSE_COUNT];
    uint64_t first_s, last_s; /* by device_list_hours() */
};

struct device_list {
    struct listed_device *rows; /* DEVICE_LIST_MOST at most */
    size_t len;
    bool cut; /* there are more */
};

/* Free with device_list_fini() whatever it returns. */
int device_list_read(struct device_list *l, struct store_reader *r, const char *day);
void device_list_fini(struct device_list *l);

/* Fills in each row's first and last hour, from the alerts of this local day. */
int device_list_hours(struct device_list *l, struct store_stream_reader *alerts, const char *day);

#endif
