/* har_split.h -- takes a HAR file apart into pages and entries without ever holding it whole.
 *
 * Purpose    A recording may be larger than memory, and hostile. The splitter is fed the file in pieces, follows the structure of JSON (strings,
 *            escapes, depth), and hands out each element of log.pages and log.entries, and log.browser and log.creator, as a JSON text of
 *            its own, ready for a parser that wants documents whole.
 * Shape      Elements are at most HAR_ELEMENT_MAX bytes; a string longer than HAR_STRING_MAX (a picture in base64) is handed on cut, still
 *            well formed. Escapes that a strict reader would refuse (\u0000, half a surrogate pair) become U+FFFD. A longer element is
 *            left out and counted (`too_long`).
 * Threads    One. Ownership: the splitter owns its buffer (HAR_ELEMENT_MAX bytes at most); an element lives during the call of on_element().
 * Failure    What is no JSON, or nests deeper than HAR_DEPTH_MAX, ends the reading: har_split_feed() returns -EINVAL and har_split_fault() says
 *            what is wrong and at which byte. -ENOMEM when memory is out. Whatever on_element() returns below 0 is passed on.
 */
#ifndef TELLTALE_REPORTS_HAR_SPLIT_H
#define TELLTALE_REPORTS_HAR_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#define HAR_ELEMENT_MAX (8u << 20)
#define HAR_STRING_MAX  (64u << 10)
#define HAR_DEPTH_MAX   128

enum har_part { HAR_CREATOR, HAR_BROWSER, HAR_PAGE, HAR_ENTRY };

struct har_split;

struct har_split *har_split_new(int (*on_element)(void *context, enum har_part part, const char *json, size_t n),
                                void *context); /* NULL: out of memory */
void har_split_free(struct har_split *s);

int har_split_feed(struct har_split *s, const char *bytes, size_t n);
/* The file is at its end: was it one whole recording? 0, or -EINVAL. */
int har_split_end(struct har_split *s);

const char *har_split_fault(const struct har_split *s);
uint64_t har_split_too_long(const struct har_split *s); /* elements left out */

#endif
