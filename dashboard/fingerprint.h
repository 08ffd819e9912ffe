/* fingerprint.h -- what a browser shows of a certificate, so that people can compare it.
 *
 * Shape      SHA-256 of the first certificate in a PEM text (RFC 7468), as "AB:CD:...".
 * Threads    Pure. Failure: false, and the text is empty.
 */
#ifndef TELLTALE_DASHBOARD_FINGERPRINT_H
#define TELLTALE_DASHBOARD_FINGERPRINT_H

#include <stdbool.h>

#define FINGERPRINT_MAX 96 /* 32 bytes, each with its colon */

bool fingerprint_of_pem(const char *pem, char out[FINGERPRINT_MAX]);

#endif
