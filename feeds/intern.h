/* intern.h -- gives every distinct byte string a dense number.
 *
 * Shape      Numbers count up from 0 in the order of the first sight. The strings lie in one growing buffer, each
 *            with a NUL after it.
 * Threads    One.
 * Ownership  intern_text() lends a pointer that the next intern_add() may move.
 * Failure    INTERN_NONE: out of memory (or of 4 GB of text).
 */
#ifndef TELLTALE_FEEDS_INTERN_H
#define TELLTALE_FEEDS_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERN_NONE UINT32_MAX

struct intern {
    char *text;
    size_t text_bytes, text_room;
    uint32_t *at; /* where string i begins; at[count] is where the next one will */
    uint32_t count, room;
    uint32_t *slots; /* open addressing: number + 1, 0 is empty */
    uint32_t slots_mask;
    uint64_t seed; /* random: a list made to collide cannot know it */
};

int intern_init(struct intern *t); /* 0 or -ENOMEM */
void intern_fini(struct intern *t);

/* The string's number, INTERN_NONE when it was never added. */
uint32_t intern_find(const struct intern *t, const char *bytes, size_t n);

/* The string's number, a new one if need be (*fresh). */
uint32_t intern_add(struct intern *t, const char *bytes, size_t n, bool *fresh);

const char *intern_text(const struct intern *t, uint32_t number);
size_t intern_length(const struct intern *t, uint32_t number);

#endif
