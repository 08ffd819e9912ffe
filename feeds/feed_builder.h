/* feed_builder.h -- what the builder holds between adding sources and compiling them (feeds/ only).
 *
 * Shape      names numbers every host suffix; rows has, for each number, whose it is and which source said so. Owners
 *            are interned as four texts in one: tracker NUL organisation NUL country NUL purpose (one byte).
 * Seeds      The interns' seeds are random and leave no trace: numbers follow the order of the first sight alone, so the
 *            same sources give the same compiled set.
 * Threads    One.
 */
#ifndef TELLTALE_FEEDS_FEED_BUILDER_H
#define TELLTALE_FEEDS_FEED_BUILDER_H

#include "feeds/feed.h"
#include "feeds/intern.h"
#include "feeds/line_reader.h"

#include "common/hostname.h"

/* What a name is. An exception on a name that is a rule too counts against rules without an owner only. */
enum {
    FEED_ROW_RULE = 1,
    FEED_ROW_EXCEPTION = 2, /* against every such rule at or below the name */
    FEED_ROW_NEAREST = 4    /* with FEED_ROW_EXCEPTION: against those at and above it */
};

struct feed_row {
    uint32_t owner;  /* number in owners, INTERN_NONE where nobody said */
    uint32_t source; /* index in sources; of a rule, or else of the exception */
    uint32_t kind;
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

/* Adds what a compiled set was made of but for its built-in part; out is the sum of its sources. */
int feed_builder_add_set(struct feed_builder *b, const char *name, const struct feed_set *set, struct feed_source *out);

/* The gate that every host passes, whatever it came in: FEED_SKIP_COUNT, and the normalised name in out; else why not. */
enum feed_skip feed_builder_gate(const char *host, size_t n, char out[HOSTNAME_MAX + 1], size_t *length);

struct feed_texts {
    struct line tracker, organisation, country;
    enum purpose purpose;
};

/* Numbers an owner; INTERN_NONE in *owner when there is no tracker. 0 or -ENOMEM. */
int feed_builder_intern_owner(struct feed_builder *b, const struct feed_texts *texts, uint32_t *owner);

/* Enters a name that has passed the gate. *fresh: it was not there as such before. 0 or -ENOMEM. */
int feed_builder_enter(struct feed_builder *b, const char *host, size_t n, struct feed_row row, bool *fresh);

/* Makes room for one more source, whose index is source_count until feed_builder_keep_source(). 0 or -ENOMEM. */
int feed_builder_reserve_source(struct feed_builder *b);
void feed_builder_keep_source(struct feed_builder *b, const struct feed_source *source);

#endif
