/* known_lists.h -- the lists of trackers that telltale knows: where they are, and under which licence. None is subscribed to by default.
 *
 * Purpose    What a page may ask to be fetched. A list decides what is a tracker, and so of which contacts a device is told: with any address allowed,
 *            whoever took the dashboard over could have every name that he likes watched.
 * Threads    Loaded by the first call, in one thread; read-only then.
 * Failure    A table that cannot be read (the test of the data would have said so) has no lists.
 */
#ifndef TELLTALE_FEEDS_KNOWN_LISTS_H
#define TELLTALE_FEEDS_KNOWN_LISTS_H

#include <stdbool.h>
#include <stddef.h>

struct known_list {
    const char *name, *url, *licence, *source, *date; /* date: when the source said so */
};

size_t known_lists_count(void);
const struct known_list *known_list_at(size_t i);
/* Is this the address of one, to the letter? */
bool known_lists_have(const char *url);

#endif
