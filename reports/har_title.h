/* har_title.h -- the title of a page, from its HTML.
 *
 * Threads    Pure. Failure: 0 when there is no title in these bytes (HTML 4.12.2: `<title>` ... `</title>`).
 */
#ifndef TELLTALE_REPORTS_HAR_TITLE_H
#define TELLTALE_REPORTS_HAR_TITLE_H

#include <stddef.h>

#define HAR_TITLE_MAX 512

/* Writes the title and a final NUL, its character references resolved and blanks at its ends cut off. Returns its length. */
size_t har_title(const char *html, size_t n, char out[HAR_TITLE_MAX]);

#endif
