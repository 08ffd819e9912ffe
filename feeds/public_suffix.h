/* public_suffix.h -- where one owner's names end and everyone's begin (publicsuffix.org, through libpsl).
 *
 * Purpose    `co.uk` and `github.io` belong to nobody in particular: a rule for one would accuse half the
 *            web. A registrable domain is one label below a public suffix: `adnxs.com`, `themix.org.uk`.
 * Shape      Names are normalised (common/hostname.h). A top-level label that the list does not know counts
 *            as a public suffix, as the list's own default rule says.
 * Threads    Any; the list is loaded once for the process, by whoever asks first.
 * Failure    Without a list (a libpsl built without one and no file on the machine) an error is logged once
 *            and every top-level label, and nothing else, counts as a public suffix.
 */
#ifndef TELLTALE_FEEDS_PUBLIC_SUFFIX_H
#define TELLTALE_FEEDS_PUBLIC_SUFFIX_H

#include <stdbool.h>

bool public_suffix_is(const char *name);

/* The registrable domain that a name belongs to, as a pointer to its tail within `name`; NULL when the name
 * is itself a public suffix. */
const char *public_suffix_registrable(const char *name);

#endif
