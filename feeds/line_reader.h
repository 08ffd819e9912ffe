/* line_reader.h -- a whole list in memory, and its lines.
 *
 * Shape      line_reader_load() takes a file (or pipe) of at most LINE_READER_FILE_MAX bytes. A reader walks over
 *            bytes: a byte order mark is passed over, LF or CR LF ends a line, the last line may lack its end. A line
 *            comes back without its end and without blanks around it. Lines over LINE_READER_LINE_MAX bytes do not
 *            come back; they are counted.
 * Ownership  line_reader_load() gives the bytes to the caller, who frees them. A line is a view of them.
 * Failure    -errno after one log line that names the file. What is not text is the caller's to refuse
 *            (line_reader_is_binary()).
 */
#ifndef TELLTALE_FEEDS_LINE_READER_H
#define TELLTALE_FEEDS_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_READER_FILE_MAX (64u << 20)
#define LINE_READER_LINE_MAX 4096u

int line_reader_load(const char *path, char **bytes, size_t *n);

/* Has it a NUL byte? Then it is no text in any encoding that lists come in (UTF-16 included). */
bool line_reader_is_binary(const char *bytes, size_t n);

struct line {
    const char *at; /* not NUL-terminated */
    size_t n;
};

struct line_reader {
    const char *at;
    const char *end;
    uint32_t line;     /* number of the line read last, from 1 */
    uint32_t too_long; /* lines passed over */
};

struct line_reader line_reader_over(const char *bytes, size_t n);
/* How many lines the text has. */
uint32_t line_reader_count(const char *bytes, size_t n);
bool line_reader_next(struct line_reader *r, struct line *line);

/* The line without blanks at either end. */
struct line line_trim(struct line line);

/* Cuts the text before the first `separator` off the front of the line and returns it; the whole rest when there
 * is none. line->at is NULL once nothing is left. */
struct line line_cut(struct line *line, char separator);

/* Cuts one word, blanks before it passed over; its n is 0 when there is none. */
struct line line_word(struct line *line);

bool line_starts(struct line line, const char *prefix);
bool line_equals(struct line line, const char *text);

/* Is it clean text as common/text.h has it: would a terminal and a report show just this? */
bool line_is_clean(struct line line);

#endif
