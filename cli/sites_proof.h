/* sites_proof.h -- what recordings and staff tests add to `telltale sites`.
 *
 * Ownership  All is borrowed; JSON belongs to its parent. Threads: one. Failure: a sentence for which there is no memory is left out.
 */
#ifndef TELLTALE_CLI_SITES_PROOF_H
#define TELLTALE_CLI_SITES_PROOF_H

#include "common/json.h"
#include "reports/proof.h"
#include "reports/released.h"

struct sites_proof {
    const struct proofs *proofs;
    const struct released_pair *pairs; /* of all sites */
    size_t pairs_len;
};

/* The join of one tracker host. */
void sites_proof_join(const struct sites_proof *p, const struct released_pair *pair, struct proof_join *out);
/* Members of a tracker's row. */
void sites_proof_put_tracker(const struct sites_proof *p, const struct released_pair *pair, struct json *row);
void sites_proof_print_tracker(const struct sites_proof *p, const struct released_pair *pair);
/* Members of a site, and its lines: how many there are, and where they differ from the network. */
void sites_proof_put_site(const struct sites_proof *p, const char *site, struct json *row);
void sites_proof_print_site(const struct sites_proof *p, const char *site);
/* The i-th site that has a recording or a staff test, each once; NULL: an earlier one had it, or the end (*end). */
const char *sites_proof_site(const struct sites_proof *p, size_t i, bool *end);

#endif
