/* foreign.h -- the few things that the dashboard reads out of what a browser sent.
 *
 * Purpose    Everything here is hostile: anyone on the network can send it. Each function takes one text, checks it against a
 *            closed grammar and copies what is right; nothing is unescaped, trimmed or repaired.
 * Threads    Pure functions. Failure: false, and the output is an empty text.
 */
#ifndef TELLTALE_DASHBOARD_FOREIGN_H
#define TELLTALE_DASHBOARD_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* The value of one cookie of a Cookie header (RFC 6265 4.2.1). A name that is there twice is refused: two readers of one header
 * could disagree on which counts. */
bool foreign_cookie(const char *header, const char *name, char *out, size_t out_bytes);

/* "YYYY-MM-DD", a day of the calendar, 1970 to 9999. */
#define FOREIGN_DAY_MAX 11
bool foreign_day(const char *text, char out[FOREIGN_DAY_MAX]);

/* A Host header, RFC 9110 7.2: name, IPv4 or [IPv6], and a port or none. Written in small letters, the port apart ("" when none). */
#define FOREIGN_HOST_MAX 254
#define FOREIGN_PORT_MAX 6
bool foreign_host(const char *header, char host[FOREIGN_HOST_MAX], char port[FOREIGN_PORT_MAX]);

/* Is the Origin (RFC 6454 7) that of a page of ours: this scheme and exactly this Host header? */
bool foreign_origin_is(const char *origin, bool tls, const char *host_header);

/* The name of an account: a-z and 0-9, inside also . and -, at most 32. */
#define FOREIGN_NAME_MAX 33
bool foreign_name(const char *text, char out[FOREIGN_NAME_MAX]);

/* The members of a JSON object that is all text and has no others than these. `want` are the names; out[i] gets a copy on the heap
 * (free each). Longer than FOREIGN_MEMBER_MAX, with a control character, missing, of another kind, or one too many: false, all NULL. */
#define FOREIGN_MEMBER_MAX 256
bool foreign_members(const char *bytes, size_t n, const char *const *want, size_t count, char **out);
void foreign_members_free(char **out, size_t count); /* overwrites them first: there are passwords among them */

#endif
