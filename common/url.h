/* url.h -- addresses of web pages and requests, as foreign text: taking them apart, undoing their encodings, redacting them.
 *
 * Shape      A struct url_text is a piece of text that belongs to somebody else; it may hold any byte, NUL too.
 * Redaction  What may be shown of an address is where it leads, not what was said in it: scheme, host, port and path stay,
 *            names of parameters stay, their values become an ellipsis. A user name and a fragment are left out.
 * Threads    Pure functions.
 * Failure    false or 0, and nothing written, for what is not such an address or does not fit.
 */
#ifndef TELLTALE_COMMON_URL_H
#define TELLTALE_COMMON_URL_H

#include <stdbool.h>
#include <stddef.h>

struct url_text {
    const char *at;
    size_t len;
};

/* RFC 3986 3, for http and https. What is not there has length 0; none includes its delimiter, but path its first '/'. */
struct url_parts {
    bool https;
    struct url_text host; /* as written, without user name, port and brackets */
    struct url_text port; /* "" when it is the scheme's own or not given */
    struct url_text path, query, fragment;
    bool has_query;
};

/* An absolute address, http://... or https://..., of printable bytes without blanks. */
bool url_split(const char *text, size_t n, struct url_parts *out);

/* Same host, port aside, whatever the case; a "www." in front of either does not count. */
bool url_same_host(const struct url_parts *a, const struct url_parts *b);

/* Undoes %41; plus: and a + for a blank. out takes n bytes. Returns how many were written, at most n. What is no escape stays. */
size_t url_decode(const char *text, size_t n, bool plus, char *out);

/* RFC 4648 4 and 5, either alphabet, padded or not; a blank counts as a + (forms turn one into the other). out takes n bytes. 0 for
 * anything else. */
size_t base64_decode(const char *text, size_t n, char *out);

/* A value that says who somebody is rather than what something is: long, of letters and digits, and no word. */
bool url_looks_like_id(const char *text, size_t n);

/* How much of an address is shown: a page's path whole, of a request's path without what looks like an id. */
enum url_shown { URL_PAGE, URL_REQUEST };

/* Writes what may be shown of an absolute address and a final NUL, clean (common/text.h) and cut with an ellipsis when it does not fit.
 * Returns the length. */
size_t url_redact(const char *text, size_t n, enum url_shown how, char *out, size_t out_bytes);

#endif
