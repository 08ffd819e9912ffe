/* updater_check.h -- may this text, which came over the network, take the place of a list in force?
 *
 * Purpose    A broken or taken-over list must neither blind the sensor nor make it accuse a helpline. So a text is taken only
 *            when it is a list and nothing else, has about as many rules as the one before, and covers no canary.
 * Canaries   gov.uk, nhs.uk, bbc.co.uk, wikipedia.org, every support site, and the operator's own domains; each with its
 *            www. name. A rule covers one when it is the domain itself or anything it lies below.
 * Shape      A NUL follows the n bytes of a text.
 * Threads    One at a time.
 * Failure    false, and the reason in words that can follow "NAME: ".
 */
#ifndef TELLTALE_FEEDS_UPDATER_CHECK_H
#define TELLTALE_FEEDS_UPDATER_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPDATER_REASON_MAX 512

struct updater_canaries;

/* `own`: domains with blanks or commas between. `sites`: a table on top of the built-in support sites, "" for none.
 * NULL after a log line: one of them is no host name, or the table cannot be read. */
struct updater_canaries *updater_canaries_new(const char *own, const char *sites);
void updater_canaries_free(struct updater_canaries *c);

/* How many rules a list gives; false when it gives none or is no list. */
bool updater_check_list(const struct updater_canaries *c, const char *name, const char *bytes, size_t n, uint32_t *rules,
                        char reason[UPDATER_REASON_MAX]);

/* Is it 50 % to 200 % of what there was? */
bool updater_check_size(uint32_t before, uint32_t now, char reason[UPDATER_REASON_MAX]);

/* How many rules the list in force has; 0 when it is no list (any more). */
uint32_t updater_check_count(const char *name, const char *bytes, size_t n);

#endif
