/* evidence.h -- where `telltale evidence` gets its model from when it is a recording of one's own; from the store: reports/site_evidence_store.h.
 *
 * Failure    Each returns the exit status after saying why nothing can be shown: EXIT_DONE, EXIT_SOME_FAILED.
 */
#ifndef TELLTALE_CLI_EVIDENCE_H
#define TELLTALE_CLI_EVIDENCE_H

#include "cli/collect.h"
#include "cli/command.h"
#include "common/config.h"
#include "reports/lists.h"
#include "reports/site_evidence.h"

/* What was asked for. `from` and `to` are days, or "" for as much as there is. */
struct evidence_request {
    const struct config *config;
    const struct lists *lists;
    struct listed_site site; /* borrowed from the lists */
    char from[11], to[11];
    struct file_list captures, recordings;
};

/* The model has its site, label, category and demo already. */
int evidence_from_captures(const struct evidence_request *q, struct site_evidence *e);

#endif
