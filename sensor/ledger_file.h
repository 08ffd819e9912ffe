/* ledger_file.h -- the checkpoint of what is counted of support sites, for a capture process that was restarted.
 *
 * Purpose    A crash must not cost the open day, week and term. Nothing in it is an address or a pseudonym: counts, and hashes of
 *            devices under random keys. The keys lie beside the hashes, because both must survive; whoever could read the file
 *            could try all hardware addresses. What keeps him from it: it lies in memory only (tmpfs), with mode
 *            0600, and a reboot ends it.
 * Shape      Two files in the run folder, site-ledger.0 and .1, written in turn, each under a generation, a version and a checksum: a write
 *            that a crash cuts short costs a minute, not the term. Their descriptors are opened at the start, before any filter.
 * Threads    One at a time.
 * Failure    A run folder that is not in memory: one warning, and nothing is ever written. A damaged file, or one of another
 *            version: one log line; it is set aside under its name with ".bad".
 */
#ifndef TELLTALE_SENSOR_LEDGER_FILE_H
#define TELLTALE_SENSOR_LEDGER_FILE_H

#include <stddef.h>
#include <stdint.h>

#define LEDGER_FILE_MOST (32u << 20)

struct ledger_file;

/* 0, or -errno after one log line. *state (to free()) is the newest checkpoint there was, or NULL. Files are not trusted: check what it says. */
int ledger_file_open(const char *run_dir, struct ledger_file **out, uint8_t **state, size_t *n);
void ledger_file_close(struct ledger_file *f); /* the files stay */

/* What the open call gave could not be used: sets it aside. */
void ledger_file_reject(struct ledger_file *f);
int ledger_file_write(struct ledger_file *f, const uint8_t *state, size_t n);

#endif
