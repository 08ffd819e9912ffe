/* feed_builder.h -- what the builder holds between adding sources and compiling them (feeds/ only).
 *
 * Shape      names numbers every host suffix; rows has, for each number, whose it is and which source said so. Owners
 *            are interned as four texts in one: tracker NUL organisation NUL country NUL purpose (one byte).
 * Threads    One.
 */
#ifndef TELLTALE_FEEDS_FEED_BUILDER_H
#define TELLTALE_FEEDS_FEED_BUILDER_H

#include "feeds/feed.h"
#include "feeds/intern.h"

struct feed_row {
    uint32_t owner;  /* number in owners, INTERN_NONE where nobody said */
    uint32_t source; /* index in sources */
};

struct feed_builder {
    struct intern names;
    struct intern owners;
    struct feed_row *rows;
    uint32_t rows_room;
    struct feed_source *sources;
    uint32_t source_count;
};

/* feed_builder_add_file() for a text that is already in memory. `name` is a path as the user gave it; it is what errors
 * say, and its last part is the source's name. */
int feed_builder_add_text(struct feed_builder *b, const char *name, const char *text, size_t n,
                          struct feed_source *out);

#endif
