/* idn.h -- names outside ASCII as they stand on the wire: `bücher.example` is `xn--bcher-kva.example` (RFC 5891).
 *
 * Shape      UTF-8 in, A-labels out; mapped as browsers do (UTS 46, nontransitional), so capitals and the wide forms of
 *            letters and dots come out as the name that is looked up. ASCII passes through.
 * Threads    Pure function. The only file that meets libidn2.
 * Failure    0 when the bytes are no such name. The result is not yet checked as a host name (common/hostname.h).
 */
#ifndef TELLTALE_FEEDS_IDN_H
#define TELLTALE_FEEDS_IDN_H

#include "common/hostname.h"

#include <stdbool.h>
#include <stddef.h>

bool idn_is_ascii(const char *name, size_t n);

size_t idn_to_ascii(const char *name, size_t n, char out[HOSTNAME_MAX + 1]);

#endif
