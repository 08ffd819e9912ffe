/* https_url.h -- the addresses that lists are fetched from.
 *
 * Purpose    A subscription is written by the operator, a redirect by a stranger; both must pass the same gate before
 *            anything is asked of the network. It knows one form: https://HOST[:PORT][/...][?...], RFC 3986 with nothing
 *            before the host.
 * Shape      HOST is a name (letters, digits, '-', '_', '.'), an IPv4 address in four parts, or an IPv6 address in
 *            brackets. The text is printable ASCII without blanks, quotes, angle brackets or backslashes, at most
 *            HTTPS_URL_MAX bytes.
 * Threads    Pure functions.
 */
#ifndef TELLTALE_COMMON_HTTPS_URL_H
#define TELLTALE_COMMON_HTTPS_URL_H

#define HTTPS_URL_MAX 2048

/* NULL when the address may be used; else what is wrong with it, in words that can follow "URL: ". */
const char *https_url_fault(const char *url);

/* The host as written, in lower case, brackets and a final dot cut off. The address has no fault. */
#define HTTPS_URL_HOST_MAX 254
void https_url_host(const char *url, char host[HTTPS_URL_HOST_MAX]);

#endif
