/* log.h -- one line to standard error for the person who runs this.
 *
 * Shape      "telltaled: capture: eth0: snaplen 262144": program, module, object, fact; no full stop. With a level prefix
 *            (<3> to <7>) when the journal listens (JOURNAL_STREAM names our standard error).
 * Threads    Any: each line is one write().
 * Privacy    Never payload bytes, addresses or names that came from the wire. Control characters in what is printed
 *            (a file name may hold them) come out as '?'.
 */
#ifndef TELLTALE_COMMON_LOG_H
#define TELLTALE_COMMON_LOG_H

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* program: the name that begins each line. level: lines above it are not written. */
void log_init(const char *program, enum log_level level);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
