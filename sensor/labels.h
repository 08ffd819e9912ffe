/* labels.h -- tells the publisher what the school calls a device of its own.
 *
 * Purpose    The capture process alone knows which hardware address a pseudonym of the day is. So it reads the file of labels (common/device_label.h) at its
 *            start, and again when it is another one, and says beside a contact that is told with its device how that device is called. Of a device whose
 *            contacts are all withheld, or that has none, nothing is said: a label is nowhere where the device would not be.
 * Shape      A label is told with the first contact of each hour of a day: whatever was lost on the way is there again an hour later. A label that
 *            was told today and then changed or removed is told so at once.
 * Threads    Any (a lock inside); labels_told() is called once a contact, never on a packet's way.
 * Failure    A file that cannot be used leaves the labels in force as they are (at the start: none), with one log line. All calls take NULL for "no labels".
 */
#ifndef TELLTALE_SENSOR_LABELS_H
#define TELLTALE_SENSOR_LABELS_H

#include "sensor/frame.h"
#include "sensor/outbox.h"

struct labels;

/* Reads the file, which need not be there. NULL: out of memory. */
struct labels *labels_new(const char *path, struct outbox *outbox);
void labels_free(struct labels *l); /* wipes what it knew of pseudonyms */

/* Reads the file again if it is another one. Now and then. */
void labels_look(struct labels *l);

/* A contact of this device was put into the outbox: on this local day, in this hour, under this pseudonym. */
void labels_told(struct labels *l, const struct device_key *device, const char day[11], uint64_t hour_s, const char *pseudonym);

/* Forgets which device had which pseudonym on a day that is over, when the day's key is destroyed (pseudonyms_expire()). */
void labels_expire(struct labels *l, uint64_t now_ns);

#endif
