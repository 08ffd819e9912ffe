/* source_header.h -- what a list says of itself in the comments at its top: `! Licence: ...`, `# Last modified: ...`.
 *
 * Shape      The first 60 lines are looked over; of each kind the first that says something counts. Texts come out clean,
 *            cut to their room; "" where the list says nothing.
 */
#ifndef TELLTALE_FEEDS_SOURCE_HEADER_H
#define TELLTALE_FEEDS_SOURCE_HEADER_H

#include <stddef.h>

void source_header_read(const char *text, size_t n, char *licence, size_t licence_room, char *dated, size_t dated_room);

#endif
