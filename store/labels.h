/* labels.h -- what school-owned devices are called, beside their pseudonyms of a day.
 *
 * Purpose    One hash a day, `day:<day>:labels`: pseudonym -> label (common/device_label.h). It lives two days, as alerts that name a device do, so that a
 *            label never makes a device of last week recognisable. `telltaled publish` writes it; lists of devices and exports of one day read
 *            it (store_reader_labels()).
 * Threads    One.
 * Failure    The writer never waits: what Redis has not taken waits in memory (store/records.h); the capture process tells a label again with each hour.
 */
#ifndef TELLTALE_STORE_LABELS_H
#define TELLTALE_STORE_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_LABELS_WAITING 2048
#define STORE_LABELS_A_DAY   4096 /* pseudonyms with a label; the function refuses more */

struct store_labels;
struct store_labels *store_labels_new(const char *socket, const char *installation); /* NULL: out of memory */
void store_labels_free(struct store_labels *l);

/* This pseudonym of this day is called so; label "": no longer. All three were checked. */
void store_labels_put(struct store_labels *l, const char *day, const char *device, const char *label);

/* Does the next step. Call it often. Returns how many wait. */
size_t store_labels_run(struct store_labels *l);

#endif
