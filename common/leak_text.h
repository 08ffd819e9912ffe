/* leak_text.h -- what a piece of a request looks like: an address, name=value pairs, percent-encoding, a string of JSON.
 *
 * Purpose    leak.c goes by the looks of a value alone: what a request calls its content is often something else.
 * Bounds     Reads what it is given once, and nothing behind it; needs no NUL at the end.
 * Threads    Pure functions.
 */
#ifndef TELLTALE_COMMON_LEAK_TEXT_H
#define TELLTALE_COMMON_LEAK_TEXT_H

#include "common/url.h"

#include <stdbool.h>
#include <stddef.h>

#define LEAK_VALUE_LEAST 4 /* "a.uk" */
#define LEAK_NAME_MAX    64 /* of one parameter */

/* Where an http(s) address begins inside a text, or NULL. */
const char *leak_text_find_address(const char *at, const char *end);

bool leak_text_has_escape(struct url_text v);

/* "a=1&b=2": a name before the first sign of equality. */
bool leak_text_is_pairs(struct url_text v);

/* Did base64 give text in which something may be found? Any bytes can be decoded; few of them give text. */
bool leak_text_is_plain(const char *at, size_t n);

/* Has the content type this word, in any case? */
bool leak_text_type_has(struct url_text type, const char *word);

/* RFC 8259 7: reads a string from behind its quote; what it says is never longer than how it is written, so out needs no more room than that.
 * Returns where it ended. */
const char *leak_text_json_string(const char *at, const char *end, char *out, size_t *len);

#endif
