/* reader.h -- what the command line, the reports and the dashboard read from Redis.
 *
 * Threads    One per reader. Ownership: results are copied into the caller's storage.
 * Failure    -errno (ENOENT: no such key; EIO: Redis gave an error or the connection broke; ETIMEDOUT), with one log
 *            line that names the socket and the way out. EPERM: Redis does not let this user see it; nothing is logged,
 *            because the caller knows what that means.
 */
#ifndef TELLTALE_STORE_READER_H
#define TELLTALE_STORE_READER_H

#include "store/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_reader;
int store_reader_open(const char *socket, const char *installation, struct store_reader **out);
void store_reader_close(struct store_reader *r);

/* Calls field() for each field of the health hash; names and values are valid during the call only. */
int store_reader_health(struct store_reader *r, void (*field)(void *context, const char *name, const char *value),
                        void *context);

/* The same for the ledger, which the technician's user may not read (-EPERM). */
int store_reader_ledger(struct store_reader *r, void (*field)(void *context, const char *name, const char *value),
                        void *context);

/* How much of the day's traffic was seen: counters with the names of health's figures. */
int store_reader_coverage(struct store_reader *r, const char *day,
                          void (*field)(void *context, const char *name, const char *value), void *context);

/* The settings in force as telltaled told them (store/requests.h); ENOENT: none has yet. */
int store_reader_settings(struct store_reader *r, void (*field)(void *context, const char *name, const char *value),
                          void *context);

/* 0 when there is no alert, or none yet. */
int store_reader_alerts_length(struct store_reader *r, uint64_t *length);

/* Calls field() for each field of the day's counters ("2026-11-22"). */
int store_reader_day(struct store_reader *r, const char *day,
                     void (*field)(void *context, const char *name, const char *value), void *context);

/* The periods for which something of support sites is there, each once, the earliest first; a week before its days, a term before its weeks. */
int store_reader_site_periods(struct store_reader *r, void (*each)(void *context, const struct period *p), void *context);
/* What is there of one of them ("2026-11-22", "2026-W47", "2026-T3"): its sites, then the pairs, in no order. A field that cannot be read
 * is passed over with one log line. ENOENT: nothing. Figures of several periods add up (moment_counts_add): no visit is in two. */
int store_reader_site_period(struct store_reader *r, const char *period, void (*on_site)(void *context, const struct store_site *s),
                             void (*on_pair)(void *context, const struct store_pair *p), void *context);
/* The fields of the day's devices: `<pseudonym>` and `<pseudonym>:<purpose>`. */
int store_reader_devices(struct store_reader *r, const char *day,
                         void (*field)(void *context, const char *name, const char *value), void *context);

/* The labels of a day's pseudonyms, as far as they are labels without fault (common/device_label.h). ENOENT: none. */
int store_reader_labels(struct store_reader *r, const char *day,
                        void (*field)(void *context, const char *device, const char *label), void *context);

/* Redis' own version, such as "7.0.15". */
int store_reader_version(struct store_reader *r, char *out, size_t size);

#endif
