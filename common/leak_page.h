/* leak_page.h -- does a carried text tell a page's address or title, and how much of it? The comparing half of leak.h.
 *
 * Threads    Pure functions. Failure: false where the text tells nothing of these pages.
 */
#ifndef TELLTALE_COMMON_LEAK_PAGE_H
#define TELLTALE_COMMON_LEAK_PAGE_H

#include "common/leak.h"

/* An absolute address. Without pages every address tells itself. *page: the page that it tells most of. */
bool leak_page_address(const struct leak_request *r, struct url_text address, enum leak_carried *carried, size_t *page);

/* A text that is no address: a title, a path, a host name; with `inside`, a longer text that holds a title. Tells nothing without pages. */
bool leak_page_text(const struct leak_request *r, struct url_text text, bool inside, enum leak_carried *carried,
                    size_t *page);

#endif
