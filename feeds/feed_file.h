/* feed_file.h -- compiled sets as files.
 *
 * Shape      The file is the image of feed_image.h, byte for byte. The same sources give the same file.
 * Reading    The bytes are copied, and the copy is looked over whole before it is used: a file that is damaged, or made
 *            to be, is refused, and one that is written over in place later does not reach the matcher.
 * Writing    A temporary file in the same folder, synced, then renamed over the old one, and the folder synced: whoever
 *            opens the path finds the old file or the new one, also after a power cut.
 * Failure    -errno after one log line that names the file and the way out.
 */
#ifndef TELLTALE_FEEDS_FEED_FILE_H
#define TELLTALE_FEEDS_FEED_FILE_H

#include "feeds/feed.h"

/* Do the bytes begin as a compiled file does, of whatever version? */
bool feed_file_is_compiled(const char *bytes, size_t n);

/* `path` is what errors say. */
int feed_file_read(const char *path, const char *bytes, size_t n, struct feed_set **out);

int feed_file_write(const char *path, const struct feed_set *set);

/* May the set be used as it is? It was compiled with this program's built-in data, and this machine's public suffix list
 * says of each rule what it said then. If not, its rules have to go through a builder. */
bool feed_file_is_current(const struct feed_set *set);

/* The rules that a program runs with: the built-in ones and n files on top, each in any syntax or compiled. One file that
 * is current is used as it is; all else is compiled here. Logs what became of each text. */
int feed_load(const char *const *paths, size_t n, struct feed_set **out);

/* The same, but only the first `required` files must be usable; another that is not is left out after its log line. */
int feed_load_most(const char *const *paths, size_t n, size_t required, struct feed_set **out);

#endif
