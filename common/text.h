/* text.h -- makes foreign text safe to show, and measures it.
 *
 * Purpose    Labels, file names and page addresses are written by others. What a terminal, a spreadsheet or a reader's
 *            eye would take as a command is replaced by U+FFFD before it is shown: bytes that are not UTF-8, control
 *            characters (U+0000-001F, 007F-009F) and the characters that reorder or break a line without being seen
 *            (U+061C, 200E, 200F, 2028-202E, 2066-2069, FEFF). Clean text is one line of valid UTF-8.
 * Units      Columns are terminal cells: 2 for wide East Asian characters and emoji, 0 for marks that combine.
 * Threads    Pure functions.
 */
#ifndef TELLTALE_COMMON_TEXT_H
#define TELLTALE_COMMON_TEXT_H

#include <stddef.h>

/* A text of n bytes is at most this long when clean, final NUL included. */
#define TEXT_CLEAN_MAX(n) (3 * (n) + 1)

/* Writes the clean form and a final NUL into out, returns its length. What does not fit out_bytes (at least 1) is left
 * out, cut between two characters. `bytes` may hold NULs, and may be NULL when n is 0. */
size_t text_clean(const char *bytes, size_t n, char *out, size_t out_bytes);

/* The clean form on the heap, to free(); NULL when memory is out. */
char *text_clean_copy(const char *bytes, size_t n);

/* The rest takes clean text only. */
unsigned text_columns(const char *clean, size_t n);

/* How many bytes of the beginning fit into so many columns. */
size_t text_head(const char *clean, size_t n, unsigned columns);

/* Where the longest ending begins that fits into so many columns. */
size_t text_tail(const char *clean, size_t n, unsigned columns);

#endif
