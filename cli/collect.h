/* collect.h -- gathers what the workers found into a capture_report.
 *
 * Views      COLLECT_EVERYTHING: an operator's own capture, with MACs, hosts and times. COLLECT_GUARDED: the rules of docs/ARCHITECTURE.md hold:
 *            devices are numbers that start anew with each run, device-level rows have no host and no chain, contacts near a
 *            visit have no device and only their hour, support sites appear from COLLECT_SMALLEST_GROUP devices on.
 * Threads    collect_contact() may be called from several worker threads; the rest from one, after they ended.
 */
#ifndef TELLTALE_CLI_COLLECT_H
#define TELLTALE_CLI_COLLECT_H

#include "common/device_label.h"
#include "reports/capture_report.h"
#include "sensor/pipeline.h"

#include <pthread.h>

#define COLLECT_SMALLEST_GROUP 10 /* the k of exports */

enum collect_view { COLLECT_GUARDED, COLLECT_EVERYTHING };

struct collection {
    struct capture_report *report;
    enum collect_view view;
    const struct device_labels *labels; /* or NULL */
    pthread_mutex_t lock;
    bool out_of_memory;
};

/* For findings_options.on_close; context is a struct collection. */
void collect_contact(void *context, const struct contact *c, const struct device *d);

/* Everything else, after pipeline_finish(). */
void collect_results(struct collection *c, const struct pipeline *p, const struct feed_set *trackers, const struct site_set *sites);

#endif
