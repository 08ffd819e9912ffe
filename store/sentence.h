/* sentence.h -- the `why` of an alert: one sentence that claims no more than was seen.
 *
 * Ownership  Written into the caller's storage. Names stand in it byte for byte: whoever shows it escapes it.
 */
#ifndef TELLTALE_STORE_SENTENCE_H
#define TELLTALE_STORE_SENTENCE_H

#include "store/writer.h"

#include <stddef.h>

#define STORE_WHY_MAX 510

/* Returns the length. */
size_t store_sentence(const struct store_contact *c, char out[STORE_WHY_MAX]);

/* The same of a disclosure: a support site told a tracker. */
size_t store_disclosure_sentence(const struct store_pair *p, char out[STORE_WHY_MAX]);

#endif
