/* export_days.h -- what `telltale export` and `telltale daily` share: a summary out of the store, and a summary into a file.
 *
 * Order      What is asked for is noted in the audit before anything is read: what cannot be noted is not exported. A file is
 *            written beside its name and takes that name when it is whole, so that nobody prints half a page; only its owner may
 *            read it.
 * Threads    One. Ownership: everything is borrowed for the call.
 * Failure    -errno after one log line that names the socket or the file.
 */
#ifndef TELLTALE_CLI_EXPORT_DAYS_H
#define TELLTALE_CLI_EXPORT_DAYS_H

#include "common/config.h"
#include "reports/day_summary.h"
#include "reports/days.h"

#include <stdbool.h>
#include <stdio.h>

struct feed_set;
struct site_set;

enum export_format { EXPORT_CSV, EXPORT_JSON, EXPORT_HTML, EXPORT_PDF, EXPORT_FORMATS };

/* "csv" "json" "html" "pdf": also the endings of files. */
const char *export_format_word(enum export_format f);
/* The format of this word, or -1. */
int export_format_of(const char *word);

struct export_days {
    const struct config *config; /* its Redis login is set already (store_login_set) */
    const struct feed_set *feeds;
    const struct site_set *sites;
    bool labels; /* of devices that the school owns */
};

/* The machine's own date, as the number of a day (reports/days.h). */
int32_t export_today(void);

/* Who, what ("summary of DAY to DAY as pdf") into the audit; did is "exported", and after it "could-not-export" where that failed; of mail "tried-to-mail", then "mailed" or "could-not-mail". */
int export_note(const struct config *c, const char *did, const char *what);
/* Fills a summary that was begun with day_summary_init(). A day that is not in the store is no failure. */
int export_read(const struct export_days *e, const char *first_day, const char *last_day, struct day_summary *s);

int export_write(const struct day_summary *s, enum export_format f, bool all, FILE *out);
/* Under a name of its own, synced, then renamed; mode 0600. */
int export_write_file(const struct day_summary *s, enum export_format f, bool all, const char *path);

#endif
