/* feed_check.h -- looks an image over before anything follows a number in it (feeds/ only).
 *
 * Purpose    Files may be damaged, or made by somebody who knows the format: the checksum tells the first, everything else
 *            here is for the second. After a "yes" no query can read outside the image, every rule is found by its own
 *            name, and every text is fit to be shown.
 * Shape      `image` is aligned as struct feed_image and `bytes` long. Returns NULL for yes, else what is wrong in words.
 */
#ifndef TELLTALE_FEEDS_FEED_CHECK_H
#define TELLTALE_FEEDS_FEED_CHECK_H

#include "feeds/feed_image.h"

/* Everything a query follows. */
const char *feed_check_image(const struct feed_image *image, size_t bytes);

/* Is every rule found by its own name? The set is of an image that passed the first. */
bool feed_check_found(const struct feed_set *set);

/* One name of an image that passed. */
struct feed_entry {
    const char *name; /* NUL-terminated */
    size_t length;
    uint32_t who, rule;
    bool registrable;
};

/* Calls each() for every name in the order of their rules' numbers, until it says false; then returns false too. */
bool feed_image_each(const struct feed_image *image, bool (*each)(void *context, const struct feed_entry *entry), void *context);

#endif
