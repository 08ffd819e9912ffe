/* pseudonym.h -- what a device is called outside the capture process, for one local day.
 *
 * Purpose    A pseudonym is a keyed hash of the device's key. Each local day has a fresh random key, never derived from another,
 *            kept only in memory: in a file of mode 0400 in the run directory when that is a tmpfs (so that a restart of
 *            the capture process keeps the day's pseudonyms), else in this process alone. It is destroyed ten minutes after
 *            the day ends; from then on nobody can tell which device a pseudonym was.
 *            Only where the settings give a reason and a day (sensor/settings_floor.h) one key of its own serves all days up to that one; it ends
 *            ten minutes after it, or when the sensor is ended.
 * Shape      12 hexadecimal digits.
 * Threads    Any: a lock inside (a pseudonym is made once a contact, never on the packet's way).
 * Failure    pseudonyms_open(): -errno after one log line.
 */
#ifndef TELLTALE_SENSOR_PSEUDONYM_H
#define TELLTALE_SENSOR_PSEUDONYM_H

#include "sensor/frame.h"
#include "sensor/key_files.h"

#define PSEUDONYM_LEN 12
#define PSEUDONYM_GRACE_NS (600ull * 1000000000ull) /* a key outlives its day by this */

struct pseudonyms;

/* run_dir NULL: keys are never written anywhere (replay). */
int pseudonyms_open(const char *run_dir, struct pseudonyms **out);
/* Where keys are kept in files: from now on in these, which are another process's to open (sensor/broker.h). */
void pseudonyms_keep_with(struct pseudonyms *p, const struct key_files *files);
void pseudonyms_close(struct pseudonyms *p); /* wipes the keys in memory; the day's file stays for a restart */

/* One key for all days up to this local one, "YYYY-MM-DD". Another day, or none, means another key: the one before is destroyed. Call it
 * before the first pseudonym, or not at all. */
void pseudonyms_keep_until(struct pseudonyms *p, const char *day);

/* The device's pseudonym on the local day of time_ns. */
void pseudonym_of(struct pseudonyms *p, const struct device_key *device, uint64_t time_ns, char out[PSEUDONYM_LEN + 1]);

/* Destroys every key, the day's file too: at an orderly end. The next start begins new pseudonyms. */
void pseudonyms_forget(struct pseudonyms *p);

/* Destroys every key but those of today and of the day it was the grace ago. Call it now and then, with a time that is believed. */
void pseudonyms_expire(struct pseudonyms *p, uint64_t now_ns);

#endif
