/* certificate.h -- does the dashboard's certificate have the names under which browsers come?
 *
 * Purpose    A browser complains of a name that is not in the certificate, whoever has signed it. `telltale setup` and `telltale doctor` ask.
 * Threads    Any. It runs openssl, as that made the certificate: nothing of ours reads one.
 * Failure    Without openssl nothing is missing.
 */
#ifndef TELLTALE_CLI_CERTIFICATE_H
#define TELLTALE_CLI_CERTIFICATE_H

#include "common/config.h"

#include <stdbool.h>

/* Those of `hosts` (as [web] hosts has them) that the certificate in this file does not have, with commas between. False: it has all. */
bool certificate_lacks(const char *path, const char *hosts, char missing[CONFIG_TEXT_MAX]);

#endif
