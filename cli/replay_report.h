/* replay_report.h -- saved captures through the whole pipeline into a report, for the commands that need all of it.
 *
 * Failure    A capture that cannot be read is named and counted (files_failed); the rest is read. EXIT_DONE or EXIT_SOME_FAILED;
 *            what could be read is in the report.
 */
#ifndef TELLTALE_CLI_REPLAY_REPORT_H
#define TELLTALE_CLI_REPLAY_REPORT_H

#include "cli/collect.h"

struct replay_request {
    const struct feed_set *trackers;
    const struct site_set *sites;
    struct places *places; /* or NULL */
    enum collect_view view;
    uint64_t visit_gap_s; /* 0: as the settings' default */
    const struct device_labels *labels; /* of school-owned devices, or NULL */
};

int replay_report(const struct replay_request *q, size_t files, const char *const *paths, struct capture_report *report);

#endif
