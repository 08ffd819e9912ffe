/* hostname.h -- the one spelling of a host name.
 *
 * Purpose    Names from the wire are hostile text. Everything that leaves a dissector as a name has
 *            passed hostname_normalise(): lower case, no trailing dot, letters, digits, '-', '_' and
 *            '.' only. Such a name is safe in a terminal, a log, CSV, HTML and a Redis argument.
 * Shape      At most HOSTNAME_MAX bytes (RFC 1035 2.3.4: 255 on the wire is 253 in text), labels of
 *            1 to 63 bytes. Underscores are let through: they are seen in real names (SRV, DKIM, some hosts).
 * Threads    Pure functions.
 * Failure    0 for bytes that are not a host name, an address literal included.
 */
#ifndef TELLTALE_COMMON_HOSTNAME_H
#define TELLTALE_COMMON_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTNAME_MAX 253

/* Writes the name and a final NUL into out, returns its length; 0 (and out[0] = 0) when the bytes are not
 * a host name. `host:port` is not a name: the caller cuts the port first. */
size_t hostname_normalise(const uint8_t *bytes, size_t n, char out[HOSTNAME_MAX + 1]);

/* Does the text read as an IPv4 or IPv6 address (with or without brackets)? */
bool hostname_is_address(const char *text, size_t n);

/* Is `name` the domain itself or below it, label by label? Both normalised.
 * notdoubleclick.net is not under doubleclick.net. */
bool hostname_is_under(const char *name, const char *domain);

/* Where the last `labels` labels of a name begin: hostname_tail("a.b.c", 2) points at "b.c". */
const char *hostname_tail(const char *name, unsigned labels);

#endif
